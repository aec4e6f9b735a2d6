"""Loops of every kind."""


def case_nested(log):
    n = 0
    for i in range(30):
        for j in range(i):
            for k in range(3):
                n += i * j - k
        if i % 7 == 0:
            log(n)
    return n


def case_break_continue_else(log):
    found = []
    for i in range(2, 80):
        for j in range(2, i):
            if i % j == 0:
                break
        else:
            found.append(i)
            continue
        if i > 70:
            break
    else:
        log("no break")
    n = 0
    while n < 50:
        n += 1
        if n % 2:
            continue
        if n == 100:
            break
    else:
        log("while ended", n)
    return found, i, j, n


def case_ranges(log):
    for start, stop, step in [(0, 50, 1), (50, 0, -1), (0, 50, 7), (50, 0, -7), (0, 0, 1), (5, 0, 1), (-10, 10, 3), (10, -10, -3), (2**62, 2**62 + 40, 1), (2**63 - 10, 2**63 + 10, 1), (-(2**63) + 5, -(2**63) - 30, -1)]:
        total = 0
        last = None
        for i in range(start, stop, step):
            total += i
            last = i
        log(total, last)


def case_variable_steps(log):
    out = []
    for step in list(range(-6, 0)) + list(range(1, 7)):
        for i in range(10, 40, step):
            out.append(i)
        for i in range(40, 10, step):
            out.append(i)
    for step in (1, 0):
        try:
            for i in range(0, 60, step):
                out.append(i)
        except ValueError as e:
            log(str(e))
    return out


def case_range_objects(log):
    r = range(3, 60, 2)
    n = 0
    for k in range(4):
        for i in r:
            n += i * (i in r) + r[3]
    it = iter(r)
    next(it)
    for i in it:
        n += i
    log(list(it), len(r), r[-1])
    for bad in (1.5, "x", None):
        for k in range(3):
            try:
                for i in range(bad):
                    n += 1
            except TypeError as e:
                log(str(e))
    return n


def case_range_of_bool(log):
    n = 0
    for k in range(30):
        for i in range(True):
            n += 1
        for i in range(False, k, True):
            n += i
    return n


def case_loop_variable_changed(log):
    out = []
    for i in range(40):
        out.append(i)
        i = i * 2 if i % 3 else "x"
        out.append(i)
    return out, i


def case_enumerate(log):
    out = []
    for i, c in enumerate("some letters " * 3):
        out.append((i, c))
    for i, c in enumerate([x * 0.5 for x in range(30)], 5):
        out.append(i * c)
    for i, c in enumerate(range(10, 40), start=-3):
        out.append(i * c)
    for i, (a, b) in enumerate(zip(range(30), range(30, 60))):
        out.append(i + a + b)
    for t in enumerate(["a", "b", "c"] * 10):
        out.append(t)
    return out


def case_zip(log):
    out = []
    for a, b in zip(range(30), [1.5] * 40):
        out.append(a * b)
    for a, b, c in zip((1, 2, 3) * 12, "abcdef" * 5, {x: x for x in range(40)}):
        out.append((a, b, c))
    it = iter(range(100))
    for a, b in zip(it, it):
        out.append(a - b)
    for a, b in zip(it := iter(range(50)), range(20)):
        out.append(a)
    log(next(it))
    for t in zip(range(40), range(40)):
        out.append(t)
    try:
        for a, b in zip(range(30), range(29), strict=True):
            out.append(a)
    except ValueError as e:
        log(str(e))
    x = [1, 2, 3] * 10
    for a, b in zip(x, x[1:]):
        out.append(a + b)
    return out


def case_zip_uneven_left_over(log):
    a = iter(range(40))
    b = iter([1, 2, 3] * 8)
    for x, y in zip(a, b):
        pass
    log(next(a), x, y)
    a = list(range(40))
    b = list(range(20))
    z = zip(a, b)
    n = 0
    for x, y in z:
        n += x * y
    log(list(z), n)


def case_reversed(log):
    out = []
    items = list(range(40))
    for x in reversed(items):
        out.append(x)
        if x % 10 == 0 and x:
            items.pop()
    for x in reversed(range(30)):
        out.append(x)
    for x in reversed("abc" * 10):
        out.append(x)
    for x in reversed((1, 2.5) * 10):
        out.append(x)
    return out


def case_list_mutated_while_iterating(log):
    items = list(range(20))
    out = []
    for x in items:
        out.append(x)
        if x % 3 == 0 and len(items) < 60:
            items.append(x + 1)
        if x == 10:
            del items[5]
    items = list(range(50))
    for x in items:
        items.remove(x)
    log(items)
    items = list(range(50))
    for i, x in enumerate(items):
        if i == 30:
            items.clear()
        out.append(x)
    items.append(1)
    return out


def case_exhausted_iterator_stays_exhausted(log):
    items = list(range(30))
    it = iter(items)
    n = 0
    for x in it:
        n += x
    items.append(99)
    log(list(it))
    it = iter(items)
    for x in it:
        n += x
        if x == 20:
            break
    for x in it:
        n += 1000
    return n, list(it)


def case_dict_mutated_while_iterating(log):
    d = {i: i for i in range(30)}
    try:
        for k in d:
            if k == 25:
                d[100] = 1
    except RuntimeError as e:
        log(str(e))
    try:
        for k, v in d.items():
            if k == 28:
                del d[0]
    except RuntimeError as e:
        log(str(e))
    s = set(range(30))
    try:
        for k in s:
            if len(s) > 20:
                s.add(1000)
    except RuntimeError as e:
        log(str(e))
    return len(d)


def case_dict_views(log):
    d = {f"k{i}": i * 1.5 for i in range(40)}
    total = 0.0
    out = []
    for k in d:
        out.append(k)
    for v in d.values():
        total += v
    for k, v in d.items():
        total += v
        d[k] = v + 1
    for k in sorted(d):
        total -= d[k]
    for k, v in reversed(d.items()):
        out.append((k, v))
    return total, out


def case_strings_bytes(log):
    n = 0
    out = []
    for c in "hello wörld €uro 😀" * 4:
        n += ord(c)
        out.append(c)
    for b in b"some bytes" * 5:
        n += b
    for b in bytearray(b"other bytes" * 5):
        n ^= b
    return n, out


def case_generators(log):
    def count(n):
        for i in range(n):
            got = yield i
            if got:
                log(got)

    total = 0
    for x in count(50):
        total += x
    g = count(60)
    next(g)
    for i in range(40):
        total += g.send(i)
    g.close()

    def outer(n):
        yield from count(n)
        yield from (x * x for x in range(n))
        return 5

    for x in outer(30):
        total += x
    log(sum(x * 2 for x in range(50)), max(x % 7 for x in range(50)), any(x > 30 for x in range(50)))
    return total


def case_generator_with_loop_and_finally(log):
    def g():
        try:
            n = 0
            while True:
                for i in range(5):
                    n += i
                yield n
        finally:
            log("closed", n)

    total = 0
    for x in g():
        total += x
        if x > 300:
            break
    return total


def case_comprehensions(log):
    for k in range(6):
        a = [i * k for i in range(20) if i % 3]
        b = {i: i * 2 for i in range(20)}
        c = {i % 5 for i in range(20)}
        d = [[i * j for j in range(5)] for i in range(6)]
        e = [(x, y) for x in range(5) for y in range(x) if x != y]
        log(a, b, sorted(c), d, e)
    return [x for x in [y for y in range(50)] if x & 1]


def case_while_complex_conditions(log):
    a, b, c = 0, 100, "x"
    while a < b and (c or a) and not (a == 77):
        a += 1
        b -= 0.25
        if a > 50 or (a > 20 and a % 2 == 0):
            c = ""
        else:
            c = "y"
    return a, b, c


def case_deep_nesting_exits(log):
    out = []
    for a in range(6):
        for b in range(6):
            for c in range(6):
                if c > b:
                    break
                if a == c:
                    continue
                for d in range(3):
                    if d == a:
                        break
                    out.append(a * 1000 + b * 100 + c * 10 + d)
                else:
                    out.append("else")
    return out


def case_return_from_loop(log):
    def find(items, x):
        for i, y in enumerate(items):
            if x == y:
                return i
        return None

    items = [i * i for i in range(30)]
    return [find(items, x) for x in range(100)], [find(items, x * 1.0) for x in range(30)], [find("abcdef", c) for c in "cafebabe" * 4]


def case_infinite_until_exception(log):
    def run():
        i = 0
        while True:
            i += 1
            if i > 80:
                raise StopIteration(i)

    try:
        run()
    except StopIteration as e:
        log(e.value)
    return run()


def case_same_function_different_types(log):
    def total(items):
        t = items[0]
        for x in items[1:]:
            t = t + x
        return t

    out = []
    for r in range(4):
        out.append(total(list(range(30))))
        out.append(total([0.5] * 30))
        out.append(total(["ab", "c"] * 15))
        out.append(total([[1], [2]] * 15))
        out.append(total([(1,), (2,)] * 15))
        out.append(total([2**62] * 10))
        out.append(total([True] * 10))
        out.append(total([1, 2.5, 3] * 10))
        try:
            total([1, "a"] * 10)
        except TypeError as e:
            log(e)
    return out


def case_iterator_protocol(log):
    class Down:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n <= 0:
                raise StopIteration
            self.n -= 1
            return self.n

    class Old:
        def __getitem__(self, i):
            if i > 40:
                raise IndexError(i)
            return i * 2

    n = 0
    for x in Down(60):
        n += x
    for x in Old():
        n += x
    for x in iter(lambda: Down(3).n, 4) if False else iter([1, 2, 3] * 10):
        n += x
    it = iter(Down(40).__next__, 5)
    for x in it:
        n += x
    return n


def case_two_loops_same_iterator(log):
    it = iter(list(range(60)))
    out = []
    for x in it:
        if x % 10 == 0:
            for y in it:
                out.append(("inner", y))
                if y % 7 == 0:
                    break
        out.append(x)
    return out


def case_swap_and_rotate(log):
    a, b, c = 1, 2.5, "z"
    for i in range(60):
        a, b = b, a
        if i % 3 == 0:
            a, b, c = c, a, b
        log(a, b, c)
    return a, b, c


def case_walrus_and_ternary(log):
    n = 0
    data = iter(range(100))
    while (x := next(data, None)) is not None:
        n += x if x % 2 else -x if x % 3 else 0
    return n, x


def case_match(log):
    def kind(x):
        match x:
            case 0:
                return "zero"
            case int() if x < 0:
                return "neg"
            case [a, b]:
                return a, b
            case {"k": v}:
                return v
            case str() | bytes():
                return "text"
            case _:
                return None

    return [kind(x) for x in [0, -1, [1, 2], {"k": 5}, "s", b"b", 7, 3.5] * 8]


def case_for_over_tuple_of_consts(log):
    n = 0
    for r in range(20):
        for x in (1, 2, 3.5, True, None, "abc", (1, 2)):
            if x is None:
                n -= 1
            elif isinstance(x, str):
                n += len(x)
            elif isinstance(x, tuple):
                n += sum(x)
            else:
                n += x
    return n


def case_del_loop_target(log):
    n = 0
    for i in range(50):
        n += i
        del i
    try:
        log(i)
    except UnboundLocalError as e:
        log(str(e))
    for i in []:
        pass
    return n


def case_unbound(log):
    def f(k):
        n = 0
        for i in range(40):
            if i == k:
                x = 5
            if i > 20:
                n += x
        return n

    for k in (0, 5, 15, 20, 30, 50):
        try:
            log(f(k))
        except UnboundLocalError as e:
            log(str(e))


def case_del_local(log):
    n = 0
    for i in range(60):
        x = i
        if i % 3 == 0:
            del x
        try:
            n += x
        except UnboundLocalError:
            n -= 1000
    return n


def case_iterator_first_seen_empty(log):
    class L(list):
        pass

    def copy(items):
        return [x for x in items]

    out = []
    for i in range(60):
        out.append(copy(L(range(i // 20 * 3))))
        out.append([copy(iter(y)) for y in ({}, {1: 2}) if i > 30 or not y])
    return out


def case_inner_loop_empty_late(log):
    """Variables bound by an inner loop's first round; the loop is empty for the first time when all is compiled."""

    def rounds(rows):
        total = 0
        for row in rows:
            for x, y in row:
                z = x * y
                total += z
            for t in range(len(row)):
                total += t
        return total, x, y, z, t

    full = [[(i, j + 0.5) for j in range(3)] for i in range(40)]
    log(rounds(full))
    log(rounds(full + [[], []] + full + [[]]))
    for rows in ([[]] + full, full[:1] + [[]] * 30, [[]] * 30):
        try:
            log(rounds(rows))
        except UnboundLocalError as error:
            log(str(error), error.__traceback__.tb_next.tb_lineno - error.__traceback__.tb_lineno)


def case_iterators_that_are_kept(log):
    """What `zip`, `enumerate` and `reversed` give goes elsewhere than into a loop at once."""
    a, b = [1, 2, 3], (4, 5)

    def handed_over(total):
        total += len(list(zip(a, b))) + len(dict(enumerate(a)))
        total += next(zip(a, b))[1] + sum(x for _, x in enumerate(a)) + sum(map(len, zip(a, a)))
        for i, (x, y) in enumerate(zip(range(3), a)):
            total += i * x - y
        return total

    def stored(total):
        it, pairs = reversed(a), zip(a, b)
        for x in it:
            total += x + len(str(x))
            if x == 2:
                break
        for x, y in pairs:
            total ^= x * y + len([*it])
        return total

    total = 0
    for _ in range(40):
        total = stored(handed_over(total))
    log(total)
