"""More functions for the generator: coroutines, decorators, classes that the standard library makes, blocks in blocks, tools.

Each is called at once in a loop of its own as often as not: expressions call few of them.
"""

from __future__ import annotations

from collections.abc import Callable

from .features import Features

RAISED = ("ValueError", "KeyError", "IndexError", "TypeError")
CAUGHT = ("ValueError", "KeyError", "LookupError", "(TypeError, IndexError)", "Exception")


class Shapes(Features):
    def shapes(self) -> list[Callable[[], None]]:
        return [*super().shapes(), self.coroutines, self.decorated, self.dataclass, self.made_classes, self.blocks, self.looking,
                self.shared_iterator, self.metaclass, self.trees, self.executed, self.traced, self.delegating, self.fractions,
                self.collections_, self.cycles, self.overriding]  # fmt: skip

    def driven(self, name: str, result: str = "int", rounds: int = 0) -> None:
        """The function of one number as one that the program may call, and perhaps a loop that does."""
        self.add(name, ("int",), result, heavy=True)
        if self.chance(0.6):
            self.write(f"""
for i in range({rounds or self.random.randint(2, 7)}):
    try:
        out({name}({self.pick("i", "i", "i - 1", "i * 2**31", "i * 1.5", "-i")}))
    except Exception as error:
        out('{name}', error)
""")

    def coroutines(self) -> None:
        """Driven by hand: sent to, thrown into, closed."""
        name = self.fresh("co")
        rounds = self.random.randint(2, 7)
        awaited = (f"await {name}_wait(i % 3)", f"await {name}_inner(i)", f"await {name}_inner(r)",
                   f"len([j async for j in {name}_many(i % 4)])",
                   f"sum([j async for j in {name}_gen(i) if j != 1])", f"sum([await {name}_wait(j) for j in range(3)])",
                              f"(await {name}_wait(1), r)[0]")  # fmt: skip
        self.write(f"""
class {name}_wait:
    def __init__(self, n): self.n = n
    def __await__(self):
        for i in range(self.n):
            got = yield {self.pick("i", "(i, self.n)", "None")}
            {self.pick("self.n += got or 0", "out('got', got)", "pass", "self.n = self.n if got is None else got & 7")}
        return {self.pick("self.n", "self.n + 1", "3")}
class {name}_many:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        self.n -= 1
        if self.n < 0:
            raise StopAsyncIteration
        {self.pick("pass", f"await {name}_wait(1)", f"return await {name}_wait(self.n & 1)")}
        return self.n
class {name}_guard:
    async def __aenter__(self):
        {self.pick("pass", f"await {name}_wait(1)", "out('in')")}
        return 3
    async def __aexit__(self, *error):
        out('out', error[0])
        {self.pick("pass", f"await {name}_wait(1)")}
        return {self.pick("False", "True", "error[0] is KeyError", "None")}
async def {name}_gen(n):
    for i in range(n):
        try:
            {self.pick("yield i", "got = yield i", f"yield await {name}_wait(i & 1)", f"await {name}_wait(1); yield n")}
        {self.pick("finally:", "except GeneratorExit:")}
            {self.pick("n += 1", "out('gen', i)")}
            {self.pick("pass", "raise" if self.chance(0.5) else "pass")}
async def {name}_inner(x):
    try:
        if x {self.pick("% 3 == 2", "> 4", "== 1")}:
            {self.pick(f"raise {self.pick(*RAISED)}(x)", f"return await {name}_wait(2)", "return x")}
        return x + await {name}_wait({self.pick("1", "x % 3", "0")})
    finally:
        {self.pick("x += 1", "out('inner', x)")}
async def {name}(x0):
    r = 0
    for i in range({rounds}):
        try:
            r += {self.pick(*awaited)}
            async with {name}_guard(){self.pick("", " as k", f" as k, {name}_guard() as q")}:
                r ^= {self.pick(*awaited)}
                if i == {self.random.randint(0, rounds)}:
                    {self.pick(f"raise {self.pick(*RAISED)}(i)", "continue", "break", "return r", "r += 1")}
            async for j in {self.pick(f"{name}_many(i)", f"{name}_gen(i % 4)")}:
                r += {self.pick("j", "1", f"await {name}_wait(j & 1)")}
                if j == {self.random.randint(0, 3)}:
                    {self.pick("break", "continue", "pass", "raise KeyError(j)", "return -r")}
            else:
                r += 1
        except {self.pick(*CAUGHT)} as error:
            r += {self.pick("1", "len(error.args)")}
            {self.pick("pass", f"await {name}_wait(1)", "out(error)", "raise")}
        finally:
            {self.pick("pass", "r = r % 10007", f"r += await {name}_wait(1)", "out('f', i)")}
    return r
def {name}_(x0):
    one, steps = {name}(x0), 0
    try:
        while True:
            {self.pick("one.send(None)", "out(one.send(None))", "one.send(steps if steps else None)")}
            steps += 1
            if steps == {self.random.randint(2, 30)}:
                {self.pick("one.throw(ValueError(steps))", "pass", "one.throw(KeyError)", "one.close()", "break")}
    except StopIteration as done:
        return done.value
    except {self.pick("ValueError", "RuntimeError", "Exception")} as error:
        out(error)
    finally:
        one.close()
    return steps
""")
        self.driven(name + "_", "any")

    def decorated(self) -> None:
        name = self.fresh("de")
        outer = ("", "", f"@{name}_count", "@functools.lru_cache(maxsize=4)", f"@{name}_count\n@functools.cache", f"@{name}_with(2)",
                 f"@{name}_with(1)\n@{name}_count", "@(lambda f: f)")
        self.write(f"""
def {name}_count(f):
    calls = 0
    {self.pick("@functools.wraps(f)", "# plain")}
    def wrapper(*a, **k):
        nonlocal calls
        calls += 1
        {self.pick("out('call', calls)", "pass", "k.setdefault('b', calls) if calls == 5 else None")}
        return f(*a, **k)
    return wrapper
def {name}_with(n):
    def decorate(f):
        def wrapper(x, b={self.small()}):
            return f(x + n, b) {self.pick("", "+ n", "- b")}
        return wrapper
    return decorate
{self.pick(*outer)}
def {name}(a, b=1):
    return {self.pick("a + b", "a * b", "(a ^ b) & 255", "a - b if a > b else b")}
class {name}_class:
    n = 0
    @functools.cached_property
    def once(self):
        {name}_class.n += 1
        return {name}_class.n
    @{name}_count
    def m(self, x): return x + {name}_class.n
    {self.pick(f"@{name}_with(3)", "@staticmethod", "@functools.singledispatch")}
    def s(x, b=2): return (x, b)[0]
def {name}_(x0):
    r, one = 0, {name}_class()
    add = functools.partial({name}, {self.pick("x0", "3", "r", "b=x0")})
    for i in range({self.random.randint(2, 9)}):
        r += {self.pick(f"{name}(i)", f"{name}(i, x0)", f"{name}(i, b=i)", "add(2) if add.args else add(i)", f"{name}(i % 3)")}
        r ^= {self.pick("one.once", "one.m(i)", f"{name}_class().once", f"{name}_class.s(i) if i else 1")}
        {self.pick("pass", "if i == 3: del one.once", f"if i == 4: {name}_class.m = lambda self, x: 2")}
    return r
""")  # fmt: skip
        self.driven(name + "_")

    def dataclass(self) -> None:
        name = self.fresh("dc")
        options = ", ".join(option + "=True" for option in ("frozen", "order", "slots", "unsafe_hash", "kw_only") if self.chance(0.3))
        self.write(f"""
@dataclasses.dataclass({options})
class {name}_d:
    x: int = 1
    y: float = {self.pick("0.5", "2", "nan")}
    z: list = dataclasses.field(default_factory=list{self.pick("", ", compare=False", ", repr=False")})
    {self.pick("def __post_init__(self): out('post', self.x)", "w: int = 0", "rate = 3")}
    def m(self, n): return self.x {self.pick("+", "*", "-")} n
def {name}(x0):
    p, r = {name}_d({self.pick("", "x=x0", "x=2, y=1.5")}), []
    for i in range({self.random.randint(3, 9)}):
        try:
            q = {self.pick(f"{name}_d(x=i)", "dataclasses.replace(p, x=i)", f"{name}_d(x=i, y=i / 2)", f"{name}_d(x=x0, z=[i])")}
            {self.pick("p.x += i", "q.z.append(i)", "p.y = i", "p, q = q, p", "del q.x", "p = q", "q.w = 5", "q.z = p.z")}
            r.append({self.pick("p == q", "p < q", "p.m(i)", "hash(q) % 7 if q.y == q.y else 0", "repr(q)[:20]", "q.x", "p.z is q.z",
                       "(p, 1) == (q, 1)",
                       "p != 3",
                                "dataclasses.astuple(q)[:2]", "max(p, q).x", "p.y + q.y", "q.rate")})
            match q:
                case {name}_d(x={self.pick("1", "0 | 2", "int() as k", "k")}):
                    r.append({self.pick("i", "0", "q.x")})
        except (TypeError, AttributeError, ValueError) as error:
            r.append(type(error).__name__)
    return r[-7:]
""")  # fmt: skip
        self.driven(name, "list")

    def made_classes(self) -> None:
        """Enumerations and named tuples."""
        name = self.fresh("en")
        self.write(f"""
class {name}_e(enum.{self.pick("Enum", "IntEnum", "IntFlag", "Flag")}):
    A = 1
    B = 2
    C = 4
    {self.pick("D = 1", "def twice(self): return self.value * 2", "@property\n    def more(self): return self.name + '!'")}
class {name}_t(typing.NamedTuple):
    x: int
    y: float = 0.5
    def m(self): return self.x * 2
def {name}(x0):
    p, r = {name}_t(x0), []
    for i in range({self.random.randint(3, 9)}):
        e = {self.pick(f"{name}_e(i % 5 or 1)", f"[*{name}_e][i % 3]", f"{name}_e['ABC'[i % 3]]")} if i % 5 != 3 else {name}_e.A
        {self.pick("p = p._replace(x=i)", "pass", f"p = {name}_t(i, x0)", f"p = {name}_t(*p)")}
        r.append({self.pick(f"e is {name}_e.A", "e.value", "e.name", f"e == {name}_e.B", "p.x + e.value", "p.m()", "p[0]", "p == (i, 0.5)",
                            f"e in ({name}_e.A, {name}_e.C)", "{e: i}[e]", "x0 if e else i", "len(p)", "hash(p) % 5 if p.x == i else 0",
                                       "p + (1,)")})
        match e:
            case {name}_e.A:
                r.append(1)
            case {name}_e.B{self.pick("", f" | {name}_e.C")} if i:
                r.append(2)
        x, y = p
        {self.pick("r.append(x)", "r.append(y)", "x += 1")}
    return r[-7:]
""")  # fmt: skip
        self.driven(name, "list")

    def blocks(self) -> None:
        """Loops, `try` and `with` in one another, and ways out of them."""
        name = self.fresh("bl")
        self.write(f"""
class {name}_eat:
    def __init__(self, *kinds): self.kinds = kinds
    def __enter__(self): return self.kinds
    def __exit__(self, kind, error, traceback):
        {self.pick("pass", "out('eat', error)", "if kind is IndexError: raise KeyError(5)")}
        return kind is not None and issubclass(kind, self.kinds)
def {name}(x0):
    r = x0
""")
        self.indent += 1
        self.block_tree(name, self.random.randint(2, 4), 0)
        self.indent -= 1
        self.write("    return r")
        self.driven(name)

    def block_tree(self, name: str, depth: int, loops: int) -> None:
        """Statements on `r`, with as many blocks in one another."""
        step = self.pick("r += 1", "r = r * 3 % 1009", "r ^= 5", "out(r)", "r -= 2")
        self.line(step)
        if depth == 0:
            ways = [f"raise {self.pick(*RAISED)}(r)", "return r", "r += 7", "r // 0", "return -1"]
            if loops:
                ways += ["break", "continue"] * 2
            self.line(f"if r % {self.random.randint(2, 5)} == {self.random.randint(0, 3)}: {self.random.choice(ways)}")
            return
        which = self.random.randrange(6)
        if which <= 1 and loops < 3:
            variable = f"i{loops}"
            self.line(self.pick(f"for {variable} in range({self.random.randint(1, 6)}):",
                                f"for {variable} in (1, {self.small()}, 'x')[:{self.random.randint(1, 3)}]:"))
            self.branch(name, depth - 1, loops + 1)
            if self.chance(0.3):
                self.line("else:")
                self.branch(name, 0, loops)
        elif which == 2:
            self.line(f"with {name}_eat({self.pick('ValueError', 'KeyError, TypeError', 'Exception', '')}){self.pick('', ' as q',
                       f', {name}_eat(KeyError)')}:")
            self.branch(name, depth - 1, loops)
        elif which == 3:
            self.line("try:")
            self.branch(name, depth - 1, loops)
            self.line(f"except {self.pick(*CAUGHT)}{self.pick('', ' as error')}:")
            self.branch(name, self.random.randint(0, 1), loops)
            if self.chance(0.3):
                self.line("else:")
                self.branch(name, 0, loops)
        elif which == 4:
            self.line("try:")
            self.branch(name, depth - 1, loops)
            self.line("finally:")
            self.branch(name, self.random.randint(0, 1), loops)
        else:
            self.line(f"if r & {self.random.randint(1, 3)}:")
            self.branch(name, depth - 1, loops)
            self.line("else:")
            self.branch(name, self.random.randint(0, depth - 1), loops)
        if self.chance(0.4):
            self.line(self.pick("r += 3", "out('after', r)", "r = r % 31"))

    def branch(self, name: str, depth: int, loops: int) -> None:
        self.indent += 1
        self.block_tree(name, depth, loops)
        self.indent -= 1

    def looking(self) -> None:
        """Functions that look at their callers."""
        name = self.fresh("lo")
        self.write(f"""
def {name}_look():
    frame = sys._getframe(1)
    out(frame.f_lineno, sorted(frame.f_locals), frame.f_code.co_name, frame.f_lasti)
    {self.pick("pass", "out(frame.f_locals.get('r'))", "frame.f_locals['r'] = 5", "out(frame.f_back.f_code.co_name, frame.f_back.f_lineno)",
               "out(repr(sys.exception()))", "frame.f_locals['new'] = 1")}
    return 1
def {name}_deep(n):
    return {name}_deep(n - 1) if n else {name}_look()
def {name}(x0):
    r = 0
    for i in range({self.random.randint(3, 12)}):
        try:
            r += {self.pick("i", "x0", "2.5")}
            if i {self.pick("% 4 == 3", "== 5", "> 6", "& 2")}:
                r += {self.pick(f"{name}_look()", f"{name}_deep(2)", f"[{name}_look() for j in range(2)][0]", "len(locals())", "[][i]")}
            {self.pick("extra = i", "pass", "if i == 4: del r; r = 1")}
        except {self.pick("IndexError", "Exception")} as error:
            {self.pick(f"{name}_look()", "r -= 1", "out(error.__traceback__.tb_lineno, sys.exception() is error)")}
    return r
""")  # fmt: skip
        self.driven(name, "any")

    def shared_iterator(self) -> None:
        """An iterator that several loops take from, and containers that change meanwhile."""
        name = self.fresh("it")
        over = self.pick("iter(range(x0 % 9 + 4))", "iter([1, 2, 3, 4, 5, 6, 7])", "(j * j for j in range(9))", "iter('abcdefgh')",
                   "enumerate('abcdef')",
                         "zip(range(6), 'abcdefg')", "iter({1: 2, 3: 4, 5: 6, 7: 8}.items())", "reversed([1, 2, 3, 4, 5])",
                                    "itertools.count(x0)",
                         "map(lambda j: j + 1, range(8))", "iter((1, 2.5, 'x', None, 4, 5))", "itertools.cycle('ab')")  # fmt: skip
        self.write(f"""
def {name}(x0):
    it, items, r = {over}, {self.pick("[1, 2, 3]", "{1: 2, 3: 4}", "{5, 6, 7}", "[x0] * 4")}, []
    for i, one in zip(range({self.random.randint(3, 12)}), it):
        r.append(one)
        {self.pick("r.append(next(it, None))", "for q in it: break", "if i == 2: r.extend(itertools.islice(it, 2))", "pass",
                   "r.append(one in it) if i == 3 else 0",
                   "q, *w = [next(it, 0), 2]", "if i == 4: it = iter(r)")}
    try:
        for one in items:
            {self.pick("items.append(one) if len(items) < 9 else None", "items[one] = 3", "items.pop()", "r.append(one)",
                       "items.remove(one)",
                       "items |= {one}", "del items[one]", "if len(r) > 5: items.clear()", "items.add(one + 10) if one < 3 else 0")}
            r.append(len(items))
            if len(r) > 25: break
        else:
            r.append('else')
    except (RuntimeError, AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
        r.append(type(error).__name__)
    while {self.pick("(one := next(it, None)) is not None", "len(r) < 20 and (one := next(it, 0))", "r and r[-1]")}:
        r.append(one)
        i += 1
        if len(r) + i > 40: break
        {self.pick("pass", "r.pop(0)", "if len(r) % 3 == 0: continue")}
    return r[-6:]
""")  # fmt: skip
        self.driven(name, "list")

    def metaclass(self) -> None:
        name = self.fresh("me")
        self.write(f"""
class {name}_type(type):
    def __call__(cls, *a):
        one = {self.pick("super().__call__(*a)", "type.__call__(cls, *a)", "cls.__new__(cls, *a); one.__init__(*a)")}
        {self.pick("pass", "cls.made = getattr(cls, 'made', 0) + 1", "out('made', cls.__name__)")}
        return one
    {self.pick("def __len__(cls): return 4", "def __getattr__(cls, name): return 6 if name == 'six' else type.__getattribute__(cls, name)",
               "def __instancecheck__(cls, one): return one == 3 or type.__instancecheck__(cls, one)",
                          "def __iter__(cls): return iter((1, 2))", "x = 1")}
class {name}_base(metaclass={name}_type):
    def __new__(cls, *a): return {self.pick("super().__new__(cls)", "object.__new__(cls)")}
    def __init__(self, n=0): self.n = n
    def __init_subclass__(cls, **more): cls.tag = {self.pick("len(more)", "cls.__name__")}
    def who(self): return 1
class {name}_left({name}_base):
    def who(self): return super().who() + {self.pick("2", "self.n")}
class {name}_right({name}_base{self.pick("", ", k=1")}):
    def who(self): return super().who() * {self.pick("3", "2")}
class {name}_both({self.pick(f"{name}_left, {name}_right", f"{name}_right, {name}_left")}):
    {self.pick("pass", "def who(self): return -super().who()", "who = lambda self: super(" + name + "_both, self).who()")}
def {name}(x0):
    r = 0
    for i in range({self.random.randint(3, 10)}):
        one = ({name}_both, {name}_left, {self.pick(f"{name}_base", f"{name}_right")})[i {self.pick("% 3", "// 4 % 3", "& 1")}](i)
        r += one.who()
        try:
            r ^= {self.pick("isinstance(one, " + name + "_left)", f"isinstance(3, {name}_base)", f"len({name}_base)", f"{name}_both.six",
                       "len(str(one.tag))",
                            f"sum({name}_left)", f"getattr({name}_both, 'made', 0)", f"issubclass(type(one), {name}_left)",
                                       "type(one).__mro__.index(object)")}
        except (TypeError, AttributeError) as error:
            r += 1
        {self.pick("pass", f"if i == 5: {name}_both.__bases__ = ({name}_right,)", f"if i == 4: del {name}_left.who",
                   f"if i == 3: {name}_base.who = lambda self: 9",
                   f"if i == 4: one.__class__ = {name}_right; r += one.who()")}
    return r
""")  # fmt: skip
        self.driven(name)

    def trees(self) -> None:
        """Objects that refer to one another, walked in several ways."""
        name = self.fresh("tr")
        slots = "__slots__ = ('left', 'right', 'value', 'size')" if self.chance(0.4) else "size = 1"
        self.write(f"""
class {name}_node:
    {slots}
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right
        {self.pick("self.size = 1 + (left.size if left else 0)", "self.size = 2", "self.size = value & 3")}
    def insert(self, value):
        if value < self.value:
            if self.left is None: self.left = {name}_node(value)
            else: self.left.insert(value)
        elif {self.pick("self.right is None", "not self.right")}: self.right = {name}_node(value)
        else: self.right.insert(value)
    def __iter__(self):
        {self.pick("if self.left: yield from self.left", "yield from self.left or ()")}
        yield self.value
        if self.right:
            {self.pick("yield from self.right", "for value in self.right: yield value")}
    def total(self):
        return self.value + {self.pick("sum(one.total() for one in (self.left, self.right) if one)",
                                       "(self.left.total() if self.left else 0) + (self.right.total() if self.right is not None else 0)")}
    {self.pick("def __bool__(self): return True", "def __del__(self): out('node', self.value)", "def depth(self): return 1")}
def {name}(x0):
    root = {name}_node(50)
    for i in range({self.random.randint(4, 16)}):
        root.insert({self.pick("i * 37 % 101", "x0 * i % 64", "i * i - x0 if x0 < 99 else i", "100 - i")})
    {self.pick("root.left = None", "root.value += 0.5", "root = root.right or root", "pass")}
    one, r = root, 0
    while one is not None:
        r = r * 2 % 1009 + {self.pick("1", "one.size", "one.value")}
        one = one.{self.pick("left", "right")} {self.pick("", "if r % 3 else one.right", "or None")}
        if r > 900: break
    return r + {self.pick("root.total()", "sum(root)", "len([*root])", "next(iter(root))", "max(root, default=0)")}
""")  # fmt: skip
        self.driven(name)

    def executed(self) -> None:
        """The same code under several namespaces."""
        name = self.fresh("ex")
        self.write(f"""
{name}_code = compile('''
def f(n):
    global total
    for i in range(n):
        total {self.pick("+=", "-=", "^=")} i * k
    return total
k = {self.pick("k + 1", "2", "globals().get('k', 1) * 3")}
total = {self.pick("0", "total", "2**31")}
for j in range(6):
    {self.pick("r.append(f(j))", "total += j; r.append(total)", "k = k + j % 2; r.append(k)", "r.append(sum(q * k for q in range(j)))")}
''', 'program.py', 'exec')
def {name}(x0):
    r, spaces = [], [{{'k': i, 'total': 3, 'r': []}} for i in range({self.random.randint(2, 4)})]
    for i in range({self.random.randint(2, 6)}):
        space = {self.pick("spaces[i % len(spaces)]", "{'k': i, 'total': x0, 'r': []}", "spaces[0]", "dict(spaces[-1], r=[])")}
        {self.pick("pass", "space['range'] = lambda n: [1, 2]", "space['k'] = 1.5 if i == 3 else i",
                   "space['__builtins__'] = {'range': range, 'sum': sum, 'globals': globals}")}
        try:
            exec({name}_code, space)
        except (TypeError, NameError, KeyError) as error:
            r.append(error)
        r.append(space['r'][-2:])
        {self.pick("r.append(space['f'](3))", "pass", "r.append(eval('k + total', space))", "del space",
                   "f = types.FunctionType(space['f'].__code__, {'range': range, 'total': i, 'k': 2}); r.append(f(i))")}
    return r[-6:]
""")  # fmt: skip
        self.driven(name, "list", 3)

    def traced(self) -> None:
        """Tools that are turned on and off in the middle."""
        name = self.fresh("tc")
        tool = self.pick("settrace", "setprofile", "settrace")
        first = self.random.randint(1, 6)
        self.write(f"""
{name}_seen = []
def {name}_tool(frame, event, arg):
    if frame.f_code.co_filename == 'program.py':
        {name}_seen.append((event, frame.f_code.co_name, frame.f_lineno{self.pick("", ", type(arg).__name__")}))
        {self.pick("pass", "if event == 'exception': out(arg[0].__name__)", "if len(" + name + "_seen) > 200: sys.settrace(None)")}
    return {self.pick(f"{name}_tool", f"{name}_tool", "None")}
def {name}_work(x):
    r = 0
    for i in range(4):
        {self.pick("r += x * i", "r = r ^ i if x else abs(i)", "r += len([i] * i)")}
    {self.pick("return r", "return r if x % 3 else [][r]", "return max(r, x)")}
def {name}(x0):
    r = 0
    for i in range({self.random.randint(6, 14)}):
        if i == {first}:
            sys.{tool}({name}_tool)
            {self.pick("pass", f"sys._getframe().f_trace = {name}_tool")}
        try:
            r += {name}_work({self.pick("i", "x0", "i % 4")})
        except IndexError:
            r -= 1
        if i == {first + self.random.randint(1, 4)}:
            sys.{tool}(None)
            {self.pick("pass", "sys._getframe().f_trace = None")}
    sys.{tool}(None)
    return r
""")  # fmt: skip
        self.driven(name)
        self.write(f"out(len({name}_seen), {name}_seen[:40], {name}_seen[-20:])")

    def delegating(self) -> None:
        """Generators in generators: values, exceptions and closing go through."""
        name = self.fresh("yf")
        self.write(f"""
def {name}_low(n):
    try:
        for i in range(n):
            try:
                got = yield i
                {self.pick("n = n if got is None else got", "out('low', got)", "pass")}
            except {self.pick("ValueError", "KeyError")} as error:
                {self.pick("yield error.args", "return 7", "raise KeyError(i) from error", "continue")}
        return {self.pick("n", "None", "(n, 1)")}
    finally:
        {self.pick("out('low ends', n)", "n = 0", "yield 'late'" if self.chance(0.2) else "n += 1")}
def {name}_mid(n):
    r = yield from {name}_low(n)
    {self.pick("yield r", "out(r)", "pass")}
    for i in range({self.random.randint(1, 3)}):
        r = yield from {self.pick(f"{name}_low(i)", "(i, r)", "range(i)", f"{name}_low(n - 1) if n > 1 else ()")}
    return r
def {name}(x0):
    r, top = [], {name}_mid({self.pick("x0 % 5", "3", "x0 & 3")})
    try:
        r.append(next(top))
        for i in range({self.random.randint(2, 14)}):
            r.append({self.pick("top.send(i)", "next(top)", "top.send(None)", "next(top, 'end')")})
            if i == {self.random.randint(1, 6)}:
                {self.pick("r.append(top.throw(ValueError(i)))", "top.close()", "pass", "top = " + name + "_low(2); next(top)",
                           "top.throw(KeyError)")}
    except (StopIteration, ValueError, KeyError, TypeError, RuntimeError) as error:
        r.append(type(error).__name__)
        r.extend(error.args)
    return r[-6:]
""")  # fmt: skip
        self.driven(name, "list")

    def fractions(self) -> None:
        """Numbers that are written in Python, and others."""
        name = self.fresh("fr")
        number = self.pick("fractions.Fraction(x0 % 50, 3)", "fractions.Fraction(1, 2)", "complex(x0 % 9, 1)",
                   "decimal.Decimal(x0 % 100) / 7", "2j", "True")
        self.write(f"""
def {name}(x0):
    a, b, r = {number}, {self.pick("1", "0.5", "2", "True", "2**40", "fractions.Fraction(2, 3)")}, []
    for i in range({self.random.randint(2, 8)}):
        try:
            a = a {self.pick("+", "-", "*", "/")} {self.pick("b", "i", "(i + 1)", "a")}
            r.append({self.pick("a == b", "a > i", "-a", "a ** 2", "abs(a)", "bool(a)", "a + b", "b - a", "hash(a) % 97", "i * a",
                       "str(a)[:12]",
                                "a is b", "a // 1", "a % 3", "sum([a, b])", "max(a, b)", "a != i", "int(a) if a == a else 0",
                                           "f'{a}'[:9]")})
        except (TypeError, ZeroDivisionError, OverflowError, ValueError, ArithmeticError) as error:
            r.append(type(error).__name__)
        {self.pick("pass", "a, b = b, a", "if i == 4: a = 2.5", "if abs(a) > 10**9: a = 1")}
    return [one if type(one) in (int, float, bool, str) else str(one)[:12] for one in r[-6:]]
""")  # fmt: skip
        self.driven(name, "list", 4)

    def collections_(self) -> None:
        name = self.fresh("cl")
        made = self.pick("collections.defaultdict(list)", "collections.Counter('abca')", "collections.deque([1, 2, 3], maxlen=5)",
                   "collections.OrderedDict(a=1, b=2)",
                         "collections.defaultdict(int)", "collections.ChainMap({}, {1: 2})", "[3, 1, 2]", "set('abc')",
                                    "types.SimpleNamespace(n=1)", "bytearray(b'ab')")  # fmt: skip
        self.write(f"""
def {name}(x0):
    d, r = {made}, []
    for i in range({self.random.randint(3, 12)}):
        try:
            {self.pick("d[i % 3] += 1", "d[i % 3].append(i)", "d.append(i)", "d['a'] = i", "d.appendleft(d[-1])", "d.n += i",
                       "heapq.heappush(d, i * 7 % 5)",
                       "d.move_to_end('a')", "d.update('ab')", "d.rotate(i)", "d.add(i)", "bisect.insort(d, i % 4)", "d.insert(1, i)",
                                  "d |= {i: i}", "d.discard('a')",
                       "d.extend([i])", "d[1:1] = [i, i]", "d.popitem()", "d.pop()", "d.setdefault(i, x0)")}
            r.append({self.pick("len(d)", "i in d", "d[0]", "d.get(i)", "str(sorted(d, key=str))[:20]", "next(iter(d))", "list(d)[-2:]",
                       "bool(d)", "d.n", "d == d.copy()",
                                "d.most_common(1)", "sum(map(len, map(str, d)))", "operator.itemgetter(1)(d)",
                                           "functools.reduce(lambda a, b: a + b, d)",
                                "[k for k, _ in itertools.groupby(d)]", "dict(d)")})
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, StopIteration) as error:
            r.append(type(error).__name__)
    return [one if type(one) in (int, float, bool, str, list) else str(one)[:30] for one in r[-6:]]
""")  # fmt: skip
        self.driven(name, "list")

    def cycles(self) -> None:
        """Objects that only the collector frees, weak references and what they call."""
        name = self.fresh("cy")
        self.write(f"""
class {name}_node:
    def __init__(self, n):
        self.n, self.me = n, {self.pick("self", "None", "[self]", "lambda: self")}
    def __del__(self): {self.pick("out('gone', self.n)", f"{name}_kept.append(self) if self.n == 3 else None", "self.n += 1")}
{name}_kept = []
def {name}(x0):
    r, ref, last = 0, None, None
    for i in range({self.random.randint(3, 9)}):
        one = {name}_node(i)
        {self.pick("ref = weakref.ref(one, lambda ref: out('dead'))", "one.other, last = last, one", "ref = weakref.proxy(one)",
                   "weakref.finalize(one, out, 'final', i)",
                   "ref = weakref.ref(one)", "last = [one, last]")}
        {self.pick("one.me = None", "del one", "pass", "one = None", "one.__dict__.pop('me')")}
        if i {self.pick("== 4", "% 3 == 2", "== 2")}:
            {self.pick("gc.collect()", "last = None", "pass", "gc.collect(); r += 1")}
        r += {self.pick("i", "ref is not None", "len(" + name + "_kept)", "callable(ref) and ref() is None")}
    {self.pick("pass", "last = None", "del last", "gc.collect()")}
    {self.pick(f"{name}_kept.clear()", "pass")}
    return r
""")  # fmt: skip
        self.driven(name)
        self.write("gc.collect()")

    def overriding(self) -> None:
        """Classes that take attribute access, subscripts and the built-in types into their own hands."""
        name = self.fresh("ov")
        self.write(f"""
class {name}_any:
    {self.pick("def __getattribute__(self, name): return 4 if name == 'four' else object.__getattribute__(self, name)", "four = 4",
               "def __getattr__(self, name): return len(name)")}
    {self.pick("def __setattr__(self, name, value): object.__setattr__(self, name, value + 1 if name == 'n' else value)",
               "__slots__ = ('n', '__dict__')", "def __delattr__(self, name): out('del', name)")}
    def __init__(self, n): self.n = n
class {name}_int(int):
    {self.pick("def __add__(self, other): return 5", "def __hash__(self): return 1", "def __index__(self): return 2",
               "def __eq__(self, other): return True", "x = 3")}
class {name}_dict(dict):
    {self.pick("def __missing__(self, key): return key", "def __getitem__(self, key): return 3",
               "def __contains__(self, key): return True", "def get(self, key, default=None): return 8")}
class {name}_list(list):
    {self.pick("def __len__(self): return 2", "def __getitem__(self, i): return i",
               "def append(self, one): list.append(self, one); list.append(self, 0)", "def __iter__(self): return iter((7, 8))")}
class {name}_str(str):
    {self.pick("def __eq__(self, other): return False", "def __hash__(self): return 3", "def upper(self): return 'U'",
               "def __len__(self): return 1")}
def {name}(x0):
    a, n, d, l, s, r = {name}_any(2), {name}_int(x0 % 100), {name}_dict(a=1), {name}_list([1, 2, 3]), {name}_str('abc'), []
    {self.pick("pass", "n = 7", "d = {'a': 1}", "l = [1, 2]", "s = 'abc'")}
    for i in range({self.random.randint(3, 10)}):
        try:
            {self.pick("a.n += 1", "l.append(i)", "d[i] = n", "l[0] = i", "s += 'x'", "a.new = i", "del a.n; a.n = 1", "n += 1",
                       "d[s] = i", "l += [n]", "d.update(b=i)")}
            r.append({self.pick("a.four", "a.n", "n + i", "i + n", "d['b']", "d.get('zz')", "'q' in d", "len(l)", "l[1]", "[*l]",
                       "s == 'abc'", "len(s)", "s.upper()", "sum(l)",
                                "n == 3", "n < i", "{n: 1}.get(x0 % 100)", "[1, 2, 3][n % 3]", "range(5)[n & 3]", "i if n else -i",
                                           "sorted(d, key=str)", "max(n, i)", "f'{s}{n}'",
                                "a.zzz", "s in d", "l == [1, 2, 3]", "list(zip(l, s))", "isinstance(n, int) + 1", "n * 2.5",
                                           "type(n + 0).__name__", "str(n)", "n is i", "divmod(n, 7)")})
        except (TypeError, AttributeError, KeyError, IndexError) as error:
            r.append(str(error))
        {self.pick("pass", "if i == 4: n = i", "if i == 5: l = [5, 6]", f"if i == 4: {name}_int.__add__ = lambda self, other: 6",
                   f"if i == 3: a = {name}_any(9)")}
    return [one if type(one) in (int, float, bool, str, list) else str(one)[:20] for one in r[-6:]]
""")  # fmt: skip
        self.driven(name, "list")
