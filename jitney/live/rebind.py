"""The same code under other globals: a script that is executed again, a module imported under two names.

A region is made for one namespace, whose variables and functions are constants in it. What of these belongs to the namespace is not in the
machine code but in its pool (`lower.engine.Image`), so that the object file serves another namespace, if every variable that the region
relies on means the same there: `rebind` looks for what corresponds to each object, and the file is linked anew, in a millisecond or two.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..lower import Image
from .services import MISSING

if TYPE_CHECKING:
    from .compile import Unit

HEAP_TYPE = 1 << 9
NUMBERS = (int, float, bool)


class Different(Exception):
    """The region is of no use for the other namespace."""


def belongs_to(namespace: dict[str, Any]) -> Callable[[Any], bool]:
    """Whether a constant has to be looked for anew in another namespace."""

    def belongs(value: Any) -> bool:
        return value is namespace or (type(value) is FunctionType and value.__globals__ is namespace)

    return belongs


Watched = list[tuple[dict[str, Any], str, Any]]


def rebind(unit: Unit, namespace: dict[str, Any]) -> tuple[Image, list[tuple[Any, ...]], Watched, dict[int, Any]]:
    """The unit's image for another namespace, what it relies on there, the values of the variables among that, and what corresponds to
    what, by address. Raises Different."""
    image: Image = unit.image
    old = unit.namespace
    same: dict[int, Any] = {id(old): namespace}
    dependencies: list[tuple[Any, ...]] = []
    watched: Watched = []
    for where, name, value in unit.compiled.watched:
        if where is old:
            other = namespace.get(name, MISSING)
            correspond(value, other, old, namespace, same)
            watched.append((namespace, name, other))
        else:
            watched.append((where, name, value))
    for dependency in unit.dependencies:
        if dependency[0] == "dict" and dependency[1] is old:
            dependencies.append(("dict", namespace, dependency[2]))
        elif dependency[0] == "type" and defined_in(dependency[1], old):
            raise Different
        else:
            dependencies.append(dependency)
    belongs = belongs_to(old)
    consts = []
    for value in image.consts:
        if belongs(value):
            value = same.get(id(value))
            if value is None:
                raise Different
        elif isinstance(value, type) and defined_in(value, old):
            raise Different
        consts.append(value)
    dependencies = [("function", same.get(id(key[1]), key[1])) if key[0] == "function" else key for key in dependencies]
    new: Image = Image.__new__(Image)
    for name in Image.__slots__:
        setattr(new, name, getattr(image, name))
    new.consts, new.seconds = consts, {}
    return new, dependencies, watched, same


def correspond(value: Any, other: Any, old: dict[str, Any], namespace: dict[str, Any], same: dict[int, Any]) -> None:
    """Notes that a variable has one value here, another there; raises Different unless that makes no difference."""
    if value is other:
        return
    if type(value) is FunctionType and type(other) is FunctionType and value.__globals__ is old and other.__globals__ is namespace:
        if (value.__code__ is other.__code__ and value.__closure__ is None and other.__closure__ is None
                and alike(value.__defaults__, other.__defaults__) and alike(value.__kwdefaults__, other.__kwdefaults__)):
            same[id(value)] = other
            return
    elif type(value) is type(other) and type(value) in NUMBERS and repr(value) == repr(other):
        return
    raise Different


def alike(defaults: Any, others: Any) -> bool:
    """Whether two functions' defaults are the same objects."""
    if defaults is None or others is None:
        return defaults is others
    if len(defaults) != len(others):
        return False
    if type(defaults) is dict:
        return all(others.get(name, defaults) is value for name, value in defaults.items())
    return all(one is two for one, two in zip(defaults, others, strict=True))


def defined_in(kind: type, namespace: dict[str, Any]) -> bool:
    """Whether the class may have been made by the code of the namespace."""
    return bool(kind.__flags__ & HEAP_TYPE) and type.__dict__["__module__"].__get__(kind) == namespace.get("__name__")


__all__ = ["Different", "belongs_to", "rebind"]
