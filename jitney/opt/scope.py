"""A walk of the dominator tree with facts that hold below the place where they became known.

    for block in scope.walk(flow):
        scope.set(table, key, value)      # forgotten when the walk leaves the block's subtree
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jitney.ir.flow import Flow
from jitney.ir.values import F64, OBJ, Block, Const, Op, Value

_ABSENT = object()


class Scope:
    """The undo log of the tables that a walk fills."""

    def __init__(self) -> None:
        self._log: list[tuple[dict[Any, Any], Any, Any]] = []

    def set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._log.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def walk(self, flow: Flow) -> Iterator[Block]:
        """The reachable blocks, dominators first; facts set for a block are undone after all that it dominates."""
        log = self._log
        stack: list[tuple[Block | None, int]] = [(flow.order[0], 0)]
        while stack:
            block, mark = stack.pop()
            if block is None:
                while len(log) > mark:
                    table, key, old = log.pop()
                    if old is _ABSENT:
                        del table[key]
                    else:
                        table[key] = old
                continue
            stack.append((None, len(log)))
            yield block
            stack.extend((child, 0) for child in reversed(flow.children[block]))


def branch_above(flow: Flow, block: Block) -> tuple[Value, bool] | None:
    """The condition that is known at a block's entry because its only predecessor branches on it, and whether it holds."""
    above = flow.predecessors[block]
    if len(above) != 1:
        return None
    source, edge = above[0]
    last = source.ops[-1]
    return (last.args[0], edge is source.edges[0]) if last.name == "branch" else None


def operand_key(value: Value) -> Any:
    """The same for operands that denote the same value."""
    if type(value) is Const:
        if value.type is OBJ:
            return id(value.value), OBJ
        if value.type is F64:
            return repr(value.value), F64
        return value.value, value.type
    return value


def op_key(op: Op, commutes: bool) -> tuple[Any, ...]:
    """The same for ops that compute the same thing."""
    args = op.args
    key: list[Any] = [op.name]
    if len(args) == 1:
        key.append(operand_key(args[0]))
    else:
        keys = [operand_key(arg) for arg in args]
        if commutes and len(keys) == 2 and hash(keys[1]) < hash(keys[0]):
            keys.reverse()
        key += keys
    if op.attrs:
        for name, attr in op.attrs.items():
            if name != "reason":
                key.append(attr if type(attr) is str or type(attr) is int else id(attr))
    return tuple(key)


def increfed_values(ops: Iterator[Op]) -> set[Value]:
    """The values that some op takes a reference of: they may not become one with another value, whose reference is counted apart."""
    return {op.args[0] for op in ops if op.name == "incref"}
