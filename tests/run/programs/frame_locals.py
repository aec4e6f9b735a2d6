"""Variables written from outside, through a frame's f_locals."""

import sys
import weakref


class D:
    def __init__(self, log, n):
        self.log, self.n = log, n

    def __del__(self):
        self.log("del", self.n)


def poke(name, value):
    sys._getframe(1).f_locals[name] = value

def case_poke(log):
    x = 0
    y = None
    for i in range(60):
        x += 1
        if i % 7 == 3:
            poke("x", 100 + i)
        log(x)
        if i % 5 == 0:
            poke("y", [i])
        log(y)

def rec(log, n):
    x = n
    if n == 0:
        f = sys._getframe(1)
        while f.f_code is rec.__code__:
            f.f_locals["x"] = 50
            f = f.f_back
        log("poked")
        return 0
    r = rec(log, n - 1)
    log(x)
    return r + x

def case_poke_recursion(log):
    for i in range(20):
        log(rec(log, i % 4))

def arg(log, d, n):
    if n % 3 == 0:
        sys._getframe(1).f_locals["d"] = None
    log("in", n)
    return n

def case_poke_argument(log):
    for i in range(40):
        d = D(log, i)
        log(arg(log, d, i), d is None)
        log("next")

def case_poke_c_argument(log):
    class K:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            if self.n % 3 == 0:
                sys._getframe(1).f_locals["a"] = None
            return self.n < other.n
    for i in range(40):
        a = K(i)
        b = K(i + 1)
        log(min(a, b).n, max(b, a).n, (a or b).n)

def locs(log, n):
    a = n
    if n:
        locs(log, n - 1)
    log(sorted((k, v) for k, v in locals().items() if k != "log"))
    b = a

def case_locals(log):
    for i in range(20):
        locs(log, i % 4)

def execs(n):
    ns = {}
    exec("y = n + 1", {"n": n}, ns)
    return ns["y"] + (eval("execs(n - 1)", globals(), {"n": n}) if n else 0)

def case_exec(log):
    for i in range(20):
        log(execs(i % 5))

def case_del_in_call(log):
    box = []
    def take(d):
        box.append(weakref.ref(d))
        return d.n
    for i in range(30):
        log(take(D(log, i)), box.pop()() is None)
        log("x")


def pokes_somehow(n, **values):
    variables = sys._getframe(2).f_locals
    if n % 5 == 0:
        variables.update(values)
    elif n % 5 == 1:
        for name, value in values.items():
            variables.setdefault(name, value)
    elif n % 5 == 2:
        variables |= values
    elif n % 5 == 3:
        for name, value in values.items():
            variables.__setitem__(name, value)
    return n


def through(n, **values):
    return pokes_somehow(n, **values)


def poked_inside(log, n, quiet):
    x = n
    if n < 0:
        unset = 0
    if not quiet:
        through(n, x=n + 1000, unset=n)
    y = x + 1
    try:
        return y, unset
    except UnboundLocalError as error:
        return y, error


def case_poke_inlined(log):
    for i in range(80):
        log(poked_inside(log, i, i < 30 or i % 3))


def raises_after_poke(n, *rest):
    rest = [lambda: n]  # with a cell: not inlined
    sys._getframe(1).f_locals["x"] = n
    if n % 2:
        raise KeyError(n)


def poked_and_raised(n, quiet):
    x = 0
    try:
        if not quiet:
            raises_after_poke(n)
        else:
            abs(n)
    except KeyError:
        x += 5
    return x


def case_poke_and_raise(log):
    for i in range(80):
        log(poked_and_raised(i, i < 30 or i % 3))
