"""Generators that loops run in place: their items, ends, exceptions, frames, and what dies with them."""

import gc
import sys
import weakref

rate = 3
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


def count(n, step=1, *, start=0):
    i = start
    while i < n:
        yield i
        i += step


def evens(xs):
    for x in xs:
        if x % 2 == 0:
            yield x


def pairs(n):
    for i in range(n):
        for j in range(i):
            yield i, j


def two(n):
    for i in range(n):
        yield i
        if i % 3 == 0:
            yield -i
        yield "s" if i % 5 == 0 else i * 0.5


def result_of(n):
    for i in range(n):
        yield i
    return "result", n


def case_items(log):
    def consume(n):
        total = 0
        for x in count(n):
            total += x
        for x in count(n, 2):
            total += x
        for x in count(n, step=3, start=4):
            total += x
        else:
            total += 1000
        for a, b in pairs(n % 9):
            total += a * b
        for x in result_of(n):
            total -= x
        return total
    for n in range(40):
        log(consume(n))


def case_several_yields(log):
    def consume(n):
        found = []
        for x in two(n):
            found.append(x)
        return found
    for n in range(25):
        log(consume(n))


def case_chained(log):
    def consume(n):
        total = 0
        for x in evens(y + 1 for y in evens(count(n))):
            total += x
        for x in evens(evens(x * 2 for x in range(n))):
            total += x
        return total
    for n in range(40):
        log(consume(n))


def case_expressions(log):
    def consume(xs, k):
        total = 0
        for y in (x * k for x in xs):
            total += y
        for a, b in ((i, c) for i, c in enumerate(xs) if c != 3):
            total += a - b
        for y in (x + z for x in xs for z in (1, 2) if x > z):
            total += y
        return total
    for n in range(40):
        log(consume(list(range(n)), n), consume(tuple(range(n)), 1.5), consume(range(n), 2), consume({i: 1 for i in range(n)}, 2))


def case_left_in_the_middle(log):
    def first(n, limit):
        for x in count(n):
            if x * x > limit:
                return x
        return None

    def broken(n, limit):
        got = []
        for x in two(n):
            if x == limit:
                break
            got.append(x)
        else:
            got.append("all")
        for x in (y for y in got if y):
            for z in count(5):
                if z == 3:
                    break
                got.append(z)
                if len(got) > 30:
                    return got
        return got
    for n in range(30):
        log(first(n, n * 3), broken(n, n // 2))


def noisy(n):
    first = Dies(("first", n))
    for x in [Dies(("item", n, i)) for i in range(3)]:
        inner = Dies(("inner", x.name))
        yield x.name
    last = Dies(("last", n))


def case_deaths(log):
    def to_the_end(n):
        for name in noisy(n):
            seen = name
        return seen

    def broken(n):
        for name in noisy(n):
            seen = name
            break
        return seen

    def returned(n):
        for name in noisy(n):
            return name

    def raised(n):
        for name in noisy(n):
            seen = 1 // (n - 13)
        return seen
    for n in range(20):
        for function in (to_the_end, broken, returned, raised):
            try:
                log(function(n))
            except ZeroDivisionError as error:
                log(error)
                del error
            said(log)


def case_arguments_die(log):
    def items(x, n):
        for i in range(n):
            yield i

    def forgets(x, n):
        yield 0
        x = None
        for i in range(n):
            yield i

    def consume(n):
        for i in items(Dies(("argument", n)), 3):
            seen = i
        for i in forgets(Dies(("forgotten", n)), 3):
            seen = i
        for i in items(Dies(("broken", n)), 3):
            break
        return seen
    for n in range(20):
        log(consume(n))
        said(log)


def case_exceptions(log):
    def fails(n):
        for i in range(n):
            yield 10 // (7 - i)

    def stops(n):
        for i in range(n):
            if i == 6:
                raise StopIteration(i)
            yield i

    def next_of(it, n):
        for i in range(n):
            yield next(it)

    def unbound(n):
        for i in range(n):
            if i < 9:
                value = i
            else:
                del value
            yield value

    def consume(make, n):
        total = 0
        for x in make(n):
            total += x
        return total
    for n in range(14):
        for make in (fails, stops, unbound, lambda n: next_of(iter(range(5)), n)):
            try:
                log(consume(make, n))
            except Exception as error:  # noqa: BLE001
                log(error)


def case_exceptions_in_direct_loops(log):
    def fails(n):
        for i in range(n):
            yield 10 // (7 - i)

    def inner(x):
        return 5 // (x - 4)

    def calls(n):
        for i in range(n):
            yield inner(i)

    def consume(n):
        total = 0
        for x in fails(n):
            total += x
        return total

    def consume_calls(n):
        total = 0
        for x in calls(n):
            total += x
        return total

    def consumer_fails(n):
        total = 0
        for x in count(n):
            total += 100 // (x - 8)
        return total
    for n in range(12):
        for function in (consume, consume_calls, consumer_fails):
            try:
                log(function(n))
            except ZeroDivisionError as error:
                log(error)


def case_numbers(log):
    def grows(n, factor):
        x = 1
        for _ in range(n):
            yield x
            x *= factor

    def changes(n):
        x = 0
        for i in range(n):
            yield x
            x = x + 1 if i < n // 2 else x + 0.5

    def consume(n):
        a, b = 0, 0
        for x in grows(n, 7):
            a += x
        for x in changes(n):
            b += x
        return a, b
    for n in range(60):
        log(consume(n))


def case_objects(log):
    """What keeps generators: they are there, whoever asks."""
    def consume(n):
        g = count(n)
        total = 0
        for x in g:
            total += x
            if x == 4:
                break
        for x in g:
            total += 10 * x
        return total, g.gi_frame is None, next(g, "over")

    def passed(it):
        total = 0
        for x in it:
            total += x
        return total

    def together(n):
        got = []
        for a, b in zip(count(n), (x * x for x in range(n + 2))):
            got.append(a + b)
        for i, x in enumerate(count(n, 3)):
            got.append(i * x)
        a, *b = count(n + 1)
        got += [*evens(count(n)), a, *b, *(x for x in b if x > 2)]
        return got, passed(count(n)), passed(evens(count(n))), passed(x * n for x in count(n))

    def referred(n):
        g = count(n)
        ref = weakref.ref(g)
        total = 0
        for x in g:
            total += x
        alive = ref() is g
        del g
        return total, alive, ref() is None
    for n in range(25):
        log(consume(n), together(n), referred(n))


def case_frames(log):
    def where(n):
        for i in range(n):
            frame = sys._getframe()
            yield frame.f_lineno, frame.f_back.f_lineno, frame.f_back.f_code.co_name, sorted(frame.f_locals)

    def shows(n):
        state = n * 2
        for i in range(n):
            yield sorted(sys._getframe(0).f_locals.items(), key=str)[0][0]
            state += i

    def consume(n):
        got = []
        for x in where(n):
            got.append(x)
        for x in shows(n):
            got.append(x)
        return got

    def looks(n):
        names = []
        for x in count(n):
            names.append(sorted(sys._getframe().f_locals))
        return names[-1:]
    for n in range(12):
        log(consume(n), looks(n))


def case_code_that_runs_in_them(log):
    class Row:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            for i in range(self.n):
                yield self.value(i)

        def value(self, i):
            return self.n * i + rate

        def __lt__(self, other):
            return self.n < other.n

        @property
        def values(self):
            return (self.value(i) for i in range(self.n))

    def below(rows, row):
        for other in rows:
            if other < row:
                yield other

    def consume(n):
        row = Row(n)
        total = 0
        for x in row:
            total += x
        for x in row.values:
            total += x
        for other in below([Row(i) for i in range(6)], row):
            total += other.n
        return total
    global rate
    for n in range(30):
        log(consume(n))
        if n == 20:
            rate = 4.5
        if n == 25:
            Row.value = lambda self, i: i
    rate = 3


def case_handlers_and_delegation(log):
    def guarded(n):
        try:
            for i in range(n):
                yield i
        finally:
            died.append(("finally", n))

    def caught(n):
        for i in range(n):
            try:
                yield 6 // (i - 3)
            except ZeroDivisionError:
                yield "none"

    def delegates(n):
        yield from count(n)
        got = yield from result_of(n)
        yield got

    def consume(n):
        got = []
        for x in guarded(n):
            got.append(x)
            if x == 5:
                break
        for x in caught(n):
            got.append(x)
        for x in delegates(n):
            got.append(x)
        return got
    for n in range(12):
        log(consume(n))
        said(log)


def case_recursion(log):
    def walk(tree):
        if tree:
            left, value, right = tree
            for x in walk(left):
                yield x
            yield value
            for x in walk(right):
                yield x

    def make(low, high):
        if low >= high:
            return None
        middle = (low + high) // 2
        return make(low, middle), middle, make(middle + 1, high)

    def permutations(items):
        if len(items) < 2:
            yield items
            return
        for i in range(len(items)):
            for rest in permutations(items[:i] + items[i + 1:]):
                yield [items[i], *rest]

    def consume(n):
        got = []
        for x in walk(make(0, n)):
            got.append(x)
        total = 0
        for p in permutations(list(range(n % 5))):
            total += p[0] if p else 1
        return got, total
    for n in range(22):
        log(consume(n))


def case_closures(log):
    def consume(n):
        total = 0

        def scaled(k):
            for i in range(n):
                yield i * k * n
        for x in scaled(2):
            total += x
        for x in (i + n + total for i in range(3)):
            total += x
        return total

    def shared(n):
        k = 0

        def counted():
            nonlocal k
            while k < n:
                k += 1
                yield k
        total = 0
        for x in counted():
            total += x
            if x % 4 == 0:
                k += 1
        return total, k
    for n in range(30):
        log(consume(n), shared(n))


def case_replaced_code(log):
    def source(n):
        for i in range(n):
            yield i

    def other(n):
        for i in range(n):
            yield -i

    def consume(n):
        total = 0
        for x in source(n):
            total += x
        return total
    for n in range(30):
        log(consume(n))
        if n == 20:
            source.__code__ = other.__code__


def case_collected(log):
    """Cycles through suspended generators, the collector between."""
    class Node:
        pass

    def over(node, n):
        for i in range(n):
            yield i

    def consume(n):
        node = Node()
        node.me = node
        node.dies = Dies(n)
        total = 0
        for i in over(node, 4):
            total += i
            if i == 2:
                break
        return total
    gc.disable()
    for n in range(20):
        log(consume(n))
        if n % 5 == 4:
            log(gc.collect() > 0, sorted(name for name, *_ in died))
            died.clear()
    gc.enable()


def case_shared_between_slots(log):
    """The loop's generator is in variables, too, and in other generators: it is where the loop left it."""
    def in_parts(it):
        got = []
        for x in it:
            got.append(x)
            if x == 3:
                break
        for x in it:
            got.append(-x)
            if x == 6:
                break
        got.append(next(it, "end"))
        for x in it:
            got.append(x * 100)
        for x in it:
            got.append("never")
        return got

    def taking_two(it):
        for x in it:
            yield x, next(it, None)

    def watching(it, watched):
        for x in it:
            yield x
            for y in watched:
                yield -y
                break

    def looks(it):
        total = 0
        for x in it:
            total += x * (it.gi_frame is not None)
        return total, it.gi_frame is None

    def consume(n):
        it = count(n)
        got = [*in_parts(count(n)), *in_parts(x + 1 for x in range(n))]
        for pair in taking_two(count(n)):
            got.append(pair)
        for x in watching(it, it):
            got.append(x)
        for x in watching(count(4), count(n)):
            got.append(x)
        return got, looks(count(n)), looks(x * x for x in range(n))
    for n in range(20):
        log(consume(n))


def module_level():
    space = {"count": count, "evens": evens}
    exec("total = 0\nfor x in evens(count(300)):\n    total += x\n    last = x\nfor y in (z * 2 for z in range(200)):\n    total += y", space)
    return space["total"], space["last"], space["y"]


def case_module_level(log):
    for _ in range(4):
        log(module_level())
