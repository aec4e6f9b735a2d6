"""Attributes of classes whose metaclass is not `type`, and objects compared by object's own methods; both changed on the way."""

import enum


class Kind(enum.Enum):
    BIG = 1
    SMALL = 2
    OTHER = 3


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Meta(type):
    shared = "meta"

    @property
    def data(cls):
        return "property of the metaclass"

    def method(cls):
        return cls.__name__


class Made(metaclass=Meta):
    value = 1
    data = "own"
    shared = "class"

    @classmethod
    def make(cls):
        return cls.value

    @staticmethod
    def help():
        return "static"


class Answering(type):
    def __getattribute__(cls, name):
        return name if name.startswith("x") else type.__getattribute__(cls, name)


class Asked(metaclass=Answering):
    x1 = 5
    y1 = 6


class Fallback(type):
    def __getattr__(cls, name):
        return "fallback " + name


class Falling(metaclass=Fallback):
    a = 1


class Plain:
    pass


class Equal:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return isinstance(other, Equal) and self.x == other.x

    __hash__ = None


class Derived(Plain):
    def __eq__(self, other):
        return "derived"

    __hash__ = object.__hash__


def case_enums(log):
    found = []
    kinds = [Kind.BIG, Kind.SMALL, Kind.OTHER]
    for i in range(60):
        kind = kinds[i % 3]
        found.append((kind == Kind.BIG, kind != Kind.SMALL, kind is Kind.OTHER, Kind.BIG.name, Kind.SMALL.value, Level.LOW < Level.HIGH,
                      Level.LOW == 1, kind == 1, None == kind, kind in (Kind.BIG, Kind.OTHER)))
    log(found)


def case_made(log):
    for i in range(60):
        log(Made.value, Made.data, Made.shared, Made.method(), Made.make(), Made.help())
        if i == 20:
            Made.value = 2
        if i == 30:
            Meta.value = property(lambda cls: "from the metaclass")
        if i == 40:
            del Meta.value
        if i == 45:
            Meta.help = lambda cls: "not called"
    del Meta.help


def case_answering(log):
    for i in range(30):
        log(Asked.x1, Asked.y1, Falling.a, Falling.b)
        if i == 15:
            Falling.b = i
    del Falling.b


def case_compared(log):
    things = [Plain(), Plain(), Derived(), Equal(1), Equal(1), None, 1, "text", Kind.BIG, ()]
    for _ in range(6):
        for a in things:
            for b in things:
                log(a == b, a != b)


def case_pairs(log):
    class Local:
        pass

    a, b = Local(), Local()
    found = []
    for i in range(80):
        found.append((a == b, a != b, a == a, a == None, 5 != a, a == "x"))
        if i == 30:
            Local.__eq__ = lambda self, other: "equal"
        if i == 50:
            del Local.__eq__
        if i == 60:
            Local.__ne__ = lambda self, other: "unequal"
    log(found)
    total = 0
    for i in range(40):
        total += a == (a if i % 2 else b)
    log(total)
