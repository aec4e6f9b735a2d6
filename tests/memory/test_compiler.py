"""What the compiler takes of memory for one region it gives back."""

from __future__ import annotations

import ctypes
import gc

import pytest

from jitney.lower import engine

TEXT = """
define i64 @region(ptr %cx, ptr %slots) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %place = getelementptr i64, ptr %cx, i64 %i
  %value = load i64, ptr %place
  %sum = add i64 %value, %i
  store i64 %sum, ptr %place
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, 100
  br i1 %done, label %end, label %loop
end:
  ret i64 0
}
"""


class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


def allocated() -> int:
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        pytest.skip("this C library does not tell")
    library.mallinfo2.restype = Figures
    figures = library.mallinfo2()
    return int(figures.uordblks + figures.hblkhd)


@pytest.mark.parametrize("level", [0, 2])
def test_llvm_gives_back_what_it_took(level: int) -> None:
    host = engine.target()

    def compile_once() -> None:
        module = host.llvm.parse_assembly(TEXT, host.llvm.create_context())
        module.triple = host.triple
        machine = host.machine(level)
        engine.optimise(host, module, level)
        machine.emit_object(module)

    for _ in range(5):
        compile_once()
    gc.collect()
    before = allocated()
    for _ in range(40):
        compile_once()
    gc.collect()
    assert allocated() - before < 40 * 1000  # it was a tenth of a megabyte each, and 1.5 kB later
