"""From ``co_code`` to a list of `Instr`s, by hand and in one pass; which version this is was decided once, at import.

The tables indexed by opcode number are derived from the running version's `Version`: a list of `Shape`s.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from opcode import opmap, opname
from types import CodeType

from .normal import BadBytecode, Handler, Instr
from .opcodes import JUMPS, Expansion, Version

VERSION: Version = import_module(f".py{sys.version_info[0]}{sys.version_info[1]}", __package__).VERSION


class Shape:
    """An opcode's decoding: its expansion, the bytes of cache after it, its jump's direction (0: none) and what to add to the target."""

    __slots__ = ("cache_bytes", "direction", "expand", "past_target")

    def __init__(self, expand: Expansion, cache_bytes: int, direction: int, past_target: int) -> None:
        self.expand = expand
        self.cache_bytes = cache_bytes
        self.direction = direction
        self.past_target = past_target


def _shapes(version: Version) -> list[Shape | None]:
    shapes: list[Shape | None] = [None] * 256
    for name, expand in version.expansions.items():
        past_target = 2 * version.after_for if name == "FOR_ITER" else 0
        shapes[opmap[name]] = Shape(expand, 2 * version.caches.get(name, 0), JUMPS.get(name, 0), past_target)
    return shapes


SHAPES = _shapes(VERSION)
EXTENDED_ARG = opmap["EXTENDED_ARG"]
CALL_PREFIX = opmap[VERSION.call_prefix] if VERSION.call_prefix else -1


#: (opcode number, its size in bytes)
_LAST_CACHE = [(opmap[name], 2 + 2 * VERSION.caches.get(name, 0)) for name in sorted(VERSION.last_cache)]


def waits_at(code: CodeType, offset: int, following: int) -> int:
    """Where a frame stands (`f_lasti`) while a Python function runs that its instruction from `offset` to `following` called."""
    raw = code.co_code
    for number, size in _LAST_CACHE:
        if following - size >= offset and raw[following - size] == number:
            return following - 2
    return offset


def decode(code: CodeType) -> list[Instr]:
    """All instructions in order, dead ones too; depths are not filled in yet."""
    raw = code.co_code
    instrs: list[Instr] = []
    lines = _lines(code)
    _, line_end, line = next(lines)
    position = start = extended = 0
    keywords: tuple[str, ...] | None = None
    while position < len(raw):
        opcode, operand = raw[position], raw[position + 1] | extended
        position += 2
        if opcode == EXTENDED_ARG:
            extended = operand << 8
            continue
        extended = 0
        if opcode == CALL_PREFIX:
            keywords = code.co_consts[operand]
            continue
        shape = SHAPES[opcode]
        if shape is None:
            raise BadBytecode(f"{opname[opcode]} at {position - 2} in {code.co_qualname}")
        while start >= line_end:
            _, line_end, line = next(lines)
        end = position + shape.cache_bytes
        target = end + shape.direction * 2 * operand + shape.past_target if shape.direction else None
        parts = shape.expand(code, operand)
        if keywords is not None:
            if parts[0][0] != "CALL":
                raise BadBytecode(f"keyword names without a call at {start} in {code.co_qualname}")
            parts = (("CALL_KW_NAMES", (operand, keywords)),)
            keywords = None
        last = len(parts) - 1
        for part, (op, arg) in enumerate(parts):
            instrs.append(Instr(start, op, arg, end, target if part == last else None, line, part))
        position = start = end
    return instrs


def _lines(code: CodeType) -> Iterator[tuple[int, int, int | None]]:
    yield from code.co_lines()
    yield len(code.co_code), sys.maxsize, None


def decode_handlers(code: CodeType) -> list[Handler]:
    """The exception table, whose numbers are written in groups of six bits, the highest first, bit 6 meaning that more follow."""
    numbers: list[int] = []
    value = 0
    for byte in code.co_exceptiontable:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    handlers = []
    for index in range(0, len(numbers), 4):
        start, length, target, depth_lasti = numbers[index : index + 4]
        handlers.append(Handler(2 * start, 2 * (start + length), 2 * target, depth_lasti >> 1, bool(depth_lasti & 1)))
    return handlers
