"""C functions that go through generators: what they give, when they stop, and what dies with the items."""

import sys

died = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        frame = sys._getframe(1)
        died.append((self.name, frame.f_code.co_name, frame.f_lineno, frame.f_back.f_code.co_name, frame.f_back.f_lineno))


def said(log):
    log(list(died))
    died.clear()


def noisy(n):
    first = Dies(("first", n))
    for x in [Dies(("item", n, i)) for i in range(3)]:
        inner = Dies(("inner", x.name))
        yield x.name
    last = Dies(("last", n))


def consumed(xs, k):
    return (sum(x * k for x in xs), any(x > 20 for x in xs), all(x < 20 for x in xs), list(x + k for x in xs if x % 3), tuple(-x for x in xs),
            sorted(x ^ 5 for x in xs), set(x // 3 for x in xs), ",".join(str(x) for x in xs), sum(x / 7 for x in xs), sum(1 for x in xs if x & 1),
            sum([x] and x for x in xs), len(list(x for x in xs)), [list(range(x)) for x in (y % 3 for y in xs)])


def case_consumers(log):
    def largest(xs):
        return max(x * 3 % 17 for x in xs), min(x * 5 % 13 for x in xs)

    def of_nothing(n):
        return max(x for x in range(n))
    for n in range(40):
        log(consumed(list(range(n)), 2), consumed(range(n), 3))
        try:
            log(largest(range(n)), of_nothing(n % 3))
        except ValueError as error:
            log(error)


def case_sums(log):
    class Whole(int):
        def __le__(self, other):
            log("compared")
            return False

        def __float__(self):
            log("as float")
            return 1.0

        def __radd__(self, other):
            log("added", other)
            return int(other) + 7

    def total(items):
        return sum(x for x in items)

    def some(n):
        tiny, large = [1e-16] * n, [1e16, 1.0, -1e16] * n
        yield tiny
        yield [1.0, *tiny, 1]
        yield large
        yield [3, *large, 2, 10**30, 1.5, 1e16, 1.0]
        yield [1e308, 1e308, -1e308]
        yield [float("inf"), 1.0, float("-inf")]
        yield [2**62, 2**62, 2**62, -2**63, 0.5, 1e16, 1.0, -1e16]
        yield [2**63, -5, 1e16, 1.0, -1e16]
        yield [True, False, True, 2.5, True]
        yield [-0.0, -0.0]
        yield [1, Whole(5), 2.5]
        yield [1.5, Whole(5), 2.5, 1e100, 1.0, -1e100]
        yield [1j, 2, 3.5]
        yield [1.5, 1j, 1e16, 1.0, -1e16]
        yield ["text"]
        yield [[1], [2]]
    for n in range(12):
        for items in some(n):
            try:
                log(total(items))
            except TypeError as error:
                log(error)


def case_consumers_of_objects(log):
    class Value:
        def __init__(self, n):
            self.n = n

        def __gt__(self, other):
            log("gt", self.n, other.n)
            return self.n > other.n

        def __lt__(self, other):
            log("lt", self.n, other.n, sys._getframe(1).f_code.co_name)
            return self.n < other.n

        def __bool__(self):
            log("bool", self.n)
            return self.n > 2

        def __hash__(self):
            log("hash", self.n)
            return self.n % 2

        def __eq__(self, other):
            log("eq", self.n, other.n)
            return self.n == other.n

        def __add__(self, other):
            log("add", self.n)
            return Value(self.n + other.n)

        def __radd__(self, other):
            log("radd", self.n, other)
            return Value(self.n + other)

    def consume(n):
        values = [Value(i * 7 % 5) for i in range(n)]
        return (max(v for v in values).n, min(v for v in values).n, any(v for v in values), all(v for v in values), sum(v for v in values).n,
                [v.n for v in sorted(v for v in values)], sorted(v.n for v in set(v for v in values)))
    for n in range(1, 12):
        log(consume(n))


def case_consumers_fail(log):
    def fails(n):
        return sum(10 // (5 - x) for x in range(n))

    def mixed(n):
        return ",".join("x" if x < 4 else x for x in range(n))

    def unhashable(n):
        return set([] if x > 3 else x for x in range(n))

    def deep(n):
        return any(x > 100 for x in (sum(1 // (y - 3) for y in range(x)) for x in range(n)))

    def incomparable(n):
        return max("text" if x == 4 else x for x in range(n))
    for n in range(1, 9):
        for function in (fails, mixed, unhashable, deep, incomparable):
            try:
                log(function(n))
            except Exception as error:  # noqa: BLE001
                log(error)


def case_consumers_show_no_frames(log):
    def names():
        frame, found = sys._getframe(1), []
        while frame is not None and len(found) < 4:
            found.append((frame.f_code.co_name, frame.f_lineno))
            frame = frame.f_back
        return found

    def consume(n):
        return (list(names() for x in range(n)), any(len(names()) == 3 for x in range(n)), sorted(str(names()) for x in range(n)),
                sum(len(names()) for x in range(n) if x % 2))
    for n in range(8):
        log(consume(n))


def case_consumers_and_deaths(log):
    def of(n):
        for i in range(n):
            yield Dies((n, i))

    def consume(n):
        a = len(list(x for x in of(n)))
        b = any(x.name == (n, 2) for x in of(n))
        c = sum(1 for x in of(n))
        d = any(x for x in noisy(n))
        return a, b, c, d
    for n in range(10):
        log(consume(n))
        said(log)


def case_items_die_before_the_next(log):
    class Item:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            died.append(self.n)

        def __bool__(self):
            return self.n > 4

        def __add__(self, other):
            return Item(self.n + 100)

        def __radd__(self, other):
            return Item(self.n + 1000)

        def __lt__(self, other):
            return self.n % 3 < other.n % 3

        def __hash__(self):
            return self.n % 2

        def __eq__(self, other):
            return self.n % 4 == other.n % 4

    class Plain:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            died.append(("plain", self.n))

    def items(n, step=1):
        for i in range(0, n * step, step):
            died.append(("asked", i))
            yield Item(i)

    def plain(n):
        for i in range(n):
            died.append(i)
            yield Plain(i)

    def consume(n):
        got = [any(items(n)), all(items(n, -1)), sum(items(n)).n]
        died.append("plain")
        got += [all(plain(n)), len(set(x.n for x in plain(n))), any(plain(n)), len(list(plain(n)))]
        died.append("min")
        got += [min(items(n)).n, max(items(n)).n]
        died.append("set")
        got += [len(set(items(n))), len(list(items(n))), len(tuple(items(n))), len(sorted(items(n)))]
        return got
    def often(n):
        """Plain loops around the calls, as a region takes them."""
        for _ in range(6):
            all(plain(n))
        for _ in range(6):
            any(items(n))
        for _ in range(6):
            sum(items(n))
        for _ in range(6):
            min(items(n))
        for _ in range(6):
            max(items(n))
        for _ in range(6):
            list(plain(n))
        for _ in range(6):
            set(items(n))
    for n in [1, 2, 3, 5, 6] * 3:
        log(consume(n), often(n))
        log(list(died))
        died.clear()


def case_replaced_builtins(log):
    import builtins

    def consume(n):
        return sum(x for x in range(n)), any(abs(x) > 3 for x in range(n)), list(float(x) for x in range(n))
    kept = builtins.sum, builtins.abs
    for n in range(16):
        log(consume(n))
        if n == 8:
            builtins.abs = lambda x: 9
        if n == 11:
            builtins.sum = lambda x: list(x)
    builtins.sum, builtins.abs = kept


def case_sizes(log):
    def consume(n):
        return list(x for x in range(n)), sorted(x for x in range(n)), set(x for x in range(n)), tuple(x for x in range(n))
    for n in [*range(20), 100, 1000]:
        log([sys.getsizeof(made) for made in consume(n)])
