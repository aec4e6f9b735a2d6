"""Removes what nobody needs, and allocates late what only a snapshot shows.

    o1: obj = box_int(i0)
    o2: obj = tuple_new(o1, <None>)            guard_true(c4) -> f@8[tuple{i0, <None>} | ]
    decref(o1)                          ->
    guard_true(c4) -> f@8[o2 | ] owned(o2)
    decref(o2)

An op is needed when it has an effect, can leave (but for guards about the result alone), or when something needed uses it. A new object
goes together with its
release. A box, tuple or list that is only ever shown by snapshots becomes the unboxed value, or a virtual object, there.
"""

from __future__ import annotations

from typing import cast

from jitney.ir.helpers import HELPERS
from jitney.ir.ops import OPS
from jitney.ir.references import RELEASES
from jitney.ir.types import VOID
from jitney.ir.values import Const, Op, Param, Region, Value, Virtual

from .params import drop_args
from .replace import Replaced, replace_all

#: ops that may go when their result is unused
REMOVABLE = frozenset(name for name, row in OPS.items() if row.effect.split()[0] in ("pure", "read", "alloc") and row.result is not VOID
                      and (not row.guard or row.lazy))
REMOVABLE_HELPERS = frozenset(name for name, helper in HELPERS.items() if helper.effect in ("pure", "alloc") and not helper.raises)
ALLOCATIONS = frozenset(name for name, row in OPS.items() if row.effect == "alloc")
BOXES = frozenset(("box_int", "box_float"))
AGGREGATES = {"tuple_new": "tuple", "list_new": "list"}


def eliminate_dead(region: Region) -> None:
    """Sinks allocations into snapshots, then removes dead ops and parameters."""
    _sink(region)
    _sweep(region, _needed(region))


def removable(op: Op) -> bool:
    return op.name in REMOVABLE or (op.name == "call" and op.attrs["helper"] in REMOVABLE_HELPERS)


# -- sinking ----------------------------------------------------------------------------------------------------------
def _sink(region: Region) -> None:
    candidates = [op for op in region.ops() if op.name in BOXES or op.name in AGGREGATES]
    if not candidates:
        return
    users = _pinning_users(region, set(candidates))
    sunk: Replaced = {}
    for op in reversed(candidates):  # a tuple comes after its items
        pins = users[op]
        if pins is not None and all(user in sunk for user in pins):
            sunk[op] = op  # tentatively; the form is decided below
    changed = True
    while changed:  # an aggregate needs items that live on without it
        changed = False
        for value in list(sunk):
            op = cast(Op, value)
            if _has_mortal_item(op, sunk) or not all(user in sunk for user in users[op] or ()):
                del sunk[op]
                changed = True
    if not sunk:
        return
    for value in sunk:
        op = cast(Op, value)
        sunk[op] = op.args[0] if op.name in BOXES else Virtual(AGGREGATES[op.name], tuple(op.args))
    for block in region.blocks:
        block.ops = [op for op in block.ops if op not in sunk and not (op.name in RELEASES and op.args[0] in sunk)]
    replace_all(region, {}, sunk)


def _has_mortal_item(op: Op, sunk: Replaced) -> bool:
    return op.name in AGGREGATES and not all(isinstance(item, Const) or item in sunk for item in op.args)


def _pinning_users(region: Region, candidates: set[Op]) -> dict[Op, list[Op] | None]:
    """For each candidate the aggregates it is an item of; None where anything else needs the object."""
    users: dict[Op, list[Op] | None] = {op: [] for op in candidates}
    for block in region.blocks:
        for op in block.ops:
            if op.name in RELEASES:
                continue
            for arg in op.args:
                if isinstance(arg, Op) and arg in users:
                    known = users[arg]
                    if op.name not in AGGREGATES:
                        users[arg] = None
                    elif known is not None:
                        known.append(op)
        for edge in block.edges:
            for arg in edge.args:
                if isinstance(arg, Op) and arg in users:
                    users[arg] = None
    return users


# -- marking and sweeping ---------------------------------------------------------------------------------------------
def _needed(region: Region) -> set[Value]:
    feeders: dict[Value, list[Value]] = {}
    pending: list[Value] = []
    for block in region.blocks:
        for op in block.ops:
            if op.snapshot is not None and not removable(op):
                pending.extend(op.snapshot.values())
            if not removable(op) and not _release_of_new(op):
                pending.append(op)
        for edge in block.edges:
            for param, arg in zip(edge.block.params, edge.args, strict=True):
                if not isinstance(arg, Const):
                    feeders.setdefault(param, []).append(arg)
    needed: set[Value] = set()
    while pending:
        value = pending.pop()
        if value in needed:
            continue
        needed.add(value)
        if isinstance(value, Op):
            pending.extend(value.args)
            if value.snapshot is not None and removable(value):
                pending.extend(value.snapshot.values())
        elif isinstance(value, Param):
            pending.extend(feeders.get(value, ()))
    return needed


def _release_of_new(op: Op) -> bool:
    """Whether the op releases an object made here, so goes when that does."""
    if op.name not in RELEASES:
        return False
    arg = op.args[0]
    return isinstance(arg, Op) and removable(arg)


def _sweep(region: Region, needed: set[Value]) -> None:
    for block in region.blocks:
        block.ops = [op for op in block.ops if op in needed or (_release_of_new(op) and op.args[0] in needed)]
    unused: set[Value] = {param for block in region.blocks for param in block.params if param not in needed}
    if unused:
        drop_args(region, unused)
