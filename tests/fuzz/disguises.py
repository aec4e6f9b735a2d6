"""Objects that are not what they seem: proxies, classes derived from CPython's own, and objects in containers that die."""

from __future__ import annotations

from collections.abc import Callable

from .shapes import Shapes


class Disguises(Shapes):
    """More of `definitions`."""

    def shapes(self) -> list[Callable[[], None]]:
        return [*super().shapes(), self.proxy, self.derived_descriptors, self.derived_containers, self.dying, self.dying, self.sly]

    def proxy(self) -> None:
        """A wrapper that says that it is of the class of what it wraps, and passes everything on."""
        name = self.fresh("px")
        self.write(f"""
class {name}_proxy:
    def __init__(self, wrapped): object.__setattr__(self, 'wrapped', wrapped)
    {self.pick("__class__ = property(lambda self: type(self.wrapped))", f"__class__ = {self.pick('int', 'list', 'tuple', 'types.FunctionType')}",
               "x = 1")}
    def __getattr__(self, name): {self.pick("return getattr(self.wrapped, name)",
                                            "out('asked', name); return getattr(self.wrapped, name)")}
    {self.pick("def __setattr__(self, name, value): setattr(self.wrapped, name, value)", "y = 2")}
    def __call__(self, *items, **names): return {self.pick("self.wrapped(*items, **names)", "(self.wrapped(*items), 1)[0]")}
    def __getitem__(self, key): return self.wrapped[key]
    def __setitem__(self, key, value): self.wrapped[key] = value
    def __len__(self): return len(self.wrapped)
    def __iter__(self): return iter(self.wrapped)
    def __add__(self, other): return self.wrapped + other
    def __radd__(self, other): return other + self.wrapped
    def __eq__(self, other): return self.wrapped == other
    def __lt__(self, other): return self.wrapped < other
    def __bool__(self): return bool(self.wrapped)
    def __index__(self): return self.wrapped.__index__()
    def __hash__(self): return hash(self.wrapped)
    def __get__(self, one, owner=None): {self.pick("return self.wrapped.__get__(one, owner)", "return self.wrapped if one is None else 7")}
class {name}_class:
    n = 3
    {self.pick(f"m = {name}_proxy(lambda self, x=2: self.n + x)", "def m(self, x=2): return x - self.n")}
    {self.pick(f"p = {name}_proxy(property(lambda self: self.n))", "p = property(lambda self: self.n)")}
    {self.pick(f"s = {name}_proxy(staticmethod(lambda x: x + 1))", "s = staticmethod(lambda x: x + 2)")}
{name}_f = {name}_proxy(lambda x, y=1: x + y)
def {name}(x0):
    r, one = [], {name}_class()
    a, b, c = {name}_proxy(x0), {name}_proxy([1, x0, 3]), {name}_proxy(one)
    for i in range({self.random.randint(3, 9)}):
        try:
""")
        for _ in range(self.random.randint(1, 4)):
            self.write("            r.append(" + self.pick(
                f"{name}_f(i)", f"{name}_f(i, y=2)", "one.m()", "one.m(i)", "one.p", "one.s(i)", "c.m(i)", "c.n", "a + i", "i + a", "a == i", "a < i",
                "b[i % 3]", "b[a % 3] if a else 0", "len(b)", "[j for j in b]", "isinstance(a, int)", "isinstance(b, (list, tuple))",
                "isinstance(c, " + name + "_class)", "type(a) is int", "a.__class__ is int", "callable(a)", "1 if a else 2", "min(a, i)", "max(b)",
                "sum(b)", "str(a.__class__)[:12]", "[4, 5, 6][a % 3]", "i in b", "a.bit_length()", "b.append(i)", "b.pop()", "f'{a is b}'",
                "dict(b=1, a=a)['b']", "x0 if a is c else i", "(*b,)", "list(zip(b, b))[-1]", "range(5)[a % 5]", "getattr(c, 'n', 9)",
                "hasattr(c, 'zz')", "{a: 1}.get(x0)") + ")")
        self.write(f"""
            {self.pick("pass", "c.n = i", "b[0] = i", f"if i == 4: {name}_class.m = {name}_proxy(lambda self, x=0: x)",
                       f"if i == 3: one = {name}_proxy(one)", "if i == 5: a = i", f"if i == 2: b = {name}_proxy((7, i, 9))")}
        except (TypeError, AttributeError, IndexError, ValueError) as error:
            r.append(str(error)[:40])
    return [repr(one)[:30] if type(one) in (int, str, list, tuple, bool) else type(one).__name__ for one in r[-8:]]
""")
        self.driven(name, "list")

    def derived_descriptors(self) -> None:
        """Classes derived from property, classmethod and staticmethod; objects that become descriptors when their class changes."""
        name = self.fresh("dd")
        self.write(f"""
class {name}_property(property):
    {self.pick("def __get__(self, one, owner=None): return 5 if one is None else property.__get__(self, one, owner) + 1", "x = 1",
               "def __set__(self, one, value): out('set', value)")}
class {name}_static(staticmethod):
    {self.pick("def __get__(self, one, owner=None): return lambda *a: len(a)", "x = 1")}
class {name}_classmethod(classmethod):
    {self.pick("def __get__(self, one, owner=None): return lambda x: (x, owner.__name__ if owner else 0)[0]", "x = 1")}
class {name}_late:
    def __init__(self, n): self.n = n
    def __add__(self, other): return self.n + other
class {name}_now({name}_late):
    def __get__(self, one, owner=None): return self.n * {self.pick("2", "3")}
    {self.pick("def __set__(self, one, value): self.n = value", "y = 2")}
class {name}_class:
    def __init__(self, n): self.n = n
    p = {name}_property(lambda self: self.n{self.pick("", ", lambda self, value: None")})
    s = {name}_static(lambda x: x + 1)
    c = {name}_classmethod(lambda cls, x: x + 2)
    late = {name}_late(4)
def {name}(x0):
    r, one = [], {name}_class(x0)
    for i in range({self.random.randint(4, 10)}):
        r.append({self.pick("one.p", f"{name}_class.p is None", "one.p + i")})
        r.append({self.pick("one.s(i)", f"{name}_class.s(i)", "one.c(i)", f"{name}_class.c(i)")})
        r.append({self.pick("one.late + 1", "one.late", "one.n")})
        {self.pick("pass", "one.n = i", "one.n += 1")}
        if i == {self.random.randint(2, 6)}:
            {self.pick(f"{name}_class.__dict__['late'].__class__ = {name}_now", f"{name}_late.__get__ = lambda self, one, owner=None: 11",
                       f"{name}_class.late = 6", "one.__dict__['late'] = 7", f"{name}_property.__get__ = lambda self, one, owner=None: 12",
                       "one.__dict__['p'] = 8", f"{name}_class.p = 13", "one.late = 9", f"{name}_class.s = len")}
    if type(getattr({name}_class, 'late', 0)) is {name}_now: {name}_class.__dict__['late'].__class__ = {name}_late
    return [one if type(one) in (int, float, bool) else type(one).__name__ for one in r[-8:]]
""")
        self.driven(name, "list")

    def derived_containers(self) -> None:
        """Instances of classes derived from CPython's containers and numbers, with some of their methods replaced."""
        name = self.fresh("dc")
        base = self.pick("tuple", "list", "dict", "str", "int", "float", "set", "bytes", "collections.OrderedDict", "collections.namedtuple('T', 'x y')")
        fields = base.endswith("')")
        made = {"tuple": "(i, 1)", "list": "[i, 2]", "dict": "{i: 1, 0: 3}", "str": "'ab' * (i % 3)", "int": "i", "float": "i / 2",
                "set": "{i, 1}", "bytes": "b'abc'", "collections.OrderedDict": "{i: 1}"}.get(base, "i, 2")
        self.write(f"""
class {name}_class({base}):
    {self.pick("__slots__ = ()", "x1 = 3")}
    {self.pick("pass", "def __len__(self): return 5", "def __getitem__(self, key): return (key, 1)[0]", "def __iter__(self): return iter((9, 8))",
               "def __eq__(self, other): return True", "def __hash__(self): return 3", "def __contains__(self, key): return True",
               "def __bool__(self): return False", "def __add__(self, other): return 'sum'", "def __radd__(self, other): return 'reflected'",
               "def __lt__(self, other): return True", "def __index__(self): return 1", "def __missing__(self, key): return 'missing'",
               "def __getattr__(self, name): return len(name)", "def __repr__(self): return 'derived'", "def __float__(self): return 2.5",
               "def __del__(self): out('gone')", "def get(self, *a): return 8", "def append(self, one): out('append', one)")}
    {self.pick("pass", "def __new__(cls, *a): return super().__new__(cls, *a)", "def __init__(self, *a): pass", "def __mul__(self, n): return n")}
def {name}(x0):
    r = []
    for i in range({self.random.randint(3, 9)}):
        one, plain = {name}_class({made}), {self.pick("(i, 2)", "[1, i]", "{i: 2}", "i", "'a'", "1.5", "b'ab'")}
        {self.pick("pass", f"if i % 2: one = {base if not fields else 'tuple'}({made if not fields else '(i, 2)'})")}
""")
        for _ in range(self.random.randint(1, 4)):
            self.write(f"""
        try:
            r.append({self.pick("len(one)", "one[0]", "one[1]", "one[-1]", "one[:1]", "list(one)", "one + plain", "plain + one", "one == plain",
                                "plain == one", "one < plain", "0 in one", "1 if one else 2", "bool(one)", "min(one)", "one * 2", "one is one",
                                "isinstance(one, (int, tuple))", "hash(one) % 7", "str(one)", "f'{one}'", "one.get(i)", "sorted(one)", "one.x",
                                "one[i % 2]", "[4, 5, 6, 7][one]", "(*one,)", "dict(one)", "float(one)", "int(one)", "one.count(1)", "(lambda x, y: y)(*one)",
                                "[one][0] == one", "{one: 1}[one]", "'%s' % one", "one and plain", "not one", "range(one)", "type(one + one).__name__",
                                "abs(one)", "-one", "one // 2", "one & 1", "one | one", "divmod(one, 2)", "one.pop()", "sum(one)")})
        except (TypeError, AttributeError, IndexError, KeyError, ValueError) as error:
            r.append(str(error)[:40])
""")
        if self.chance(0.4):
            self.write(f"""
        try:
            {self.pick("a, b = one", "one[0] = i", "one.append(i)", "one += plain", "for j in one: r.append(j)", "one.x = i", "del one[0]", "one.update({1: i})")}
        except (TypeError, AttributeError, IndexError, KeyError, ValueError) as error:
            r.append(str(error)[:40])
""")
        self.write("""
    return [one if type(one) in (int, float, bool, str) else repr(one)[:20] if type(one) in (tuple, list) else type(one).__name__ for one in r[-9:]]
""")
        self.driven(name, "list")

    def dying(self) -> None:
        """Objects with destructors, alone and in containers, that are let go of in every way; what is said tells where that was."""
        name = self.fresh("dy")
        self.write(f"""
class {name}_one:
    {self.pick("__slots__ = ('n', 'held')", "held = None")}
    def __init__(self, n, held=None): self.n, self.held = n, held
    def __del__(self): out('gone', self.n)
    def __add__(self, other): return self.n + other.n
    def __lt__(self, other): return self.n < other.n
    def __getitem__(self, key): return self.n
    def __call__(self, x): return x
    def __iter__(self): return iter([self.n])
    def __enter__(self): return self
    def __exit__(self, *error): return False
    def m(self, other=None): return self.n
def {name}_given(a, b=None):
    c = {name}_one(-2)
    {self.pick("a = None", "pass", "b = a", "del a")}
    return {self.pick("1", "b", "c.n", "(c, b)", "None")}
def {name}(x0):
    r, kept, q = 0, [None, None], {self.pick("None", "[]", f"{name}_one(-1)")}
    one = two = None
    for i in range({self.random.randint(3, 10)}):
""")
        new = f"{name}_one({self.pick('i', '-i', '(i, 1)')})"
        other = f"{name}_one({self.pick('i + 100', 'str(i)')})"
        for _ in range(self.random.randint(2, 6)):
            self.write("        " + self.pick(
                new, f"one = {new}", "one = None", f"one, two = {new}, {other}", "one, two = two, one", f"one = ({new}, ({other}, 1))",
                f"one = [{new}, {other}]", f"two = {{'a': {new}, 'b': {other}}}", f"kept[0] = {new}", f"kept = [{new}, kept[0]]", "kept.clear(); kept = [1, 2]",
                f"({new}, {other})", f"[{new}, {other}][0]", f"({new}\n            .m(\n{other}))", f"r += len([{new}, {other}])",
                f"{name}_given({new})", f"{name}_given({new}, {other})", f"{name}_given(b={new}, a={other})", f"one = {name}_given({new}, {other})",
                f"r += ({new}\n            +\n            {other}) == 1" if "(i, 1)" not in new and "str" not in other else new, f"{new}(1)",
                f"{new}[{other}:{other}]", f"one = slice({new}, {other})", f"one = {new}.m", "two = None", "one = two = None",
                f"one = zip([{new}], ({other},))", f"for j in [{new}, {other}]: two = j", f"for j, k in zip(({new}, {other}), [{other}]): one = k",
                f"one = lambda: ({new}, i)", f"one = [j for j in ({new}, {other})]", f"q = {new} if i % 3 else None", f"one = {name}_one(i, {other})",
                f"with {new} as two: one = None", "del one; one = 1", f"one = {{{new}: {other}}}", f"(lambda x, y: None)({new}, {other})",
                f"one = iter([{new}, {other}]); next(one)", f"if {new}: r += 1", f"one = ({new}, q)", "q = [q][:0]", f"isinstance({new}, int)",
                f"for j in {{1: {new}, 2: {other}}}: two = j", f"for j in {{1: {new}, 2: {other}}}.values(): one = 1", f"for j in {{{new}}}: j = 1",
                f"one = {{1: {new}}}; two = iter(one); one = None; list(two)", f"kept.append({new}); kept.pop()", f"one = {{'a': {new}}}; one['a'] = {other}",
                f"[{new}, {other}].clear()", f"{{1: {new}}}.pop(1)", f"[{new}].sort()", f"kept[:1] = ({new}, {other})", f"del kept[:]; kept = [{new}, 1]",
                f"max({new}, {other}, key=lambda x: 0) and 0", f"kept[i % 2:] = [{new}, {other}]", f"one = {new}; one = {other}",
                f"try: raise ValueError({new})\n        except ValueError as error: two = error.args[0]"))
        self.write(f"        {self.pick('r += i', 'out(i)', 'pass')}\n    return r")
        self.driven(name)

    def sly(self) -> None:
        """Comparisons, hashes and the like that C functions call: they say where they are, and change what the loop relies on."""
        name = self.fresh("sl")
        act = self.pick(f"global {name}_n; {name}_n += 1; out('asked')", f"{name}_class.rate += 1", f"{name}_held.append(1) if len({name}_held) < 5 else {name}_held.clear()",
                        "out('asked')")
        self.write(f"""
{name}_n, {name}_held = 0, []
class {name}_class:
    rate = 1
    def __init__(self, n): self.n = n
    def __eq__(self, other):
        {act}
        return {self.pick("self is other", "self.n == other", "False", "NotImplemented")}
    def __lt__(self, other):
        {act}
        return {self.pick("self.n < getattr(other, 'n', other)", "True", "0")}
    def __hash__(self):
        {act}
        return {self.pick("3", "hash(self.n)", "1")}
    def __bool__(self):
        {act}
        return {self.pick("self.n > 2", "True")}
    def __radd__(self, other):
        {act}
        return self.n
    __add__ = __radd__
    def __iter__(self):
        {act}
        return iter([self.n, 2])
    def __index__(self):
        {act}
        return 1
    def __len__(self):
        {act}
        return 2
    def __del__(self):
        {self.pick(act, "pass")}
def {name}_one(i):
    a, b, items, things, names = {name}_class(i), {name}_class(2), [1, i, {name}_class(3)], {{1, i}}, {{'a': 1, i: 2}}
    before = {name}_n + {name}_class.rate + len({name}_held)
    r = {name}_class.rate
    try:
""")
        for _ in range(self.random.randint(1, 3)):
            self.write("        " + self.pick(
                "items.index(a)", "items.count(7)", "items.remove(a)", "[a, b].index(b)", "(a, b).index(b)", "items.sort()", "sorted([b, a])", "min([b, a])",
                "max(a, b)", "r = sum([a, b])", "any([0, a])", "1 in [a, 2]", "a in [1, b]", "3 in (a, b)", "a in {1: 2, 3: 4}", "things.add(a)", "things.add(i)",
                "things.discard(a)", "things.discard(1)", "things.update([a, b])", "{a, 1}.discard(i)", "{a, 1}.add(i)", "{a, 1}.remove(1)", "{a: 1}.get(i)",
                "{a: 1}.pop(i, 3)", "{a: 1}.setdefault(i, 3)", "{a: 1} == {i: 1}", "names.get(a)", "names.pop(a, None)", "names.update({a: 1})",
                "dict([(a, 1), (i, 2)])", "dict.fromkeys([a, b])", "set([a, b, i])", "heapq.heappush([a, b], i)", "heapq.heappop([a, b, 1])",
                "bisect.bisect_left([a, b], i)", "[a] == [b]", "(a,) < (b,)", "[a].clear()", "{1: a}.clear()", "items.clear()", "items.extend(a)", "list(a)",
                "len(a)", "range(a)", "[4, 5][a]", "not a", "hash(a)", "list(filter(None, [a, b]))", "[*a, *b]", "{**{a: 1}, 'z': 2}", "[1, 2, 3][a:]", "[0] * a",
                "items.insert(a, 3)", "items.pop(a)", "a, b = b", "for j in a: r = j", "things |= {a}", "r = {j: 1 for j in (a, b)}.get(a)", "a == b", "i + a"))
        self.write(f"""
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        out(str(error)[:40])
    return {name}_n + {name}_class.rate + len({name}_held) - before, r if type(r) is int else 0
def {name}(x0):
    r = 0
    for i in range({self.random.randint(4, 12)}):
        before = {name}_n + {name}_class.rate
        r += sum({name}_one({self.pick("i", "i", "x0", "i % 3")})) + {name}_n + {name}_class.rate - before
    return r
""")
        self.driven(name)
