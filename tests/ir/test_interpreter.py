"""The interpreter: each op's meaning on real objects, and leaving."""

from __future__ import annotations

import array
from typing import Any

import pytest

from jitney.ir.execute import NULL, Machine, member_offset, missing
from jitney.ir.interpreter import Leave, OutOfFuel, run
from jitney.ir.parser import parse

from .objects import CONSTANTS, Point


class Slotted:
    __slots__ = ("here",)


OFFSET = member_offset(vars(Slotted)["here"])
EXTRA: dict[str, Any] = {"Slotted": Slotted, "array": array.array}


def leave(body: str, *locals: Any, result: str = "") -> Leave:
    text = f'region "r"\nb0():\n{body}'
    if "leave(" not in body:
        text += f"  leave() -> f@99[_ | {result}]\n"
    return run(parse(text, CONSTANTS | EXTRA), list(locals))


def value_of(op: str, *locals: Any) -> Any:
    """The result of one op whose operands are o0, o1, ... (the locals); NULL where its guard leaves."""
    loads = "".join(f"  o{n}: obj = frame_local(slot={n}) -> f@0[ | ]\n" for n in range(len(locals)))
    snapshot = " -> f@1[ | ]" if op.endswith("!") else ""
    type_, op = op.rstrip("!").split(" ", 1)
    name = "" if type_ == "void" else f"x: {type_} = "
    left = leave(f"{loads}  {name}{op}{snapshot}\n", *locals, result="_" if type_ == "void" else "x")
    return left.frames[0].stack[0] if left.frames[0].offset == 99 else "left"


OPS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("i64 i64_add(9223372036854775807, 1)", (), -(2**63)),
    ("i64 i64_add_ovf(2, 3)!", (), 5),
    ("i64 i64_add_ovf(9223372036854775807, 1)!", (), "left"),
    ("i64 i64_neg_ovf(-9223372036854775808)!", (), "left"),
    ("i64 i64_shl_ovf(3, 2)!", (), 12),
    ("i64 i64_shl_ovf(3, 62)!", (), "left"),
    ("i64 i64_shl_ovf(3, -1)!", (), "left"),
    ("i64 i64_shr(-5, 70)", (), -1),
    ("i64 i64_floordiv(-7, 2)", (), -4),
    ("i64 i64_mod(-7, 2)", (), 1),
    ("i1 i64_ult(-1, 5)", (), False),
    ("i1 i64_ult(4, 5)", (), True),
    ("f64 f64_pow(2.0, 0.5)!", (), 2.0**0.5),
    ("f64 f64_pow(-2.0, 0.5)!", (), "left"),
    ("f64 f64_pow(10.0, 400.0)!", (), "left"),
    ("f64 f64_math(0.0, function='sin')!", (), 0.0),
    ("f64 f64_math(-1.0, function='log')!", (), "left"),
    ("i64 f64_to_i64(-2.5)!", (), -2),
    ("i64 f64_to_i64(nan)!", (), "left"),
    ("i64 f64_to_i64(1e+30)!", (), "left"),
    ("i64 i64_select(true, 1, 2)", (), 1),
    ("i1 i1_not(true)", (), False),
    ("void guard_true(false)!", (), "left"),
    ("void guard_false(false)!", (), NULL),
    ("void guard_type(o0, type=float)!", (1.5,), NULL),
    ("void guard_type(o0, type=int)!", (True,), "left"),
    ("void guard_is(o0, <one>)!", (1,), NULL),
    ("void guard_code(o0, code=<f>, function=<F>)!", (CONSTANTS["F"],), NULL),
    ("void guard_code(o0, code=<f>, function=<F>)!", (CONSTANTS["G"],), "left"),
    ("i1 type_is(o0, type=int)", (True,), False),
    ("i64 int_value(o0)!", (2**63,), "left"),
    ("i64 int_value(o0)!", (7,), 7),
    ("obj tuple_get(o0, 1)", ((1, 2),), 2),
    ("i64 list_len(o0)", ([1, 2],), 2),
    ("obj list_swap(o0, 0, o1)", ([5], 6), 5),
    ("i64 bytes_get(o0, 0)", (b"a",), 97),
    ("i64 bytearray_get(o0, 0)", (bytearray(b"a"),), 97),
    ("i64 str_ord(o0, 1)", ("ab",), 98),
    ("obj str_from_ord(98)", (), "b"),
    ("void guard_array(o0, typecode='d')!", (array.array("q"),), "left"),
    ("i64 array_get_i64(o0, 0, typecode='q')", (array.array("q", [4]),), 4),
    ("void array_set_i64(o0, 0, 300, typecode='b')!", (array.array("b", [4]),), "left"),
    ("obj attr_get(o0, index=1)!", (Point(1, 2),), 2),
    ("obj attr_swap(o0, <two>, index=0)!", (Point(1, 2),), 1),
    (f"obj slot_get(o0, offset={OFFSET})!", (Slotted(),), "left"),
    ("obj call(o0, helper='iter_next')!", (iter([]),), NULL),
    ("obj call(o0, helper='list_pop')!", ([],), "left"),
    ("obj call(o0, <one>, <two>, helper='call')!", (max,), 2),
    ("obj call(o0, <one>, <pair_names>, helper='call_kw')!", (lambda a: a,), 1),
    ("obj call(<one>, <two>, helper='build_map')!", (), {1: 2}),
    ("obj call(o0, <one>, helper='dict_get')!", ({},), "left"),
]
EXTRA["pair_names"] = ("a",)


@pytest.mark.parametrize(("op", "locals", "expected"), OPS, ids=[f"{n}-{row[0]}" for n, row in enumerate(OPS)])
def test_op(op: str, locals: tuple[Any, ...], expected: Any) -> None:
    assert value_of(op, *locals) == expected


def test_every_op_has_a_meaning() -> None:
    assert not missing()


def test_stores() -> None:
    point, items, slotted = Point(1, 2), [1.0], Slotted()
    slotted.here = 1  # type: ignore[attr-defined]
    loads = "".join(f"  o{n}: obj = frame_local(slot={n}) -> f@0[ | ]\n" for n in range(3))
    leave(f"{loads}  list_set_float(o0, 0, 2.5) -> f@1[ | ]\n  attr_set_float(o1, 3.5, index=1) -> f@1[ | ]\n"
          f"  slot_set_float(o2, 4.5, offset={OFFSET}) -> f@1[ | ]\n", items, point, slotted)
    assert items == [2.5] and point.y == 3.5 and slotted.here == 4.5  # type: ignore[attr-defined]


def test_a_loop_computes() -> None:
    left = leave("""\
  o0: obj = frame_local(slot=0) -> f@0[~ | ]
  i1: i64 = int_value(o0) -> f@0[~ | ]
  jump b1(0, 0)
b1(i2: i64, i3: i64):
  poll() -> f@4[~ | ]
  c4: i1 = i64_lt(i2, i1)
  branch(c4) b2() else b3()
b2():
  i5: i64 = i64_add_ovf(i3, i2) -> f@6[~ | ]
  i6: i64 = i64_add(i2, 1)
  jump b1(i6, i5)
b3():
  leave() -> f@99[~ | i3]
""", 10)
    assert left.frames[0].stack == [45] and left.ops_run > 50


def test_an_exception_leaves() -> None:
    left = leave("  o0: obj = call(<one>, <str_abc>, helper='binary_add') -> raise g@4(<G>)[ | ] < f@6>8[_ | <one>]\n")
    assert isinstance(left.exception, TypeError)
    assert [(frame.code, frame.offset, frame.stack) for frame in left.frames] == [(CONSTANTS["f"], 6, [1]), (CONSTANTS["g"], 4, [])]
    assert left.frames[0].locals == [NULL] and left.frames[1].func is CONSTANTS["G"]


def test_virtuals_keep_their_identity() -> None:
    left = leave("  leave() -> f@4[#1=range_iter{3, 9, 5}, #1, enumerate{list_iter{<items>, 1}, 7} | tuple{1, 2.5, <None>}, cell{_}]\n"
                 .replace("<items>", "<pair>").replace("list_iter", "tuple_iter"))
    first, second, third = left.frames[0].locals
    assert first is second and list(first) == [3, 8] and list(third) == [(7, 2)]
    assert left.frames[0].stack[0] == (1, 2.5, None)


def test_poll_and_fuel() -> None:
    class Impatient(Machine):
        def poll(self) -> bool:
            return True

    region = parse('region "r"\nb0():\n  jump b1()\nb1():\n  poll() -> f@4[ | ]\n  jump b1()\n', CONSTANTS)
    assert run(region, [], Impatient()).frames[0].offset == 4
    with pytest.raises(OutOfFuel):
        run(region, [], fuel=100)
