"""TABLE of C helpers that the op ``call`` can name (`csrc/helpers_*.c`).

`signature` is in the letters of `ops`; a helper takes all its references borrowed. `effect` is one of ops' effects. A helper that `raises` returns NULL
(for ``o``) or -1 (for ``i``/``b``, as a C int) with an exception set. Where `result` can be NULL without an exception (``maybe``), the op leaves through its snapshot (kind GUARD), with no effect done.
An effect of ``look`` means: reads anything, changes nothing, runs no code.
An effect of ``any`` means: the frames of the inlining path must be in place while it runs (the lowering sees to it from the op's snapshot).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Helper:
    name: str  # the C function is jitney_<name>
    signature: str
    effect: str
    doc: str
    raises: bool = False
    maybe: bool = False
    owned: bool = False
    hint: bool = False  # takes one argument more: a word of its own for each place, where it notes what it found
    lazy: bool = False  # takes the context, the number of an exit, and memory of its own for each place: it makes the frames to be seen where somebody looks
    evaluate: Callable[..., Any] | None = None


HELPERS: dict[str, Helper] = {}


def _helper(name: str, signature: str, effect: str, doc: str, **facts: Any) -> None:
    assert name not in HELPERS, name
    HELPERS[name] = Helper(name, signature, effect, doc, **facts)


# The generic instructions: what the interpreter does, on boxed operands.
import math as _m  # noqa: E402
import operator as _o  # noqa: E402

for _n, _f in {"add": _o.add, "subtract": _o.sub, "multiply": _o.mul, "true_divide": _o.truediv, "floor_divide": _o.floordiv, "remainder": _o.mod,
               "power": _o.pow, "lshift": _o.lshift, "rshift": _o.rshift, "and": _o.and_, "or": _o.or_, "xor": _o.xor, "matrix_multiply": _o.matmul}.items():
    _helper(f"binary_{_n}", "oo->o", "any", f"PyNumber_{_n}", raises=True, owned=True, evaluate=_f)
    # the same for operands that are exact ints, floats or strs: no Python code can run
    _helper(f"plain_{_n}", "oo->o", "blind", f"PyNumber_{_n} of ints, floats, strs: runs no Python code", raises=True, owned=True, evaluate=_f)
for _n, _f in {"add": _o.iadd, "subtract": _o.isub, "multiply": _o.imul, "true_divide": _o.itruediv, "floor_divide": _o.ifloordiv, "remainder": _o.imod,
               "power": _o.ipow, "lshift": _o.ilshift, "rshift": _o.irshift, "and": _o.iand, "or": _o.ior, "xor": _o.ixor, "matrix_multiply": _o.imatmul}.items():
    _helper(f"inplace_{_n}", "oo->o", "any", f"PyNumber_InPlace{_n}", raises=True, owned=True, evaluate=_f)
for _n, _f in {"lt": _o.lt, "le": _o.le, "eq": _o.eq, "ne": _o.ne, "gt": _o.gt, "ge": _o.ge}.items():
    _helper(f"compare_{_n}", "oo->o", "any", "PyObject_RichCompare", raises=True, owned=True, evaluate=_f)
    _helper(f"plain_{_n}", "oo->b", "blind", "PyObject_RichCompareBool's order comparison of ints, floats, strs or bytes (not identity first): runs no Python code", evaluate=_f)
for _n, _f in {"negative": _o.neg, "invert": _o.invert, "positive": _o.pos}.items():  # type: ignore[assignment]
    _helper(f"unary_{_n}", "o->o", "any", f"PyNumber_{_n}", raises=True, owned=True, evaluate=_f)
_helper("is_true", "o->b", "any", "PyObject_IsTrue", raises=True, evaluate=bool)
_helper("contains", "oo->b", "any", "PySequence_Contains(a, b): b in a", raises=True, evaluate=_o.contains)
_helper("get_item", "oo->o", "any", "PyObject_GetItem", raises=True, owned=True, evaluate=_o.getitem)
_helper("set_item", "ooo->v", "any", "PyObject_SetItem(container, key, value)", raises=True, evaluate=_o.setitem)
_helper("del_item", "oo->v", "any", "PyObject_DelItem", raises=True, evaluate=_o.delitem)
_helper("get_attr", "oo->o", "any", "PyObject_GetAttr(object, name)", raises=True, owned=True, evaluate=getattr)
_helper("set_attr", "ooo->v", "any", "PyObject_SetAttr(object, name, value)", raises=True, evaluate=setattr)
_helper("get_iter", "o->o", "any", "PyObject_GetIter", raises=True, owned=True, evaluate=iter)
_helper("iter_next", "o->o", "any", "tp_iternext; NULL without an exception when exhausted (the builder emits is_null)", raises=True, owned=True)
# Calls take operands over, as the interpreter's do: those whose bit is set in the op's `taken` (bit 0: the callable). Of a Python function
# the frame gets the references, so that an argument that nobody else has dies when the function lets go of it; see csrc/call.c.
_helper("call", "*->o", "any", "PyObject_Vectorcall(first, others)", raises=True, owned=True)
_helper("call_function", "*->o", "any", "call, of a Python function that has a region of its own, or will have one", raises=True, owned=True, lazy=True)
_helper("call_kw", "*->o", "any", "PyObject_Vectorcall(first, others but the last, names: the last, a tuple)", raises=True, owned=True)
_helper("call_ex", "*->o", "any", "PyObject_Call(f, tuple, NULL)", raises=True, owned=True)
_helper("build_slice", "ooo->o", "alloc", "PySlice_New", owned=True, evaluate=slice)
_helper("list_to_tuple", "o->o", "blind", "tuple(list)", raises=True, owned=True, evaluate=tuple)
_helper("make_function", "oo->o", "blind", "new function of a code object and globals", raises=True, owned=True)
_helper("set_function_attribute", "ooi->v", "blind", "of a function just made: 8 closure, 4 annotations, 2 keyword defaults, 1 defaults")
_helper("make_generator", "*->o", "blind", "generator of a function, to be resumed at an offset (second), with these slots and stack (the class _runtime.Region: NULL)",
        owned=True)
_helper("build_map", "*->o", "any", "new dict from keys and values in turn", raises=True, owned=True)
_helper("build_map_plain", "*->o", "blind", "build_map, with keys that are ints, floats, strs or None", raises=True, owned=True)
_helper("build_set", "*->o", "any", "new set", raises=True, owned=True)
_helper("build_set_plain", "*->o", "blind", "build_set, of ints, floats, strs and None", raises=True, owned=True)
_helper("build_string", "*->o", "blind", "concatenation of exact strs", raises=True, owned=True)
_helper("format_simple", "o->o", "any", "format(value) (FORMAT_SIMPLE)", raises=True, owned=True, evaluate=format)
_helper("format_with_spec", "oo->o", "any", "format(value, spec)", raises=True, owned=True, evaluate=format)
_helper("convert_value", "oi->o", "any", "str, repr or ascii (1, 2, 3) of the value", raises=True, owned=True)
_helper("list_extend", "oo->v", "any", "list.extend (LIST_EXTEND)", raises=True)
_helper("set_add", "oo->v", "any", "set.add", raises=True)
_helper("dict_update", "oo->v", "any", "dict.update (DICT_UPDATE)", raises=True)
_helper("load_name", "oo->o", "any", "name looked up in the outermost frame's locals mapping (first operand), then its globals and builtins", raises=True, owned=True)
_helper("import_name", "ooo->o", "any", "IMPORT_NAME in the outermost frame (level, fromlist, name)", raises=True, owned=True)

# Known containers with keys that run no Python code.
_helper("list_slice", "oii->o", "blind", "list[start:stop] of an exact list, bounds already adjusted as slice.indices does", raises=True, owned=True)
_helper("list_slice_step", "oiii->o", "blind", "list[start:stop:step] of an exact list; the least i64 stands for None; step != 0", raises=True, owned=True,
        evaluate=lambda a, i, j, k: a[None if i == -(2**63) else i:None if j == -(2**63) else j:k])
_helper("list_assign_slice", "oiio->o", "blind", "list[start:stop] = list or tuple, the least i64 for None; gives None, or NULL (leave) with no effect where a "
        "dying item could run code", maybe=True, evaluate=lambda a, i, j, b: a.__setitem__(slice(None if i == -(2**63) else i, None if j == -(2**63) else j), b))
_helper("list_copy_slice", "oiioiii->o", "blind", "list[start:stop] = other[from:to:step]: list_slice_step and list_assign_slice in one, without the list in between",
        maybe=True, evaluate=lambda a, i, j, b, k, m, s: a.__setitem__(
            slice(None if i == -(2**63) else i, None if j == -(2**63) else j), b[None if k == -(2**63) else k:None if m == -(2**63) else m:s]))
_helper("str_slice", "oii->o", "blind", "str[start:stop], adjusted bounds", raises=True, owned=True)
_helper("str_get", "oi->o", "blind", "one character of an exact str, index in range", owned=True)
_helper("list_pop", "o->o", "blind", "list.pop() of an exact list; NULL (leave) when empty", maybe=True, owned=True)
_helper("list_pop_at", "oi->o", "blind", "list.pop(i); NULL (leave) when out of range", maybe=True, owned=True)
_helper("list_insert", "oio->v", "blind", "list.insert(i, x)", raises=True)
_helper("list_concat", "oo->o", "blind", "list + list", raises=True, owned=True)
_helper("list_repeat", "oi->o", "blind", "list * int", raises=True, owned=True)
# Of an exact dict (or set). NULL (leave, with no effect) also where hashing or comparing keys could run code.
_helper("dict_get", "oo->o", "look", "dict[key], borrowed; NULL when missing", maybe=True)
_helper("dict_get_default", "ooo->o", "look", "dict.get(key, default), borrowed", maybe=True, evaluate=lambda d, k, x: d.get(k, x))
_helper("dict_has", "oo->o", "look", "key in dict, as a Python bool, borrowed", maybe=True, evaluate=lambda d, k: k in d)
_helper("dict_set", "ooo->o", "blind", "dict[key] = value; gives the value it replaced, or None, owned; NULL also where regions rely on the dict", maybe=True, owned=True)
_helper("set_has", "oo->o", "look", "key in set or frozenset, as a Python bool, borrowed", maybe=True, evaluate=lambda s, k: k in s)
_helper("set_put", "oo->o", "blind", "set.add(key) of an exact set; None, borrowed", maybe=True, evaluate=lambda s, k: s.add(k))
_helper("set_discard", "oo->o", "blind", "set.discard(key) of an exact set; None, borrowed", maybe=True, evaluate=lambda s, k: s.discard(k))
_helper("dict_len", "o->i", "look", "len(dict)", evaluate=len)
_helper("set_len", "o->i", "look", "len(set)", evaluate=len)
_helper("namespace_set", "ooo->v", "any", "PyDict_SetItem(namespace, name, value): a module's variable", raises=True, evaluate=_o.setitem)
_helper("gcd", "ii->i", "look", "math.gcd; -1 where it is 2**63", evaluate=lambda a, b: _m.gcd(a, b) if _m.gcd(a, b) < 2**63 else -1)
_helper("int_from_str", "o->o", "blind", "int(str)", raises=True, owned=True, evaluate=int)
_helper("float_from_str", "o->o", "blind", "float(str)", raises=True, owned=True, evaluate=float)
_helper("is_instance", "oo->b", "any", "isinstance(object, class)", raises=True, evaluate=isinstance)

# The same C code as their namesakes, for operands with which it runs no Python code.
_helper("get_iter_plain", "o->o", "blind", "PyObject_GetIter of a dict, set, str, bytes or dict view", raises=True, owned=True, evaluate=iter)
_helper("generator_waits", "oooiiii->b", "look", "nobody else has the generator, which is one of this code and globals, to be resumed at an offset, "
        "with so much on its stack, as many references to it, and these slots bound (a bit for each)")
_helper("empty_generator", "o->v", "blind", "a suspended generator, whose slots and stack the region has references to, becomes one that is over")
_helper("set_index", "oi->v", "blind", "of an iterator of a list, tuple or str that is new: the index of its next item")
_helper("iter_next_plain", "o->o", "blind", "next item of a built-in iterator; NULL when exhausted; the address 1 (leave) where it raises or ends what dies noisily", maybe=True, owned=True)
_helper("call_plain", "*->o", "blind", "a known C function called with arguments for which it runs no Python code", raises=True, owned=True)
_helper("contains_plain", "oo->b", "blind", "PySequence_Contains where comparing runs no Python code", raises=True, evaluate=_o.contains)
_helper("get_item_plain", "oo->o", "blind", "PyObject_GetItem of a built-in sequence with an int or slice", raises=True, owned=True, evaluate=_o.getitem)
_helper("format_simple_plain", "o->o", "blind", "format of an int, float or bool", raises=True, owned=True, evaluate=format)
_helper("set_update", "oo->v", "any", "set.update (SET_UPDATE)", raises=True)
_helper("new_instance", "o->o", "blind", "object.__new__(class)", raises=True, owned=True, evaluate=object.__new__)
_helper("make_tuple", "*->o", "blind", "tuple.__new__ of a class derived from tuple, with these items", raises=True, owned=True,
        evaluate=lambda cls, *items: tuple.__new__(cls, items))
_helper("is_subclass", "oo->o", "look", "issubclass(a class, a tuple of classes whose metaclass is type) as a Python bool, borrowed; NULL (leave) where the first is no class",
        maybe=True, evaluate=issubclass)
_helper("class_get", "oo->o", "look", "the attribute of a class whose metaclass is type, which has none of that name that comes first, borrowed; NULL (leave) when missing, "
        "and where a descriptor gives something else", maybe=True, evaluate=getattr)
_helper("instance_get", "oo->o", "look", "the instance's own attribute, wherever it keeps it (no descriptor, nothing of the class), borrowed; NULL (leave) when missing",
        maybe=True, hint=True, evaluate=lambda a, name: vars(a)[name])
_helper("instance_lacks", "oo->b", "look", "the instance has no attribute of that name of its own", hint=True, evaluate=lambda a, name: name not in vars(a))
_helper("instance_set", "ooo->o", "blind", "sets the instance's own attribute (name second, value third); gives what it replaced, or None, owned; NULL (leave) with no effect where that could run code",
        maybe=True, owned=True, hint=True)
_helper("slot_init", "oio->o", "blind", "stores into the slot at a byte offset, set before or not; gives what it replaced, or None", owned=True)
_helper("attr_init", "oio->o", "blind", "stores into inline value `index`, set before or not; gives what it replaced, or None", owned=True)
