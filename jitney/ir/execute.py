"""What ops do on real Python objects, for those that are more than their row's `evaluate`. Part of the interpreter.

ACTIONS maps an op's name, or ``call.`` and a helper's name, to a function of the machine, the op and its operands; it raises `Guarded`
to leave.
Inline values and slots have numbers and offsets in machine code; here a `Machine` is asked for the attribute's name.
"""

from __future__ import annotations

import builtins
import ctypes
import math
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, MemberDescriptorType
from typing import Any

from .helpers import HELPERS
from .iterators import Suspended
from .ops import OPS
from .values import Op


class Guarded(Exception):
    """A guard did not hold."""


class _Null:
    def __repr__(self) -> str:
        return "NULL"


#: stands for a NULL pointer
NULL: Any = _Null()


class Machine:
    """The outermost frame and the world around a run. `inline_index` tells where a class has an attribute among its instances' inline
    values
    (the C runtime knows); without it, the order of the instance's dict counts. Tests may override `poll` and `valid`.
    """

    def __init__(self, globals: dict[str, Any] | None = None, inline_index: Callable[[type, str], int | None] | None = None) -> None:
        self.locals: list[Any] = []
        self.globals: dict[str, Any] = {} if globals is None else globals
        self.inline_index = inline_index

    def attribute_name(self, owner: Any, index: int) -> str:
        """The name of an inline value."""
        names: list[str] = list(vars(owner))
        if self.inline_index is None:
            return names[index]
        for cls in type(owner).__mro__:
            for item in vars(cls).values():
                names += getattr(getattr(item, "__code__", None), "co_names", ())
        return next(name for name in names if self.inline_index(type(owner), name) == index)

    def slot_name(self, owner: Any, offset: int) -> str:
        """The name of the `__slots__` member at a byte offset."""
        for cls in type(owner).__mro__:
            for name, item in vars(cls).items():
                if isinstance(item, MemberDescriptorType) and member_offset(item) == offset:
                    return name
        raise AssertionError(f"no slot at offset {offset} of {type(owner)}")

    def poll(self) -> bool:
        """Whether the eval breaker is set."""
        return False

    def valid(self) -> bool:
        """Whether the region may go on after a call."""
        return True


def member_offset(descriptor: MemberDescriptorType) -> int:
    """Where a slot lies in its object: PyMemberDescrObject.d_member->offset."""
    member = ctypes.c_void_p.from_address(id(descriptor) + 40).value
    assert member is not None
    return ctypes.c_ssize_t.from_address(member + 16).value


Action = Callable[..., Any]
ACTIONS: dict[str, Action] = {}


def _action(*names: str) -> Callable[[Action], Action]:
    def add(function: Action) -> Action:
        for name in names:
            assert (name.removeprefix("call.") in HELPERS if name.startswith("call.") else name in OPS) and name not in ACTIONS, name
            ACTIONS[name] = function
        return function
    return add


def _check(condition: object) -> None:
    if not condition:
        raise Guarded


# -- numbers ----------------------------------------------------------------------------------------------------------
@_action("i64_shl_ovf")
def _shl(machine: Machine, op: Op, a: int, b: int) -> int:
    _check(0 <= b < 63 and -(2**63) <= a << b < 2**63)
    return a << b


@_action("f64_pow")
def _pow(machine: Machine, op: Op, a: float, b: float) -> float:
    _check(math.isfinite(a) and math.isfinite(b))
    try:
        result = a ** b
    except ArithmeticError:
        raise Guarded from None
    _check(isinstance(result, float) and math.isfinite(result))
    return float(result)


@_action("f64_div")
def _div(machine: Machine, op: Op, a: float, b: float) -> float:
    return a / b if b else math.nan


@_action("f64_sqrt")
def _sqrt(machine: Machine, op: Op, a: float) -> float:
    return math.sqrt(a) if a >= 0 else math.nan


@_action("f64_math")
def _math(machine: Machine, op: Op, a: float) -> float:
    _check(math.isfinite(a))
    try:
        result = getattr(math, op.attrs["function"])(a)
    except (ValueError, OverflowError):
        raise Guarded from None
    _check(math.isfinite(result))
    return float(result)


# -- guards and tests -------------------------------------------------------------------------------------------------
@_action("guard_true")
def _guard_true(machine: Machine, op: Op, a: bool) -> None:
    _check(a)


@_action("guard_false")
def _guard_false(machine: Machine, op: Op, a: bool) -> None:
    _check(not a)


@_action("guard_type")
def _guard_type(machine: Machine, op: Op, a: Any) -> None:
    _check(type(a) is op.attrs["type"])


@_action("guard_is")
def _guard_is(machine: Machine, op: Op, a: Any, b: Any) -> None:
    _check(a is b)


@_action("guard_code")
def _guard_code(machine: Machine, op: Op, a: Any) -> None:
    function = op.attrs["function"]
    _check(a.__code__ is op.attrs["code"] and a.__defaults__ is function.__defaults__ and a.__kwdefaults__ is function.__kwdefaults__)


@_action("type_is")
def _type_is(machine: Machine, op: Op, a: Any) -> bool:
    return type(a) is op.attrs["type"]


@_action("obj_address")
def _obj_address(machine: Machine, op: Op, a: Any) -> Any:
    return id(a)


@_action("is_null")
def _is_null(machine: Machine, op: Op, a: Any) -> bool:
    return a is NULL


# -- containers -------------------------------------------------------------------------------------------------------
def _item_swap(machine: Machine, op: Op, container: Any, index: int, value: Any) -> Any:
    old = container[index]
    container[index] = value
    return old


_action("list_swap")(_item_swap)


@_action("list_set_float", "array_set_f64", "bytearray_set")
def _item_set(machine: Machine, op: Op, container: Any, index: int, value: Any) -> None:
    container[index] = value


@_action("array_set_i64")
def _array_set(machine: Machine, op: Op, container: Any, index: int, value: int) -> None:
    try:
        container[index] = value
    except OverflowError:
        raise Guarded from None


@_action("array_get_f64", "array_get_i64")
def _array_get(machine: Machine, op: Op, container: Any, index: int) -> Any:
    return container[index]


@_action("list_append")
def _append(machine: Machine, op: Op, container: list[Any], value: Any) -> None:
    container.append(value)


@_action("guard_array")
def _guard_array(machine: Machine, op: Op, a: Any) -> None:
    _check(a.typecode == op.attrs["typecode"])


# -- instances and cells ----------------------------------------------------------------------------------------------
@_action("guard_inline_values")
def _inline(machine: Machine, op: Op, a: Any) -> None:
    _check(hasattr(a, "__dict__"))


def _name(machine: Machine, op: Op, owner: Any) -> str:
    if "index" in op.attrs:
        return machine.attribute_name(owner, op.attrs["index"])
    return machine.slot_name(owner, op.attrs["offset"])


@_action("attr_get", "slot_get")
def _attribute(machine: Machine, op: Op, owner: Any) -> Any:
    try:
        return object.__getattribute__(owner, _name(machine, op, owner))
    except (AttributeError, IndexError):
        raise Guarded from None


@_action("attr_swap", "slot_swap")
def _attribute_swap(machine: Machine, op: Op, owner: Any, value: Any) -> Any:
    old = _attribute(machine, op, owner)
    object.__setattr__(owner, _name(machine, op, owner), value)
    return old


@_action("attr_set_float", "slot_set_float")
def _attribute_set(machine: Machine, op: Op, owner: Any, value: float) -> None:
    _attribute_swap(machine, op, owner, value)


@_action("field_i64")
def _field_i64(machine: Machine, op: Op, owner: Any) -> int:
    return ctypes.c_int64.from_address(id(owner) + op.attrs["offset"]).value


@_action("memory_i64")
def _memory_i64(machine: Machine, op: Op) -> int:
    return ctypes.c_int64.from_address(op.attrs["address"]).value


@_action("field_obj")
def _field_obj(machine: Machine, op: Op, owner: Any) -> Any:
    return ctypes.py_object.from_address(id(owner) + op.attrs["offset"]).value


@_action("cell_get")
def _cell_get(machine: Machine, op: Op, cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        raise Guarded from None


@_action("cell_swap")
def _cell_swap(machine: Machine, op: Op, cell: Any, value: Any) -> Any:
    old = _cell_get(machine, op, cell)
    cell.cell_contents = value
    return old


# -- the frame, references, control -----------------------------------------------------------------------------------
@_action("frame_local")
def _frame_local(machine: Machine, op: Op) -> Any:
    value = machine.locals[op.attrs["slot"]]
    _check(value is not NULL)
    return value


@_action("guard_unbound")
def _guard_unbound(machine: Machine, op: Op) -> None:
    _check(machine.locals[op.attrs["slot"]] is NULL)


@_action("slot_bound")
def _slot_bound(machine: Machine, op: Op) -> bool:
    return machine.locals[op.attrs["slot"]] is not NULL


@_action("frame_take")
def _frame_take(machine: Machine, op: Op) -> Any:
    value = machine.locals[op.attrs["slot"]]
    machine.locals[op.attrs["slot"]] = NULL
    return value


@_action("frame_store")
def _frame_store(machine: Machine, op: Op, value: Any) -> None:
    machine.locals[op.attrs["slot"]] = value


@_action("share")
def _share(machine: Machine, op: Op, value: Any) -> Any:
    return value


@_action("incref", "decref", "drop", "drop_any")
def _nothing(machine: Machine, op: Op, value: Any) -> None:
    """References are not counted here."""


@_action("poll")
def _poll(machine: Machine, op: Op) -> None:
    _check(not machine.poll())


@_action("check_valid")
def _check_valid(machine: Machine, op: Op) -> None:
    _check(machine.valid())


# -- helpers ----------------------------------------------------------------------------------------------------------
@_action("call.attr_init")
def _attr_init(machine: Machine, op: Op, owner: Any, index: int, value: Any) -> Any:
    name = machine.attribute_name(owner, index)
    old = vars(owner).get(name)
    object.__setattr__(owner, name, value)
    return old


@_action("call.slot_init")
def _slot_init(machine: Machine, op: Op, owner: Any, offset: int, value: Any) -> Any:
    name = machine.slot_name(owner, offset)
    old = getattr(owner, name, None)
    object.__setattr__(owner, name, value)
    return old


@_action("call.instance_get")
def _instance_get(machine: Machine, op: Op, owner: Any, name: str) -> Any:
    return vars(owner).get(name, NULL)


@_action("call.instance_set")
def _instance_set(machine: Machine, op: Op, owner: Any, name: str, value: Any) -> Any:
    old = vars(owner).get(name)
    vars(owner)[name] = value
    return old


@_action("call.dict_set")
def _dict_set(machine: Machine, op: Op, container: dict[Any, Any], key: Any, value: Any) -> Any:
    old = container.get(key)
    container[key] = value
    return old


@_action("call.iter_next", "call.iter_next_plain")
def _iter_next(machine: Machine, op: Op, iterator: Any) -> Any:
    return next(iterator, NULL)


@_action("call.call", "call.call_plain", "call.call_function")
def _call(machine: Machine, op: Op, function: Any, *args: Any) -> Any:
    return function(*args)


@_action("call.call_kw")
def _call_kw(machine: Machine, op: Op, function: Any, *args: Any) -> Any:
    *others, names = args
    split = len(others) - len(names)
    return function(*others[:split], **dict(zip(names, others[split:], strict=True)))


@_action("call.call_ex")
def _call_ex(machine: Machine, op: Op, function: Any, args: Any) -> Any:
    return function(*args)


@_action("call.make_function")
def _make_function(machine: Machine, op: Op, code: CodeType, namespace: dict[str, Any]) -> FunctionType:
    return FunctionType(code, namespace, None, None, tuple([CellType() for _ in code.co_freevars]) or None)


@_action("call.set_function_attribute")
def _set_function_attribute(machine: Machine, op: Op, function: Any, value: Any, which: int) -> None:
    if which == 8:  # Python code cannot share the cells: their contents will do
        for own, given in zip(function.__closure__, value, strict=True):
            own.cell_contents = given.cell_contents
    else:
        setattr(function, {4: "__annotations__", 2: "__kwdefaults__", 1: "__defaults__"}[which], value)


@_action("call.set_index")
def _set_index(machine: Machine, op: Op, iterator: Any, index: int) -> None:
    iterator.__setstate__(index)


@_action("call.generator_waits")
def _generator_waits(machine: Machine, op: Op, generator: Any, code: CodeType, namespace: dict[str, Any], offset: int, depth: int,
                     holders: int, bound: int) -> bool:
    """As far as Python code can tell."""
    return bool(generator.gi_code is code and generator.gi_suspended and generator.gi_frame.f_globals is namespace)


@_action("call.empty_generator")
def _empty_generator(machine: Machine, op: Op, generator: Any) -> None:
    generator.close()


@_action("call.make_generator")
def _make_generator(machine: Machine, op: Op, function: Any, offset: int, *slots: Any) -> Any:
    return Suspended(function, offset, tuple([NULL if type(value) is type and value.__name__ == "Region" else value for value in slots]))


@_action("call.build_map", "call.build_map_plain")
def _build_map(machine: Machine, op: Op, *items: Any) -> Any:
    return dict(zip(items[::2], items[1::2], strict=True))


@_action("call.build_set", "call.build_set_plain")
def _build_set(machine: Machine, op: Op, *items: Any) -> Any:
    return set(items)


@_action("call.build_string")
def _build_string(machine: Machine, op: Op, *items: str) -> str:
    return "".join(items)


@_action("call.convert_value")
def _convert(machine: Machine, op: Op, value: Any, kind: int) -> str:
    return (str, repr, ascii)[kind - 1](value)


@_action("call.list_extend")
def _list_extend(machine: Machine, op: Op, container: list[Any], items: Any) -> None:
    container.extend(items)


@_action("call.set_add")
def _set_add(machine: Machine, op: Op, container: set[Any], item: Any) -> None:
    container.add(item)


@_action("call.dict_update", "call.set_update")
def _dict_update(machine: Machine, op: Op, container: dict[Any, Any], items: Any) -> None:
    container.update(items)


@_action("call.load_name")
def _load_name(machine: Machine, op: Op, mapping: Any, name: str) -> Any:
    for place in (mapping, machine.globals, vars(builtins)):
        try:
            return place[name]
        except KeyError:
            pass
    raise NameError(f"name {name!r} is not defined", name=name)


@_action("call.import_name")
def _import_name(machine: Machine, op: Op, level: int, names: Any, name: str) -> Any:
    return __import__(name, machine.globals, None, names, level)


@_action("call.list_slice", "call.str_slice")
def _slice(machine: Machine, op: Op, container: Any, start: int, stop: int) -> Any:
    return container[start:stop]


@_action("call.str_get")
def _str_get(machine: Machine, op: Op, text: str, index: int) -> str:
    return text[index]


@_action("call.list_pop", "call.list_pop_at")
def _list_pop(machine: Machine, op: Op, container: list[Any], index: int = -1) -> Any:
    try:
        return container.pop(index)
    except IndexError:
        raise Guarded from None


@_action("call.list_insert")
def _list_insert(machine: Machine, op: Op, container: list[Any], index: int, item: Any) -> None:
    container.insert(index, item)


@_action("call.list_concat")
def _list_concat(machine: Machine, op: Op, a: list[Any], b: list[Any]) -> list[Any]:
    return a + b


@_action("call.list_repeat")
def _list_repeat(machine: Machine, op: Op, a: list[Any], count: int) -> list[Any]:
    return a * count


@_action("call.dict_get")
def _dict_get(machine: Machine, op: Op, container: dict[Any, Any], key: Any) -> Any:
    if key not in container:
        raise Guarded
    return container[key]


def missing() -> list[str]:
    """Ops and helpers without a meaning here, for a test."""
    ops = [name for name, row in OPS.items() if row.evaluate is None and name not in ACTIONS and not row.terminator and name != "call"]
    return ops + ["call." + name for name, helper in HELPERS.items() if helper.evaluate is None and "call." + name not in ACTIONS]
