"""Objects that say they are of another class, and descriptors derived from the usual ones: compiling asks none of them, and believes none."""

from types import FunctionType

asked = []


class Proxy:
    """Wraps a function as wrapt and mock do."""

    def __init__(self, function):
        self.function = function

    @property
    def __class__(self):
        asked.append("__class__")
        return FunctionType

    def __getattr__(self, name):
        asked.append(name)
        return getattr(self.function, name)

    def __call__(self, x):
        return self.function(x) + 1000


class Lazy:
    """What six has in its classes: any attribute that is asked for makes it load."""

    def __getattr__(self, name):
        asked.append(name)
        raise ImportError(name)


class OwnProperty(property):
    def __get__(self, instance, owner=None):
        return 42


class OwnStatic(staticmethod):
    def __get__(self, instance, owner=None):
        return lambda *args: "static"


class OwnClass(classmethod):
    def __get__(self, instance, owner=None):
        return lambda *args: "class"


class OwnTuple(tuple):
    def __contains__(self, item):
        return True


@Proxy
def wrapped(x):
    return x * 2


class Holder:
    lazy = Lazy()
    wrapped = wrapped

    @OwnProperty
    def own_property(self):
        return 1

    @OwnStatic
    def own_static():
        return 2

    @OwnClass
    def own_class(cls):
        return 3

    def method(self, x):
        return x


class Later:
    pass


class Uses:
    later = Later()


def calls_a_proxy():
    total = 0
    for i in range(60):
        total += wrapped(i)
    return total


def calls_a_proxy_in_a_class():
    holder, total = Holder(), 0
    for i in range(60):
        total += holder.wrapped(i) + holder.method(i) + Holder.wrapped(i)
    return total


def derived_descriptors():
    holder, seen = Holder(), set()
    for _ in range(60):
        seen.add((holder.own_property, holder.own_static(), holder.own_class(), Holder.own_static(), Holder.own_class()))
    return seen


def becomes_a_descriptor():
    uses, seen = Uses(), []
    for i in range(60):
        if i == 40:
            Later.__get__ = lambda self, instance, owner=None: "got"
        seen.append(type(uses.later).__name__)
    del Later.__get__
    return seen.count("Later"), seen.count("str")


OWN = OwnTuple((1, 2))


def derived_tuple():
    found = 0
    for i in range(60):
        found += i in OWN
    return found


class Guessed(type):
    def __subclasscheck__(cls, other):
        asked.append("subclass")
        return True


class Base(metaclass=Guessed):
    def value(self):
        return 1


class Derived(Base):
    def value(self):
        return super().value() + 1


def super_asks_no_hook():
    derived, total = Derived(), 0
    for _ in range(60):
        total += derived.value()
    return total


for function in (calls_a_proxy, calls_a_proxy_in_a_class, derived_descriptors, becomes_a_descriptor, derived_tuple, super_asks_no_hook):
    print(function.__name__, function(), asked)
