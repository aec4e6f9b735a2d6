"""TABLE of the C functions that machine code calls, with the memory attributes that are true of them.

LLVM moves loads and stores over a call as far as its attributes allow. `inaccessiblemem` is what only C sees (allocators, free lists,
errno); `argmem` is what lies behind the pointers passed, and no further object.
"""

from __future__ import annotations

from ..ir.helpers import HELPERS

_PURE = "nounwind willreturn memory(none)"
_READS = "nounwind willreturn memory(read)"
_ALLOCATES = "nounwind willreturn memory(inaccessiblemem: readwrite)"
_OBJECT = "nounwind memory(argmem: readwrite, inaccessiblemem: readwrite)"

#: name -> (result, arguments, attributes)
FUNCTIONS: dict[str, tuple[str, str, str]] = {
    "int_slow": ("{ i64, i64 }", "ptr", "nounwind willreturn memory(argmem: read)"),
    "box_int": ("noalias nonnull ptr", "i64", _ALLOCATES),
    "box_float": ("noalias nonnull ptr", "double", _ALLOCATES),
    "f64_mod": ("double", "double, double", _PURE),
    "f64_floordiv": ("double", "double, double", _PURE),
    "f64_pow": ("double", "double, double", _PURE),
    "str_from_ord": ("nonnull ptr", "i64", _ALLOCATES),
    "str_ord": ("i64", "ptr, i64", _READS),
    "str_eq": ("i32", "ptr, ptr", _READS),
    "tuple_new": ("noalias nonnull ptr", "ptr, i64", "nounwind"),
    "list_new": ("noalias nonnull ptr", "ptr, i64", "nounwind"),
    "list_append": ("i32", "ptr, ptr", "nounwind"),
    "dealloc": ("void", "ptr", "nounwind cold"),
    "dealloc_leaf": ("void", "ptr", _OBJECT + " cold"),  # refers to no other object
    "dealloc_any": ("void", "ptr", "nounwind"),  # runs anything
    "drop_quiet": ("i32", "ptr", "nounwind cold"),
    "store_float": ("i32", "ptr, ptr, double", _OBJECT),
    "error_occurred": ("i32", "", "nounwind cold"),
    "link": ("void", "ptr", "nounwind cold"),
    "push_frames": ("i32", "ptr, i64", "nounwind"),
    "pop_frames": ("void", "ptr", "nounwind"),
    "drop_framed": ("i32", "ptr, i64, ptr", "nounwind cold"),
    # what quick code calls where other code has functions of its own (`shared`)
    "release": ("void", "ptr", "nounwind"),
    "release_quietly": ("i32", "ptr", "nounwind"),
    "read_int": ("{ i64, i64 }", "ptr", "nounwind"),
    "at_random": ("i32", "i64", "nounwind"),
}

#: functions that change no more of live objects than `metadata.TOUCHED` says
TOUCHING = ("dealloc", "dealloc_leaf", "drop_quiet", "store_float")

#: math functions that `f64_math` may name; each gives what `math.<name>` gives where that is finite
MATH_FUNCTIONS = frozenset(
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p cbrt erf erfc".split()
)
for _name in MATH_FUNCTIONS:
    FUNCTIONS["math_" + _name] = ("double", "double", _PURE)

#: math functions that are LLVM intrinsics; the result is the same in every bit
MATH_INTRINSICS = {"fabs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc"}

#: helpers of `ir.helpers` with any number of operands -> how many of them stand before the array
LEADING = {"call": 1, "call_function": 1, "call_plain": 1, "call_kw": 1, "call_ex": 1, "build_map": 0, "build_map_plain": 0, "build_set": 0,
           "build_set_plain": 0, "build_string": 0, "make_generator": 1, "make_tuple": 1}

#: of a helper's effect; looking up a key computes its hash, and notes hints, where machine code does not look
_EFFECTS = {"alloc": _ALLOCATES, "look": "nounwind willreturn memory(read, inaccessiblemem: readwrite)"}
_LETTERS = {"o": "ptr", "i": "i64", "f": "double"}
for _helper in HELPERS.values():
    _arguments, _result = _helper.signature.split("->")
    if _arguments == "*":
        _types = "ptr, " * LEADING[_helper.name] + "ptr, i64" + (", ptr, i64, ptr" if _helper.lazy else "")
    else:
        _types = ", ".join([*[_LETTERS[letter] for letter in _arguments], *(["ptr"] if _helper.hint else [])])
    _integers = {"i": "i64", "b": "i32", "v": "void"} if not _helper.raises else dict.fromkeys("ibv", "i32")
    _returned = {"o": "ptr", "f": "double", **_integers}[_result]
    FUNCTIONS[_helper.name] = (_returned, _types, _EFFECTS.get(_helper.effect, "nounwind"))


def declare(name: str) -> str:
    """The declaration of a C function."""
    result, arguments, attributes = FUNCTIONS[name]
    return "declare " + result + " @jitney_" + name + "(" + arguments + ") " + attributes + "\n"
