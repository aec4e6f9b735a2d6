"""In which order objects die that a container let go of, or the end of a function."""

died = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        died.append(self.name)

    def __getitem__(self, key):
        return self.name

    def __iter__(self):
        return self

    def __next__(self):
        return self

    def method(self):
        return self.name

    def __index__(self):
        return 0


def pair(a, b):
    return a, b


def tuples(n):
    for i in range(n):
        made = (Dies(f"a{i}"), (Dies(f"b{i}"), Dies(f"c{i}")), Dies(f"d{i}"))
        made = None
        died.append("round")
        pair(Dies("e"), Dies("f"))
        died.append("round")
        a, b = pair(Dies("g"), Dies("h"))
        a = b = None
        died.append("round")
    return made


def lists(n):
    for i in range(n):
        made = [Dies("a"), Dies("b"), [Dies("c"), Dies("d")]]
        made = None
        died.append("round")
        [Dies("e"), Dies("f")][0]
        died.append("round")
        a, b, c = [Dies("g"), Dies("h"), Dies("i")]
        del a, b, c
        died.append("round")
    return made


def dicts(n):
    for i in range(n):
        made = {"x": Dies("a"), "y": Dies("b")}
        made = None
        died.append("round")
        {"x": Dies("c"), "y": Dies("d")}["x"]
        died.append("round")
    return made


def slices(n):
    items = list(range(5))
    for i in range(n):
        made = slice(Dies("a"), Dies("b"), Dies("c"))
        made = None
        died.append("round")
        Dies("d")[Dies("e"):Dies("f"):Dies("g")]
        died.append("round")
        items[Dies("h"):Dies("i")]
        died.append("round")
    return made


def methods(n):
    for i in range(n):
        made = Dies("a").method
        made()
        made = None
        died.append("round")


def zips(n):
    for i in range(n):
        made = zip(Dies("a"), Dies("b"))
        made = None
        died.append("round")
        for a, b in zip([Dies("c"), Dies("d")], (Dies("e"), Dies("f"))):
            died.append(a.name + b.name)
        a = b = None
        died.append("round")
        for j, a in enumerate([Dies("g"), Dies("h")]):
            died.append(j)
        a = None
        died.append("round")


def closure(n):
    for i in range(n):
        a, b = Dies("a"), Dies("b")

        def inner():
            return a, b
        inner()
        inner = None
        a = b = None
        died.append("round")


def function(a, b):
    c, d = Dies("c"), Dies("d")
    return None


def several(*items, **names):
    return len(items) + len(names)


def calls(n):
    for i in range(n):
        function(Dies("a"), Dies("b"))
        died.append("round")
        several(Dies("a"), Dies("b"), x=Dies("x"), y=Dies("y"))
        died.append("round")
        function(b=Dies("b"), a=Dies("a"))
        died.append("round")
        max(Dies("a"), Dies("b"), key=Dies.method)
        died.append("round")
        isinstance(Dies("a"), (int, str))
        died.append("round")


def stores(n):
    for i in range(n):
        a, b = Dies("a"), Dies("b")
        a, b = b, a
        a, b = Dies("c"), Dies("d")
        died.append("round")
        a = b = Dies("e")
        died.append("round")
        a, (b, c) = Dies("f"), (Dies("g"), Dies("h"))
        died.append("round")
        b = c = a = None
        died.append("round")


class Pair:
    __slots__ = ("first", "second")

    def __init__(self, first, second):
        self.second = second
        self.first = first


class Plain:
    def __init__(self, first, second):
        self.second = second
        self.first = first


def instances(n):
    for i in range(n):
        made = Pair(Dies("a"), Dies("b"))
        made = None
        died.append("round")
        made = Plain(Dies("a"), Dies("b"))
        made = None
        died.append("round")
        Plain(Dies("a"), Dies("b")).first
        died.append("round")
    return made


def overwritten(n):
    for i in range(n):
        items = [Dies("a"), Dies("b"), Dies("c"), Dies("d")]
        items[1:3] = [Dies("e")]
        died.append("round")
        del items[:2]
        died.append("round")
        items.clear()
        died.append("round")


for each in (tuples, lists, dicts, slices, methods, zips, closure, calls, stores, instances, overwritten):
    died.clear()
    try:
        each(40)
    except Exception as error:
        print(repr(error))
    print(each.__name__, died)
