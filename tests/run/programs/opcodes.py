"""Instructions that a region does with a helper of the runtime: functions made in loops, star calls, super(), literals."""

import functools


def case_functions_made_in_loop(log):
    n = 0
    kept = []
    for i in range(60):
        f = lambda x, y=i: x + y
        g = lambda x, *, k=3: x * k

        def annotated(x: int = i) -> str:
            """doc"""
            return str(x)

        n += f(1) + g(i) + f(1, 2) + len(annotated())
        if i % 20 == 7:
            kept.append((f, g, annotated))
    for f, g, h in kept:
        log(f.__defaults__, g.__kwdefaults__, h.__annotations__ == {"x": int, "return": str}, h.__doc__, h.__name__, h.__qualname__, f.__module__)
        log(f(5), g(5), h(), f.__closure__, f.__globals__ is globals())
    return n


def case_closures_over_loop_variables(log):
    made = []
    total = 0
    for i in range(50):
        j = i * 2

        def read():
            return i + j

        def bump():
            nonlocal total
            total += i

        bump()
        if i % 10 == 0:
            made.append(read)
        total += read() % 3
    log([f() for f in made], total)


def case_generator_expressions(log):
    rows = [[i * j % 7 for j in range(6)] for i in range(8)]
    n = 0
    for k in range(60):
        n += sum(x for x in rows[k % 8])
        if any(x == k % 9 for x in rows[k % 8]):
            n += 1
        if all(x < 7 for row in rows for x in row):
            n += len(list(map(lambda v: v + k, rows[0])))
    log(sorted(rows, key=lambda row: -sum(row))[0])
    return n


def case_star_calls(log):
    def f(*args):
        return sum(args) + len(args)

    def g(a, b, c=5):
        return a * 100 + b * 10 + c

    class C:
        def m(self, *args):
            return g(*args)

    c = C()
    n = 0
    for i in range(80):
        pair = (i, i + 1)
        n += f(*pair) + g(*pair) + f(*[i, 2, 3]) + f(1, *pair, *[4, i]) + c.m(*pair) + max(*pair)
        if i % 13 == 0:
            n += f(*range(i)) + f(*"") + f(*{i: 1})
    return n


def case_star_call_errors(log):
    def g(a, b):
        if a == 37:
            raise ValueError(a)
        return a + b

    for k in range(3):
        n = 0
        try:
            for i in range(50):
                args = (i, k) if i != 20 + k else (i,)
                if k == 2:
                    args = [i, k]
                n += g(*args)
        except (TypeError, ValueError) as e:
            log(type(e).__name__, str(e), n, i)
    try:
        for i in range(40):
            f = g if i < 30 else None
            f(*(i, 1))
    except TypeError as e:
        log(str(e), i)
    try:
        for i in range(40):
            g(*((i, 1) if i < 30 else 5))
    except TypeError as e:
        log(str(e), i)


def case_double_star(log):
    def f(a, b=2, **kw):
        return a + b + len(kw)

    n = 0
    for i in range(50):
        options = {"b": i}
        n += f(1, **options) + f(**{"a": 1, "c": 2}) + functools.partial(f, i, z=1)()
    return n


def case_super(log):
    class A:
        def __init__(self, v):
            self.v = v

        def get(self):
            return self.v

        def both(self, x):
            return x

    class B(A):
        def __init__(self, v):
            super().__init__(v + 1)
            self.w = v

        def get(self):
            return super().get() + self.w

        def both(self, x):
            return super().both(x) * 2 + super(B, self).get()

    class M:
        def get(self):
            return 1000

    class C(B, M):
        def get(self):
            return super().get() - 1

    n = 0
    for i in range(60):
        b = B(i)
        n += b.get() + b.both(i)
        c = C(i)
        n += c.get() + c.both(3)
        if i == 40:
            A.get = lambda self: self.v * 10
        if i == 50:
            B.__bases__ = (M, A)
    log(n)
    return n


def case_super_attributes(log):
    class A:
        x = 5

        @property
        def p(self):
            return self.q + 1

        @classmethod
        def make(cls, n):
            return cls.__name__, n

        @staticmethod
        def s(n):
            return n + 1

    class B(A):
        x = 6
        q = 3

        def f(self, i):
            return super().x + super().p + super().s(i) + super().make(i)[1] + self.x

        @classmethod
        def make(cls, n):
            return super().make(n * 2)

    b = B()
    n = 0
    for i in range(60):
        n += b.f(i) + len(B.make(i)[0])
    try:
        for i in range(40):
            super(A, b).nothing(i)
    except AttributeError as e:
        log(str(e), i)
    return n


def case_dict_literals(log):
    n = 0
    last = None
    for i in range(60):
        d = {"a": i, "b": i * 2, "c": [i]}
        e = {"x": d, **d}
        n += d["a"] + len(d) + e["b"] + len({1, i, *d["c"]}) + len((*d["c"], 1, *"ab"))
        last = d
    log(list(last.items()))
    return n


def case_unary_plus(log):
    class P:
        def __pos__(self):
            log("pos")
            return 7

    n = 0
    for i in range(40):
        for value in (i, i * 0.5, True, P() if i % 10 == 0 else -i):
            n += +value
    return n


def case_iterators_in_inlined_functions(log):
    def total(rows):
        n = 0
        for row in rows:
            n += sum(x * x for x in row) + sum([x for x in row])
        return n

    def longer(a, b, c, d, e, f):
        n = a + b + c + d + e + f
        n += a * b - c * d + e * f - a * c + b * d - e * a + f * b - (a ^ b) + (c | d) - (e & f)
        for x in (a, b, c):
            n += x
        return n + total([[a, b], [c, d], (e, f)]) + max(y for y in range(3))

    n = 0
    for i in range(60):
        n += longer(i, i + 1, 2, 3, 4, i) + total([range(i % 4), [1, 2]])
    return n
