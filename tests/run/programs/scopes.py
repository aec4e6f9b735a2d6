"""Globals, closures, calls, code run as a module."""

import builtins

counter = 0
flag = 1
names = []


def bump(n):
    global counter
    counter += n
    return counter


def case_global_written(log):
    global counter, flag
    counter = 0
    for i in range(80):
        counter += i
        if i % 10 == 0:
            bump(100)
            log(counter)
        if i == 40:
            flag = 2.5
        if i == 60:
            flag = "x"
        if flag == "x":
            counter -= 1
    return counter, flag


def case_global_rebound(log):
    global helper

    def helper(x):
        return x + 1

    n = 0
    for i in range(100):
        n += helper(i)
        if i == 30:
            def helper(x):
                return x * 2
        if i == 60:
            helper = lambda x: 0.5
        if i == 80:
            globals()["helper"] = abs
    return n


def case_global_deleted(log):
    global temporary
    n = 0
    temporary = 5
    for i in range(80):
        try:
            n += temporary
        except NameError as e:
            log(str(e))
            n += 1000
        if i == 40:
            del temporary
        if i == 60:
            temporary = 7
        if i == 65:
            del globals()["temporary"]
    return n


def case_builtin_rebound(log):
    n = 0
    old = builtins.len
    try:
        for i in range(80):
            n += len([1, 2, 3])
            if i == 30:
                builtins.len = lambda x: 100
            if i == 50:
                builtins.len = old
            if i == 60:
                globals()["len"] = lambda x: 7
    finally:
        builtins.len = old
        globals().pop("len", None)
    return n, len([1])


def case_builtins_that_count(log):
    """The compiler uses the same functions: it may not be counted."""
    calls = []
    old = {name: getattr(builtins, name) for name in ("len", "isinstance", "sorted", "min", "tuple")}

    def counted(name, function):
        return lambda *args: (calls.append(name), function(*args))[1]

    n = 0
    try:
        for name, function in old.items():
            setattr(builtins, name, counted(name, function))
        for i in range(200):
            n += len([i]) + min(i, 3) + isinstance(i, int)
        while n > 0:
            n -= 7
    finally:
        for name, function in old.items():
            setattr(builtins, name, function)
    return n, [(name, calls.count(name)) for name in old]


def case_module_attribute_changed(log):
    import math

    old = math.sqrt
    n = 0.0
    try:
        for i in range(60):
            n += math.sqrt(i)
            if i == 30:
                math.sqrt = lambda x: -1.0
    finally:
        math.sqrt = old
    return n


def case_nonlocal(log):
    def make():
        n = 0

        def inc(k=1):
            nonlocal n
            n += k
            return n

        def get():
            return n

        return inc, get

    inc, get = make()
    for i in range(60):
        inc()
        inc(i)
        if i % 9 == 0:
            log(get())
    fs = []
    for i in range(40):
        def f(x, i=i):
            return x + i + get()
        fs.append(f)
    return sum(f(j) for j, f in enumerate(fs)), get()


def case_cell_in_loop(log):
    out = []
    for i in range(40):
        def f():
            return i
        out.append(f)
        x = i * 2
        g = lambda: x + i
        log(g())
    return [f() for f in out]


def case_cell_unbound(log):
    def outer(k):
        def inner():
            return late
        n = 0
        for i in range(40):
            if i == k:
                late = 5
            if i == 30:
                late = None
                del late
            try:
                n += inner()
            except NameError as e:
                n += 1000
            try:
                n += late
            except UnboundLocalError:
                n += 100000
        return n

    return [outer(k) for k in (0, 10, 20, 35)]


def case_closures_created_in_loop(log):
    class D:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            log("del", self.n)

    def f(i):
        d = D(i)

        def g():
            return d.n

        return g()

    n = 0
    for i in range(40):
        n += f(i)
        log("after", i)
    return n


def case_defaults_keywords(log):
    def f(a, b=2, *args, c=3, **kw):
        return a + b * 10 + c * 100 + sum(args) * 1000 + len(kw)

    def g(a, /, b, *, c):
        return a - b + c

    n = 0
    t, d = (1, 2), {"c": 5}
    for i in range(50):
        n += f(i) + f(i, 1) + f(i, b=4) + f(i, 1, 2, 3) + f(i, c=1) + f(i, x=1, y=2) + f(*t) + f(*t, **d) + f(i, *t, c=2, z=1)
        n += g(i, 2, c=3) + g(i, b=1, c=2) + g(*t, **d) + g(i, c=i, b=i)
        try:
            g(a=i, b=1, c=2)
        except TypeError as e:
            log(str(e))
    return n


def case_star_args_inlined(log):
    def total(*xs):
        n = 0
        for x in xs:
            n += x
        return n

    def pair(*xs):
        return xs

    def last(a, *xs):
        return xs[-1] if xs else a

    n = 0
    for i in range(60):
        n += total() + total(i) + total(i, 2.5) + total(*range(i % 5)) + last(i) + last(i, i + 1, i + 2)
        p = pair(i, n)
        if p[0] != i or len(p) != 2:
            log("wrong")
    return n


def case_module_level_code(log):
    source = """
total = 0
items = []
x = 1.5
for i in range(60):
    total += i
    items.append(i * x)
    if i % 7 == 0:
        x += 0.5
        log(total, x)
    if i == 40:
        x = "s"
    if i == 50:
        x = 2
    y = i
    if i % 9 == 8:
        del y
while total > 100:
    total //= 2
    last = total
def f(n):
    global total
    total += n
    return total
for j in range(50):
    k = f(j) + total
    if j % 10 == 0:
        log(j, k, total)
class A:
    n = 0
    for i in range(30):
        n += i
    m = [n for _ in range(3)]
for a in range(20):
    for b in range(10):
        if b == 5:
            break
        total += a * b
try:
    for i in range(60):
        total += 10 // (50 - i)
except ZeroDivisionError as e:
    log(str(e), i)
"""
    namespace = {"log": log, "__name__": "__main__"}
    exec(compile(source, "module", "exec"), namespace)
    namespace2 = {"log": log, "__name__": "other"}
    exec(compile(source, "module", "exec"), namespace2)
    return {k: v for k, v in namespace.items() if k in ("total", "items", "x", "i", "j", "k", "last", "a", "b")}, "y" in namespace, namespace["A"].n


def case_module_variable_seen_by_functions(log):
    source = """
n = 0
def peek():
    return n
class P:
    def __del__(self):
        log("del sees", n)
seen = []
for i in range(50):
    n += 1
    if i % 5 == 0:
        seen.append(peek())
    if i % 7 == 0:
        seen.append(globals()["n"])
    if i == 20:
        globals()["n"] = 1000
    if i == 30:
        exec("n += 5")
    p = P()
    n += 2
    p = None
"""
    namespace = {"log": log}
    exec(source, namespace)
    return namespace["seen"], namespace["n"]


def case_exec_with_odd_namespace(log):
    class N(dict):
        def __getitem__(self, k):
            if k == "magic":
                return 42
            return dict.__getitem__(self, k)

    source = "t = 0\nfor i in range(40):\n    t += magic + i\n    u = t\n"
    ns = N()
    exec(source, {}, ns)
    log(dict(ns)["t"])
    g, l = {"magic": 1}, {}
    exec(source, g, l)
    log(l, sorted(k for k in g if k != "__builtins__"))
    code = compile(source, "x", "exec")
    for k in range(5):
        g = {"magic": k * 0.5}
        exec(code, g)
        log(g["t"])


def case_custom_builtins(log):
    source = "t = 0\nfor i in rng(40):\n    t += sz([1, 2]) + i\n"
    g = {"__builtins__": {"rng": range, "sz": len}}
    exec(source, g)
    log(g["t"])
    code = compile("def f():\n    n = 0\n    for i in rng(40):\n        n += sz('abc')\n    return n\n", "x", "exec")
    for sz in (len, lambda s: 1.5, lambda s: 10):
        g = {"__builtins__": {"rng": range, "sz": sz}}
        exec(code, g)
        log(g["f"](), g["f"]())


def case_same_code_many_functions(log):
    def make(k):
        def f(x):
            t = 0
            for i in range(30):
                t += x * k
            return t
        return f

    fs = [make(1), make(2.5), make("a") if False else make(3), make(True)]
    out = []
    for r in range(5):
        for f in fs:
            out.append(f(r))
    import types

    g = {"k2": 5, "range": range}
    code = compile("def h(x):\n    t = 0\n    for i in range(30):\n        t += x * k2\n    return t\n", "x", "exec")
    exec(code, g)
    h = types.FunctionType(g["h"].__code__, {"k2": 7, "range": range})
    for r in range(5):
        out.append((g["h"](r), h(r)))
    return out


def case_lambda_and_map(log):
    n = 0
    for i in range(30):
        n += sum(map(lambda x: x * i, range(5))) + len(list(filter(None, [0, i, 2]))) + max([3, i], key=lambda v: -v)
        n += sorted([3, 1, 2], key=lambda v: v * i)[0]
    return n


def case_recursive_closure(log):
    def outer():
        def even(n):
            return True if n == 0 else odd(n - 1)

        def odd(n):
            return False if n == 0 else even(n - 1)

        return [even(i) for i in range(40)]

    return outer(), outer()


def case_mutual_globals(log):
    global swap_a, swap_b
    swap_a, swap_b = 1, 2.5
    for i in range(60):
        swap_a, swap_b = swap_b, swap_a
        if i % 11 == 0:
            swap_a = i
    return swap_a, swap_b


def case_import_in_loop(log):
    n = 0
    for i in range(40):
        import math
        from os.path import join

        n += math.floor(i * 1.5) + len(join("a", str(i)))
    return n


def case_generators_with_cells(log):
    def gen(n):
        k = n

        def inner():
            return k

        for i in range(n):
            k += i
            yield inner() + i

    return [list(gen(i)) for i in range(15)]


def case_try_star_in_function_called_in_loop(log):
    def f(i):
        with_default = i
        try:
            return with_default / (i % 4)
        except ZeroDivisionError:
            return helper2(i)

    def helper2(i):
        return -i

    return [f(i) for i in range(60)]
