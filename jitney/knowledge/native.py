"""C functions as the interpreter's specialised calls see them: by their convention, not through a function object (PEP 590;
`CALL_BUILTIN_FAST` and the like, Python/bytecodes.c)."""

from __future__ import annotations

from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any

from .. import _runtime

METH_VARARGS, METH_KEYWORDS, METH_NOARGS, METH_O, METH_FASTCALL, METH_METHOD = 1, 2, 4, 8, 0x80, 0x200
CONVENTION = METH_VARARGS | METH_KEYWORDS | METH_NOARGS | METH_O | METH_FASTCALL | METH_METHOD


class NativeFunction:
    """`flags`: the convention alone. `address`: of the C function. `self`, `owner`: addresses of what a function is bound to, and of the
    class that a method is of; 0: there is none."""

    __slots__ = ("flags", "address", "self", "owner", "is_method")

    def __init__(self, flags: int, address: int, self_: int, owner: int, is_method: bool) -> None:
        self.flags = flags & CONVENTION
        self.address = address
        self.self = self_
        self.owner = owner
        self.is_method = is_method

    def takes(self, count: int, names: bool) -> bool:
        """Whether it can be called so, with `count` positional arguments behind `self`, with some that are named or with none."""
        if self.flags in (METH_NOARGS, METH_O):
            return not names and count == (self.flags == METH_O)
        if self.flags == METH_FASTCALL | METH_KEYWORDS | METH_METHOD:
            return self.is_method
        return self.flags == METH_FASTCALL | METH_KEYWORDS or (self.flags == METH_FASTCALL and not names)


def native_function(function: Any) -> NativeFunction | None:
    """None: it is not a C function."""
    if type(function) is MethodDescriptorType:
        flags, address, _, owner = _runtime.native_function(function)
        return NativeFunction(flags, address, 0, owner, True)
    if type(function) is BuiltinFunctionType:
        flags, address, self, _ = _runtime.native_function(function)
        return NativeFunction(flags, address, self, 0, False)
    return None
