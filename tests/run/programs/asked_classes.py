"""Classes that are asked: issubclass, getattr and hasattr of them, attributes that they give themselves or by descriptors."""

import collections.abc


class Base:
    plain = 1
    text = "base"

    def method(self):
        return "method"

    @property
    def size(self):
        return 5

    @classmethod
    def make(cls):
        return cls.__name__

    @staticmethod
    def fixed(x=3):
        return x

    __slots__ = ("slot",)


class Derived(Base):
    plain = [1, 2]


class Meta(type):
    plain = "of the metaclass"

    @property
    def text(cls):
        return "property of the metaclass"

    def method(cls):
        return "method of the metaclass"

    def __subclasscheck__(cls, other):
        return other is int or super().__subclasscheck__(other)


class WithMeta(metaclass=Meta):
    plain = "of the class"


class Asks(type):
    def __getattribute__(cls, name):
        asked.append(name)
        return "asked", name


class Asked(metaclass=Asks):
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return self.value + 1


class Compares(type):
    def __eq__(cls, other):
        asked.append("compared")
        return type.__eq__(cls, other)

    def __hash__(cls):
        asked.append("hashed")
        return 5


class Compared(metaclass=Compares):
    limit = 3

    def __init__(self, value=0):
        self.value = value

    def next(self):
        return Compared(self.value + self.limit)

    @classmethod
    def make(cls, value):
        return cls(value)


asked = []


class Gives:
    def __get__(self, instance, owner):
        return "given", owner.__name__


CLASSES = [Base, Derived, int, bool, dict, collections.OrderedDict, str, type, WithMeta, object, collections.abc.Sized, list]
NAMES = ("plain", "text", "method", "size", "make", "fixed", "slot", "__repr__", "__init__", "__name__", "__new__", "__doc__", "missing")


def described(value):
    return value if type(value) in (int, str, list, tuple) else (type(value).__name__, getattr(value, "__name__", None))


def case_getattr(log):
    def by_name(classes, name):
        return [getattr(cls, name, "nothing") for cls in classes]

    def named(classes):
        return [(getattr(cls, "__repr__", None) is int.__repr__, getattr(cls, "plain", 0), hasattr(cls, "make"), getattr(cls, "size", 1) is None)
                for cls in classes]

    for _ in range(12):
        log(named(CLASSES), named([Base, Derived] * 3), named([Asked]))
        for name in NAMES:
            log([described(found) for found in by_name(CLASSES, name)])


def case_nobody_else_asks(log):
    """What the compiler wants to know of a class, its metaclass is not asked for."""
    total = 0
    for i in range(60):
        made = Asked(i)
        total += made + made
        if isinstance(made, Base) or issubclass(Asked, Base) or made == 3 or not made or i in {made: 1}:
            total += 1
        log(Asked.value, getattr(Asked, "value", 0), type(made) is Asked)
    log(total, sorted(asked))
    asked.clear()
    one, made, kinds = Compared(), [], {}
    for i in range(60):
        one = one.next() if i % 5 else Compared.make(i)
        made.append(one)
        total += one.value + len([x for x in made if isinstance(x, Compared)]) + Compared.limit
        kind = type(one)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind is Compared and kind != int and kind in (Compared, list) and issubclass(kind, Compared):
            total += getattr(kind, "limit", 9)
        total += max([len([one]), i])
    log(total, sorted(asked), len(kinds))
    asked.clear()


def case_one_class(log):
    for _ in range(40):
        log(getattr(Derived, "plain", 0), getattr(Derived, "missing", 0), hasattr(Derived, "method"), hasattr(Base, "missing"))
        log(getattr(WithMeta, "plain", 0), getattr(WithMeta, "text", 0), described(getattr(WithMeta, "method", 0)), Derived.make())
        log(Base.fixed(4), Derived.fixed(), described(Base.size), described(Base.slot), int.__repr__ is bool.__repr__)


def case_issubclass(log):
    def of_several(cls):
        return (issubclass(cls, int), issubclass(cls, (dict, str)), issubclass(cls, Base), issubclass(cls, ((list,), bool)),
                issubclass(cls, collections.abc.Sized), issubclass(cls, WithMeta), issubclass(cls, ()), issubclass(cls, object))
    for _ in range(12):
        for cls in CLASSES:
            log(of_several(cls))
    for thing in [int, bool] * 20 + [3, "x", int, None]:
        try:
            log(issubclass(thing, (int, str)))
        except TypeError as error:
            log(str(error))


def case_changed(log):
    class Other:
        pass

    class Changes(Base):
        value = 1

    def ask(cls):
        return getattr(cls, "value", "none"), issubclass(cls, Other), getattr(Changes, "value", "none"), issubclass(Changes, Other)

    class Second(Base):
        value = "second"
    for i in range(120):
        if i == 40:
            Changes.value = Gives()
        if i == 60:
            del Changes.value
        if i == 80:
            Changes.__bases__ = (Derived,)
        if i == 100:
            Changes.value = lambda self: 0
        log([described(found) for found in (*ask(Changes), *ask(Second))])


def case_bases(log):
    class First:
        pass

    class Other(First):
        pass

    class Changes(First):
        pass
    for i in range(80):
        if i == 40:
            Changes.__bases__ = (Other,)
        log(issubclass(Changes, Other), [issubclass(cls, Other) for cls in (Changes, Other, First)])
