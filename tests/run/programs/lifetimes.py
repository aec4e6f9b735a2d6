"""When objects die, who refers to them, what frames show."""

import gc
import sys
import weakref


class D:
    def __init__(self, log, n):
        self.log = log
        self.n = n

    def __del__(self):
        self.log("del", self.n)


def case_local_overwritten(log):
    for i in range(40):
        d = D(log, i)
        log("made", i)
    log("after")
    del d
    log("end")


def case_two_locals(log):
    a = b = None
    for i in range(40):
        a = D(log, i)
        if i % 3 == 0:
            b = a
        log(i)
        if i % 5 == 0:
            a = None
        log("x")


def case_dropped_at_once(log):
    for i in range(40):
        D(log, i)
        log("after", i)
        D(log, -i).n
        log("again", i)


def case_in_list(log):
    a = [None] * 5
    for i in range(60):
        a[i % 5] = D(log, i)
        log("stored", i)
        if i % 7 == 0:
            a.pop()
            log("popped")
            a.append(None)
        if i % 11 == 0:
            a = [D(log, 1000 + i)] * 5
            log("new")
    log("end")
    a.clear()
    log("cleared")


def case_in_dict(log):
    d = {}
    for i in range(60):
        d[i % 4] = D(log, i)
        log("stored", i)
        d["k"] = D(log, i + 1000)
        if i % 6 == 5:
            del d[i % 4]
            log("deleted")
        if i % 10 == 9:
            d.pop("k")
            log("popped")
    d.clear()


def case_in_attribute(log):
    class A:
        pass

    class S:
        __slots__ = ("x",)

    a, s = A(), S()
    a.x = s.x = None
    for i in range(50):
        a.x = D(log, i)
        log("a")
        s.x = a.x
        log("s")
        if i % 4 == 0:
            del a.x
            log("deleted")
            a.x = None
        if i % 9 == 0:
            a = A()
            log("new a")
            a.x = D(log, -i)
    del a, s


def case_passed_to_function(log):
    def f(d, k):
        log("in", d.n)
        if k:
            d = None
            log("cleared")
        return k

    def g(d):
        e = D(log, d.n + 1000)
        log("made", e.n)
        return e

    for i in range(40):
        f(D(log, i), i % 2)
        log("called", i)
        x = g(D(log, i + 500))
        log("got", x.n)
    log("end")


def case_temporaries(log):
    def mk(n):
        return D(log, n)

    t = 0
    for i in range(40):
        t += mk(i).n + mk(i + 100).n * mk(i + 200).n
        log("sum", t)
        u = (mk(i + 300), mk(i + 400))
        log("tuple")
        v, w = u
        log("unpacked")
        v, w = w, v
    return t


def case_chain(log):
    class N:
        def __init__(self, n, nxt):
            self.n = n
            self.next = nxt

        def __del__(self):
            log("del", self.n)

    for r in range(6):
        head = None
        for i in range(8):
            head = N(r * 100 + i, head)
        node = head
        head = None
        while node:
            node = node.next
            log("step")
    log("end")


def case_weakrefs(log):
    class W:
        pass

    dead = []
    refs = []
    for i in range(40):
        w = W()
        refs.append(weakref.ref(w, lambda r, i=i: dead.append(i)))
        if i % 3 == 0:
            w = None
        log(refs[-1]() is None, len(dead), dead[-1:])
    return dead


def case_weak_iteration(log):
    class W:
        def __init__(self, n):
            self.n = n

    live = [W(i) for i in range(40)]
    ws = weakref.WeakSet(live)
    wd = weakref.WeakValueDictionary({w.n: w for w in live})
    n = 0
    while live:
        w = live.pop()
        n += w.n
        del w
        log(len(ws), len(wd))
    return n


def case_gc_callbacks(log):
    class C:
        def __init__(self):
            self.me = self

        def __del__(self):
            log("cycle")

    count = []

    def callback(phase, info):
        count.append(phase)

    gc.callbacks.append(callback)
    try:
        for i in range(40):
            C()
            if i % 10 == 9:
                gc.collect()
                log(len(count))
    finally:
        gc.callbacks.remove(callback)


def case_refcounts(log):
    class X:
        pass

    x = X()
    items = [x, [x], (x, x), {"k": x}]
    base = sys.getrefcount(x)
    for i in range(60):
        a = items[0]
        b = items[1][0]
        c, d = items[2]
        e = items[3]["k"]
        f = a
        items[0] = b
        if i % 10 == 0:
            log(sys.getrefcount(x) - base, f is e)
        del e
        if i % 20 == 3:
            c = None
    log(sys.getrefcount(x) - base)
    a = b = c = d = f = None
    log(sys.getrefcount(x) - base)


def case_refcounts_of_arguments(log):
    class X:
        pass

    def f(a, b, *rest, k=None):
        c = a
        for y in rest:
            c = y
        return c if k is None else k

    x, y = X(), X()
    t = [x, y]
    base = sys.getrefcount(x), sys.getrefcount(y)
    for i in range(50):
        r = f(x, y)
        r = f(x, y, x, y, k=x)
        r = f(*t)
        r = f(y, x, y)
    del r
    log(sys.getrefcount(x) - base[0], sys.getrefcount(y) - base[1])
    for i in range(50):
        try:
            f(x)
        except TypeError:
            pass
        try:
            f(x, y, z=1)
        except TypeError:
            pass
    log(sys.getrefcount(x) - base[0], sys.getrefcount(y) - base[1])


def case_refcounts_after_exceptions(log):
    class X:
        pass

    x = X()
    base = sys.getrefcount(x)

    def f(a, b):
        c = (a, b)
        d = [a]
        return d[0], c[b]

    for i in range(60):
        try:
            p, q = f(x, i % 4)
        except IndexError:
            p = q = x
        log(sys.getrefcount(x) - base)


def case_refcounts_of_ints_and_strings(log):
    s = "a string " + str(1)
    n = int("1" + "0" * 20)
    f = 1.5 * 3
    a = []
    base = [sys.getrefcount(v) for v in (s, n, f)]
    for i in range(40):
        a.append(s)
        a.append(n)
        a.append(f)
        t = s
        m = n
        g = f
        if i % 3 == 0:
            a.pop(0)
    log([sys.getrefcount(v) - b for v, b in zip([s, n], base)])
    del a, t, m, g
    log([sys.getrefcount(v) - b for v, b in zip([s, n], base)])


def case_frames_seen_by_callee(log):
    def spy():
        f = sys._getframe(1)
        seen = []
        while f and f.f_code.co_name != "observe":
            seen.append((f.f_code.co_name, f.f_lineno, f.f_lasti, {k: v for k, v in f.f_locals.items() if isinstance(v, (int, float, str))}))
            f = f.f_back
        log(seen)

    def inner(a):
        b = a * 2
        if a % 8 == 0:
            spy()
        return b

    def middle(x):
        y = x + 0.5
        z = inner(x) + y
        return z

    n = 0
    for i in range(40):
        n += middle(i)
        j = i * i
    return n


def case_locals_builtin(log):
    def f(a):
        b = a + 1
        c = None
        if a % 5 == 0:
            log(locals())
        d = 5.5
        return b

    n = 0
    for i in range(40):
        n += f(i)
        if i % 9 == 0:
            log({k: v for k, v in locals().items() if isinstance(v, int)})
    return n


def case_frame_kept(log):
    def f(a):
        b = a * 2
        keep.append(sys._getframe()) if a % 10 == 0 else None
        b += 1
        return b

    keep = []
    n = 0
    for i in range(40):
        n += f(i)
    for fr in keep:
        log(fr.f_locals.get("a"), fr.f_locals.get("b"), fr.f_back is None)
    return n


def case_del_sees_frames(log):
    class S:
        def __del__(self):
            f = sys._getframe(1)
            log(f.f_code.co_name, f.f_lineno, sorted(k for k in f.f_locals if k != "log"))

    def f(i):
        s = S()
        t = i
        s = None
        return t

    n = 0
    for i in range(30):
        n += f(i)
        S()
        x = S()
        x = 5
    return n


def case_del_changes_things(log):
    data = list(range(50))
    box = {"n": 0}

    class S:
        def __del__(self):
            box["n"] += 1
            if len(data) > 20:
                data.pop()

    n = 0
    for i in range(30):
        s = S()
        n += len(data) + box["n"]
        s = None
        n += len(data) + data[-1]
    return n, data


def case_del_raises(log):
    class S:
        def __del__(self):
            raise ValueError("ignored")

    hooks = []
    old = sys.unraisablehook
    sys.unraisablehook = lambda info: hooks.append(str(info.exc_value))
    try:
        n = 0
        for i in range(30):
            s = S()
            n += i
        del s
    finally:
        sys.unraisablehook = old
    return n, len(hooks)


def case_resurrection(log):
    kept = []

    class R:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            kept.append(self)
            log("res", self.n)

    for i in range(30):
        r = R(i)
        if i % 2:
            r = None
    log(len(kept), sys.getrefcount(kept[0]))
    kept.clear()


def case_iterators_die(log):
    class It:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            self.n -= 1
            if self.n < 0:
                raise StopIteration
            return D(log, self.n)

        def __del__(self):
            log("it dies")

    for r in range(4):
        for d in It(10):
            log("body", d.n)
            if d.n == r * 3 - 2:
                break
        log("loop over")


def case_list_iterated_dies(log):
    for r in range(4):
        for d in [D(log, i) for i in range(8)]:
            log("body", d.n)
            if r == 2 and d.n == 5:
                break
        log("over")
        d = None
    for i, d in enumerate([D(log, i) for i in range(8)]):
        log(i)
    del d
    for a, b in zip([D(log, i) for i in range(8)], range(6)):
        log(b)
    del a
    log("end")


def case_generator_dies(log):
    def g(n):
        d = D(log, n)
        try:
            for i in range(n):
                yield i
        finally:
            log("closed", n)

    for i in range(20):
        for x in g(10):
            if x == i % 12:
                break
        log("next", i)


def case_clear_frame_locals_in_callee(log):
    def f(d):
        log("in")
        return d.n

    for i in range(30):
        n = f(D(log, i)) + f(D(log, i + 100))
        log(n)
    x = D(log, "x")
    for i in range(30):
        y = x
        x = D(log, i)
        y = y.n
        log(y)


def case_swap_in_list(log):
    a = [D(log, i) for i in range(6)]
    for i in range(40):
        a[i % 6], a[(i + 1) % 6] = a[(i + 1) % 6], a[i % 6]
        if i % 8 == 0:
            a[i % 6] = a[(i + 2) % 6]
            log("dup")
    log([d.n for d in a])


def case_default_argument_objects(log):
    def f(x, acc=[]):
        acc.append(x)
        return len(acc)

    n = 0
    for i in range(50):
        n += f(i)
    return n, f.__defaults__


def default_of_get(names, letter):
    letter = letter.lower()
    letter = names.get(letter, letter)
    return letter, 1


def case_default_of_get_is_all_that_is_left(log):
    names = {"alpha": "a"}
    log([default_of_get(names, letter) for letter in ["A1", "B2", "ALPHA", "C1", "D2"] * 8])
    kept = []
    for i in range(40):
        key = str(i) + "!"
        key = names.get(key, key)
        kept.append(str(i) + "?")
        kept.append(key)
    log(kept)


def case_id_of_objects(log):
    class A:
        pass

    a = A()
    same = 0
    for i in range(40):
        b = a
        same += id(b) == id(a)
        if i % 7 == 0:
            a = A()
        same += (b is a) * 100
    return same


def class_in_variable(log):
    class Local:
        pass

    def local():
        pass

    total = 0
    for i in range(40):
        total += i
    references = [weakref.ref(Local), weakref.ref(local)]
    del Local, local
    gc.collect()
    log([reference() is None for reference in references])


def case_class_in_variable(log):
    class_in_variable(log)
    class_in_variable(log)
    class_in_variable(log)
