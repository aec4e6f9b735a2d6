"""TABLE of C functions that go through an iterator, as Python functions that do the same: regions inline these, and the generator in them.

Where compiled code is left in the middle of one, the interpreter goes on with it, in a frame that nobody sees: the code has no RESUME, and
CPython passes over frames that have not come to theirs (`_PyFrame_IsIncomplete`, pycore_frame.h), in tracebacks, `f_back` and
`sys._getframe` alike. What they do is what CPython's C code does, to the order of the calls: Python/bltinmodule.c, Objects/listobject.c,
Objects/unicodeobject.c, Objects/setobject.c.

`item = None`: C code lets go of an item before it asks for the next one. They are never called; this module is not compiled by mypyc.
"""

from __future__ import annotations

import builtins
import opcode
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from .. import _runtime

#: all names that they use: their own, whatever the program makes of its builtins
_NAMES: dict[str, Any] = {name: getattr(builtins, name)
                          for name in ("abs", "float", "int", "bool", "issubclass", "set", "tuple", "type", "ValueError")}
_NAMES["__builtins__"] = builtins.__dict__
_NAMES["new_list"] = _runtime.new_list

#: C function or class -> the Python function, for calls with as many arguments as that takes
CONSUMERS: dict[Any, FunctionType] = {}
_codes: set[int] = set()


def stands_for_c_code(code: CodeType) -> bool:
    """Whether frames of the code are seen by nobody."""
    return id(code) in _codes


def _consumer(original: Any) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        code = function.__code__
        units = bytearray(code.co_code)
        for offset in range(0, len(units), 2):
            if units[offset] == opcode.opmap["RESUME"]:
                units[offset] = opcode.opmap["NOP"]
        hidden = FunctionType(code.replace(co_code=bytes(units)), _NAMES)
        CONSUMERS[original] = hidden
        _codes.add(id(hidden.__code__))
        return hidden

    return register


@_consumer(builtins.any)
def _any(iterable):  # type: ignore[no-untyped-def]
    for item in iterable:
        if item:
            return True
        item = None
    return False


@_consumer(builtins.all)
def _all(iterable):  # type: ignore[no-untyped-def]
    for item in iterable:
        if not item:
            return False
        item = None
    return True


@_consumer(builtins.sum)
def _sum(iterable):  # type: ignore[no-untyped-def]
    result = 0
    for item in iterable:
        if type(item) is int or type(item) is bool:
            result = result + item
            if -9223372036854775808 <= item <= 9223372036854775807 and -9223372036854775808 <= result <= 9223372036854775807:
                item = None
                continue
            break  # from here on as for any other objects
        result = result + item
        break
    else:
        return result
    item = None
    if type(result) is float:
        compensation = 0.0  # Neumaier
        for item in iterable:
            if type(item) is float:
                total = result + item
                if abs(result) >= abs(item):
                    compensation = compensation + ((result - total) + item)
                else:
                    compensation = compensation + ((item - total) + result)
                result = total
            elif issubclass(type(item), int) and -9223372036854775808 <= int.__int__(item) <= 9223372036854775807:
                result = result + float(int.__int__(item))
            else:
                if compensation and compensation - compensation == 0.0:
                    result = result + compensation
                result = result + item
                item = None
                break
            item = None
        else:
            if compensation and compensation - compensation == 0.0:
                result = result + compensation
            return result
    for item in iterable:
        result = result + item
        item = None
    return result


@_consumer(builtins.min)
def _min(iterable):  # type: ignore[no-untyped-def]
    for item in iterable:
        least = item
        item = None
        break
    else:
        raise ValueError("min() iterable argument is empty")
    for item in iterable:
        if item < least:
            least = item
        item = None
    return least


@_consumer(builtins.max)
def _max(iterable):  # type: ignore[no-untyped-def]
    for item in iterable:
        most = item
        item = None
        break
    else:
        raise ValueError("max() iterable argument is empty")
    for item in iterable:
        if item > most:
            most = item
        item = None
    return most


@_consumer(builtins.list)
def _list(iterable):  # type: ignore[no-untyped-def]
    items = new_list()  # type: ignore[name-defined]  # noqa: F821
    for item in iterable:
        items.append(item)
        item = None
    return items if items else []  # an empty one has no room


@_consumer(builtins.tuple)
def _tuple(iterable):  # type: ignore[no-untyped-def]
    items = []
    for item in iterable:
        items.append(item)
        item = None
    return tuple(items)


@_consumer(builtins.set)
def _set(iterable):  # type: ignore[no-untyped-def]
    items = set()
    for item in iterable:
        items.add(item)
        item = None
    return items


@_consumer(builtins.sorted)
def _sorted(iterable):  # type: ignore[no-untyped-def]
    items = new_list()  # type: ignore[name-defined]  # noqa: F821
    for item in iterable:
        items.append(item)
        item = None
    if not items:
        return []
    items.sort()
    return items


@_consumer(str.join)
def _join(separator, iterable):  # type: ignore[no-untyped-def]
    items = []
    for item in iterable:
        items.append(item)
        item = None
    return separator.join(items)
