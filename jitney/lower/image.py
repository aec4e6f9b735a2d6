"""Machine code of a region as data, and into memory: what the process needs that runs it. What makes it is loaded apart (`engine.py`)."""

from __future__ import annotations

import time
from types import CodeType
from typing import Any

from .. import _runtime
from .layout import helper_addresses


class Guard:
    """What a guard's number means, for statistics and explanations."""

    __slots__ = ("op", "reason", "where", "line", "exit")

    def __init__(self, op: str, reason: str, where: str, line: int, exit: int) -> None:
        self.op = op
        self.reason = reason
        self.where = where
        self.line = line
        self.exit = exit

    def __repr__(self) -> str:
        return f"Guard({self.op!r}, {self.reason!r}, {self.where!r}:{self.line}, exit {self.exit})"


class ExitPlace:
    """Where the interpreter goes on that takes an exit: the offset in the innermost frame, whose inlining context is `path`."""

    __slots__ = ("path", "offset", "kind")

    def __init__(self, path: tuple[tuple[int, CodeType], ...], offset: int, kind: int) -> None:
        self.path: Any = path
        self.offset = offset
        self.kind = kind  # of the snapshot


class Image:
    """An object file of a region, not in memory yet, and what belongs to it. It can be made in one process and loaded by another."""

    __slots__ = ("file", "blob", "consts", "pool", "functions", "buf_size", "inline_depth", "guards", "exits", "seconds", "code_bytes",
                 "llvm_instructions", "texts")

    def __init__(self, blob: bytes, consts: list[Any], pool: list[int], functions: tuple[str, ...], buf_size: int, inline_depth: int,
                 guards: list[Guard], exits: list[ExitPlace]) -> None:
        self.file = b""
        self.blob = blob
        self.consts = consts
        self.pool = pool  # numbers of the constants whose addresses go to @pool
        self.functions = functions  # of the C runtime, that it calls
        self.buf_size = buf_size
        self.inline_depth = inline_depth
        self.guards = guards
        self.exits = exits  # where each exit goes on
        self.seconds: dict[str, float] = {}
        self.code_bytes = 0
        self.llvm_instructions = 0
        self.texts: dict[str, str] = {}  # "llvm", "optimised", "assembly" when asked for

    def with_consts(self, consts: list[Any]) -> Image:
        """The same for other objects."""
        new = Image(self.blob, consts, self.pool, self.functions, self.buf_size, self.inline_depth, self.guards, self.exits)
        new.file, new.code_bytes, new.llvm_instructions, new.texts = self.file, self.code_bytes, self.llvm_instructions, self.texts
        return new


class CompiledCode:
    """Machine code of a region and what `_runtime.Region` wants to know of it. Keep it as long as the code may run."""

    __slots__ = ("address", "blob", "consts", "buf_size", "inline_depth", "guards", "exits", "seconds",
                 "code_bytes", "llvm_instructions", "texts", "linked", "memory", "image", "movable", "variables", "values")

    def __init__(self, image: Image, linked: Any) -> None:
        self.address: int = linked.address
        self.blob = image.blob
        self.consts = image.consts
        self.buf_size = image.buf_size
        self.inline_depth = image.inline_depth
        self.guards = image.guards
        self.exits = image.exits
        self.variables: list[tuple[Any, str]] = []  # those that it relies on, with weak references to the namespaces
        self.values: list[int] = []  # their values' ids
        self.seconds = image.seconds
        self.code_bytes = image.code_bytes
        self.llvm_instructions = image.llvm_instructions
        self.texts = image.texts
        self.linked: Any = linked  # frees the machine code when it dies
        self.memory: int = linked.size
        self.image = image  # to be linked again
        self.movable: Any = None  # to other globals, and how


_symbols: dict[str, int] = {}


def symbols() -> dict[str, int]:
    """The C runtime's functions as machine code names them, and their addresses."""
    if not _symbols:
        _symbols.update([("jitney_" + name, address) for name, address in helper_addresses().items()])
    return _symbols


def load(image: Image, consts: list[Any] | None = None) -> CompiledCode:
    """Puts an object file into memory, ready to run; `consts`: where these are not the image's."""
    started = time.thread_time()
    values = image.consts if consts is None else consts
    pool = tuple([values[number] for number in image.pool])
    try:
        linked = _runtime.Code(image.file, symbols(), pool)
    except NotImplementedError:  # of a processor that the C runtime does not know
        from .engine import link

        linked = link(image, pool)
    image.seconds["link"] = time.thread_time() - started
    return CompiledCode(image, linked)


__all__ = ["CompiledCode", "ExitPlace", "Guard", "Image", "load", "symbols"]
