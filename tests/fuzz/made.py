"""Objects made by a `__new__` of the program's, named tuples, attributes that are not set yet, and keys in nested tuples."""

from __future__ import annotations

from collections.abc import Callable

from .consumed import Consumed


class Made(Consumed):
    def shapes(self) -> list[Callable[[], None]]:
        return [*super().shapes(), self.made, self.made, self.keyed]

    def made(self) -> None:
        """Classes whose `__new__` is in Python, with or without an `__init__`, derived from one another, changed meanwhile."""
        name = self.fresh("mk")
        base = self.pick("", "", f"({name}_pair)", "(metaclass=abc_meta)", f"({name}_late)")
        slots = self.pick("", "", "__slots__ = 'x', 'y', 'z'") if base not in (f"({name}_pair)",) else "__slots__ = ()"
        plain = base == f"({name}_pair)"
        maker = f"super().__new__(cls, x, {self.pick('y', 'None', '0.5')})" if plain else self.pick(
            "super().__new__(cls)", "object.__new__(cls)", f"super({name}_a, cls).__new__(cls)")
        stores = "pass" if plain else self.pick("self.x = x", "self.x, self.y = x, y", "self.set(x)", "self.x = x; self.x = y",
                   "self.y = y")
        early = self.pick("pass", "pass", "if x == 5: return x", "if x == 7: return seen", "if x == 3: x // 0", "pass",
                          f"if x == 6 and cls is {name}_a: return {name}_b(9)", "out('new', str(x)[:5])" if self.chance(0.3) else "pass")
        more = self.pick("pass", "__hash__ = None", "def __eq__(a, b): return type(a) is type(b)",
                         "pass" if plain else "def __del__(self): out('gone')")
        derived = self.pick("pass", "pass", "def __init__(self, *a): out('init', len(a))", "z = 1",
                            "def __new__(cls, *a): return super().__new__(cls, *a)")
        changes = self.pick(f"if i == 9: {name}_a.__init__ = lambda self, *a: out('late init')", "pass", "pass", "pass",
                            f"if i == 8: {name}_b.__new__ = lambda cls, *a: 8", f"if i == 7: {name}_a.x = property(lambda self: 77)")
        makes = self.pick(f"{name}_a(i)", f"{name}_a(i, {name}_dies(i))", f"({name}_a if i % 3 else {name}_b)(i, i)", f"{name}_a(i) + i",
                          f"{name}_b(x0 % 9, i)", f"{name}_a(*[i, i])", f"{name}_a(i, y=i)",
                          f"one + i if type(one) is {name}_a else {name}_a(i)")
        asked = self.pick("one.x", "one.y", "type(one).__name__", "one.x", "getattr(one, 'y', 'no')", "isinstance(one, tuple)",
                          "hasattr(one, 'z')", f"{name}_pair(i, one.x).y", f"{name}_pair(one, i)._replace(x=1)")
        goes_on = self.pick("pass", "one.y = i", "one.z = one.x", "one.set(i)", "del one.x", "a, b = one; r.append(b)", "one = None",
                            f"p = {name}_pair(i, i * 0.5); r.append(p.x + p.y + p[0])", f"r.append(tuple.__new__({name}_pair, (i,)).x)")
        self.write(f"""
abc_meta = type('abc_meta', (type,), {self.pick("{}", "{}", "{'__call__': lambda cls, *a: type.__call__(cls, *a)}")})
{name}_pair = collections.namedtuple('{name}_pair', 'x y')
class {name}_late:
    def set(self, v):
        self.x = v
        {self.pick("pass", "self.z = v", "if v: self.y = v")}
class {name}_dies:
    def __init__(self, n): self.n = n
    def __del__(self): out('dies', self.n)
class {name}_a{base}:
    {slots or "pass"}
    def __new__(cls, x, y={self.pick("0", "None", "'y'")}):
        {early}
        self = {maker}
        {stores}
        {self.pick("pass", "x = None", "y = x", f"x = {name}_dies(0)")}
        return {self.pick("self", "self", "self", "(self)", "self if y != 4 else None")}
    def {self.pick("set", "__init__" if self.chance(0.4) else "set")}(self, v, *more):
        {"pass" if plain else "self.y = v"}
    def __add__(a, b): return {self.pick(f"{name}_a", "type(a)")}({self.pick("1", "a.x", "b")}, {self.pick("b", "2", "a.x if b else 0")})
    {more}
class {name}_b({name}_a):
    {derived}
def {name}(x0):
    r, one = [], None
    for i in range({self.random.randint(5, 16)}):
        try:
            {changes}
            one = {makes}
            r.append({asked})
            {goes_on}
        except (TypeError, AttributeError, ZeroDivisionError, IndexError, ValueError) as error:
            r.append(str(error)[:50])
    {"pass" if plain else self.pick("pass", f"{name}_a.x = None")}
    return [one if type(one) in (int, float, bool, str) else str(type(one).__name__) for one in r[-7:]]
""")  # fmt: skip
        self.driven(name, "list")

    def keyed(self) -> None:
        """Dicts and sets whose keys are tuples, in dicts of derived classes."""
        name = self.fresh("ky")

        def key(depth: int = 0) -> str:
            if depth < 3 and self.chance(0.55):
                return "(" + "".join(f"{key(depth + 1)}, " for _ in range(self.random.randint(1, 3))) + ")"
            odd = f"{name}_odd(i % 3)" if self.chance(0.2) else "i"
            return self.pick("i", "i % 3", "-i", "'a'", "str(i % 4)", "None", "True", "1.0", "2**62 + i % 2", "0.5 * i",
                             f"{name}_p(i % 2, 'b')", "b'a'", "()", "now % 2", "k", odd, "-1", "1", "x0 % 3")

        changed = self.pick(f"d[{key()}] += 1", f"s.add({key()})", f"d.setdefault({key()}, i)", f"d[{key()}].append(i)", f"k = {key()}")
        asked = self.pick(f"d[{key()}]", f"d.get({key()})", f"{key()} in d", f"{key()} in s", f"d.get({key()}, 'no')", "d.get(k)")
        dropped = self.pick("pass", f"s.discard({key()})", f"del d[{key()}]", f"d.pop({key()}, None)", "if i % 6 == 5: d.clear()",
                            f"if i == 9: {name}_d.__getitem__ = lambda self, key: 5")
        self.write(f"""
{name}_p = collections.namedtuple('{name}_p', 'a b')
class {name}_odd:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n
    def __eq__(self, other): return {self.pick("self.n == getattr(other, 'n', other)", "out('eq') or other == self.n", "True")}
class {name}_d(dict):
    {self.pick("pass", "def __missing__(self, key): return len(self)", "def __getitem__(self, key): return 1",
               "def __setitem__(self, key, v): dict.__setitem__(self, key, [v])", "def __contains__(self, key): return 0")}
def {name}(x0):
    r, k, s = [], 1, set()
    d = {self.pick("{}", "{}", "collections.defaultdict(int)", "collections.defaultdict(list)", f"{name}_d()", "collections.OrderedDict()",
                   "collections.Counter()")}
    for i in range({self.random.randint(6, 20)}):
        try:
            d[{key()}] = {self.pick("i", "[i]", "r[-1] if r else 0")}
            {changed}
            r.append({asked})
            {dropped}
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            r.append(type(error).__name__)
    return [*[str(one)[:30] for one in r[-7:]], len(d), len(s)]
""")  # fmt: skip
        self.driven(name, "list")
