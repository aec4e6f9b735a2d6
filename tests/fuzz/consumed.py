"""Generators that are gone through: by loops, by C functions, by one another; in part, to their ends, and up to an exception."""

from __future__ import annotations

from collections.abc import Callable

from .disguises import Disguises


class Consumed(Disguises):
    def shapes(self) -> list[Callable[[], None]]:
        return [*super().shapes(), self.consumed, self.consumed, self.expressed]

    def consumed(self) -> None:
        """A generator function with state of its own, and functions that take its items."""
        name = self.fresh("cg")
        self.write(f"""
class {name}_dies:
    def __init__(self, n): self.n = n
    def __del__(self): out('dies', self.n)
def {name}_gen(n, x={self.small()}, *, step={self.pick("1", "2", "3")}):
    a = {self.pick("0", "x", "1.5", "n", "2**62", f"{name}_dies(n)", "[n]", "None")}
    for i in {self.pick("range(n)", "range(0, n * step, step)", "[n, 1, 2.5, n]", "(3, n)", "enumerate(range(n))", "'abc'",
                        f"[{name}_dies(4)]", "reversed(range(n))", "zip(range(n), 'abcd')", "{1: 2, n: 4}")}:
        {self.pick("b = i", "b = n * step", f"b = {name}_dies(n)", "b = 1", "a, b = i, a", "if n % 2: b = i")}
        {self.pick("pass", "yield n", "if n & 1: yield a", "if n == 5: return", "n += step", "out('in', n)",
                   f"if n == 4: x = 1 // {self.pick('x', '0')}", "x = seen[-1] if seen else x", "a = now")}
        yield {self.pick("i", "n", "x", "(i, n)", "a", "[i]", "n * 0.5", "i if n % 3 else n", "str(n)", f"{name}_dies(i)", "b", "n + x")}
        {self.pick("pass", "n += 1", "x = i", "a = n", "yield x", "step += 1", "del a; a = n", "out('after', n)", "b = None", "a = b")}
    {self.pick("pass", "yield 'last'", "return n", "raise StopIteration(n)", "raise ValueError(n)", f"a = {name}_dies('end')",
               "yield a; yield b")}
def {name}_in(xs):
    for x in xs:
        {self.pick("pass", "if x == 3: continue", "x = (x, 1)", "out('mid')" if self.chance(0.3) else "pass")}
        yield {self.pick("x", "(x, x)", "x", "len(seen)")}
        {self.pick("pass", "pass", "next(xs, 0)", "x = None", "if len(seen) > 9: return")}
def {name}_part(xs, r):
    for x in xs:
        r.append({self.pick("1", "str(x)[:5]", "x if type(x) in (int, float) else 0")})
        {self.pick("pass", "if len(r) % 3 == 0: break", "if len(r) == 4: return r", "if len(r) == 7: xs = [8, 9]",
                   "if len(r) == 5: raise KeyError(x)")}
    {self.pick("return r", "for x in xs: r.append(0)", "r.append(str(next(xs, 'none'))[:5])", "r.append(xs.gi_frame is None)")}
    return r
""")

        def taken() -> str:
            return self.pick(f"{name}_gen(m)", f"{name}_gen(m, m)", f"{name}_gen(m, step=2)", f"{name}_in({name}_gen(m))",
                             f"(y for y in {name}_gen(m))", f"{name}_in({name}_in({name}_gen(m, i)))",
                             f"(y for y in {name}_in({name}_gen(m)) if y != 2)", f"((y, z) for y in range(m) for z in {name}_gen(y))")

        self.write(f"""
def {name}(x0):
    r, m = [], x0 % {self.random.randint(2, 9)}
    for i in range({self.random.randint(3, 12)}):
        try:
            for item in {taken()}:
                r.append({self.pick("i", "0", "type(item).__name__", "len(r)")})
                {self.pick("pass", "if len(r) % 4 == 3: break", "m = (m + 1) % 7", "if i == 5: continue", "if len(r) > 40: return r[-5:]",
                           "seen.append(i)", "out('item', i)", "m //= i - 6" if self.chance(0.3) else "pass")}
            {self.pick("pass", "else: r.append('all')", "else: out(m)")}
            r.append({self.pick("sum", "any", "all", "list", "sorted", "set", "tuple", "max", "min")}(
                {self.pick("1", "m", "type(item).__name__ != 'int'", "m * 0.5")} for item in {taken()}))
            {self.pick("pass", f"r += {name}_part({taken()}, [])", f"r.append(len({name}_part({taken()}, [])))",
                       f"m += len({name}_part({taken()}, [])) % 3")}
            item = {self.pick("1", "None", "r[-1]", "i")}
        except (TypeError, ValueError, RuntimeError, ZeroDivisionError, KeyError, UnboundLocalError) as error:
            r.append(str(error)[:40])
        m = {self.pick("m + 1", "i", "(m * 3) % 8", "m", "i * 2 % 7")}
    return r[-6:]
""")  # fmt: skip
        self.driven(name, "list")

    def expressed(self) -> None:
        """Generator expressions given to C functions."""
        name = self.fresh("ge")

        def source() -> str:
            return self.pick("xs", "range(len(xs))", "xs", "enumerate(xs)", "zip(xs, xs)", "(y for y in xs)", "[*xs, 2.5]", "xs[::-1]",
                             "(k, *xs)")

        def given() -> str:
            item = self.pick("x", "k", "str(x)", "(x, k)", "x == k", "x and 1", "k * 2", f"{name}_of(x)", "[x]", "0.1", "len(xs)",
                             "x if k & 1 else k", "2**62")
            return f"{item} for x in {source()}" + self.pick("", "", " if x", " if k > 2", " for y in (1, 2)", " if x != k")

        def numbers() -> str:
            return self.pick("k", "0.5 * k", "1", "len(str(x))", "0.1", "k % 3 or 2.5", "True", "2**62", "1e16 if k & 1 else 1.0", "-k",
                             "k if k % 2 else 0.1 * k")

        self.write(f"""
def {name}_of(x):
    {self.pick("return x", "return (x, 1)[0]", "out('of'); return x" if self.chance(0.3) else "return x", "return now")}
def {name}(x0):
    r, k = [], x0 % {self.random.randint(3, 9)}
    xs = {self.pick("list(range(6))", "[1, 2.5, 3]", "(1, 2, 3, 2**63)", "['a', 'b']", "[x0, 0, 1, -1]")}
    for i in range({self.random.randint(4, 14)}):
        try:
            r.append({self.pick("any", "all", "list", "tuple", "sorted", "min", "max", "set")}({given()}))
            r.append(sum({numbers()} for x in {source()}))
            r.append({self.pick("','.join(str(x) for x in xs)", "len([*(" + given() + ")])", f"sum({given()})", f"any({given()})",
                                f"list({given()})[:2]", f"dict((k, x) for x in {source()})", f"max({numbers()} for x in xs)",
                                f"''.join({given()})", f"all({numbers()} for x in {source()})",
                                "sum(sum(1 for y in xs if y == x) for x in xs)")})
        except (TypeError, ValueError, OverflowError) as error:
            r.append(str(error)[:40])
        {self.pick("k += 1", "k = i", "xs = [*xs, k][-6:]", "xs = xs[1:] or [1]", "k = -k + 1", "k += 0.5")}
    return [str(one)[:60] for one in r[-7:]]
""")  # fmt: skip
        self.driven(name, "list")
