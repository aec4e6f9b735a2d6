"""Snapshots to exit records: the int32 blob that `csrc/leave.c` reads (docs/internals.md, section 4).

An `ExitTable` collects the exits of one region. For each snapshot it gives the values that machine code has to store, in order: the k-th
goes to ``cx->values[k]``.
"""

from __future__ import annotations

from array import array
from typing import Any

from ..bytecode import normalise, waits_at
from ..ir.types import F64, I1, I64, OBJ
from ..ir.values import CALLED, DISCARD, ITERATE, NEW, OPERATOR, PUSH, RAISE, SYNCED, Const, FrameState, Snapshot, Value, Virtual
from ..ir.virtuals import KINDS

MAGIC = 0x4A544E03
OBJ_OWNED, OBJ_BORROWED, CONST, INT, FLOAT, BOOL, INT_CONST, VIRTUAL = range(8)
NULL, PHYSICAL = -1, -2

_TAGS = {I64: INT, F64: FLOAT, I1: BOOL}


class ConstTable:
    """The objects that a region refers to: kept alive with it, and numbered for exit records."""

    __slots__ = ("objects", "_numbers")

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return number


def end_of(frame: FrameState) -> int:
    """Where the instruction ends that the frame is at."""
    normal = normalise(frame.code)
    return normal.parts(normal.start_of(frame.offset))[-1].next


def exhausted_at(frame: FrameState) -> int:
    """Where a loop over a generator goes on when that ends."""
    target = normalise(frame.code).parts(frame.offset)[0].target
    assert target is not None
    return target


def kept_operands(frame: FrameState) -> int:
    """How many of a caller's stack entries are operands of the instruction at which it stands, until its callee returns; where it runs a
    generator, the offset at which it goes on when that ends."""
    if frame.return_action == ITERATE:
        return exhausted_at(frame)
    if frame.return_action not in (OPERATOR, CALLED, NEW, DISCARD):
        return 0
    return len(frame.stack) + (frame.return_action != DISCARD) - normalise(frame.code).parts(frame.return_offset)[0].depth


class ExitRecord:
    """One snapshot's record: its int32 words and the values to store."""

    __slots__ = ("number", "snapshot", "words", "live", "parent", "depth", "_slots", "_next", "_owned", "_refs", "_entries", "_n_entries",
                 "_consts", "_floats")

    def __init__(self, number: int, snapshot: Snapshot, consts: ConstTable, parent: ExitRecord | None = None) -> None:
        self.number = number
        self.snapshot = snapshot
        self.parent = parent  # an exit above this one that stores most of the same values: leaving here goes on there
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.live: list[tuple[int, Value]] = []  # (word, value) that this exit stores itself
        self._slots: dict[Value, int] = {} if parent is None else parent._slots.copy()  # every value stored by this exit and its parents
        self._next: int = 0 if parent is None else parent._next
        self._owned = snapshot.owned
        self._refs: dict[Any, int] = {}
        self._entries: list[int] = []
        self._n_entries = 0
        self._consts = consts
        self._encode()

    @property
    def words_stored(self) -> int:
        return self._next

    def extra(self, wanted: set[Value]) -> tuple[int, int]:
        """(how many of the wanted values this exit does not store, how many others it does)."""
        missing = len(wanted) - sum(value in self._slots for value in wanted)
        return missing, len(self._slots) + missing - len(wanted)

    def everything(self) -> list[tuple[int, Value]]:
        """All (word, value) pairs that this exit and its parents store."""
        return [(word, value) for value, word in self._slots.items()]

    def _encode(self) -> None:
        snapshot, ref = self.snapshot, self._ref
        tail: list[int] = []
        frames = snapshot.frame.chain()
        tail.append(len(frames))
        for index, frame in enumerate(frames):
            tail.append(NULL if index == 0 else ref(frame.func))
            tail.append(self._consts.number(frame.code))
            tail.append(frame.offset if index == len(frames) - 1 or frame.return_action != PUSH
                        else waits_at(frame.code, frame.offset, frame.return_offset))
            # of a raising instruction: where its last code unit ends
            tail.append(frame.return_offset if index < len(frames) - 1 or snapshot.kind != RAISE else end_of(frame))
            tail.append(frame.return_action if index == len(frames) - 1 else frame.return_action | kept_operands(frame) << 8)
            tail.append(len(frame.locals))
            tail.extend(map(ref, frame.locals))
            tail.append(len(frame.stack))
            tail.extend(map(ref, frame.stack))
        tail.append(len(snapshot.names))
        for name, value in snapshot.names:
            tail.append(self._consts.number(name))
            tail.append(ref(value))
        tail.append(len(snapshot.drops))
        tail.extend(map(ref, snapshot.drops))
        tail.append(frames[-1].offset if snapshot.stands_at < 0 else snapshot.stands_at)
        tail.append(self._next)
        self.words = [snapshot.kind, self._n_entries, *self._entries, *tail]

    def _ref(self, value: Value | None) -> int:
        """The number of the value's entry, made when new; entries of a virtual's fields come before its own. A constant that comes with a
        reference, as one that a parameter turned out to be, is a value like others."""
        if value is None:
            return NULL
        if value is SYNCED:
            return PHYSICAL
        key: Any = value
        if isinstance(value, Const):
            key = (value.type, id(value.value) if value.type is OBJ else repr(value.value))
        ref = self._refs.get(key)
        if ref is not None:
            return ref
        if isinstance(value, Const) and value not in self._owned:
            entry = self._constant(value)
        elif isinstance(value, Virtual):
            fields = [self._ref(field) for field in value.fields]
            entry = [VIRTUAL, KINDS[value.kind][0], len(fields), *fields]
        else:
            if value.type is OBJ:
                tag = OBJ_OWNED if value in self._owned else OBJ_BORROWED
            else:
                tag = _TAGS[value.type]
            word = self._slots.get(value)
            if word is None:
                word = self._slots[value] = self._next
                self._next += 1
                self.live.append((word, value))
            entry = [tag, word]
        self._entries.extend(entry)
        ref = self._refs[key] = self._n_entries
        self._n_entries += 1
        return ref

    def _constant(self, value: Const) -> list[int]:
        if value.type is I64:
            return [INT_CONST, _signed(value.value), _signed(value.value >> 32)]
        return [CONST, self._consts.number(value.value)]


def _signed(word: int) -> int:
    word &= 0xFFFF_FFFF
    return word - (1 << 32) if word >> 31 else word


LOOK_BACK = 6
MAX_CHAIN = 12


def best_parent(snapshot: Snapshot, above: list[ExitRecord]) -> ExitRecord | None:
    """The exit above that stores most of what the snapshot needs and little else (what it stores must stay alive until here)."""
    wanted = {value for value in snapshot.values() if not isinstance(value, Const)}
    best, cost = None, 2 * len(wanted)
    for record in above[-LOOK_BACK:]:
        if record.depth < MAX_CHAIN:
            missing, others = record.extra(wanted)
            if others <= 4 and 2 * missing + others < cost:
                best, cost = record, 2 * missing + others
    return best


class ExitTable:
    """The exits of a region: one for each distinct snapshot."""

    __slots__ = ("records", "consts", "needs", "_by_snapshot")

    def __init__(self, consts: ConstTable) -> None:
        self.records: list[ExitRecord] = []
        self.needs: dict[tuple[int, ...], int] = {}  # numbers of constants that calls need: the place in the table
        self.consts = consts
        self._by_snapshot: dict[int, ExitRecord] = {}

    def record(self, snapshot: Snapshot, above: list[ExitRecord] | None = None) -> ExitRecord:
        """The exit of a snapshot. `above`: exits of ops that dominate this one, of which one may serve as parent."""
        record = self._by_snapshot.get(id(snapshot))
        if record is None:
            parent = best_parent(snapshot, above) if above else None
            record = ExitRecord(len(self.records), snapshot, self.consts, parent)
            self._by_snapshot[id(snapshot)] = record
            self.records.append(record)
        return record

    def need(self, constants: list[Any]) -> int:
        """The place in the table of what a call needs (`needs.py`)."""
        return self.needs.setdefault(tuple(sorted([self.consts.number(value) for value in constants])), len(self.needs))

    def blob(self) -> bytes:
        words = [MAGIC, len(self.records), len(self.needs)]
        offset = len(words) + len(self.records) + len(self.needs)
        parts = [record.words for record in self.records] + [[len(numbers), *numbers] for numbers in self.needs]
        for part in parts:
            words.append(offset)
            offset += len(part)
        for part in parts:
            words.extend(part)
        return array("i", words).tobytes()

    def buf_size(self) -> int:
        return max((record.words_stored for record in self.records), default=0)
