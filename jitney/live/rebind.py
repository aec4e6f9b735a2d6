"""The same code under other globals: a script that is executed again, a module imported under two names.

A region is made for one namespace, whose variables and functions are constants in it. What of these belongs to the namespace is not in the
machine code but in its pool (`lower.image.Image`), so that the object file serves another namespace, if every variable that the region
relies on means the same there: `Movable` looks for what corresponds to each object, and the file is linked anew, in a millisecond or two.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .. import _runtime
from ..knowledge.classes import HEAP_TYPE, flags, is_a
from ..lower.image import Image
from .lives import is_atom, is_c_code
from .services import MISSING, stand_in, watch

NUMBERS = (int, float, bool)
REF = type(_runtime.loosen({}))
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


Watched = list[tuple[dict[str, Any], str, Any]]


class Movable:
    """What is to be looked for in another namespace so that a region serves there. It is noted when the region is made and keeps nothing of
    the program alive: the namespace may be gone when its code runs with another one. Raises Different where there is no hope."""

    def __init__(self, namespace: dict[str, Any], consts: list[Any], watched: Watched, dependencies: list[tuple[Any, ...]],
                 callees: list[FunctionType]) -> None:
        self.old = namespace
        self.names: dict[int, str] = {}  # by ids: what is found in another namespace by its name
        self.elsewhere = stand_in()  # becomes invalid when something changes that is not the namespace's
        self.variables = [(name, self._value(name, value)) for where, name, value in watched if where is namespace]
        self.others = [(_runtime.loosen(where), name) for where, name, _ in watched if where is not namespace]
        self.belongs = belongs_to(namespace)
        self.consts = [self._part(value) for value in consts]
        self.dependencies = []
        for dependency in dependencies:
            self.dependencies.append((dependency[0], self._part(dependency[1]), *dependency[2:]))
            if dependency[1] is not namespace and id(dependency[1]) not in self.names:
                watch(dependency, self.elsewhere)
        self.callees = [self._part(function) for function in callees]
        del self.old, self.belongs

    def _value(self, name: str, value: Any) -> tuple[Any, ...]:
        """What another variable's value must be like."""
        kind = type(value)
        if kind is FunctionType and value.__globals__ is self.old:
            defaults = value.__defaults__, value.__kwdefaults__
            if value.__closure__ is not None or not is_atom(defaults[0]) or not is_atom(tuple((defaults[1] or {}).values())):
                raise Different
            self.names.setdefault(id(value), name)
            return "function", id(value), _runtime.loosen(value.__code__), defaults[0], None if defaults[1] is None else dict(defaults[1])
        if kind in CONTAINERS:
            self.names.setdefault(id(value), name)
            return "container", id(value), kind
        if kind in NUMBERS:
            return "number", kind, repr(value)
        return "same", self._same(value)

    def _same(self, value: Any) -> Any:
        if is_a(value, type) and defined_in(value, self.old):
            raise Different
        known = _runtime.loosen(value)
        if known is value and value is not MISSING and not is_atom(value) and not is_c_code(value):
            raise Different  # an object that cannot be referred to without keeping it alive
        return known

    def _part(self, value: Any) -> tuple[str, Any]:
        if value is self.old:
            return "globals", None
        if id(value) in self.names:
            return "name", self.names[id(value)]
        if self.belongs(value):
            raise Different  # what the region knows of it, it does not know from a variable
        return "same", self._same(value)

    def rebind(self, image: Image, namespace: dict[str, Any]) -> tuple[Image, list[tuple[Any, ...]], Watched, list[FunctionType]]:
        """The image for another namespace, what it relies on there, the values of the variables among that, and the functions that it
        calls. Raises Different."""
        if not self.elsewhere.valid:
            raise Different
        values = {name: namespace.get(name, MISSING) for name, _ in self.variables}
        found: dict[int, Any] = {}
        for name, wanted in self.variables:
            check(wanted, values[name], namespace)
            if wanted[0] in ("function", "container") and found.setdefault(wanted[1], values[name]) is not values[name]:
                raise Different
        if len({id(value) for value in found.values()}) < len(found):
            raise Different  # regions may rely on two not being the same
        try:
            others = [(where, name, where.get(name, MISSING)) for where, name in _runtime.tighten(self.others)]

            def part(known: tuple[str, Any]) -> Any:
                kind, what = known
                return namespace if kind == "globals" else values[what] if kind == "name" else _runtime.tighten(what)

            new = image.with_consts([part(known) for known in self.consts])
            dependencies = [(kind, part(known), *more) for kind, known, *more in self.dependencies]
            callees = [part(known) for known in self.callees]
        except ReferenceError:
            raise Different from None
        return new, dependencies, [(namespace, name, value) for name, value in values.items()] + others, callees


def check(wanted: tuple[Any, ...], value: Any, namespace: dict[str, Any]) -> None:
    """Raises Different unless it makes no difference that a variable has this value."""
    what, kind = wanted[0], type(value)
    if what == "function":
        same = (kind is FunctionType and value.__globals__ is namespace and value.__code__ is wanted[2]() and value.__closure__ is None
                and alike(wanted[3], value.__defaults__) and alike(wanted[4], value.__kwdefaults__))
    elif what == "container":
        same = kind is wanted[2]
    elif what == "number":
        same = kind is wanted[1] and repr(value) == wanted[2]
    else:
        same = value is (wanted[1]() if type(wanted[1]) is REF else wanted[1])
    if not same:
        raise Different


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
    return bool(flags(kind) & HEAP_TYPE) and type.__dict__["__module__"].__get__(kind) == namespace.get("__name__")


__all__ = ["Different", "Movable", "belongs_to"]
