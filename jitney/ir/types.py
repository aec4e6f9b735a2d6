"""The types of IR values: a counted-object pointer and three unboxed machine types."""

from __future__ import annotations

import enum


class Type(enum.Enum):
    """A machine-level type; the members' values are the letters used in IR text and op signatures."""

    OBJ = "obj"
    I64 = "i64"
    F64 = "f64"
    I1 = "i1"
    VOID = "void"

    def __repr__(self) -> str:
        return self.value

    __str__ = __repr__


OBJ, I64, F64, I1, VOID = Type.OBJ, Type.I64, Type.F64, Type.I1, Type.VOID
LETTERS = {"o": OBJ, "i": I64, "f": F64, "b": I1, "v": VOID}
