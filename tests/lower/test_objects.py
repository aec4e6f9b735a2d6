# ruff: noqa: E501 - tables of cases
"""Containers, attributes, references: results, counts before and after, in-place floats, death."""

from __future__ import annotations

import array
import ctypes
import gc
import sys
import types
import weakref

import pytest

from jitney.ir.ops import OPS
from jitney.ir.values import const_f64, const_i64, const_obj
from jitney.lower.layout import helper_addresses
from jitney.lower.table import LOWERINGS

from .machine import LEFT, Builder, Machine, decrement, increment, machine_of, outcome, refcounts


class Plain:
    pass


class Slotted:
    __slots__ = ("a", "b")


class Noisy:
    log: list[str] = []

    def __del__(self) -> None:
        self.log.append("died")


def fresh() -> object:
    return object()


def test_every_op_has_a_lowering() -> None:
    assert {row.name for row in OPS.values() if not row.terminator} == set(LOWERINGS)


READS = [
    ("tuple_len", [((1, 2, 3),), ((),)]),
    ("tuple_get", [((5, 6.5, "x"), 0), ((5, 6.5, "x"), 2)]),
    ("list_len", [([1, 2],), ([],)]),
    ("list_get", [([5, 6.5], 1)]),
    ("bytes_len", [(b"abc",)]),
    ("bytes_get", [(b"a\xff", 1)]),
    ("bytearray_len", [(bytearray(b"abc"),)]),
    ("bytearray_get", [(bytearray(b"a\xfe"), 1)]),
    ("str_len", [("abc",), ("",), ("\u1234x",)]),
    ("str_ord", [("abc", 1), ("\xe9\xe8", 1), ("\u1234a", 0), ("\U00012345b", 0), ("\U00012345b", 1)]),
    ("str_from_ord", [(65,), (200,), (0x1234,), (0x12345,)]),
    ("str_eq", [("a", "a"), ("ab" * 3, "".join(["ab"] * 3)), ("a", "b"), ("a", "\u1234"), ("\u1234", "\u1234\u1234"), ("\u1234x"[:1], "\u1234")]),
    ("obj_is", [(None, None), (1, None)]),
]


@pytest.mark.parametrize("name,cases", READS)
def test_reads(name: str, cases: list) -> None:
    machine = machine_of(name, OPS[name].arg_letters)
    for values in cases:
        before = refcounts(*values)
        assert outcome(machine, *values) == OPS[name].evaluate(*values)
        assert refcounts(*values) == before


def test_types_and_identity() -> None:
    assert outcome(machine_of("guard_type", "o", type=float), 1.0) is None
    assert outcome(machine_of("guard_type", "o", type=float), 1) is LEFT
    assert outcome(machine_of("type_is", "o", type=float), 1.0) is True
    assert outcome(machine_of("type_is", "o", type=float), True) is False
    assert outcome(machine_of("guard_is", "oo"), None, None) is None
    assert outcome(machine_of("guard_is", "oo"), None, 1) is LEFT
    assert outcome(machine_of("guard_true", "b", reason="r"), True) is None
    assert outcome(machine_of("guard_true", "b", reason="r"), False) is LEFT
    assert outcome(machine_of("guard_false", "b", reason="r"), False) is None


def test_guard_code() -> None:
    def f(a=1):
        return a

    g = types.FunctionType(f.__code__, globals(), "g", f.__defaults__)
    h = types.FunctionType(f.__code__, globals(), "h", (2,))
    machine = machine_of("guard_code", "o", code=f.__code__, function=f)
    assert outcome(machine, f) is None and outcome(machine, g) is None
    assert outcome(machine, h) is LEFT and outcome(machine, fresh.__class__(fresh.__code__, {})) is LEFT


@pytest.mark.parametrize("code", "bBhHiIlqdf")
def test_arrays(code: str) -> None:
    values = array.array(code, [1, 2, 3])
    letter = "f" if code in "df" else "i"
    name = "f64" if code in "df" else "i64"
    assert outcome(machine_of("guard_array", "o", typecode=code), values) is None
    assert outcome(machine_of("guard_array", "o", typecode="w"), values) is LEFT
    assert outcome(machine_of("array_len", "o"), values) == 3
    assert outcome(machine_of("array_get_" + name, "oi", typecode=code), values, 2) == 3
    setter = machine_of("array_set_" + name, "oi" + letter, typecode=code)
    for new in [0.5, -1e300, 3.25] if letter == "f" else [0, 1, -1, 127, 128, -129, 255, 256, 2**31, -(2**31), 2**32, 2**62]:
        other = array.array(code, values)
        try:
            other[1] = new
        except OverflowError:
            assert outcome(setter, values, 1, new) is LEFT
        else:
            assert outcome(setter, values, 1, new) is None
        assert values == other


def test_bytearray_set() -> None:
    data = bytearray(b"abc")
    outcome(machine_of("bytearray_set", "oii"), data, 1, 255)
    assert data == b"a\xffc"


def test_new_containers() -> None:
    x = fresh()
    before = sys.getrefcount(x)
    made = outcome(machine_of("tuple_new", "oo"), x, x)
    assert sys.getrefcount(x) == before + 2
    assert made == (x, x)
    made = outcome(machine_of("list_new", "oo"), x, x)
    assert sys.getrefcount(x) == before + 2
    assert made == [x, x]
    del made
    assert outcome(machine_of("tuple_new", "")) == ()
    assert sys.getrefcount(x) == before


def test_list_append_and_swap() -> None:
    x, y, items = fresh(), fresh(), []
    machine = machine_of("list_append", "oo")
    before = sys.getrefcount(x)
    for _ in range(20):
        outcome(machine, items, x)
    assert sys.getrefcount(x) == before + 20
    assert items == [x] * 20
    before = refcounts(x, y)
    assert outcome(machine_of("list_swap", "oio"), items, 3, y) is x
    assert refcounts(x, y) == [before[0] - 1, before[1] + 1]
    assert items[3] is y


def box(value: float) -> float:
    return value + 0.25


@pytest.mark.parametrize("kind", ["list", "attr", "slot"])
def test_set_float(kind: str) -> None:
    def holder(content):
        if kind == "list":
            return [None, content]
        made = Plain() if kind == "attr" else Slotted()
        made.a = 0
        made.b = content
        return made

    def content_of(held):
        return held[1] if kind == "list" else held.b

    if kind == "list":
        machine = machine_of("list_set_float", "oif")
        arguments = (1,)
    elif kind == "attr":
        machine = machine_of("attr_set_float", "of", index=1)
        arguments = ()
    else:
        machine = machine_of("slot_set_float", "of", offset=24)
        arguments = ()
    held = holder(box(1.0))
    place = id(content_of(held))
    assert outcome(machine, held, *arguments, 7.5) is None
    assert content_of(held) == 7.5 and id(content_of(held)) == place
    shared = content_of(held)
    assert outcome(machine, held, *arguments, 8.5) is None
    assert shared == 7.5 and content_of(held) == 8.5 and sys.getrefcount(shared) == 2
    for harmless in [10**30, "te" + str(held), None, 3]:
        held = holder(harmless)
        before = sys.getrefcount(harmless)
        assert outcome(machine, held, *arguments, -0.0) is None
        assert str(content_of(held)) == "-0.0" and sys.getrefcount(harmless) in (before - 1, before)
    held = holder(Noisy())
    assert outcome(machine, held, *arguments, 1.5) is LEFT
    assert isinstance(content_of(held), Noisy)
    if kind != "list":
        del held.b
        assert outcome(machine, held, 1.5) is LEFT


def test_attributes() -> None:
    guard = machine_of("guard_inline_values", "o")
    one, x, y = Plain(), fresh(), fresh()
    one.a = x
    one.b = y
    assert outcome(guard, one) is None
    get = machine_of("attr_get", "o", index=1)
    assert outcome(get, one) is y
    before = refcounts(x, y)
    assert outcome(machine_of("attr_swap", "oo", index=1), one, x) is y
    assert refcounts(x, y) == [before[0] + 1, before[1] - 1]
    assert one.b is x
    del one.b
    assert outcome(get, one) is LEFT
    assert outcome(machine_of("attr_swap", "oo", index=1), one, x) is LEFT
    other = Plain()
    other.__dict__["z"] = 1
    assert outcome(guard, other) is LEFT


def test_slots_cells_fields() -> None:
    one, x, y = Slotted(), fresh(), fresh()
    one.a = x
    offset = 16
    assert outcome(machine_of("slot_get", "o", offset=offset), one) is x
    assert outcome(machine_of("slot_get", "o", offset=offset + 8), one) is LEFT
    assert outcome(machine_of("slot_swap", "oo", offset=offset), one, y) is x and one.a is y
    cell = types.CellType(x)
    assert outcome(machine_of("cell_get", "o"), cell) is x
    assert outcome(machine_of("cell_swap", "oo"), cell, y) is x and cell.cell_contents is y
    assert outcome(machine_of("cell_get", "o"), types.CellType()) is LEFT
    assert outcome(machine_of("field_i64", "o", offset=16), (1, 2, 3)) == 3
    assert outcome(machine_of("field_obj", "o", offset=24), (x,)) is x


def test_frame_slots() -> None:
    x, y = fresh(), fresh()
    assert outcome(machine_of("guard_unbound", "", slot=0), x) is LEFT
    assert outcome(machine_of("guard_unbound", "", slot=1), x) is None
    assert outcome(machine_of("frame_local", "", slot=1), x) is LEFT
    before = refcounts(x, y)
    assert outcome(machine_of("frame_take", "", slot=0), x) is x
    b = Builder()
    b.op("frame_store", b.argument(1, "o"), slot=0)
    b.op("frame_store", const_obj(None), slot=2)
    b.op("frame_store", const_obj(None), slot=2)
    b.leave()
    machine = Machine(b.region)
    outcome(machine, x, y)
    assert refcounts(x, y) == before


def test_incref_decref() -> None:
    b = Builder()
    x = b.argument(0, "o")
    b.op("incref", x)
    b.op("incref", const_obj(None))
    b.leave(x, owned=[x])
    machine = Machine(b.region)
    for value in [fresh(), 10**20, 5, None, "abc"]:
        before = sys.getrefcount(value)
        assert outcome(machine, value) is value
        assert sys.getrefcount(value) == before
    b = Builder()
    x = b.argument(0, "o")
    b.op("incref", x)
    b.op("decref", x)
    b.op("decref", b.op("box_float", const_f64(2.5)))
    b.op("decref", b.op("box_int", const_i64(2**40)))
    b.op("decref", b.op("box_int", const_i64(2)))
    b.op("decref", b.op("tuple_new", x))
    b.leave()
    machine = Machine(b.region)
    value = fresh()
    before = sys.getrefcount(value)
    gc.collect()
    blocks = sys.getallocatedblocks()
    for _ in range(200):
        machine.run(value)
    assert sys.getrefcount(value) == before
    assert abs(sys.getallocatedblocks() - blocks) < 50


def dropper() -> Machine:
    b = Builder()
    b.op("drop", b.op("frame_take", slot=0))
    b.leave()
    return Machine(b.region)


@pytest.mark.parametrize("make", [
    lambda: 1.5 + len("a"), lambda: 10**30, lambda: "x" * len("abc"), lambda: [1, 2.5], lambda: (box(1.0), [box(2.0), "s" * 2]), lambda: {1: [2]}, lambda: {1, 2},
    lambda: iter([1]), lambda: range(3, 10**20), lambda: Plain(), lambda: Slotted(), lambda: zip([1], [2], strict=False), lambda: enumerate([3]),
    lambda: slice(1, 2), lambda: types.CellType(4), lambda: [Plain(), Plain()],
], ids=lambda make: None)
def test_quiet_drop(make) -> None:
    machine = dropper()

    value = make()
    machine.slots[0] = id(value)
    increment(value)
    del value
    exit = machine.entry(ctypes.addressof(machine.context), ctypes.addressof(machine.slots))
    assert machine.slots[0] is None
    assert machine.code.guards[machine.decode(exit, machine.context[3]).guard].op == "leave"


def test_drop_of_shared_and_noisy() -> None:
    machine = dropper()
    x = fresh()
    before = sys.getrefcount(x)
    assert outcome(machine, x) is None and sys.getrefcount(x) == before
    x = Plain()
    x.child = Noisy()
    y = Plain()
    reference = weakref.ref(y)
    drop_quiet = helper_addresses()["drop_quiet"]
    function = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(drop_quiet)
    address_x, address_y = id(x), id(y)
    increment(x)
    increment(y)
    del x, y
    Noisy.log.clear()
    assert function(address_x) == 0 and function(address_y) == 0
    assert Noisy.log == [] and reference() is not None
    decrement(address_x)
    decrement(address_y)
    assert Noisy.log == ["died"] and reference() is None
