"""Snapshots to exit records: the int32 blob that `csrc/leave.c` reads (docs/internals.md, section 4).

An `ExitTable` collects the exits of one region. For each snapshot it gives the values that machine code has to store, in order: the k-th
goes to ``cx->values[k]``.
"""

from __future__ import annotations

from array import array
from typing import Any

from ..ir.types import F64, I1, I64, OBJ
from ..ir.values import SYNCED, Const, Snapshot, Value, Virtual
from ..ir.virtuals import KINDS

MAGIC = 0x4A544E01
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


class ExitRecord:
    """One snapshot's record: its int32 words and the values to store."""

    __slots__ = ("number", "snapshot", "words", "live", "_owned", "_refs", "_entries", "_n_entries", "_consts", "_floats")

    def __init__(self, number: int, snapshot: Snapshot, consts: ConstTable) -> None:
        self.number = number
        self.snapshot = snapshot
        self.live: list[Value] = []
        self._owned = snapshot.owned
        self._refs: dict[Any, int] = {}
        self._entries: list[int] = []
        self._n_entries = 0
        self._consts = consts
        self._encode()

    def _encode(self) -> None:
        snapshot, ref = self.snapshot, self._ref
        tail: list[int] = []
        frames = snapshot.frame.chain()
        tail.append(len(frames))
        for index, frame in enumerate(frames):
            tail.append(NULL if index == 0 else ref(frame.func))
            tail.append(self._consts.number(frame.code))
            tail.append(frame.offset)
            tail.append(frame.return_offset)
            tail.append(frame.return_action)
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
        tail.append(len(self.live))
        self.words = [snapshot.kind, self._n_entries, *self._entries, *tail]

    def _ref(self, value: Value | None) -> int:
        """The number of the value's entry, made when new; entries of a virtual's fields come before its own."""
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
        if isinstance(value, Const):
            entry = self._constant(value)
        elif isinstance(value, Virtual):
            fields = [self._ref(field) for field in value.fields]
            entry = [VIRTUAL, KINDS[value.kind][0], len(fields), *fields]
        else:
            if value.type is OBJ:
                tag = OBJ_OWNED if value in self._owned else OBJ_BORROWED
            else:
                tag = _TAGS[value.type]
            entry = [tag, len(self.live)]
            self.live.append(value)
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


class ExitTable:
    """The exits of a region: one for each distinct snapshot."""

    __slots__ = ("records", "consts", "_by_snapshot")

    def __init__(self, consts: ConstTable) -> None:
        self.records: list[ExitRecord] = []
        self.consts = consts
        self._by_snapshot: dict[int, ExitRecord] = {}

    def record(self, snapshot: Snapshot) -> ExitRecord:
        record = self._by_snapshot.get(id(snapshot))
        if record is None:
            record = ExitRecord(len(self.records), snapshot, self.consts)
            self._by_snapshot[id(snapshot)] = record
            self.records.append(record)
        return record

    def blob(self) -> bytes:
        words = [MAGIC, len(self.records)]
        offset = 2 + len(self.records)
        for record in self.records:
            words.append(offset)
            offset += len(record.words)
        for record in self.records:
            words.extend(record.words)
        return array("i", words).tobytes()

    def buf_size(self) -> int:
        return max((len(record.live) for record in self.records), default=0)
