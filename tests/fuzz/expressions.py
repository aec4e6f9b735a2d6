"""Random expressions by kind. Kinds are what a variable usually holds; nothing keeps a program from holding something else there."""

from __future__ import annotations

import random
from collections.abc import Callable

KINDS = ("int", "float", "bool", "str", "list", "floats", "dict", "tuple", "object", "any")
INTS = ("0", "1", "2", "3", "5", "-1", "-2", "-5", "-6", "7", "10", "13", "63", "64", "255", "256", "257", "1000", "2**15", "2**30 - 1", "2**30", "-2**30",
        "2**31 - 1", "2**31", "2**32", "2**53 + 1", "2**60", "2**62 - 1", "2**62", "2**63 - 1", "-2**63", "2**63", "2**64 + 3", "-2**64")  # fmt: skip
FLOATS = ("0.0", "-0.0", "1.0", "0.5", "-2.5", "0.1", "3.75", "1e308", "-1e308", "5e-324", "2.0**53", "1e18", "inf", "-inf", "nan", "123456.789")
STRINGS = ("''", "'a'", "'b'", "'abc'", "'xyz'", "'hello'", "'\\xe9'", "'\\u20ac1'", "'0'", "'12'", "('A' * 3)", "'\\U0001f600z'")
ATTRIBUTES = {"a": "int", "b": "float", "c": "any", "p": "int", "rate": "int"}


class Names:
    """The variables in scope by kind, and what else an expression may refer to."""

    def __init__(self, parent: Names | None = None) -> None:
        self.kinds: dict[str, str] = dict(parent.kinds) if parent else {}
        self.read_only: set[str] = set(parent.kinds) if parent else set()

    def of(self, kind: str) -> list[str]:
        return [name for name, its in self.kinds.items() if its == kind]


class Function:
    """A function that may be called: its parameters' kinds, its result's. `heavy`: it has loops of its own."""

    def __init__(self, name: str, parameters: tuple[str, ...], result: str, heavy: bool = False, defaults: int = 0) -> None:
        self.name, self.parameters, self.result, self.heavy, self.defaults = name, parameters, result, heavy, defaults


class Expressions:
    """Writes expressions; `random` decides everything."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.functions: list[Function] = []
        self.classes: list[str] = []
        self.loops = 0  # around the current place
        self.calls = 0  # still allowed in the current expression

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def expression(self, names: Names, kind: str, depth: int = 2) -> str:
        """An expression that is usually of this kind."""
        if self.chance(0.01):
            return f"({self.expression(names, self.random.choice(KINDS), depth)})"
        if depth <= 0 or self.chance(0.15):
            return self.atom(names, kind)
        write: Callable[[Names, int], str] = getattr(self, "_" + kind)
        return write(names, depth - 1)

    def atom(self, names: Names, kind: str) -> str:
        known = names.of(kind)
        if known and self.chance(0.75):
            return self.random.choice(known)
        if kind == "any":
            return self.atom(names, self.random.choice(KINDS[:-1])) if self.chance(0.8) else "None"
        if kind == "object":
            return f"{self.random.choice(self.classes)}({self.small()}, {self.pick(*FLOATS)})" if self.classes else "None"
        if kind in ("int", "bool", "float", "str"):
            return self.constant(kind)
        return {
            "list": lambda: f"[{self.small()}, {self.pick(*INTS)}, {self.small()}]",
            "floats": lambda: f"[{self.pick(*FLOATS)}, {self.pick(*FLOATS)}]",
            "dict": lambda: f"{{{self.small()}: {self.small()}, 'a': {self.pick(*INTS)}}}",
            "tuple": lambda: f"({self.small()}, {self.constant(self.pick('int', 'float', 'str'))})",
        }[kind]()

    def constant(self, kind: str) -> str:
        if kind == "bool":
            return self.pick("True", "False")
        return self.pick(*{"int": INTS, "float": FLOATS, "str": STRINGS}[kind]) if self.chance(0.5) or kind != "int" else self.small()

    def small(self) -> str:
        return str(self.random.randint(-4, 12))

    def call(self, names: Names, kind: str, depth: int) -> str | None:
        """A call of one of the program's functions."""
        fitting = [f for f in self.functions if f.result == kind and not (f.heavy and self.loops > 1)]
        if not fitting or self.calls <= 0:
            return None
        self.calls -= 1
        function = self.random.choice(fitting)
        given = [self.expression(names, kind, depth) for kind in function.parameters]
        if function.defaults and self.chance(0.4):
            del given[-1]
        elif given and self.chance(0.1) and len(given) == len(function.parameters):
            given[-1] = f"x{len(given) - 1}={given[-1]}"
        elif given and self.chance(0.04):
            given = [f"*({', '.join(given)},)"]
        return f"{function.name}({', '.join(given)})"

    def condition(self, names: Names, depth: int = 2) -> str:
        return self.expression(names, "bool", depth) if self.chance(0.85) else self.expression(names, "any", depth - 1)

    def object(self, names: Names) -> str:
        return self.atom(names, "object")

    # -- by kind ------------------------------------------------------------------------------------------------------

    def _int(self, names: Names, depth: int) -> str:
        def e(kind: str = "int") -> str:
            return self.expression(names, kind, depth)

        if self.chance(0.2) and (called := self.call(names, "int", depth)):
            return called
        which = self.random.randrange(27)
        if which < 9:
            return f"({e()} {self.pick('+', '+', '-', '-', '*', '&', '|', '^')} {e()})"
        if which < 11:
            divisor = e() if self.chance(0.3) else self.pick("3", "7", "-3", "10", "2**31", "1000003")
            return f"({e()} {self.pick('//', '%')} {divisor})"
        if which == 11:
            return f"({e()} {self.pick('<<', '>>')} {self.pick('1', '3', '31', '62', '63', '64')})"
        if which == 12:
            return f"({self.pick('-', '~', '+')}{self.atom(names, 'int')})"
        if which == 13:
            return f"{self.pick('len', 'len', 'sum')}({e('list')})"
        if which == 14:
            return f"{e('list')}[{self.pick('0', '-1', '1', 'i % 3') if 'i' in names.kinds else self.pick('0', '-1')}]"
        if which == 15:
            return f"{e('dict')}.get({e()}, {self.small()})"
        if which == 16:
            return f"({e()} if {self.condition(names, depth)} else {e()})"
        if which == 17:
            return f"{self.pick('abs(', 'int(', 'hash(0 | ')}{e()})"  # the hash of nan is its address
        if which == 18:
            return f"{self.pick('min', 'max')}({e()}, {e()})"
        if which == 19:
            return f"{self.pick('int', 'round')}({e('float')} % 1000.0)"
        if which in (20, 21):
            return f"{self.object(names)}.{self.pick('a', 'a', 'p', 'rate')}"
        if which == 22:
            return f"{self.object(names)}.{self.pick('m', 'm', 'cm', 'sm')}({e()})"
        if which == 23:
            return f"len({e('str')})"
        if which == 24:
            return f"({e('bool')} {self.pick('+', '*', '-')} {e()})"
        if which == 25:
            return f"sum({self.comprehension(names, 'int', depth)})"
        return f"(({e()}) % {self.pick('7', '1009', '2**20')}) ** {self.pick('2', '3')}"

    def _float(self, names: Names, depth: int) -> str:
        def e(kind: str = "float") -> str:
            return self.expression(names, kind, depth)

        if self.chance(0.15) and (called := self.call(names, "float", depth)):
            return called
        which = self.random.randrange(14)
        if which < 6:
            return f"({e()} {self.pick('+', '-', '*', '+', '-', '*', '/', '//', '%')} {e() if self.chance(0.8) else e('int')})"
        if which == 6:
            return f"(-{self.atom(names, 'float')})"
        if which == 7:
            return f"float({e('int')})"
        if which == 8:
            return f"{self.object(names)}.{self.pick('b', 'g()')}"
        if which == 9:
            return f"({e()} if {self.condition(names, depth)} else {e()})"
        if which == 10:
            return f"abs({e()})" if self.chance(0.5) else f"{self.pick('min', 'max')}({e()}, {e()})"
        if which == 11:
            return f"{e('floats')}[{self.pick('0', '-1', '1')}]"
        if which == 12:
            return f"math.{self.pick('sqrt', 'sin', 'floor', 'exp', 'fabs', 'log')}({e()})"
        return f"({e('int')} / {e('int')})"

    def _bool(self, names: Names, depth: int) -> str:
        def e(kind: str) -> str:
            return self.expression(names, kind, depth)

        which = self.random.randrange(14)
        compare = self.pick("<", "<=", ">", ">=", "==", "!=")
        if which < 4:
            return f"({e('int')} {compare} {e('int')})"
        if which < 6:
            return f"({e('float')} {compare} {e('float')})"
        if which == 6:
            return f"({e('bool')} {self.pick('and', 'or')} {e('bool')})"
        if which == 7:
            return f"(not {e('any')})"
        if which == 8:
            return f"({e('int')} {self.pick('in', 'not in')} {e(self.pick('list', 'dict', 'tuple'))})"
        if which == 9:
            return f"({e('any')} {self.pick('is', 'is not')} {self.pick('None', 'True', 'None')})"
        if which == 10:
            return f"({e('str')} {self.pick('==', '!=', '<', 'in')} {e('str')})"
        if which == 11:
            return f"isinstance({e('any')}, {self.pick('int', 'float', 'str', *self.classes)})"
        if which == 12:
            return f"({e('int')} {compare} {e('int')} {self.pick('<', '<=')} {e('int')})"
        return f"({e('object')} {self.pick('==', '<', 'is', '!=')} {e('object')})"

    def _str(self, names: Names, depth: int) -> str:
        def e(kind: str = "str") -> str:
            return self.expression(names, kind, depth)

        if self.chance(0.1) and (called := self.call(names, "str", depth)):
            return called
        which = self.random.randrange(10)
        if which < 2:
            return f"({e()} + {self.constant('str')})[-12:]"
        if which == 2:
            return f"str({e(self.pick('int', 'float', 'bool'))})[:9]"
        if which == 3:
            return f"f'{{({self.atom(names, 'int')})}}-{{({self.atom(names, 'any')})}}'[:20]"
        if which == 4:
            return f"{e()}[{self.pick('0', '-1', '1', ':2', '::-1', '1:')}]"
        if which == 5:
            return f"{e()}.{self.pick('upper()', 'strip()', 'lower()', 'zfill(4)')}"
        if which == 6:
            return f"{self.pick(',', '').__repr__()}.join([{self.atom(names, 'str')}, {self.atom(names, 'str')}])[:12]"
        if which == 7:
            return f"chr({e('int')} % 700)"
        if which == 8:
            return f"('%s' % ({e('int')},))[:10]"
        return f"({e()} if {self.condition(names, depth)} else {e()})"

    def _list(self, names: Names, depth: int) -> str:
        def e(kind: str = "int") -> str:
            return self.expression(names, kind, depth)

        if self.chance(0.12) and (called := self.call(names, "list", depth)):
            return called
        which = self.random.randrange(8)
        if which < 2:
            return f"[{e()}, {e()}, {e(self.pick('int', 'int', 'any'))}]"
        if which == 2:
            return f"[{self.comprehension(names, 'int', depth)}]"
        if which == 3:
            return f"{e('list')}[{self.pick('1:', ':3', '::-1', ':', '1:4:2', ':-1')}]"
        if which == 4:
            return f"list(range({self.random.randint(0, 9)}))"
        if which == 5:
            return f"sorted([{e()}, {e()}])"
        if which == 6:
            return f"([{e()}] * {self.random.randint(0, 4)})"
        return f"[*{self.atom(names, 'tuple')}, {e()}]"

    def _floats(self, names: Names, depth: int) -> str:
        def e() -> str:
            return self.expression(names, "float", depth)

        return self.pick(f"[{e()}, {e()}]", f"[0.5] * {self.random.randint(1, 5)}", f"[{self.comprehension(names, 'float', depth)}]")

    def _dict(self, names: Names, depth: int) -> str:
        def e() -> str:
            return self.expression(names, "int", depth)

        return self.pick(f"{{{e()}: {e()}, 'k': {e()}}}", f"{{{self.atom(names, 'str')}: {e()}}}", f"dict(a={e()})",
                         f"{{j: j * 2 for j in range({self.random.randint(0, 6)})}}")  # fmt: skip

    def _tuple(self, names: Names, depth: int) -> str:
        def e(kind: str = "any") -> str:
            return self.expression(names, kind, depth)

        return self.pick(f"({e('int')}, {e()})", f"({e('float')}, {e('int')}, {e()})", f"({e('int')},)", f"tuple({e('list')})[:4]")

    def _object(self, names: Names, depth: int) -> str:
        if not self.classes:
            return "None"
        if self.chance(0.15) and (called := self.call(names, "object", depth)):
            return called
        arguments = f"({self.expression(names, 'int', depth)}, {self.expression(names, 'float', depth)})"
        known = names.of("object")
        if known and self.chance(0.4):
            one = self.random.choice(known)
            return self.pick(f"({one} + {self.expression(names, 'int', depth)})", one, f"({one} if {self.condition(names, depth)} else {self.random.choice(known)})")
        return self.random.choice(self.classes) + arguments

    def _any(self, names: Names, depth: int) -> str:
        return self.expression(names, self.random.choice(KINDS[:-1]), depth)

    def comprehension(self, names: Names, kind: str, depth: int) -> str:
        inner = Names(names)
        inner.kinds["j"] = "int"
        self.loops += 1
        calls, self.calls = self.calls, min(self.calls, 1)
        over = self.pick(f"range({self.random.randint(0, 7)})", self.atom(names, "list"), "(1, 2, 5)")
        body = self.expression(inner, kind, min(depth, 1))
        condition = f" if {self.condition(inner, 1)}" if self.chance(0.3) else ""
        self.calls = calls
        self.loops -= 1
        return f"{body} for j in {over}{condition}"
