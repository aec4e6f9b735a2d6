"""TABLE of virtual objects: things a region computes with but allocates only when it leaves.

The numbers are part of the exit records' format (`csrc/leave.c` has the same list).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .values import Value

#: kind -> (number, names of the fields; "*" is any number of objects)
KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "tuple": (0, ("*",)),
    "list": (1, ("*",)),
    "range": (2, ("start", "stop", "step")),            # i64 each
    "range_iter": (3, ("current", "stop", "step")),     # i64 each; step > 0; items current, current + step, ... below stop
    "list_iter": (4, ("list", "index")),                # obj, i64
    "tuple_iter": (5, ("tuple", "index")),
    "enumerate": (6, ("iterator", "count")),            # obj (often virtual), i64
    "zip": (7, ("*",)),                                 # the iterators
    "method": (8, ("function", "self")),
    "slice": (9, ("start", "stop", "step")),            # obj each
    "reversed_list": (10, ("list", "index")),
    "str_iter": (11, ("str", "index")),                 # ASCII strings
    "range_iter_down": (13, ("current", "stop", "step")),  # step < 0
    "list_slice": (14, ("list", "start", "stop", "step")),  # obj, i64 each (the least i64: None), while the list is as it was
    "cell": (12, ("content",)),                         # obj or NULL
    "dict": (15, ("*",)),                               # keys (strs) and values in turn
    # one that is not running: code and globals of its function, i64 offset where it is to be resumed (constants; -1: it is over), the
    # function; then its slots and its stack, each an object or NULL
    "generator": (16, ("*",)),
    # code and globals are constants; the others objects or NULL
    "function": (18, ("code", "globals", "defaults", "kwdefaults", "annotations", "closure")),
    # the generator whose frame is at that place of the path (a constant i64; 0: the outermost)
    "running": (17, ("level", "function")),
}


def let_go(kind: str, fields: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    """The fields in the order in which such an object releases them when it dies (`tp_dealloc` of CPython's Objects/*.c)."""
    if kind in ("tuple", "list", "zip"):
        return fields[::-1]
    if kind == "slice":
        start, stop, step = fields
        return step, start, stop
    if kind == "generator":
        return (*fields[4:], fields[3])
    if kind == "function":
        _, _, defaults, kwdefaults, annotations, closure = fields
        return defaults, kwdefaults, closure, annotations
    return fields
