"""Object files put into memory: what LLVM makes of small modules, and files that are damaged."""

from __future__ import annotations

import ctypes
import random
import struct
from typing import Any

import llvmlite.binding as llvm
import pytest

from jitney import _runtime

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()

#: constants, a table of jumps, a variable, an outer function, functions of its own, the pool
TEXT = """
@pool = global [2 x ptr] zeroinitializer
@count = internal global i64 0
@start = internal global i64 41
declare i64 @jitney_twice(i64)
define internal i64 @own(i64 %x) noinline {
  %y = xor i64 %x, 5
  ret i64 %y
}
define i64 @region(ptr %cx, ptr %slots) nounwind {
  %n = load i64, ptr %cx
  %c = load i64, ptr @count
  %c1 = add i64 %c, 1
  store i64 %c1, ptr @count
  switch i64 %n, label %other [ i64 0, label %a i64 1, label %b i64 2, label %c2 i64 3, label %d i64 4, label %e i64 5, label %f ]
a:
  ret i64 %c1
b:
  %t = call i64 @jitney_twice(i64 21)
  ret i64 %t
c2:
  %d2 = sitofp i64 %c to double
  %d3 = fmul double %d2, 1.5
  %d4 = fadd double %d3, 100.25
  %d5 = fptosi double %d4 to i64
  ret i64 %d5
d:
  %p = load i64, ptr getelementptr ([2 x ptr], ptr @pool, i64 0, i64 1)
  ret i64 %p
e:
  %s = load i64, ptr @start
  %s1 = add i64 %s, 1
  store i64 %s1, ptr @start
  %s2 = call i64 @own(i64 %s1)
  ret i64 %s2
f:
  %m = call double @llvm.pow.f64(double 2.0, double 10.0)
  %m1 = fptosi double %m to i64
  %m2 = call i64 @jitney_twice(i64 %m1)
  ret i64 %m2
other:
  ret i64 -1
}
declare double @llvm.pow.f64(double, double)
"""
TWICE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(lambda x: 2 * x)
NEAR = ctypes.cast(TWICE, ctypes.c_void_p).value or 0
ENTRY = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)


def object_file(text: str = TEXT, triple: str = "", opt: int = 2, features: str = "") -> bytes:
    triple = triple or llvm.get_default_triple()
    module = llvm.parse_assembly(text)
    module.triple = triple
    machine = llvm.Target.from_triple(triple).create_target_machine(opt=opt, reloc="pic", codemodel="small", jit=True, features=features)
    return bytes(machine.emit_object(module))


def call(code: Any, n: int) -> int:
    return int(ENTRY(code.address)(ctypes.addressof(ctypes.c_int64(n)), None))


@pytest.mark.parametrize("opt", [0, 2])
def test_code_runs(opt: int) -> None:
    things = object(), object()
    code = _runtime.Code(object_file(opt=opt), {"jitney_twice": NEAR}, things)
    assert [call(code, n) for n in range(7)] == [1, 42, 103, id(things[1]), 42 ^ 5, 2048, -1]
    assert call(code, 0) == 8 and call(code, 4) == 43 ^ 5
    other = _runtime.Code(object_file(opt=opt), {"jitney_twice": NEAR}, things)
    assert call(other, 0) == 1 and call(code, 0) == 10  # each has variables of its own


def test_far_functions_are_reached() -> None:
    """Through a stub: the address is seen to be there."""
    far = 0x1234_5678_9ABC_DEF0
    text, _, _ = _runtime.link_object(object_file(), {"jitney_twice": far}, 1 << 30, (1 << 30) + (1 << 20))
    assert struct.pack("<Q", far) in text


def test_memory_is_used_again() -> None:
    file = object_file()
    random.seed(5)
    before = _runtime.code_memory()[:2]
    kept: list[Any] = []
    for number in range(4000):
        if kept and random.random() < 0.5:
            del kept[random.randrange(len(kept))]
        else:
            kept.append(_runtime.Code(file, {"jitney_twice": NEAR}, (None, None)))
        if number % 500 == 0:
            assert all(call(code, 1) == 42 for code in kept)
    assert _runtime.code_memory()[2] <= 4 << 20
    kept.clear()
    assert _runtime.code_memory()[:2] == before


def test_large_code_has_a_chunk_of_its_own() -> None:
    small = _runtime.Code(object_file(), {"jitney_twice": NEAR}, ())
    mapped = _runtime.code_memory()[2]
    body = "".join(f"  store volatile i64 {number * 7919 + (1 << 40)}, ptr %cx\n" for number in range(100000))
    file = object_file("define i64 @region(ptr %cx, ptr %slots) {\n" + body + "  ret i64 7\n}", opt=0)
    code = _runtime.Code(file, {}, ())
    assert code.size > 1 << 20 and call(code, 1) == 7
    del code
    assert _runtime.code_memory()[2] == mapped and call(small, 1) == 42


def test_limit() -> None:
    file, before = object_file(), _runtime.code_memory()[0]
    size = _runtime.Code(file, {"jitney_twice": NEAR}, ()).size
    _runtime.limit_code(before + 2 * size)
    try:
        kept = [_runtime.Code(file, {"jitney_twice": NEAR}, ()) for _ in range(2)]
        with pytest.raises(_runtime.NoRoom):
            _runtime.Code(file, {"jitney_twice": NEAR}, ())
        assert issubclass(_runtime.NoRoom, MemoryError) and len(kept) == 2
    finally:
        _runtime.limit_code(0)


def test_what_is_not_known_is_left_to_others() -> None:
    with pytest.raises(NotImplementedError):
        _runtime.Code(b"\xcf\xfa\xed\xfe" + bytes(200), {}, ())  # Mach-O
    with pytest.raises(NotImplementedError, match="there is no jitney_twice"):
        _runtime.Code(object_file(), {}, ())
    with pytest.raises(NotImplementedError):  # thread-local
        text = "@x = thread_local global i64 0\ndefine i64 @region() {\n  %p = load i64, ptr @x\n  ret i64 %p\n}"
        _runtime.Code(object_file(text), {}, ())
    with pytest.raises(ValueError, match="pool"):
        _runtime.Code(object_file(), {"jitney_twice": NEAR}, (None,) * 3)
    assert not _runtime.code_memory()[1]


def test_damaged_files_are_refused() -> None:
    file = object_file()
    random.seed(1)
    for end in range(0, len(file), 7):
        with pytest.raises((ValueError, NotImplementedError)):
            _runtime.Code(file[:end], {"jitney_twice": NEAR}, ())
    for _ in range(3000):
        damaged = bytearray(file)
        for _ in range(random.randint(1, 8)):
            damaged[random.randrange(len(file))] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
        try:
            _runtime.link_object(bytes(damaged), {"jitney_twice": NEAR}, 1 << 30, (1 << 30) + (1 << 20))
        except (ValueError, NotImplementedError):
            pass


# -- aarch64, as far as that can be seen elsewhere ------------------------------------------------------------------------
def arm_file(opt: int) -> bytes:
    try:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        return object_file(triple="aarch64-unknown-linux-gnu", opt=opt)
    except RuntimeError:
        pytest.skip("LLVM was built without aarch64")


def signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


@pytest.mark.parametrize("opt", [0, 2])
@pytest.mark.parametrize("twice", [0x4000_1000, 0x7FFF_1234_5678])
def test_aarch64(opt: int, twice: int) -> None:
    """Branches and addresses of pages are decoded again: each leads into the text, into the data, or to the function."""
    base, data_base = 0x4000_0000, 0x4010_0000
    text, data, region = _runtime.link_object(arm_file(opt), {"jitney_twice": twice, "pow": 0x4000_2000}, base, data_base)
    words = struct.unpack(f"<{len(text) // 4}I", text)
    calls, pages = [], []
    for number, word in enumerate(words):
        at = base + 4 * number
        if word & 0x7C00_0000 == 0x1400_0000:  # b, bl
            target = at + 4 * signed(word & 0x3FF_FFFF, 26)
            if word >> 31:
                calls.append(target)
        elif word & 0x9F00_0000 == 0x9000_0000:  # adrp
            page = (at & ~4095) + 4096 * signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21)
            follower = next(w for w in words[number + 1 : number + 40] if w >> 5 & 31 == word & 31 and (w & 0x7F80_0000 == 0x1100_0000
                            or w & 0x3B00_0000 == 0x3900_0000))
            scale = 0 if follower & 0x7F80_0000 == 0x1100_0000 else follower >> 30
            pages.append(page + ((follower >> 10 & 4095) << scale))
    assert region == base or base < region < base + len(text)
    near = abs(twice - base) < 1 << 27
    stubs = [target for target in calls if base <= target < base + len(text) and words[(target - base) // 4] == 0x5800_0050]
    assert near == (twice in calls) and near == (not stubs)
    for stub in stubs:
        assert words[(stub - base) // 4 + 1] == 0xD61F_0200
        assert struct.unpack_from("<Q", text, stub - base + 8)[0] == twice
    assert pages and all(base <= page < base + len(text) or data_base <= page < data_base + len(data) for page in pages)
    assert any(data_base <= page for page in pages)
