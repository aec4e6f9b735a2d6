"""What compiled code still needs of its constants while it runs something that may run any code.

The program may rebind a variable meanwhile whose value is a constant of the region. That makes the region invalid: the code goes on for
a moment, to the next ``check_valid``, where it leaves. What it names until then, the op itself and the snapshots among it, must live; of
all else the region lets go at once, so that it dies when the variable is rebound, as it does in the interpreter (csrc/region.c,
hold_needed).
"""

from __future__ import annotations

from typing import Any

from ..ir.helpers import HELPERS
from ..ir.types import OBJ
from ..ir.values import Block, Const, Op, Value

FAR = 3  # blocks that are looked into for the next check

Named = dict[int, Any]  # constants by their ids


def needs_of(blocks: list[Block]) -> dict[Op, list[Any]]:
    """For each op that may run any code, and is followed by a check whatever way is taken: the constants named from it to there."""
    needs: dict[Op, list[Any]] = {}
    for block in blocks:
        last = next((op for op in reversed(block.ops) if op.name == "check_valid" or is_opaque(op)), None)
        if last is None:
            continue
        named = after(block, FAR) if is_opaque(last) else None
        for op in reversed(block.ops):
            if op.name == "check_valid":
                named = {}
            if named is None:
                continue
            add_constants(op, named)
            if is_opaque(op):
                needs[op] = list(named.values())
    return needs


def is_opaque(op: Op) -> bool:
    return op.name == "drop_any" or (op.name == "call" and HELPERS[op.attrs["helper"]].effect == "any")


def after(block: Block, far: int) -> Named | None:
    """What is named from the block's end to the next check, or to where the region is left; None: that is not so near."""
    if far == 0:
        return None
    named: Named = {}
    for edge in block.edges:
        add_values(edge.args, named)
        for op in edge.block.ops:
            add_constants(op, named)
            if op.name == "check_valid":
                break
        else:
            more = after(edge.block, far - 1)
            if more is None:
                return None
            named.update(more)
    return named


def add_values(values: list[Value], named: Named) -> None:
    for value in values:
        if isinstance(value, Const) and value.type is OBJ:
            named[id(value.value)] = value.value


def add_constants(op: Op, named: Named) -> None:
    add_values(op.args, named)
    if op.snapshot is not None:
        add_values(list(op.snapshot.values()), named)
        for frame in op.snapshot.frame.chain():
            named[id(frame.code)] = frame.code


__all__ = ["needs_of"]
