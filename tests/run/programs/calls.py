"""Functions called from compiled code, as wholes or by the interpreter: arguments, frames, recursion, exceptions, rebinding."""

import sys
import traceback


class D:
    def __init__(self, log, n):
        self.log = log
        self.n = n

    def __del__(self):
        self.log("del", self.n)


def case_argument_dies_in_callee(log):
    for i in range(40):
        f(log, i % 4, D(log, i))
        log("after", i)


def f(log, n, d):
    if n == 0:
        d = None
        log("gone")
        return 0
    r = f(log, n - 1, d)
    log("back", n)
    d = None
    log("dropped")
    return r + 1


def g(log, n, d):
    d = None
    log("in g", n)
    if n:
        g(log, n - 1, D(log, n))
    log("out g", n)


def case_argument_overwritten(log):
    for i in range(40):
        g(log, i % 5, D(log, -i))
        log("after", i)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def deepest():
    try:
        return 1 + deepest()
    except RecursionError:
        return 0


def forever(n):
    return forever(n + 1)


def case_recursion_limit(log):
    for i in range(20):
        log(depth(i * 3))
    base = len(traceback.extract_stack())
    for limit in (100, 150, 300, 1000):
        sys.setrecursionlimit(limit + base)
        log(limit, deepest())
        low, high = 1, 3000
        while low < high:
            middle = (low + high) // 2
            try:
                depth(middle)
                low = middle + 1
            except RecursionError:
                high = middle
        log("first failing", low)
        for _ in range(5):
            try:
                forever(0)
            except RecursionError as error:
                tb = error.__traceback__
                n = 0
                while tb:
                    n += 1
                    last = tb.tb_frame.f_locals.get("n")
                    tb = tb.tb_next
                log(n, last, str(error))


def fails(n, at):
    if n == at:
        raise ValueError(n)
    x = fails(n + 1, at)
    return x


def lasti_through(log, fails, *arguments, **named):
    try:
        return fails(*arguments, **named)
    except Exception as error:
        tb = error.__traceback__
        while tb:
            log(tb.tb_frame.f_code.co_name, tb.tb_lasti)
            tb = tb.tb_next


def fails_late(n):
    if n == 0:
        raise ValueError
    return n and fails_late(n=n - 1) and 1


def case_where_exceptions_passed(log):
    for i in range(24):
        lasti_through(log, fails, 0, i % 5)
        lasti_through(log, fails_late, i % 4)


def sometimes(log, n, at):
    d = D(log, n)
    if n == at:
        raise Boom
    if n == 6:
        return 0
    x = sometimes(log, n + 1, at)
    return x + d.n


def case_mostly_returns(log):
    for i in range(30):
        try:
            log(sometimes(log, 0, i % 10))
        except Boom as error:
            tb = error.__traceback__
            while tb:
                log(tb.tb_lineno, tb.tb_lasti, sorted(tb.tb_frame.f_locals))
                tb = tb.tb_next
            log("caught")
        log("next")


def case_raises_through(log):
    for i in range(30):
        try:
            fails(0, i % 6)
        except ValueError as error:
            log(error)


class Boom(Exception):
    pass


def tidy(log, n):
    try:
        if n == 0:
            raise Boom
        return tidy(log, n - 1)
    finally:
        log("finally", n)


def catches(log, n):
    try:
        if n == 0:
            raise Boom
        return catches(log, n - 1) + 1
    except Boom:
        log("caught", n, sys.exc_info()[0])
        if n % 3:
            raise
        return 0


def case_finally_and_except(log):
    for i in range(30):
        try:
            tidy(log, i % 5)
        except Boom as error:
            log(error)
        try:
            log(catches(log, i % 5))
        except Boom as error:
            log(error)
        log(sys.exc_info()[0])


def looks(log, n):
    if n == 0:
        frame = sys._getframe()
        while frame.f_code.co_name != "case_getframe":
            log(frame.f_code.co_name, frame.f_lineno, dict(frame.f_locals, log=None), frame.f_lasti)
            frame = frame.f_back
        log(frame.f_lineno)
        return 0
    kept = n * 2
    a = [n]
    r = looks(log, n - 1) + kept
    return r


def case_getframe(log):
    for i in range(20):
        log(looks(log, i % 5))


def keeps(n, frames):
    v = n * 10
    if n == 0:
        frames.append(sys._getframe())
        return 0
    frames.append(sys._getframe())
    return keeps(n - 1, frames) + v


def case_kept_frames(log):
    for i in range(20):
        frames = []
        log(keeps(i % 5, frames))
        log([(f.f_lineno, f.f_locals["v"], f.f_locals["n"], f.f_back.f_code.co_name) for f in frames])


def three(n, a=1, b=2):
    if n == 0:
        return a + b
    return three(n - 1, a, b) + three(n - 1)


def case_defaults_change(log):
    for i in range(30):
        log(three(i % 5))
        if i == 15:
            three.__defaults__ = (10, 20)
        if i == 22:
            three.__defaults__ = (1,)
            three.__defaults__ = ("x", "y")
            try:
                three(2)
            except TypeError as error:
                log(error)
            three.__defaults__ = (3, 4)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def case_rebinding(log):
    global fib
    original = fib
    for i in range(30):
        log(fib(8))
        if i == 10:
            def fib(n):
                return 1000 + n
        if i == 15:
            fib = original
        if i == 20:
            fib = len
            try:
                log(fib(3))
            except TypeError as error:
                log(error)
            fib = original
        if i == 25:
            fib.__code__ = (lambda n: n * 3).__code__
    fib = original


def rebinds(log, n):
    if n == 0:
        globals()["rebinds"] = other
        return original
    r = rebinds(log, n - 1)
    return rebinds(log, n) if n == 2 else r


def other(log, n):
    log("other", n)
    return 7


original = rebinds


def case_rebound_inside(log):
    for i in range(20):
        r = original(log, i % 5)
        log(type(r), r if isinstance(r, int) else 0)
        globals()["rebinds"] = original


def gen(n):
    if n:
        yield n
        yield from gen(n - 1)


def total(n):
    s = 0
    for x in gen(n):
        s += x
    return s if n == 0 else s + total(n - 1)


def case_generators(log):
    for i in range(20):
        log(total(i % 6), list(gen(i)))


def unbound(n):
    if n > 3:
        x = n
    if n == 0:
        return x
    return unbound(n - 1)


def case_unbound(log):
    for i in range(20):
        try:
            log(unbound(i % 6))
        except UnboundLocalError as error:
            log(error)


def locals_order(log, n):
    a = D(log, ("a", n))
    b = D(log, ("b", n))
    c = a
    a = D(log, ("a2", n))
    if n:
        return locals_order(log, n - 1)
    return c


def case_locals_order(log):
    for i in range(12):
        r = locals_order(log, i % 4)
        log("returned", i)
        del r
        log("deleted")


def many(log, n):
    d = D(log, n)
    if n == 0:
        raise Boom
    many(log, n - 1)
    return d


def case_destructors_when_raising(log):
    for i in range(20):
        try:
            many(log, i % 4)
        except Boom as error:
            log("caught")
            e = error.with_traceback(None)
        log("x")
        del e
        log("y")


def profiled(n):
    if n == 0:
        return 0
    return profiled(n - 1) + 1


def case_profile_starts_inside(log):
    def profiler(frame, event, arg):
        if frame.f_code.co_name in ("profiled", "starts", "starts_and_raises"):
            log(event, frame.f_code.co_name, frame.f_lineno)
    global PROFILER
    for i in range(24):
        PROFILER = profiler if i > 15 and i % 4 == 0 else None
        log(starts(i % 4))
        sys.setprofile(None)
        try:
            starts_and_raises(i % 4)
        except Boom:
            log("boom")
        sys.setprofile(None)


def starts(n):
    if n == 0:
        if PROFILER:
            sys.setprofile(PROFILER)
        return profiled(3)
    return starts(n - 1) + 1


def starts_and_raises(n):
    if n == 0:
        if PROFILER:
            sys.setprofile(PROFILER)
        profiled(3)
        raise Boom
    return starts_and_raises(n - 1) + 1


def mixed(n, x):
    if n == 0:
        return x
    return mixed(n - 1, x)


def case_argument_types(log):
    values = [1, 2.5, "s", None, True, 2 ** 70, (1, 2), [3], {}, -0.0, float("nan"), b"x"]
    for i in range(60):
        v = values[i % len(values)]
        r = mixed(i % 7, v)
        log(r, r is v)


def wrong(n):
    if n == 0:
        return wrong()
    if n == 1:
        return wrong(1, 2)
    if n == 2:
        return wrong(n=0, m=1)
    return wrong(n - 1)


def case_wrong_arguments(log):
    for i in range(24):
        try:
            wrong(i % 6)
        except TypeError as error:
            log(error)


def cell(log, d):
    d = None
    log("in")
    return lambda: log


def starred(log, d, *rest):
    d = None
    log("in", len(rest))
    rest = None
    log("in2")
    if log is None:
        return lambda: log


def keyword(log, *, d):
    d = None
    log("in")
    if log is None:
        return lambda: log


def defaulted(log, d, e=3):
    d = None
    log("in")
    if log is None:
        return lambda: e


def case_cell(log):
    for i in range(30):
        cell(log, D(log, i))
        log("after", i)


def case_starred(log):
    for i in range(30):
        starred(log, D(log, i), D(log, -i))
        log("after", i)


def case_keyword(log):
    for i in range(30):
        keyword(log, d=D(log, i))
        log("after", i)


def case_defaulted(log):
    for i in range(30):
        defaulted(log, D(log, i))
        log("after", i)


def case_unpacked(log):
    for i in range(30):
        starred(log, *[D(log, i), D(log, -i)])
        log("after", i)


class A:
    def m(self, log, d):
        d = None
        self = None
        log("in")
        if log is None:
            return lambda: log

    def __del__(self):
        pass


class DD(D):
    def m(self, log):
        self = None
        log("in")
        if log is None:
            return lambda: log


def case_method(log):
    a = A()
    for i in range(30):
        a.m(log, D(log, i))
        log("after", i)


def case_receiver(log):
    for i in range(30):
        DD(log, i).m(log)
        log("after", i)


def case_bound_method(log):
    for i in range(30):
        m = DD(log, i).m
        n = [m]
        m = None
        n.pop()(log)
        log("after", i)


def case_bound_methods_of_two_types(log):
    """`METH_METHOD` functions are bound by objects of a type of their own."""
    import re

    match, join, search = re.compile("a(b)?").match, "-".join, re.compile("b").search
    for i in range(40):
        found = match("ab" * (i % 3)), search("xb", i % 2)
        log([one and one.group() for one in found], join(["x", str(i)]))
        if i == 30:
            match = re.compile("x").match


STARRED = """
found = []
for i in range(60):
    last = max(*[i % 7, 3, i % 5])
    found.append(min(*[last, i]))
    first, *rest = [i, *[last, i]]
for i in range(30):
    try:
        max(*[i % 7, None if i == 25 else 3])
    except TypeError:
        found.append(i)
print(found, first, rest)
"""


def case_lists_of_arguments_in_modules(log):
    """The list is gone by when the variables of the module are written back for the call."""
    exec(STARRED, names := {"print": log})
    log(names["last"])
