"""Objects that IR texts in tests can name."""

from __future__ import annotations

import math


def f(a: object = None, b: object = None) -> object:
    return a


def g(a: object = None, b: object = None) -> object:
    return b


class Point:
    def __init__(self, x: object = None, y: object = None) -> None:
        self.x = x
        self.y = y


CONSTANTS = {"f": f.__code__, "g": g.__code__, "F": f, "G": g, "Point": Point, "math": math, "one": 1, "two": 2, "half": 0.5,
             "str_abc": "abc", "pair": (1, 2), "bytes_ab": b"ab"}
