"""Instances, attributes, methods, operators, classes that change."""

import sys


def case_attributes(log):
    class P:
        def __init__(self, x, y):
            self.x = x
            self.y = y

        def move(self, dx, dy=1):
            self.x += dx
            self.y += dy
            return self

    p = P(1, 2.5)
    for i in range(60):
        p.move(i).move(0.5, dy=i)
        p.x = p.x * 0.5
    ps = [P(i, i * 0.5) for i in range(20)]
    n = 0
    for r in range(4):
        for q in ps:
            n += q.x + q.y
            q.y = n
    return p.x, p.y, n


def case_attribute_missing(log):
    class A:
        z = 5

    a = A()
    for i in range(40):
        try:
            log(a.x)
        except AttributeError as e:
            log(str(e))
        if i % 4 == 0:
            a.x = i
        elif i % 4 == 2:
            del a.x
        a.y = getattr(a, "y", 0) + i
        if i == 20:
            a.z = 50
        log(a.z, a.y)
    return a.__dict__


def case_slots(log):
    class S:
        __slots__ = ("a", "b")

        def __init__(self):
            self.a = 1

    s = S()
    n = 0
    for i in range(50):
        s.a += i
        try:
            n += s.b
        except AttributeError as e:
            log(str(e))
        if i % 5 == 0:
            s.b = i * 0.5
        if i % 15 == 14:
            del s.b
        try:
            s.c = 1
        except AttributeError as e:
            log(str(e))
    return s.a, n


def case_float_attributes_shared(log):
    class V:
        def __init__(self, x):
            self.x = x

    v = V(1.5)
    w = V(v.x)
    kept = []
    for i in range(60):
        v.x += 0.25
        if i % 9 == 0:
            w.x = v.x
            kept.append(v.x)
        w.x *= 1.5
        log(v.x, w.x)
    return kept


def case_properties(log):
    class T:
        def __init__(self):
            self._c = 0

        @property
        def c(self):
            return self._c

        @c.setter
        def c(self, v):
            if v > 60:
                raise ValueError(f"too hot {v}")
            self._c = v

        @property
        def broken(self):
            return self.nothing

    t = T()
    for i in range(80):
        try:
            t.c = t.c + 1
        except ValueError as e:
            log(str(e), e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_lineno)
        try:
            t.broken
        except AttributeError as e:
            log(str(e))
    return t.c


def case_inheritance(log):
    class A:
        k = 1

        def f(self, x):
            return x + self.k

        def g(self):
            return "A"

    class B(A):
        k = 2

        def g(self):
            return "B" + super().g()

    class C(B):
        def f(self, x):
            return super().f(x) * 10

    n = 0
    for i in range(30):
        for o in (A(), B(), C(), B()):
            n += o.f(i)
            log(o.g())
    return n


def case_class_and_static_methods(log):
    class A:
        count = 0

        @classmethod
        def make(cls, n):
            cls.count += 1
            o = cls()
            o.n = n
            return o

        @staticmethod
        def add(a, b):
            return a + b

    class B(A):
        pass

    n = 0
    for i in range(50):
        o = (A if i % 2 else B).make(i)
        n += o.n + A.add(i, 1) + o.add(1, 2) + B.add(i, i)
    return n, A.count, B.count


def case_getattr_hooks(log):
    class G:
        def __init__(self):
            self.real = 1

        def __getattr__(self, name):
            if name.startswith("v"):
                return int(name[1:])
            raise AttributeError(f"no {name}")

    class H:
        def __getattribute__(self, name):
            log("get", name)
            return 5 if name == "x" else object.__getattribute__(self, name)

        def __setattr__(self, name, value):
            log("set", name, value)
            object.__setattr__(self, name, value)

    g, h = G(), H()
    n = 0
    for i in range(40):
        n += g.real + g.v12 + h.x
        h.y = i
        try:
            g.other
        except AttributeError as e:
            log(str(e))
    return n


def case_operators(log):
    class V:
        def __init__(self, x):
            self.x = x

        def __add__(self, o):
            return V(self.x + (o.x if isinstance(o, V) else o))

        def __radd__(self, o):
            return V(o - self.x)

        def __mul__(self, o):
            return NotImplemented if isinstance(o, str) else V(self.x * o)

        def __eq__(self, o):
            return isinstance(o, V) and self.x == o.x

        def __lt__(self, o):
            return self.x < o.x

        def __iadd__(self, o):
            self.x += o
            return self

        def __neg__(self):
            return V(-self.x)

        def __bool__(self):
            return self.x != 0

        def __len__(self):
            return 3

        def __contains__(self, y):
            return y == self.x

        def __getitem__(self, i):
            if i >= 3:
                raise IndexError(i)
            return self.x + i

        def __setitem__(self, i, v):
            self.x = v

        def __call__(self, a, b=2):
            return a * b + self.x

        def __repr__(self):
            return f"V{self.x}"

    v = V(1)
    for i in range(40):
        v = v + i
        v = 100 + v
        v += 1
        v = -v
        log(v.x, v == V(i), v < V(0), not v, len(v), i in v, v[0], v[1], v(i), v(i, b=3), [y for y in v], repr(v), V(0) and 1)
        v[0] = i
        try:
            v * "x"
        except TypeError as e:
            log(str(e))
        try:
            v - 1
        except TypeError as e:
            log(str(e))
        try:
            v[5]
        except IndexError as e:
            log(str(e))


def case_getitem_setitem_inlined(log):
    class Matrix:
        def __init__(self, n):
            self.n = n
            self.data = [0.0] * (n * n)

        def __getitem__(self, key):
            i, j = key
            return self.data[i * self.n + j]

        def __setitem__(self, key, value):
            i, j = key
            if value > 1e6:
                raise OverflowError(value)
            self.data[i * self.n + j] = value

    m = Matrix(6)
    for r in range(12):
        for i in range(6):
            for j in range(6):
                try:
                    m[i, j] = m[j, i] * 2 + i + j
                except OverflowError as e:
                    log(str(e))
                    m[i, j] = 1.0
    try:
        m[7, 7]
    except IndexError as e:
        log(str(e))
    return m.data


def case_instances_in_loops(log):
    class N:
        def __init__(self, v, nxt=None):
            self.v = v
            self.next = nxt

    head = None
    for i in range(60):
        head = N(i, head)
    n = 0
    node = head
    while node is not None:
        n += node.v
        node = node.next
    total = 0
    for i in range(60):
        t = N(i)
        t.v += 1
        u = N(t.v, t)
        total += u.next.v
    del head, node
    return n, total


def case_init_returns_something(log):
    class Bad:
        def __init__(self, x):
            if x > 20:
                return x
            self.x = x

    n = 0
    for i in range(40):
        try:
            n += Bad(i).x
        except TypeError as e:
            log(str(e))
            if i > 30:
                break
        except AttributeError as e:
            log(str(e))
    return n


def case_init_raises(log):
    class E:
        def __init__(self, x):
            self.x = x
            if x % 7 == 6:
                raise ValueError(x)

        def __del__(self):
            log("del", self.x)

    n = 0
    for i in range(50):
        try:
            e = E(i)
            n += e.x
        except ValueError as err:
            log(str(err))
    return n


def case_new_and_metaclass(log):
    class M(type):
        def __call__(cls, *args):
            log("call", len(args))
            return super().__call__(*args)

    class A(metaclass=M):
        def __init__(self, x):
            self.x = x

    class B:
        def __new__(cls, x):
            o = super().__new__(cls)
            o.y = x * 2
            return o

        def __init__(self, x):
            self.x = x

    n = 0
    for i in range(40):
        n += A(i).x + B(i).y + B(i).x
    return n


def case_argument_errors(log):
    class A:
        def __init__(self, a, b):
            self.a = a

        def m(self, x):
            return x

    def f(a, b, *, c):
        return a

    for i in range(20):
        for g in (lambda: A(1), lambda: A(1, 2, 3), lambda: A(1, 2).m(), lambda: f(1, 2), lambda: f(1, c=2), lambda: f(1, 2, 3, c=1), lambda: f(1, 2, c=3, d=4), lambda: f(1, 2, c=3, a=4)):
            try:
                log(g())
            except TypeError as e:
                log(str(e))


def case_class_attribute_changes(log):
    class A:
        k = 1

        def f(self):
            return self.k

    a = A()
    n = 0
    for i in range(100):
        n += a.f() + a.k + A.k
        if i % 20 == 10:
            A.k += 1
        if i == 50:
            a.k = 100
        if i == 70:
            del a.k
        if i == 80:
            A.f = lambda self: 1000
        log(n)
    return n


def case_monkeypatch_methods(log):
    class A:
        def f(self, x):
            return x

    class B(A):
        pass

    a, b = A(), B()
    n = 0
    for i in range(120):
        n += a.f(i) + b.f(1)
        if i == 30:
            A.f = lambda self, x: x * 2
        if i == 50:
            B.f = lambda self, x: x * 100
        if i == 70:
            a.f = lambda x: 5
        if i == 90:
            del B.f
        if i == 100:
            A.__getattr__ = lambda self, name: 1
            n += a.zzz
        log(n)
    return n


def case_function_code_changes(log):
    def f(x, k=1):
        return x + k

    def g(x, k=1):
        return x * k

    n = 0
    for i in range(120):
        n += f(i)
        if i == 30:
            f.__code__ = g.__code__
        if i == 60:
            f.__defaults__ = (10,)
        if i == 90:
            f.__defaults__ = None
            f.__defaults__ = (3,)
        log(n)

    def h(x, *, k=1):
        return x + k

    for i in range(60):
        n += h(i)
        if i == 30:
            h.__kwdefaults__ = {"k": 100}
        if i == 40:
            h.__kwdefaults__["k"] = 7
    return n


def case_class_assignment(log):
    class A:
        def f(self):
            return 1

    class B:
        def f(self):
            return 2

    os_ = [A() for _ in range(10)]
    for o in os_:
        o.v = 3
    n = 0
    for i in range(100):
        o = os_[i % 10]
        n += o.f() + o.v
        if i % 7 == 3:
            o.__class__ = B if type(o) is A else A
        log(type(o).__name__, isinstance(o, A), n)
    return n


def case_materialised_dict(log):
    class A:
        def __init__(self, i):
            self.i = i
            self.f = i * 0.5

    items = [A(i) for i in range(30)]
    n = 0
    for r in range(4):
        for k, o in enumerate(items):
            if k % 5 == r:
                d = o.__dict__
                d["i"] += 100
                d["new"] = r
            n += o.i + o.f
            o.f += 1.0
            o.i += 1
            n += getattr(o, "new", 0)
        vars(items[r])["f"] = 2.5
    for o in items[:10]:
        o.__dict__ = {"i": 1, "f": 2.0}
        n += o.i
    return n


def case_many_attributes(log):
    class A:
        pass

    a = A()
    for i in range(60):
        setattr(a, f"x{i}", i)
        a.q = i
        log(a.q, getattr(a, f"x{i // 2}"))
        if i == 40:
            delattr(a, "x3")
    return len(a.__dict__)


def case_isinstance(log):
    class A:
        pass

    class B(A):
        pass

    class Meta(type):
        def __instancecheck__(cls, o):
            log("check")
            return o == 5

    class M(metaclass=Meta):
        pass

    class Liar:
        @property
        def __class__(self):
            return int

    n = 0
    for r in range(8):
        for x in (1, True, 2.5, "s", None, A(), B(), 5, Liar(), A, int):
            n += isinstance(x, int) + 10 * isinstance(x, A) + 100 * isinstance(x, (float, str)) + 1000 * isinstance(x, M) + isinstance(x, type)
            n += isinstance(x, int | str)
            n += type(x) is int
            n += issubclass(type(x), A)
            try:
                isinstance(x, 5)
            except TypeError as e:
                log(str(e))
    return n


def case_bound_methods_kept(log):
    class A:
        def __init__(self):
            self.n = 0

        def inc(self, k=1):
            self.n += k

    a, b = A(), A()
    inc = a.inc
    for i in range(40):
        inc()
        f = b.inc
        f(i)
        if i == 20:
            inc = b.inc
        log(f.__self__ is b, f == b.inc, f.__name__)
    app = [].append
    for i in range(30):
        app(i)
    return a.n, b.n, app.__self__


def case_callable_objects(log):
    from functools import partial

    def add(a, b, c=0):
        return a + b + c

    fs = [partial(add, 1), partial(add, b=5), lambda x: x, abs, int, str.__len__ if False else float, add.__get__(3)]
    out = []
    for i in range(40):
        for f in fs:
            try:
                out.append(f(i))
            except TypeError as e:
                out.append(str(e))
    return out


def case_dataclass_and_enum(log):
    from dataclasses import dataclass
    from enum import Enum
    from typing import NamedTuple

    @dataclass(order=True)
    class P:
        x: int
        y: float = 0.5

    class E(Enum):
        A = 1
        B = 2

    class N(NamedTuple):
        a: int
        b: int = 3

    n = 0
    for i in range(40):
        p = P(i)
        q = P(i, 1.5)
        n += (p < q) + p.x + q.y
        e = E.A if i % 2 else E.B
        n += e.value + (e is E.A)
        t = N(i)
        n += t.a + t.b + t[0] + sum(t)
        log(p, p == q, e.name, t)
    return n


def case_data_descriptor(log):
    class D:
        def __get__(self, o, t=None):
            return 5 if o is None else o.__dict__.get("d", 0) + 1

        def __set__(self, o, v):
            o.__dict__["d"] = v

    class ND:
        def __get__(self, o, t=None):
            return 77

    class A:
        d = D()
        nd = ND()

    a = A()
    n = 0
    for i in range(60):
        n += a.d + A.d + a.nd
        a.d = i
        if i == 30:
            a.nd = 1
        if i == 45:
            A.d = 3
        log(n)
    return n


def case_global_instance_dict_growth(log):
    class A:
        def __init__(self, n):
            if n % 2:
                self.a = n
                self.b = 1
            else:
                self.b = 2
                self.a = n

    n = 0
    for i in range(60):
        x = A(i)
        n += x.a + x.b
        if i % 10 == 0:
            x.c = 5
            n += x.c
    return n


def case_weak_dunder_changes(log):
    class A:
        def __init__(self, v):
            self.v = v

        def __bool__(self):
            return self.v > 5

    class B:
        pass

    n = 0
    b = B()
    for i in range(60):
        if A(i % 10):
            n += 1
        if b:
            n += 100
        if i == 30:
            B.__bool__ = lambda self: False
        if i == 45:
            B.__len__ = lambda self: 1
            del B.__bool__
    return n


def case_eq_returns_odd_things(log):
    class A:
        def __eq__(self, o):
            return [] if o == 1 else "yes"

        def __lt__(self, o):
            return None

    a = A()
    n = 0
    for i in range(40):
        r = a == i
        if a == i % 3:
            n += 1
        if a < 1:
            n += 1000
        if not a == 1:
            n += 10
        log(r)
    return n


def case_sys_getrefcounts(log):
    class A:
        def __init__(self, o):
            self.o = o

    o = object()
    a = A(o)
    x = [o]
    t = (o, o)
    for i in range(60):
        p = a.o
        q = x[0]
        r, s = t
        a.o = q
        x[0] = p
        b = A(o)
        c = b.o
        if i % 20 == 0:
            log(sys.getrefcount(o))
    log(sys.getrefcount(o), sys.getrefcount(a), sys.getrefcount(x))
    del p, q, r, s, b, c
    log(sys.getrefcount(o))


class Late:
    def __init__(self, number):
        self.number = number


def case_attributes_that_come_late(log):
    """After many instances of a class, further attributes are kept in dicts."""
    things = [Late(i) for i in range(60)]
    for thing in things:
        thing.first = 1
        thing.second = 2.5
        thing.third = "x"

    def use(things, rounds):
        total = 0
        for _ in range(rounds):
            for thing in things:
                thing.first += thing.number
                thing.second = thing.second + 0.5
                total += thing.first
                if thing.third != "x":
                    total += 1000
        return total

    log(use(things, 40))
    things[7].third = "y"
    del things[8].second
    things[8].second = 1
    things[9].__dict__["first"] = 10**20
    things.append(Late(5))
    things[-1].__dict__ = {"second": 1.5, "number": 3, "third": "x", "first": 0}
    log(use(things, 20), [vars(thing) for thing in things[6:11]], vars(things[-1]))
    del things[3].first
    try:
        use(things, 1)
    except AttributeError as error:
        log(str(error), vars(things[2]), vars(things[4]))


def case_variables_bound_on_some_ways_only(log):
    def walk(items):
        found = 0
        for item in items:
            if item > 3:
                big = item
                found += big
            if item % 5 == 0:
                five = item
            if found > 20:
                try:
                    found -= five
                except UnboundLocalError as error:
                    log(str(error))
                    five = 1
        return found

    for start in range(6):
        for _ in range(20):
            walk(range(start, start + 12))
        log(walk(range(start, start + 12)), walk([1, 2, 3]), walk([4, 10, 4, 4, 4]))
