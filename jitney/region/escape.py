"""Virtual objects become objects, where something wants these that does not know virtual ones."""

from __future__ import annotations

from types import FunctionType, GeneratorType, MethodType
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..ir.values import Const, Value, Virtual, const_i64, const_obj
from ..reasons import GiveUp
from .state import OWNED

if TYPE_CHECKING:
    from .builder import Builder


def make_object(b: Builder, virtual: Virtual) -> Value:
    """Emits what makes the object. (Its fields may become objects on the way: then `State.current` knows the virtual as it is.)"""
    if virtual.kind == "list_slice":
        container, start, stop, step = virtual.fields
        assert container is not None and start is not None and stop is not None and step is not None
        return b.call("list_slice_step", container, start, stop, step, type=list)
    if virtual.kind == "generator":
        return make_generator(b, virtual)
    if virtual.kind in ("list_iter", "tuple_iter", "str_iter"):
        return make_iterator(b, virtual)
    if virtual.kind == "function":
        return make_function(b, virtual)
    maker = MAKERS.get(virtual.kind)
    if maker is None:
        raise GiveUp("virtual escapes", virtual.kind)
    fields = [b.boxed(field) for field in virtual.fields if field is not None]
    return maker(b, fields)  # type: ignore[no-any-return]


def make_tuple(b: Builder, fields: list[Value]) -> Value:
    new = b.emit("tuple_new", *fields)
    b.state.types[new] = tuple
    return new


def make_slice(b: Builder, fields: list[Value]) -> Value:
    return b.call("build_slice", *fields, type=slice)


def make_dict(b: Builder, fields: list[Value]) -> Value:
    return b.call("build_map_plain", *fields, type=dict)


def called(b: Builder, kind: Any, fields: list[Value]) -> Value:
    """What the class makes of the fields; those that nobody else has are let go of afterwards."""
    new = b.call("call_plain", const_obj(kind), *fields, type=kind)
    state = b.state
    state.pending.extend([field for field in fields if field not in state.uses and state.refs.get(field) is OWNED
                          and field not in state.pending])
    return new


def make_range_iterator(b: Builder, fields: list[Value]) -> Value:
    numbers = called(b, range, fields)
    iterator = b.call("get_iter_plain", numbers, type=type(iter(range(0))))
    b.state.pending.append(numbers)
    return iterator


MAKERS: dict[str, Any] = {
    "tuple": make_tuple,
    "slice": make_slice,
    "dict": make_dict,
    "range": lambda b, fields: called(b, range, fields),
    "method": lambda b, fields: called(b, MethodType, fields),
    "enumerate": lambda b, fields: called(b, enumerate, fields),
    "zip": lambda b, fields: called(b, zip, fields),
    "range_iter": make_range_iterator,
    "range_iter_down": make_range_iterator,
}
ITERATORS = {"list_iter": type(iter([])), "tuple_iter": type(iter(())), "str_iter": type(iter(""))}


def make_iterator(b: Builder, virtual: Virtual) -> Value:
    container, index = virtual.fields
    assert container is not None and index is not None
    iterator = b.call("get_iter_plain", b.boxed(container), type=ITERATORS[virtual.kind])
    if not (isinstance(index, Const) and index.value == 0):
        b.call("set_index", iterator, index)
    return iterator


def make_function(b: Builder, virtual: Virtual) -> Value:
    code, namespace, *_ = virtual.fields
    assert code is not None and namespace is not None
    function = b.call("make_function", code, namespace, type=FunctionType)
    for flag, index in ((8, 5), (4, 4), (2, 3), (1, 2)):
        now = b.state.current(virtual)
        assert isinstance(now, Virtual)
        part = now.fields[index]
        if part is not None:
            b.call("set_function_attribute", function, b.boxed(part), const_i64(flag))
    return function


def make_generator(b: Builder, virtual: Virtual) -> Value:
    _, _, offset, _, *slots = virtual.fields
    assert isinstance(offset, Const)
    unbound = const_obj(_runtime.Region)
    values = [unbound if value is None else b.boxed(value) for value in slots]
    now = b.state.current(virtual)
    assert isinstance(now, Virtual) and now.fields[3] is not None
    return b.call("make_generator", b.boxed(now.fields[3]), const_obj(offset.value), *values, type=GeneratorType)



__all__ = ["make_object"]
