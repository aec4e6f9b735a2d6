"""Variables and attributes that code relies on and other code rebinds: functions, destructors, and whoever has the namespace as a dict."""

from __future__ import annotations

from collections.abc import Callable

from .made import Made


class Rebound(Made):
    def shapes(self) -> list[Callable[[], None]]:
        return [*super().shapes(), self.replacing, self.aliasing]

    def replacing(self) -> None:
        """Variables whose values die when another function rebinds them, in the middle of a loop that relies on them."""
        name = self.fresh("rp")
        every, at = self.random.randint(3, 6), self.random.randint(0, 3)
        calls = (f"{name}_hit(i)", f"list(map({name}_hit, [i]))[0]", f"sum(map({name}_hit, (i, i + 1)))", f"max([i], key={name}_hit)",
                 f"{name}_hit.__call__(i)", f"sorted([i, 1], key={name}_hit)[0]", f"{name}_C(i) + i", f"{name}_use({name}_v, i)",
                 f"{name}_H.v.get(i)", f"list(map({name}_use, [{name}_v], [i]))[0]", f"{name}_v.get(i)", f"{name}_v + i",
                 f"next({name}_items(i))")
        reads = (f"{name}_v.n", f"{name}_v.get(i)", f"{name}_H.v.n", f"{name}_H.v.get(1)", f"{name}_w[0].n",
                 f"{name}_v.n + {name}_H.v.n", "1")
        changes = (f"{name}_v = {name}_C(k)", f"{name}_H.v = {name}_C(k)", f"del {name}_v; {name}_v = {name}_C(k)",
                   f"globals()['{name}_v'] = {name}_C(k)", f"{name}_v, {name}_w = {name}_C(k), ({name}_v, 1)",
                   f"{name}_w = ({name}_C(k),)", f"{name}_v = {name}_H.v", f"setattr({name}_H, 'v', {name}_C(k))")
        self.write(f"""
class {name}_C:
    {self.pick("pass", "__slots__ = 'n',", "__slots__ = 'n', '__weakref__'")}
    def __init__(self, n): self.n = n
    def __del__(self): out('{name}', self.n)
    def __add__(self, other): return self.n + {name}_hit(other)
    def get(self, k):
        {self.pick("return self.n + k", f"return {name}_hit(k) + self.n", f"k += sum(map({name}_hit, [k])); return k + self.n")}
{name}_v = {name}_C(-1)
{name}_w = {name}_C(-3),
class {name}_H:
    v = {name}_C(-2)
def {name}_hit(k):
    global {name}_v, {name}_w
    if k % {every} == {at}:
        {self.pick(*changes)}
        out('hit', k)
        {self.pick("pass", self.pick(*changes))}
        {self.pick("out('more', k)", "pass", f"if k == {self.random.randint(2, 9)}: raise ValueError(k)")}
    return k
def {name}_use(one, k):
    {self.pick("pass", f"{name}_hit(k)")}
    {self.pick("r = one.n", "r = one.get(k)", "r = one + k", "one = None; r = k")}
    {self.pick("pass", "del one", "out('used', k)")}
    return r
def {name}_items(k):
    yield {name}_v.n + {name}_hit(k)
    yield {name}_v.n
def {name}(x0):
    r = 0
    for i in range(x0 % 5 + {self.random.randint(4, 9)}):
        {self.pick("pass", f"one = {name}_v", f"one = {name}_H.v; r ^= one.n")}
        r += {self.pick(*reads)}
        {self.pick("pass", "one = None", "pass")}
        try:
            r += {self.pick(*calls)}
        except {self.pick("ValueError", "KeyError")} as error:
            out('caught', str(error))
        {self.pick("pass", "out('then', i)", f"if i == {self.random.randint(2, 7)}: out('then', i)")}
        r += {self.pick(*reads)}
    return r
""")
        self.add(name, ("int",), heavy=True)

    def aliasing(self) -> None:
        """A namespace that a loop gets as a dict, or as the object whose attributes it has, and stores into, as into any other."""
        name = self.fresh("al")
        number = self.pick("k", "k * 0.5", "2**62 + k", "v + 1", "w")
        stores = (f"space['v'] = {number}", f"owner.v = {number}", f"space[{self.pick("'w'", 'key')}] = {number}", f"owner.w = {number}",
                  f"space.update(v={number})", f"space |= {{'w': {number}}}", f"if k == 3: space['v'] = {number}", "pass",
                  f"space.pop('v', 0); space.setdefault('v', {number})", "del space['w']; space['w'] = k",
                  f"item = space.popitem(); space[item[0]] = {number}", f"setattr(owner, 'w', {number})", f"vars(owner)['v'] = {number}",
                  f"globals()['w'] = {number}", "space['f'] = g if k & 1 else h", "owner.f = g", "space['len'] = lambda x: k")
        reads = ("r.append(v)", "r.append(w)", "r.append(f())", "r.append((v, w))", "r.append(len('ab'))", "r.append(owner.v)",
                 "r.append(space['w'])", "r.append(g() + h())", "pass")
        loop = [self.pick(*reads), self.pick(*stores), self.pick(*reads), self.pick(*stores), self.pick(*reads)]
        header = "def loop(owner, space, n, r, key):" if self.chance(0.7) else self.pick("if n:", "if True:")
        rounds = self.pick("range(n)", "[*range(n)]", "range(0, n * 2, 2)")
        body = "\n".join([header, f"    for k in {rounds}:", *[f"        {line}" for line in loop]])
        self.write(f"""
class {name}_N:
    {self.pick("pass", "n = r = owner = space = key = None")}
    def __init__(self):
        self.k = self.f = self.g = self.h = None
        self.v, self.w = 1, {self.pick("2", "0.5", "'w'")}
{name}_code = compile({body!r}, 'made', 'exec')
def {name}(x0):
    owner, other = {name}_N(), {name}_N()
    space = {self.pick("vars(owner)", "vars(owner)", "dict(vars(owner))")}
    space['f'] = space['g'] = lambda: space['v']
    space['h'] = lambda: space['w']
    vars(other).update({self.pick("space", "f=lambda: 1", "v=7")})
    r = []
    for who in {self.pick("'ooss'", "'ossos'", "'sos'", "'oooss'")}:
        one, names = (owner, space) if who == 's' else (other, {self.pick("vars(other)", "dict(space)", "{'v': 0, 'w': 1}")})
        n = x0 % 4 + {self.random.randint(2, 9)}
        try:
            space.update(owner=one, space=names, n=n, r=r, key='v')
            exec({name}_code, space)
            if 'loop' in space:
                space['loop'](one, names, n, r, 'v')
        except Exception as error:
            r.append(str(error))
        r.append(sorted(set(vars(owner)) & {{'v', 'w', 'f', 'k', 'len'}}))
    {self.pick("pass", "del one, names, owner, other")}
    return len(str(r)) if {self.pick("1", "0")} else sum(map(ord, str([x for x in r if type(x) in (int, float, tuple, str)])))
""")
        self.add(name, ("int",), heavy=True)
