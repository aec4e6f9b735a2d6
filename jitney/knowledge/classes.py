"""What class an object is of, without asking the object: `isinstance` and `hasattr` run code of the program's for a proxy, whose
`__class__` is a property, and believe what it says."""

from __future__ import annotations

from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, TypeGuard

from .. import _runtime

#: what a class lacks, or has no plain attribute for
MISSING = object()


def is_a[T](thing: Any, kind: type[T]) -> TypeGuard[T]:
    """Whether an object is of a class or of one derived from it."""
    return issubclass(type(thing), kind)


#: descriptors that an attribute of the class itself comes before, where its metaclass has them (Objects/typeobject.c, type_getattro)
NOT_DATA = frozenset({staticmethod, FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType})

HEAP_TYPE, IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS_


_mro, _flags, _namespace, _base, _dictoffset = [
    type.__dict__[name].__get__ for name in ("__mro__", "__flags__", "__dict__", "__base__", "__dictoffset__")]


def mro(kind: type) -> tuple[type, ...]:
    """`__mro__`, whatever a metaclass says."""
    found: tuple[type, ...] = _mro(kind)
    return found


def flags(kind: type) -> int:
    """`__flags__`, whatever a metaclass says."""
    found: int = _flags(kind)
    return found


def namespace(kind: type) -> Mapping[str, Any]:
    """`__dict__`, whatever a metaclass says."""
    found: Mapping[str, Any] = _namespace(kind)
    return found


def next_base(kind: type) -> type | None:
    """`__base__`, whatever a metaclass says."""
    found: type | None = _base(kind)
    return found


def dictoffset(kind: type) -> int:
    """`__dictoffset__`, whatever a metaclass says."""
    found: int = _dictoffset(kind)
    return found


def is_strange(cls: type) -> bool:
    """Whether asking a class for an attribute or its hash, or comparing it, runs code of its metaclass's: nothing is asked of it then. No
    value of such a class is known by it, either: the recorder says of them that they are of the class `_runtime.Region`."""
    return bool(_runtime.is_strange(cls))


def stays(kind: type) -> bool:
    """Whether the `__class__` of its instances can't be set: it can where the class may be changed itself, and of modules
    (`object_set_class`, Objects/typeobject.c)."""
    return flags(kind) & (HEAP_TYPE | IMMUTABLE_TYPE) != HEAP_TYPE and kind is not ModuleType


def lookup(kind: type, name: str, after: type | None = None) -> Any:
    """What `_PyType_Lookup` finds, without calling any descriptor; with `after`, a class of the MRO, what super() finds behind it."""
    for base in mro(kind):
        if after is not None:
            if base is after:
                after = None
            continue
        if name in (found := namespace(base)):
            return found[name]
    return MISSING
