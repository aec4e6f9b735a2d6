"""Instructions done by a C helper that does what the interpreter does, and those that end the region, each with its reason."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from ..ir.types import OBJ
from ..ir.values import Const, Value, const_i64, const_obj
from ..knowledge.classes import is_a, lookup
from .calls import taking_call
from .handlers import handles
from .names import globals_of
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


UNARY_POSITIVE, LIST_TO_TUPLE = 5, 6  # Include/internal/pycore_intrinsics.h


@handles("CALL_INTRINSIC_1")
def call_intrinsic_1(b: Builder, instr: Instr) -> None:
    if instr.arg == LIST_TO_TUPLE:
        push_result(b, 1, b.call("list_to_tuple", b.box_at(1), type=tuple))
    elif instr.arg == UNARY_POSITIVE:
        push_result(b, 1, b.call("unary_positive", b.box_at(1)))
    else:
        b.leave(f"unsupported {instr.op}")


@handles("BUILD_CONST_KEY_MAP")
def build_const_key_map(b: Builder, instr: Instr) -> None:
    keys = b.state.peek(1)
    assert isinstance(keys, Const)
    count = instr.arg
    items: list[Value] = []
    for index, key in enumerate(keys.value):
        items += [const_obj(key), b.box_at(count + 1 - index)]
    push_result(b, count + 1, b.call("build_map", *items, type=dict))


@handles("CALL_FUNCTION_EX")
def call_function_ex(b: Builder, instr: Instr) -> None:
    """f(*args) of a tuple or list."""
    kinds = set(b.observed(0))
    arguments = b.state.peek(1)
    assert arguments is not None
    kind = b.state.type_of(arguments) or (next(iter(kinds)) if len(kinds) == 1 else None)
    if instr.arg & 1 or kind not in (tuple, list):
        b.leave(f"unsupported {instr.op}")
    given = b.box_at(1)
    if b.state.type_of(given) is None:
        assert isinstance(kind, type)
        b.guard_type(given, kind)
    function = b.box_at(2 if b.normal.null_first else 3)
    if kind is list:
        state = b.state
        passed = b.call("list_to_tuple", given, type=tuple)
        state.release(state.pop())
        state.push(passed)
        if given in state.pending:  # its items live on in the tuple
            state.pending.remove(given)
            state.disown(given)
            b.emit("decref", given)
        given = passed
    taking_call(b, "call_ex", 3, [function, given])


@handles("MAKE_FUNCTION")
def make_function(b: Builder, instr: Instr) -> None:
    namespace = globals_of(b)
    if namespace is None:
        b.leave("unknown globals")
    parts = [b.box_at(depth) for depth in range(1, 2 + (instr.arg or 0).bit_count())]
    function = b.call("make_function", parts[0], const_obj(namespace), type=FunctionType)
    flags = [flag for flag in (8, 4, 2, 1) if (instr.arg or 0) & flag]  # (3.12)
    for flag, part in zip(flags, parts[1:], strict=True):
        b.call("set_function_attribute", function, part, const_i64(flag))
    push_result(b, len(parts), function)


@handles("SET_FUNCTION_ATTRIBUTE")
def set_function_attribute(b: Builder, instr: Instr) -> None:
    state = b.state
    function = b.box_at(1)
    b.call("set_function_attribute", function, b.box_at(2), const_i64(instr.arg))
    attribute, changed = state.popn(2)
    state.push(changed)
    state.release(changed)
    state.release(attribute)


@handles("LOAD_SUPER_ATTR")
def load_super_attr(b: Builder, instr: Instr) -> None:
    """super().method of an instance whose type is known."""
    name, is_method, _ = instr.arg
    state = b.state
    found, cls = state.peek(3), state.peek(2)
    assert found is not None and cls is not None
    if not isinstance(cls, Const):
        seen = [entry[1] for entry in b.observed(1) if isinstance(entry, tuple)]
        if len(seen) == len(b.observed(1)) == 1 and is_a(seen[0], type) and cls.type is OBJ:
            b.emit("guard_is", b.box_at(2), const_obj(seen[0]))
            cls = const_obj(seen[0])
    kind = b.want_type(1)
    if not (is_method and kind is not None and isinstance(cls, Const) and isinstance(found, Const) and found.value is super
            and any(base is cls.value for base in kind.__mro__) and not issubclass(kind, type)):
        b.leave(f"unsupported {instr.op}")
    assert kind is not None and isinstance(cls, Const)
    method = lookup(kind, name, after=cls.value)
    if type(method) is not FunctionType:
        b.leave(f"unsupported {instr.op}")
    b.depend("type", kind)
    receiver = b.box_at(1)
    old = state.popn(3)
    state.push(const_obj(method))
    state.push(receiver)
    for value in reversed(old):
        state.release(value)


#: Opcodes that a region never contains; the interpreter executes them.
LEAVING = ("YIELD_VALUE", "SEND", "END_SEND", "RETURN_GENERATOR", "GET_YIELD_FROM_ITER", "GET_AWAITABLE", "GET_AITER", "GET_ANEXT",
           "END_ASYNC_FOR", "BEFORE_WITH", "BEFORE_ASYNC_WITH", "WITH_EXCEPT_START", "CLEANUP_THROW", "PUSH_EXC_INFO", "POP_EXCEPT",
           "CHECK_EXC_MATCH", "CHECK_EG_MATCH", "RERAISE", "RAISE_VARARGS", "LOAD_ASSERTION_ERROR", "LOAD_BUILD_CLASS", "IMPORT_NAME",
           "IMPORT_FROM", "MATCH_CLASS", "MATCH_KEYS", "MATCH_MAPPING", "MATCH_SEQUENCE", "GET_LEN", "UNPACK_EX", "SETUP_ANNOTATIONS",
           "EXIT_INIT_CHECK", "DELETE_ATTR", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_DEREF", "LOAD_CLASSDEREF",
           "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_LOCALS", "MAKE_CELL",
           "CALL_INTRINSIC_2", "DICT_MERGE",
           "INTERPRETER_EXIT")


def leaving(b: Builder, instr: Instr) -> None:
    b.leave(f"unsupported {instr.op}")


for _name in LEAVING:
    handles(_name)(leaving)
