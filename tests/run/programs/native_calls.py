"""C functions of every calling convention, called by their address: right and wrong numbers of arguments, named ones, what they raise, what
dies with them, code that they run, the recursion limit."""

import array
import collections
import datetime
import decimal
import functools
import io
import itertools
import math
import os
import re
import struct
import sys
from decimal import Decimal


def case_conventions(log):
    # METH_NOARGS, METH_O, METH_FASTCALL, with keywords, METH_METHOD, of functions and methods
    text, queue, numbers = io.StringIO(), collections.deque(), array.array("i")
    pattern = re.compile(r"(\w)(\d)")
    for i in range(60):
        queue.append(i)
        queue.rotate(1)
        numbers.append(i)
        text.write(str(i))
        found = pattern.match("a" + str(i % 10))
        packed = struct.pack("<i", i)
        number, = struct.unpack("<i", packed)
        log(queue.popleft(), numbers.tobytes()[:2], text.tell(), found.group(1), found.group(1, 2), found.start(), number, "ab".upper(),
            "a,b".split(","), "a,b".replace(",", ";", 1), math.gcd(i, 12), math.prod([i, 2], start=3), divmod(i, 7), hash(i), (i).bit_length(),
            (i).to_bytes(2, byteorder="big"), [3, 1, 2].index(1), (1, 2, 1).count(1), sys.intern("x"), pattern.sub("-", "a1", count=1))


def case_named(log):
    for i in range(60):
        log(sorted([3, i, 1], reverse=True), "a b".split(sep=None, maxsplit=1), int("11", base=3), max([1, i], key=None),
            "{}{x}".format(i, x=1), dict(a=i), print(i, file=io.StringIO(), end=""), b"ab".decode(encoding="ascii"))


def case_wrong_arguments(log):
    values = ["a", 1, None, [1], b"x"]
    for i in range(60):
        for value in values:
            try:
                log("abc".index(value))
            except Exception as error:
                log(type(error), str(error))
        try:
            len(*range(i % 3))
        except TypeError as error:
            log(str(error))
        try:
            "abc".upper(*range(i % 2))
        except TypeError as error:
            log(str(error))
        try:
            math.gcd(i, 2.5 if i % 5 == 0 else 4)
        except TypeError as error:
            log(str(error))


def case_receivers(log):
    class Text(str):
        pass

    class Other:
        def upper(self):
            return "other"

    things = ["a", Text("b"), Other(), b"c"]
    for i in range(60):
        log(things[i % 4].upper())
        try:
            log(str.upper(things[i % 4]))
        except TypeError as error:
            log(str(error))


class Dying:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log("dead", self.name, sorted(sys._getframe(1).f_locals)[:3], sys._getframe(1).f_lineno)

    def __hash__(self):
        self.log("hashed", self.name)
        return 1

    def __eq__(self, other):
        self.log("compared", self.name)
        return self is other

    def __index__(self):
        self.log("asked", self.name, sys._getframe(1).f_lineno)
        return 2

    def __lt__(self, other):
        self.log("less", self.name)
        return False


def case_deaths(log):
    items = []
    for i in range(30):
        log(hash(Dying(log, i)))
        items.append(Dying(log, (i, "kept")))
        if i % 3 == 2:
            items.pop(0)
        try:
            [].index(Dying(log, (i, "sought")))
        except ValueError:
            log("no")
        items.insert(Dying(log, (i, "place")), None)
        items.remove(None)
        math.gcd(Dying(log, (i, "one")), 4, Dying(log, (i, "two")))
        log(callable(Dying(log, (i, "asked"))), i)
    items.clear()
    log("end")


def case_callbacks(log):
    def key(x):
        log(sorted(sys._getframe(1).f_locals), sys._getframe(1).f_lineno)
        return -x

    for i in range(30):
        values = [i, 1, 2]
        values.sort(key=key)
        log(sorted(values, key=key), max(values, key=key), functools.reduce(lambda a, b: a + b, values), list(map(key, values)))
        log(re.sub("a", lambda match: str(i), "aba"))


def case_raised_in_callbacks(log):
    def key(x):
        if x == 27:
            raise KeyError(x)
        return x

    for i in range(30):
        try:
            log([i].sort(key=key))
        except KeyError as error:
            log(error.args, error.__traceback__.tb_lineno - error.__traceback__.tb_next.tb_lineno)


def case_recursion(log):
    class Deep:
        def __len__(self):
            return depth(self)

        def __repr__(self):
            return repr(self)

        def __hash__(self):
            return hash(self)

    counter = [0]

    def depth(thing):
        counter[0] += 1
        return len(thing)

    for function in (len, repr, hash):
        for _ in range(3):
            try:
                function(Deep())
            except RecursionError:
                log(function.__name__)
    log(counter[0] > 100)


def case_times(log):
    zone, mine = datetime.timezone(datetime.timedelta(hours=1)), None
    moment, step = datetime.datetime(2020, 1, 1), datetime.timedelta(hours=7)

    class Zone(datetime.tzinfo):
        def __init__(self, name):
            self.name = name

        def utcoffset(self, moment):
            return datetime.timedelta(hours=2)

        def __del__(self):
            log("zone gone", self.name)

    for i in range(40):
        moment = moment + step
        log(moment.isoformat(), moment.replace(tzinfo=zone).isoformat(), moment.time().replace(tzinfo=zone).isoformat(), moment.date().weekday())
        mine = moment.replace(tzinfo=Zone(i))
        at = moment.time().replace(tzinfo=Zone((i, "time")))
        log("made", i, mine.utcoffset(), at.hour)


def case_decimals(log):
    context = decimal.Context(prec=6)
    total = Decimal(0)
    for i in range(60):
        total += (Decimal(i) * Decimal("1.1")).quantize(Decimal("0.1"))
        total = total.normalize(context)
        log(total, total.as_tuple(), context.sqrt(total), total.compare(Decimal(i)))
    try:
        for i in range(60):
            log(Decimal(1) / (57 - i))
    except decimal.DivisionByZero as error:
        log(type(error).__name__)


def case_iterators(log):
    source = itertools.cycle([1, 2, 3])
    for i in range(60):
        log(next(source), next(iter([]), i), list(itertools.islice(source, 2)))
        try:
            next(iter(()))
        except StopIteration as error:
            log(error.value)


def case_replaced(log):
    """A C function under a name that gets another meaning."""
    upper, split = str.upper, str.split
    for i in range(60):
        log(upper("a"), split("a b"))
        if i == 40:
            upper, split = str.lower, lambda text: text


def case_paths(log):
    class Path:
        def __fspath__(self):
            return "path"

    for i in range(60):
        for part in ("a", b"b", Path(), i):
            try:
                log(os.fspath(part), os.path.join(part, os.fspath(part)), os.path.basename(part))
            except TypeError as error:
                log(str(error))


def case_made_containers(log):
    for i in range(60):
        log({"a": i, i: "b", "b": i, None: 1.5, 2.5: i}, {i, "a", 2.5, None, i}, {"a": i, chr(97): 2}, {(i,): 1, b"x": 2}, {(1, i), frozenset((i,))})
