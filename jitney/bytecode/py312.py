"""CPython 3.12: truth tests inside the jumps, keyword names in a prefix, formatting in one instruction, NULL below the callable."""

from __future__ import annotations

import opcode
from types import CodeType

from .opcodes import COMMON, COMPARE_SYMBOLS, Part, Version, plain


def compare_op(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("COMPARE_OP", COMPARE_SYMBOLS[raw >> 4]),)


def unary_not(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("TO_BOOL", 0), ("UNARY_NOT", 0))


def pop_jump_if_true(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("TO_BOOL", 0), ("POP_JUMP_IF_TRUE", raw))


def pop_jump_if_false(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("TO_BOOL", 0), ("POP_JUMP_IF_FALSE", raw))


def end_for(code: CodeType, raw: int) -> tuple[Part, ...]:
    """Pops the iterator and what a generator returned; `arg` counts the values popped."""
    return (("END_FOR", 2),)


def format_value(code: CodeType, raw: int) -> tuple[Part, ...]:
    """Converts after the specification was evaluated, so the value lies below it."""
    conversion, with_spec = raw & 3, raw & 4
    convert: tuple[Part, ...] = (("CONVERT_VALUE", conversion),) if conversion else ()
    if not with_spec:
        return (*convert, ("FORMAT_SIMPLE", 0))
    if convert:
        convert = (("SWAP", 2), *convert, ("SWAP", 2))
    return (*convert, ("FORMAT_WITH_SPEC", 0))


VERSION = Version(
    expansions={
        **COMMON,
        "COMPARE_OP": compare_op,
        "UNARY_NOT": unary_not,
        "POP_JUMP_IF_TRUE": pop_jump_if_true,
        "POP_JUMP_IF_FALSE": pop_jump_if_false,
        "END_FOR": end_for,
        "FORMAT_VALUE": format_value,
        "LOAD_CLOSURE": plain("LOAD_FAST"),
    },
    caches={opcode.opname[number]: count for number, count in enumerate(opcode._inline_cache_entries) if count},  # type: ignore[attr-defined]
    null_first=True,
    after_for=1,
    call_prefix="KW_NAMES",
    last_cache=frozenset({"CALL", "BINARY_SUBSCR", "LOAD_ATTR"}),
)
