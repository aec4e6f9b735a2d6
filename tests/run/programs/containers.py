"""Lists, tuples, dicts, sets, strings, bytes, arrays."""

from array import array


def case_list_indexing(log):
    a = list(range(20))
    n = 0
    for i in range(-25, 25):
        try:
            n += a[i]
            a[i] = n & 63
        except IndexError as e:
            log(i, str(e))
    for i in (True, False, 2**70, -(2**70), 1.0, None, "x"):
        for r in range(4):
            try:
                log(a[i])
            except (IndexError, TypeError) as e:
                log(str(e))
            try:
                a[i] = 5
            except (IndexError, TypeError) as e:
                log(str(e))
    return a, n


def case_list_methods(log):
    a = []
    for i in range(60):
        a.append(i)
        a.insert(i // 2, -i)
        a.insert(-1, 1000)
        if i % 3 == 0:
            log(a.pop(), a.pop(0), a.pop(-1), a.pop(len(a) // 2) if a else None)
        if i % 5 == 0:
            a.extend([1, 2])
            a += (3,)
            a.reverse()
        if i % 11 == 0:
            a.sort()
        log(len(a), a.count(1), a.index(a[-1]))
    while a:
        a.pop()
    for i in range(10):
        try:
            a.pop()
        except IndexError as e:
            log(str(e))
        try:
            a.append(1)
            a.pop(5)
        except IndexError as e:
            log(str(e))
    return a


def case_list_float_in_place(log):
    a = [1.5] * 10
    b = [float(i) for i in range(10)]
    keep = []
    for i in range(80):
        k = i % 10
        old = b[k]
        a[k] = a[k] * 1.5 + b[k]
        b[k] = b[k] + 0.25
        if i % 7 == 0:
            keep.append(old)
            keep.append(b[k])
        log(old)
    return a, b, keep


def case_shared_boxes(log):
    x = 2.5
    a = [x, x, x]
    for i in range(40):
        a[0] = a[0] + 1.0
        if i % 10 == 5:
            a[1] = a[0]
        log(a, x)
    return a, x


def case_list_mixed_store(log):
    a = [0] * 10
    for i in range(100):
        k = i % 10
        if i % 3 == 0:
            a[k] = i
        elif i % 3 == 1:
            a[k] = i * 0.5
        else:
            a[k] = str(i)
        log(a[k])
    return a


def case_nested_lists(log):
    grid = [[0.0] * 8 for _ in range(8)]
    for r in range(6):
        for i in range(8):
            for j in range(8):
                grid[i][j] += i * j + grid[i - 1][j - 1] * 0.5
    return grid


def case_slices(log):
    a = list(range(30))
    for i in range(-12, 12):
        for j in (-40, -3, 0, 7, 50, None):
            log(a[i:j], a[j:i:2], a[i:j:-1], tuple(a)[i:j], "abcdefghij"[i:j], b"abcdefghij"[j:i], bytearray(b"abc")[i:j])
    for s in (0, 1.5, "x"):
        for r in range(4):
            try:
                log(a[::s])
            except (ValueError, TypeError) as e:
                log(str(e))


def case_slice_assignment(log):
    a = list(range(10))
    for i in range(30):
        a[i % 5:i % 7] = [i, i + 1]
        a[1:3] = a[4:6]
        a[:] = a[::-1]
        del a[i % 3]
        del a[2:4]
        a[len(a):] = range(3)
        a[::2] = [0] * len(a[::2])
        log(list(a))
    for r in range(4):
        try:
            a[::2] = [1]
        except ValueError as e:
            log(str(e))
    b = bytearray(b"hello world")
    for i in range(20):
        b[i % 4:i % 4 + 2] = b"xyz"[: i % 3]
        b[0:0] = bytes([i])
    return a, b


def case_slice_assign_self(log):
    a = [1, 2, 3, 4]
    for i in range(10):
        a[1:1] = a
        if len(a) > 100:
            a[3:] = a[:2]
    return a


def case_tuples(log):
    t = (1, 2.5, "x", None)
    n = 0
    for i in range(60):
        a, b, c, d = t
        t = (a + 1, b * 1.01, c, d)
        u = t + (i,)
        n += len(u) + u[4] + t[0] + u[-1]
        if u > t:
            n += 1
        p, q = q, p = i, i + 1
        log(p, q, u[1:3])
        try:
            u[i]
        except IndexError as e:
            log(str(e))
    return t, n


def case_unpacking(log):
    data = [(1, 2), [3, 4], "ab", (5, 6), {7: 1, 8: 2}, range(2), (1, 2, 3), (1,), 5]
    for r in range(6):
        for item in data:
            try:
                a, b = item
                log(a, b)
            except (ValueError, TypeError) as e:
                log(str(e))
    for r in range(20):
        a, *b = range(r)if r else [1]
        *c, d = "abc" * r or "z"
        (e, f), g = (r, r + 1), [r]
        log(a, b, c, d, e, f, g)


def case_dict_basic(log):
    d = {}
    for i in range(100):
        d[i % 7] = i
        d[str(i % 5)] = i * 0.5
        d[(i % 3, "t")] = i
        d[i % 4 * 1.0] = i
        if i % 10 == 0:
            log(len(d), list(d.items()))
    for k in [0, "0", (1, "t"), 99, "zz", 2.0, True, None]:
        for r in range(4):
            try:
                log(d[k])
            except KeyError as e:
                log(repr(e))
            log(d.get(k), d.get(k, "missing"), k in d, k not in d)
            d[k] = r
            if r == 2:
                del d[k]
    return d


def case_dict_odd_keys(log):
    class K:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            log("hash", self.n)
            return self.n % 3

        def __eq__(self, other):
            log("eq", self.n, getattr(other, "n", other))
            return isinstance(other, K) and self.n == other.n

    d = {}
    for i in range(20):
        d[K(i % 5)] = i
    for i in range(20):
        log(K(i % 7) in d, d.get(K(i % 6)))
    for r in range(4):
        for bad in ([], {}, set()):
            try:
                d[bad] = 1
            except TypeError as e:
                log(str(e))
            try:
                bad in d
            except TypeError as e:
                log(str(e))
            try:
                d[bad]
            except TypeError as e:
                log(str(e))
            try:
                {bad: 1}
            except TypeError as e:
                log(str(e))
    return len(d)


def case_dict_str_subclass_keys(log):
    class S(str):
        def __hash__(self):
            return hash(str(self))

        def __eq__(self, other):
            log("S eq")
            return str(self) == other

        __ne__ = None

    d = {"a": 1, S("b"): 2, S("c"): 3}
    n = 0
    for i in range(30):
        n += d["abc"[i % 3]]
        d["abc"[i % 3]] = n % 50
        if "b" in d:
            n += 1
    return n, list(d.values())


def case_mixed_keys(log):
    class E:
        def __init__(self, h):
            self.h = h

        def __hash__(self):
            return hash(self.h)

        def __eq__(self, other):
            log("eq", self.h)
            return self.h == (other.h if isinstance(other, E) else other)

    d = {E(3): 30, 1: 10, 2.0: 20, "a": 5, **{i * 8: i for i in range(4, 300)}}
    s = {E(3), 1, 2.5, "a", None, (1, 2), b"x"} | {i * 7 for i in range(3, 200)}
    f = frozenset(s)
    n = 0
    for i in range(60):
        k = i % 5
        if k in d:
            n += d[k]
        if k in s:
            n += 3
        if i / 2 in f:
            n += 5
        if "a" in s:
            n += 1
        if None in s:
            n += 1
        if b"y" in s:
            n += 1
        n += d.get(i * 8, 0) + d.get("b", 1)
        d[i % 4] = n % 100
    return n, len(d), len(s)


def case_dict_subclass(log):
    class D(dict):
        def __missing__(self, k):
            log("missing", k)
            return 7

    from collections import Counter, OrderedDict, defaultdict

    d, c, dd, o = D(), Counter(), defaultdict(list), OrderedDict()
    n = 0
    for i in range(50):
        n += d[i % 9]
        d[i % 3] = i
        c[i % 4] += 1
        dd[i % 5].append(i)
        o[i % 6] = i
        o.move_to_end(i % 6)
    return n, dict(c), dict(dd), list(o.items())


def case_dict_methods(log):
    d = {i: i for i in range(20)}
    for i in range(60):
        log(d.pop(i, None), d.setdefault(i % 13, []), d.get(i % 17, i))
        d.update({i + 5: i})
        if i % 7 == 0:
            d = {**d, i: 1}
            d |= {-i: 2}
        if i % 20 == 19:
            log(d.popitem(), len(d), sorted(map(str, d.keys())))
            d.clear()
    return d


def case_sets(log):
    s = set()
    for i in range(80):
        s.add(i % 11)
        s.add(str(i % 3))
        s.add((i % 2,))
        s.discard(i % 5)
        if 3 in s and "1" in s and (1,) in s:
            s.remove(3)
        s |= {i % 7}
        s ^= {i % 4}
        log(len(s), i in s, i not in s, 1.0 in s)
        for bad in ([], {}):
            try:
                bad in s
            except TypeError as e:
                log(str(e))
    f = frozenset(range(5))
    n = 0
    for i in range(30):
        n += i in f
        n += i in (1, 5, "x", None)
        n += i in {1, 2, 3}
        n += i in [i, 1]
    return n, sorted(map(str, s))


def case_contains_nan(log):
    nan = float("nan")
    a = [1.0, nan]
    t = (nan, 2.0)
    s = {nan, 5}
    n = 0
    for i in range(20):
        n += nan in a
        n += nan in t
        n += nan in s
        n += float("nan") in a
        n += (nan == nan)
        log([nan] == [nan], a == [1.0, nan], nan is nan)
    return n


def case_strings(log):
    s = ""
    t = "héllo wörld"
    for i in range(60):
        s += chr(97 + i % 26)
        s = s + t[i % 11]
        if s[-1] == "l" or s[0] != "a":
            s += "!"
        if i % 9 == 0:
            log(s.upper(), s.split("l"), s.replace("a", "b"), s.find("w"), s[::-1], len(s))
        log(s < t, s == t, s != t, s > "m", t * (i % 3), "%d-%s" % (i, t[:2]), f"{i:>4}{t!r:.4}{i / 3:.2f}")
        try:
            t[i]
        except IndexError as e:
            log(str(e))
    return s


def case_string_concat_refs(log):
    parts = []
    s = "start"
    for i in range(40):
        keep = s
        s += str(i)
        parts.append(keep)
        u = s
        s = s + "x"
        log(u, keep)
    return s, parts


def case_fstrings_errors(log):
    class Bad:
        def __format__(self, spec):
            raise ValueError("format " + spec)

        def __str__(self):
            return "bad"

    for i in range(12):
        x = Bad() if i > 8 else i
        try:
            log(f"{x}")
        except ValueError as e:
            log(str(e))
        try:
            log(f"{i:{'d' if i < 9 else 'q'}}")
        except ValueError as e:
            log(str(e))
        log(f"{x!s}|{i!r}|{i + 0.5!a}")


def case_bytes(log):
    b = b"some bytes \xff\x00"
    ba = bytearray(b)
    n = 0
    for i in range(-20, 20):
        try:
            n += b[i] + ba[i]
            ba[i] = (ba[i] + 1) & 255
        except IndexError as e:
            log(str(e))
        b = b + bytes([i & 255])
        if i % 5 == 0:
            ba.append(i & 127)
            ba += b"zz"
    for bad in (256, -1, 1.5, "x", 2**70, True):
        for r in range(4):
            try:
                ba[0] = bad
                log(ba[0])
            except (ValueError, TypeError) as e:
                log(str(e))
    return b, ba, n


def case_arrays(log):
    for code in "bBhHiIlLqQfd":
        a = array(code, range(20))
        n = 0
        for i in range(-25, 25):
            try:
                n += a[i]
                a[i] = a[i] + 3
            except IndexError as e:
                log(code, str(e))
        for bad in (300, -1, 2**15, 2**31, 2**32, 2**63, 2**64, 1.5, "x", True, -(2**70)):
            for r in range(4):
                try:
                    a[0] = bad
                    log(code, a[0])
                except (OverflowError, TypeError) as e:
                    log(code, str(e))
        log(code, n, list(a))


def case_array_changes_kind(log):
    total = 0
    things = [array("d", [1.5] * 20), array("i", [7] * 20), [1] * 20, (2,) * 20, b"abc" * 7, bytearray(b"xyz" * 7), range(20), "0123456789" * 2]
    for r in range(3):
        for t in things:
            for i in range(20):
                total += int(t[i])
    return total


def case_memoryview(log):
    m = memoryview(bytearray(range(50)))
    n = 0
    for i in range(50):
        n += m[i]
        m[i] = (m[i] * 3) & 255
    return n, bytes(m)


def case_sorting(log):
    data = [(i * 7919) % 101 for i in range(60)]
    a = data[:]
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    assert a == sorted(data)
    for key in (None, lambda x: -x, lambda x: x % 10, str):
        log(sorted(data, key=key))

    def quick(x):
        if len(x) < 2:
            return x
        p = x[0]
        return quick([y for y in x[1:] if y < p]) + [p] + quick([y for y in x[1:] if y >= p])

    return quick(data)


def case_sieve(log):
    n = 300
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
        i += 1
    b = bytearray([1]) * (n + 1)
    for i in range(2, 18):
        if b[i]:
            b[i * i::i] = bytes(len(range(i * i, n + 1, i)))
    return [i for i, f in enumerate(flags) if f], sum(b)


def case_list_of_lists_refs(log):
    import sys

    shared = [1]
    outer = [shared] * 5
    for i in range(40):
        inner = outer[i % 5]
        inner.append(i)
        outer[i % 5] = inner if i % 2 else [i]
        x = outer[(i + 1) % 5]
        y = x
        del x
    log(sys.getrefcount(shared), sys.getrefcount(outer[0]))
    return outer


def case_list_repeat_concat(log):
    for i in range(30):
        a = [0] * i
        b = [None, i] * (i % 4)
        c = a + b
        d = (1, i) * 3
        e = [i] * -1
        log(len(a), b, c, d, e, [[]] * 2, "ab" * i, i * "x")


def case_in_place_list_alias(log):
    a = [1, 2]
    b = a
    for i in range(30):
        a += [i]
        if i == 15:
            a = a + [100]
        a *= 1
    return a, b


def case_list_compare(log):
    n = 0
    for i in range(40):
        n += [i, 2] < [20, 1]
        n += (i, "x") == (i, "x")
        n += [i] != [i + 1]
        n += (i,) >= (20,)
        n += {i: 1} == {i: 1}
        log(n)
    return n


def case_delete_items(log):
    d = {i: [i] for i in range(60)}
    a = list(range(60))
    for i in range(30):
        del d[i]
        del a[0]
        if i % 3 == 0:
            del a[-1], d[59 - i // 3]
        try:
            del d[i]
        except KeyError as e:
            log(repr(e))
    return a, d


def case_build_collections(log):
    for i in range(30):
        a = [i, *range(i % 4), "end"]
        b = (*a, i)
        c = {*a, 1}
        d = {"x": i, **{"y": 2}, "z": a}
        log(a, b, len(c), d, [*"ab"], {**d, "x": 1})


def case_large_list_growth(log):
    a = []
    for i in range(3000):
        a.append(i * 2)
    total = 0
    for x in a:
        total += x
    while len(a) > 10:
        total -= a.pop()
    return total, a


def case_derived_tuples_in_displays(log):
    import collections

    Point = collections.namedtuple("Point", "x y")

    class Empty(tuple):
        pass

    def given(*items, **names):
        return items, names

    for i in range(12):
        point, one, none = Point(i, -i), Empty([i]), Empty()
        log([*point], [*one, *none], (*point, *one), {*point}, given(*point), given(*one, *none), given(1, *point, x=1))
        items = [1]
        items += point
        items.extend(one)
        a, b = point
        first, *rest = *one, *point
        log(items, a, b, first, rest, {**{"a": point}}, [[*j] for j in (point, one, none)])
