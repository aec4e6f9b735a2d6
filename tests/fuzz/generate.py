"""Whole programs for the fuzzer, each from its seed alone.

    generate(seed) -> text of a module

A program has classes of one family (same attributes and methods, so that call sites are polymorphic), functions, generators and closures, and loops
that are hot at a threshold of 2. Inside them it rebinds what compiled code relies on: globals, built-in functions, class
attributes, methods, `__code__`, `__class__`. What else of the language it uses is in `features` and `shapes`. It ends soon: loops have constant bounds,
functions call earlier ones only, values do not double.
"""

from __future__ import annotations

from .expressions import ATTRIBUTES, Function, Names
from .rebound import Rebound

HEADER = "import array, bisect, builtins, collections, contextlib, dataclasses, decimal, enum, fractions, functools, gc, heapq, itertools, math\n"
HEADER += "import operator, sys, types, typing, weakref\ninf, nan = float('inf'), float('nan')\n"
RAISED = ("ValueError", "KeyError", "TypeError", "ZeroDivisionError", "IndexError", "LookupError", "StopIteration")
CAUGHT = ("Exception", "ValueError", "(TypeError, KeyError)", "ArithmeticError", "LookupError", "ZeroDivisionError", "OverflowError", "AttributeError")
PARAMETERS = ("int", "int", "int", "float", "list", "object", "any", "str", "dict", "floats")


class Generator(Rebound):
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.lines: list[str] = []
        self.indent = 0
        self.globals = Names()
        self.depth = 0  # of functions
        self.may_return = ""
        self.in_class = ""
        self.budget = 0  # statements still to be written in this body
        self.hazards = self.chance(0.7)  # whether the program changes what compiled code relies on
        self.handled = 0
        self.in_loop = False
        self.counter = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def fresh(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    # -- the program --------------------------------------------------------------------------------------------------

    def program(self) -> str:
        for number in range(self.random.randint(1, 3)):
            kind = self.random.choice(("int", "int", "float", "list", "any"))
            name = f"G{number}"
            self.line(f"{name} = {self.constant(kind) if kind in ('int', 'float') else self.atom(self.globals, kind)}")
            self.globals.kinds[name] = kind
        for number in range(self.random.choice((0, 1, 2, 2, 3))):
            self.klass(number)
        self.definitions()
        for number in range(self.random.randint(1, 4)):
            self.function(number)
        self.main()
        return HEADER + "\n".join(self.lines) + "\n"

    def klass(self, number: int) -> None:
        name = f"K{number}"
        base = self.random.choice(self.classes) if self.classes and self.chance(0.6) else ""
        self.line(f"class {name}({base}):" if base else f"class {name}:")
        self.indent += 1
        if self.chance(0.3):
            self.line("__slots__ = ('a', 'b', 'c', '__weakref__')" if not base else "__slots__ = ()")
        self.line(f"rate = {self.pick('3', '2**31', '-1', '2**62')}")
        self.in_class = name
        if not base or self.chance(0.3):
            self.line("def __init__(self, a=1, b=0.5):")
            self.line("    self.a = a")
            self.line("    self.b = b")
            self.line(f"    self.c = {self.pick('None', 'a', '[a]', '(a, b)', 'b')}")
        optional = {
            "m": ("def m(self, x):", "int"), "g": ("def g(self):", "float"),
        }  # fmt: skip
        for method, (head, result) in optional.items():
            if base and self.chance(0.5):
                continue
            self.line(head)
            names = Names(self.globals)
            names.kinds.update({"self": "object", "x": "int"} if method == "m" else {"self": "object"})
            self.indent += 1
            if base and self.chance(0.5):
                self.line(f"return super().{method}({'x' if method == 'm' else ''}) {self.pick('+', '-')} {self.pick('1', 'self.a')}")
            else:
                self.simple_body(names, result)
            self.indent -= 1
        if not base or self.chance(0.2):
            self.line("@property")
            self.line(f"def p(self):\n{'    ' * (self.indent + 1)}return self.a {self.pick('+ 1', '* 2', '- self.rate', '& 255')}")
            if self.chance(0.5):
                self.line("@p.setter")
                self.line(f"def p(self, value):\n{'    ' * (self.indent + 1)}self.a = value {self.pick('', '- 1', '& 1023')}")
            self.line(f"@classmethod\n{'    ' * self.indent}def cm(cls, x):\n{'    ' * (self.indent + 1)}return cls.rate {self.pick('+', '-', '&')} x")
            self.line(f"@staticmethod\n{'    ' * self.indent}def sm(x):\n{'    ' * (self.indent + 1)}return x {self.pick('+ 1', '- 2**31', '% 7')}")
        for text, probability in (
            (f"def __del__(self): out('del {name}', {self.pick('self.a', 'self.b', '1')})", 0.35),
            (f"def __add__(self, other): return {name}(self.a {self.pick('+', '-', '^')} (other if isinstance(other, int) else 1), self.b)", 0.7),
            ("def __eq__(self, other): return isinstance(other, " + name + ") and self.a == other.a", 0.3),
            ("def __lt__(self, other): return self.a < other.a", 0.5),
            (f"def __bool__(self): return self.a {self.pick('!= 0', '> 2', '% 2 == 0')}", 0.2),
            ("def __len__(self): return self.a & 7", 0.2),
            ("def __getitem__(self, index): return self.a if index < 4 else [][index]", 0.2),
            ("def __iter__(self): return iter((self.a, self.a + 1))", 0.2),
            ("def __iter__(self):\n        yield self.a\n        yield self.b", 0.1),
            ("def __contains__(self, item): return item == self.a", 0.15),
            ("def __call__(self, x): return self.a + x", 0.2),
            ("def __getattr__(self, name): return 17 if name == 'zz' else object.__getattribute__(self, name)", 0.1),
            ("def __enter__(self): return self", 0.4),
            (f"def __exit__(self, *error): out('exit', error[0]); return {self.pick('False', 'True', 'error[0] is ValueError')}", 1.0),
            ("def __repr__(self): return '<' + str(self.a) + '>'", 1.0),
        ):  # fmt: skip
            if self.chance(probability) and not (base and self.chance(0.6)):  # no `repr` shows an address
                self.line(text)
        self.in_class = ""
        self.indent -= 1
        self.classes.append(name)

    def simple_body(self, names: Names, result: str) -> None:
        """Few statements and a return."""
        self.depth += 1
        self.calls = 1
        kept, self.loops = self.loops, self.loops + 1
        if self.chance(0.3):
            self.line(f"if {self.condition(names, 1)}:")
            self.line(f"    {self.raise_(names)}" if self.chance(0.3) else f"    return {self.expression(names, result, 1)}")
        if self.chance(0.3):
            self.line(f"self.a {self.pick('+=', '-=', '=')} {self.pick('1', 'self.rate', '2**31')}" if "self" in names.kinds else "pass")
        self.line(f"return {self.expression(names, result)}")
        self.loops = kept
        self.depth -= 1

    def function(self, number: int) -> None:
        name = f"f{number}"
        parameters = tuple(self.random.choice(PARAMETERS) for _ in range(self.random.randint(1, 3)))
        result = self.random.choice(("int", "int", "float", "list", "str", "object", "any"))
        shape = self.random.choice(("plain", "plain", "loop", "loop", "loop", "generator", "closure", "recursive"))
        names = Names(self.globals)
        heads = [f"x{index}" for index in range(len(parameters))]
        names.kinds.update(zip(heads, parameters, strict=True))
        defaults = 0
        if shape != "recursive" and parameters[-1] in ("int", "float", "str") and self.chance(0.3):
            heads[-1] += f"={self.constant(parameters[-1])}"
            defaults = 1
        if shape == "recursive":
            heads.insert(0, "n")
            self.line(f"def {name}({', '.join(heads)}):")
            self.indent += 1
            names.kinds["n"] = "int"
            self.calls = 1
            self.loops += 2
            self.line(f"if n <= {self.pick('0', '1')}:")
            self.line(f"    return {self.expression(names, result, 1)}")
            again = f"{name}(n - 1, {', '.join(self.expression(names, kind, 1) for kind in parameters)})"
            self.line(f"y = {again}")
            names.kinds["y"] = result
            self.line(f"return {self.expression(names, result)}")
            self.loops -= 2
            self.indent -= 1
            self.line(f"def {name}_(x0):")
            self.line(f"    return {name}({self.random.randint(2, 9)}, {', '.join(self.atom(Names(), kind) for kind in parameters)})")
            self.functions.append(Function(name + "_", ("int",), result))
            return
        self.line(f"def {name}({', '.join(heads)}):")
        self.indent += 1
        self.depth += 1
        self.calls = 2
        if shape == "closure":
            self.closure(names, result)
        elif shape == "generator":
            result = "list"
            self.generator(names)
        else:
            kept, self.may_return = self.may_return, result
            self.budget = self.random.randint(1, 3) if shape == "plain" else self.random.randint(3, 8)
            self.loops += shape == "plain"
            self.locals(names)
            if shape == "loop":
                self.loop(names)
            self.body(names)
            self.loops -= shape == "plain"
            self.line(f"return {self.expression(names, result)}")
            self.may_return = kept
        self.depth -= 1
        self.indent -= 1
        if shape == "generator":
            self.line(f"def {name}_({', '.join(heads)}):")
            self.line(f"    return list({name}({', '.join(head.split('=')[0] for head in heads)}))")
            name += "_"
        self.functions.append(Function(name, parameters, result, shape in ("loop", "generator"), defaults))

    def closure(self, names: Names, result: str) -> None:
        self.line(f"n = {self.small()}")
        names.kinds["n"] = "int"
        self.line("def inner(z):")
        inner = Names(names)
        inner.kinds["z"] = "int"
        if self.chance(0.5):
            self.line("    nonlocal n")
            self.line(f"    n = (n + {self.expression(inner, 'int', 1)}) % {self.pick('1000003', '2**31', '2**62')}")
        self.line(f"    return {self.expression(inner, 'int', 1)}")
        self.line("r = 0")
        names.kinds["r"] = "int"
        self.line(f"for i in range({self.random.randint(2, 9)}):")
        names.kinds["i"] = "int"
        self.line(f"    r = {self.pick('r ^ inner(i)', '(r + inner(n)) % 2**32', '(inner(i), r)[0]', 'r + inner(i)')}")
        if self.chance(0.4):
            self.line(f"    if i == {self.random.randint(0, 6)}:")
            self.line(f"        n = {self.expression(names, self.pick('int', 'any'), 1)}")
        self.line(f"return {self.expression(names, result)}")

    def generator(self, names: Names) -> None:
        self.locals(names)
        self.line(f"for i in range({self.random.randint(2, 8)}):")
        names.kinds["i"] = "int"
        self.indent += 1
        self.budget = 2
        kept, self.in_loop = self.in_loop, True
        self.loops += 1
        if self.chance(0.3):
            self.line("try:")
            self.line(f"    yield {self.expression(names, 'any', 1)}")
            self.line("finally:")
            self.line("    out('finally', i)")
        else:
            self.line(f"yield {self.expression(names, 'int')}")
        self.body(names)
        self.loops -= 1
        self.in_loop = kept
        self.indent -= 1
        if self.chance(0.3):
            self.line(f"yield from {self.atom(names, 'tuple')}")

    def locals(self, names: Names) -> None:
        """A few variables of the function's own."""
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.choice(("int", "int", "int", "float", "str", "list", "object", "dict", "any", "floats", "tuple"))
            name = self.fresh("v")
            self.line(f"{name} = {self.expression(names, kind, 1)}")
            names.kinds[name] = kind

    def main(self) -> None:
        """Module-level code, or a function that is called a few times; what it raises is reported, and it goes on."""
        names = Names(self.globals)
        names.read_only.clear()
        in_function = self.chance(0.65)
        if in_function:
            self.line("def main():")
            self.indent += 1
            self.depth += 1
            names.read_only = set(self.globals.kinds)
        self.calls = 3
        self.locals(names)
        for _ in range(self.random.randint(1, 3)):
            self.budget = self.random.randint(4, 14)
            if self.chance(0.5):
                self.line("try:")
                self.indent += 1
                self.loop(names)
                self.indent -= 1
                self.line(f"except {self.pick('Exception', 'Exception', *CAUGHT)} as error:")
                self.line("    out('caught', error)")
            else:
                self.loop(names)
        shown = [name for name in names.kinds if name.startswith("v")]
        self.line(f"out({', '.join(shown)})")
        if in_function:
            self.depth -= 1
            self.indent -= 1
            self.line(f"for _ in range({self.random.randint(1, 4)}):")
            self.line("    try:")
            self.line("        main()")
            self.line("    except Exception as error:")
            self.line("        out('main', error)")
            if self.chance(0.3):
                self.line("main()")

    # -- statements ---------------------------------------------------------------------------------------------------

    def body(self, names: Names) -> None:
        """Statements, one at least."""
        first = True
        for _ in range(self.random.randint(1, 4)):
            if self.budget <= 0 and not first:
                break
            first = False
            self.budget -= 1
            self.calls = 2
            self.statement(names)

    def block(self, names: Names) -> None:
        self.indent += 1
        self.body(names)
        self.indent -= 1

    def target(self, names: Names, kind: str) -> str | None:
        """A variable that may be assigned here."""
        known = [name for name in names.of(kind) if name not in names.read_only and name not in ("i", "self", "n")]
        return self.random.choice(known) if known else None

    def statement(self, names: Names) -> None:
        weights = {
            "assign": 20, "augmented": 14, "branch": 10, "loop": 5 if self.loops < 2 else 0, "list": 8, "dict": 4, "attribute": 10, "report": 4,
            "handled": 6, "object": 4, "hazard": 5 if self.hazards else 0, "escape": 5, "swap": 3, "delete": 1, "with": 3, "match": 2, "inner": 2, "special": 16,
        }  # fmt: skip
        getattr(self, "_do_" + self.random.choices(list(weights), list(weights.values()))[0])(names)

    def _do_assign(self, names: Names) -> None:
        kind = self.random.choice(("int", "int", "int", "float", "float", "str", "list", "any", "object", "tuple", "bool"))
        name = self.target(names, kind)
        text = self.expression(names, kind)
        if name is None:
            if len(names.kinds) > 14:
                return self.line("pass")
            name = self.fresh("v")
            names.kinds[name] = kind
        if kind == "int" and self.chance(0.75):
            text = f"({text}) {self.pick('% 1000003', '& 0xFFFFFFFF', '& (2**63 - 1)', '% (2**31)', '% 100')}"
        elif kind == "int":
            text = f"{self.atom(names, 'int')} {self.pick('+', '-', '^', '|')} {self.atom(names, 'int')}"
        elif kind in ("list", "tuple"):
            text = f"({text})[:6]"
        if self.chance(0.04) and name not in names.read_only:
            return self.line(f"{name} = {self.expression(names, 'any')}")
        self.line(f"{name} = {text}")

    def _do_augmented(self, names: Names) -> None:
        kind = self.pick("int", "int", "int", "float", "float", "str")
        name = self.target(names, kind)
        if name is None:
            return self._do_assign(names)
        if kind == "int":
            operator = self.pick("+=", "+=", "-=", "^=", "|=", "&=", ">>=", "//=", "%=")
            other = self.pick("1", "2", "3", "7") if operator in (">>=", "//=", "%=") and self.chance(0.9) else self.atom(names, "int")
            if operator == ">>=":
                other = self.pick("1", "2", "33")
        elif kind == "float":
            operator, other = self.pick("+=", "-=", "*=", "/="), self.expression(names, "float", 1)
        else:
            operator, other = "+=", self.constant("str")
        self.line(f"{name} {operator} {other}")

    def _do_swap(self, names: Names) -> None:
        one, two = self.target(names, "int"), self.target(names, "int") or self.target(names, "float")
        if one is None or two is None:
            return self._do_assign(names)
        self.line(self.pick(f"{one}, {two} = {two}, {one}", f"{one}, {two} = ({self.atom(names, 'int')}, {one})",
                            f"{one}, *_ = {self.atom(names, 'list')}", f"{one} = {two} = {self.atom(names, 'int')}"))  # fmt: skip

    def _do_branch(self, names: Names) -> None:
        condition = f"i {self.pick('==', '<', '>', '%')} {self.random.randint(1, 7)}" if "i" in names.kinds and self.chance(0.4) else self.condition(names)
        self.line(f"if {condition}:")
        before = dict(names.kinds)
        self.block(names)
        if self.chance(0.3):
            self.line(f"elif {self.condition(names)}:")
            self.block(names)
        if self.chance(0.4):
            self.line("else:")
            self.block(names)
        if self.chance(0.85):
            names.kinds = before

    def _do_special(self, names: Names) -> None:
        self.special(names)

    def _do_loop(self, names: Names) -> None:
        self.loop(names)

    def loop(self, names: Names) -> None:
        """A loop of some ten rounds, fewer where it is inside others."""
        most = (40, 9, 5)[min(self.loops, 2)]
        count = self.random.randint(2, most)
        variable = "i" if self.loops == 0 else self.fresh("i")
        which = self.random.randrange(12)
        kind = "int"
        if which < 5:
            bounds = self.pick(str(count), f"1, {count}", f"{count}, 0, -1", f"-3, {count}, 2", f"2**31 - 3, 2**31 + {count}")
            self.line(f"for {variable} in range({bounds}):")
        elif which < 7:
            variable = self.fresh("w")
            self.line(f"{variable} = {self.pick('0', '2**62 - 4', '-3', '2**63 - 5', '2**30 - 2')}")
            self.line(f"{variable}_end = {variable} + {count}")
            self.line(f"while {variable} < {variable}_end{self.pick('', f' and {self.condition(names, 1)}')}:")
            self.line(f"    {variable} += 1")
        elif which == 7:
            kind = self.pick("int", "any")
            items = ", ".join(self.expression(names, kind, 1) for _ in range(min(count, 7)))
            self.line(f"for {variable} in [{items}]{self.pick('', ' * 2')}:")
        elif which == 8:
            names.kinds[f"{variable}_x"] = "int"
            items = self.expression(names, "list", 1)
            self.line(f"for {variable}, {variable}_x in {self.pick(f'enumerate({items})', f'zip(range({count}), {items})')}:")
        elif which == 9:
            kind = self.pick("str", "float", "object", "any")
            over = {"str": "str", "float": "floats", "object": "object", "any": "tuple"}[kind]
            text = self.expression(names, over, 1)
            if kind == "object":
                text = f"[{text}, {self.expression(names, over, 1)}, {self.object(names)}] * {self.random.randint(1, 4)}"
            self.line(f"for {variable} in {text}:")
        elif which == 10:
            items = self.expression(names, "list", 1)
            over = self.pick(f"reversed({items})", f"(j * 2 for j in range({count}))", f"dict.fromkeys(range({count}))", f"map(abs, range(-{count}, 2))")
            self.line(f"for {variable} in {over}:")
        else:
            self.line(f"for {variable} in {self.atom(names, 'dict')}.items():")
            kind = "tuple"
        names.kinds[variable] = kind
        names.read_only = names.read_only | {variable, variable + "_end"}
        self.loops += 1
        kept, self.in_loop = self.in_loop, True
        self.block(names)
        if self.chance(0.5):
            self.block(names)
        self.loops -= 1
        self.in_loop = kept
        if self.chance(0.1):
            self.line("else:")
            self.block(names)

    def _do_list(self, names: Names) -> None:
        kind = self.pick("list", "list", "floats")
        name = self.target(names, kind)
        if name is None:
            return self._do_assign(names)
        item = self.expression(names, "int" if kind == "list" else "float")
        index = self.pick("0", "-1", "1", "i % 3" if "i" in names.kinds else "0")
        self.line(self.pick(f"{name}.append({item})", f"{name}[{index}] = {item}", f"{name}[{index}] += {item}", f"{name}.pop()",
                            f"{name}[1:2] = [{item}]", f"del {name}[{self.pick('0', '-1', ':1', '3:')}]", f"{name}.insert(0, {item})",
                            f"{name}.extend(({item}, {item}))", f"{name} += [{item}]", f"{name}.reverse()", f"{name} = {name}[-8:]",
                            f"{name}.sort()", f"{name}[{index}], {name}[0] = {name}[0], {name}[{index}]",
                            f"{name}[{index}] = {self.expression(names, 'any', 1)}"))  # fmt: skip

    def _do_dict(self, names: Names) -> None:
        name = self.target(names, "dict")
        if name is None:
            return self._do_assign(names)
        key, value = self.expression(names, self.pick("int", "str"), 1), self.expression(names, "int", 1)
        self.line(self.pick(f"{name}[{key}] = {value}", f"{name}[{key}] += {value}", f"{name}[{key}] = {name}.get({key}, 0) + 1",
                            f"{name}.pop({key}, None)", f"{name}.setdefault({key}, {value})", f"{name}.update(a={value})", f"del {name}[{key}]"))  # fmt: skip

    def _do_attribute(self, names: Names) -> None:
        known = names.of("object")
        if not known:
            return self._do_assign(names)
        one = self.random.choice(known)
        attribute = self.pick("a", "a", "b", "b", "c", "p", "a")
        if self.chance(0.15):
            return self.line(self.pick(f"out({one}.c)", f"del {one}.c", f"{one}.extra = {self.expression(names, 'any', 1)}", f"out({one}.zz)",
                                       f"{one}.__dict__['a'] = {self.expression(names, 'int', 1)}", f"out(sorted(vars({one})))",
                                       f"{one}({self.small()})", f"{one}.c.append({self.small()})", f"out({one} < {one})", f"out(repr({one})[:2])",
                                       f"out([*{one}])", f"out({one}[2])", f"out(len({one}))", f"out({self.small()} in {one})"))  # fmt: skip
        kind = ATTRIBUTES[attribute]
        if kind == "int" and self.chance(0.6):
            return self.line(f"{one}.{attribute} {self.pick('+=', '-=', '^=')} {self.atom(names, 'int')}")
        if kind == "float" and self.chance(0.6):
            return self.line(f"{one}.{attribute} {self.pick('+=', '-=', '*=')} {self.atom(names, 'float')}")
        text = self.expression(names, kind)
        self.line(f"{one}.{attribute} = {f'({text}) % 1000003' if kind == 'int' else text}")

    def _do_object(self, names: Names) -> None:
        """Something whose death is seen."""
        if not self.classes:
            return self._do_assign(names)
        name = self.target(names, "object") or self.fresh("v")
        names.kinds[name] = "object"
        new = f"{self.random.choice(self.classes)}({self.expression(names, 'int', 1)}, {self.atom(names, 'float')})"
        self.line(self.pick(f"{name} = {new}", f"{name} = {new}", f"{name}.c = {new}", f"{name} = {self.object(names)}", f"{new}.m(2)", f"out({new}.g())",
                            f"{name} = {new}; {name}.c = {name}.c", f"weakref.finalize({new}, out, 'finalised')", f"({new}, {self.object(names)})[1].a",
                            f"{name} = [{new}, {new}][{self.pick('0', '1', '-1')}]"))  # fmt: skip

    def _do_report(self, names: Names) -> None:
        self.line(self.pick(f"out({self.expression(names, 'any')})", f"print({self.expression(names, 'any', 1)}, {self.expression(names, 'int', 1)})",
                            f"out({self.expression(names, 'int')}, {self.expression(names, 'float')})",
                            f"out({self.atom(names, 'any')} is {self.atom(names, 'str')})", "out(sorted(locals()))" if self.depth else "out(1)"))  # fmt: skip

    def raise_(self, names: Names) -> str:
        return self.pick(f"raise {self.pick(*RAISED)}({self.atom(names, 'any')})", f"raise {self.pick(*RAISED)}", f"assert {self.condition(names, 1)}, 'no'",
                         f"{self.atom(names, 'int')} // 0", f"[][{self.atom(names, 'int')}]", f"{{}}[{self.atom(names, 'str')}]", "None.missing",
                         "undefined_name", f"int({self.atom(names, 'str')})")  # fmt: skip

    def _do_escape(self, names: Names) -> None:
        choices = [self.raise_(names)]
        if self.in_loop:
            choices += ["break", "continue", "continue"]
        if self.may_return and self.depth:
            choices.append(f"return {self.expression(names, self.may_return, 1)}")
        if self.handled < 1 and not self.in_loop:
            choices = choices[1:] or ["pass"]
        text = self.random.choice(choices)
        when = f"i == {self.random.randint(1, 12)}" if "i" in names.kinds and self.chance(0.6) else self.condition(names)
        self.line(f"if {when}:")
        self.line(f"    {text}")

    def _do_handled(self, names: Names) -> None:
        self.line("try:")
        self.handled += 1
        self.indent += 1
        self.body(names)
        if self.chance(0.6):
            self.line(f"if {self.condition(names)}:")
            self.line(f"    {self.raise_(names)}")
        self.indent -= 1
        self.handled -= 1
        end = self.chance(0.35)
        if not end or self.chance(0.6):
            self.line(f"except {self.pick('Exception', *CAUGHT)} as error:")
            self.indent += 1
            if self.chance(0.7):
                self.line(self.pick("out(error)", "out(type(error), error.args)", "out(error.__traceback__.tb_lineno)"))
            if self.chance(0.12):
                self.line(self.pick("raise", f"raise ValueError({self.small()}) from error", f"raise TypeError({self.small()})"))
            self.body(names)
            self.indent -= 1
            if self.chance(0.15):
                self.line("else:")
                self.block(names)
        if end:
            self.line("finally:")
            self.block(names)

    def _do_with(self, names: Names) -> None:
        if not self.classes:
            return self._do_assign(names)
        self.line(f"with {self.object(names)}{self.pick('', ' as q')}:")
        self.handled += 1
        self.block(names)
        self.handled -= 1

    def _do_delete(self, names: Names) -> None:
        name = self.target(names, self.pick("int", "str", "list", "object"))
        if name is None:
            return self.line("pass")
        self.line(f"if {self.condition(names, 1)}:")
        self.line(f"    del {name}")

    def _do_match(self, names: Names) -> None:
        self.line(f"match {self.expression(names, self.pick('int', 'tuple', 'any'), 1)}:")
        self.indent += 1
        for _ in range(self.random.randint(1, 3)):
            pattern = self.pick("1", "(a, b)", "int()", "[1, *_]", "float()", "{'a': _}", "str() | None", *(f"{name}(a=1)" for name in self.classes))
            self.line(f"case {pattern}:")
            self.block(names)
        self.line("case _:")
        self.block(names)
        self.indent -= 1

    def _do_inner(self, names: Names) -> None:
        """A function made in the loop."""
        name, free = self.fresh("fn"), self.atom(names, "int")
        self.line(f"{name} = lambda z, y={self.small()}: z {self.pick('+', '-', '^')} y {self.pick('+', '^')} {free}")
        self.line(f"out({name}({self.expression(names, 'int', 1)}))")

    def _do_hazard(self, names: Names) -> None:
        """Something changes that compiled code relies on."""
        choices = []
        light = [f.name for f in self.functions]
        for name, kind in self.globals.kinds.items():
            choices.append(f"globals()['{name}'] = {self.expression(names, kind if self.chance(0.8) else 'any', 1)}")
        if len(light) > 1:
            one, two = self.random.sample(light, 2)
            choices += [f"{one}.__code__ = {two}.__code__", f"globals()['{one}'] = {two}"]
        if light:
            choices += [f"{light[-1]}.__defaults__ = ({self.atom(names, 'int')},)", f"globals()['{light[0]}'] = lambda *x: {self.atom(Names(), 'int')}"]
        choices += [f"globals()['len'] = lambda x: {self.small()}", "globals().pop('len', None)", "builtins.abs = lambda x: 3", "globals()['range'] = range",
                    f"globals()['{self.pick('max', 'sum', 'str', 'int', 'abs')}'] = {self.pick('min', 'len', 'repr', 'float', 'lambda *x: 2')}"]
        for name in self.classes:
            choices += [f"{name}.rate = {self.expression(names, 'int', 1)}", f"{name}.m = lambda self, x: {self.pick('x', '-x', 'self.a')}",
                        f"{name}.g = {self.pick('lambda self: 1.5', '3')}", f"{name}.__bool__ = lambda self: {self.pick('True', 'False')}",
                        f"{name}.a = {self.pick('property(lambda self: 5)', '9')}", f"{name}.p = {self.small()}",
                        f"{name}.__add__ = lambda self, other: self"]  # fmt: skip
        known = names.of("object")
        if known and self.classes:
            one = self.random.choice(known)
            choices += [f"{one}.__class__ = {self.random.choice(self.classes)}", f"{one}.m = lambda x: x + 1", f"{one}.__dict__.clear()",
                        f"{one}.__dict__ = {{'a': 1, 'b': 2.0, 'c': 3}}"] * 2  # fmt: skip
        when = f"i == {self.random.randint(2, 12)}" if "i" in names.kinds and self.chance(0.8) else self.condition(names, 1)
        self.line(f"if {when}:")
        self.line(f"    {self.random.choice(choices)}")


def generate(seed: int) -> str:
    return Generator(seed).program()


if __name__ == "__main__":
    import sys

    print(generate(int(sys.argv[1])))
