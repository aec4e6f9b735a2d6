"""The same code under other globals: a script that is executed again, a module imported under two names.

A region is made for one namespace, whose variables and functions are constants in it. What of these belongs to the namespace is not in the
machine code but in its pool (`lower.engine.Image`), so that the object file serves another namespace, if every variable that the region
relies on means the same there: `rebind` looks for what corresponds to each object, and the file is linked anew, in a millisecond or two.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..lower import CompiledCode, Image
from .services import MISSING

HEAP_TYPE = 1 << 9
NUMBERS = (int, float, bool)
#: a region knows nothing of what they hold but by looking
CONTAINERS = (list, dict, set, bytearray, array, deque)


class Different(Exception):
    """The region is of no use for the other namespace."""


def belongs_to(namespace: dict[str, Any]) -> Callable[[Any], bool]:
    """Whether a constant has to be looked for anew in another namespace."""
    containers = {id(value) for name, value in list(namespace.items()) if type(value) in CONTAINERS and name != "__builtins__"}

    def belongs(value: Any) -> bool:
        return value is namespace or (type(value) is FunctionType and value.__globals__ is namespace) or id(value) in containers

    return belongs


class Correspondence:
    """Which object of one namespace plays the part of which of another; one to one, since regions may rely on two not being the same."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self.old = old
        self.new = new
        self._found: dict[int, Any] = {id(old): new}
        self._taken: dict[int, Any] = {id(new): old}

    def get(self, value: Any) -> Any:
        """The object that takes the value's place, itself where there is none. Raises Different where there should be one."""
        found = self._found.get(id(value), MISSING)
        if found is not MISSING:
            return found
        if type(value) is FunctionType and value.__globals__ is self.old:
            raise Different
        if isinstance(value, type) and defined_in(value, self.old):
            raise Different
        return value

    def _pair(self, value: Any, other: Any) -> None:
        if self._found.setdefault(id(value), other) is not other or self._taken.setdefault(id(other), value) is not value:
            raise Different

    def variable(self, value: Any, other: Any) -> None:
        """Notes that a variable has one value here, another there; raises Different unless that makes no difference."""
        kind = type(value)
        if kind is not type(other):
            raise Different
        if kind is FunctionType and value.__globals__ is self.old:
            if not (other.__globals__ is self.new and value.__code__ is other.__code__ and value.__closure__ is None
                    and other.__closure__ is None and alike(value.__defaults__, other.__defaults__)
                    and alike(value.__kwdefaults__, other.__kwdefaults__)):
                raise Different
            self._pair(value, other)
        elif kind in CONTAINERS:
            self._pair(value, other)
        elif value is not other and not (kind in NUMBERS and repr(value) == repr(other)):
            raise Different


Watched = list[tuple[dict[str, Any], str, Any]]


def rebind(compiled: CompiledCode, namespace: dict[str, Any]) -> tuple[Image, list[tuple[Any, ...]], Watched, Correspondence]:
    """A unit's image for another namespace, what it relies on there, the values of the variables among that, and what corresponds to
    what. Raises Different."""
    image = compiled.image
    old = compiled.namespace
    corresponding = Correspondence(old, namespace)
    watched: Watched = []
    for where, name, value in compiled.watched:
        if where is old:
            other = namespace.get(name, MISSING)
            corresponding.variable(value, other)
            watched.append((namespace, name, other))
        else:
            watched.append((where, name, value))
    get = corresponding.get
    dependencies = [(key[0], get(key[1]), *key[2:]) for key in compiled.dependencies]
    belongs = belongs_to(old)
    consts = []
    for value in image.consts:
        other = get(value)
        if other is value and belongs(value):
            raise Different  # what the region knows of it, it does not know from a variable
        consts.append(other)
    new: Image = Image.__new__(Image)
    for name in Image.__slots__:
        setattr(new, name, getattr(image, name))
    new.consts, new.seconds = consts, {}
    return new, dependencies, watched, corresponding


def alike(defaults: Any, others: Any) -> bool:
    """Whether two functions' defaults are the same objects."""
    if defaults is None or others is None:
        return defaults is others
    if len(defaults) != len(others):
        return False
    if type(defaults) is dict:
        return all([others.get(name, defaults) is value for name, value in defaults.items()])
    return all([one is two for one, two in zip(defaults, others, strict=True)])


def defined_in(kind: type, namespace: dict[str, Any]) -> bool:
    """Whether the class may have been made by the code of the namespace."""
    return bool(kind.__flags__ & HEAP_TYPE) and type.__dict__["__module__"].__get__(kind) == namespace.get("__name__")


__all__ = ["Different", "belongs_to", "rebind"]
