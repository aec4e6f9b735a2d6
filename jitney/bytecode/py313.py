"""CPython 3.13: superinstructions in the code itself, explicit truth tests, NULL above the callable."""

from __future__ import annotations

import opcode
from types import CodeType

from .opcodes import (
    COMMON,
    COMPARE_SYMBOLS,
    NEVER_IN_CODE,
    Expansion,
    Part,
    Version,
    plain,
)

TO_BOOL_FLAG = 16


def compare_op(code: CodeType, raw: int) -> tuple[Part, ...]:
    compare = ("COMPARE_OP", COMPARE_SYMBOLS[raw >> 5])
    return (compare, ("TO_BOOL", 0)) if raw & TO_BOOL_FLAG else (compare,)


def end_for(code: CodeType, raw: int) -> tuple[Part, ...]:
    """Pops what a generator returned; the POP_TOP that follows pops the iterator."""
    return (("END_FOR", 1),)


def pair(first: str, second: str) -> Expansion:
    return lambda code, raw: ((first, raw >> 4), (second, raw & 15))


VERSION = Version(
    expansions={
        **COMMON,
        **{
            name: plain(name)
            for name in (
                "CALL_KW",
                "CONVERT_VALUE",
                "EXIT_INIT_CHECK",
                "FORMAT_SIMPLE",
                "FORMAT_WITH_SPEC",
                "POP_JUMP_IF_FALSE",
                "POP_JUMP_IF_TRUE",
                "SET_FUNCTION_ATTRIBUTE",
                "TO_BOOL",
                "UNARY_NOT",
            )
        },
        "COMPARE_OP": compare_op,
        "END_FOR": end_for,
        "LOAD_FAST_LOAD_FAST": pair("LOAD_FAST", "LOAD_FAST"),
        "STORE_FAST_LOAD_FAST": pair("STORE_FAST", "LOAD_FAST"),
        "STORE_FAST_STORE_FAST": pair("STORE_FAST", "STORE_FAST"),
    },
    caches=dict(opcode._inline_cache_entries),  # type: ignore[attr-defined]
    null_first=False,
    after_for=2,
    never_in_code=NEVER_IN_CODE | {"ENTER_EXECUTOR"},
)
