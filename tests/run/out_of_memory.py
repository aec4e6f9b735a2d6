"""Loops whose allocations fail, from one on or a few, plainly and under Jitney: they raise MemoryError, or do what they do.

    python out_of_memory.py MODE HOW_MANY STARTS

MODE is "plain", "hot" (compiled before), "forced" (and left at random) or "cold" (recorded and compiled meanwhile). Writes what is wrong.
"""

from __future__ import annotations

import _testcapi
import faulthandler
import sys

import jitney

N = 120


class Point:
    __slots__ = ("x", "y")
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Open:
    def __init__(self, x):
        self.x = x
    def plus(self, n):
        return Open(self.x + n)
    def __add__(self, other):
        return Open(self.x + other.x)


def ints(n):
    t = 1 << 40
    for i in range(n):
        t += i * 12345678901
        if i % 50 == 49:
            t = t * 3 % 1000000000000007
    return t


def floats(n):
    t = 0.5
    out = []
    for i in range(n):
        t = t * 1.0000001 + i
        if i % 7 == 0:
            out.append(t)
    return t, len(out), out[-1]


def lists(n):
    out = []
    for i in range(n):
        out.append((i, [i, i + 1], {"a": i}))
    return len(out), out[-1]


def strings(n):
    s = ""
    for i in range(n):
        s += chr(97 + i % 26) + str(i)
    return s


def points(n):
    t = 0
    p = Point(0, 1)
    for i in range(n):
        p = Point(p.x + i, p.y * 2 & 0xFFFFFFFFFFF)
        t += p.x ^ p.y
    return t


def opens(n):
    a = Open(10**12)
    b = Open(3)
    for i in range(n):
        a = (a + b).plus(i)
    return a.x


def helper(a, b):
    c = (a, b)
    if b % 9 == 0:
        raise ValueError(b)
    return c


def raising(n):
    t = 0
    for i in range(n):
        try:
            a, b = helper(i, i + 10**11)
            t += a + b
        except ValueError as e:
            t += e.args[0]
    return t


def nested(n):
    t = 0
    for i, (a, b) in enumerate(zip(range(n), reversed(list(range(n))))):
        for x in (a, b, i + 10**15):
            if x % 11 == 5:
                t += x
            else:
                t -= x * 3
    return t


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def recursion(n):
    return fib(n % 7 + 8) * 10**12


def gen(n):
    for i in range(n):
        yield i * 10**10


def generators(n):
    t = 0
    for x in gen(n):
        t += x
    return t, sum(x * 2 for x in gen(n)), [x for x in range(n) if x % 3][-1]


def slices(n):
    a = list(range(n))
    t = 0
    for i in range(n):
        a[i:i + 2] = a[i:i + 2]
        t += len(a[:i]) + a[-1]
    return t, len(a)



CASES = (ints, floats, lists, strings, points, opens, raising, nested, recursion, generators, slices)


@jitney.never
def outcome(case, start: int, stop: int):
    failed, result = False, None
    _testcapi.set_nomemory(start, stop)
    try:
        result = case(N)
    except (MemoryError, SystemError):  # CPython itself: "error return without exception set"
        failed = True
    finally:
        _testcapi.remove_mem_hooks()
    return MemoryError if failed else result


@jitney.never
def main(mode: str, how_many: int, starts: int) -> None:
    faulthandler.enable()
    with open(__file__) as file:
        source = compile(file.read(), __file__, "exec")
    expected = {case.__name__: case(N) for case in CASES}
    if mode != "plain":
        jitney.enable(threshold=2, exit_threshold=3, force_exits=7 if mode == "forced" else 0)
    for case in CASES:
        name = case.__name__
        right = [repr(expected[name])]
        failed = 0
        for _ in range(4):
            assert repr(case(N)) in right
        for start in range(starts):
            function = case
            if mode == "cold":
                copy: dict[str, object] = {"__name__": "copy"}
                exec(source, copy)
                function = copy[name]
            print("begin", name, start, flush=True)
            result = outcome(function, start, start + how_many if how_many else 0)
            if result is MemoryError:
                failed += 1
            elif repr(result) not in right:
                print("WRONG", name, start, result)
            if repr(function(N)) not in right:
                print("WRONG AFTERWARDS", name, start)
        print("failed", name, failed)
    print("entries", jitney.stats()["entries"])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
