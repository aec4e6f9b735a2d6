"""Intervals of i64 values: what each op's result can be, given what its operands can be."""

from __future__ import annotations

from collections.abc import Callable

from jitney.ir.ops import OPS
from jitney.ir.values import Op

LEAST, MOST = -(2**63), 2**63 - 1
Interval = tuple[int, int]
FULL: Interval = (LEAST, MOST)
LENGTH: Interval = (0, 2**62)

Transfer = Callable[[Op, list[Interval]], Interval]

#: results that do not depend on operands
FIXED: dict[str, Interval] = {
    "tuple_len": LENGTH, "list_len": LENGTH, "bytes_len": LENGTH, "bytearray_len": LENGTH, "str_len": LENGTH, "array_len": LENGTH,
    "bytes_get": (0, 255), "bytearray_get": (0, 255), "str_ord": (0, 0x10FFFF), "i1_to_i64": (0, 1),
}
HELPER_RANGES: dict[str, Interval] = {"dict_len": LENGTH, "set_len": LENGTH}
TYPECODES: dict[str, Interval] = {"b": (-128, 127), "B": (0, 255), "h": (-(2**15), 2**15 - 1), "H": (0, 2**16 - 1),
                                  "i": (-(2**31), 2**31 - 1), "I": (0, 2**32 - 1)}
#: ops that check for overflow: the same without, for results that fit
UNCHECKED = {"i64_add_ovf": "i64_add", "i64_sub_ovf": "i64_sub", "i64_mul_ovf": "i64_mul"}


def exact(op: Op, a: Interval, b: Interval) -> Interval:
    """The mathematical result of an addition, subtraction or multiplication, without a limit to 64 bits."""
    name = op.name
    if name.startswith("i64_add"):
        return a[0] + b[0], a[1] + b[1]
    if name.startswith("i64_sub"):
        return a[0] - b[1], a[1] - b[0]
    corners = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return min(corners), max(corners)


def clamp(interval: Interval) -> Interval:
    return max(interval[0], LEAST), min(interval[1], MOST)


def _arithmetic(op: Op, args: list[Interval]) -> Interval:
    return clamp(exact(op, args[0], args[1]))


def _neg(op: Op, args: list[Interval]) -> Interval:
    return clamp((-args[0][1], -args[0][0]))


def _not(op: Op, args: list[Interval]) -> Interval:
    return ~args[0][1], ~args[0][0]


def _and(op: Op, args: list[Interval]) -> Interval:
    highs = [high for low, high in args if low >= 0]
    return (0, min(highs)) if highs else FULL


def _or(op: Op, args: list[Interval]) -> Interval:
    """Also xor: no result has more bits than the operands have."""
    (a, b), (c, d) = args
    if a < 0 or c < 0:
        return FULL
    return 0, (1 << max(b, d).bit_length()) - 1


def _shr(op: Op, args: list[Interval]) -> Interval:
    (a, b), (c, d) = args
    c, d = max(c, 0), min(max(d, 0), 63)
    c = min(c, 63)
    return min(a >> c, a >> d), max(b >> c, b >> d)


def _shl(op: Op, args: list[Interval]) -> Interval:
    (a, b), (c, d) = args
    c, d = max(c, 0), min(d, 62)
    return clamp((min(a << c, a << d), max(b << c, b << d))) if c <= d else FULL


def _mod(op: Op, args: list[Interval]) -> Interval:
    (a, b), (c, d) = args
    if c > 0:
        return (a, b) if a >= 0 and b < c else (0, min(d - 1, b) if a >= 0 else d - 1)
    return (c + 1, 0) if d < 0 else FULL


def _floordiv(op: Op, args: list[Interval]) -> Interval:
    (a, b), (c, d) = args
    if c <= 0:
        return FULL
    corners = (a // c, a // d, b // c, b // d)
    return min(corners), max(corners)


def _select(op: Op, args: list[Interval]) -> Interval:
    return min(args[1][0], args[2][0]), max(args[1][1], args[2][1])


TRANSFER: dict[str, Transfer] = {
    "i64_add": _arithmetic, "i64_sub": _arithmetic, "i64_mul": _arithmetic, "i64_add_ovf": _arithmetic, "i64_sub_ovf": _arithmetic,
    "i64_mul_ovf": _arithmetic, "i64_neg_ovf": _neg, "i64_not": _not, "i64_and": _and, "i64_or": _or, "i64_xor": _or, "i64_shr": _shr,
    "i64_shl_ovf": _shl, "i64_mod": _mod, "i64_floordiv": _floordiv, "i64_select": _select,
}
assert all(name in OPS for name in (*FIXED, *TRANSFER, *UNCHECKED))


def fixed_interval(op: Op) -> Interval:
    """What an op's result can be whatever its operands are."""
    name = op.name
    if name == "array_get_i64":
        return TYPECODES.get(op.attrs["typecode"], FULL)
    if name == "call":
        return HELPER_RANGES.get(op.attrs["helper"], FULL)
    return FIXED.get(name, FULL)
