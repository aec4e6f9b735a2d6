"""Lowering of tuples, lists, byte strings, strings, arrays, instances' attributes, cells and the outermost frame's slots."""

from __future__ import annotations

from ..ir.values import Op
from .emit import Emitter
from .metadata import INVARIANT, LENGTH, LIKELY, NONNULL, UNLIKELY
from .objects import decref, incref, load_count, test_type
from .table import lowers


def guard_set(emit: Emitter, op: Op, content: str) -> None:
    emit.guard(op, emit.let("icmp ne ptr " + content + ", null"))


def swap(emit: Emitter, place: str, new: str, old: str, memory: str) -> str:
    """Stores a new reference; the old content, already loaded, is the result."""
    incref(emit, new)
    emit.store("ptr", new, place, 0, memory)
    return old


def set_float(emit: Emitter, op: Op, place: str, old: str, value: str) -> None:
    """Overwrites a box that only this place refers to; else stores a new one, or leaves where releasing the old content could run code."""
    alone = emit.let("icmp eq i32 " + load_count(emit, old) + ", 1")
    in_place = emit.let("and i1 " + alone + ", " + test_type(emit, old, float))
    fast, slow, done = emit.new_label(), emit.new_label(), emit.new_label()
    emit.branch(in_place, fast, slow, LIKELY)
    emit.begin(slow)
    stored = emit.call("store_float", "ptr " + place, "ptr " + old, "double " + value)
    emit.guard(op, emit.let("icmp ne i32 " + stored + ", 0"))
    emit.jump(done)
    emit.begin(fast)
    emit.store("double", value, old, emit.layout.float_value, "float payload")
    emit.jump(done)
    emit.begin(done)


def fill_arguments(emit: Emitter, values: list[str]) -> str:
    """Puts pointers into the argument array on the stack, whose first word stays free; gives the address behind that."""
    emit.argv_size = max(emit.argv_size, len(values) + 1)
    for index, value in enumerate(values):
        emit.store("ptr", value, "%argv", 8 * index + 8, "arguments")
    return emit.address("%argv", 8)


# -- tuples, lists ----------------------------------------------------------------------------------------------------


@lowers("tuple_len", "bytes_len")
def lower_fixed_length(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, emit.layout.ob_size, "var size", INVARIANT + LENGTH)


@lowers("tuple_get")
def lower_tuple_get(emit: Emitter, op: Op, a: str, index: str) -> str:
    place = emit.item_address(emit.address(a, emit.layout.tuple_items), "ptr", index)
    return emit.load("ptr", place, 0, "tuple items", INVARIANT + NONNULL)


@lowers("tuple_new", "list_new")
def lower_new(emit: Emitter, op: Op, *items: str) -> str:
    return emit.call(op.name, "ptr " + fill_arguments(emit, list(items)), "i64 " + str(len(items)))


@lowers("list_len")
def lower_list_len(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, emit.layout.ob_size, "list length", LENGTH)


def _list_place(emit: Emitter, a: str, index: str) -> str:
    return emit.item_address(emit.load("ptr", a, emit.layout.list_items, "list item pointer"), "ptr", index)


@lowers("list_get")
def lower_list_get(emit: Emitter, op: Op, a: str, index: str) -> str:
    return emit.load("ptr", _list_place(emit, a, index), 0, "list items", NONNULL)


@lowers("list_swap")
def lower_list_swap(emit: Emitter, op: Op, a: str, index: str, new: str) -> str:
    place = _list_place(emit, a, index)
    return swap(emit, place, new, emit.load("ptr", place, 0, "list items", NONNULL), "list items")


@lowers("list_set_float")
def lower_list_set_float(emit: Emitter, op: Op, a: str, index: str, value: str) -> None:
    place = _list_place(emit, a, index)
    set_float(emit, op, place, emit.load("ptr", place, 0, "list items", NONNULL), value)


@lowers("list_append")
def lower_list_append(emit: Emitter, op: Op, a: str, item: str) -> None:
    layout = emit.layout
    size = emit.load("i64", a, layout.ob_size, "list length", LENGTH)
    capacity = emit.load("i64", a, layout.list_allocated, "list capacity")
    fits, grows, done = emit.new_label(), emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp slt i64 " + size + ", " + capacity), fits, grows, LIKELY)
    emit.begin(grows)
    failed = emit.let("icmp slt i32 " + emit.call("list_append", "ptr " + a, "ptr " + item) + ", 0")
    emit.branch(failed, emit.leave_label(op), done, UNLIKELY)
    emit.begin(fits)
    incref(emit, item)
    emit.store("ptr", item, _list_place(emit, a, size), 0, "list items")
    emit.store("i64", emit.let("add nsw i64 " + size + ", 1"), a, layout.ob_size, "list length")
    emit.jump(done)
    emit.begin(done)


# -- bytes, str, array ------------------------------------------------------------------------------------------------


@lowers("bytes_get")
def lower_bytes_get(emit: Emitter, op: Op, a: str, index: str) -> str:
    place = emit.item_address(emit.address(a, emit.layout.bytes_data), "i8", index)
    return emit.let("zext i8 " + emit.load("i8", place, 0, "bytes contents", INVARIANT) + " to i64")


@lowers("bytearray_len")
def lower_bytearray_len(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, emit.layout.ob_size, "bytearray length", LENGTH)


def _bytearray_place(emit: Emitter, a: str, index: str) -> str:
    return emit.item_address(emit.load("ptr", a, emit.layout.bytearray_start, "bytearray pointer"), "i8", index)


@lowers("bytearray_get")
def lower_bytearray_get(emit: Emitter, op: Op, a: str, index: str) -> str:
    return emit.let("zext i8 " + emit.load("i8", _bytearray_place(emit, a, index), 0, "bytearray contents") + " to i64")


@lowers("bytearray_set")
def lower_bytearray_set(emit: Emitter, op: Op, a: str, index: str, value: str) -> None:
    emit.store("i8", emit.let("trunc i64 " + value + " to i8"), _bytearray_place(emit, a, index), 0, "bytearray contents")


@lowers("str_len")
def lower_str_len(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, emit.layout.str_length, "str contents", INVARIANT + LENGTH)


@lowers("str_ord")
def lower_str_ord(emit: Emitter, op: Op, a: str, index: str) -> str:
    layout = emit.layout
    bits = str(layout.str_ascii_bits)
    state = emit.let("and i32 " + emit.load("i32", a, layout.str_state, "str contents") + ", " + bits)
    ascii, other, done = emit.new_label(), emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp eq i32 " + state + ", " + bits), ascii, other, LIKELY)
    emit.begin(other)
    wide = emit.call("str_ord", "ptr " + a, "i64 " + index)
    emit.jump(done)
    emit.begin(ascii)
    place = emit.item_address(emit.address(a, layout.str_ascii_data), "i8", index)
    narrow = emit.let("zext i8 " + emit.load("i8", place, 0, "str contents", INVARIANT) + " to i64")
    emit.jump(done)
    emit.begin(done)
    return emit.phi("i64", (narrow, ascii), (wide, other))


@lowers("str_from_ord")
def lower_str_from_ord(emit: Emitter, op: Op, a: str) -> str:
    return emit.call("str_from_ord", "i64 " + a)


@lowers("str_eq")
def lower_str_eq(emit: Emitter, op: Op, a: str, b: str) -> str:
    same, differ, done = emit.label, emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp eq ptr " + a + ", " + b), done, differ)
    emit.begin(differ)
    equal = emit.let("icmp ne i32 " + emit.call("str_eq", "ptr " + a, "ptr " + b) + ", 0")
    emit.jump(done)
    emit.begin(done)
    return emit.phi("i1", ("true", same), (equal, differ))


@lowers("guard_array")
def lower_guard_array(emit: Emitter, op: Op, a: str) -> None:
    layout = emit.layout
    descriptor = emit.load("ptr", a, layout.array_descriptor, "array pointer")
    code = emit.load("i8", descriptor, layout.array_typecode, "array pointer", INVARIANT)
    emit.guard(op, emit.let("icmp eq i8 " + code + ", " + str(ord(op.attrs["typecode"]))))


@lowers("array_len")
def lower_array_len(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, emit.layout.ob_size, "array length", LENGTH)


#: typecode -> (LLVM type, signed)
ARRAY_TYPES = {
    "b": ("i8", True), "B": ("i8", False), "h": ("i16", True), "H": ("i16", False), "i": ("i32", True), "I": ("i32", False),
    "l": ("i64", True), "q": ("i64", True), "d": ("double", True), "f": ("float", True),
}


def _array_place(emit: Emitter, a: str, type: str, index: str) -> str:
    return emit.item_address(emit.load("ptr", a, emit.layout.array_items, "array pointer"), type, index)


@lowers("array_get_f64")
def lower_array_get_float(emit: Emitter, op: Op, a: str, index: str) -> str:
    type = ARRAY_TYPES[op.attrs["typecode"]][0]
    item = emit.load(type, _array_place(emit, a, type, index), 0, "array data")
    return item if type == "double" else emit.let("fpext float " + item + " to double")


@lowers("array_get_i64")
def lower_array_get_int(emit: Emitter, op: Op, a: str, index: str) -> str:
    type, signed = ARRAY_TYPES[op.attrs["typecode"]]
    item = emit.load(type, _array_place(emit, a, type, index), 0, "array data")
    return item if type == "i64" else emit.let(("sext " if signed else "zext ") + type + " " + item + " to i64")


@lowers("array_set_f64")
def lower_array_set_float(emit: Emitter, op: Op, a: str, index: str, value: str) -> None:
    type = ARRAY_TYPES[op.attrs["typecode"]][0]
    if type == "float":
        value = emit.let("fptrunc double " + value + " to float")
    emit.store(type, value, _array_place(emit, a, type, index), 0, "array data")


@lowers("array_set_i64")
def lower_array_set_int(emit: Emitter, op: Op, a: str, index: str, value: str) -> None:
    type, signed = ARRAY_TYPES[op.attrs["typecode"]]
    if type != "i64":
        narrow = emit.let("trunc i64 " + value + " to " + type)
        back = emit.let(("sext " if signed else "zext ") + type + " " + narrow + " to i64")
        emit.guard(op, emit.let("icmp eq i64 " + back + ", " + value))
        value = narrow
    emit.store(type, value, _array_place(emit, a, type, index), 0, "array data")


# -- instances, cells -------------------------------------------------------------------------------------------------


@lowers("guard_inline_values")
def lower_guard_inline_values(emit: Emitter, op: Op, a: str) -> None:
    layout = emit.layout
    if layout.inline_values_embedded:
        emit.guard(op, emit.let("icmp ne i8 " + emit.load("i8", a, layout.inline_values_valid, "attribute pointer") + ", 0"))
        emit.guard(op, emit.let("icmp eq ptr " + emit.load("ptr", a, layout.managed_dict, "dict pointer") + ", null"))
    else:
        word = emit.load("i64", a, layout.managed_dict, "attribute pointer")
        emit.guard(op, emit.let("trunc i64 " + word + " to i1"))


def _attribute_place(emit: Emitter, op: Op, a: str) -> str:
    layout = emit.layout
    offset = layout.inline_values + 8 * op.attrs["index"]
    if layout.inline_values_embedded:
        return emit.address(a, offset)
    word = emit.load("i64", a, layout.managed_dict, "attribute pointer")  # the values' address less one
    return emit.address(emit.let("inttoptr i64 " + word + " to ptr"), offset + 1)


def _slot_place(emit: Emitter, op: Op, a: str) -> str:
    return emit.address(a, op.attrs["offset"])


def _cell_place(emit: Emitter, op: Op, a: str) -> str:
    return emit.address(a, emit.layout.cell_content)


_PLACES = {"attr": (_attribute_place, "attribute values"), "slot": (_slot_place, "slots"), "cell": (_cell_place, "cell content")}


@lowers("attr_get", "slot_get", "cell_get")
def lower_get(emit: Emitter, op: Op, a: str) -> str:
    find, memory = _PLACES[op.name[:4]]
    content = emit.load("ptr", find(emit, op, a), 0, memory)
    guard_set(emit, op, content)
    return content


@lowers("attr_swap", "slot_swap", "cell_swap")
def lower_swap(emit: Emitter, op: Op, a: str, new: str) -> str:
    find, memory = _PLACES[op.name[:4]]
    place = find(emit, op, a)
    old = emit.load("ptr", place, 0, memory)
    guard_set(emit, op, old)
    return swap(emit, place, new, old, memory)


@lowers("attr_set_float", "slot_set_float")
def lower_set_float(emit: Emitter, op: Op, a: str, value: str) -> None:
    find, memory = _PLACES[op.name[:4]]
    place = find(emit, op, a)
    old = emit.load("ptr", place, 0, memory)
    guard_set(emit, op, old)
    set_float(emit, op, place, old, value)


@lowers("field_i64")
def lower_field_int(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("i64", a, op.attrs["offset"], "fields")


@lowers("memory_i64")
def lower_memory(emit: Emitter, op: Op) -> str:
    return emit.load("i64", "inttoptr (i64 " + str(op.attrs["address"]) + " to ptr)", 0, "fields")


@lowers("field_obj")
def lower_field_object(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("ptr", a, op.attrs["offset"], "fields", NONNULL)


# -- the outermost frame ----------------------------------------------------------------------------------------------


def _load_slot(emit: Emitter, op: Op) -> str:
    return emit.load("ptr", "%localsplus", 8 * op.attrs["slot"], "frame slots")


@lowers("frame_local")
def lower_frame_local(emit: Emitter, op: Op) -> str:
    content = _load_slot(emit, op)
    guard_set(emit, op, content)
    return content


@lowers("guard_unbound")
def lower_guard_unbound(emit: Emitter, op: Op) -> None:
    emit.guard(op, emit.let("icmp eq ptr " + _load_slot(emit, op) + ", null"))


@lowers("slot_bound")
def lower_slot_bound(emit: Emitter, op: Op) -> str:
    return emit.let("icmp ne ptr " + _load_slot(emit, op) + ", null")


@lowers("frame_take")
def lower_frame_take(emit: Emitter, op: Op) -> str:
    content = _load_slot(emit, op)
    emit.store("ptr", "null", "%localsplus", 8 * op.attrs["slot"], "frame slots")
    return content


@lowers("frame_store")
def lower_frame_store(emit: Emitter, op: Op, a: str) -> None:
    old = _load_slot(emit, op)
    if not op.attrs.get("moves"):
        incref(emit, a)
    emit.store("ptr", a, "%localsplus", 8 * op.attrs["slot"], "frame slots")
    release, done = emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp eq ptr " + old + ", null"), done, release)
    emit.begin(release)
    decref(emit, old)
    emit.jump(done)
    emit.begin(done)


__all__ = ["ARRAY_TYPES", "UNLIKELY", "fill_arguments"]
