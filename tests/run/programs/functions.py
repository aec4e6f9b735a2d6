"""Functions of several kinds, recursive ones above all, and whose builtins they see."""
import builtins
import functools
import gc
import types
import weakref

SOURCE = """
def f(n):
    s = 0
    for i in range(n):
        s += len('abc')
    return s

def rec(n):
    return len('abc') if n == 0 else rec(n - 1) + len('x')

def loop(n):
    s = 0
    for i in range(n):
        s += rec(i % 7)
    return s
"""


def case_own_builtins(log):
    ns = {"__builtins__": {"len": lambda x: 42, "range": range}}
    exec(SOURCE, ns)
    log(ns["f"](100), ns["loop"](100))
    ns["__builtins__"]["len"] = lambda x: 43
    log(ns["f"](100), ns["loop"](100))
    ns2 = {}
    exec(SOURCE, ns2)
    log(ns2["f"](100), ns2["loop"](100))
    g = types.FunctionType(ns["f"].__code__, ns2)
    log(g(100))
    ns2["__builtins__"] = dict(vars(builtins), len=lambda x: 7)
    log(ns2["f"](100), ns2["loop"](100))
    h = types.FunctionType(ns2["loop"].__code__, ns2)
    log(h(100))
    ns2["rec"] = types.FunctionType(ns2["rec"].__code__, ns2)
    log(ns2["loop"](100), h(100))


def rec(n):
    return len("abc") if n == 0 else rec(n - 1) + 1


def case_builtins_patched(log):
    for i in range(60):
        log(rec(i % 6))
        if i == 30:
            builtins.len = lambda x: 9
        if i == 45:
            del builtins.len
            builtins.len = ORIGINAL


ORIGINAL = len


def count(n, seen=[]):
    seen.append(n)
    return len(seen) if n == 0 else count(n - 1)


def case_mutable_default(log):
    count.__defaults__ = ([],)
    for i in range(30):
        log(count(i % 5))


class Node:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def check(self):
        if self.left is None:
            return 1
        return self.left.check() + 1 + self.right.check()

    def __len__(self):
        return 1 if self.left is None else len(self.left) + len(self.right)

    def __iter__(self):
        if self.left is not None:
            yield from self.left
            yield self
            yield from self.right

    def __repr__(self):
        return "N" if self.left is None else f"({self.left!r},{self.right!r})"

    def __eq__(self, other):
        return self.left == other.left and self.right == other.right

    __hash__ = None


def make(depth):
    if depth == 0:
        return Node(None, None)
    return Node(make(depth - 1), make(depth - 1))


def case_tree(log):
    for i in range(20):
        t = make(i % 5)
        log(t.check(), len(t), sum(1 for _ in t), repr(t), t == make(i % 5))


def tree_references(log):
    for i in range(12):
        t = make(i % 4)
        r = weakref.ref(t.left if t.left else t)
        log(t.check())
        t = None
        log(r() is None)


def case_tree_dies(log):
    tree_references(log)


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append((a, c))
        hanoi(n - 1, b, a, c, moves)


def case_hanoi(log):
    for i in range(10):
        moves = []
        hanoi(i % 6, "a", "b", "c", moves)
        log(moves)


def permute(items):
    if len(items) <= 1:
        return [items]
    out = []
    for i, x in enumerate(items):
        for rest in permute(items[:i] + items[i + 1:]):
            out.append([x] + rest)
    return out


def case_permute(log):
    for i in range(8):
        log(permute(list(range(i % 5))))


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


def case_ackermann(log):
    for i in range(12):
        log(ack(2, i), ack(i % 3, 3))
    for i in range(3):
        try:
            log(ack(3, 7))
        except RecursionError as error:
            log(error)


def collect(n):
    if n == 0:
        gc.collect()
        return []
    x = [n]
    x.append(x)
    return collect(n - 1) + [x[0]]


def case_collects_inside(log):
    for i in range(20):
        log(collect(i % 5))


def deco(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)
    return wrapper


@deco
def decorated(n, k=1):
    return 0 if n == 0 else decorated(n - 1, k=k) + k


def case_decorated(log):
    for i in range(30):
        log(decorated(i % 6), decorated(i % 6, 3))


def yields(n):
    if n == 0:
        return
    x = yield n
    yield from yields(n - 1)


def sums(n):
    return sum(yields(n)) + (sums(n - 1) if n else 0)


def case_yields(log):
    for i in range(20):
        log(sums(i % 6))


def kw(a, b=2, *, c=3, **rest):
    return (a, b, c, sorted(rest.items())) if a == 0 else kw(a - 1, b, c=c + 1, **rest)


def case_keywords(log):
    for i in range(20):
        log(kw(i % 5), kw(i % 5, 7, c=1, z=2), kw(a=i % 3, b=1))


async def coro(n):
    return 0 if n == 0 else 1 + await coro(n - 1)


def case_coroutines(log):
    for i in range(20):
        try:
            coro(i % 5).send(None)
        except StopIteration as stop:
            log(stop.value)


def assigns(n):
    try:
        if n == 0:
            raise KeyError(n)
        assigns(n - 1)
    except KeyError as e:
        if n % 2:
            raise ValueError(n) from e
        raise
    except ValueError as e:
        e.add_note(str(n))
        raise


def case_chained(log):
    for i in range(20):
        try:
            assigns(i % 5)
        except (KeyError, ValueError) as e:
            log(e, getattr(e, "__notes__", None), e.__cause__, e.__context__)


class Watched:
    """A callable that tells what is asked of it, as mocks do."""

    def __init__(self, log):
        self.log = log

    def __call__(self, number):
        return number + 1

    def __hash__(self):
        self.log("hash")
        return 1

    def __eq__(self, other):
        self.log("eq")
        return self is other

    def __bool__(self):
        self.log("bool")
        return True

    def __len__(self):
        self.log("len")
        return 1

    def __repr__(self):
        self.log("repr")
        return "watched"

    def __iter__(self):
        self.log("iter")
        return iter(())


def case_objects_are_not_asked(log):
    class Owner:
        step = Watched(log)
        constant = Watched(log)

        def run(self):
            total = 0
            for number in range(40):
                total += self.step(number)
                if self.constant is not self.step:
                    total += watched(number)
            return total

    watched = Watched(log)
    log(Owner().run(), Owner().run())
    Owner.step = Watched(log)
    log(Owner().run())
    table, items = {"a": watched}, [watched, 1]
    for number in range(40):
        found = table["a"](number) + items[0](number) + global_watched(number)
        if found is watched:
            break
    log(found)


global_watched = Watched(print)
