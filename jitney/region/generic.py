"""Instructions done by a C helper that does what the interpreter does, and those that end the region, each with its reason."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import TYPE_CHECKING

from ..ir.types import OBJ
from ..ir.values import Const, Value, Virtual, const_i64, const_obj
from ..knowledge.classes import is_a, lookup, mro
from .calls import taking_call
from .containers import new_map
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
    push_result(b, count + 1, new_map(b, items))


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
        b.escape_frames()  # what leaves from here on would show the list, which may be gone
        b.clobber()
        passed = b.call("list_to_tuple", given, type=tuple)
        state.release(state.pop())
        state.push(passed)
        if given in state.pending:  # its items live on in the tuple
            state.pending.remove(given)
            state.disown(given)
            b.emit("decref", given)
        b.contents[passed] = b.contents.get(given, ())
        given = passed
    taking_call(b, "call_ex", 3, [function, given])


#: flag of MAKE_FUNCTION and SET_FUNCTION_ATTRIBUTE -> field of a virtual function
ATTRIBUTES = {1: 2, 2: 3, 4: 4, 8: 5}


@handles("MAKE_FUNCTION")
def make_function(b: Builder, instr: Instr) -> None:
    namespace = globals_of(b)
    if namespace is None:
        b.leave("unknown globals")
    flags = [flag for flag in (8, 4, 2, 1) if (instr.arg or 0) & flag]  # (3.12)
    fields: list[Value | None] = [b.box_at(1), const_obj(namespace), None, None, None, None]
    for depth, flag in enumerate(flags, 2):
        fields[ATTRIBUTES[flag]] = b.state.peek(depth)
    push_result(b, 1 + len(flags), Virtual("function", tuple(fields)))


@handles("SET_FUNCTION_ATTRIBUTE")
def set_function_attribute(b: Builder, instr: Instr) -> None:
    state = b.state
    function = state.peek(1)
    if not isinstance(function, Virtual):
        b.leave(f"unsupported {instr.op}")
    assert isinstance(function, Virtual)
    fields = list(function.fields)
    fields[ATTRIBUTES[instr.arg]] = state.peek(2)
    push_result(b, 2, Virtual("function", tuple(fields)))


@handles("LOAD_SUPER_ATTR")
def load_super_attr(b: Builder, instr: Instr) -> None:
    """super().method of an instance whose type is known, or of a class that is."""
    name, is_method, _ = instr.arg
    state = b.state
    found, cls = state.peek(3), state.peek(2)
    assert found is not None and cls is not None
    cls = known_class_at(b, 2)
    if not (isinstance(cls, Const) and isinstance(found, Const) and found.value is super):
        b.leave(f"unsupported {instr.op}")
    assert isinstance(cls, Const)
    receiver = known_class_at(b, 1)
    if isinstance(receiver, Const) and is_a(receiver.value, type):
        if class_method_of_super(b, cls.value, receiver.value, name, is_method):
            return
        b.leave(f"unsupported {instr.op}")
    kind = b.want_type(1)
    if not (is_method and kind is not None and any(base is cls.value for base in mro(kind)) and not issubclass(kind, type)):
        b.leave(f"unsupported {instr.op}")
    assert kind is not None
    method = lookup(kind, name, after=cls.value)
    if not (type(method) is FunctionType or type(method) in UNBOUND):
        b.leave(f"unsupported {instr.op}")
    b.depend("type", kind)
    receiver = b.box_at(1)
    old = state.popn(3)
    state.push(const_obj(method))
    state.push(receiver)
    for value in reversed(old):
        state.release(value)


#: descriptors of C that a method load leaves unbound, as it does functions (Py_TPFLAGS_METHOD_DESCRIPTOR)
UNBOUND = (MethodDescriptorType, WrapperDescriptorType)


def known_class_at(b: Builder, depth: int) -> Value:
    """The stack entry, made sure to be the one class that was recorded there, if it was one."""
    value = b.state.peek(depth)
    assert value is not None
    if isinstance(value, Const) or value.type is not OBJ:
        return value
    seen = [entry[1] for entry in b.observed(depth - 1) if type(entry) is tuple]
    if len(seen) == len(b.observed(depth - 1)) == 1 and is_a(seen[0], type):
        b.emit("guard_is", b.box_at(depth), const_obj(seen[0]))
        return const_obj(seen[0])
    return value


def class_method_of_super(b: Builder, after: type, cls: type, name: str, is_method: bool) -> bool:
    """super(after, cls).name: what is found behind `after` is not bound to the class, but for a classmethod (`super_getattro`,
    Objects/typeobject.c)."""
    if not any(base is after for base in mro(cls)):
        return False
    thing = lookup(cls, name, after=after)
    result: Value
    if type(thing) is staticmethod:
        result = const_obj(thing.__func__)
    elif type(thing) is classmethod and type(thing.__func__) is FunctionType:
        result = Virtual("method", (const_obj(thing.__func__), const_obj(cls)))
    elif type(thing) is FunctionType or type(thing) is BuiltinFunctionType:
        result = const_obj(thing)
    else:
        return False
    b.depend("type", cls)
    state = b.state
    old = state.popn(3)
    if is_method and b.normal.null_first:
        state.push(None)
    state.push(result)
    if is_method and not b.normal.null_first:
        state.push(None)
    for value in reversed(old):
        state.release(value)
    return True


#: Opcodes that a region never contains; the interpreter executes them.
LEAVING = ("SEND", "END_SEND", "RETURN_GENERATOR", "GET_YIELD_FROM_ITER", "GET_AWAITABLE", "GET_AITER", "GET_ANEXT",
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
