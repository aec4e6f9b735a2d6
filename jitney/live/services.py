"""What the region builder asks of the running process."""

from __future__ import annotations

from array import array
from types import CodeType
from typing import Any

from .. import _runtime
from ..knowledge.classes import HEAP_TYPE, flags
from ..lower.image import CompiledCode, Image, load
from ..marks import never_codes

MISSING = object()


class LiveServices:
    """Remembers the variables that change too often to be compiled in as constants."""

    def __init__(self, room: Any = None) -> None:
        self.room = room  # for machine code
        self.volatile: set[tuple[int, str]] = set()
        self.stand_in: Any = None  # the region being built in the background: what it relies on is watched from the moment it does
        self.watched: list[tuple[dict[str, Any], str, Any]] = []  # the variables that it relies on, with their values
        self.changed_once: set[tuple[int, str]] = set()
        self.namespaces: dict[int, Any] = {}  # weak references to those among these: another one may get the address
        self.spent: list[Any] = []  # what the work at hand may be the last to refer to, to be released where the program's code may run

    def load(self, unit: Any, image: Image, consts: list[Any]) -> CompiledCode:
        """The unit's region into memory."""
        return load(image, consts) if self.room is None else self.room.load(unit, image, consts)  # type: ignore[no-any-return]

    def forget(self) -> None:
        self.volatile.clear()
        self.changed_once.clear()
        self.namespaces.clear()
        self.stand_in, self.watched = None, []

    def relies_on(self, dependency: tuple[Any, ...]) -> None:
        """The region being built does."""
        if dependency[0] == "dict":
            self.watched.append((dependency[1], dependency[2], dependency[1].get(dependency[2], MISSING)))
        if self.stand_in is not None:
            watch(dependency, self.stand_in)

    def is_volatile(self, namespace: dict[str, Any], name: str) -> bool:
        return (id(namespace), name) in self.volatile and self._is_known(namespace)

    def _is_known(self, namespace: dict[str, Any]) -> bool:
        known = self.namespaces.get(id(namespace))
        return known is not None and known() is namespace

    def _note(self, namespace: dict[str, Any]) -> None:
        if not self._is_known(namespace):
            for names in (self.volatile, self.changed_once):
                names -= {key for key in names if key[0] == id(namespace)}
            self.namespaces[id(namespace)] = _runtime.loosen(namespace)

    def compare(self, watched: list[tuple[dict[str, Any], str, Any]], often: bool = False) -> bool:
        """A region that relied on these variables has become invalid: which have changed? Whether any has; `often`: in a short time."""
        changed = [(namespace, name) for namespace, name, value in watched if namespace.get(name, MISSING) is not value]
        for namespace, name in changed:
            (self.mark_volatile if often else self.changed)(namespace, name)
        return bool(changed)

    def compare_former(self, variables: list[tuple[Any, str]], values: list[int]) -> None:
        """The same where nothing of that is kept alive: by weak references to the namespaces and the values' ids."""
        for (known, name), value in zip(variables, values, strict=True):
            namespace = known()
            if namespace is not None and id(namespace.get(name, MISSING)) != value:
                self.changed(namespace, name)

    def changed(self, namespace: dict[str, Any], name: str) -> None:
        """A variable that was compiled in as a constant was changed: the second time it is loaded from then on."""
        self._note(namespace)
        key = (id(namespace), name)
        if key in self.changed_once:
            self.mark_volatile(namespace, name)
        else:
            self.changed_once.add(key)

    def mark_volatile(self, namespace: dict[str, Any], name: str) -> None:
        self._note(namespace)
        self.volatile.add((id(namespace), name))

    def inherit(self, old: int, new: dict[str, Any]) -> None:
        """The same code runs with other globals: what changed there (by id; they may be gone) will change here."""
        for key, name in list(self.volatile):
            if key == old and name in new:
                self.mark_volatile(new, name)

    def is_never(self, code: CodeType) -> bool:
        return code in never_codes


def stand_in() -> Any:
    """A region of no code: it becomes invalid when something changes that it is made to watch."""
    return _runtime.Region(0, array("i", (_runtime.EXIT_MAGIC, 0, 0)).tobytes(), (), 0)


def watch(dependency: tuple[Any, ...], region: Any) -> None:
    """Has the region become invalid when it changes."""
    what = dependency[0]
    if what == "type":
        if not _runtime.watch_type(dependency[1], region) and flags(dependency[1]) & HEAP_TYPE:
            region.invalidate()  # it was changed so often that CPython does not tell any more
    elif what == "dict":
        _runtime.watch_dict(dependency[1], dependency[2], region)
    elif what == "function":
        _runtime.watch_function(dependency[1], region)
