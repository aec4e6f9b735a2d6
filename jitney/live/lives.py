"""What keeps the objects alive whose addresses are in machine code: the program, and not the region.

A valid region may rely on them: it is watched that they live. Values of watched variables, and what is found in watched classes and
functions, are replaced before they die; a class, function, module, code object or namespace that a recorded guard alone speaks of tells of
its death (csrc/watch.c). While the code runs that does not do: nobody but a frame that is not made yet may have such an object. Those are
held meanwhile, unless the globals of the region's outermost frame, which that keeps alive, hold them.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any

from ..knowledge.classes import HEAP_TYPE, flags, is_a, mro
from .services import MISSING

OWNED, BORROWED, PINNED, UNWATCHED = 0, 1, 2, 4  # csrc/runtime.h
ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented)})
name_of = type.__dict__["__name__"].__get__
dict_of = type.__dict__["__dict__"].__get__


class Lives:
    """Of the constants of one region."""

    def __init__(self, namespace: dict[str, Any], is_volatile: Callable[[dict[str, Any], str], bool]) -> None:
        self.namespace = namespace
        self.is_volatile = is_volatile
        self.sure: set[int] = set()  # ids of what the globals hold
        self.kept: set[int] = set()  # of what is held by something else that is watched
        self.parts: set[int] = set()  # of the functions within descriptors there
        self.more: list[tuple[dict[str, Any], str, Any]] = []  # variables to be watched, too

    def see(self, watched: Iterable[tuple[dict[str, Any], str, Any]], dependencies: list[tuple[Any, ...]],
            codes: Iterable[CodeType]) -> None:
        relied_on = {(id(dependency[1]), dependency[2]) for dependency in dependencies if dependency[0] == "dict"}
        for where, name, value in watched:
            if (id(where), name) not in relied_on:
                continue
            self._put(self.sure if where is self.namespace or where is builtins.__dict__ else self.kept, value)
        for code in codes:
            self._put(self.kept, code.co_consts)
        for dependency in dependencies:
            if dependency[0] == "type":
                self._type(dependency[1])
        for dependency in dependencies:
            if dependency[0] == "function":
                self._function(dependency[1])

    def _put(self, found: set[int], value: Any) -> None:
        found.add(id(value))
        if type(value) is tuple or type(value) is frozenset:
            for part in value:
                self._put(found, part)

    def _is_held(self, thing: Any, name: str) -> bool:
        """Whether the globals hold the class or function; under its own name, that is to be watched as well."""
        if id(thing) in self.sure:
            return True
        if self.namespace.get(name, MISSING) is not thing or self.is_volatile(self.namespace, name):
            return False
        self.more.append((self.namespace, name, thing))
        self.sure.add(id(thing))
        return True

    def _type(self, kind: type) -> None:
        if not flags(kind) & HEAP_TYPE:
            return
        found = self.sure if self._is_held(kind, name_of(kind)) else self.kept
        for base in mro(kind):
            found.add(id(base))
            if flags(base) & HEAP_TYPE:
                for value in list(dict_of(base).values()):
                    self._put(found, value)
                    if found is self.sure:
                        self.parts.update([id(part) for part in parts_of(value)])

    def _function(self, function: FunctionType) -> None:
        found = self.sure if self._is_held(function, function.__name__) else self.kept
        self._put(found, function.__defaults__)

    def way(self, value: Any) -> int:
        kind = type(value)
        if is_a(value, type):
            if not flags(value) & HEAP_TYPE:
                return OWNED
            return BORROWED | UNWATCHED if id(value) in self.sure else PINNED
        if kind is CodeType or value is self.namespace:
            return BORROWED
        if is_atom(value):
            return OWNED
        if id(value) in self.sure:
            return BORROWED | UNWATCHED
        if kind is FunctionType or is_a(value, ModuleType):
            return BORROWED if id(value) in self.parts else PINNED
        if id(value) in self.kept:
            return PINNED | UNWATCHED
        return OWNED

    def ways(self, consts: Iterable[Any], namespaces: set[int]) -> bytes:
        """For each constant how the region has it."""
        return bytes([PINNED if id(value) in namespaces and value is not self.namespace else self.way(value) for value in consts])


def parts_of(descriptor: Any) -> tuple[Any, ...]:
    if type(descriptor) is property:
        return descriptor.fget, descriptor.fset, descriptor.fdel
    return (descriptor.__func__,) if type(descriptor) in (staticmethod, classmethod) else ()


def is_c_code(value: Any) -> bool:
    """Whether it is a function or class of C code, with no object of the program's behind it."""
    if is_a(value, type):
        return not flags(value) & HEAP_TYPE
    if type(value) is BuiltinFunctionType:
        owner = value.__self__
        return owner is None or is_a(owner, ModuleType) or (is_a(owner, type) and is_c_code(owner))
    return type(value) in (MethodDescriptorType, WrapperDescriptorType) and is_c_code(value.__objclass__)


def is_atom(value: Any) -> bool:
    """Whether it does not matter how long it lives."""
    if type(value) is tuple or type(value) is frozenset:
        return all([is_atom(part) for part in value])
    return type(value) in ATOMS


__all__ = ["Lives", "is_atom", "is_c_code"]
