"""From a function object to its row, by identity.

The objects are found when first asked for, and only in modules that the program has loaded itself. A name that the program has rebound
is not believed: the object found must be C code that calls itself by the row's name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any

from .classes import HEAP_TYPE, flags, is_a
from .functions import ROWS
from .rows import Row


class Known:
    """A read-only mapping from objects to rows."""

    __slots__ = ("_found", "_pending")

    def __init__(self, rows: Iterable[Row]) -> None:
        self._found: dict[int, tuple[object, Row]] = {}
        self._pending: dict[str, list[Row]] = {}
        for row in rows:
            self._pending.setdefault(row.module, []).append(row)

    def get(self, thing: object) -> Row | None:
        if self._pending:
            self._look_into_new_modules()
        found = self._found.get(id(thing))
        return None if found is None else found[1]

    def __getitem__(self, thing: object) -> Row:
        row = self.get(thing)
        if row is None:
            raise KeyError(thing)
        return row

    def __contains__(self, thing: object) -> bool:
        return self.get(thing) is not None

    def objects(self) -> Iterator[tuple[object, Row]]:
        self._look_into_new_modules()
        return iter(list(self._found.values()))

    def _look_into_new_modules(self) -> None:
        for module in [name for name in self._pending if name in sys.modules]:
            for row in self._pending.get(module, ()):
                thing = _resolve(row)
                if thing is not None:
                    self._found[id(thing)] = thing, row
            self._pending.pop(module, None)  # afterwards: another thread that looks for the same finds all of it, or looks itself


def _resolve(row: Row) -> object | None:
    owner: Any = None
    thing: Any = sys.modules[row.module]
    for name in row.path:
        owner, thing = thing, thing.__dict__.get(name)
    if type(thing) is MethodDescriptorType:
        return thing if thing.__name__ == row.path[-1] and thing.__objclass__ is owner else None
    if type(thing) is BuiltinFunctionType:
        return thing if thing.__name__ == row.path[-1] and thing.__module__ == row.module else None
    if is_a(thing, type):
        return thing if not flags(thing) & HEAP_TYPE and thing.__name__ == row.key else None
    return None


KNOWN = Known(ROWS.values())


def known(thing: object) -> Row | None:
    """What is known of `thing`, or None."""
    return KNOWN.get(thing)
