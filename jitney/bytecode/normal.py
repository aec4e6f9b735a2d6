"""The normal form of a code object: what differs between CPython versions is hidden here.

A `NormalCode` is immutable once built. Offsets are byte offsets into ``co_code``; an offset names a *real instruction* (prefixes and
caches included), and one real instruction may be several `Instr`s in a row with the same offset. Execution resumes at real instructions
only.

    for instr in normalise(function.__code__).instrs:
        print(instr)          #   12 LOAD_FAST 0            depth 1 line 3
"""

from __future__ import annotations

from bisect import bisect_right
from types import CodeType
from typing import Any

from jitney import _runtime

GENERATOR = 0x20
COROUTINE = 0x80
ITERABLE_COROUTINE = 0x100
ASYNC_GENERATOR = 0x200

UNREACHABLE = 255  # in NormalCode.depths


class BadBytecode(Exception):
    """The code object is not what a compiler of this CPython version makes; nothing can be said about it."""


class Instr:
    """One instruction of the normal form; `part` counts the `Instr`s of one real instruction from 0."""

    __slots__ = ("arg", "backward", "depth", "line", "next", "offset", "op", "part", "target")

    def __init__(self, offset: int, op: str, arg: Any, next: int, target: int | None, line: int | None, part: int) -> None:
        self.offset = offset
        self.op = op
        self.arg = arg
        self.next = next
        self.target = target
        self.depth = -1
        self.line = line
        self.part = part
        self.backward = target is not None and target <= offset

    def __repr__(self) -> str:
        target = "" if self.target is None else f" -> {self.target}"
        return f"{self.offset:5} {self.op} {self.arg!r}{target}  depth {self.depth} line {self.line}"


class Handler:
    """One row of the exception table: instructions in [start, end) that raise go on at `target` with `entry_depth` values on the stack."""

    __slots__ = ("depth", "end", "lasti", "start", "target")

    def __init__(self, start: int, end: int, target: int, depth: int, lasti: bool) -> None:
        self.start = start
        self.end = end
        self.target = target
        self.depth = depth
        self.lasti = lasti

    @property
    def entry_depth(self) -> int:
        """The stack is cut to `depth`; then come the raising instruction's index, if asked for, and the exception."""
        return self.depth + (1 if self.lasti else 0) + 1

    def __repr__(self) -> str:
        return f"Handler({self.start}..{self.end} -> {self.target} depth {self.depth}{' lasti' if self.lasti else ''})"


class Loop:
    """A natural loop: every way into `body` leads through `header`. What is said of `stored...` holds for the whole body."""

    __slots__ = ("body", "depth", "end", "has_calls", "header", "stored", "stored_cells", "stored_names")

    def __init__(self, header: int, end: int, body: frozenset[int], depth: int) -> None:
        self.header = header
        self.end = end
        self.body = body
        self.depth = depth
        self.stored: frozenset[int] = frozenset()
        self.stored_cells: frozenset[int] = frozenset()
        self.stored_names: frozenset[str] = frozenset()
        self.has_calls = False

    def __repr__(self) -> str:
        return f"Loop({self.header}..{self.end} stored {sorted(self.stored)})"


class NormalCode:
    """A code object in the normal form (see docs/internals.md, section 1)."""

    __slots__ = (
        "_code",
        "_starts",
        "cell_slots",
        "depths",
        "handlers",
        "has_calls",
        "identifies",
        "index_of",
        "instrs",
        "loops",
        "max_depth",
        "merge_points",
        "nlocalsplus",
        "null_first",
        "slot_names",
    )

    def __init__(self, code: CodeType, instrs: list[Instr], null_first: bool) -> None:
        self._code = _runtime.loosen(code)
        self.instrs = instrs
        self.null_first = null_first
        self.index_of: dict[int, int] = {}
        for index, instr in enumerate(instrs):
            self.index_of.setdefault(instr.offset, index)
        self._starts = list(self.index_of)
        self.slot_names = slot_names(code)
        self.nlocalsplus = len(self.slot_names)
        cells = set(code.co_cellvars) | set(code.co_freevars)
        self.cell_slots = frozenset(slot for slot, name in enumerate(self.slot_names) if name in cells)
        self.handlers: list[Handler] = []
        self.loops: dict[int, Loop] = {}
        self.depths = b""
        self.merge_points: frozenset[int] = frozenset()
        self.has_calls = False
        self.identifies = False  # whether it may tell two equal numbers apart: by `is`, or by id()
        self.max_depth = 0

    @property
    def code(self) -> Any:
        """The code object, which this does not keep alive; None when it is dead."""
        return self._code()

    @property
    def is_generator(self) -> bool:
        return bool(self.code.co_flags & GENERATOR)

    @property
    def is_coroutine(self) -> bool:
        return bool(self.code.co_flags & (COROUTINE | ITERABLE_COROUTINE | ASYNC_GENERATOR))

    def at(self, offset: int) -> Instr:
        """The first part of the real instruction at `offset`."""
        return self.instrs[self.index_of[offset]]

    def parts(self, offset: int) -> list[Instr]:
        """All parts of the real instruction at `offset`."""
        first = last = self.index_of[offset]
        while last < len(self.instrs) and self.instrs[last].offset == offset:
            last += 1
        return self.instrs[first:last]

    def start_of(self, offset: int) -> int:
        """The offset of the real instruction that the code unit at `offset` belongs to."""
        if offset in self.index_of:
            return offset
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_of(self, offset: int) -> int | None:
        return self.at(self.start_of(offset)).line

    def handler_at(self, offset: int) -> Handler | None:
        """The handler that an exception raised at `offset` goes to."""
        for handler in self.handlers:
            if handler.start <= offset < handler.end:
                return handler
        return None

    def loops_around(self, offset: int) -> list[Loop]:
        """The loops whose body holds `offset`, innermost first."""
        around = [loop for loop in self.loops.values() if offset in loop.body]
        return sorted(around, key=lambda loop: len(loop.body))

    def __repr__(self) -> str:
        return f"<NormalCode {self.code.co_qualname}, {len(self.instrs)} instructions>"


def slot_names(code: CodeType) -> tuple[str, ...]:
    """The names of the localsplus slots, in order: locals, cells that are not arguments, free variables."""
    names = code.co_varnames
    local = set(names)
    return names + tuple(name for name in code.co_cellvars if name not in local) + code.co_freevars
