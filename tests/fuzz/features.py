"""More of the language for the generator: functions of special shapes, and statements about one thing each."""

from __future__ import annotations

from collections.abc import Callable

from .expressions import Expressions, Function, Names

EDGES = ("2**30", "2**31", "2**62", "2**63", "2**64", "-2**30", "-2**31", "-2**62", "-2**63", "2**53", "2**15", "2**60")


class Features(Expressions):
    """What `Generator` takes from here: `definitions` before the program's functions, `special` among its statements."""

    lines: list[str]
    indent: int
    depth: int
    in_loop: bool
    may_return: str
    handled: int
    iterators: list[str]
    contexts: list[str]

    def line(self, text: str) -> None:
        raise NotImplementedError

    def fresh(self, prefix: str) -> str:
        raise NotImplementedError

    def block(self, names: Names) -> None:
        raise NotImplementedError

    def target(self, names: Names, kind: str) -> str | None:
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Lines with an indentation of their own."""
        for line in text.strip("\n").split("\n"):
            self.line(line)

    # -- functions ----------------------------------------------------------------------------------------------------

    def definitions(self) -> None:
        self.iterators, self.contexts = [], []
        for shape in self.random.sample(self.shapes(), self.random.choice((0, 1, 1, 2, 3))):
            shape()

    def shapes(self) -> list[Callable[[], None]]:
        """What writes a function or two."""
        return [self.keywords, self.unwinding, self.counting, self.recursion, self.calling, self.calling, self.making,
                self.sending, self.managing, self.dispatching, self.scanning, self.edges, self.cached, self.descriptor]  # fmt: skip

    def add(self, name: str, parameters: tuple[str, ...], result: str = "int", heavy: bool = False) -> None:
        self.functions.append(Function(name, parameters, result, heavy))

    def keywords(self) -> None:
        name = self.fresh("k")
        self.write(f"""
def {name}(a, /, b={self.small()}, *rest, c={self.small()}, d=None, **more):
    if d is not None:
        c {self.pick("+=", "-=", "^=")} d
    return (a {self.pick("+", "-", "*")} b + len(rest) * c + len(more)) % {self.pick("1000003", "2**31", "97")}
def {name}_(x0, x1):
    r = {name}(x0)
    for i in range({self.random.randint(2, 6)}):
        r ^= {self.pick(f"{name}(x1, i)", f"{name}(i, x0, x1, c=i)", f"{name}(i, *[x0] * i)", f"{name}(x1, **{{'c': i, 'z': r}})",
                        f"{name}(r, d=i, c=2)", f"{name}(*(i, x1, 7), **dict(q=1))", f"{name}(x0, c=x1)")}
        r += {self.pick(f"{name}(1, 2, 3, i)", f"{name}(i, b=x0)", f"{name}(r % 9, i, d=r)", f"{name}(True, 2, z=1)")}
    return r
""")
        self.add(name + "_", ("int", "int"), heavy=True)

    def unwinding(self) -> None:
        """break, continue, return and raise through `finally`, in every combination."""
        name = self.fresh("u")
        leave = ("pass", "break", "continue", "return r + i", f"raise {self.pick('ValueError', 'KeyError', 'IndexError')}(i)")
        self.write(f"""
def {name}(x0):
    r = 0
    for i in range({self.random.randint(3, 12)}):
        try:
            r = (r * 3 + x0 + i) % 10007
            if (r ^ i) % {self.random.randint(2, 5)} == {self.random.randint(0, 3)}:
                {self.pick(*leave)}
            if i == {self.random.randint(1, 8)}:
                {self.pick(*leave)}
        except {self.pick("ValueError", "KeyError", "LookupError", "Exception")} as error:
            r += {self.pick("len(error.args)", "1", "error.args[0]")}
            if r % {self.random.randint(2, 4)} == 0:
                {self.pick("pass", "continue", "raise", "break", "raise TypeError(i) from error", "raise IndexError from None")}
        else:
            r += {self.pick("1", "x0 & 7", "i")}
        finally:
            {self.pick("r += 2", "out('f', i)", "r ^= i")}
            if i == {self.random.randint(2, 11)}:
                {self.pick("pass", "pass", "break", "continue", "return -i", "raise LookupError(i)")}
    {self.pick("else:", "if r:")}
        r += 5
    return r
""")
        self.add(name, ("int",), heavy=True)

    def counting(self) -> None:
        """A function that changes a global variable."""
        name = self.fresh("c")
        start = self.pick("0", "2**31 - 3", "2**62 - 2", "2**63 - 4", "0.5")
        self.write(f"""
{name}_n = {start}
def {name}(x0):
    global {name}_n
    {self.pick(f"{name}_n += 1", f"{name}_n = {name}_n + (x0 & 3)", f"{name}_n -= 1")}
    {self.pick("pass", f"if {name}_n == x0: del {name}_n", "pass", f"if x0 == 3: {name}_n = 'text'; {name}_n = 7")}
    return {name}_n {self.pick("", "+ x0", "- 1")}
""")
        self.add(name, ("int",))

    def calling(self) -> None:
        """Functions that call themselves through one another: their frames are made late, where somebody looks, or something dies."""
        name = self.fresh("ca")
        value = self.pick("n * 3", "n * 0.5", "2**62 + n", "[n]", "(n, x)", "str(n)", f"{name}_C(n)")
        self.write(f"""
class {name}_C:
    def __init__(self, n): self.n = n
    {self.pick(f"def __del__(self): out('{name}', self.n)", "__slots__ = 'n',", "def __len__(self): return self.n")}
def {name}_up(n, x, thing=None):
    {self.pick("here = n", f"here = {value}", "thing = None", "here = thing")}
    if n <= 0:
        {self.pick("return x", "out('up', x); return 1", f"raise {self.pick('KeyError', 'ValueError')}(n)" , f"return {name}_leaf(x % 5)")}
    {self.pick("y = 1", f"y = {name}_leaf(n)", "y = out('at', n) or 2")}
    y {self.pick("=", "+=", "-=")} {name}_by(n - 1, x, {self.pick("thing", f"{name}_C(n)", value, "None")})
    {self.pick("pass", "here = None", f"if n == {self.random.randint(1, 4)}: out('after', n)", f"y += {name}_leaf(n & 3)")}
    return y {self.pick("", "+ n", "- x", "+ 0.5")}
def {name}_by(m, x, thing):
    mark = {self.pick("m * 2", "[m, x]", "float(m)", "thing")}
    {self.pick("pass", f"if m == {self.random.randint(0, 4)}: out('by', m)",
               f"if m == x % 6: sorted([1, 2], key=lambda k: {name}_leaf(k))")}
    try:
        y = {name}_up(m, x, {self.pick("thing", "mark", "None")})
    except {self.pick("KeyError", "ZeroDivisionError", "(KeyError, ValueError)")} as error:
        {self.pick("y = m", "out('caught', m); y = 1", "raise", "y = len(str(error))")}
    {self.pick("pass", "del thing", "thing = mark", f"out(type(mark).__name__) if m == {self.random.randint(0, 3)} else None")}
    return y + {self.pick("1", "m", f"{name}_leaf(m % 3)")}
def {name}_leaf(n):
    return n + {name}_leaf(n - 1) if n > 0 else {self.pick("0", "0.0", "2**31", "True")}
def {name}(x0):
    return {name}_up({self.random.randint(2, 7)}, x0 % 100, {self.pick("None", f"{name}_C(x0)", "x0")})
""")
        self.add(name, ("int",), heavy=True)

    def recursion(self) -> None:
        name = self.fresh("r")
        self.write(
            self.pick(f"""
def {name}(x0):
    x0 = x0 % 10
    return x0 if x0 < 2 else {name}(x0 - 1) + {name}(x0 - {self.pick("2", "3")})
""", f"""
def {name}(x0, deep=0):
    if deep > {self.random.randint(3, 20)}:
        {self.pick("return x0", "raise ValueError(deep)", "return [x0][0]")}
    try:
        return {name}((x0 * 3 + 1) & 0xFFFF, deep + 1) {self.pick("", "+ deep", "^ deep")}
    {self.pick("finally:", "except KeyError:")}
        {self.pick("out('deep', deep) if deep % 5 == 0 else None", "deep += 1")}
""", f"""
def {name}_odd(n):
    return {self.pick("False", "0")} if n <= 0 else {name}_even(n - 1)
def {name}_even(n):
    return {self.pick("True", "1")} if n <= 0 else {name}_odd(n - 1)
def {name}(x0):
    return {name}_even(x0 % 23) + {name}_odd(x0 % 17)
""", f"""
def {name}(x0):
    def walk(tree, level):
        if not tree:
            return level
        return walk(tree[0], level + 1) {self.pick("+", "-", "^")} walk(tree[1], level + x0 % 3)
    t = ()
    for i in range({self.random.randint(2, 5)}):
        t = (t, t)
    return walk(t, 0)
""")  # fmt: skip
        )
        self.add(name, ("int",), heavy=True)

    def making(self) -> None:
        """Closures that share a variable."""
        name = self.fresh("m")
        self.write(f"""
def {name}(n):
    seen = []
    def more(k=1):
        nonlocal n
        n {self.pick("+=", "-=", "^=", "+=")} k
        {self.pick("seen.append(n)", "pass", "seen[:] = [n]")}
        return n
    def now():
        return {self.pick("n", "n + len(seen)", "(n, seen)[0]")}
    return more, now
def {name}_(x0):
    more, now = {name}(x0)
    for i in range({self.random.randint(2, 12)}):
        more({self.pick("", "i", "k=i", "2**31", "2**62")})
        {self.pick("pass", f"if i == 4: more, now = {name}(now())", f"if i == 5: more = {name}(2)[0]")}
    return now()
""")
        self.add(name + "_", ("int",), heavy=True)

    def sending(self) -> None:
        name = self.fresh("s")
        self.iterators.append(name)
        self.write(f"""
def {name}(n):
    total = n
    try:
        while {self.pick("True", "total < 10**6", "n > -20")}:
            try:
                got = yield {self.pick("total", "(n, total)", "n", "total + 0.5")}
                {self.pick("total += got if got else 1", "total = (total + (got or 0)) % 1009", "total += 1 if got is None else got")}
                n -= 1
            except {self.pick("ValueError", "KeyError", "ValueError")} as error:
                {self.pick("total = -1", "yield 'thrown'", "return total", "total += len(error.args)")}
    finally:
        {self.pick("out('closed', n)", "n = 0", "out('end', total)")}
def {name}_all(n):
    r = yield from {name}(n)
    {self.pick("return r", "yield r", "out('rest', r)")}
""")

    def managing(self) -> None:
        name = self.fresh("w")
        self.contexts.append(name)
        self.write(f"""
@contextlib.contextmanager
def {name}(x):
    out('enter', x)
    try:
        yield {self.pick("x", "x + 1", "[x]")}
    {self.pick("finally:", "except KeyError:", "except Exception as error:")}
        {self.pick("out('leave')", "pass", "out('leave', x)")}
""")

    def dispatching(self) -> None:
        """Call sites of many kinds of callables."""
        name = self.fresh("d")
        others = [function.name for function in self.functions if function.parameters == ("int",)]
        calls = ["abs", "float", "str", "bool", "int", "hash", "(lambda x: x + 1)", "(3).__add__", "[1, 2].count", "{}.get", "chr", "hex",
                 *others]
        calls += [f"{one}(2, 0.5).m" for one in self.classes] + [f"{one}.sm" for one in self.classes]
        chosen = ", ".join(self.random.choice(calls) for _ in range(self.random.randint(2, 4)))
        self.write(f"""
def {name}(x0):
    r = []
    for i in range({self.random.randint(3, 8)}):
        for call in ({chosen},):
            try:
                r.append(call({self.pick("i", "x0 % 97", "i + 40", "x0")}))
            except {self.pick("(ValueError, TypeError)", "Exception")} as error:
                r.append(type(error).__name__)
    return r[-9:]
""")
        self.add(name, ("int",), "list", heavy=True)

    def scanning(self) -> None:
        """Bytes, arrays and texts by index."""
        name = self.fresh("b")
        data = self.pick("bytearray(8)", "array.array('i', range(8))", "array.array('d', [0.5] * 8)", "array.array('B', bytes(8))",
                         "[0] * 8", "bytearray(b'abcdefgh')",
                         "array.array('q', [2**62] * 8)", "memoryview(bytearray(8))", "array.array('b', [-1] * 8)")  # fmt: skip
        text = self.pick("'hello w\\xf6rld'", "b'some bytes'", "'abc' * 3", "(1, 2.5, 'x', None)", "range(2, 20, 3)")
        self.write(f"""
def {name}(x0):
    data, text = {data}, {text}
    r = 0
    for i in range({self.random.randint(4, 14)}):
        try:
            data[{self.pick("i", "i % 8", "-i", "x0 % 8")}] {self.pick("=", "+=", "-=", "=")} {self.pick("i", "x0 & 127", "x0", "r & 255",
                                                                                                         "i * 40", "-i")}
        except {self.pick("(ValueError, OverflowError)", "Exception", "IndexError", "LookupError")} as error:
            r += 100
        r += len(data) + (text[i % len(text)] == text[{self.pick("0", "-1", "i % 3")}])
        {self.pick("r ^= ord(str(text[i % len(text)])[0])", "pass", f"r += {self.pick('120', 'x0', '1.5')} in data", "r += sum(data) > 4",
                   "text = text[1:] or text")}
    return [r, *data][:6]
""")
        self.add(name, ("int",), "list", heavy=True)

    def edges(self) -> None:
        """Numbers that grow over an edge."""
        name = self.fresh("e")
        edge = self.pick(*EDGES)
        self.write(f"""
def {name}(x0):
    a, b, r = {edge} - {self.random.randint(-2, 6)}, {self.pick("1", "-1", "3", "2", "x0", "-3")}, []
    for i in range({self.random.randint(4, 14)}):
        a {self.pick("+=", "+=", "-=")} {self.pick("1", "i", "b", "-1")}
        c = {self.pick("a * b", "a * a", "-a", "a << i % 5", "a >> i", "~a", "a - b * i", "abs(a)", "a ^ -b", "a & -2**31", "a | 2**40",
                       "b - a", "divmod(a, b or 1)[1]",
                        "a // (b or 1)", "a % (b or 7)", "pow(a, 2, 1009)", "a.bit_length()", "a / 3", "float(a)", "a * 0.5", "-a // -1",
                        "a % -2**31", "int(float(a))")}
        if {self.pick("c > a", "a == float(a)", "c != a", f"a > {edge}", f"a - 1 < {edge} <= a + 1", "c is not a", "a < 2**63 - 1 > b")}:
            r.append(c)
        {self.pick("pass", "b = -b", "a, b = a + b, b", "b = c", "b += 0.5 if i == 5 else 0")}
    return r[-6:]
""")
        self.add(name, ("int",), "list", heavy=True)

    def cached(self) -> None:
        """A cache in a default, a class attribute or an attribute of the function itself."""
        name = self.fresh("h")
        self.write(f"""
def {name}(x0, cache={{}}):
    key = {self.pick("x0 % 5", "(x0 % 3, 'k')", "str(x0 % 4)", "x0 % 2 == 0", "float(x0 % 3)", "nan", "x0 % 2 or True")}
    try:
        {self.pick("return cache[key]", "cache[key] += 1", "return cache.pop(key)")}
    except {self.pick("KeyError", "LookupError")}:
        {self.pick("cache[key] = x0", "cache.setdefault(key, len(cache))", "cache[key] = cache.get(key, 0) + 1")}
    {name}.calls = getattr({name}, 'calls', 0) + 1
    return {name}.calls + len(cache)
""")  # fmt: skip
        self.add(name, ("int",))

    def descriptor(self) -> None:
        """Attributes that run code, and operators of every kind."""
        name = self.fresh("P")
        self.write(f"""
class {name}_field:
    def __set_name__(self, owner, name): self.name = '_' + name
    def __get__(self, one, owner=None): return {self.pick("self if one is None else one.__dict__.get(self.name, 0)",
                                                          "getattr(one, self.name, 1)")}
    {self.pick("def __set__(self, one, value): one.__dict__[self.name] = value",
               "def __set__(self, one, value): out('set', value); one.__dict__[self.name] = value", "x = 1")}
class {name}:
    f = {name}_field()
    def __init__(self, n): self.n = n
    def __add__(self, other): return {self.pick("self.n + other", "NotImplemented", f"{name}(self.n + 1)",
                                                "self.n + (other.n if isinstance(other, " + name + ") else other)")}
    def __radd__(self, other): return {self.pick("self.n * 2", "NotImplemented", "other - self.n")}
    def __sub__(self, other): return {self.pick("NotImplemented", "self.n - 1", "self")}
    def __rsub__(self, other): return {self.pick("self.n", "(other, self.n)[1]")}
    def __mul__(self, other): return {self.pick("self.n", "1.5", "[self.n]")}
    def __iadd__(self, other):
        self.n = (self.n + {self.pick("1", "2**31", "1")}) % 2**33
        return {self.pick("self", "self", f"{name}(self.n)")}
    def __neg__(self): return {self.pick("-self.n", f"{name}(-self.n)")}
    def __lt__(self, other): return {self.pick("self.n < other.n", "NotImplemented", "1", "[]")}
    def __gt__(self, other): return {self.pick("self.n > 2", "NotImplemented", "'x'")}
    def __eq__(self, other): return {self.pick("self.n == getattr(other, 'n', other)", "NotImplemented", "0")}
    def __ne__(self, other): return {self.pick("NotImplemented", "self.n != 3", "None")}
    def __contains__(self, item): return {self.pick("item == self.n", "[]", "item")}
    def __len__(self): return {self.pick("self.n & 7", "3", "abs(self.n) % 100")}
    def __bool__(self): return {self.pick("self.n % 2 == 0", "True", "self.n > 3")}
    def __call__(self, x, *more): return {self.pick("x + self.n", "self", "len(more)")}
    def __getitem__(self, key): return {self.pick("key", "(self.n, key)[0]", "[1, 2, 3][key]")}
    def __setitem__(self, key, value): {self.pick("self.n = value", "self.last = key", "out('item', key, value)")}
    def __delitem__(self, key): out('delete', key)
    def __iter__(self): return {self.pick("iter((self.n, 2, 3))", "self", "(j for j in (1, self.n))")}
    def __next__(self):
        self.n += 1
        if self.n % 5 == 0: raise StopIteration
        return self.n
    def __index__(self): return {self.pick("self.n & 3", "1")}
    def __hash__(self): return {self.pick("7", "self.n & 3")}
    def __repr__(self): return f'P({{self.n}})'
    {self.pick("def __del__(self): out('gone', self.n)", "y = 2", "y = 3")}
def {name}_(x0):
    p, q, r = {name}(x0 % 100), {name}(3), []
    for i in range({self.random.randint(3, 9)}):
""")
        for _ in range(self.random.randint(1, 3)):
            self.write(f"        r.append({self.operator()})")
        method = self.pick("__add__", "__lt__", "__eq__", "__neg__", "__bool__", "__call__", "__len__")
        self.write(f"""
        {self.pick("p += i", "p[i] = i", "p.f = i", "p.n = i", "del p[0]", "p.f += 1", "q = p", f"p = {name}(i)", "p, q = q, p",
                   "q += p.n")}
        {self.pick("pass", f"if i == 4: {name}.{method} = lambda self, *a: 4", f"if i == 3: del {name}.__add__",
                   f"if i == 5: {name}.f = 11", "if i == 4: p = 2", "if i == 2: p = 2.5")}
    return [one if type(one) in (int, float, bool, str, list, tuple) else repr(one)[:9] for one in r[-8:]]
""")
        self.add(name + "_", ("int",), "list", heavy=True)

    def operator(self) -> str:
        return self.pick("p + 1", "1 + p", "p + q", "p - 2", "5 - p", "p - q", "p * 2", "-p", "p < q", "p > q", "q >= p", "p == q",
                         "p != 3", "p == None", "3 in p", "p(2)",
                         "p(1, 2, 3)", "p[1]", "p[1:2]", "len(p)", "bool(p)", "not p", "p and 1", "p or 2", "list(zip(p, range(3)))", "p.f",
                         "p.f", "next(p)", "[1, 2, 3, 4][p]", "p is q", "p < q < p", "sum([*zip(range(3), q)][0])",
                         "max(p, q, key=lambda x: x.n)", "p if p else q", "'%s' % p", "f'{p}'",
                         "isinstance(p, int)", "{p: 1}.get(q)", "sorted([p, q])[0]", "range(p)" if self.chance(0.2) else "p.n")  # fmt: skip

    # -- statements ---------------------------------------------------------------------------------------------------

    def special(self, names: Names) -> None:
        """One of them. What may raise for no good reason is caught at once, so that programs go on."""
        choices = (self._walrus, self._sets, self._views, self._iterate, self._slices, self._identity, self._formats, self._floats_,
                   self._group, self._patterns,
                   self._unpack, self._attributes, self._texts, self._nested, self._lambdas)  # fmt: skip
        if self.iterators and self.chance(0.3):
            self._send(names)
        elif self.contexts and self.chance(0.3):
            self._managed(names)
        else:
            self.random.choice(choices)(names)

    def e(self, names: Names, kind: str = "int") -> str:
        return self.expression(names, kind, 1)

    def put(self, names: Names, kind: str, text: str) -> None:
        """Assigned, or reported."""
        name = self.target(names, kind)
        self.line(f"{name} = {text}" if name and self.chance(0.6) else f"out({text})")

    def _walrus(self, names: Names) -> None:
        name = self.fresh("v")
        self.line(f"if ({name} := {self.e(names)}) {self.pick('>', '<', '==', '%')} {self.pick('1', '3', '2**31')}:")
        self.block(names)
        names.kinds[name] = "int"
        if self.chance(0.4):
            self.line(f"out([{name} := {name} + j for j in range({self.random.randint(1, 5)})][-1:], {name})")

    def _sets(self, names: Names) -> None:
        name = self.fresh("z")
        self.line(f"{name} = {self.pick('set()', f'{{{self.e(names)}, 2, 3}}', f'set({self.e(names, 'list')})', 'frozenset((1, 2))')}")
        self.line(f"for j in range({self.random.randint(2, 9)}):")
        self.line("    " + self.pick(f"{name} |= {{j % 4}}", f"{name} = {name} ^ {{j}}", f"out(j in {name})", f"{name} = {{*{name}, j}}",
                                     f"out({name} >= {{j}}, len({name}))",
                                     f"{name} = {name} - {{j, 1}}", f"{name} = {name} & {{1, 2, j}} or {{j}}"))  # fmt: skip
        self.put(names, "list", f"sorted({name}, key=str)")

    def _views(self, names: Names) -> None:
        one = self.atom(names, "dict")
        self.line(self.pick(f"out(list({one}.keys())[:3])", f"out(sum(map(len, map(str, {one}.values()))))", f"out([*{one}.items()][-1:])",
                            f"for q, w in {one}.items(): out(q) if w == {self.small()} else None", f"out({{**{one}, 'z': 1}})",
                            f"out({one} | {{1: 2}})",
                            f"out({one}.keys() & {{1, 'a'}} or 0)", f"out({{str(k): v for k, v in {one}.items() if k}})",
                            f"out('a' in {one}.keys(), 1 in {one})",
                            f"for q in list({one}): out(q, {one}[q])", f"out(min({one}, key=str, default=0))",
                            f"out(dict(zip('ab', {one}.values())))",
                            f"for q in reversed({one}): out(q)"))  # fmt: skip

    def _iterate(self, names: Names) -> None:
        items, other = self.e(names, "list"), self.atom(names, "list")
        over = self.pick(f"zip({items}, {other})", f"enumerate({items}, {self.small()})", f"reversed({items})",
                         f"map(lambda x, y=2: (x, y), {items})", f"filter(None, {items})",
                         f"sorted({items}, key=str, reverse={self.pick('True', 'False')})",
                                    f"sorted({items}, key=lambda x: hash(x) % 7 if x == x else 1)",
                         f"zip('abc', {items}, strict=False)",
                         f"iter({items})", f"itertools.chain({items}, 'xy')", f"itertools.islice({items}, 3)",
                         f"itertools.accumulate([1, 2, {self.small()}])",
                         f"itertools.product((1, 2), {items})", f"map(int.__add__, {items}, range(3))", f"zip(*[{items}] * 2)",
                         "iter([1, 2, 3].pop, 1)",
                         f"(x for x in {items} if x)", f"map(str, {items})", f"enumerate(zip({other}, 'ab'))",
                         "range(2**31 - 2, 2**31 + 3)", "range(2**63 - 2, 2**63 + 2)",
                         "range(5, -5, -3)", f"memoryview(bytes(range({self.random.randint(1, 9)})))", "b'bytes'",
                         "'t\\xe9xt\\u20ac'")  # fmt: skip
        name, before = self.fresh("y"), dict(names.kinds)
        self.line(f"for {name} in {over}:")
        names.kinds[name] = "any"
        names.read_only = names.read_only | {name}
        self.loops += 1
        kept, self.in_loop = self.in_loop, True
        self.line(f"    {self.pick(f'out({name})', 'pass', f'if not {name}: break', f'if {name} == 2: continue')}")
        self.block(names)
        self.in_loop = kept
        self.loops -= 1
        names.kinds = before

    def _slices(self, names: Names) -> None:
        one = self.pick(self.atom(names, "list"), self.atom(names, "str"), self.atom(names, "tuple"), "b'0123456789'", "range(10)",
                        "bytearray(b'abcdef')")
        low, high, step = self.pick("", "1", "-3", "i" if "i" in names.kinds else "2",
                                    "10"), self.pick("", "3", "-1", "100"), self.pick("", ":1", ":-1", ":2", ":-2")
        self.line(f"out(({one})[{low}:{high}{step}])")
        if (name := self.target(names, "list")) and self.chance(0.6):
            self.line(self.pick(f"{name}[{low}:{high}] = ({self.e(names)}, {self.small()})", f"del {name}[{low}:{high}{step}]",
                                f"{name}[len({name}):] = [1, 2]",
                                f"{name}[:] = {name}[::-1]", f"{name} *= {self.pick('0', '1', '2')}; del {name}[7:]",
                                f"{name} = {name} + [1]; del {name}[6:]"))  # fmt: skip

    def _identity(self, names: Names) -> None:
        """Which of small ints, one-letter texts, constants and containers are the same: never a matter of chance."""
        a, s = self.atom(names, "int"), self.atom(names, "str")
        if self.chance(0.3):
            self._carried(names)
            return
        self.line(self.pick(f"out((({a}) & 63) is (({a}) & 63))", f"out(str({s})[:1] is str({s})[:1])", f"out({s} is {s})",
                            f"out((({a}) * 0) is 0, -({a} & 3) is not None)",
                            f"out(({self.atom(names, 'any')}) is ({self.atom(names, 'object')}))",
                            f"out(({a} > 3) is True, ({a} == 3) is False)",
                            f"out(chr(97 + ({a}) % 20) is 'abc'[({a}) % 3])",
                            f"out(() is tuple({self.atom(names, 'list')})[:0], '' is {s}[:0])",
                            f"out(type({self.atom(names, 'any')}) is int, type(1.5) is float)",
                            f"out([{a}] is [{a}], {a} is None)"))  # fmt: skip

    def _carried(self, names: Names) -> None:
        """A number that a loop carries from round to round is the object that it was."""
        numbers, last, i = self.fresh("v"), self.fresh("v"), self.fresh("w")
        late = self.random.randint(0, 30)
        self.write(f"""
{numbers} = [{self.pick("2**40 + j", "2**70 + j", "j * 0.75 + 1000.0", "2**30 - 9 + j")} for j in range(30)]
{last} = {numbers}[0]
for {i} in range(1, {self.random.randint(3, 30)}):
    if {i} > {late}:
        out({numbers}[{i} - 1] is {last})
    {self.pick(f"{last} = {numbers}[{i}]", f"{last}, {i} = {numbers}[{i}], 0", f"{last} = {numbers}[{i}] if {i} % 3 else {last}")}
""")

    def _formats(self, names: Names) -> None:
        a, f, s = self.atom(names, "int"), self.atom(names, "float"), self.atom(names, "str")
        self.put(names, "str", self.pick(f"f'{{{a}:>6}}|{{{f}:.3f}}|{{{s}!r:5}}'", f"f'{{{a}:x}}{{{a}:+d}}'", "f'{" + a + "=}'",
                                         f"'%5d %s %r' % ({a}, {s}, {f})",
                                         f"'{{0}}-{{1:e}}-{{0}}'.format({a}, {f})", f"f'{{{f}:{{{self.random.randint(1, 9)}}}.2e}}'",
                                         f"f'{{{a}:,}}' + {s}",
                                         f"str({f}) + repr({s})", f"'{{}}'.format_map({{'x': 1}}) if False else f'{{{a}!s}}'"))  # fmt: skip

    def _floats_(self, names: Names) -> None:
        a, b, n = self.atom(names, "float"), self.atom(names, "float"), self.atom(names, "int")
        self.put(names, "float", self.pick(f"math.copysign(1.0, {a})", f"({a}) * -0.0", f"0.0 - ({a})", f"min({a}, {b}, nan)",
                                           f"max(nan, {a})", f"sum([{a}, {b}, -0.0])",
                                           f"round({a} % 100.0, 2)", f"({a} == {a}) + ({b} != {b})", f"nan in [{a}, nan]",
                                           f"[{a}].index({a})", f"({a} < {n} < {b}) * 1.0",
                                           f"{n} == {a}", f"math.fmod({a} % 1e9, 3.5)", f"divmod({a} % 1e9, 0.75)[0]", f"({a} % 8.0) ** 2",
                                           f"float(str({a}))",
                                           f"{a} is {a}", f"abs(-({a}))", f"int({a} % 1e6) / 7", f"({a} or 1.5)",
                                           f"math.floor({a} % 1e6) + {b}",
                                           f"hash({a} % 1e6 or 0.5) * 1.0 if {a} - {a} == 0 else {b}", f"math.hypot({a} % 1e6, 3.0)",
                                                      f"({a}).is_integer()",
                                           f"-({a}) // 1.0", f"({a}) % -1.5"))  # fmt: skip

    def _group(self, names: Names) -> None:
        one, two = self.pick("ValueError", "KeyError", "OSError"), self.pick("TypeError", "KeyError", "IndexError")
        self.write(f"""
try:
    {self.pick(f"raise ExceptionGroup('g', [{one}({self.e(names)}), {two}({self.small()})])", f"raise {one}({self.small()})",
               f"[].pop({self.small()})",
               f"raise ExceptionGroup('g', [{one}(1), ExceptionGroup('h', [{two}(2)])])", f"out({self.e(names)})")}
except* {one} as group:
    out(len(group.exceptions), group)
except* {self.pick("TypeError", "LookupError", "Exception")} as group:
    out(group.exceptions[0])
""")

    def _patterns(self, names: Names) -> None:
        subject = self.pick(self.e(names, "list"), f"({self.e(names)}, {self.e(names, 'any')})", self.e(names, "dict"),
                            self.atom(names, "object"), self.e(names, "any"),
                            f"[{self.e(names)}, [{self.e(names, 'str')}, {self.small()}]]")  # fmt: skip
        cases = ("[int(k), *_]", "[_, [str() as k, _]]", "(k, None | True | 1.5)", "{'a': k, **q}", "{1: k}", "int() | float() as k",
                 "str(k)", "[]", "(k, q) if k == q",
                 "[_, _, _, *k]", "bool(k)", "0 | 1 | -1", "'a' | 'b'", "[*_, k] if k",
                 *(f"{name}(a=k, b=float())" for name in self.classes))  # fmt: skip
        self.line(f"match {subject}:")
        for case in self.random.sample(cases, self.random.randint(1, 3)):
            self.line(f"    case {case}:")
            self.line(f"        out({self.pick('k', '1') if 'k' in case else '2'})")
        self.line("    case _:")
        self.line(f"        {self.pick('pass', 'out(3)')}")

    def _unpack(self, names: Names) -> None:
        one, two = self.target(names, "int"), self.target(names, "any")
        if one is None or two is None:
            return self.line(f"out([*{self.atom(names, 'tuple')}, *'ab', *range(2)], {{**{{'a': 1}}, 'b': {self.e(names)}}})")
        self.line(self.pick(f"{one}, {two} = {self.e(names)}, {self.e(names, 'any')}", f"({one}, *{two}), _ = [{self.e(names)}, 2, 3], 4",
                            f"{one}, (_, {two}) = 1, 'xy'",
                            f"{one} = {two} = {self.e(names)}", f"*_, {two} = {self.atom(names, 'list')} or [1]",
                            f"{two}, {one} = {{5: 6, 7: 8}}",
                            f"{one}, {two} = (j * 2 for j in (1, {self.small()}))", f"[{one}, {two}] = 'q', None",
                            f"{one}, {two} = {two}, {one}"))  # fmt: skip

    def _attributes(self, names: Names) -> None:
        known = names.of("object")
        if not known:
            return self.line(f"out(getattr({self.atom(names, 'any')}, 'real', None))")
        one = self.random.choice(known)
        self.line("try:")
        self.line("    " + self.pick(f"setattr({one}, {self.pick("'a'", "'new'", "'b'")}, {self.e(names)})",
                                     f"out(getattr({one}, 'a', None), hasattr({one}, 'q'))", f"{one}.a //= 2",
                                     f"{one}.b **= 2", f"{one}.a <<= 1; {one}.a &= 0xFFFF",
                                     f"{one}.c = [{self.e(names)}]; {one}.c[0] += 1", f"delattr({one}, 'b')", f"out(-{one})",
                                     f"out(2 + {one})", f"out({one} > {one}, {one} == 3)", f"{one}[0] = {self.small()}",
                                     f"del {one}.a; out({one}.a)", f"out({one}.m.__name__)",
                                     f"out(type({one}).rate, {one}.__class__.__name__)", f"f = {one}.m; out(f(2), f({self.e(names)}))",
                                     f"out(super(type({one}), {one}).m(1))",
                                     f"type({one}).rate = {self.e(names)}", f"{one}.rate = {self.e(names)}", f"del {one}.rate",
                                     f"{one} += {self.small()}" if one not in names.read_only else "pass",
                                     f"{one}.a, {one}.b = {one}.b, {one}.a", f"out(bool({one}), not {one})", f"{one}.c = {one}.m",
                                     f"out({one}.c(2))"))  # fmt: skip
        self.line("except (AttributeError, TypeError, IndexError, ZeroDivisionError, OverflowError) as error:")
        self.line("    out(error)")

    def _texts(self, names: Names) -> None:
        s, t = self.e(names, "str"), self.atom(names, "str")
        self.put(names, "str", self.pick(f"{s}.replace({t}[:1], 'q')[:12]", f"'-'.join(reversed({s}))[:12]", f"({s} * 2)[:10]",
                                         f"{s}.join('abc')[:12]", f"''.join(c for c in {s} if c > 'a')",
                                         f"{s}.split({t} or None)[0]", f"{s}.partition('a')[2]", f"str({s}.encode())[:9]",
                                         f"({s} + {t}).title()[:12]", f"{s}.center(7, '*')[:12]",
                                         f"max({s}, {t})", f"'%s%s' % ({s}[:3], {t}[:3])", f"chr(ord({s}[0]) ^ 1) if {s} else ''",
                                         f"{s}.translate({{97: 'z'}})[:12]", f"repr({s})[:9]",
                                         f"{s}.casefold().swapcase()[:12]", f"str({s}.find({t}))", f"str([{s}, {t}].count('a'))",
                                         f"bytes({s}, 'utf8').hex()[:8]"))  # fmt: skip

    def _nested(self, names: Names) -> None:
        """A class, a comprehension or a function made where the program stands."""
        name = self.fresh("N")
        self.write(self.pick(f"""
class {name}:
    x = {self.e(names)}
    y = [x, {self.small()}]
    def get(self): return self.x {self.pick("+ 1", "", "* 2")}
out({name}().get(), {name}.y)
""", f"""
class {name}({self.pick("int", "list", "dict", "str", "Exception", "tuple")}):
    def more(self): return len(str(self))
out({name}().more(), {name}() == {self.pick("0", "[]", "()", "''")})
""", f"out([[j * k for k in range(j % 4)] for j in range({self.random.randint(1, 5)})][-2:])",
            f"out({{j: [k for k in range(j)] for j in range({self.random.randint(1, 4)})}})",
            f"out([j for j in range(9) if j % 2 if j > {self.small()}])",
            f"out(any(j > {self.small()} for j in {self.atom(names, 'list')} if type(j) is int), all([]))",
            "out(*(lambda *a, **k: (a, k))(1, b=2))",
            f"out((lambda f, n: f(f, n))(lambda f, n: 1 if n < 2 else n * f(f, n - 1), {self.random.randint(0, 25)}))"))  # fmt: skip

    def _lambdas(self, names: Names) -> None:
        name = self.fresh("fs")
        self.write(f"""
{name} = [lambda x, j=j: {self.pick("x + j", "x * j", "(x, j)", "j")} for j in range({self.random.randint(2, 5)})]
out([f({self.small()}) for f in {name}][-2:], {name}[0](*[{self.e(names)}]))
""")

    def _send(self, names: Names) -> None:
        name, made = self.fresh("g"), self.random.choice(self.iterators)
        self.line(f"{name} = {made}{self.pick('', '', '_all')}({self.e(names)})")
        self.line("try:")
        self.line(f"    out(next({name}))")
        self.line(f"    for j in range({self.random.randint(2, 8)}):")
        self.line("        " + self.pick(f"out({name}.send(j))", f"{name}.send(None)", f"out(next({name}))",
                                         f"if j == 3: {name}.throw(ValueError(j))"))
        self.line("    " + self.pick(f"{name}.close()", f"out({name}.throw(ValueError))", f"{name}.throw(KeyError(1))", f"del {name}",
                                     "pass",
                                     f"for j in {name}:\n{'    ' * (self.indent + 2)}if j: break"))  # fmt: skip
        self.line("except (StopIteration, ValueError, KeyError, TypeError) as error:")
        self.line("    out(error)")

    def _managed(self, names: Names) -> None:
        made = self.random.choice(self.contexts)
        self.line("try:")
        others = self.pick("", f", {made}(2)", ", contextlib.suppress(KeyError, ZeroDivisionError)")
        self.line(f"    with {made}({self.e(names)}) as q{others}:")
        self.indent += 1
        self.handled += 1
        self.block(names)
        self.handled -= 1
        self.indent -= 1
        self.line(f"        {self.pick('pass', 'raise KeyError(1)', '1 // 0', 'out(q)')}")
        self.line("except (RuntimeError, KeyError, ZeroDivisionError) as error:")
        self.line("    out(error)")
