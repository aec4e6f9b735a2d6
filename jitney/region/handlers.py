"""The table from normal opcode to handler: each opcode has exactly one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder

    Handler = Callable[[Builder, Instr], None]



class Left(Exception):
    """The current path has left the region: its block is closed."""


HANDLERS: dict[str, Handler] = {}
#: opcodes whose observations begin with the callable and self
CALL_LIKE = frozenset({"CALL", "CALL_KW", "CALL_KW_NAMES", "CALL_FUNCTION_EX"})


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Registers the decorated function as the handler of the named opcodes."""

    def register(function: Handler) -> Handler:
        for name in names:
            assert name not in HANDLERS, name
            HANDLERS[name] = function
        return function

    return register
