"""super(): of instances and of classes, methods of Python and of C, static ones and those of the class, changed on the way."""


class A:
    made = 0

    def __new__(cls, x):
        self = super(A, cls).__new__(cls)
        self.x = x
        return self

    def __init__(self, x):
        super().__init__()

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def help(x):
        return x * 2

    def plain(self, x):
        return self.x + x

    @property
    def twice(self):
        return self.x * 2

    def __repr__(self):
        return f"A({self.x})"

    def __eq__(self, other):
        return self.x == other.x

    __hash__ = None


class B(A):
    def __new__(cls, x):
        return super().__new__(cls, x + 1)

    @classmethod
    def make(cls, x):
        return super().make(x), super(B, cls).make(x)

    @staticmethod
    def help(x):
        return super(B, B).help(x) + 1

    def plain(self, x):
        return super().plain(x), super(B, B).plain(self, x)

    @property
    def twice(self):
        return super().twice

    def __repr__(self):
        return "B" + super().__repr__()

    def __eq__(self, other):
        return super().__eq__(other)

    __hash__ = None

    def missing(self):
        return super().nothing


class Counting(dict):
    def __getitem__(self, key):
        return super().__getitem__(key) + 1

    def __setitem__(self, key, value):
        super().__setitem__(key, value)

    def get(self, key, default=None):
        return super().get(key, default)

    def __len__(self):
        return super().__len__()


class Number(int):
    def __new__(cls, value):
        return super().__new__(cls, value)

    def __add__(self, other):
        return Number(super().__add__(other))


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)

    def named(cls):
        return super().__repr__()[:6]


class Made(metaclass=Meta):
    def __init__(self, x):
        self.x = x


def case_instances(log):
    for i in range(40):
        b = B(i)
        log(b, b.plain(i), b.twice, B.help(i), [repr(a) for a in B.make(i)], b == B(i), b == A(i))
        try:
            b.missing()
        except AttributeError as error:
            log(str(error))


def case_containers(log):
    counting = Counting()
    for i in range(40):
        counting[i % 7] = i
        log(counting[i % 7], len(counting), counting.get(i), counting.get(99, "no"))
        try:
            counting[50]
        except KeyError as error:
            log(str(error))


def case_numbers(log):
    total = Number(0)
    for i in range(60):
        total = total + i
    log(int(total), type(total).__name__)


def case_metaclass(log):
    log([(Made(i).x, Made.named()) for i in range(40)])


def case_changed(log):
    class Base:
        def f(self):
            return "base"

        @classmethod
        def g(cls):
            return "class"

    class Other:
        def f(self):
            return "other"

        @staticmethod
        def g():
            return "static"

    class Derived(Base):
        def f(self):
            return super().f()

        @classmethod
        def g(cls):
            return super().g()

    thing, found = Derived(), []
    for i in range(90):
        found.append((thing.f(), Derived.g()))
        if i == 30:
            Base.f = lambda self: "changed"
        if i == 45:
            Base.g = staticmethod(lambda: "changed")
        if i == 60:
            Derived.__bases__ = (Other,)
    log(found)


def case_fractions(log):
    from fractions import Fraction

    total = Fraction(0)
    for i in range(1, 40):
        total += Fraction(i, i + 1) * Fraction(3, i)
    log(str(total), total > 3, total == Fraction(1, 2))
