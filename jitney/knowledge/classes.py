"""What class an object is of, without asking the object: `isinstance` and `hasattr` run code of the program's for a proxy, whose
`__class__` is a property, and believe what it says."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, TypeGuard

#: what a class lacks, or has no plain attribute for
MISSING = object()


def is_a[T](thing: Any, kind: type[T]) -> TypeGuard[T]:
    """Whether an object is of a class or of one derived from it."""
    return issubclass(type(thing), kind)


#: descriptors that an attribute of the class itself comes before, where its metaclass has them (Objects/typeobject.c, type_getattro)
NOT_DATA = frozenset({staticmethod, FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType})

HEAP_TYPE, IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS_


def stays(kind: type) -> bool:
    """Whether the `__class__` of its instances can't be set: it can where the class may be changed itself, and of modules
    (`object_set_class`, Objects/typeobject.c)."""
    return kind.__flags__ & (HEAP_TYPE | IMMUTABLE_TYPE) != HEAP_TYPE and kind is not ModuleType


def lookup(kind: type, name: str, after: type | None = None) -> Any:
    """What `_PyType_Lookup` finds, without calling any descriptor; with `after`, a class of the MRO, what super() finds behind it."""
    for base in kind.__mro__:
        if after is not None:
            if base is after:
                after = None
            continue
        namespace = type.__dict__["__dict__"].__get__(base)
        if name in namespace:
            return namespace[name]
    return MISSING
