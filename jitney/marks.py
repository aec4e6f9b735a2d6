"""Code that the user asked never to compile: `@jitney.never`.

`never_codes` is the registry that recording consults: `code in never_codes`. Membership is by identity. Whoever holds compiled code
can add a callable to `listeners` to hear of code that is marked later.
"""

from __future__ import annotations

from _weakref import ref
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class CodeRegistry:
    """A set of code objects, compared by identity and not kept alive."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        self._codes: dict[int, ref[CodeType]] = {}

    def add(self, code: CodeType) -> None:
        self._codes[id(code)] = ref(code)

    def __contains__(self, code: object) -> bool:
        found = self._codes.get(id(code))
        return found is not None and found() is code

    def __iter__(self) -> Iterator[CodeType]:
        return iter([code for found in list(self._codes.values()) if (code := found()) is not None])

    def __len__(self) -> int:
        return len(list(iter(self)))


never_codes = CodeRegistry()
listeners: list[Callable[[CodeType], object]] = []


def mark(thing: object) -> None:
    """Mark the code of a function, a method, a property or a class, and the code defined inside it."""
    codes = list(_codes_of(thing, set()))
    if not codes:
        raise TypeError(f"jitney.never marks functions and classes written in Python, not {type(thing).__name__}")
    for code in codes:
        never_codes.add(code)
        for listener in listeners:
            listener(code)


def _codes_of(thing: object, seen: set[int]) -> Iterator[CodeType]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, CodeType):
        yield thing
        for constant in thing.co_consts:
            if isinstance(constant, CodeType):
                yield from _codes_of(constant, seen)
    elif isinstance(thing, type):
        for member in list(vars(thing).values()):
            if not isinstance(member, type) or member.__qualname__.startswith(thing.__qualname__ + "."):
                yield from _codes_of(member, seen)
    else:
        for name in ("__code__", "__func__", "__wrapped__", "fget", "fset", "fdel"):
            inner = getattr(thing, name, None)
            if inner is not None:
                yield from _codes_of(inner, seen)
