"""Which values own a counted reference where: the accounting that the verifier checks and the passes rely on.

An object value is owned from the op that makes it so (an op with an owned result, ``incref``) until it is released (``decref``,
``drop``) or handed over (to a snapshot on leaving, to a parameter that owns, to a call that takes it). What a block owns at its entry
follows from what happens below it: exactly the values whose next event is a release. So this is a liveness analysis whose uses are
releases and whose definitions are increfs:

    b1(o2: obj):                  owned at entry: o2, for the drop below
      guard_true(c1) -> f@4[o2 | ] owned(o2)
      drop(o2) -> f@6[_ | ]
"""

from __future__ import annotations

import sys

from .helpers import HELPERS
from .ops import OPS
from .types import OBJ
from .values import Block, Const, Edge, Op, Region, Value

RELEASES = frozenset(("decref", "drop", "drop_any"))
OWNED_ROWS = frozenset(name for name, row in OPS.items() if row.owned)
OWNED_HELPERS = frozenset(name for name, helper in HELPERS.items() if helper.owned)

Key = Value | tuple[str, int]


def key_of(value: Value) -> Key:
    """What ownership is counted by: the value, and for a constant the object."""
    if isinstance(value, Const) and value.type is OBJ:
        return ("const", id(value.value))
    return value


def is_immortal(value: Value) -> bool:
    """Whether its references are not counted (PEP 683): it may have more, or fewer, than were taken."""
    return isinstance(value, Const) and value.type is OBJ and sys.getrefcount(value.value) >= 0x7FFF_FFFF


def gives_owned(op: Op) -> bool:
    """Whether the op's result is a new reference."""
    return op.name in OWNED_ROWS or (op.name == "call" and op.attrs.get("helper") in OWNED_HELPERS and op.type is OBJ)


def released_by(op: Op) -> list[Key]:
    """What the op releases, or hands over to a call or to the frame."""
    if op.name in RELEASES:
        return [key_of(op.args[0])]
    if op.name == "frame_store":
        return [key_of(op.args[0])] if op.attrs.get("moves") else []
    taken = op.attrs.get("taken", 0) if op.name == "call" else 0
    return [key_of(arg) for index, arg in enumerate(op.args) if taken >> index & 1] if taken else []


def edge_needs(edge: Edge, entry: set[Key]) -> set[Key]:
    """What must be owned at the end of an edge's source, when `entry` is what the target owns at its entry."""
    needs = set(entry).difference(edge.block.params)  # on a loop's back edge, an argument may be another of the parameters
    needs.update([key_of(arg) for param, arg in zip(edge.block.params, edge.args, strict=False) if param in entry])
    return needs


def null_on_true(cond: Value) -> tuple[Key, int] | None:
    """For a condition ``is_null(x)``: x, and the number of the branch's edge on which it is NULL, so owns nothing."""
    edge = 0
    while isinstance(cond, Op) and cond.name == "i1_not":
        cond, edge = cond.args[0], 1 - edge
    if isinstance(cond, Op) and cond.name == "is_null":
        return key_of(cond.args[0]), edge
    return None


def owned_at_entry(region: Region) -> dict[Block, set[Key]]:
    """For each block the values it owns at its entry, in a region without reference errors."""
    summary = {block: _summary(block) for block in region.blocks}
    entry: dict[Block, set[Key]] = {block: set(uses) for block, (uses, _) in summary.items()}
    changed = True
    while changed:
        changed = False
        for block in reversed(region.blocks):
            uses, kills = summary[block]
            live: set[Key] = set()
            for edge in block.edges:
                target = entry.get(edge.block)
                if target:
                    live |= edge_needs(edge, target)
            live -= kills
            live |= uses
            if live != entry[block]:
                entry[block] = live
                changed = True
    return entry


def _summary(block: Block) -> tuple[set[Key], set[Key]]:
    """The values a block releases before it acquires them, and those that it acquires or defines first."""
    uses: set[Key] = set()
    kills: set[Key] = set()
    for op in block.ops:
        if op.snapshot is not None:
            for value in op.snapshot.owned:
                key = key_of(value)
                if key not in kills:
                    uses.add(key)
        for key in released_by(op):
            if key not in kills:
                uses.add(key)
        if op.name == "incref":
            key = key_of(op.args[0])
            if key not in uses:
                kills.add(key)
        elif op.type is OBJ:
            kills.add(op)
    return uses, kills
