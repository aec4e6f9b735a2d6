"""What a container holds that was made for a call alone dies when the callee lets go of the container."""


def out(*what):
    pass


class Loud:
    def __init__(self, b):
        self.b = b

    def __del__(self):
        out(self.b)


def one(x):
    v = Loud(0)
    w = 1
    return w


def two(x, y):
    v = Loud(0)
    return 1


def opaque(t):
    v = Loud(0)
    del t
    out("opaque")
    return 1


def deep(*t):
    v = Loud(0)
    del t
    out("deep")
    return 1


def many(t, u):
    a, b = t
    v = Loud(0)
    t = None
    out("many")
    b = None
    out("b")
    return 1


class Caller:
    def __call__(self, t):
        return opaque(t)

    def method(self, t):
        del self
        out("method")
        if type(t) is list:
            t.pop()
        out("popped")
        return 1


caller, ways = Caller(), [opaque, opaque]


def case_positional(log):
    global out
    out = log
    for i in range(12):
        r = one(*(Loud(1),))
    log(r)
    out = print


def case_positional_two(log):
    global out
    out = log
    for i in range(12):
        r = two(*(Loud(1), Loud(2)))
    log(r)
    out = print


def case_chosen(log):
    global out
    out = log
    for i in range(12):
        r = ways[i & 1]((Loud(1), Loud(2)))
    log(r)
    out = print


def case_object_called(log):
    global out
    out = log
    for i in range(12):
        r = caller([Loud(1), (Loud(2), Loud(3))])
    log(r)
    out = print


def case_gathered(log):
    global out
    out = log
    for i in range(12):
        r = deep(*((Loud(1), Loud(3)), Loud(2)))
    log(r)
    out = print


def case_unpacked(log):
    global out
    out = log
    for i in range(12):
        r = many((Loud(1), [Loud(2)]), (Loud(3),))
    log(r)
    out = print


def case_through_c_code(log):
    global out
    out = log
    for i in range(12):
        r = list(map(opaque, [(Loud(1), Loud(2))]))
    log(r)
    out = print


def case_method(log):
    global out
    out = log
    for i in range(12):
        r = Caller().method([Loud(1), Loud(2)])
    log(r)
    out = print


def case_key(log):
    global out
    out = log
    for i in range(12):
        r = max([Loud(1)], key=opaque)
    log(r)
    out = print


def case_held_elsewhere(log):
    global out
    out = log
    for i in range(12):
        x = Loud(9)
        r = opaque((x, Loud(2), x))
        out("x")
        x = None
    log(r)
    out = print


def case_dict(log):
    global out
    out = log
    for i in range(12):
        r = opaque({"a": Loud(1), "b": (Loud(2), 3)})
    log(r)
    out = print


def case_numbers(log):
    global out
    out = log
    for i in range(12):
        r = opaque((i, (i + 0.5, Loud(1)), "q"))
    log(r)
    out = print


def case_named(log):
    global out
    out = log
    for i in range(12):
        r = opaque(t := (Loud(1), Loud(2)))
        t = None
    log(r)
    out = print


def case_default(log):
    global out
    out = log
    for i in range(12):
        r = opaque(lambda q=Loud(1): q)
    log(r)
    out = print


def case_slice(log):
    global out
    out = log
    for i in range(12):
        r = opaque(slice(Loud(1), Loud(2)))
    log(r)
    out = print


def case_iterator(log):
    global out
    out = log
    for i in range(12):
        r = opaque(iter((Loud(1), Loud(2))))
    log(r)
    out = print


def case_zip(log):
    global out
    out = log
    for i in range(12):
        r = opaque(zip((Loud(1), Loud(2)), [Loud(3)]))
    log(r)
    out = print


def case_instance(log):
    global out
    out = log
    for i in range(12):
        r = opaque(Loud((Loud(1), Loud(2))))
    log(r)
    out = print


def case_bound_method(log):
    global out
    out = log
    for i in range(12):
        r = opaque(Loud(1).__del__)
    log(r)
    out = print


def pair():
    x = Loud(1)
    return x, [x]


def items():
    return [Loud(1), Loud(2)]


def case_made_by_a_function(log):
    global out
    out = log
    for i in range(12):
        r = two(*pair()) + one(*items()[:1]) + two(*items())
        x, y = pair()
        r += two(x, y)
    x = y = None
    log(r)
    out = print
