"""Values as text that is the same in every process: the type and content of all that can be reached, every bit of a float, no addresses.

What is reached twice is written as a number the second time, so sharing shows. A set's items are in the order of their own texts, which go
less deep and do not show what they share with the rest.
"""

from __future__ import annotations

import functools
import hashlib
import io
import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

MOST_NODES = 30_000
MOST_DEPTH = 60
IN_SETS = 500, 4  # nodes and depth of one item
PREVIEW = 4000

SIZED: tuple[type, ...] = (list, tuple, dict, set, frozenset)
EXACT: tuple[type, ...] = (type(None), bool, str, bytes, bytearray, complex, range, type(Ellipsis), type(NotImplemented))
NAMED: tuple[type, ...] = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodDescriptorType,
                           types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType)  # fmt: skip


def digest(value: object) -> tuple[str, str]:
    """A hash of the text, and its beginning for people to read."""
    text = Describer().text(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16], text[:PREVIEW]


class Describer:
    """One walk. It never calls a method that a program may have defined, except to pickle objects of types written in C."""

    __slots__ = ("alive", "most_depth", "most_nodes", "nodes", "parts", "seen")

    def __init__(self, most_nodes: int = MOST_NODES, most_depth: int = MOST_DEPTH) -> None:
        self.most_nodes = most_nodes
        self.most_depth = most_depth
        self.parts: list[str] = []
        self.seen: dict[int, int] = {}
        self.alive: list[object] = []  # what `seen` knows by its address
        self.nodes = 0

    def text(self, value: object) -> str:
        self.walk(value, 0)
        return " ".join(self.parts)

    def walk(self, value: Any, depth: int) -> None:
        self.nodes += 1
        kind = type(value)
        if self.nodes > self.most_nodes or depth > self.most_depth:
            self.parts.append("...")
        elif kind in EXACT:
            self.parts.append(repr(value))
        elif kind is int:
            self.parts.append(hex(value))  # the decimal form of a very long one is refused
        elif kind is float:
            self.parts.append(value.hex())
        elif isinstance(value, NAMED):
            self.parts.append(f"{kind.__name__}:{getattr(value, '__qualname__', None) or getattr(value, '__name__', '')}")
        elif id(value) in self.seen:
            self.parts.append(f"#{self.seen[id(value)]}")
        else:
            self.seen[id(value)] = len(self.seen)
            self.alive.append(value)
            self.parts.append(f"{kind.__name__}[{len(value)}]" if kind in SIZED else kind.__name__)
            if isinstance(value, set | frozenset):
                self.parts += self.sorted(value, depth)
            for part in contents(value, kind):
                self.walk(part, depth + 1)
            self.parts.append(";")

    def sorted(self, value: set[object] | frozenset[object], depth: int) -> list[str]:
        nodes, most_depth = IN_SETS
        left = min(most_depth, (self.most_depth - depth) // 2)  # less and less for sets in sets
        return sorted(Describer(nodes, left).text(item) for item in list(value))


def contents(value: Any, kind: type) -> Iterator[object]:
    """What a value is made of, by its type's nearest base in TABLE, and its attributes."""
    for base in kind.__mro__:
        if base in TABLE:
            yield from TABLE[base](value)
            break
    else:
        if not issubclass(kind, OPAQUE):
            yield from pickled(value, kind)
    yield from attributes(value, kind)


def attributes(value: Any, kind: type) -> Iterator[object]:
    if issubclass(kind, OPAQUE):
        return
    try:
        state = object.__getattribute__(value, "__dict__")
    except AttributeError:
        state = {}
    if type(state) is dict:
        for name, part in list(state.items()):
            yield name
            yield part
    for base in kind.__mro__:
        for name, slot in base.__dict__.items():
            if isinstance(slot, types.MemberDescriptorType) and base.__flags__ & HEAP_TYPE:
                try:
                    part = slot.__get__(value)
                except AttributeError:
                    continue
                yield name
                yield part


HEAP_TYPE = 1 << 9
OPAQUE: tuple[type, ...] = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.FrameType, types.CodeType,
                            types.TracebackType, types.CellType)  # fmt: skip


def defines(kind: type, name: str) -> bool:
    """Without asking the type's own type, which a program may have defined."""
    return any(name in base.__dict__ for base in kind.__mro__)


def pickled(value: Any, kind: type) -> Iterator[object]:
    """How pickle would make an object of a type written in C: decimals, dates, arrays, elements of a tree. Not iterators."""
    if kind.__flags__ & HEAP_TYPE and (defines(kind, "__dict__") or defines(kind, "__slots__")):
        return  # defined by a class statement: its attributes are what it is
    if defines(kind, "__next__") or defines(kind, "fileno"):
        return
    try:
        made = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 (it says that it cannot be pickled in many ways)
        return
    if isinstance(made, tuple):
        yield made[1]
        if len(made) > 2:
            yield made[2]


def _pairs(value: dict[object, object]) -> Iterator[object]:
    for key, part in list(dict.items(value)):
        yield key
        yield part


def _stream(value: Any) -> Iterator[object]:
    yield "closed" if value.closed else value.getvalue()


def _error(value: BaseException) -> Iterator[object]:
    yield value.args
    yield str(value)
    yield value.__cause__
    yield value.__context__


#: what makes up a value of a built-in type or of one that derives from it
TABLE: dict[type, Callable[[Any], Iterator[object]]] = {
    int: lambda value: iter((int(value),)),
    float: lambda value: iter((float.hex(value),)),
    str: lambda value: iter((str.__str__(value),)),
    bytes: lambda value: iter((bytes.__getitem__(value, slice(None)),)),
    complex: lambda value: iter((repr(complex(value)),)),
    list: lambda value: iter(list(list.__iter__(value))),
    tuple: tuple.__iter__,
    dict: _pairs,
    set: lambda value: iter(()),
    frozenset: lambda value: iter(()),
    deque: lambda value: iter(list(deque.__iter__(value))),
    slice: lambda value: iter((value.start, value.stop, value.step)),
    types.MethodType: lambda value: iter((value.__func__, value.__self__)),
    types.MappingProxyType: lambda value: _pairs(dict(value)),
    functools.partial: lambda value: iter((value.func, value.args, value.keywords)),
    io.BytesIO: _stream,
    io.StringIO: _stream,
    BaseException: _error,
}
