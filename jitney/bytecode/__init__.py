"""Code objects in a normal form that hides what differs between CPython versions.

`normalise(code)` is the way in; the answer is cached, so two calls for one code object give the same `NormalCode`.
"""

from __future__ import annotations

from types import CodeType

from .. import _runtime
from .decode import VERSION, decode, decode_handlers, waits_at
from .flow import analyse, changing_names, successors
from .normal import (
    UNREACHABLE,
    BadBytecode,
    Handler,
    Instr,
    Loop,
    NormalCode,
    slot_names,
)
from .opcodes import effect
from .slots import bound_slots

__all__ = [
    "UNREACHABLE",
    "BadBytecode",
    "Handler",
    "Instr",
    "Loop",
    "NormalCode",
    "bound_slots",
    "changing_names",
    "effect",
    "forget",
    "normalise",
    "slot_names",
    "successors",
    "waits_at",
]

CACHE_LIMIT = 4096

_cache: dict[int, NormalCode] = {}  # by identity: comparing code objects compares all they hold
_runtime.forget_with_code(_cache)


def normalise(code: CodeType) -> NormalCode:
    """The normal form of `code`. Raises `BadBytecode` for code that no compiler of this version makes."""
    normal = _cache.get(id(code))
    if normal is None or normal.code is not code:
        normal = NormalCode(code, decode(code), VERSION.null_first)
        normal.handlers = decode_handlers(code)
        analyse(normal)
        while len(_cache) >= CACHE_LIMIT:
            _cache.pop(next(iter(_cache)), None)
        _cache[id(code)] = normal
    return normal


def forget() -> None:
    """Empty the cache."""
    _cache.clear()
