"""Tuples, lists, dicts, strings, bytes and arrays: building, subscripts, membership, unpacking."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from ..ir.helpers import HELPERS
from ..ir.types import F64, I64, OBJ
from ..ir.values import Const, Value, Virtual, const_i1, const_i64, const_obj
from ..knowledge.classes import is_a, lookup, mro
from .handlers import handles
from .numbers import push_result
from .state import LEAF_TYPES

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder

FLOAT_CODES = "df"
INT_CODES = "bBhHiIlq"
LENGTHS = {list: "list_len", tuple: "tuple_len", str: "str_len", bytes: "bytes_len", bytearray: "bytearray_len", array: "array_len"}


# -- building ---------------------------------------------------------------------------------------------------------
@handles("BUILD_TUPLE")
def build_tuple(b: Builder, instr: Instr) -> None:
    if instr.arg == 0:
        b.state.push(const_obj(()))
        return
    fields = b.state.popn(instr.arg)
    b.state.push(Virtual("tuple", tuple(fields)))
    for field in fields:
        b.state.release(field)


@handles("BUILD_LIST")
def build_list(b: Builder, instr: Instr) -> None:
    for depth in range(instr.arg, 0, -1):
        b.box_at(depth)
    items = [b.state.peek(depth) for depth in range(instr.arg, 0, -1)]
    new = b.emit("list_new", *items)  # type: ignore[arg-type]
    b.state.types[new] = list
    push_result(b, instr.arg, new)


@handles("BUILD_SLICE")
def build_slice(b: Builder, instr: Instr) -> None:
    fields = b.state.popn(instr.arg)
    if instr.arg == 2:
        b.state.push(Virtual("slice", (fields[0], fields[1], const_obj(None))))
    else:
        b.state.push(Virtual("slice", tuple(fields)))
    for field in fields:
        b.state.release(field)


@handles("BUILD_MAP")
def build_map(b: Builder, instr: Instr) -> None:
    count = 2 * instr.arg
    items = [b.box_at(depth) for depth in range(count, 0, -1)]
    push_result(b, count, new_map(b, items))


#: types of keys in which nothing is that could run code; not bytes, which warn where they are compared with a str (python -b)
ATOMIC_KEYS = frozenset({str, int, float, bool, type(None)})


def new_map(b: Builder, items: list[Value]) -> Value:
    """A dict of keys and values in turn."""
    plain = all(b.state.type_of(key) in ATOMIC_KEYS for key in items[::2])
    return b.call("build_map_plain" if plain else "build_map", *items, type=dict)


@handles("BUILD_SET")
def build_set(b: Builder, instr: Instr) -> None:
    items = [b.box_at(depth) for depth in range(instr.arg, 0, -1)]
    plain = all(b.state.type_of(item) in ATOMIC_KEYS for item in items)
    push_result(b, instr.arg, b.call("build_set_plain" if plain else "build_set", *items, type=set))


@handles("BUILD_STRING")
def build_string(b: Builder, instr: Instr) -> None:
    items = [b.box_at(depth) for depth in range(instr.arg, 0, -1)]
    push_result(b, instr.arg, b.call("build_string", *items, type=str))


@handles("LIST_APPEND")
def list_append(b: Builder, instr: Instr) -> None:
    state = b.state
    item = b.box_at(1)
    target = state.peek(instr.arg + 1)
    assert target is not None
    b.emit("list_append", target, item)
    state.release(state.pop())


@handles("LIST_EXTEND")
def list_extend(b: Builder, instr: Instr) -> None:
    extend(b, instr.arg, "list_extend")


@handles("SET_ADD")
def set_add(b: Builder, instr: Instr) -> None:
    state = b.state
    plain = is_plain_key(b.want_type(1)) and not b.noted("missing")
    target = state.peek(instr.arg + 1)
    if plain and state.type_of(target) is set:
        assert target is not None
        b.call("set_put", target, b.box_at(1))
        state.release(state.pop())
        return
    extend(b, instr.arg, "set_add")


@handles("SET_UPDATE")
def set_update(b: Builder, instr: Instr) -> None:
    extend(b, instr.arg, "set_update")


@handles("DICT_UPDATE")
def dict_update(b: Builder, instr: Instr) -> None:
    extend(b, instr.arg, "dict_update")


def extend(b: Builder, depth: int, helper: str) -> None:
    item = b.box_at(1)
    target = b.state.peek(depth + 1)
    assert target is not None
    b.call(helper, target, item)
    b.state.release(b.state.pop())


def set_in_dict(b: Builder, target: Value, key: Value, value: Value) -> None:
    """What was there dies before the operands."""
    old = b.call("dict_set", target, key, value)
    b.state.retain(old)
    b.state.release(old)


@handles("MAP_ADD")
def map_add(b: Builder, instr: Instr) -> None:
    state = b.state
    plain = is_plain_key(b.want_type(2)) and not b.noted("missing")
    value, key = b.box_at(1), b.box_at(2)
    target = state.peek(instr.arg + 2)
    assert target is not None
    if plain and state.type_of(target) is dict:
        set_in_dict(b, target, key, value)
        for operand in state.popn(2):
            state.release(operand)
        return
    consuming_call(b, "set_item", (0, 1), (target, key, value))


# -- unpacking --------------------------------------------------------------------------------------------------------
@handles("UNPACK_SEQUENCE")
def unpack_sequence(b: Builder, instr: Instr) -> None:
    state = b.state
    value = state.peek(1)
    count = instr.arg
    assert value is not None
    if isinstance(value, Virtual) and value.kind == "tuple":
        if len(value.fields) != count:
            b.leave("unpacking")
        fields = value.fields
        old = state.pop()
        for field in reversed(fields):
            state.push(field)
        state.release(old)
        return
    if isinstance(value, Const) and type(value.value) is tuple and len(value.value) == count:
        old = state.pop()
        for item in reversed(value.value):
            state.push(const_obj(item))
        state.release(old)
        return
    kind = b.want_type(1)
    value = b.box_at(1)
    if kind is list or is_like(b, kind, tuple, "__iter__"):
        name = "list" if kind is list else "tuple"
        length = b.emit(f"{name}_len", value)
        b.emit("guard_true", b.emit("i64_eq", length, const_i64(count)), reason="unpacking")
        items = [b.fragile(b.emit(f"{name}_get", value, const_i64(index))) for index in range(count)]
        old = state.pop()
        for item in reversed(items):
            state.push(item)
        state.release(old)
        return
    b.leave("unpacking other than tuples and lists")


# -- subscripts -------------------------------------------------------------------------------------------------------
def index_in(b: Builder, length: Value, index: Value) -> Value:
    """The index from the start; leaves where it is out of range."""
    if isinstance(index, Const):
        if index.value < 0:
            index = b.emit("i64_add", length, index)
    else:
        negative = b.emit("i64_lt", index, const_i64(0))
        index = b.emit("i64_select", negative, b.emit("i64_add", index, length), index)
    b.emit("guard_true", b.emit("i64_ult", index, length), reason="index out of range")
    return index


@handles("BINARY_SUBSCR")
def binary_subscr(b: Builder, instr: Instr) -> None:
    state = b.state
    container, key = state.peek(2), state.peek(1)
    assert container is not None and key is not None
    if isinstance(key, Virtual) and key.kind == "slice":
        subscript_slice(b, (0, 1))
        return
    if isinstance(container, Virtual) and container.kind == "tuple" and isinstance(key, Const) and is_a(key.value, int):
        if -len(container.fields) <= key.value < len(container.fields):
            field = container.fields[key.value]
            assert field is not None
            push_result(b, 2, field)
            return
    kind = b.want_type(2)
    in_dict = is_like(b, kind, dict, "__getitem__")
    key_type = b.want_type(1) if in_dict or kind in (list, tuple, str, bytes, bytearray, array) else state.type_of(key)
    container = b.box_at(2)
    if key_type in (int, bool) and "bigint" not in b.observed(0):
        if kind is list or kind is tuple:
            name = "list" if kind is list else "tuple"
            index = index_in(b, b.emit(f"{name}_len", container), b.as_i64(key))
            push_result(b, 2, b.fragile(b.emit(f"{name}_get", container, index)))
            return
        if kind is bytes or kind is bytearray:
            name = kind.__name__
            index = index_in(b, b.emit(f"{name}_len", container), b.as_i64(key))
            push_result(b, 2, b.emit(f"{name}_get", container, index))
            return
        if kind is str:
            index = index_in(b, b.emit("str_len", container), b.as_i64(key))
            push_result(b, 2, character(b, b.emit("str_ord", container, index)))
            return
        if kind is array:
            code = array_code(b, container, b.as_i64(key))
            if code is not None:
                index = index_in(b, b.emit("array_len", container), b.as_i64(key))
                push_result(b, 2, b.emit("array_get_f64" if code in FLOAT_CODES else "array_get_i64", container, index, typecode=code))
                return
    if in_dict and is_plain_key(key_type) and not b.noted("missing"):
        value = b.call("dict_get", container, b.box_at(1))
        push_result(b, 2, b.fragile(value))
        return
    from .inlining import inline_special

    if kind is not None and inline_special(b, kind, "__getitem__", 2):
        return
    push_result(b, 2, b.call("get_item", b.box_at(2), b.box_at(1)))


def character(b: Builder, code_point: Value) -> Value:
    """The str of one character; its code point is known from then on."""
    value = b.emit("str_from_ord", code_point)
    b.state.types[value] = str
    b.state.chars[value] = code_point
    return value


def array_code(b: Builder, container: Value, index: Value) -> str | None:
    """The recorded type code of an array, guarded."""
    codes = {entry[1] for entry in b.observed(1) if type(entry) is tuple and isinstance(entry[1], str)}
    if len(codes) != 1:
        return None
    code = codes.pop()
    if code not in FLOAT_CODES and code not in INT_CODES:
        return None
    b.emit("guard_array", container, typecode=code)
    return code


def adjusted(b: Builder, value: Value | None, length: Value, default: Value) -> Value | None:
    """A slice bound as slice.indices gives it for step 1; `None` when it is not an int."""
    assert value is not None
    if isinstance(value, Const) and value.value is None:
        return default
    if b.state.type_of(value) not in (int, bool):
        return None
    bound = b.as_i64(value)
    if isinstance(bound, Const) and bound.value == 0:
        return bound
    negative = b.emit("i64_lt", bound, const_i64(0))
    bound = b.emit("i64_select", negative, b.emit("i64_add", bound, length), bound)
    below = b.emit("i64_lt", bound, const_i64(0))
    bound = b.emit("i64_select", below, const_i64(0), bound)
    above = b.emit("i64_gt", bound, length)
    return b.emit("i64_select", above, length, bound)


NONE_BOUND = -(2**63)


def raw_bound(b: Builder, value: Value | None) -> Value | None:
    """A slice bound as the C helpers take it: the least i64 for None. `None` when it is not an int."""
    assert value is not None
    if b.state.type_of(value) is type(None):
        return const_i64(NONE_BOUND)
    if b.state.type_of(value) not in (int, bool):
        return None
    return b.as_i64(value)


def subscript_slice(b: Builder, order: tuple[int, ...]) -> None:
    """[container, virtual slice], which die in this order."""
    state = b.state
    key = state.peek(1)
    assert isinstance(key, Virtual)
    kind = b.want_type(2)
    step = key.fields[2]
    if kind in (list, str) and isinstance(step, Const) and step.value is None:
        container = b.box_at(2)
        if kind is list and becomes_slice(b):
            first, last = raw_bound(b, key.fields[0]), raw_bound(b, key.fields[1])
            if first is not None and last is not None:
                push_result(b, 2, Virtual("list_slice", (container, first, last, const_i64(1))))
                b.has_slices = True
                return
        length = b.emit(LENGTHS[kind], container)
        start = adjusted(b, key.fields[0], length, const_i64(0))
        stop = adjusted(b, key.fields[1], length, length)
        if start is not None and stop is not None:
            push_result(b, 2, b.call("list_slice" if kind is list else "str_slice", container, start, stop, type=kind))
            return
    if kind is list and isinstance(step, Const) and type(step.value) is int and step.value:
        first, last = raw_bound(b, key.fields[0]), raw_bound(b, key.fields[1])
        if first is not None and last is not None:
            if becomes_slice(b):
                push_result(b, 2, Virtual("list_slice", (b.box_at(2), first, last, const_i64(step.value))))
                b.has_slices = True
                return
            push_result(b, 2, b.call("list_slice_step", b.box_at(2), first, last, const_i64(step.value), type=list))
            return
    container = b.box_at(2)
    blind = kind in (list, str, tuple, bytes, bytearray, array) and all(
        isinstance(f, Const) or (f is not None and state.type_of(f) in (int, bool, type(None))) for f in key.fields)
    boxed = b.box_at(1)
    result = consuming_call(b, "get_item_plain" if blind else "get_item", order, (b.box_at(2), boxed))
    if kind in (list, str, tuple, bytes, bytearray) and blind:
        state.types[result] = kind
    state.push(result)


@handles("BINARY_SLICE")
def binary_slice(b: Builder, instr: Instr) -> None:
    state = b.state
    fields = state.popn(2)
    state.push(Virtual("slice", (fields[0], fields[1], const_obj(None))))
    for field in fields:
        state.release(field)
    slice_types(b)
    container = state.peek(2)
    assert container is not None
    if state.type_of(container) is None:
        key = b.box_at(1)
        state.push(consuming_call(b, "get_item", (1, 0), (b.box_at(2), key)))
        return
    subscript_slice(b, (1, 0))


@handles("STORE_SLICE")
def store_slice(b: Builder, instr: Instr) -> None:
    state = b.state
    fields = state.popn(2)
    state.push(Virtual("slice", (fields[0], fields[1], const_obj(None))))
    for field in fields:
        state.release(field)
    slice_types(b)
    container, value, key = state.peek(2), state.peek(3), state.peek(1)
    assert isinstance(key, Virtual) and container is not None and value is not None
    if isinstance(value, Virtual) and value.kind == "list_slice" and state.type_of(container) is list and not b.noted("missing"):
        first, last = raw_bound(b, key.fields[0]), raw_bound(b, key.fields[1])
        if first is not None and last is not None:
            other, begin, end, step = state.current(value).fields  # type: ignore[attr-defined]
            b.has_slices = False
            b.call("list_copy_slice", b.box_at(2), first, last, other, begin, end, step)
            stored(b, list)
            return
        b.box_at(3)
        value = state.peek(3)
        assert value is not None
    if (state.type_of(container) is list and state.type_of(value) in (list, tuple) and not isinstance(value, Virtual)
            and not b.noted("missing")):
        first, last = raw_bound(b, key.fields[0]), raw_bound(b, key.fields[1])
        if first is not None and last is not None:
            b.call("list_assign_slice", b.box_at(2), first, last, b.box_at(3))
            stored(b, list)
            return
    b.box_at(1)
    store_generic(b, (2, 0, 1))


SIMPLE = frozenset({"LOAD_FAST", "LOAD_CONST", "BINARY_OP", "NOP", "LOAD_NAME", "LOAD_GLOBAL"})


def becomes_slice(b: Builder) -> bool:
    """Whether the slice just made is only the right-hand side of a slice assignment: then the list between need not exist."""
    normal = b.state.frame.normal
    index = normal.index_of.get(b.next_offset)
    depth = len(b.state.frame.stack) - 1
    while index is not None and index < len(normal.instrs):
        instr = normal.instrs[index]
        if instr.op == "STORE_SLICE":
            return bool(instr.depth - 3 == depth)
        if instr.op not in SIMPLE or instr.offset in normal.merge_points:
            return False
        index += 1
    return False


def slice_types(b: Builder) -> None:
    """Guards the types of [container, virtual slice], whose observations are those of [container, start, stop]."""
    state = b.state
    key, container = state.peek(1), state.peek(2)
    assert isinstance(key, Virtual) and container is not None
    for position, value in enumerate((key.fields[1], key.fields[0], container)):
        if value is not None and value.type is OBJ and state.type_of(value) is None:
            kinds = [int if entry == "bigint" else entry for entry in b.observed(position)]
            if len(kinds) == 1 and isinstance(kinds[0], type):
                b.guard_type(value, kinds[0])


def stored(b: Builder, kind: type | None) -> None:
    """Takes [value, container, key] off the stack; they die in this order, but a dict has taken over value and key (STORE_SUBSCR_DICT)."""
    value, container, key = b.state.popn(3)
    for operand in (value, key, container) if kind is dict else (value, container, key):
        b.state.release(operand)


def store_generic(b: Builder, order: tuple[int, ...] = (0, 1, 2)) -> None:
    """set_item of [value, container, key], which die in this order."""
    key, container, value = b.box_at(1), b.box_at(2), b.box_at(3)
    if b.state.type_of(container) is dict:
        order = (2, 0, 1)  # it takes over value and key
    consuming_call(b, "set_item", order, (container, key, value))


def consuming_call(b: Builder, helper: str, order: tuple[int, ...], values: tuple[Value, ...]) -> Value:
    """A call that is the last thing which an instruction does: whatever comes of it, the interpreter releases the operands (as many as
    `order` has) in this order, before it looks for a handler."""
    state = b.state
    if HELPERS[helper].effect == "any":
        b.escape_frames()
    b.clobber()
    operands = state.popn(len(order))
    for index in order:
        state.release(operands[index])
    b.show_stack()
    return b.call(helper, *values)


@handles("STORE_SUBSCR")
def store_subscr(b: Builder, instr: Instr) -> None:
    state = b.state
    container, key, value = state.peek(2), state.peek(1), state.peek(3)
    assert container is not None and key is not None and value is not None
    if isinstance(key, Virtual) and key.kind == "slice":
        b.box_at(1)
        store_generic(b)
        return
    kind = b.want_type(2)
    in_dict = is_like(b, kind, dict, "__setitem__")
    key_type = b.want_type(1) if in_dict or kind in (list, bytearray, array) else None
    container = b.box_at(2)
    if key_type in (int, bool) and "bigint" not in b.observed(0):
        if kind is list:
            index = index_in(b, b.emit("list_len", container), b.as_i64(key))
            if value.type is F64 and not isinstance(value, Const) and value not in state.box:
                b.clobber()
                b.emit("list_set_float", container, index, value)
                old: Value | None = None
            else:
                boxed = b.box_at(3)
                b.clobber()
                old = b.emit("list_swap", container, index, boxed)
                state.retain(old)
            state.release(old)
            stored(b, list)
            return
        if kind is bytearray and b.want_type(3) in (int, bool):
            index = index_in(b, b.emit("bytearray_len", container), b.as_i64(key))
            byte = b.as_i64(value)
            if isinstance(byte, Const):
                if not 0 <= byte.value <= 255:
                    b.leave("byte out of range")
            else:
                b.emit("guard_true", b.emit("i64_ult", byte, const_i64(256)), reason="byte out of range")
            b.emit("bytearray_set", container, index, byte)
            stored(b, kind)
            return
        if kind is array:
            code = array_code(b, container, b.as_i64(key))
            value_type = b.want_type(3)
            if code is not None and (code in FLOAT_CODES and value_type in (int, float, bool)
                                     or code in INT_CODES and value_type in (int, bool)):
                index = index_in(b, b.emit("array_len", container), b.as_i64(key))
                if code in FLOAT_CODES:
                    b.emit("array_set_f64", container, index, b.as_f64(value), typecode=code)
                else:
                    b.emit("array_set_i64", container, index, b.as_i64(value), typecode=code)
                stored(b, kind)
                return
    from .inlining import inline_special

    if kind is not None and inline_special(b, kind, "__setitem__", 3):
        return
    if in_dict and is_plain_key(key_type) and not b.noted("missing"):
        key, value = b.box_at(1), b.box_at(3)
        set_in_dict(b, b.box_at(2), key, value)
        stored(b, kind)
        return
    store_generic(b)


@handles("DELETE_SUBSCR")
def delete_subscr(b: Builder, instr: Instr) -> None:
    key, container = b.box_at(1), b.box_at(2)
    consuming_call(b, "del_item", (0, 1), (container, key))


#: hashing and comparing them runs C code only; of a tuple, that depends on what is in it (`is_plain` in csrc/helpers_lookup.c)
PLAIN_KEYS = frozenset({str, int, float, bool, bytes, type(None), tuple})


def is_plain_key(kind: type | None) -> bool:
    """Whether keys of that type are looked up by C code alone, as far as can be said beforehand: the C helpers look again."""
    return kind is not None and (kind in PLAIN_KEYS or any(
        lookup(kind, "__hash__") is like.__hash__ and lookup(kind, "__eq__") is like.__eq__ for like in (object, tuple)))


def is_like(b: Builder, kind: type | None, base: type, name: str) -> bool:
    """Whether it is the base's own method that objects of the type have: the base, or a class derived from it."""
    if kind is None or kind is base:
        return kind is base
    if base not in mro(kind) or lookup(kind, name) is not lookup(base, name):
        return False
    b.depend("type", kind)
    return True


@handles("CONTAINS_OP")
def contains_op(b: Builder, instr: Instr) -> None:
    state = b.state
    container, item = state.peek(1), state.peek(2)
    assert container is not None and item is not None
    kind = b.want_type(1)
    in_dict = is_like(b, kind, dict, "__contains__")
    item_type = b.want_type(2) if in_dict or kind in (set, frozenset, str, list, tuple) else None
    searched = not b.noted("missing")  # or comparing may run code
    if searched and in_dict and is_plain_key(item_type):
        result: Value = b.emit("obj_is", b.call("dict_has", b.box_at(1), b.box_at(2)), const_obj(True))
    elif searched and kind in (set, frozenset) and is_plain_key(item_type):
        result = b.emit("obj_is", b.call("set_has", b.box_at(1), b.box_at(2)), const_obj(True))
    elif kind is str and item_type in LEAF_TYPES or (
            isinstance(container, Const) and (type(container.value) is tuple or type(container.value) is frozenset)
            and item_type in LEAF_TYPES and all(type(element) in LEAF_TYPES for element in container.value)):
        result = b.call("contains_plain", b.box_at(1), b.box_at(2))
    else:
        result = b.call("contains", b.box_at(1), b.box_at(2))
    if instr.arg:
        result = b.emit("i1_not", result)
    push_result(b, 2, result)


__all__ = ["I64", "const_i1"]
