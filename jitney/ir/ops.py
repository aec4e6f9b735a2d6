"""TABLE of IR operations: each row carries every static fact of its op.

A row's `signature` is ``"args->result"`` in letters: ``o`` object, ``i`` i64, ``f`` f64, ``b`` i1, ``v`` nothing, ``*`` any number of
objects. `effect` says what memory the op touches:

* ``pure``: none; may be shared, moved, removed;
* ``read M``: reads memory class M; may be shared while nothing writes M, and removed;
* ``alloc``: makes a new object, no other effect; may be removed when unused;
* ``write M``: writes memory class M (and so may release references only where the row says so);
* ``refs``: changes a reference count;
* ``blind``: C code that runs no Python code and looks at no frame, but may change any container;
* ``any``: may run anything.

A *guard* leaves through its snapshot when its condition does not hold, with no effect done; an op that *raises* leaves through its snapshot
(of kind RAISE) with the exception set. `owned` results are new references that the region must release.

Three facts for passes that remove or move ops. ``lazy``: the guard is about the result alone (whether it fits), so an op whose result nobody uses may go.
``partial``: defined only where its row says, so it may not move above what makes that sure (of pure ops without guard: those that take objects are so without saying).
``after``: its snapshot is that of the point after it, so it cannot be left before it is done.
``keeps``: a write that neither releases a reference nor moves one out of memory.

Memory classes: ``list`` (length, item pointer, items), ``dict``, ``attr`` (instance attributes, slots), ``cell``, ``bytes`` (bytearray's content and length),
``array``, ``frame``. Tuples, strings, ints and floats do not change.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .types import LETTERS, Type

Evaluate = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation's static facts (see the module's docstring)."""

    name: str
    signature: str
    effect: str
    doc: str
    guard: bool = False
    raises: bool = False
    owned: bool = False
    commutes: bool = False
    steals: tuple[int, ...] = ()
    attrs: tuple[str, ...] = ()
    evaluate: Evaluate | None = None
    terminator: bool = False
    lazy: bool = False
    partial: bool = False
    keeps: bool = False
    after: bool = False

    @property
    def arg_letters(self) -> str:
        return self.signature.split("->")[0]

    @property
    def result(self) -> Type:
        return LETTERS[self.signature.split("->")[1]]


OPS: dict[str, Row] = {}


def _op(name: str, signature: str, effect: str, doc: str, **facts: Any) -> None:
    assert name not in OPS, name
    OPS[name] = Row(name, signature, effect, doc, **facts)


def wrap64(value: int) -> int:
    """The value as a two's complement 64-bit integer."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    return value - (1 << 64) if value >> 63 else value


# -- integers ---------------------------------------------------------------------------------------------------------
for _name, _function, _commutes in [("add", operator.add, True), ("sub", operator.sub, False), ("mul", operator.mul, True)]:
    _op(f"i64_{_name}", "ii->i", "pure", f"{_name}, wrapping (only where no overflow is possible)", commutes=_commutes,
        evaluate=lambda a, b, f=_function: wrap64(f(a, b)))
    _op(f"i64_{_name}_ovf", "ii->i", "pure", f"{_name}; leaves when the result does not fit 64 bits", commutes=_commutes, guard=True, lazy=True,
        evaluate=_function)
_op("i64_neg_ovf", "i->i", "pure", "negation; leaves for the least i64", guard=True, lazy=True, evaluate=operator.neg)
_op("i64_shl_ovf", "ii->i", "pure", "a << b; leaves unless 0 <= b < 63 and the result fits", guard=True, evaluate=operator.lshift)
_op("i64_shr", "ii->i", "pure", "a >> b, arithmetic; b >= 0 is known (63 and more give the sign)", partial=True, evaluate=lambda a, b: a >> min(b, 63))
_op("i64_and", "ii->i", "pure", "a & b", commutes=True, evaluate=operator.and_)
_op("i64_or", "ii->i", "pure", "a | b", commutes=True, evaluate=operator.or_)
_op("i64_xor", "ii->i", "pure", "a ^ b", commutes=True, evaluate=operator.xor)
_op("i64_not", "i->i", "pure", "~a", evaluate=operator.invert)
_op("i64_floordiv", "ii->i", "pure", "a // b as Python has it; b != 0 and not (a least, b -1) are known", partial=True, evaluate=operator.floordiv)
_op("i64_mod", "ii->i", "pure", "a % b as Python has it; b != 0 and not (a least, b -1) are known", partial=True, evaluate=operator.mod)
_COMPARISONS = [("eq", operator.eq), ("ne", operator.ne), ("lt", operator.lt), ("le", operator.le), ("gt", operator.gt), ("ge", operator.ge)]
for _name, _function in _COMPARISONS:
    _op(f"i64_{_name}", "ii->b", "pure", f"a {_name} b, signed", commutes=_name in ("eq", "ne"), evaluate=_function)
    _op(f"f64_{_name}", "ff->b", "pure", f"a {_name} b by IEEE 754 (ne is true for NaN, the others false)", commutes=_name in ("eq", "ne"), evaluate=_function)
_op("i64_ult", "ii->b", "pure", "a < b as unsigned numbers (0 <= a < b for b >= 0)", evaluate=lambda a, b: a % 2**64 < b % 2**64)

# -- floats -----------------------------------------------------------------------------------------------------------
for _name, _function, _commutes in [("add", operator.add, True), ("sub", operator.sub, False), ("mul", operator.mul, True)]:
    _op(f"f64_{_name}", "ff->f", "pure", f"{_name} by IEEE 754", commutes=_commutes, evaluate=_function)
_op("f64_div", "ff->f", "pure", "a / b; b != 0 is known", partial=True, evaluate=operator.truediv)
_op("f64_floordiv", "ff->f", "pure", "a // b as float.__floordiv__ has it; b != 0 is known", partial=True, evaluate=operator.floordiv)
_op("f64_mod", "ff->f", "pure", "a % b as float.__mod__ has it; b != 0 is known", partial=True, evaluate=operator.mod)
_op("f64_pow", "ff->f", "pure", "a ** b; leaves where float.__pow__ would raise or give a complex number, or for infinities and NaN", guard=True,
    evaluate=operator.pow)
_op("f64_neg", "f->f", "pure", "-a", evaluate=operator.neg)
_op("f64_abs", "f->f", "pure", "abs(a)", evaluate=abs)
_op("f64_sqrt", "f->f", "pure", "square root; a >= 0 is known", partial=True, evaluate=math.sqrt)
_op("f64_math", "f->f", "pure", "math.<function>(a) for a finite `a`; leaves where the result is not finite (the interpreter then raises or not)",
    guard=True, attrs=("function",))
_op("i64_to_f64", "i->f", "pure", "nearest float (exact for |a| <= 2**53)", evaluate=float)
_op("f64_to_i64", "f->i", "pure", "truncation; leaves for NaN, infinities and what does not fit", guard=True, evaluate=int)

# -- booleans ---------------------------------------------------------------------------------------------------------
_op("i1_not", "b->b", "pure", "not a", evaluate=operator.not_)
_op("i1_and", "bb->b", "pure", "a and b", commutes=True, evaluate=operator.and_)
_op("i1_or", "bb->b", "pure", "a or b", commutes=True, evaluate=operator.or_)
_op("i1_eq", "bb->b", "pure", "a == b", commutes=True, evaluate=operator.eq)
_op("i1_to_i64", "b->i", "pure", "0 or 1", evaluate=int)
_op("i64_select", "bii->i", "pure", "a if condition else b", evaluate=lambda c, a, b: a if c else b)
_op("f64_select", "bff->f", "pure", "a if condition else b", evaluate=lambda c, a, b: a if c else b)

# -- guards and tests -------------------------------------------------------------------------------------------------
_op("guard_true", "b->v", "pure", "leaves when the condition is false", guard=True, attrs=("reason",))
_op("guard_false", "b->v", "pure", "leaves when the condition is true", guard=True, attrs=("reason",))
_op("guard_type", "o->v", "pure", "leaves unless type(a) is exactly `type`", guard=True, attrs=("type",))
_op("guard_is", "oo->v", "pure", "leaves unless a is b", guard=True)
_op("guard_code", "o->v", "pure", "a is a Python function: leaves unless a.__code__ is `code` and its __defaults__/__kwdefaults__ are those of `function`", guard=True, attrs=("code", "function"))
_op("type_is", "o->b", "pure", "type(a) is `type`", attrs=("type",))
_op("is_null", "o->b", "pure", "a is NULL (of a helper that may give NULL: an exhausted iterator)")
_op("obj_is", "oo->b", "pure", "a is b", commutes=True, evaluate=operator.is_)
_op("obj_address", "o->i", "pure", "id(a)")

# -- boxes ------------------------------------------------------------------------------------------------------------
_op("int_value", "o->i", "pure", "the value of an exact int (type known); leaves when it does not fit", guard=True, lazy=True, evaluate=int)
_op("float_value", "o->f", "pure", "the value of an exact float (type known)", evaluate=float)
_op("bool_value", "o->b", "pure", "a is True, for a known bool", evaluate=bool)
_op("box_int", "i->o", "alloc", "int object (the cached one for small values)", owned=True, evaluate=int)
_op("box_float", "f->o", "alloc", "new float object", owned=True, evaluate=float)
_op("box_bool", "b->o", "pure", "True or False", evaluate=bool)

# -- tuples, lists ----------------------------------------------------------------------------------------------------
_op("tuple_len", "o->i", "pure", "length of an exact tuple", evaluate=len)
_op("tuple_get", "oi->o", "pure", "item of an exact tuple, borrowed from it; the index is in range", evaluate=operator.getitem)
_op("tuple_new", "*->o", "alloc", "new tuple of its operands (takes new references to them)", owned=True, evaluate=lambda *items: items)
_op("list_len", "o->i", "read list", "length of an exact list", evaluate=len)
_op("list_get", "oi->o", "read list", "item of an exact list, borrowed from it; the index is in range", evaluate=operator.getitem)
_op("list_swap", "oio->o", "write list", "stores a new reference (takes one itself) to the third operand; gives the old item, owned", owned=True)
_op("list_set_float", "oif->v", "write list", "stores a float: into the old item's box if that is a float nobody else refers to, else as a new box; "
    "leaves before any effect where releasing the old item could run code", guard=True)
_op("list_new", "*->o", "alloc", "new list of its operands (takes new references to them)", owned=True, evaluate=lambda *items: list(items))
_op("list_append", "oo->v", "write list", "appends (takes a new reference)", keeps=True, guard=True)

# -- bytes, str, array ------------------------------------------------------------------------------------------------
_op("bytes_len", "o->i", "pure", "length of an exact bytes", evaluate=len)
_op("bytes_get", "oi->i", "pure", "byte of an exact bytes; the index is in range", evaluate=operator.getitem)
_op("bytearray_len", "o->i", "read bytes", "length of an exact bytearray", evaluate=len)
_op("bytearray_get", "oi->i", "read bytes", "byte of an exact bytearray; the index is in range", evaluate=operator.getitem)
_op("bytearray_set", "oii->v", "write bytes", "stores a byte; index and value (0..255) are in range", evaluate=operator.setitem, keeps=True)
_op("str_len", "o->i", "pure", "length of an exact str", evaluate=len)
_op("str_ord", "oi->i", "pure", "code point of an exact str at an index in range", evaluate=lambda s, i: ord(s[i]))
_op("str_from_ord", "i->o", "alloc", "one-character str (the cached one below 256); the code point is in range", owned=True, evaluate=chr)
_op("str_eq", "oo->b", "pure", "equality of two exact strs", commutes=True, evaluate=operator.eq)
_op("guard_array", "o->v", "pure", "a is an array.array (type known): leaves unless its typecode is `typecode`", guard=True, attrs=("typecode",))
_op("array_len", "o->i", "read array", "length of an array.array", evaluate=len)
_op("array_get_f64", "oi->f", "read array", "item of a float array ('d', 'f')", attrs=("typecode",))
_op("array_get_i64", "oi->i", "read array", "item of an int array ('b','B','h','H','i','I','l','q')", attrs=("typecode",))
_op("array_set_f64", "oif->v", "write array", "stores into a float array", attrs=("typecode",), keeps=True)
_op("array_set_i64", "oii->v", "write array", "stores into an int array; leaves when the value does not fit", attrs=("typecode",), guard=True, keeps=True)

# -- instances, cells -------------------------------------------------------------------------------------------------
_op("guard_inline_values", "o->v", "read attr", "a's type has inline values (known): leaves unless they are in use (no dict of its own)", guard=True)
_op("attr_get", "o->o", "read attr", "inline value `index`, borrowed; leaves when unset", guard=True, attrs=("index",))
_op("attr_swap", "oo->o", "write attr", "stores a new reference to b into inline value `index` of a; gives the old one, owned; leaves before any effect when it was unset",
    owned=True, guard=True, attrs=("index",))
_op("attr_set_float", "of->v", "write attr", "like list_set_float, for inline value `index`; leaves when it was unset", guard=True, attrs=("index",))
_op("slot_get", "o->o", "read attr", "pointer at byte `offset` of the object (a __slots__ member), borrowed; leaves when NULL", guard=True, attrs=("offset",))
_op("slot_swap", "oo->o", "write attr", "as attr_swap, for a slot", owned=True, guard=True, attrs=("offset",))
_op("slot_set_float", "of->v", "write attr", "as attr_set_float, for a slot", guard=True, attrs=("offset",))
_op("field_i64", "o->i", "read field", "a 64-bit integer field at byte `offset` of an object", attrs=("offset",))
_op("field_obj", "o->o", "read field", "an object field at byte `offset`, borrowed; never NULL", attrs=("offset",))
_op("memory_i64", "->i", "read field", "a 64-bit integer at a fixed address", attrs=("address",))
_op("cell_get", "o->o", "read cell", "content of a cell, borrowed; leaves when empty", guard=True)
_op("cell_swap", "oo->o", "write cell", "stores a new reference; gives the old content, owned; leaves when it was empty", owned=True, guard=True)

# -- the outermost frame ----------------------------------------------------------------------------------------------
_op("frame_local", "->o", "read frame", "content of localsplus[slot], borrowed from the frame; leaves when NULL", guard=True, attrs=("slot",))
_op("guard_unbound", "->v", "read frame", "leaves unless localsplus[slot] is NULL", guard=True, attrs=("slot",))
_op("slot_bound", "->b", "read frame", "localsplus[slot] is not NULL", attrs=("slot",))
_op("frame_take", "->o", "write frame", "moves the reference out of localsplus[slot], which becomes NULL", owned=True, attrs=("slot",))
_op("frame_store", "o->v", "write frame", "puts a new reference into localsplus[slot]; releases the old content, which is known to be NULL or harmless; `moves`: takes the operand's reference over", attrs=("slot", "moves"))

# -- references -------------------------------------------------------------------------------------------------------
_op("incref", "o->v", "refs", "a borrowed value becomes owned")
_op("share", "o->o", "refs", "a second reference to the same object, as a value of its own", owned=True)
_op("decref", "o->v", "refs", "releases an owned value whose death runs no code (int, float, str, bytes, ...)")
_op("drop", "o->v", "refs", "releases an owned value; where it dies and its death could run code, that happens with the frames in place, and then it leaves "
    "(to *after*: its snapshot lists further `drops`, but not this value)", guard=True, after=True)

_op("drop_any", "o->v", "any", "releases an owned value with the frames in place, whatever that runs, and goes on (its snapshot is that of the point after it)",
    guard=True, after=True)

# -- control ----------------------------------------------------------------------------------------------------------
_op("poll", "->v", "read state", "leaves when the eval breaker is set", guard=True)
_op("check_valid", "->v", "read state", "leaves when the region was invalidated or a tool has been turned on (after an op with effect `any`)", guard=True)

# -- calls into the C runtime -----------------------------------------------------------------------------------------
_op("call", "*->o", "any", "calls helper `helper` (a row of helpers.HELPERS, which says types, effect and raising); `taken`: bits of the operands whose references it takes over; "
    "`native`: the C function, the first operand, is called without going through its object (knowledge.native)", attrs=("helper", "taken", "native"))

# -- terminators ------------------------------------------------------------------------------------------------------
_op("jump", "->v", "pure", "goes to its edge", terminator=True)
_op("branch", "b->v", "pure", "goes to the first edge if true, else the second; `likely`: None, True or False", attrs=("likely",), terminator=True)
_op("leave", "->v", "pure", "leaves the region", attrs=("reason",), guard=True, terminator=True)
