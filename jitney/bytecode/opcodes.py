"""TABLES of opcodes: what each becomes in the normal form, where all versions agree, and what the normal form does to the stack.

An *expansion* takes the code object and the raw operand and gives the parts, ``(op, arg)`` each. `COMMON` holds the opcodes that mean the
same everywhere; a version's module adds its own and its caches, and the result is a `Version`. `EFFECTS` belongs to the normal form, so it
knows no versions.
"""

from __future__ import annotations

import opcode
from collections.abc import Callable
from types import CodeType
from typing import Any

Part = tuple[str, Any]
Expansion = Callable[[CodeType, int], tuple[Part, ...]]

BINARY_SYMBOLS: tuple[str, ...] = tuple(symbol for _, symbol in opcode._nb_ops)  # type: ignore[attr-defined]
COMPARE_SYMBOLS: tuple[str, ...] = opcode.cmp_op


def plain(op: str) -> Expansion:
    """The raw operand: a slot of localsplus, a count, flags."""
    return lambda code, raw: ((op, raw),)


def named(op: str) -> Expansion:
    return lambda code, raw: ((op, code.co_names[raw]),)


def inverted(op: str) -> Expansion:
    return lambda code, raw: ((op, bool(raw)),)


def no_operation(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("NOP", 0),)


def load_const(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("LOAD_CONST", code.co_consts[raw]),)


def return_const(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("LOAD_CONST", code.co_consts[raw]), ("RETURN_VALUE", 0))


def load_global(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("LOAD_GLOBAL", (code.co_names[raw >> 1], bool(raw & 1))),)


def load_attr(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("LOAD_ATTR", (code.co_names[raw >> 1], bool(raw & 1))),)


def load_super_attr(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("LOAD_SUPER_ATTR", (code.co_names[raw >> 2], bool(raw & 1), bool(raw & 2))),)


def binary_op(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("BINARY_OP", BINARY_SYMBOLS[raw]),)


def jump(code: CodeType, raw: int) -> tuple[Part, ...]:
    """`arg` says whether the eval breaker is polled here."""
    return (("JUMP", False),)


def jump_and_poll(code: CodeType, raw: int) -> tuple[Part, ...]:
    return (("JUMP", True),)


def words(text: str) -> list[str]:
    return text.split()


PLAIN = words("""
    BEFORE_ASYNC_WITH BEFORE_WITH BINARY_SLICE BINARY_SUBSCR BUILD_CONST_KEY_MAP BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE BUILD_STRING
    BUILD_TUPLE CALL CALL_FUNCTION_EX CALL_INTRINSIC_1 CALL_INTRINSIC_2 CHECK_EG_MATCH CHECK_EXC_MATCH CLEANUP_THROW COPY COPY_FREE_VARS
    DELETE_DEREF DELETE_FAST DELETE_SUBSCR DICT_MERGE DICT_UPDATE END_ASYNC_FOR END_SEND FOR_ITER GET_AITER GET_ANEXT GET_AWAITABLE
    GET_ITER GET_LEN GET_YIELD_FROM_ITER LIST_APPEND LIST_EXTEND LOAD_ASSERTION_ERROR LOAD_BUILD_CLASS LOAD_DEREF LOAD_FAST
    LOAD_FAST_AND_CLEAR LOAD_FAST_CHECK LOAD_FROM_DICT_OR_DEREF LOAD_LOCALS MAKE_CELL MAKE_FUNCTION MAP_ADD MATCH_CLASS MATCH_KEYS
    MATCH_MAPPING MATCH_SEQUENCE POP_EXCEPT POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_TOP PUSH_EXC_INFO PUSH_NULL RAISE_VARARGS RERAISE
    RETURN_GENERATOR RETURN_VALUE SEND SETUP_ANNOTATIONS SET_ADD SET_UPDATE STORE_DEREF STORE_FAST STORE_SLICE STORE_SUBSCR SWAP
    UNARY_INVERT UNARY_NEGATIVE UNPACK_EX UNPACK_SEQUENCE WITH_EXCEPT_START YIELD_VALUE
""")

NAMED = words("""
    DELETE_ATTR DELETE_GLOBAL DELETE_NAME IMPORT_FROM IMPORT_NAME LOAD_FROM_DICT_OR_GLOBALS LOAD_NAME STORE_ATTR STORE_GLOBAL STORE_NAME
""")

COMMON: dict[str, Expansion] = {
    **{name: plain(name) for name in PLAIN},
    **{name: named(name) for name in NAMED},
    "NOP": no_operation,
    "RESUME": no_operation,
    "LOAD_CONST": load_const,
    "RETURN_CONST": return_const,
    "LOAD_GLOBAL": load_global,
    "LOAD_ATTR": load_attr,
    "LOAD_SUPER_ATTR": load_super_attr,
    "BINARY_OP": binary_op,
    "IS_OP": inverted("IS_OP"),
    "CONTAINS_OP": inverted("CONTAINS_OP"),
    "JUMP_FORWARD": jump,
    "JUMP_BACKWARD": jump_and_poll,
    "JUMP_BACKWARD_NO_INTERRUPT": jump,
}

JUMPS: dict[str, int] = {
    "FOR_ITER": 1,
    "SEND": 1,
    "JUMP_FORWARD": 1,
    "JUMP_BACKWARD": -1,
    "JUMP_BACKWARD_NO_INTERRUPT": -1,
    "POP_JUMP_IF_TRUE": 1,
    "POP_JUMP_IF_FALSE": 1,
    "POP_JUMP_IF_NONE": 1,
    "POP_JUMP_IF_NOT_NONE": 1,
}

NEVER_IN_CODE = frozenset({"CACHE", "RESERVED", "INTERPRETER_EXIT", "EXTENDED_ARG"})
"""Opcodes with numbers that no code object holds as an instruction of its own (EXTENDED_ARG belongs to the one it stands before)."""


class Version:
    """What the decoder must know of one CPython version."""

    def __init__(self, expansions: dict[str, Expansion], caches: dict[str, int], null_first: bool, after_for: int,
                 call_prefix: str | None = None, last_cache: frozenset[str] = frozenset(), never_in_code: frozenset[str] = NEVER_IN_CODE,
                 ) -> None:
        self.expansions = expansions
        self.caches = caches
        self.null_first = null_first
        self.after_for = after_for  # code units between a FOR_ITER's raw target and where execution goes on
        self.call_prefix = call_prefix  # an opcode that carries the keyword names of the CALL after it
        self.last_cache = last_cache  # a frame that waits in one for a Python function stands at its last cache, not at its start
        self.never_in_code = never_in_code


Effect = int | Callable[[Any], int]

EFFECTS: dict[str, Effect] = {
    "BEFORE_ASYNC_WITH": 1,
    "BEFORE_WITH": 1,
    "BINARY_OP": -1,
    "BINARY_SLICE": -2,
    "BINARY_SUBSCR": -1,
    "BUILD_CONST_KEY_MAP": lambda n: -n,
    "BUILD_LIST": lambda n: 1 - n,
    "BUILD_MAP": lambda n: 1 - 2 * n,
    "BUILD_SET": lambda n: 1 - n,
    "BUILD_SLICE": lambda n: 1 - n,
    "BUILD_STRING": lambda n: 1 - n,
    "BUILD_TUPLE": lambda n: 1 - n,
    "CALL": lambda n: -1 - n,
    "CALL_FUNCTION_EX": lambda flags: -2 - (flags & 1),
    "CALL_INTRINSIC_1": 0,
    "CALL_INTRINSIC_2": -1,
    "CALL_KW": lambda n: -2 - n,
    "CALL_KW_NAMES": lambda arg: -1 - arg[0],
    "CHECK_EG_MATCH": 0,
    "CHECK_EXC_MATCH": 0,
    "CLEANUP_THROW": -1,
    "COMPARE_OP": -1,
    "CONTAINS_OP": -1,
    "CONVERT_VALUE": 0,
    "COPY": 1,
    "COPY_FREE_VARS": 0,
    "DELETE_ATTR": -1,
    "DELETE_DEREF": 0,
    "DELETE_FAST": 0,
    "DELETE_GLOBAL": 0,
    "DELETE_NAME": 0,
    "DELETE_SUBSCR": -2,
    "DICT_MERGE": -1,
    "DICT_UPDATE": -1,
    "END_ASYNC_FOR": -2,
    "END_FOR": lambda popped: -popped,
    "END_SEND": -1,
    "EXIT_INIT_CHECK": -1,
    "FORMAT_SIMPLE": 0,
    "FORMAT_WITH_SPEC": -1,
    "FOR_ITER": 1,
    "GET_AITER": 0,
    "GET_ANEXT": 1,
    "GET_AWAITABLE": 0,
    "GET_ITER": 0,
    "GET_LEN": 1,
    "GET_YIELD_FROM_ITER": 0,
    "IMPORT_FROM": 1,
    "IMPORT_NAME": -1,
    "IS_OP": -1,
    "JUMP": 0,
    "LIST_APPEND": -1,
    "LIST_EXTEND": -1,
    "LOAD_ASSERTION_ERROR": 1,
    "LOAD_ATTR": lambda arg: 1 if arg[1] else 0,
    "LOAD_BUILD_CLASS": 1,
    "LOAD_CONST": 1,
    "LOAD_DEREF": 1,
    "LOAD_FAST": 1,
    "LOAD_FAST_AND_CLEAR": 1,
    "LOAD_FAST_CHECK": 1,
    "LOAD_FROM_DICT_OR_DEREF": 0,
    "LOAD_FROM_DICT_OR_GLOBALS": 0,
    "LOAD_GLOBAL": lambda arg: 2 if arg[1] else 1,
    "LOAD_LOCALS": 1,
    "LOAD_NAME": 1,
    "LOAD_SUPER_ATTR": lambda arg: -1 if arg[1] else -2,
    "MAKE_CELL": 0,
    "MAKE_FUNCTION": lambda flags: -(flags & 15).bit_count(),
    "MAP_ADD": -2,
    "MATCH_CLASS": -2,
    "MATCH_KEYS": 1,
    "MATCH_MAPPING": 1,
    "MATCH_SEQUENCE": 1,
    "NOP": 0,
    "POP_EXCEPT": -1,
    "POP_JUMP_IF_FALSE": -1,
    "POP_JUMP_IF_NONE": -1,
    "POP_JUMP_IF_NOT_NONE": -1,
    "POP_JUMP_IF_TRUE": -1,
    "POP_TOP": -1,
    "PUSH_EXC_INFO": 1,
    "PUSH_NULL": 1,
    "RAISE_VARARGS": lambda n: -n,
    "RERAISE": -1,
    "RETURN_GENERATOR": 1,
    "RETURN_VALUE": -1,
    "SEND": 0,
    "SETUP_ANNOTATIONS": 0,
    "SET_ADD": -1,
    "SET_FUNCTION_ATTRIBUTE": -1,
    "SET_UPDATE": -1,
    "STORE_ATTR": -2,
    "STORE_DEREF": -1,
    "STORE_FAST": -1,
    "STORE_GLOBAL": -1,
    "STORE_NAME": -1,
    "STORE_SLICE": -4,
    "STORE_SUBSCR": -3,
    "SWAP": 0,
    "TO_BOOL": 0,
    "UNARY_INVERT": 0,
    "UNARY_NEGATIVE": 0,
    "UNARY_NOT": 0,
    "UNPACK_EX": lambda arg: (arg & 255) + (arg >> 8),
    "UNPACK_SEQUENCE": lambda n: n - 1,
    "WITH_EXCEPT_START": 1,
    "YIELD_VALUE": 0,
}
"""Values pushed less values popped, when execution goes on at the next instruction."""

JUMP_EFFECTS: dict[str, Effect] = {**EFFECTS, "FOR_ITER": -1}
"""The same when the jump is taken."""

STOPS = frozenset({"RETURN_VALUE", "RAISE_VARARGS", "RERAISE"})
"""Ops after which execution does not go on in this frame's normal flow."""

CALLS = frozenset({"CALL", "CALL_KW", "CALL_KW_NAMES", "CALL_FUNCTION_EX"})

STORES_SLOT = frozenset({"STORE_FAST", "DELETE_FAST", "LOAD_FAST_AND_CLEAR", "MAKE_CELL"})
STORES_CELL = frozenset({"STORE_DEREF", "DELETE_DEREF"})
STORES_NAME = frozenset({"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL"})


def effect(op: str, arg: Any, jump: bool = False) -> int:
    """How the stack depth changes over one instruction of the normal form."""
    value = (JUMP_EFFECTS if jump else EFFECTS)[op]
    return value if isinstance(value, int) else value(arg)
