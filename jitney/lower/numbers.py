"""Lowering of arithmetic, comparisons and booleans."""

from __future__ import annotations

from ..ir.ops import OPS
from ..ir.values import Const, Op
from .declarations import MATH_INTRINSICS
from .emit import Emitter
from .table import lowers


@lowers("i64_add", "i64_sub", "i64_mul", "i64_and", "i64_or", "i64_xor")
def lower_integer(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let(op.name[4:] + " i64 " + a + ", " + b)


@lowers("i64_add_ovf", "i64_sub_ovf", "i64_mul_ovf")
def lower_overflow(emit: Emitter, op: Op, a: str, b: str) -> str:
    return _checked(emit, op, op.name[4:7], a, b)


@lowers("i64_neg_ovf")
def lower_negation(emit: Emitter, op: Op, a: str) -> str:
    return _checked(emit, op, "sub", "0", a)


def _checked(emit: Emitter, op: Op, name: str, a: str, b: str) -> str:
    pair = emit.intrinsic("{ i64, i1 } @llvm.s" + name + ".with.overflow.i64(i64, i64)", "i64 " + a, "i64 " + b)
    overflow = emit.let("extractvalue { i64, i1 } " + pair + ", 1")
    emit.guard(op, emit.let("xor i1 " + overflow + ", true"))
    return emit.let("extractvalue { i64, i1 } " + pair + ", 0")


@lowers("i64_shl_ovf")
def lower_shift_left(emit: Emitter, op: Op, a: str, b: str) -> str:
    emit.guard(op, emit.let("icmp ult i64 " + b + ", 63"))
    result = emit.let("shl i64 " + a + ", " + b)
    back = emit.let("ashr i64 " + result + ", " + b)
    emit.guard(op, emit.let("icmp eq i64 " + back + ", " + a))
    return result


@lowers("i64_shr")
def lower_shift_right(emit: Emitter, op: Op, a: str, b: str) -> str:
    if isinstance(op.args[1], Const):
        count = str(min(op.args[1].value, 63))
    else:
        count = emit.intrinsic("i64 @llvm.umin.i64(i64, i64)", "i64 " + b, "i64 63")
    return emit.let("ashr i64 " + a + ", " + count)


@lowers("i64_not")
def lower_invert(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("xor i64 " + a + ", -1")


@lowers("i64_floordiv")
def lower_floordiv(emit: Emitter, op: Op, a: str, b: str) -> str:
    power = _power_of_two(op)
    if power >= 0:
        return emit.let("ashr i64 " + a + ", " + str(power))
    quotient = emit.let("sdiv i64 " + a + ", " + b)
    rest = emit.let("sub i64 " + a + ", " + emit.let("mul i64 " + quotient + ", " + b))
    less = emit.let("zext i1 " + _wrong_sign(emit, rest, b) + " to i64")
    return emit.let("sub i64 " + quotient + ", " + less)


@lowers("i64_mod")
def lower_mod(emit: Emitter, op: Op, a: str, b: str) -> str:
    if _power_of_two(op) >= 0:
        return emit.let("and i64 " + a + ", " + str(int(b) - 1))
    rest = emit.let("srem i64 " + a + ", " + b)
    fix = emit.let("select i1 " + _wrong_sign(emit, rest, b) + ", i64 " + b + ", i64 0")
    return emit.let("add i64 " + rest + ", " + fix)


def _wrong_sign(emit: Emitter, rest: str, b: str) -> str:
    """Whether C's remainder is not 0 and has not the divisor's sign."""
    differs = emit.let("icmp slt i64 " + emit.let("xor i64 " + rest + ", " + b) + ", 0")
    return emit.let("and i1 " + differs + ", " + emit.let("icmp ne i64 " + rest + ", 0"))


def _power_of_two(op: Op) -> int:
    """The exponent when the divisor is a constant power of two, else -1."""
    divisor = op.args[1]
    if isinstance(divisor, Const) and divisor.value > 0 and not divisor.value & (divisor.value - 1):
        return int(divisor.value).bit_length() - 1
    return -1


_PREDICATES = {"eq": "eq", "ne": "ne", "lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge", "ult": "ult"}


@lowers(*("i64_" + name for name in _PREDICATES))
def lower_integer_comparison(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let("icmp " + _PREDICATES[op.name[4:]] + " i64 " + a + ", " + b)


_FLOAT_PREDICATES = {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}


@lowers(*("f64_" + name for name in _FLOAT_PREDICATES))
def lower_float_comparison(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let("fcmp " + _FLOAT_PREDICATES[op.name[4:]] + " double " + a + ", " + b)


@lowers("f64_add", "f64_sub", "f64_mul", "f64_div")
def lower_float(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let("f" + op.name[4:] + " double " + a + ", " + b)


@lowers("f64_floordiv", "f64_mod")
def lower_float_division(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.call(op.name, "double " + a, "double " + b)


@lowers("f64_pow")
def lower_power(emit: Emitter, op: Op, a: str, b: str) -> str:
    result = emit.call("f64_pow", "double " + a, "double " + b)
    _guard_finite(emit, op, result)
    return result


def _guard_finite(emit: Emitter, op: Op, value: str) -> None:
    size = emit.intrinsic("double @llvm.fabs.f64(double)", "double " + value)
    emit.guard(op, emit.let("fcmp olt double " + size + ", 0x7FF0000000000000"))


@lowers("f64_neg")
def lower_float_negation(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("fneg double " + a)


@lowers("f64_abs", "f64_sqrt")
def lower_float_intrinsic(emit: Emitter, op: Op, a: str) -> str:
    name = "fabs" if op.name == "f64_abs" else "sqrt"
    return emit.intrinsic("double @llvm." + name + ".f64(double)", "double " + a)


@lowers("f64_math")
def lower_math(emit: Emitter, op: Op, a: str) -> str:
    name = op.attrs["function"]
    if name in MATH_INTRINSICS:
        result = emit.intrinsic("double @llvm." + MATH_INTRINSICS[name] + ".f64(double)", "double " + a)
    else:
        result = emit.call("math_" + name, "double " + a)
    _guard_finite(emit, op, result)
    return result


@lowers("i64_to_f64")
def lower_to_float(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("sitofp i64 " + a + " to double")


@lowers("f64_to_i64")
def lower_to_integer(emit: Emitter, op: Op, a: str) -> str:
    low = emit.let("fcmp oge double " + a + ", 0xC3E0000000000000")
    high = emit.let("fcmp olt double " + a + ", 0x43E0000000000000")
    emit.guard(op, emit.let("and i1 " + low + ", " + high))
    return emit.let("fptosi double " + a + " to i64")


@lowers("i1_not")
def lower_not(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("xor i1 " + a + ", true")


@lowers("i1_and", "i1_or")
def lower_logic(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let(op.name[3:] + " i1 " + a + ", " + b)


@lowers("i1_eq")
def lower_logic_equal(emit: Emitter, op: Op, a: str, b: str) -> str:
    return emit.let("icmp eq i1 " + a + ", " + b)


@lowers("i1_to_i64")
def lower_widen(emit: Emitter, op: Op, a: str) -> str:
    return emit.let("zext i1 " + a + " to i64")


@lowers("i64_select", "f64_select")
def lower_select(emit: Emitter, op: Op, condition: str, a: str, b: str) -> str:
    type = "i64 " if OPS[op.name].signature.endswith("i") else "double "
    return emit.let("select i1 " + condition + ", " + type + a + ", " + type + b)
