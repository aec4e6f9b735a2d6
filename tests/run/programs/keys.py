"""Keys that are tuples, in tuples perhaps; dicts of classes derived from dict."""

from collections import Counter, OrderedDict, defaultdict, namedtuple

Pair = namedtuple("Pair", "a b")
NAN = float("nan")
ITEMS = (0, 1, -1, -2, True, 1.0, 2**30, -(2**30), 2**62, 2**64, -(2**61 - 1), "", "text", b"text", None, 0.5, -0.0, float("inf"), NAN, (), (1,), (1, 2), Pair(1, 2),
         Pair((1, "a"), None), ((((1,),),),), frozenset((1,)), range(3), ...)


def nested(depth, leaf):
    for _ in range(depth):
        leaf = (leaf, depth)
    return leaf


def copied(key):
    """An equal key that is another object."""
    return (*map(copied, key),) if type(key) is tuple else Pair(*map(copied, key)) if type(key) is Pair else key


def case_equal_keys(log):
    table = {}
    for position, item in enumerate(ITEMS):
        table[item, position % 2] = position
        table[item] = -position
    for key in ITEMS:
        log([table.get((copied(key), side)) for side in (0, 1)], table.get(copied(key)), (copied(key), 1) in table)
    found = []
    for key in table:
        found.append(table[copied(key)] if key == copied(key) else None)
    log(found, len(table))


def case_deep(log):
    keys = [nested(depth % 16, depth % 5) for depth in range(80)]
    table, seen = {}, set()
    for number, key in enumerate(keys):
        table[key] = table.get(copied(key), 0) + number
        if copied(key) not in seen:
            seen.add(key)
    log(len(table), len(seen), [table[copied(key)] for key in keys])


class Odd:
    def __init__(self, value, log):
        self.value, self.log = value, log

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        self.log("compared", self.value, other.value if isinstance(other, Odd) else other)
        return self.value == (other.value if isinstance(other, Odd) else other)


def case_odd_items(log):
    """Items that compare by code of the program's, in keys of the table or in those looked up."""
    table = {(1, 2, 3): "plain", (1, Odd(2, log), 4): "odd", (1, Odd(2, log)): "short"}
    for _ in range(15):
        log(table.get((1, 2, 3)), table.get((1, 2, 4)), table.get((1, 2)), table.get((1, Odd(2, log), 3)), (1, 2, 9) in table)


def case_unhashable(log):
    table = {(1, 2): 3}
    for i in range(40):
        try:
            log(table[1, [2] if i > 30 else 2])
        except TypeError as error:
            log(str(error))


def case_default(log):
    table = defaultdict(int)
    for i in range(200):
        table[i % 37, i % 3] += i
    log(dict(table))
    lists = defaultdict(list)
    for i in range(120):
        lists[i % 7].append(i)
        if i % 50 == 3:
            lists["new", i].append(0)
    log(dict(lists), lists.get(3), lists.get("nothing"), 4 in lists)


class Missing(dict):
    def __missing__(self, key):
        return "missing", key


class Getting(dict):
    def __getitem__(self, key):
        return "got", key


class Setting(dict):
    def __setitem__(self, key, value):
        dict.__setitem__(self, key, ("set", value))

    def __contains__(self, key):
        return key == 3


def case_derived(log):
    for cls in (Missing, Getting, Setting, OrderedDict, Counter):
        table = cls()
        for i in range(60):
            table[i % 11] = i
        seen = []
        for i in range(60):
            try:
                seen.append(table[i % 12])
            except KeyError as error:
                seen.append(error.args)
            seen.append(i % 12 in table)
        log(cls.__name__, seen, list(table.items()))


def case_changed(log):
    class Table(dict):
        pass

    table = Table({i: i for i in range(10)})
    seen = []
    for i in range(120):
        if i == 50:
            Table.__getitem__ = lambda self, key: -key
        if i == 70:
            del Table.__getitem__
            Table.__contains__ = lambda self, key: "always"
        if i == 90:
            Table.__setitem__ = lambda self, key, value: seen.append("set")
        table[i % 10] = i
        seen.append((table[i % 10], i % 10 in table))
    log(seen)


def case_deaths(log):
    """What a value replaced, and the key, die with."""

    class Mark:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            died.append(self.name)

    died = []
    table = defaultdict(Mark.__call__ if False else list)
    for i in range(60):
        table[i % 5, "key"] = Mark(i)
        if i % 9 == 8:
            table.clear()
    log(died)
    ordered = OrderedDict()
    for i in range(40):
        ordered[i % 5] = Mark(-i)
    log(died[-5:], list(ordered))
