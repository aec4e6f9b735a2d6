"""Block parameters that are no choice at all go: those that always receive the same value, and those that nobody uses.

    b0(): jump b1(o0, 0)                       b0(): jump b1(0)
    b1(o1: obj, i2: i64):                      b1(i2: i64):
      i3: i64 = list_len(o1)            ->       i3: i64 = list_len(o0)
      ... jump b1(o1, i4)                        ... jump b1(i4)

The builder passes every live value as a parameter; this pass recovers what is invariant in a loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from jitney.ir.references import gives_owned, is_immortal
from jitney.ir.types import OBJ
from jitney.ir.values import Block, Const, Op, Param, Region, Value

from .replace import Replaced, replace_all, resolve


def simplify_params(region: Region) -> None:
    """Replaces constant parameters, then removes unused ones."""
    _replace_constant(region)
    _remove_unused(region)


class _Counted:
    """The object values that some op counts references of: replacing one such value by another could merge two counts into one."""

    def __init__(self, region: Region) -> None:
        self.increfed: set[Value] = set()
        self.owned: set[Value] = set()
        self.block_of = {param: block for block in region.blocks for param in block.params}
        self.counted: set[int] = set()  # constants of which references are taken
        self.constants: set[tuple[int, int]] = set()  # blocks, and the constants that a parameter of theirs has become
        for op in region.ops():
            if op.name == "incref":
                self.increfed.add(op.args[0])
                if isinstance(op.args[0], Const) and not is_immortal(op.args[0]):
                    self.counted.add(id(op.args[0].value))
            elif op.type is OBJ and gives_owned(op):
                self.owned.add(op)

    def allow(self, param: Param, value: Value) -> bool:
        """Whether the parameter may become the value; notes that it has, if so."""
        if isinstance(value, Const) and id(value.value) in self.counted:  # two parameters of a block, each with a reference of its own
            place = id(self.block_of[param]), id(value.value)
            if place in self.constants:
                return False
            self.constants.add(place)
        if param in self.increfed:
            if value in self.owned or value in self.increfed:
                return False
            self.increfed.add(value)
        return True


def _replace_constant(region: Region) -> None:
    incoming: dict[Param, list[Value]] = {param: [] for block in region.blocks for param in block.params}
    users: dict[Value, list[Param]] = {}
    for block in region.blocks:
        for edge in block.edges:
            for param, arg in zip(edge.block.params, edge.args, strict=True):
                incoming[param].append(arg)
                if isinstance(arg, Param):
                    users.setdefault(arg, []).append(param)
    counted = _Counted(region)
    replaced: Replaced = {}
    pending = list(incoming)
    while pending:
        param = pending.pop()
        if param in replaced:
            continue
        value = _only_value(param, incoming[param], replaced)
        if value is not None and (param.type is not OBJ or counted.allow(param, value)):
            replaced[param] = value
            again = users.get(param, [])
            pending.extend(again)
            if isinstance(value, Param):
                users.setdefault(value, []).extend(again)
    if replaced:
        drop_args(region, set(replaced))
        replace_all(region, replaced)


def _only_value(param: Param, args: list[Value], replaced: Replaced) -> Value | None:
    """The one value that a parameter receives besides itself, if there is just one."""
    found: Value | None = None
    for arg in args:
        if arg in replaced:
            arg = resolve(replaced, arg)
        if arg is param or arg is found:
            continue
        if found is None:
            found = arg
        elif not (isinstance(found, Const) and found.same(arg)):
            return None
    return found


def drop_args(region: Region, gone: set[Value]) -> None:
    """Removes parameters and the arguments for them."""
    keep: dict[Block, list[int]] = {}
    for block in region.blocks:
        kept = [index for index, param in enumerate(block.params) if param not in gone]
        if len(kept) != len(block.params):
            keep[block] = kept
    for block in region.blocks:
        for edge in block.edges:
            kept_args = keep.get(edge.block)
            if kept_args is not None:
                edge.args = [edge.args[index] for index in kept_args]
    for block, kept in keep.items():
        block.params = [block.params[index] for index in kept]


def _used(op: Op) -> Iterator[Value]:
    yield from op.args
    if op.snapshot is not None:
        yield from op.snapshot.values()


def _remove_unused(region: Region) -> None:
    """A parameter is used when an op, a snapshot or an argument for a used parameter mentions it."""
    feeders: dict[Param, list[Value]] = {}
    for block in region.blocks:
        for edge in block.edges:
            for param, arg in zip(edge.block.params, edge.args, strict=True):
                if isinstance(arg, Param):
                    feeders.setdefault(param, []).append(arg)
    params = {param for block in region.blocks for param in block.params}
    pending: list[Value] = []
    for op in region.ops():
        pending.extend(value for value in _used(op) if isinstance(value, Param))
    unused: set[Value] = set(params)
    while pending:
        value = pending.pop()
        if value in unused:
            unused.discard(value)
            pending.extend(feeders.get(value, ()))  # type: ignore[call-overload]
    if unused:
        drop_args(region, unused)
