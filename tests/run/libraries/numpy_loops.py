"""numpy scalars, views, ufuncs and errors inside hot loops."""

import numpy as np


def scalars(n):
    total = np.float64(0)
    count = np.int32(0)
    a = np.arange(64, dtype=np.float64) / 3
    for i in range(n):
        x = a[i & 63]
        total += x * i
        if x > 10.0:
            count += np.int32(1)
        total = total - float(x) / 2
    return total, count, type(total).__name__, type(count).__name__


def elements(n):
    grid = np.zeros((20, 20), dtype=np.int64)
    for k in range(n):
        for i in range(1, 19):
            grid[i, (i + k) % 20] += grid[i - 1, k % 20] + i
            grid[i][k % 20] ^= k
    return grid.tobytes().hex()[:200], grid.sum()


def views(n):
    base = np.arange(1000.0)
    out = []
    for i in range(n):
        part = base[i % 100 : i % 100 + 10]
        part *= 1.001
        if part.any() and (part > 50).all():
            out.append(part.sum())
        out.append(len(part[::2]))
    return sum(out), base.sum()


def overflow(n):
    x = np.int8(1)
    seen = []
    with np.errstate(over="ignore"):
        for i in range(n):
            x = np.int8(x + np.int8(i % 7))
            seen.append(int(x))
    return sum(seen), seen[-5:]


def errors(n):
    count = 0
    a = np.zeros(3)
    for i in range(n):
        try:
            if i % 5 == 0:
                a[i + 3]
            elif i % 5 == 1:
                a + np.zeros(4)
            elif i % 5 == 2:
                bool(a == 0)
            else:
                a[i % 3] += i
        except (IndexError, ValueError) as error:
            count += len(str(error))
    return count, a.tolist()


def mixed(n):
    values = [1, 2.5, np.float32(3.5), np.int64(4), True, np.bool_(True), 1e70]
    total = 0
    for i in range(n):
        total = total + values[i % 7] if i % 11 else 0
    return total, type(total).__name__


def broadcast(n):
    w = np.random.RandomState(0).rand(8, 8)
    v = np.ones(8)
    for _ in range(n):
        v = w @ v
        v /= np.linalg.norm(v)
    return [x.hex() for x in v.tolist()]


def iterate(n):
    total = 0
    for _ in range(n):
        for x in np.arange(10, dtype=np.int16):
            total += int(x) if x % 2 else x.item() * 2
        for k, x in enumerate(np.linspace(0, 1, 5)):
            total += k * x
    return total, type(total).__name__


def objects(n):
    a = np.array([[i] for i in range(10)] + [None], dtype=object)[:10]
    for i in range(n):
        a[i % 10].append(i)
        if len(a[i % 10]) > 50:
            a[i % 10] = [i]
    return [len(x) for x in a]


class Point(np.ndarray):
    def __array_finalize__(self, other):
        self.name = getattr(other, "name", "none")


def subclass(n):
    p = np.arange(3.0).view(Point)
    p.name = "p"
    names = set()
    for i in range(n):
        q = p + i
        names.add(q.name)
        p = q - i
    return sorted(names), p.tolist()


for function in (scalars, elements, views, overflow, errors, mixed, broadcast, iterate, objects, subclass):
    for n in (300, 3000, 20000):
        print(function.__name__, function(n))
