"""Functions too large to be inlined."""
import sys
import threading


class Boom(Exception):
    pass


class D:
    def __init__(self, log, n):
        self.log = log
        self.n = n

    def __del__(self):
        self.log("del", self.n)


BODY = "\n".join(f"    a{k} = n * {k} + b\n    if a{k} > 10 ** 9: b += a{k}\n    b = (b + a{k} * 3) % 1000003" for k in range(14))


def large(name, arguments, start, end):
    """A function of more than 150 instructions."""
    namespace = globals()
    exec(compile(f"def {name}({arguments}):\n{start}\n    b = 1\n{BODY}\n{end}", f"<{name}>", "exec"), namespace)
    return namespace[name]


large("returns", "n", "    pass", "    return b")
large("raises", "log, n, at", "    d = D(log, n)", "    if n == at: raise Boom(b)\n    return b")
large("handles", "log, n, at", "    pass", """
    try:
        if n == at: raise Boom(b)
        r = raises(log, n, at + 1)
    except Boom as error:
        log("handled", error.args, sys.exc_info()[0])
        r = -1
    finally:
        log("finally")
    return r""")
large("observes", "log, n", "    d = [n]", """
    frame = sys._getframe()
    log(frame.f_lineno, frame.f_lasti, sorted(frame.f_locals), frame.f_back.f_lineno, frame.f_back.f_lasti)
    c = d
    d = n
    log([(f.name, f.lineno) for f in traceback.extract_stack() if 'large' in f.filename or f.filename[0] == '<'])
    return b""")
large("keeps_frame", "n, kept", "    pass", "    kept.append(sys._getframe())\n    return b")
large("generates", "n", "    yield n", "    yield b\n    yield a3")
large("defaults", "n, m=2, k=3", "    pass", "    return b + m * 10 ** 7 + k * 10 ** 9")
large("drops", "log, n, d", "    pass", "    d = None\n    log('dropped')\n    e = D(log, (n, 'e'))\n    f = D(log, (n, 'f'))\n    g = e\n    return e")
large("profiles", "n, hook", "    pass", "    if hook: sys.setprofile(hook)\n    returns(n)\n    return b")
large("profiles_and_raises", "n, hook, at", "    pass", "    if hook: sys.setprofile(hook)\n    if n == at: raise Boom\n    return b")
large("traces", "n, hook", "    pass", "    if hook:\n        sys.settrace(hook)\n    x = returns(n)\n    y = x\n    return b")
large("recurses", "log, n", "    d = D(log, n)", "    if n > 0: return recurses(log, n - 1) + b\n    log('bottom')\n    return b")
large("mutual1", "n", "    pass", "    return b + (mutual2(n - 1) if n else 0)")
large("mutual2", "n", "    pass", "    return b * 2 + (mutual1(n - 1) if n else 0)")
large("endless", "n", "    pass", "    return endless(n + 1)")
large("writes_global", "n", "    global WRITTEN", "    WRITTEN = b\n    return returns(WRITTEN)")
large("unbound", "n", "    if n % 3: z = n", "    return z")
large("deletes", "n", "    y = n", "    if n % 5 == 4: del y\n    return y")
large("bigints", "n", "    pass", "    return b ** 5 + (2 ** 63 if n % 3 else n)")
large("floats", "n", "    pass", "    return (b / 3, -0.0 * n, [b], {n: b}, n == 3, None)[n % 6]")
large("nothing", "n", "    pass", "    b = None")
large("lambdas", "n", "    pass", "    return lambda: b + n")
large("comprehends", "n", "    pass", "    return [b + i for i in range(n % 5)]")
large("withs", "log, n, at", "    pass", "    with Manager(log, n):\n        if n == at: raise Boom(n)\n        return b")
large("starred", "n, *rest", "    pass", "    return b + len(rest)")
large("keyworded", "n, *, k=1", "    pass", "    return b + k")
WRITTEN = 0


class Manager:
    def __init__(self, log, n):
        self.log, self.n = log, n

    def __enter__(self):
        self.log("enter", self.n)

    def __exit__(self, *error):
        self.log("exit", self.n, error[0])
        return self.n % 2 == 0


def case_returns(log):
    for i in range(40):
        log(returns(i))


def case_raises(log):
    for i in range(40):
        try:
            log(raises(log, i, 20 + i % 20))
        except Boom as error:
            log(error, error.__traceback__.tb_next.tb_lineno, error.__traceback__.tb_next.tb_lasti, error.__traceback__.tb_lasti)


def case_handles(log):
    for i in range(40):
        log(handles(log, i, 20 + i % 20))
        log(sys.exc_info()[0])


def case_observes(log):
    for i in range(30):
        log(observes(log, i))


def case_kept_frames(log):
    kept = []
    for i in range(30):
        keeps_frame(i, kept)
    log([(f.f_lineno, f.f_back is None or f.f_back.f_code.co_name, f.f_locals["a5"], f.f_locals["n"]) for f in kept])
    for f in kept:
        f.clear()
    log([sorted(f.f_locals) for f in kept])


def case_generates(log):
    for i in range(30):
        log(list(generates(i)))


def case_defaults(log):
    for i in range(60):
        log(defaults(i), defaults(i, 5), defaults(i, k=7), defaults(n=i))
        if i == 30:
            defaults.__defaults__ = (7, 8)
        if i == 40:
            defaults.__defaults__ = None
            try:
                defaults(i)
            except TypeError as error:
                log(error)
            defaults.__defaults__ = (1, 1)
        if i == 50:
            defaults.__kwdefaults__ = {"k": 5}
    defaults.__defaults__ = (2, 3)


def case_drops(log):
    for i in range(30):
        r = drops(log, i, D(log, (i, "d")))
        log("returned")
        del r
        log("gone")


def hook(log, names):
    def hook(frame, event, arg):
        if frame.f_code.co_name in names:
            log(event, frame.f_code.co_name, frame.f_lineno, arg)
            return hook
    return hook


NAMES = ("profiles", "returns", "profiles_and_raises", "traces", "recurses")


def case_profiles(log):
    for i in range(40):
        log(profiles(i, hook(log, NAMES) if i > 25 and i % 5 == 0 else None))
        sys.setprofile(None)


def case_profiles_and_raises(log):
    for i in range(40):
        try:
            log(profiles_and_raises(i, hook(log, NAMES) if i > 25 and i % 5 == 0 else None, i if i > 25 and i % 2 == 0 else -1))
        except Boom as error:
            log("boom")
        sys.setprofile(None)


def case_traces(log):
    for i in range(40):
        log(traces(i, hook(log, NAMES) if i > 25 and i % 5 == 0 else None))
        sys.settrace(None)


def case_recurses(log):
    for i in range(20):
        log(recurses(log, i % 4))


def case_mutual(log):
    for i in range(40):
        log(mutual1(i % 7))


def case_endless(log):
    for i in range(40):
        returns(i)
    for i in range(4):
        try:
            endless(0)
        except RecursionError as error:
            tb, n, last = error.__traceback__, 0, None
            while tb:
                n, last, tb = n + 1, tb, tb.tb_next
            log(n, last.tb_frame.f_code.co_name, str(error))


def case_writes_global(log):
    global WRITTEN
    for i in range(40):
        log(writes_global(i), WRITTEN)
        WRITTEN = i


def case_unbound(log):
    for i in range(40):
        for f in (unbound, deletes):
            try:
                log(f(i))
            except UnboundLocalError as error:
                log(error)


def case_values(log):
    for i in range(40):
        log(bigints(i), floats(i), nothing(i), lambdas(i)(), comprehends(i), starred(i, 1, 2), starred(i), keyworded(i), keyworded(i, k=i))


def case_withs(log):
    for i in range(40):
        try:
            log(withs(log, i, 20 + i % 20))
        except Boom as error:
            log(error)


def case_rebinds(log):
    global returns
    old = returns
    for i in range(60):
        log(writes_global(i), returns(i))
        if i % 10 == 7:
            returns = (lambda n: n) if returns is old else old
        if i == 33:
            old.__code__ = nothing.__code__
        if i == 44:
            old.__code__ = bigints.__code__
    returns = old


def case_threads(log):
    results = []

    def run(k):
        s = 0
        for i in range(60):
            s += returns(i) + mutual1(i % 5)
        results.append(s)
    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    log(results)


class Methods:
    def __init__(self, k):
        self.k = k


large("method", "self, n", "    k = self.k", "    self.k = b\n    return b + k")
large("prop", "self", "    n = self.k", "    return b + n")
large("eq", "self, other", "    n = self.k", "    return b == other.k")
large("init", "self, k", "    n = k", "    self.k = b\n    self.n = n")
large("call", "self, n", "    pass", "    return b + self.k")
Methods.method, Methods.prop, Methods.__eq__, Methods.__call__ = method, property(prop), eq, call


class Made:
    __init__ = init


def case_methods(log):
    m = Methods(3)
    for i in range(40):
        log(m.method(i), m.prop, m == m, m(i), Made(i).k)
        f = m.method
        log(f(i))
        if i == 30:
            del Methods.__call__
            Methods.__call__ = lambda self, n: 5
