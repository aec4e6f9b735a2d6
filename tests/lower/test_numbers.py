# ruff: noqa: E501 - tables of cases
"""Each numeric op against its row's `evaluate`, at the edges."""

from __future__ import annotations

import itertools
import math
import struct

import pytest

from jitney.ir.ops import OPS
from jitney.ir.values import const_i64

from .machine import LEFT, Builder, Machine, machine_of, outcome

EDGES = sorted({sign * (2**power + more) for power in (0, 1, 5, 8, 15, 29, 30, 31, 32, 60, 62, 63) for more in (-2, -1, 0, 1, 7) for sign in (1, -1)})
INTS = [value for value in EDGES if -(2**63) <= value < 2**63]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e300, -1e300, 5e-324, 2.0**53, 2.0**62, 2.0**63, -(2.0**63), 2.0**64, 1e16 + 1, math.inf, -math.inf,
          math.nan, 0.1, 7.3, -7.3]
SAMPLES = {"i": INTS, "f": FLOATS, "b": [True, False]}


def bits(value: object) -> object:
    return struct.pack("d", value) if isinstance(value, float) and value == value else repr(value)


def allowed(name: str, values: tuple) -> bool:
    """What a row's sentence says is known."""
    if name in ("i64_floordiv", "i64_mod"):
        return values[1] != 0 and values != (-(2**63), -1)
    if name in ("f64_floordiv", "f64_mod", "f64_div"):
        return values[1] != 0
    if name == "i64_shr":
        return values[1] >= 0
    if name == "f64_sqrt":
        return values[0] >= 0
    if name == "i64_shl_ovf":
        return values[1] < 200
    return True


def expected(name: str, values: tuple) -> object:
    row = OPS[name]
    if name == "f64_pow":
        try:
            result = values[0] ** values[1]
        except (OverflowError, ZeroDivisionError):
            return LEFT
        ok = isinstance(result, float) and math.isfinite(result) and all(map(math.isfinite, values))
        return result if ok else LEFT
    if name == "i64_shl_ovf" and not 0 <= values[1] < 63:
        return LEFT
    try:
        result = row.evaluate(*values)
    except (OverflowError, ValueError):
        return LEFT
    if isinstance(result, int) and not -(2**63) <= result < 2**63:
        return LEFT
    return result


NUMERIC = [row.name for row in OPS.values() if row.evaluate and set(row.arg_letters) <= set("ifb") and row.arg_letters and row.result.value != "obj"]


@pytest.mark.parametrize("name", NUMERIC)
def test_numeric_op(name: str) -> None:
    letters = OPS[name].arg_letters
    machine = machine_of(name, letters)
    samples = [SAMPLES[letter] for letter in letters]
    if len(letters) == 3:
        samples = [samples[0], samples[1][::5], samples[2][::7]]
    for values in itertools.product(*samples):
        if allowed(name, values):
            assert bits(outcome(machine, *values)) == bits(expected(name, values)), values


@pytest.mark.parametrize("name", ["i64_floordiv", "i64_mod"])
@pytest.mark.parametrize("divisor", [1, 2, 8, 2**40, 3, 10, -1, -2, -7])
def test_division_by_constant(name: str, divisor: int) -> None:
    b = Builder()
    b.leave(b.op(name, b.argument(0, "i"), const_i64(divisor)))
    machine = Machine(b.region)
    for value in INTS:
        if value != -(2**63):
            assert outcome(machine, value) == OPS[name].evaluate(value, divisor)


@pytest.mark.parametrize("name", sorted("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p cbrt erf erfc fabs sqrt floor".split()))
def test_math(name: str) -> None:
    machine = machine_of("f64_math", "f", function=name)
    function = getattr(math, name)
    for value in FLOATS + [0.3, 1.7, 12.5, -0.4, 100.25]:
        if not math.isfinite(value):
            continue
        try:
            result = float(function(value)) if name != "floor" else float(math.floor(value))
        except (ValueError, OverflowError):
            result = LEFT
        if name == "floor" and value == 0:
            result = value
        assert bits(outcome(machine, value)) == bits(result), value


def test_no_contraction() -> None:
    b = Builder()
    x, y, z = (b.argument(slot, "f") for slot in range(3))
    b.leave(b.op("f64_add", b.op("f64_mul", x, y), z))
    machine = Machine(b.region)
    assert outcome(machine, 1.0 + 2**-30, 1.0 - 2**-30, -1.0) == (1.0 + 2**-30) * (1.0 - 2**-30) - 1.0 == 0.0


@pytest.mark.parametrize("value", [*INTS, 2**63, -(2**63) - 1, 2**64, 2**90, -(2**90), 2**120])
def test_int_value_and_box(value: int) -> None:
    machine = machine_of("int_value", "o")
    fits = -(2**63) <= value < 2**63
    assert outcome(machine, value) == (value if fits else LEFT)
    if fits:
        box = outcome(machine_of("box_int", "i"), value)
        assert box == value and type(box) is int
        if -5 <= value <= 256:
            assert box is int(str(value))


def test_float_box() -> None:
    machine = machine_of("box_float", "f")
    for value in FLOATS:
        assert bits(outcome(machine, value)) == bits(value)


def test_bool_box() -> None:
    machine = machine_of("box_bool", "b")
    assert outcome(machine, True) is True and outcome(machine, False) is False
