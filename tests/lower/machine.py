"""Runs machine code outside the C runtime: a context and frame slots made with ctypes, exits decoded from the blob."""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from jitney.ir.types import F64, I1, I64, LETTERS, OBJ, VOID
from jitney.ir.values import Block, Edge, FrameState, Op, Region, Snapshot, Value
from jitney.lower.engine import CompiledCode, compile
from jitney.lower.layout import layout
from jitney.lower.snapshots import MAGIC

ENTRY = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
ctypes.pythonapi.PyThreadState_Get.restype = ctypes.c_void_p
increment = ctypes.pythonapi.Py_IncRef
increment.argtypes = [ctypes.py_object]
decrement = ctypes.pythonapi.Py_DecRef
decrement.argtypes = [ctypes.c_void_p]


def somewhere() -> None:
    max(1, 2, 3, 4, 5, 6, 7, 8)


CODE = somewhere.__code__
LEFT = "left"


def state(*stack: Value | None, locals: tuple[Value | None, ...] = (), **facts: Any) -> FrameState:
    return FrameState(CODE, 2, locals, stack, **facts)


class Builder:
    """Writes a region: `b.op("i64_add", a, c)` appends to the current block."""

    def __init__(self) -> None:
        from jitney.ir.ops import OPS

        self.rows = OPS
        self.region = Region("test", CODE)
        self.block = self.new_block()
        self.side = Snapshot(state(), reason="side")

    def new_block(self) -> Block:
        block = Block("test")
        self.region.blocks.append(block)
        return block

    def op(self, name: str, *args: Value, result: Any = None, snapshot: Snapshot | None = None, **attrs: Any) -> Op:
        row = self.rows[name]
        if snapshot is None and (row.guard or row.raises):
            snapshot = self.side
        op = Op(name, result or row.result, list(args), attrs, snapshot)
        self.block.ops.append(op)
        return op

    def call(self, helper: str, *args: Value, snapshot: Snapshot | None = None) -> Op:
        from jitney.ir.helpers import HELPERS

        row = HELPERS[helper]
        if snapshot is None and (row.raises or row.maybe or row.effect == "any"):
            snapshot = Snapshot(state(), kind=1 if row.raises else 0, reason="raised")
        return self.op("call", *args, result=LETTERS[row.signature[-1]], snapshot=snapshot, helper=helper)

    def leave(self, *stack: Value | None, owned: Iterable[Value] = (), **facts: Any) -> None:
        self.op("leave", snapshot=Snapshot(state(*stack), owned=frozenset(owned), reason="end", **facts))

    def jump(self, block: Block, *args: Value) -> None:
        self.op("jump")
        self.block.edges = [Edge(block, list(args))]

    def argument(self, slot: int, letter: str) -> Op:
        value = self.op("frame_local", slot=slot)
        if letter == "i":
            return self.op("int_value", value)
        if letter == "f":
            return self.op("float_value", value)
        if letter == "b":
            return self.op("bool_value", value)
        return value


class Result:
    """How a run ended: exit and guard number, and the innermost frame's stack."""

    def __init__(self, exit: int, guard: int, kind: int, stack: list[Any], frames: list[Any], record: dict[str, Any]) -> None:
        self.exit = exit
        self.guard = guard
        self.kind = kind
        self.stack = stack
        self.frames = frames
        self.record = record


class Machine:
    """One compiled region with its context."""

    def __init__(self, region: Region, slots: int = 8, **options: Any) -> None:
        self.code: CompiledCode = compile(region, **options)
        self.entry = ENTRY(self.code.address)
        self.slots = (ctypes.c_void_p * (slots + 64))()
        where = layout()
        self.frame = (ctypes.c_int64 * 32)()
        self.fake_region = (ctypes.c_int64 * 32)()
        self.fake_region[where.region_valid // 8] = 1
        self.context = (ctypes.c_int64 * (where.cx_values // 8 + self.code.buf_size + 1))()
        self.context[where.cx_tstate // 8] = ctypes.pythonapi.PyThreadState_Get()
        self.context[where.cx_frame // 8] = ctypes.addressof(self.frame)
        self.context[where.cx_localsplus // 8] = ctypes.addressof(self.slots)
        self.context[where.cx_region // 8] = ctypes.addressof(self.fake_region)
        self.context[where.cx_linked // 8] = 1

    def run(self, *locals: Any) -> Result:
        """Runs with the objects in the frame's slots (each slot holds a reference, which is given back)."""
        where = layout()
        for index, value in enumerate(locals):
            increment(value)
            self.slots[index] = id(value)
        try:
            exit = self.entry(ctypes.addressof(self.context), ctypes.addressof(self.slots))
            return self.decode(exit, self.context[where.cx_guard // 8])
        finally:
            for index in range(len(self.slots)):
                if self.slots[index]:
                    decrement(self.slots[index])
                    self.slots[index] = None

    def decode(self, exit: int, guard: int) -> Result:
        words = struct.unpack(f"{len(self.code.blob) // 4}i", self.code.blob)
        assert words[0] == MAGIC
        cursor = words[3 + exit]

        def take() -> int:
            nonlocal cursor
            cursor += 1
            return words[cursor - 1]

        base = layout().cx_values // 8
        kind, entries, tags = take(), [], []
        owned = []
        for _ in range(take()):
            tag = take()
            tags.append(tag)
            if tag in (0, 1):
                address = self.context[base + take()]
                entries.append(ctypes.cast(address, ctypes.py_object).value if address else None)
                if tag == 0:
                    owned.append(address)
            elif tag == 2:
                entries.append(self.code.consts[take()])
            elif tag == 3:
                entries.append(self.context[base + take()])
            elif tag == 4:
                entries.append(struct.unpack("d", struct.pack("q", self.context[base + take()]))[0])
            elif tag == 5:
                entries.append(bool(self.context[base + take()]))
            elif tag == 6:
                low = take()
                entries.append((low & 0xFFFFFFFF) | take() << 32)
            else:
                assert tag == 7
                number = take()
                entries.append((number, [ref(entries, take()) for _ in range(take())]))
        frames = []
        for _ in range(take()):
            func = ref(entries, take())
            frame = {"func": func, "code": self.code.consts[take()], "offset": take(), "return_offset": take(), "return_action": take()}
            frame["locals"] = [ref(entries, take()) for _ in range(take())]
            frame["stack"] = [ref(entries, take()) for _ in range(take())]
            frames.append(frame)
        names = [(self.code.consts[take()], ref(entries, take())) for _ in range(take())]
        drops = [ref(entries, take()) for _ in range(take())]
        stands_at = take()
        buf_size = take()
        assert buf_size <= self.code.buf_size
        for address in owned:
            decrement(address)
        return Result(exit, guard, kind, frames[-1]["stack"], frames, {"names": names, "drops": drops, "tags": tags, "entries": entries,
                                                                             "stands_at": stands_at})


def ref(entries: Sequence[Any], number: int) -> Any:
    return {-1: "NULL", -2: "SYNCED"}[number] if number < 0 else entries[number]


def machine_of(name: str, letters: str, **attrs: Any) -> Machine:
    """One op on the frame's slots; its result is the only value on the stack."""
    b = Builder()
    arguments = [b.argument(slot, letter) for slot, letter in enumerate(letters)]
    result = b.op(name, *arguments, **attrs)
    finish(b, result, b.rows[name].owned)
    return Machine(b.region)


def call_of(helper: str, letters: str) -> Machine:
    from jitney.ir.helpers import HELPERS

    b = Builder()
    arguments = [b.argument(slot, letter) for slot, letter in enumerate(letters)]
    result = b.call(helper, *arguments)
    finish(b, result, HELPERS[helper].owned)
    return Machine(b.region)


def finish(b: Builder, result: Op, owned: bool) -> None:
    if result.type is VOID:
        b.leave()
    else:
        b.leave(result, owned=[result] if owned else [])


def outcome(machine: Machine, *arguments: Any) -> Any:
    """The op's result, or LEFT."""
    result = machine.run(*arguments)
    if machine.code.guards[result.guard].op != "leave":
        return LEFT
    return result.stack[0] if result.stack else None


def refcounts(*objects: Any) -> list[int]:
    return [sys.getrefcount(value) for value in objects]


__all__ = ["CODE", "F64", "I1", "I64", "LEFT", "OBJ", "Builder", "Machine", "call_of", "machine_of", "outcome", "refcounts", "state"]
