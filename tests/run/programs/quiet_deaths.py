"""Objects of the standard library's C classes die in hot loops; what they hold may run code then, and weak references may tell of it."""

import collections
import datetime
import decimal
import functools
import itertools
import re
import weakref

died = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        died.append(self.name)


class Decimal(decimal.Decimal):  # another class of the same name
    def __del__(self):
        died.append(f"decimal {self}")


class Deque(collections.deque):
    def __del__(self):
        died.append(f"deque of {len(self)}")


def numbers(n):
    total = decimal.Decimal(0)
    for i in range(n):
        total += decimal.Decimal(i) * decimal.Decimal("0.1")
        day = datetime.date(2000, 1, 1) + datetime.timedelta(days=i)
        total += day.day
    return total


def subclasses(n):
    for i in range(n):
        Decimal(i)
        Deque(range(i % 3))
        died.append("round")


def holders(n):
    for i in range(n):
        made = (collections.deque([Dies(f"deque {i}")]), itertools.chain([Dies(f"chain {i}")]), functools.partial(print, Dies(f"partial {i}")),
                map(str, [Dies(f"map {i}")]), iter({i: Dies(f"values {i}")}.values()), itertools.count(i), {i: i}.items())
        made = None
        died.append("round")


def unnoticed(n):
    total = 0
    for i in range(n):
        queue = collections.deque([i, i + 1])
        total += queue.popleft() + next(itertools.chain([i])) + len(re.match(r"(\d)*", str(i)).group()) + functools.partial(max, i)(3)
        total += sum(map(abs, [i, -i])) + len({i: 1}.keys())
    return total


def told(n):
    for i in range(n):
        queue = collections.deque([i])
        ref = weakref.ref(queue, lambda ref, i=i: died.append(f"ref {i}"))
        queue = None
        died.append("round")


def functions_and_generators(n):
    """Made for one call; what they refer to may run code when they die, and a weak reference may tell of them."""
    found = []
    for i in range(n):
        one = Dies(f"cell {i}") if i % 3 == 0 else i
        found.extend((x, one is x) for x in (i, i + 1))
        found.append(list(map(lambda x: x + (one is x), [i])))
        one = None
        function = lambda x=i: x
        ref = weakref.ref(function, lambda ref, i=i: died.append(f"function {i}"))
        found.append(function())
        function = None
        died.append("round")
    return found


def suspended(n):
    """A generator that is not over dies: its code goes on to its end."""

    def count(i):
        try:
            yield i
            yield i + 1
        finally:
            died.append(f"closed {i}")

    total = 0
    for i in range(n):
        generator = count(i)
        total += next(generator)
        if i % 2:
            total += sum(generator)
        generator = None
        died.append("round")
    return total


def relied_on(n):
    """A function that compiled code relies on dies in it, others come to lie in its place."""
    total, functions = 0, []
    for i in range(n):
        if not functions:
            code = f"lambda x: x + {i}"
            functions = [eval(code), eval(code)]
        total += functions.pop()(i)
    return total


print(functions_and_generators(60))
print(suspended(60))
print(relied_on(80))
print(numbers(80))
subclasses(60)
holders(40)
print(unnoticed(80))
told(60)
print(died)
