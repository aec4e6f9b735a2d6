"""Removes an incref and the release that undoes it, and moves a reference into the frame where it is taken and released.

    incref(o1)                                 guard_true(c2) -> f@8[_ | o1]
    guard_true(c2) -> f@8[_ | o1] owned(o1)    ->
    decref(o1)

That is allowed where nothing between the two may give up the reference that o1 was borrowed from: no store that replaces an object, no
call, no release of anything but
leaf objects (numbers, strings), whose death releases nothing else. Snapshots in between show the value as borrowed.

    frame_store(o1, slot=4)            ->      frame_store(o1, slot=4, moves=True)
    decref(o1)
"""

from __future__ import annotations

from jitney.ir.ops import OPS
from jitney.ir.references import RELEASES, Key, key_of
from jitney.ir.values import Block, Op, Param, Region, Snapshot, Value

from .fold import RESULT_TYPES
from .memory import effect_of

LEAF_TYPES = frozenset((int, float, bool, complex, str, bytes, type(None)))
LEAF_RESULTS = frozenset(name for name, type_ in RESULT_TYPES.items() if type_ in LEAF_TYPES)
#: writes to memory that holds no objects, or that release and move none
HARMLESS_WRITES = frozenset(name for name, row in OPS.items() if row.effect.startswith("write ") and row.keeps)


def remove_pairs(region: Region) -> None:
    """One walk through each block."""
    shrunk: dict[tuple[int, frozenset[Key]], tuple[Snapshot, Snapshot]] = {}
    for block in region.blocks:
        if any(op.name == "incref" for op in block.ops):
            _remove_in(block, shrunk)
        block.ops = _moving(block.ops)


def _moving(ops: list[Op]) -> list[Op]:
    kept: list[Op] = []
    for op in ops:
        store = kept[-1] if kept and op.name == "decref" and isinstance(op.args[0], (Op, Param)) else None
        if store is not None and store.name == "frame_store" and store.args[0] is op.args[0] and not store.attrs.get("moves"):
            store.attrs["moves"] = True
        else:
            kept.append(op)
    return kept


def _remove_in(block: Block, shrunk: dict[tuple[int, frozenset[Key]], tuple[Snapshot, Snapshot]]) -> None:
    pending: dict[Key, int] = {}  # increfs that may still find their match: the value, the op's index
    leaves: set[Value] = set()
    gone: set[int] = set()
    spans: list[tuple[int, int, Key]] = []
    for index, op in enumerate(block.ops):
        name = op.name
        if name == "incref":
            pending[key_of(op.args[0])] = index
        elif name in RELEASES:
            key = key_of(op.args[0])
            start = pending.pop(key, None)
            if start is not None:
                gone.update((start, index))
                spans.append((start, index, key))
            elif not _is_leaf(op.args[0], leaves):
                pending.clear()
        elif name == "guard_type" and op.attrs["type"] in LEAF_TYPES:
            leaves.add(op.args[0])
        elif pending and _may_release(op):
            pending.clear()
    for start, end, key in spans:
        for op in block.ops[start + 1:end]:
            if op.snapshot is not None:
                op.snapshot = _without(op.snapshot, key, shrunk)
    if gone:
        block.ops = [op for index, op in enumerate(block.ops) if index not in gone]


def _is_leaf(value: Value, leaves: set[Value]) -> bool:
    return value in leaves or (isinstance(value, Op) and value.name in LEAF_RESULTS)


def _may_release(op: Op) -> bool:
    effect = effect_of(op)
    return effect in ("blind", "any") or (effect == "write" and op.name not in HARMLESS_WRITES)


def _without(snapshot: Snapshot, key: Key, shrunk: dict[tuple[int, frozenset[Key]], tuple[Snapshot, Snapshot]]) -> Snapshot:
    """The snapshot with the value borrowed instead of owned."""
    memo = (id(snapshot), frozenset((key,)))
    done = shrunk.get(memo)
    if done is None:
        owned = frozenset(value for value in snapshot.owned if key_of(value) != key)
        drops = tuple(value for value in snapshot.drops if key_of(value) != key)
        new = Snapshot(snapshot.frame, snapshot.kind, owned, snapshot.names, drops, snapshot.stands_at, snapshot.reason)
        done = shrunk[memo] = (snapshot, new)
    return done[1]
