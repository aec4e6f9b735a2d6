"""Hand-written "machine code" for the tests of the C runtime: a few LLVM lines and exit records put together by hand."""

from __future__ import annotations

import ctypes
import dis
import struct
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any

import llvmlite.binding as llvm

from jitney import _runtime
from jitney.ir.virtuals import KINDS

TAGS = _runtime.ENTRY_TAGS
NULL, SYNCED = -1, -2
GUARD, RAISE = 0, 1
PUSH, INIT, DISCARD, PUSH_BOOL = 0, 1, 2, 3
VIRTUALS = {kind: number for kind, (number, _) in KINDS.items()}

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def address_of(name: str) -> int:
    address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    assert address is not None
    return address


HELPERS = _runtime.helpers()


def entry(tag: str, *args: Any) -> list[int]:
    if tag == "VIRTUAL":
        kind, *fields = args
        return [TAGS[tag], VIRTUALS[kind], len(fields), *fields]
    if tag == "INT_CONST":
        return [TAGS[tag], *struct.unpack("<ii", struct.pack("<q", args[0]))]
    return [TAGS[tag], args[0]]


class Builder:
    """Collects constants and exits; `compile` makes a Region."""

    def __init__(self) -> None:
        self.consts: list[Any] = []
        self.exits: list[list[int]] = []
        self.keep: list[Any] = []

    def const(self, value: Any) -> int:
        for i, known in enumerate(self.consts):
            if known is value:
                return i
        self.consts.append(value)
        return len(self.consts) - 1

    def frame(self, code: CodeType, offset: int, locals: list[int], stack: Sequence[int] = (), func: int = NULL, return_offset: int = 0,
              action: int = PUSH) -> list[int]:
        return [func, self.const(code), offset, return_offset, action, len(locals), *locals, len(stack), *stack]

    def exit(self, frames: list[list[int]], entries: Sequence[list[int]] = (), kind: int = GUARD,
             names: Sequence[tuple[str, int]] = (), drops: Sequence[int] = (), stands_at: int = -1) -> int:
        words = [kind, len(entries)]
        for one in entries:
            words += one
        words.append(len(frames))
        for one in frames:
            words += one
        words.append(len(names))
        for name, ref in names:
            words += [self.const(name), ref]
        words += [len(drops), *drops, frames[-1][2] if stands_at < 0 else stands_at, 16]
        self.exits.append(words)
        return len(self.exits) - 1

    def blob(self) -> bytes:
        words = [_runtime.EXIT_MAGIC, len(self.exits), 0]
        at = 3 + len(self.exits)
        for one in self.exits:
            words.append(at)
            at += len(one)
        for one in self.exits:
            words += one
        return struct.pack(f"<{len(words)}i", *words)

    def callback(self, function: Any) -> int:
        """Address of a C function without arguments that calls `function`, which answers an int."""
        made = ctypes.PYFUNCTYPE(ctypes.c_int64)(function)
        self.keep.append(made)
        address = ctypes.cast(made, ctypes.c_void_p).value
        assert address is not None
        return address

    def compile(self, body: str, inline_depth: int = 0) -> _runtime.Region:
        """`body`: LLVM lines that may use %cx, %locals, @value(k, i64), @local(i), @take(i), @incref(ptr)."""
        text = f"""
define void @value(ptr %cx, i64 %k, i64 %v) {{
  %i = add i64 %k, {_runtime.layout()['cx_values'] // 8}
  %p = getelementptr i64, ptr %cx, i64 %i
  store i64 %v, ptr %p
  ret void
}}
define i64 @local(ptr %locals, i64 %k) {{
  %p = getelementptr i64, ptr %locals, i64 %k
  %v = load i64, ptr %p
  ret i64 %v
}}
define i64 @take(ptr %locals, i64 %k) {{
  %p = getelementptr i64, ptr %locals, i64 %k
  %v = load i64, ptr %p
  store i64 0, ptr %p
  ret i64 %v
}}
define void @incref(i64 %v) {{
  %f = inttoptr i64 {address_of("Py_IncRef")} to ptr
  call void %f(i64 %v)
  ret void
}}
define i64 @number(i64 %v) {{
  %f = inttoptr i64 {address_of("PyLong_AsLongLong")} to ptr
  %r = call i64 %f(i64 %v)
  ret i64 %r
}}
define void @raise(i64 %type) {{
  %f = inttoptr i64 {address_of("PyErr_SetNone")} to ptr
  call void %f(i64 %type)
  ret void
}}
define i32 @push(ptr %cx, i64 %exit) {{
  %f = inttoptr i64 {HELPERS["jitney_push_frames"]} to ptr
  %r = call i32 %f(ptr %cx, i64 %exit)
  ret i32 %r
}}
define void @pop(ptr %cx) {{
  %f = inttoptr i64 {HELPERS["jitney_pop_frames"]} to ptr
  call void %f(ptr %cx)
  ret void
}}
define i32 @drop_framed(ptr %cx, i64 %exit, i64 %dying) {{
  %f = inttoptr i64 {HELPERS["jitney_drop_framed"]} to ptr
  %r = call i32 %f(ptr %cx, i64 %exit, i64 %dying)
  ret i32 %r
}}
define i64 @next(i64 %iterator) {{
  %f = inttoptr i64 {address_of("PyIter_Next")} to ptr
  %r = call i64 %f(i64 %iterator)
  ret i64 %r
}}
define i64 @region(ptr %cx, ptr %locals) {{
{body}
}}
"""
        module = llvm.parse_assembly(text)
        engine = llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine(opt=0))
        engine.finalize_object()
        region = _runtime.Region(engine.get_function_address("region"), self.blob(), self.consts, 16, inline_depth)
        region.data = (engine, self.keep)
        return region


def per_item(code: CodeType, out: int, done: int, then: str = "") -> str:
    """A region's body for a `for` loop's header: the next item (owned) becomes value 0 and it leaves by `out`; by `done` at the end."""
    return f"""
  %iterator = call i64 @local(ptr %locals, i64 {len(code.co_varnames) + len(code.co_freevars)})
  %item = call i64 @next(i64 %iterator)
  %none = icmp eq i64 %item, 0
  br i1 %none, label %end, label %more
end:
  ret i64 {done}
more:
  call void @value(ptr %cx, i64 0, i64 %item)
{then}
  ret i64 {out}"""


def offsets(function: FunctionType | CodeType, opname: str) -> list[int]:
    """Offsets of the instructions with this name."""
    return [i.offset for i in dis.get_instructions(function) if i.opname == opname]


def after(function: FunctionType | CodeType, offset: int) -> int:
    """Offset of the following real instruction."""
    return next(i.offset for i in dis.get_instructions(function) if i.offset > offset)


def header(function: FunctionType | CodeType, which: int = 0) -> int:
    """Header of a loop: the target of its backward jump."""
    return [i.argval for i in dis.get_instructions(function) if i.opname == "JUMP_BACKWARD"][which]


def loop_exit(function: FunctionType) -> int:
    """Where a `for` loop goes on after its end, the iterator popped."""
    end = offsets(function, "END_FOR")[0]
    return next(i.offset for i in dis.get_instructions(function) if i.offset > end and i.opname != "POP_TOP")
