"""Lowering of type guards, boxes and reference counts.

A count is a word whose low 32 bits are all ones (or at least negative) for an immortal object: adding saturates there, and such a count is
never decremented.
"""

from __future__ import annotations

from ..ir.references import is_immortal
from ..ir.values import Op
from .emit import Emitter
from .metadata import INVARIANT, LIKELY, UNLIKELY
from .table import lowers


def load_type(emit: Emitter, a: str) -> str:
    return emit.load("ptr", a, emit.layout.ob_type, "type pointer")


def test_type(emit: Emitter, a: str, type: type) -> str:
    return emit.let("icmp eq ptr " + load_type(emit, a) + ", " + emit.object(type))


@lowers("guard_true")
def lower_guard_true(emit: Emitter, op: Op, condition: str) -> None:
    emit.guard(op, condition)


@lowers("guard_false")
def lower_guard_false(emit: Emitter, op: Op, condition: str) -> None:
    emit.guard(op, emit.let("xor i1 " + condition + ", true"))


@lowers("guard_type")
def lower_guard_type(emit: Emitter, op: Op, a: str) -> None:
    emit.guard(op, test_type(emit, a, op.attrs["type"]))


@lowers("type_is")
def lower_type_is(emit: Emitter, op: Op, a: str) -> str:
    return test_type(emit, a, op.attrs["type"])


@lowers("guard_is")
def lower_guard_is(emit: Emitter, op: Op, a: str, b: str) -> None:
    emit.guard(op, emit.let("icmp eq ptr " + a + ", " + b))


@lowers("obj_is")
def lower_is(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let("icmp eq ptr " + a + ", " + b)


@lowers("obj_address")
def lower_address(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("ptrtoint ptr " + a + " to i64")


@lowers("is_null")
def lower_is_null(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("icmp eq ptr " + a + ", null")


@lowers("guard_code")
def lower_guard_code(emit: Emitter, op: Op, a: str) -> None:
    layout = emit.layout
    function = op.attrs["function"]
    wanted = [
        (layout.function_code, emit.object(op.attrs["code"])),
        (layout.function_defaults, "null" if function.__defaults__ is None else emit.object(function.__defaults__)),
        (layout.function_kwdefaults, "null" if function.__kwdefaults__ is None else emit.object(function.__kwdefaults__)),
    ]
    for offset, content in wanted:
        emit.guard(op, emit.let("icmp eq ptr " + emit.load("ptr", a, offset, "function fields") + ", " + content))


# -- boxes ------------------------------------------------------------------------------------------------------------


@lowers("int_value")
def lower_int_value(emit: Emitter, op: Op, a: str) -> str:
    layout = emit.layout
    if emit.compact:
        pair = emit.call_shared("read_int", a)
        emit.guard(op, emit.let("icmp ne i64 " + emit.let("extractvalue { i64, i64 } " + pair + ", 1") + ", 0"))
        return emit.let("extractvalue { i64, i64 } " + pair + ", 0")
    tag = emit.load("i64", a, layout.int_tag, "int contents", INVARIANT)
    digit = emit.load("i32", a, layout.int_digits, "int contents", INVARIANT)
    small, large, done = emit.new_label(), emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp ult i64 " + tag + ", 16"), small, large, LIKELY)
    emit.begin(large)
    pair = emit.call("int_slow", "ptr " + a)
    emit.guard(op, emit.let("icmp ne i64 " + emit.let("extractvalue { i64, i64 } " + pair + ", 1") + ", 0"))
    wide = emit.let("extractvalue { i64, i64 } " + pair + ", 0")
    from_large = emit.label
    emit.jump(done)
    emit.begin(small)
    sign = emit.let("sub i64 1, " + emit.let("and i64 " + tag + ", 3"))
    narrow = emit.let("mul nsw i64 " + emit.let("zext i32 " + digit + " to i64") + ", " + sign)
    emit.jump(done)
    emit.begin(done)
    return emit.phi("i64", (narrow, small), (wide, from_large))


@lowers("float_value")
def lower_float_value(emit: Emitter, op: Op, a: str) -> str:
    return emit.load("double", a, emit.layout.float_value, "float payload")


@lowers("bool_value")
def lower_bool_value(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("icmp eq ptr " + a + ", " + emit.object(True))


@lowers("box_int")
def lower_box_int(emit: Emitter, op: Op, a: str) -> str:
    layout = emit.layout
    if emit.compact:
        return emit.call("box_int", "i64 " + a)
    small, large, done = emit.new_label(), emit.new_label(), emit.new_label()
    biased = emit.let("add i64 " + a + ", 5")
    emit.branch(emit.let("icmp ult i64 " + biased + ", 262"), small, large)
    emit.begin(small)
    address = emit.let("add i64 " + emit.let("mul i64 " + a + ", " + str(layout.sizeof_int)) + ", " + str(layout.small_int_zero))
    cached = emit.let("inttoptr i64 " + address + " to ptr")
    emit.jump(done)
    emit.begin(large)
    new = emit.call("box_int", "i64 " + a)
    emit.jump(done)
    emit.begin(done)
    return emit.phi("ptr", (cached, small), (new, large))


@lowers("box_float")
def lower_box_float(emit: Emitter, op: Op, a: str) -> str:
    return box_float(emit, a)


def box_float(emit: Emitter, a: str) -> str:
    return emit.call("box_float", "double " + a)


@lowers("box_bool")
def lower_box_bool(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("select i1 " + a + ", ptr " + emit.object(True) + ", ptr " + emit.object(False))


# -- references -------------------------------------------------------------------------------------------------------


def incref(emit: Emitter, a: str) -> None:
    count = emit.load("i32", a, emit.layout.ob_refcnt, "reference count")
    if emit.quick:  # fast instruction selection does not know the other one
        mortal = emit.let("icmp ne i32 " + count + ", -1")
        more = emit.let("add i32 " + count + ", " + emit.let("zext i1 " + mortal + " to i32"))
    else:
        more = emit.intrinsic("i32 @llvm.uadd.sat.i32(i32, i32)", "i32 " + count, "i32 1")
    emit.store("i32", more, a, emit.layout.ob_refcnt, "reference count")


def load_count(emit: Emitter, a: str) -> str:
    return emit.load("i32", a, emit.layout.ob_refcnt, "reference count")


def _one_less(emit: Emitter, a: str, count: str) -> None:
    """Stores the count less one, unless it is an immortal's."""
    mortal = emit.let("icmp sgt i32 " + count + ", 0")
    less = emit.let("sub i32 " + count + ", " + emit.let("zext i1 " + mortal + " to i32"))
    emit.store("i32", less, a, emit.layout.ob_refcnt, "reference count")


#: ops whose result refers to no other object
_LEAVES = frozenset(["box_int", "box_float", "str_from_ord"])


def is_leaf(op: Op) -> bool:
    """Whether the op's operand is known to refer to no other object: a `decref` may say so by its attribute `leaf`."""
    value = op.args[0]
    return bool(op.attrs.get("leaf")) or (isinstance(value, Op) and value.name in _LEAVES)


def decref(emit: Emitter, a: str, leaf: bool = False) -> None:
    """Releases a reference to an object whose death runs no code."""
    if emit.compact and (emit.quick or not leaf):
        emit.call_shared("release", a)
        return
    last, done = decref_but_last(emit, a)
    emit.begin(last)
    emit.call("dealloc_leaf" if leaf else "dealloc", "ptr " + a)
    emit.jump(done)
    emit.begin(done)


def decref_but_last(emit: Emitter, a: str) -> tuple[str, str]:
    """Releases a reference where it is not the last one. The labels of where it is, still to be written, and of where both ways meet."""
    last, more, done = emit.new_label(), emit.new_label(), emit.new_label()
    count = load_count(emit, a)
    emit.branch(emit.let("icmp eq i32 " + count + ", 1"), last, more)
    emit.begin(more)
    _one_less(emit, a, count)
    emit.jump(done)
    return last, done


@lowers("incref")
def lower_incref(emit: Emitter, op: Op, a: str) -> None:
    if not is_immortal(op.args[0]):
        incref(emit, a)


@lowers("share")
def lower_share(emit: Emitter, op: Op, a: str) -> str:
    if not is_immortal(op.args[0]):
        incref(emit, a)
    return a


@lowers("decref")
def lower_decref(emit: Emitter, op: Op, a: str) -> None:
    if not is_immortal(op.args[0]):
        decref(emit, a, is_leaf(op))


@lowers("drop")
def lower_drop(emit: Emitter, op: Op, a: str) -> None:
    if is_immortal(op.args[0]):
        return
    seen, done = emit.new_label(), emit.new_label()
    if emit.force_exits:  # as if it were the last reference to an object whose death runs code
        ordinary = emit.new_label()
        emit.branch(emit.at_random(), ordinary, seen, LIKELY)
        emit.begin(ordinary)
    if emit.compact:
        emit.branch(emit.call_shared("release_quietly", a), done, seen, LIKELY)
        _lower_seen_death(emit, op, a, seen, done)
        emit.begin(done)
        return
    last, more = emit.new_label(), emit.new_label()
    count = load_count(emit, a)
    emit.branch(emit.let("icmp eq i32 " + count + ", 1"), last, more, UNLIKELY)
    emit.begin(last)
    quiet = emit.call("drop_quiet", "ptr " + a)
    emit.branch(emit.let("icmp ne i32 " + quiet + ", 0"), done, seen, LIKELY)
    _lower_seen_death(emit, op, a, seen, done)
    emit.begin(more)
    _one_less(emit, a, count)
    emit.jump(done)
    emit.begin(done)


def begin_opaque(emit: Emitter, op: Op) -> None:
    """Says what the code still needs of its constants, should the op make the region invalid (`needs.py`)."""
    needs = emit.needs.get(op)
    if needs is not None:
        emit.store("i64", str(emit.exits.need(needs)), "%cx", emit.layout.cx_needs, "context")


def end_opaque(emit: Emitter, op: Op) -> None:
    if op in emit.needs:
        emit.store("i64", "-1", "%cx", emit.layout.cx_needs, "context")


def _lower_seen_death(emit: Emitter, op: Op, a: str, seen: str, done: str) -> None:
    """The last reference to an object whose death runs code."""
    emit.begin(seen)
    if op.name == "drop":
        emit.store("ptr", a, "%cx", emit.layout.cx_dying, "context")
        emit.leave(op)
    else:
        record = emit.exit_of(op)
        emit.store_live(record)
        begin_opaque(emit, op)
        emit.call("drop_framed", "ptr %cx", "i64 " + str(record.number), "ptr " + a)
        end_opaque(emit, op)
        emit.jump(done)
