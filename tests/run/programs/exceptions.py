"""Exceptions: raised anywhere, caught at any depth, with their tracebacks."""

import sys


def case_raised_in_callee(log):
    def f(x):
        if x % 10 == 9:
            raise ValueError(x)
        return 100 // (x % 8 - 3)

    def g(x):
        y = f(x)
        return y + 1

    n = 0
    for i in range(80):
        try:
            n += g(i)
        except ValueError as e:
            log(e)
        except ZeroDivisionError as e:
            log(e)
    for i in range(80):
        n += g(i)
    return n


def case_caught_in_middle(log):
    def leaf(x):
        return [1, 2, 3][x % 5]

    def middle(x):
        try:
            return leaf(x)
        except IndexError as e:
            log(e)
            return -1
        finally:
            log("fin")

    def top(x):
        return middle(x) + {0: 1, 1: 2}[x % 3]

    n = 0
    for i in range(60):
        try:
            n += top(i)
        except KeyError as e:
            log(e)
    return n


def case_uncaught_in_inlined(log):
    def leaf(x):
        a = 5
        b = a + x
        return b / (50 - x)

    def middle(x):
        return leaf(x) + 1

    n = 0
    for i in range(80):
        n += middle(i)
    return n


def case_try_finally_in_loop(log):
    n = 0
    for i in range(60):
        try:
            if i % 4 == 0:
                continue
            if i == 50:
                break
            n += i
        finally:
            n += 1000
    while True:
        try:
            n -= 1
            if n % 50 == 0:
                break
        finally:
            n -= 1
    return n


def case_raise_and_catch_each_time(log):
    class E(Exception):
        pass

    n = 0
    for i in range(60):
        try:
            raise E(i)
        except E as e:
            n += e.args[0]
        else:
            n += 1000000
    try:
        e
    except UnboundLocalError as err:
        log(err)
    return n


def case_nested_handlers(log):
    n = 0
    for i in range(60):
        try:
            try:
                n += [0, 1][i % 3]
                n += {}[i] if i % 5 == 0 else 0
            except IndexError as e:
                n += 10
                if i % 2:
                    raise ValueError("again") from e
            finally:
                n += 1
        except (ValueError, KeyError) as e:
            log(type(e).__name__, e.__cause__, e.__context__)
    return n


def case_reraise(log):
    def f(x):
        try:
            return 1 / x
        except ZeroDivisionError:
            log("reraise")
            raise

    n = 0
    for i in range(40):
        try:
            n += f(i % 5)
        except ZeroDivisionError as e:
            log(e)
            n += 1
    return n


def case_with_statement(log):
    class CM:
        def __init__(self, swallow):
            self.swallow = swallow

        def __enter__(self):
            log("enter")
            return self

        def __exit__(self, t, v, tb):
            log("exit", t and t.__name__)
            return self.swallow

    n = 0
    for i in range(40):
        try:
            with CM(i % 2) as c, CM(False):
                n += 10 // (i % 3)
                if i == 35:
                    break
        except ZeroDivisionError as e:
            log(e)
    return n


def case_errors_of_every_kind(log):
    class A:
        pass

    a = A()
    things = [lambda i: 1 / (i - i), lambda i: [][i], lambda i: {}[i], lambda i: None + i, lambda i: a.x, lambda i: "x" + i, lambda i: i(), lambda i: undefined_name, lambda i: int("z"), lambda i: [1] < 2, lambda i: -"x", lambda i: len(i), lambda i: (1, 2)[5], lambda i: "abc"[9], lambda i: b"x"[3], lambda i: i[0], lambda i: iter(i), lambda i: 1 << -i - 1, lambda i: 2.0**10000, lambda i: 10**400 * 1.0, lambda i: float(10**400), lambda i: 1.5 // 0.0, lambda i: 1.5 % 0, lambda i: chr(-1), lambda i: "%d" % "x", lambda i: max(), lambda i: max([]), lambda i: next(iter([])), lambda i: {[]: 1}, lambda i: [*i], lambda i: {**i}, lambda i: f"{i:z}", lambda i: 1 @ i, lambda i: ~1.5, lambda i: abs("x"), lambda i: (1).x, lambda i: setattr(1, "x", 2), lambda i: isinstance(1, 1), lambda i: 5 in i, lambda i: not_defined(i)]
    for r in range(5):
        for f in things:
            try:
                f(r)
            except Exception as e:
                log(e)


def case_exception_in_condition(log):
    class B:
        def __init__(self, n):
            self.n = n

        def __bool__(self):
            if self.n % 9 == 8:
                raise RuntimeError("bool")
            return self.n % 2 == 0

        def __eq__(self, o):
            if self.n % 7 == 6:
                raise RuntimeError("eq")
            return True

        def __iter__(self):
            for i in range(self.n % 4):
                yield i
            if self.n % 5 == 4:
                raise RuntimeError("iter")

    n = 0
    for i in range(60):
        b = B(i)
        try:
            if b:
                n += 1
            if b == 1 and not b:
                n += 10
            for x in b:
                n += 100
            while b:
                n += 5
                break
        except RuntimeError as e:
            log(e)
    return n


def case_stop_iteration_value(log):
    def g(n):
        for i in range(n):
            yield i
        return n

    it = g(50)
    n = 0
    while True:
        try:
            n += next(it)
        except StopIteration as e:
            log(e.value)
            break
    return n


def case_exception_keeps_locals_alive(log):
    class D:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            log("del", self.n)

    def f(i):
        d = D(i)
        if i % 5 == 4:
            raise ValueError(i)
        return d.n

    kept = []
    n = 0
    for i in range(40):
        try:
            n += f(i)
        except ValueError as e:
            log("caught", i)
            if i % 10 == 9:
                kept.append(e)
    log("clear")
    kept.clear()
    log("cleared")
    return n


def case_traceback_frames(log):
    def f(i, k):
        local = i * 2
        if i == k:
            raise KeyError(local)
        return local

    for k in (5, 30, 55):
        n = 0
        try:
            for i in range(60):
                n += f(i, k)
        except KeyError as e:
            tb = e.__traceback__
            while tb:
                fr = tb.tb_frame
                log(fr.f_code.co_name, tb.tb_lineno, tb.tb_lasti, {a: b for a, b in fr.f_locals.items() if isinstance(b, (int, str))})
                tb = tb.tb_next


def case_sys_exc_info(log):
    for i in range(30):
        try:
            if i % 2:
                raise ValueError(i)
        except ValueError:
            for j in range(5):
                log(sys.exc_info()[1].args, sys.exception().args)
        log(sys.exc_info())
    try:
        raise KeyError("outer")
    except KeyError:
        n = 0
        for i in range(40):
            try:
                n += [1][i % 2]
            except IndexError as e:
                log(e.__context__)
    return n


def case_loop_inside_handler(log):
    for k in range(4):
        try:
            1 / 0
        except ZeroDivisionError:
            n = 0
            for i in range(40):
                n += i
                if i == 35 and k == 3:
                    raise ValueError(n)


def case_recursion_limit(log):
    def f(n):
        return f(n + 1) + 1

    def g(n):
        t = 0
        for i in range(3):
            t += i
        return g(n + 1) + t

    for r in range(4):
        for h in (f, g):
            try:
                h(0)
            except RecursionError as e:
                log(str(e))
    depth = []

    def count(n):
        depth.append(n)
        count(n + 1)

    for r in range(3):
        depth.clear()
        try:
            count(0)
        except RecursionError:
            pass
        log(len(depth))


def case_recursion_limit_in_loop(log):
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    out = []
    for i in range(0, 400, 5):
        try:
            out.append(down(i))
        except RecursionError as e:
            out.append("too deep")
    sys.setrecursionlimit(limit)
    return out


def case_recursion(log):
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    def ack(m, n):
        if m == 0:
            return n + 1
        return ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))

    def hanoi(n, a, b, c):
        if n:
            hanoi(n - 1, a, c, b)
            moves.append(a + b)
            hanoi(n - 1, c, b, a)

    moves = []
    hanoi(6, "a", "b", "c")
    return [fib(i) for i in range(17)], ack(2, 5), "".join(moves)


def case_assertions(log):
    n = 0
    for i in range(50):
        try:
            assert i % 7, f"seven {i}"
            n += i
        except AssertionError as e:
            log(str(e))
    return n


def case_exception_groups(log):
    n = 0
    for i in range(30):
        try:
            if i % 3 == 0:
                raise ExceptionGroup("g", [ValueError(i), TypeError(i)])
        except* ValueError as e:
            n += len(e.exceptions)
        except* TypeError as e:
            n += 10
    return n


def case_raise_in_iterator(log):
    def gen(n):
        for i in range(n):
            if i == 45:
                raise LookupError("gen")
            yield i

    n = 0
    try:
        for x in gen(60):
            n += x
    except LookupError as e:
        log(e)
    try:
        for a, b in zip(range(60), gen(60)):
            n += a * b
    except LookupError as e:
        log(e)
    return n


def case_keyerror_in_loop_else(log):
    d = {i: i for i in range(0, 80, 2)}
    n = 0
    for i in range(80):
        try:
            n += d[i]
        except KeyError as e:
            n += e.args[0] * 1000
            continue
        n += 1
    return n


def case_finally_overrides(log):
    def f(i):
        try:
            return 10 // (i % 4)
        except ZeroDivisionError:
            return -1
        finally:
            if i % 6 == 0:
                return -2

    def g(items):
        for x in items:
            try:
                if x == 5:
                    return x
            finally:
                log("f", x)

    return [f(i) for i in range(40)], [g(range(k)) for k in range(8)]
