"""Instructions done by a C helper that does what the interpreter does, and those that end the region, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ir.values import const_i64
from .handlers import handles
from .numbers import push_result

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder


@handles("FORMAT_SIMPLE")
def format_simple(b: Builder, instr: Instr) -> None:
    kind = b.want_type(1)
    if kind is str:
        b.box_at(1)
        return
    plain = kind in (int, float, bool)
    push_result(b, 1, b.call("format_simple_plain" if plain else "format_simple", b.box_at(1), type=str))


@handles("FORMAT_WITH_SPEC")
def format_with_spec(b: Builder, instr: Instr) -> None:
    spec, value = b.box_at(1), b.box_at(2)
    push_result(b, 2, b.call("format_with_spec", value, spec))


@handles("CONVERT_VALUE")
def convert_value(b: Builder, instr: Instr) -> None:
    push_result(b, 1, b.call("convert_value", b.box_at(1), const_i64(instr.arg), type=str))


#: Opcodes that a region never contains; the interpreter executes them.
LEAVING = ("YIELD_VALUE", "SEND", "END_SEND", "RETURN_GENERATOR", "GET_YIELD_FROM_ITER", "GET_AWAITABLE", "GET_AITER", "GET_ANEXT",
           "END_ASYNC_FOR", "BEFORE_WITH", "BEFORE_ASYNC_WITH", "WITH_EXCEPT_START", "CLEANUP_THROW", "PUSH_EXC_INFO", "POP_EXCEPT",
           "CHECK_EXC_MATCH", "CHECK_EG_MATCH", "RERAISE", "RAISE_VARARGS", "LOAD_ASSERTION_ERROR", "LOAD_BUILD_CLASS", "IMPORT_NAME",
           "IMPORT_FROM", "MATCH_CLASS", "MATCH_KEYS", "MATCH_MAPPING", "MATCH_SEQUENCE", "GET_LEN", "UNPACK_EX", "SETUP_ANNOTATIONS",
           "EXIT_INIT_CHECK", "DELETE_ATTR", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_DEREF", "LOAD_CLASSDEREF",
           "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_LOCALS", "MAKE_CELL", "MAKE_FUNCTION",
           "SET_FUNCTION_ATTRIBUTE", "CALL_FUNCTION_EX", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2", "BUILD_CONST_KEY_MAP", "DICT_MERGE",
           "LOAD_SUPER_ATTR", "INTERPRETER_EXIT")


def leaving(b: Builder, instr: Instr) -> None:
    b.leave(f"unsupported {instr.op}")


for _name in LEAVING:
    handles(_name)(leaving)
