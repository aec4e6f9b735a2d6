"""Classes with a `__new__` of their own, named tuples, and objects made by object.__new__ and tuple.__new__."""

import abc
import math
import re
import traceback
import types
from collections import namedtuple
from fractions import Fraction

Point = namedtuple("Point", "x y")


class Mark:
    def __init__(self, name, where):
        self.name, self.where = name, where

    def __del__(self):
        self.where.append(self.name)


class Vector:
    __slots__ = ("x", "y")

    def __new__(cls, x, y=0):
        self = object.__new__(cls)
        self.x = x
        self.y = y
        return self

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)


class Plain(metaclass=abc.ABCMeta):
    def __new__(cls, value, *rest):
        made = super().__new__(cls)
        made.value = value
        made.rest = rest
        return made


class Derived(Plain):
    pass


class Starts(Plain):
    def __init__(self, value, *rest):
        self.value += 1000


class Abstract(abc.ABC):
    @abc.abstractmethod
    def method(self): ...


def case_sums(log):
    total, step = Vector(0), Vector(1, 2)
    for _ in range(80):
        total = total + step
    log(total.x, total.y)
    fraction = Fraction(0)
    for i in range(1, 60):
        fraction = fraction + Fraction(1, i) - Fraction(i % 3, 7)
    log(str(fraction))
    log([str(Fraction(i, 6) * Fraction(i, 35) / Fraction(7, 5)) for i in range(50)])


def case_metaclass(log):
    made = [Derived(i) if i % 3 else Plain(i, i + 1) for i in range(60)]
    log([(type(one).__name__, one.value, one.rest) for one in made])


def make(cls, value):
    return cls(value, "rest")


def case_other_class(log):
    """`__new__` begins to make an object of another class, which is initialised or is not."""

    class Chooses:
        def __new__(cls, value, rest):
            if value == 40:
                return 40
            if value > 50:
                made = object.__new__(Initialised)
                made.value = value
                return made
            self = object.__new__(cls)
            self.value = value
            return self

    class Initialised(Chooses):
        def __init__(self, value, rest):
            log("initialised", value, rest)
            if value == 63:
                raise KeyError(value)
            self.value = -value

    for i in range(70):
        try:
            made = make(Chooses, i)
            log(type(made).__name__, getattr(made, "value", None))
        except KeyError as error:
            log([(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)])


def case_initialised_too(log):
    log([Starts(i, 1).value for i in range(50)])


def case_changed(log):
    class Changes:
        def __new__(cls, value):
            self = object.__new__(cls)
            self.value = value
            return self

    def maker(cls, value):
        self = object.__new__(cls)
        self.value = -value
        return self

    def initialiser(self, value):
        self.value *= 10

    seen = []
    for i in range(90):
        if i == 40:
            Changes.__new__ = maker
        if i == 60:
            Changes.__init__ = initialiser
        if i == 75:
            del Changes.__init__
        seen.append(Changes(i).value)
    log(seen)


def case_deaths(log):
    died = []

    class Holds:
        def __new__(cls, first, second):
            self = object.__new__(cls)
            first = None
            died.append("body")
            self.second = second
            return self

    for i in range(40):
        Holds(Mark(f"first {i}", died), Mark(f"second {i}", died))
    log(died)


def case_raises(log):
    class Fails:
        def __new__(cls, value):
            made = object.__new__(cls)
            made.value = 100 // (value - 33)
            return made

    for i in range(40):
        try:
            log(Fails(i).value)
        except ZeroDivisionError as error:
            log([(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)])


def case_refused(log):
    for cls in (int, dict, Abstract, Vector, tuple, re.Pattern, type(iter([])), types.SimpleNamespace, object):
        for _ in range(12):
            try:
                log(type(object.__new__(cls)).__name__)
            except TypeError as error:
                log(str(error))
    for cls in (re.Pattern, type(iter([])), types.SimpleNamespace, Abstract, object):
        for _ in range(12):
            try:
                log(type(cls()).__name__)
            except TypeError as error:
                log(str(error))
    for cls in (tuple, list, Point):
        for _ in range(12):
            try:
                log(tuple.__new__(cls, (1, 2)))
            except TypeError as error:
                log(str(error))


def case_set_again(log):
    """A slot of an object just made is set twice; the first value dies."""
    died = []
    for i in range(40):
        made = object.__new__(Vector)
        made.x = Mark(i, died)
        made.x = i
        try:
            log(made.x, made.y)
        except AttributeError as error:
            log(str(error))
    log(died)


def case_named_tuples(log):
    points = [Point(i, -i) for i in range(60)]
    log(sum([p.x - p.y for p in points]), points[7], type(points[7]).__name__, points[3]._replace(y=5))
    total = 0
    for p in points:
        x, y = p
        total += x * y
    log(total, [point == (3, -3) for point in points].count(True))
    made = [Point(*pair) for pair in zip("abc" * 10, range(30))]
    log(made)
    try:
        for i in range(40):
            Point(*range(2 if i < 33 else 3))
    except TypeError as error:
        log(str(error))


def case_short_tuples(log):
    """Objects of a named tuple's class that have fewer items than there are fields."""
    for i in range(40):
        point = tuple.__new__(Point, (i,) if i > 30 else (i, i + 1))
        try:
            log(point.x + point.y)
        except IndexError as error:
            log(str(error))
        try:
            a, b = point
        except ValueError as error:
            log(str(error))


class Fields(tuple):
    last = type(Point.x)(-1, "no item")
    second = type(Point.x)(1, "an item")


def case_fields_of_other_tuples(log):
    for i in range(40):
        made = Fields((i, i + 1)) if i % 10 else Fields((i,))
        try:
            log(made.second)
            log(made.last)
        except IndexError as error:
            log(str(error))


class Backwards(Point):
    def __iter__(self):
        return iter(super().__repr__()[:2])


class Grown(Point):
    __slots__ = ()

    @property
    def size(self):
        return math.hypot(self.x, self.y)


def case_derived_tuples(log):
    for i in range(40):
        first, second = Backwards(i, 2)
        log(first, second, Grown(i, 3).size)
    for i in range(40):
        if i == 25:
            Grown.x = property(lambda self: 99)
        log(Grown(i, 3).x)
    del Grown.x


def case_other_builtins(log):
    """A function whose builtins are its own."""
    names = {"__builtins__": {"len": lambda thing: -1}, "base": 5}
    exec("def sized(x): return len(x) + base\ndef plain(x): return x + base", names)
    sized, plain = names["sized"], names["plain"]
    seen = []
    for i in range(90):
        if i == 50:
            names["base"] = 7
        if i == 70:
            del names["base"]
            names["__builtins__"]["base"] = 11
        seen.append((sized("abc"), plain(i)))
    log(seen)


def case_gcd(log):
    numbers = [0, 1, -1, 12, -18, 2**30, 3**20, -(2**63), 2**63 - 1, 2**62, True]
    for a in numbers:
        log([math.gcd(a, b) for b in numbers])
    log([math.gcd(i * 2**61, 2**63 + i * 6) for i in range(40)])
    log([math.gcd(-(2**63), -(2**63) * (i > 20)) for i in range(40)])
    log(type(math.gcd(True, False)).__name__)
