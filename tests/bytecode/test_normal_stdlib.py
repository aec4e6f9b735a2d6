"""The normal form of the standard library's code agrees with `dis`, on whatever version runs the tests."""

from __future__ import annotations

import dis
import sys
import sysconfig
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import CodeType

import pytest

from jitney.bytecode import NormalCode, forget, normalise

LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = sorted(LIBRARY.glob("*.py")) + sorted(LIBRARY.glob("asyncio/*.py")) + sorted(LIBRARY.glob("email/*.py"))
SYNTAX = ("test_grammar", "test_patma", "test_exceptions", "test_with", "test_coroutines", "test_fstring", "test_generators")
TESTS = [path for name in SYNTAX if (path := LIBRARY / "test" / f"{name}.py").exists()]
STOPS = {"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"}
UNCONDITIONAL = {"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"}
CHUNKS = 8


def codes_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)


def all_codes(chunk: int) -> Iterator[CodeType]:
    for path in (MODULES + TESTS)[chunk::CHUNKS]:
        yield from codes_in(compile(path.read_bytes(), str(path), "exec", dont_inherit=True))


def dis_effect(instruction: dis.Instruction, jump: bool) -> int:
    if instruction.opname == "RETURN_GENERATOR":
        return 1  # what is sent first; 3.12's `dis` says 0 and its compiler begins a generator's body at depth 1
    return dis.stack_effect(instruction.opcode, instruction.arg, jump=jump)


def dis_depths(code: CodeType, instructions: dict[int, dis.Instruction]) -> dict[int, int]:
    """Stack depth before each opcode by `dis` alone: its effects, its jump targets, its exception table."""
    offsets = list(instructions)
    following = dict(pairwise(offsets))
    handlers = dis._parse_exception_table(code)
    depths: dict[int, int] = {}
    work = [(0, 0)]
    while work:
        offset, depth = work.pop()
        if offset in depths:
            assert depths[offset] == depth
            continue
        depths[offset] = depth
        instruction = instructions[offset]
        for handler in handlers:
            if handler.start <= offset < handler.end:
                work.append((handler.target, handler.depth + handler.lasti + 1))
                break
        if instruction.opname in STOPS:
            continue
        if instruction.opcode in dis.hasjrel:
            work.append((instruction.argval, depth + dis_effect(instruction, jump=True)))
        if instruction.opname not in UNCONDITIONAL:
            work.append((following[offset], depth + dis_effect(instruction, jump=False)))
    return depths


def check(code: CodeType) -> NormalCode:
    normal = normalise(code)
    instructions = {instruction.offset: instruction for instruction in dis.get_instructions(code)}
    expected = dis_depths(code, instructions)
    for instr in normal.instrs:
        if instr.part == 0:
            assert instr.depth == expected.get(instr.offset, -1), (code, instr)
            assert normal.depths[instr.offset // 2] == (instr.depth if instr.depth >= 0 else 255)
            assert instr.depth <= code.co_stacksize
            positions = instructions[instr.offset].positions
            assert positions is None or instr.line == positions.lineno
        assert instr.next in normal.index_of or instr.next == len(code.co_code)
        assert instr.target is None or instr.target in normal.index_of
    assert set(instructions) >= set(normal.index_of)
    for offset, depth in expected.items():
        if depth < 255:
            assert normal.depths[offset // 2] == depth
    assert [(h.start, h.end, h.target, h.depth, h.lasti) for h in normal.handlers] == [
        (entry.start, entry.end, entry.target, entry.depth, entry.lasti) for entry in dis._parse_exception_table(code)
    ]
    for header, loop in normal.loops.items():
        assert header in normal.merge_points and header in loop.body
    return normal


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_standard_library(chunk: int) -> None:
    loops = codes = 0
    for code in all_codes(chunk):
        loops += len(check(code).loops)
        codes += 1
    forget()
    assert codes > 200 and loops > 20


def test_enough_of_it() -> None:
    assert len(MODULES) >= 150, sys.version
