"""Makes the real objects that virtuals stand for: one function for each row of `virtuals.KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType, MethodType
from typing import Any, NamedTuple

from .virtuals import KINDS

NO_BOUND = -(1 << 63)


def _range_iterator(current: int, stop: int, step: int) -> Any:
    return iter(range(current, stop, step))


def _positioned(make: Callable[[Any], Any]) -> Callable[[Any, int], Any]:
    def iterator(container: Any, index: int) -> Any:
        made = make(container)
        made.__setstate__(index)
        return made
    return iterator


def _enumerate(iterator: Any, count: int) -> Any:
    return enumerate(iterator, count)


class Suspended(NamedTuple):
    """A generator that is to be resumed at an offset: Python code cannot make one. (NULL: a slot that has nothing.)"""

    function: Any
    offset: int
    slots: tuple[Any, ...]


def _generator(code: Any, namespace: Any, offset: int, function: Any, *slots: Any) -> Suspended:
    return Suspended(function, offset, slots)


def _function(code: Any, namespace: Any, defaults: Any, kwdefaults: Any, annotations: Any, closure: Any) -> FunctionType:
    from .execute import NULL
    function = FunctionType(code, namespace, None, None if defaults is NULL else defaults, None if closure is NULL else closure)
    if kwdefaults is not NULL:
        function.__kwdefaults__ = kwdefaults
    if annotations is not NULL:
        function.__annotations__ = dict(zip(annotations[::2], annotations[1::2], strict=True))
    return function


def _cell(content: Any) -> CellType:
    from .execute import NULL
    return CellType() if content is NULL else CellType(content)


def _dict(*items: Any) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _method(function: Any, instance: Any) -> Any:
    return MethodType(function, instance)


def _list_slice(items: Any, *bounds: int) -> Any:
    return items[slice(*(None if bound == NO_BOUND else bound for bound in bounds))]


MAKERS: dict[str, Callable[..., Any]] = {
    "tuple": lambda *items: items,
    "list": lambda *items: list(items),
    "range": range,
    "range_iter": _range_iterator,
    "range_iter_down": _range_iterator,
    "list_iter": _positioned(iter),
    "tuple_iter": _positioned(iter),
    "enumerate": _enumerate,
    "zip": lambda *iterators: zip(*iterators, strict=False),
    "method": _method,
    "slice": slice,
    "reversed_list": _positioned(reversed),
    "str_iter": _positioned(iter),
    "list_slice": _list_slice,
    "cell": _cell,
    "dict": _dict,
    "generator": _generator,
    "function": _function,
    "running": lambda level, function: Suspended(function, level, ()),
}
assert MAKERS.keys() == KINDS.keys()
