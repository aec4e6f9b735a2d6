"""Where instances keep their attributes: asked of the C runtime, as it differs between CPython versions."""

from __future__ import annotations

from collections import namedtuple
from types import MemberDescriptorType, MethodDescriptorType
from typing import Any

from .. import _runtime
from .classes import dictoffset, flags

#: the class of a named tuple's attributes (Modules/_collectionsmodule.c, tuplegetter)
TUPLE_FIELD: type = type(vars(namedtuple("Single", "item"))["item"])

MANAGED_DICT = 1 << 4


def has_instance_dict(kind: type) -> bool:
    """Whether instances can have attributes that are not slots."""
    return dictoffset(kind) != 0


def has_plain_dict(kind: type) -> bool:
    """Whether instances have a pointer to a dict, at an offset that is the same for all."""
    return dictoffset(kind) > 0 and not flags(kind) & MANAGED_DICT


def keeps_dicts(kind: type) -> bool:
    """Whether an instance was recorded that had its attributes in a dict."""
    return bool(_runtime.keeps_dicts(kind))


def inline_index(kind: type, name: str) -> int | None:
    """The position of an attribute among the inline values of instances, if the class's shared keys have it."""
    index = _runtime.inline_index(kind, name)
    return None if index < 0 else index


def shared_keys_count(kind: type) -> tuple[int, int] | None:
    """(address of the number of shared keys, that number): while it stays, no instance has got an attribute with a new name."""
    found: tuple[int, int] | None = _runtime.shared_keys_count(kind)
    return found


def slot_offset(descriptor: MemberDescriptorType) -> int | None:
    """The byte offset of a `__slots__` member holding any object."""
    offset = _runtime.slot_offset(descriptor)
    return None if offset < 0 else offset


def tuple_field(descriptor: Any) -> int:
    """The index of the item that an attribute of a named tuple stands for; negative: there is no such item."""
    index: int = descriptor.__reduce__()[1][0]
    return index


def method_definition(descriptor: MethodDescriptorType) -> int:
    """The address of the C definition behind a method of a built-in type; bound methods made from it have the same."""
    return int(_runtime.method_definition(descriptor))


def reads_plainly(kind: type) -> bool:
    """Whether instances' attributes are read as object's are."""
    return bool(_runtime.attribute_access(kind)[0])


def sets_plainly(kind: type) -> bool:
    """Whether instances' attributes are set as object's are."""
    return bool(_runtime.attribute_access(kind)[1])
