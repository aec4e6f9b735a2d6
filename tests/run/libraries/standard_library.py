"""Types and functions of the standard library that are written in C, inside hot loops."""

import array
import bisect
import collections
import ctypes
import datetime
import decimal
import fractions
import hashlib
import heapq
import itertools
import operator
import re
import sqlite3
import struct
import zlib


def database(n):
    db = sqlite3.connect(":memory:")
    db.create_function("twice", 1, lambda x: x * 2)
    db.execute("create table t (a int, b text)")
    for i in range(n):
        db.execute("insert into t values (?, ?)", (i, str(i)))
    total = 0
    for a, b in db.execute("select twice(a), b from t where a % 3 = 0"):
        total += a + len(b)
    db.close()
    return total


def money(n):
    total = decimal.Decimal(0)
    for i in range(n):
        total += decimal.Decimal(i) / 7
        if total > 10000:
            total %= 97
    return total


def half(n):
    total = fractions.Fraction(0)
    for i in range(1, n // 10):
        total += fractions.Fraction(1, i % 50 + 1)
    return total


def packing(n):
    buffer = bytearray(16)
    view = memoryview(buffer)
    numbers = array.array("d", range(16))
    crc = 0
    for i in range(n):
        struct.pack_into("<iI", buffer, (i % 2) * 8, i, i * 3)
        a, b = struct.unpack_from("<iI", view, (i % 2) * 8)
        numbers[i % 16] += a / (b + 1)
        crc = zlib.crc32(view[4:8], crc)
    return crc, sum(numbers).hex()


class P(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]


def structures(n):
    points = (P * 10)()
    for i in range(n):
        p = points[i % 10]
        p.x += i
        p.y -= p.x / 3
        if p.x > 2**30:
            p.x = 0
    return [(p.x, p.y) for p in points]


def dates(n):
    d = datetime.datetime(2020, 1, 1)
    step = datetime.timedelta(hours=7)
    total = datetime.timedelta(0)
    for i in range(n):
        d += step
        if d.weekday() == 3:
            total += step / 3
    return d, total


def heaps(n):
    heap, done = [], []
    order = collections.OrderedDict()
    counts = collections.defaultdict(int)
    queue = collections.deque(maxlen=20)
    for i in range(n):
        heapq.heappush(heap, (i * 7919 % 1013, i))
        if len(heap) > 40:
            key, _ = heapq.heappop(heap)
            counts[key % 10] += 1
            order[key % 13] = i
            order.move_to_end(key % 13)
            queue.append(key)
        if i % 4:
            bisect.insort(done, i % 17)
            del done[30:]
    return dict(counts), list(order.items()), list(queue), done


def words(n):
    pattern = re.compile(r"(\w+)-(\d+)")
    total = 0
    digest = hashlib.sha256()
    for i in range(n):
        found = pattern.match(f"word-{i}") if i % 3 else pattern.search("none")
        if found:
            total += int(found[2]) + len(found.group(1))
            digest.update(found.group().encode())
    return total, digest.hexdigest()


def iterators(n):
    total = 0
    for a, b in zip(itertools.cycle([1, 2, 3]), itertools.islice(itertools.count(5), n), strict=False):
        total += a * b
    for key, group in itertools.groupby(range(n), key=lambda x: x // 7):
        total += key * sum(group)
    get = operator.itemgetter(1)
    for pair in itertools.product(range(n // 100), "ab"):
        total += len(get(pair))
    return total


for function in (database, money, half, packing, structures, dates, heaps, words, iterators):
    for n in (300, 3000, 20000):
        print(function.__name__, function(n))
