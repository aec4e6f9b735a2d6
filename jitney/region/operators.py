"""Operators of Python classes: their special methods, inlined.

The operands stay on the caller's stack until the method has returned, as they do in the interpreter, so that what a method says that goes
on there (NotImplemented, too) can be dealt with by the operator (`csrc/operators.c`).
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from ..ir.values import OPERATOR, Const, Virtual, const_obj
from ..knowledge.classes import HEAP_TYPE, MISSING, flags, lookup, mro
from .inlining import Site, bind, enter_frame, inlinable
from .numbers import NUMBERS

if TYPE_CHECKING:
    from .builder import Builder
    from .state import Frame

NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "@": "matmul", "<<": "lshift", ">>": "rshift",
         "&": "and", "|": "or", "^": "xor"}
COMPARISONS = {"<": ("__lt__", "__gt__"), "<=": ("__le__", "__ge__"), "==": ("__eq__", "__eq__"), "!=": ("__ne__", "__ne__"),
               ">": ("__gt__", "__lt__"), ">=": ("__ge__", "__le__")}


def is_plain(kind: type) -> bool:
    """Whether all that the class and its bases say of operators is written in Python."""
    return all(base is object or flags(base) & HEAP_TYPE for base in mro(kind))


def inline_binary(b: Builder, symbol: str, inplace: bool, left: type | None, right: type | None) -> bool:
    name = NAMES.get(symbol)
    if name is None or left is None:
        return False
    if inplace and lookup(left, f"__i{name}__") is not MISSING:
        return False
    return inline_operator(b, left, right, f"__{name}__", f"__r{name}__")


def inline_comparison(b: Builder, symbol: str, left: type | None, right: type | None) -> bool:
    return inline_operator(b, left, right, *COMPARISONS[symbol])


def inline_operator(b: Builder, left: type | None, right: type | None, name: str, reflected: str) -> bool:
    """Begins the left operand's method, or else the right one's reflected one, where it is clear which the interpreter would call first."""
    if left is None or right is None:
        return False
    if flags(left) & HEAP_TYPE and is_plain(left):
        if right is not left and left in mro(right):
            return False  # a subclass is asked first
        found, order = lookup(left, name), (2, 1)
    elif left in NUMBERS and flags(right) & HEAP_TYPE and is_plain(right):
        found, order = lookup(right, reflected), (1, 2)  # the number's own operator says NotImplemented, and does nothing else
    else:
        return False
    if type(found) is not types.FunctionType:
        return False
    recorded = inlinable(b, found)
    if recorded is None:
        return False
    args = [b.state.peek(depth) for depth in order]
    locals = bind(b, found, Site(const_obj(found), args, (), 0))  # type: ignore[arg-type]
    if locals is None:
        return False
    for one in {left, right}:
        if flags(one) & HEAP_TYPE:
            b.depend("type", one)
    enter_frame(b, found, recorded, locals, 0, OPERATOR)
    return True


def guard_result(b: Builder, caller: Frame) -> None:
    """The method inlined is about to return what is on top of the stack: leaves where the operator has more to do then."""
    value = b.state.peek(1)
    assert value is not None
    kind = b.state.type_of(value)
    if any(part.op == "TO_BOOL" for part in caller.normal.parts(caller.offset)):
        if kind is None and not isinstance(value, Virtual):
            b.guard_type(value, bool)
        elif kind is not bool:
            b.leave("result of a comparison")
    elif kind is type(NotImplemented):
        b.leave("NotImplemented")
    elif kind is None and not isinstance(value, (Virtual, Const)):
        b.emit("guard_false", b.emit("obj_is", value, const_obj(NotImplemented)), reason="NotImplemented")


__all__ = ["guard_result", "inline_binary", "inline_comparison"]
