"""What each op does to memory, and which version of each place a block starts with.

Memory classes of the op table are refined into *locations*: a list's length apart from its items, each inline value, slot and frame slot
by itself. A location's
version is a number that changes with each write; two reads of one location with the same version give the same.

    state = states.at_entry(block)
    state.version(("list.length", None))
    state.step(op)                         # past the op
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from jitney.ir.flow import Flow
from jitney.ir.helpers import HELPERS
from jitney.ir.ops import OPS
from jitney.ir.values import Block, Op

Location = tuple[str, object]
LENGTH, ITEMS = "length", "items"

#: the part of its memory class that an op touches, where that is not all of it
PARTS: dict[str, str] = {
    "list_len": LENGTH, "bytearray_len": LENGTH, "array_len": LENGTH, "list_get": ITEMS, "list_swap": ITEMS, "list_set_float": ITEMS,
    "bytearray_get": ITEMS, "bytearray_set": ITEMS, "array_get_f64": ITEMS, "array_get_i64": ITEMS, "array_set_f64": ITEMS,
    "array_set_i64": ITEMS, "guard_inline_values": "layout", "attr_get": "inline", "attr_swap": "inline", "attr_set_float": "inline",
    "memory_i64": "address", "slot_get": "slot", "slot_swap": "slot", "slot_set_float": "slot",
}
#: the attribute that tells one location of a class from another
SELECTORS: dict[str, str] = {"attr_get": "index", "attr_swap": "index", "attr_set_float": "index",
                             "slot_get": "offset", "slot_swap": "offset", "slot_set_float": "offset",
                             "field_i64": "offset", "field_obj": "offset", "memory_i64": "address",
                             "frame_local": "slot",
                             "guard_unbound": "slot", "slot_bound": "slot", "frame_take": "slot", "frame_store": "slot"}
EFFECTS: dict[str, str] = {name: row.effect.split()[0] for name, row in OPS.items()}
CLASSES: dict[str, str] = {name: row.effect.split()[1] for name, row in OPS.items() if " " in row.effect}
HELPER_EFFECTS: dict[str, str] = {name: helper.effect.split()[0] for name, helper in HELPERS.items()}


def effect_of(op: Op) -> str:
    """pure, read, alloc, write, refs, blind or any."""
    return HELPER_EFFECTS[op.attrs["helper"]] if op.name == "call" else EFFECTS[op.name]


def location_of(op: Op) -> Location:
    """The location that a read or write touches (one of them: see `written`)."""
    name = op.name
    selector = SELECTORS.get(name)
    return CLASSES[name] + "." + PARTS.get(name, "all"), op.attrs[selector] if selector else None


def written(op: Op) -> tuple[Location, ...]:
    """The locations that a write changes."""
    if op.name == "list_append":
        return ("list." + LENGTH, None), ("list." + ITEMS, None)
    return (location_of(op),)


BLIND: Location = ("everything in containers", None)
ANY: Location = ("everything", None)


class State:
    """Versions of locations at one point; `blind` and `any` count for all locations."""

    __slots__ = ("versions", "blind", "any", "tick")

    def __init__(self, versions: dict[Location, int], blind: int, any_: int, tick: Callable[[], int]) -> None:
        self.tick = tick
        self.versions = versions
        self.blind = blind
        self.any = any_

    def copy(self) -> State:
        return State(dict(self.versions), self.blind, self.any, self.tick)

    def version(self, location: Location) -> tuple[int, int]:
        return self.blind, self.versions.get(location, 0)

    def change(self, location: Location) -> None:
        now = self.tick()
        if location == BLIND:
            self.blind = now
        elif location == ANY:
            self.blind = self.any = now
        else:
            self.versions[location] = now

    def step(self, op: Op) -> None:
        for location in changes(op):
            self.change(location)


def changes(op: Op) -> tuple[Location, ...]:
    effect = effect_of(op)
    if effect == "write":
        return written(op)
    if effect == "blind":
        return (BLIND,)
    return (ANY,) if effect == "any" else ()


class States:
    """The versions at the entry of each block, as far as dominators tell; call `leave` with the state at a block's end before asking for
    blocks below it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._tick = count(1).__next__
        self._end: dict[Block, State] = {}
        self._changes: dict[Block, set[Location]] = {}
        for block in flow.order:
            changed: set[Location] = set()
            for op in block.ops:
                changed.update(changes(op))
            self._changes[block] = changed

    def at_entry(self, block: Block) -> State:
        above = self.flow.dominator[block]
        if above is None:
            return State({}, 0, 0, self._tick)
        state = self._end[above].copy()
        if len(self.flow.predecessors[block]) > 1:
            changed: set[Location] = set()
            for between in self.flow.between(block):
                changed |= self._changes[between]
            for location in changed:
                state.change(location)
        return state

    def leave(self, block: Block, state: State) -> None:
        self._end[block] = state
