"""C functions, methods and types that are known: calls of them as ops, or as C helpers that say more of what they do."""

from __future__ import annotations

import builtins
import os
import types
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..ir.types import OBJ
from ..ir.values import Const, Value, Virtual, const_f64, const_i1, const_i64, const_obj
from ..knowledge.classes import HEAP_TYPE, MISSING, NOT_DATA, flags, is_a, is_strange, lookup, mro, namespace
from ..knowledge.instances import has_instance_dict, has_plain_dict, inline_index, reads_plainly, sets_plainly
from ..record.recording import kind_of
from .attributes import class_attribute, guard_lacks
from .containers import LENGTHS, character, is_plain_key
from .control import open_range
from .inlining import Site
from .instances import is_made_by, new_instance
from .numbers import INTS, NUMBERS, push_result, truth
from .state import OWNED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .builder import Builder


def result_of(b: Builder, site: Site, value: Value) -> bool:
    push_result(b, site.consumed, value)
    return True


KNOWN: dict[Any, Callable[[Builder, Site], bool]] = {}
#: types of its keys, whose hash is no code of the program's: a mock notes that it was asked for one
HASHED_QUIETLY = (types.BuiltinFunctionType, types.MethodDescriptorType)


#: whose result may be one of their arguments, the very object; as int(x) and float(x) are
GIVES_ARGUMENTS = (abs, min, max)


def knows(*functions: Any) -> Callable[[Callable[[Builder, Site], bool]], Callable[[Builder, Site], bool]]:
    def register(handler: Callable[[Builder, Site], bool]) -> Callable[[Builder, Site], bool]:
        for function in functions:
            KNOWN[function] = handler
        return handler

    return register


def known_function(b: Builder, target: Any, site: Site) -> bool:
    if type(target) not in HASHED_QUIETLY or (b.keeps_identity and target in GIVES_ARGUMENTS):
        return False
    handler = KNOWN.get(target)
    return handler is not None and not site.keywords and handler(b, site)


def known_class(b: Builder, cls: type, site: Site) -> bool:
    if b.keeps_identity and (cls is int or cls is float):
        return False
    handler = KNOWN.get(cls) if type(cls) is type else None
    return handler is not None and not site.keywords and handler(b, site)


def recorded_entries(b: Builder, site: Site, index: int) -> list[Any]:
    """What was recorded of an argument each time; nothing where that is not known of each time."""
    position = 1 + len(site.args) - index
    entries: list[Any] = []
    for operands in b.observation.operands if b.observation is not None else ():
        if position >= len(operands):
            return []
        entries.append(operands[position])
    return entries


def is_small_int(b: Builder, site: Site, index: int) -> bool:
    """Whether an argument is an int or bool that 64 bits were always enough for."""
    value = site.args[index]
    if "bigint" in recorded_entries(b, site, index) or b.noted("int_value"):
        return b.state.type_of(value) in INTS and (value.type is not OBJ or b.state.payload.get(value) is not None)
    return arg_type(b, site, index) in INTS


def arg_type(b: Builder, site: Site, index: int) -> type | None:
    """The type of an argument: known, or guarded by what was recorded (the last three arguments are)."""
    value = site.args[index]
    known = b.state.type_of(value)
    if known is not None:
        return known
    kinds = []
    for entry in recorded_entries(b, site, index):
        kind = kind_of(entry)
        if kind is not None and kind not in kinds:
            kinds.append(kind)
    if len(kinds) != 1 or value.type is not OBJ:
        return None
    b.guard_type(value, kinds[0])
    return kinds[0]


@knows(builtins.len)
def known_len(b: Builder, site: Site) -> bool:
    if len(site.args) != 1:
        return False
    value = site.args[0]
    if isinstance(value, Virtual):
        if value.kind in ("tuple", "list"):
            return result_of(b, site, const_i64(len(value.fields)))
        return False
    kind = arg_type(b, site, 0)
    if kind in LENGTHS:
        return result_of(b, site, b.emit(LENGTHS[kind], b.boxed(value)))
    if kind is dict or kind is set or kind is frozenset:
        return result_of(b, site, b.call("dict_len" if kind is dict else "set_len", value))
    return False


@knows(builtins.range)
def known_range(b: Builder, site: Site) -> bool:
    if not 1 <= len(site.args) <= 3:
        return False
    for index in range(len(site.args)):
        if arg_type(b, site, index) not in INTS:
            return False
    values = [b.as_i64(arg) for arg in site.args]
    start: Value = const_i64(0) if len(values) == 1 else values[0]
    stop = values[0] if len(values) == 1 else values[1]
    step: Value = const_i64(1) if len(values) < 3 else values[2]
    from .control import check_range

    if isinstance(step, Const) and step.value == 0:
        return False
    check_range(b, stop, step)
    return result_of(b, site, Virtual("range", (start, stop, step)))


def is_for_a_loop(b: Builder) -> bool:
    """Whether the call's result goes into a loop at once, the only place where iterators need not exist."""
    after = b.state.frame.normal.parts(b.next_offset)[0]
    return after.op == "GET_ITER" and b.state.frame.normal.parts(after.next)[0].op != "CALL"  # of a generator expression


@knows(builtins.enumerate)
def known_enumerate(b: Builder, site: Site) -> bool:
    if not 1 <= len(site.args) <= 2 or not is_for_a_loop(b):
        return False
    if len(site.args) == 2 and arg_type(b, site, 1) not in INTS:
        return False
    count = b.as_i64(site.args[1]) if len(site.args) == 2 else const_i64(0)
    inner = virtual_iterator(b, site, 0)
    return inner is not None and result_of(b, site, Virtual("enumerate", (inner, count)))


@knows(builtins.zip)
def known_zip(b: Builder, site: Site) -> bool:
    if not site.args or not is_for_a_loop(b):
        return False
    if any(a is c for i, a in enumerate(site.args) for c in site.args[:i] if not isinstance(a, Const)):
        return False
    inner = []
    for index in range(len(site.args)):
        iterator = virtual_iterator(b, site, index)
        if iterator is None:
            return False
        inner.append(iterator)
    return result_of(b, site, Virtual("zip", tuple(inner)))


@knows(builtins.reversed)
def known_reversed(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or not is_for_a_loop(b) or arg_type(b, site, 0) is not list:
        return False
    value = b.boxed(site.args[0])
    length = b.emit("list_len", value)
    return result_of(b, site, Virtual("reversed_list", (value, b.emit("i64_sub", length, const_i64(1)))))


def virtual_iterator(b: Builder, site: Site, index: int) -> Virtual | None:
    value = site.args[index]
    if isinstance(value, Virtual):
        if value.kind == "range":
            step = value.fields[2]
            kind = "range_iter_down" if isinstance(step, Const) and step.value < 0 else "range_iter"
            return Virtual(kind, value.fields)
        if value.kind == "tuple":
            return None
        return None
    if b.state.refs.get(value) is OWNED and b.state.uses.get(value) == 1:
        # It dies with the loop's end, and what it has, too: but the last item of it, which enumerate and zip have in the tuple that they
        # made. (Objects/enumobject.c, enum_next)
        return None
    kind_type = arg_type(b, site, index)
    if kind_type is list:
        return Virtual("list_iter", (value, const_i64(0)))
    if kind_type is tuple:
        return Virtual("tuple_iter", (value, const_i64(0)))
    if kind_type is range:
        return open_range(b, value)
    return None


@knows(builtins.abs)
def known_abs(b: Builder, site: Site) -> bool:
    if len(site.args) != 1:
        return False
    kind = arg_type(b, site, 0)
    if kind is float:
        return result_of(b, site, b.emit("f64_abs", b.as_f64(site.args[0])))
    if kind is int:
        value = b.as_i64(site.args[0])
        negated = b.emit("i64_neg_ovf", value)
        return result_of(b, site, b.emit("i64_select", b.emit("i64_lt", value, const_i64(0)), negated, value))
    return False


@knows(builtins.min, builtins.max)
def known_min_max(b: Builder, site: Site) -> bool:
    if not 2 <= len(site.args) <= 6 or not isinstance(site.callee, Const):
        return False
    kinds = {arg_type(b, site, index) for index in range(len(site.args))}
    # the first of equal ones: min replaces the best so far by what is less, max by what is greater
    test = "lt" if site.callee.value is builtins.min else "gt"
    if kinds == {int}:
        letter, values = "i64", [b.as_i64(arg) for arg in site.args]
    elif kinds == {float}:
        letter, values = "f64", [b.as_f64(arg) for arg in site.args]
    else:
        return False
    best = values[0]
    for value in values[1:]:
        best = b.emit(f"{letter}_select", b.emit(f"{letter}_{test}", value, best), value, best)
    return result_of(b, site, best)


@knows(builtins.int)
def known_int(b: Builder, site: Site) -> bool:
    if len(site.args) != 1:
        return False
    kind = arg_type(b, site, 0)
    if kind is int or kind is bool:
        if kind is int:
            return result_of(b, site, site.args[0])
        return result_of(b, site, b.as_i64(site.args[0]))
    if kind is float:
        return result_of(b, site, b.emit("f64_to_i64", b.as_f64(site.args[0])))
    if kind is str:
        return result_of(b, site, b.call("int_from_str", site.args[0], type=int))
    return False


@knows(builtins.float)
def known_float(b: Builder, site: Site) -> bool:
    if len(site.args) != 1:
        return False
    kind = arg_type(b, site, 0)
    if kind is float:
        return result_of(b, site, site.args[0])
    if kind in INTS:
        return result_of(b, site, b.as_f64(site.args[0]))
    if kind is str:
        return result_of(b, site, b.call("float_from_str", site.args[0], type=float))
    return False


@knows(builtins.bool)
def known_bool(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or b.state.peek(1) is not site.args[0]:
        return False
    if arg_type(b, site, 0) not in (int, float, bool, str, list, tuple, dict, type(None)):
        return False
    return result_of(b, site, truth(b))


@knows(builtins.ord)
def known_ord(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or arg_type(b, site, 0) is not str:
        return False
    value = site.args[0]
    if value in b.state.chars:
        return result_of(b, site, b.state.chars[value])
    b.emit("guard_true", b.emit("i64_eq", b.emit("str_len", value), const_i64(1)), reason="ord of a longer string")
    return result_of(b, site, b.emit("str_ord", value, const_i64(0)))


@knows(builtins.chr)
def known_chr(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or arg_type(b, site, 0) not in INTS:
        return False
    value = b.as_i64(site.args[0])
    b.emit("guard_true", b.emit("i64_ult", value, const_i64(0x110000)), reason="chr out of range")
    return result_of(b, site, character(b, value))


def known_classes(b: Builder, classes: Value) -> tuple[Any, ...] | None:
    """The second argument of isinstance and issubclass: classes that ask nobody else."""
    if isinstance(classes, Virtual) and classes.kind == "tuple" and all(isinstance(f, Const) for f in classes.fields):
        candidates: tuple[Any, ...] = tuple(f.value for f in classes.fields)  # type: ignore[union-attr]
    elif isinstance(classes, Const):
        candidates = classes.value if is_a(classes.value, tuple) else (classes.value,)
    else:
        seen = b.observation.operands if b.observation else ()
        pairs = {id(op[2][1]): op[2][1] for op in seen if len(op) > 2 and isinstance(op[2], tuple)}
        if len(pairs) != 1 or classes.type is not OBJ:
            return None
        candidates = (next(iter(pairs.values())),)
        b.emit("guard_is", classes, const_obj(candidates[0]))
    return candidates if all(type(cls) is type for cls in candidates) else None


@knows(builtins.issubclass)
def known_issubclass(b: Builder, site: Site) -> bool:
    if len(site.args) != 2:
        return False
    cls, classes = site.args
    candidates = known_classes(b, classes)
    if candidates is None:
        return False
    if cls.type is OBJ and not isinstance(cls, (Const, Virtual)) and not b.noted("missing"):
        found = b.call("is_subclass", cls, const_obj(candidates))
        return result_of(b, site, b.emit("obj_is", found, const_obj(True)))
    if not isinstance(cls, Const) or not is_a(cls.value, type) or is_strange(cls.value):
        return False
    b.depend("type", cls.value)
    return result_of(b, site, const_i1(any(base is candidate for candidate in candidates for base in mro(cls.value))))


@knows(builtins.isinstance)
def known_isinstance(b: Builder, site: Site) -> bool:
    if len(site.args) != 2:
        return False
    value, classes = site.args
    kind = arg_type(b, site, 0)
    if kind is None:
        return False
    candidates = known_classes(b, classes)
    if candidates is None:
        return False
    if flags(kind) & HEAP_TYPE:
        if "__class__" in {name for base in mro(kind)[:-1] for name in namespace(base)}:
            return False
        b.depend("type", kind)
    return result_of(b, site, const_i1(any(base is cls for cls in candidates for base in mro(kind))))


OBJECT_TYPE = 8  # PyObject.ob_type


@knows(builtins.type)
def known_type(b: Builder, site: Site) -> bool:
    if len(site.args) != 1:
        return False
    kind = arg_type(b, site, 0)
    if kind is not None:
        return result_of(b, site, const_obj(kind))
    return result_of(b, site, b.fragile(b.emit("field_obj", b.boxed(site.args[0]), offset=OBJECT_TYPE)))


@knows(object.__new__)
def known_new(b: Builder, site: Site) -> bool:
    cls = site.args[0] if len(site.args) == 1 else None
    if not isinstance(cls, Const) or not is_a(cls.value, type) or not is_made_by(cls.value, object):
        return False
    b.depend("type", cls.value)
    return result_of(b, site, new_instance(b, cls.value))


@knows(tuple.__new__)
def known_new_tuple(b: Builder, site: Site) -> bool:
    """tuple.__new__(cls, (...)), as named tuples are made."""
    if len(site.args) != 2:
        return False
    cls, items = site.args
    if not isinstance(cls, Const) or not is_a(cls.value, type) or not isinstance(items, Virtual) or items.kind != "tuple":
        return False
    if not flags(cls.value) & HEAP_TYPE or not is_made_by(cls.value, tuple):
        return False
    b.depend("type", cls.value)
    boxed: list[Value] = [b.boxed(item) for item in items.fields if item is not None]
    return result_of(b, site, b.call("make_tuple", cls, *boxed, type=cls.value))


@knows(os.fspath)
def known_fspath(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or isinstance(site.args[0], Virtual) or arg_type(b, site, 0) not in (str, bytes):
        return False
    return result_of(b, site, site.args[0])


@knows(builtins.getattr, builtins.hasattr)
def known_getattr(b: Builder, site: Site) -> bool:
    """Of what the object does not have, or has of its own; what its class has is left to the C function."""
    assert isinstance(site.callee, Const)
    asks = site.callee.value is builtins.hasattr
    if len(site.args) != (2 if asks else 3) or b.noted("missing"):
        return False
    value, name = site.args[:2]
    if isinstance(value, Virtual) or not isinstance(name, Const) or type(name.value) is not str:
        return False
    if isinstance(value, Const):
        attribute = class_attribute(b, value.value, name.value) if is_a(value.value, type) else None
        return attribute is not None and result_of(b, site, const_i1(True) if asks else attribute)
    kind = arg_type(b, site, 0)
    of_metaclass = lookup(type, name.value)
    if kind is type and value.type is OBJ and not asks and (of_metaclass is MISSING or type(of_metaclass) in NOT_DATA):
        return result_of(b, site, b.fragile(b.call("class_get", value, name)))
    if (kind is None or value.type is not OBJ or issubclass(kind, (type, types.ModuleType)) or not reads_plainly(kind)
            or lookup(kind, name.value) is not MISSING or not (has_plain_dict(kind) or sets_plainly(kind))):
        return False
    b.depend("type", kind)
    if has_instance_dict(kind):
        if inline_index(kind, name.value) is not None:
            found = b.call("instance_get", value, name)
            return result_of(b, site, const_i1(True) if asks else found)
        guard_lacks(b, value, name.value)
    return result_of(b, site, const_i1(False) if asks else site.args[2])


@knows(builtins.id)
def known_id(b: Builder, site: Site) -> bool:
    if len(site.args) != 1 or not b.keeps_identity or isinstance(site.args[0], Virtual):
        return False
    return result_of(b, site, b.emit("obj_address", b.boxed(site.args[0])))


@knows(list.append)
def known_append(b: Builder, site: Site) -> bool:
    if len(site.args) != 2 or arg_type(b, site, 0) is not list:
        return False
    item = b.boxed(site.args[1])
    b.emit("list_append", site.args[0], item)
    return result_of(b, site, const_obj(None))


@knows(list.pop)
def known_pop(b: Builder, site: Site) -> bool:
    if not 1 <= len(site.args) <= 2 or arg_type(b, site, 0) is not list:
        return False
    if len(site.args) == 1:
        return result_of(b, site, b.call("list_pop", site.args[0]))
    if arg_type(b, site, 1) not in INTS:
        return False
    return result_of(b, site, b.call("list_pop_at", site.args[0], b.as_i64(site.args[1])))


@knows(list.insert)
def known_insert(b: Builder, site: Site) -> bool:
    if len(site.args) != 3 or arg_type(b, site, 0) is not list or arg_type(b, site, 1) not in INTS:
        return False
    item = b.boxed(site.args[2])
    b.call("list_insert", site.args[0], b.as_i64(site.args[1]), item)
    return result_of(b, site, const_obj(None))


@knows(dict.get)
def known_dict_get(b: Builder, site: Site) -> bool:
    if not 2 <= len(site.args) <= 3 or b.noted("missing") or dict not in mro(arg_type(b, site, 0) or object):
        return False
    if not is_plain_key(arg_type(b, site, 1)):
        return False
    key = b.boxed(site.args[1])
    default = b.boxed(site.args[2]) if len(site.args) == 3 else const_obj(None)
    value = b.call("dict_get_default", site.args[0], key, default)
    if not isinstance(default, Const):  # it may be the default, whose only other reference may go before any clobber
        value = b.emit("share", value)
    return result_of(b, site, value)


@knows(builtins.set)
def known_set(b: Builder, site: Site) -> bool:
    return not site.args and result_of(b, site, b.call("build_set_plain", type=set))


@knows(_runtime.new_list)
def known_new_list(b: Builder, site: Site) -> bool:
    return result_of(b, site, b.call("call_plain", site.callee, type=list))


@knows(set.add, set.discard)
def known_set_change(b: Builder, site: Site) -> bool:
    if len(site.args) != 2 or arg_type(b, site, 0) is not set or not is_plain_key(arg_type(b, site, 1)) or b.noted("missing"):
        return False
    assert isinstance(site.callee, Const)
    b.call("set_put" if site.callee.value is set.add else "set_discard", site.args[0], b.boxed(site.args[1]))
    return result_of(b, site, const_obj(None))


def _register_math() -> None:
    import math

    def unary(name: str) -> Callable[[Builder, Site], bool]:
        def handler(b: Builder, site: Site) -> bool:
            if len(site.args) != 1 or arg_type(b, site, 0) not in NUMBERS:
                return False
            value = b.as_f64(site.args[0])
            if name == "fabs":
                return result_of(b, site, b.emit("f64_abs", value))
            if name == "sqrt":
                b.emit("guard_true", b.emit("f64_ge", value, const_f64(0.0)), reason="math domain")
                return result_of(b, site, b.emit("f64_sqrt", value))
            return result_of(b, site, b.emit("f64_math", value, function=name))

        return handler

    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "log2", "log10", "sqrt", "fabs"):
        KNOWN[getattr(math, name)] = unary(name)

    def floor(b: Builder, site: Site) -> bool:
        if len(site.args) != 1 or arg_type(b, site, 0) is not float:
            return False
        value = b.as_f64(site.args[0])
        whole = b.emit("f64_to_i64", value)
        below = b.emit("f64_gt", b.emit("i64_to_f64", whole), value)
        return result_of(b, site, b.emit("i64_sub", whole, b.emit("i1_to_i64", below)))

    KNOWN[math.floor] = floor

    def gcd(b: Builder, site: Site) -> bool:
        if len(site.args) != 2 or not is_small_int(b, site, 0) or not is_small_int(b, site, 1):
            return False
        found = b.call("gcd", b.as_i64(site.args[0]), b.as_i64(site.args[1]))
        b.emit("guard_true", b.emit("i64_ge", found, const_i64(0)), reason="gcd of the least number of 64 bits")
        return result_of(b, site, found)

    KNOWN[math.gcd] = gcd


_register_math()

__all__ = ["arg_type", "known_class", "known_function", "result_of"]
