"""RecursionError comes at the same depth, whatever the way down is, and afterwards all goes on."""

import sys
import threading

LIMITS = (70, 200, 1000, 3000)


def depth_of(log, way, *limits, **what):
    """How deep `way(tell)` gets, where `tell(n)` is called at each level."""
    for limit in limits or LIMITS:
        for _ in range(4):
            deepest = [0]
            sys.setrecursionlimit(limit)
            try:
                way(deepest)
            except RecursionError as error:
                sys.setrecursionlimit(3000)
                log(limit, deepest[0], str(error).split(" while")[0])
            else:
                sys.setrecursionlimit(3000)
                log(limit, "no end")
    sys.setrecursionlimit(1000)


def case_function(log):
    def down(deepest, n=0):
        deepest[0] = n
        return down(deepest, n + 1) + 1

    depth_of(log, down)


def case_function_with_a_loop(log):
    def down(deepest, n=0):
        deepest[0] = n
        total = 0
        for i in range(3):
            total += i
            if i == 2:
                total += down(deepest, n + 1)
        return total

    depth_of(log, down)


def case_mutual(log):
    def even(deepest, n=0):
        deepest[0] = n
        return odd(deepest, n + 1)

    def odd(deepest, n):
        deepest[0] = n
        return even(deepest, n + 1) + 1

    depth_of(log, even)


def case_methods(log):
    class Node:
        def __init__(self):
            self.n = 0

        def down(self, deepest):
            self.n += 1
            deepest[0] = self.n
            return self.further(deepest)

        def further(self, deepest):
            return self.down(deepest)

        @property
        def deeper(self):
            self.n += 1
            return self.deeper

        def __getattr__(self, name):
            self.n += 1
            return getattr(self, name)

    depth_of(log, lambda deepest: Node().down(deepest))

    def by_property(deepest):
        node = Node()
        try:
            return node.deeper
        finally:
            deepest[0] = node.n

    depth_of(log, by_property, 70, 200, 1000)


def case_operators(log):
    class Number:
        def __init__(self):
            self.n = 0

        def __add__(self, other):
            self.n += 1
            return self + other

        def __lt__(self, other):
            self.n += 1
            return self < other

        def __getitem__(self, key):
            self.n += 1
            return self[key]

        def __call__(self):
            self.n += 1
            return self()

        def __len__(self):
            self.n += 1
            return len(self)

        def __neg__(self):
            self.n += 1
            return -self

    def way(name):
        def down(deepest):
            number = Number()
            try:
                if name == "+":
                    return number + 1
                if name == "<":
                    return number < 1
                if name == "[]":
                    return number[0]
                if name == "()":
                    return number()
                if name == "len":
                    return len(number)
                return -number
            finally:
                deepest[0] = number.n

        return down

    for name in ("+", "<", "[]", "()", "len", "-"):
        log(name)
        depth_of(log, way(name), 70, 200, 1000)


def case_through_builtins(log):
    def mapped(deepest, n=0):
        deepest[0] = n
        return sum(map(lambda x: mapped(deepest, n + 1), [1]))

    depth_of(log, mapped, 70, 200, 1000)

    def sorting(deepest, n=0):
        deepest[0] = n
        return sorted([2, 1], key=lambda x: sorting(deepest, n + 1))

    depth_of(log, sorting, 70, 200, 1000)

    def generating(deepest, n=0):
        deepest[0] = n
        yield from generating(deepest, n + 1)

    depth_of(log, lambda deepest: list(generating(deepest)), 70, 200, 1000)

    def comprehending(deepest, n=0):
        deepest[0] = n
        return [comprehending(deepest, n + 1) for _ in range(2)]

    depth_of(log, comprehending)


def case_below_loops(log):
    """The loop is compiled before; the way down begins in it."""
    def leaf(n, deepest):
        if n:
            deepest[0] += 1
            return leaf(n - 1, deepest)
        return 0

    def loop(deepest, n):
        total = 0
        for i in range(12):
            deepest[0] = 0
            total += leaf(i if i < 11 else n, deepest)
        return total

    sys.setrecursionlimit(300)
    for n in (100, 250, 280, 290, 295, 300):
        deepest = [0]
        try:
            loop(deepest, n)
        except RecursionError as error:
            lines = []
            traceback = error.__traceback__
            while traceback is not None:
                lines.append(traceback.tb_lineno)
                traceback = traceback.tb_next
            log(n, "error", deepest[0], len(lines), lines[-3:])
        else:
            log(n, "through", deepest[0])
    sys.setrecursionlimit(1000)


def case_in_a_thread(log):
    def down(deepest, n=0):
        deepest[0] = n
        return down(deepest, n + 1) + 1

    threading.stack_size(64 << 20)
    thread = threading.Thread(target=depth_of, args=(log, down))
    thread.start()
    thread.join()
    threading.stack_size(0)
