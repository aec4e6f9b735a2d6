"""Arithmetic, comparison, truth."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from ..ir.types import F64, I1, I64, OBJ
from ..ir.values import Const, Value, Virtual, const_f64, const_i1, const_i64, const_obj
from ..knowledge.classes import lookup, mro, namespace
from .handlers import CALL_LIKE, handles

if TYPE_CHECKING:
    from ..bytecode import Instr
    from ..record import Observation
    from .builder import Builder

HELPER_NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "true_divide", "//": "floor_divide", "%": "remainder", "**": "power",
                "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor", "@": "matrix_multiply"}
COMPARE_NAMES = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}
INTS = (int, bool)
NUMBERS = (int, bool, float)
PLAIN = (int, bool, float, str, bytes, complex)
BITWISE = ("<<", ">>", "&", "|", "^")
EXACT = 1 << 53
#: An operation that gives, or takes, an int of more than 64 bits once in so many times works on objects: leaving costs far more.
RARELY = 16
#: types of constants whose truth value is always the same, and is found without running code of the program's
PLAIN_TRUTH = frozenset({int, float, bool, str, tuple, type(None), type, types.FunctionType, types.BuiltinFunctionType,
                         types.MethodDescriptorType})


def often_big(observation: Observation, depth: int) -> bool:
    big = sum([count for operands, count in observation.operands.items() if depth < len(operands) and operands[depth] == "bigint"])
    return big * RARELY > observation.count


def is_big(b: Builder, depth: int) -> bool:
    """Whether the operand `depth` entries below the top was often an int of more than 64 bits here."""
    return b.observation is not None and often_big(b.observation, depth + 2 * b.call_like)


def gives_big(b: Builder) -> bool:
    """Whether the instruction's result, on the top of the stack at the next one, was."""
    recorded = b.state.frame.recorded
    following = recorded.at(b.next_offset) if recorded is not None else None
    if following is None:
        return False
    op = b.state.frame.normal.parts(b.next_offset)[0].op
    return often_big(following, 2 if op in CALL_LIKE else 0)


def push_result(b: Builder, count: int, result: Value) -> None:
    """Replaces the operands by the result; they are released."""
    state = b.state
    operands = state.popn(count)
    state.push(result)
    for operand in operands:
        state.release(operand)


def fold(symbol: str, left: Value, right: Value) -> Const | None:
    """The result for two small numeric constants."""
    if not (isinstance(left, Const) and isinstance(right, Const)):
        return None
    if type(left.value) not in NUMBERS or type(right.value) not in NUMBERS:
        return None
    if symbol in ("**", "<<", "*") and (abs(left.value) > 2**64 or abs(right.value) > 64):
        return None
    try:
        return const_obj(eval(f"a {symbol} b", {"a": left.value, "b": right.value}))
    except (ArithmeticError, TypeError, ValueError):
        return None


@handles("BINARY_OP")
def binary_op(b: Builder, instr: Instr) -> None:
    inplace = instr.arg.endswith("=")
    symbol = instr.arg[:-1] if inplace else instr.arg
    state = b.state
    right_type, left_type = b.want_type(1), b.want_type(2)
    left, right = state.peek(2), state.peek(1)
    assert left is not None and right is not None
    folded = fold(symbol, left, right)
    if folded is not None:
        push_result(b, 2, folded)
        return
    result: Value | None = None
    big = is_big(b, 0) or is_big(b, 1) or b.noted("overflow") or gives_big(b)
    if left_type in INTS and right_type in INTS and not big:
        result = int_op(b, symbol, left, right, left_type is bool and right_type is bool)
    elif left_type in NUMBERS and right_type in NUMBERS and (left_type is float or right_type is float) and not big:
        result = float_op(b, symbol, left, right)
    if result is not None:
        push_result(b, 2, result)
        return
    if left_type is list and right_type in INTS and symbol == "*" and not inplace:
        count = b.as_i64(right)
        repeated = b.call("list_repeat", b.box_at(2), count, type=list)
        push_result(b, 2, repeated)
        return
    from .operators import inline_binary

    if inline_binary(b, symbol, inplace, left_type, right_type):
        return
    left, right = b.box_at(2), b.box_at(1)
    name = HELPER_NAMES[symbol]
    plain = (left_type in PLAIN and right_type in PLAIN and symbol != "@" and not (left_type in (str, bytes) and symbol == "%")) or (
        symbol == "+" and left_type is right_type and left_type in (tuple, list) and not inplace)
    if plain and not (inplace and not supports(symbol, left_type, right_type)):
        kind = left_type if left_type is right_type and left_type is not bool and symbol not in ("/", "**") else None
        if symbol == "/" and left_type in INTS and right_type in INTS:
            kind = float
        if symbol == "*" and str in (left_type, right_type):
            kind = str
        push_result(b, 2, b.call("plain_" + name, left, right, type=kind))
    else:
        push_result(b, 2, b.call(("inplace_" if inplace else "binary_") + name, left, right))


def supports(symbol: str, left: type | None, right: type | None) -> bool:
    """Whether there is such an operator for two built-in types: where not, TypeError says whether it was `^` or `^=`."""
    if left in NUMBERS and right in NUMBERS:
        return symbol not in BITWISE or (left in INTS and right in INTS)
    if symbol == "*":
        return (left in (str, bytes) and right in INTS) or (right in (str, bytes) and left in INTS)
    return symbol == "+" and left is right and left in (str, bytes)


def int_op(b: Builder, symbol: str, left: Value, right: Value, bools: bool) -> Value | None:
    if bools and symbol in "&|^":
        x, y = b.as_i1(left), b.as_i1(right)
        if symbol == "&":
            return b.emit("i1_and", x, y)
        if symbol == "|":
            return b.emit("i1_or", x, y)
        return b.emit("i1_not", b.emit("i1_eq", x, y))
    if symbol == "**":
        if not isinstance(right, Const):
            return None
        x = b.as_i64(left)
        if right.value == 2:
            return b.emit("i64_mul_ovf", x, x)
        if right.value == 3:
            return b.emit("i64_mul_ovf", b.emit("i64_mul_ovf", x, x), x)
        return None
    if symbol == "@":
        return None
    x, y = b.as_i64(left), b.as_i64(right)
    if symbol in ("+", "-", "*"):
        return b.emit({"+": "i64_add_ovf", "-": "i64_sub_ovf", "*": "i64_mul_ovf"}[symbol], x, y)
    if symbol in ("//", "%"):
        if isinstance(y, Const):
            if y.value in (0, -1):
                return None
        else:
            b.emit("guard_false", b.emit("i64_ult", b.emit("i64_add", y, const_i64(1)), const_i64(2)), reason="divisor 0 or -1")
        return b.emit("i64_floordiv" if symbol == "//" else "i64_mod", x, y)
    if symbol == "/":
        if isinstance(y, Const) and y.value == 0:
            return None
        if not isinstance(y, Const):
            b.emit("guard_true", b.emit("i64_ne", y, const_i64(0)), reason="division by zero")
        return b.emit("f64_div", exact_f64(b, x), exact_f64(b, y))
    if symbol in ("&", "|", "^"):
        return b.emit({"&": "i64_and", "|": "i64_or", "^": "i64_xor"}[symbol], x, y)
    if symbol == "<<":
        return b.emit("i64_shl_ovf", x, y)
    if symbol == ">>":
        if isinstance(y, Const):
            if y.value < 0:
                return None
        else:
            b.emit("guard_true", b.emit("i64_ge", y, const_i64(0)), reason="negative shift")
        return b.emit("i64_shr", x, y)
    return None


def exact_f64(b: Builder, value: Value) -> Value:
    """The float equal to an int; leaves where there is none."""
    if isinstance(value, Const):
        if abs(value.value) > EXACT:
            b.leave("int too large")
        return const_f64(float(value.value))
    inside = b.emit("i64_ult", b.emit("i64_add", value, const_i64(EXACT)), const_i64(2 * EXACT + 1))
    b.emit("guard_true", inside, reason="int too large for an exact float")
    return b.emit("i64_to_f64", value)


def float_op(b: Builder, symbol: str, left: Value, right: Value) -> Value | None:
    if symbol not in ("+", "-", "*", "/", "//", "%", "**"):
        return None
    x, y = b.as_f64(left), b.as_f64(right)
    if symbol in ("+", "-", "*"):
        return b.emit({"+": "f64_add", "-": "f64_sub", "*": "f64_mul"}[symbol], x, y)
    if symbol == "**":
        if isinstance(y, Const) and y.value == 2.0:
            return b.emit("f64_pow", x, y)
        return b.emit("f64_pow", x, y)
    if isinstance(y, Const):
        if y.value == 0:
            return None
    else:
        b.emit("guard_true", b.emit("f64_ne", y, const_f64(0.0)), reason="division by zero")
    return b.emit({"/": "f64_div", "//": "f64_floordiv", "%": "f64_mod"}[symbol], x, y)


# -- comparison -------------------------------------------------------------------------------------------------------
@handles("COMPARE_OP")
def compare_op(b: Builder, instr: Instr) -> None:
    state = b.state
    name = COMPARE_NAMES[instr.arg]
    right_type, left_type = b.want_type(1), b.want_type(2)
    left, right = state.peek(2), state.peek(1)
    assert left is not None and right is not None
    big = "bigint" in b.observed(0) or "bigint" in b.observed(1)
    result: Value | None = None
    folded = fold(instr.arg, left, right)
    if folded is not None:
        result = const_i1(folded.value)
    elif left_type in INTS and right_type in INTS and not big:
        result = b.emit("i64_" + name, b.as_i64(left), b.as_i64(right))
    elif left_type is float and right_type is float:
        result = b.emit("f64_" + name, b.as_f64(left), b.as_f64(right))
    elif left_type in NUMBERS and right_type in NUMBERS and not big:
        x = b.as_f64(left) if left_type is float else exact_f64(b, b.as_i64(left))
        y = b.as_f64(right) if right_type is float else exact_f64(b, b.as_i64(right))
        result = b.emit("f64_" + name, x, y)
    elif left_type is str and right_type is str and (pair := code_points(b, left, right)) is not None:
        result = b.emit("i64_" + name, *pair)
    elif left_type is str and right_type is str and name in ("eq", "ne"):
        result = b.emit("str_eq", b.box_at(2), b.box_at(1))
        if name == "ne":
            result = b.emit("i1_not", result)
    elif left_type is type(None) and right_type is type(None) and name in ("eq", "ne"):
        result = const_i1(name == "eq")
    elif left_type is right_type and left_type in (int, str, bytes) or left_type in INTS and right_type in INTS:
        result = b.call("plain_" + name, b.box_at(2), b.box_at(1))
    elif name in ("eq", "ne") and compare_by_identity(b, left_type, right_type):
        result = b.emit("obj_is", b.box_at(2), b.box_at(1))
        if name == "ne":
            result = b.emit("i1_not", result)
    if result is None:
        from .operators import inline_comparison

        if inline_comparison(b, instr.arg, left_type, right_type):
            return
        result = b.call("compare_" + name, b.box_at(2), b.box_at(1))
    push_result(b, 2, result)


#: equal to nothing but their like
UNLIKE_OTHERS = (int, float, bool, str, type(None), tuple, list, dict)


def compare_by_identity(b: Builder, left: type | None, right: type | None) -> bool:
    """Whether `==` is `is`: the class of one has object's methods for that, and the other's compares it with nothing."""
    if left is None or right is None:
        return False
    kinds = [kind for kind in (left, right) if kind not in UNLIKE_OTHERS]
    if not kinds or not all(lookup(kind, "__eq__") is EQUAL and lookup(kind, "__ne__") is UNEQUAL for kind in kinds):
        return False
    for kind in kinds:
        b.depend("type", kind)
    return True


EQUAL, UNEQUAL = object.__eq__, object.__ne__


def code_points(b: Builder, left: Value, right: Value) -> tuple[Value, Value] | None:
    """The code points of two strs known to have one character each."""
    found: list[Value] = []
    for value in (left, right):
        if isinstance(value, Const):
            if len(value.value) != 1:
                return None
            found.append(const_i64(ord(value.value)))
        elif value in b.state.chars:
            found.append(b.state.chars[value])
        else:
            return None
    return found[0], found[1]


@handles("IS_OP")
def is_op(b: Builder, instr: Instr) -> None:
    state = b.state
    left, right = state.peek(2), state.peek(1)
    assert left is not None and right is not None
    result: Value
    for a, other in ((left, right), (right, left)):
        if isinstance(other, Const) and (other.value is None or other.value is True or other.value is False):
            known = state.type_of(a)
            if known is not None and known is not type(other.value):
                result = const_i1(bool(instr.arg))
                push_result(b, 2, result)
                return
            if known is type(None):
                push_result(b, 2, const_i1(not instr.arg))
                return
            if known is bool and other.value is not None:
                value = b.as_i1(a)
                wanted = bool(other.value) is not bool(instr.arg)
                push_result(b, 2, value if wanted else const_i1(not value.value) if isinstance(value, Const) else b.emit("i1_not", value))
                return
    if isinstance(left, Const) and isinstance(right, Const) and left.type is OBJ and right.type is OBJ:
        push_result(b, 2, const_i1((left.value is right.value) is not bool(instr.arg)))
        return
    if left is right and not isinstance(left, Const):
        push_result(b, 2, const_i1(not instr.arg))
        return
    kinds = state.type_of(left), state.type_of(right)
    if kinds[0] is not None and kinds[1] is not None and kinds[0] is not kinds[1]:
        push_result(b, 2, const_i1(bool(instr.arg)))
        return
    result = b.emit("obj_is", b.box_at(2), b.box_at(1))
    if instr.arg:
        result = b.emit("i1_not", result)
    push_result(b, 2, result)


# -- truth ------------------------------------------------------------------------------------------------------------
@handles("TO_BOOL")
def to_bool(b: Builder, instr: Instr) -> None:
    push_result(b, 1, truth(b))


def truth(b: Builder) -> Value:
    """The truth value of the top of the stack."""
    state = b.state
    value = state.peek(1)
    assert value is not None
    if isinstance(value, Const) and type(value.value) in PLAIN_TRUTH:
        return const_i1(bool(value.value))
    if isinstance(value, Virtual):
        if value.kind in ("tuple", "list"):
            return const_i1(bool(value.fields))
        return const_i1(True)
    kind = b.want_type(1)
    if kind is bool:
        return b.as_i1(value)
    if kind is int:
        if "bigint" in b.observed(0):
            return b.emit("i1_not", b.call("plain_eq", b.box_at(1), const_obj(0)))
        return b.emit("i64_ne", b.as_i64(value), const_i64(0))
    if kind is float:
        return b.emit("f64_ne", b.as_f64(value), const_f64(0.0))
    if kind is type(None):
        return const_i1(False)
    lengths = {list: "list_len", tuple: "tuple_len", str: "str_len", bytes: "bytes_len", bytearray: "bytearray_len"}
    if kind in lengths:
        return b.emit("i64_ne", b.emit(lengths[kind], value), const_i64(0))
    if kind is dict:
        return b.emit("i64_ne", b.call("dict_len", value), const_i64(0))
    if kind is set or kind is frozenset:
        return b.emit("i64_ne", b.call("set_len", value), const_i64(0))
    if kind is not None and always_true(kind):
        b.depend("type", kind)
        return const_i1(True)
    return b.call("is_true", b.box_at(1))


def always_true(kind: type) -> bool:
    """Whether the type defines no truth value of its own (as long as it does not change)."""
    return not any("__bool__" in namespace(base) or "__len__" in namespace(base) for base in mro(kind))


@handles("UNARY_NOT")
def unary_not(b: Builder, instr: Instr) -> None:
    value = truth(b)
    push_result(b, 1, const_i1(not value.value) if isinstance(value, Const) else b.emit("i1_not", value))


@handles("UNARY_NEGATIVE")
def unary_negative(b: Builder, instr: Instr) -> None:
    kind = b.want_type(1)
    value = b.state.peek(1)
    assert value is not None
    if kind in INTS and "bigint" not in b.observed(0):
        push_result(b, 1, b.emit("i64_neg_ovf", b.as_i64(value)))
    elif kind is float:
        push_result(b, 1, b.emit("f64_neg", b.as_f64(value)))
    else:
        push_result(b, 1, b.call("unary_negative", b.box_at(1)))


@handles("UNARY_INVERT")
def unary_invert(b: Builder, instr: Instr) -> None:
    kind = b.want_type(1)
    value = b.state.peek(1)
    assert value is not None
    if kind is int and "bigint" not in b.observed(0):
        push_result(b, 1, b.emit("i64_not", b.as_i64(value)))
    else:
        push_result(b, 1, b.call("unary_invert", b.box_at(1)))


__all__ = ["F64", "I1", "I64", "push_result", "truth"]
