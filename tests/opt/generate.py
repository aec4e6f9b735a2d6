"""Random regions that are right by construction: loops, branches, guards, boxes, lists and references, as a builder would emit them."""

from __future__ import annotations

from random import Random

from jitney.ir.parser import parse
from jitney.ir.values import Region

from ..ir.objects import CONSTANTS

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


class Generator:
    """Writes IR text. Locals 0 and 1 are ints, 2 a float, 3 a list of floats (never empty)."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = Random(seed)
        self.size = size
        self.lines: list[str] = []
        self.count = 0
        self.blocks = 1
        self.ints: list[str] = ["3", "-1", "0", "1"]
        self.floats: list[str] = ["2.5", "-0.0", "1.0"]
        self.conditions: list[str] = ["true"]
        self.offset = 0

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}x{self.count}"

    def snapshot(self, owned: str = "") -> str:
        self.offset += 2
        shown = [self.random.choice(self.ints), self.random.choice(self.floats), self.random.choice(self.conditions),
                 *([owned] if owned else [])]
        return f" -> f@{self.offset}[~, ~, ~, ~ | {', '.join(shown)}]" + (f" owned({owned})" if owned else "")

    def emit(self, text: str) -> None:
        self.lines.append("  " + text)

    def op(self) -> None:
        random = self.random
        kind = random.randrange(16)
        a, b = random.choice(self.ints), random.choice(self.ints)
        x, y = random.choice(self.floats), random.choice(self.floats)
        if kind < 3:
            self.define(self.ints, "i64", f"i64_{random.choice(('add', 'sub', 'mul'))}_ovf({a}, {b})", True)
            # used at once: an unused result's overflow is no reason to leave
            self.emit(f"poll() -> f@{self.offset}[~, ~, ~, ~ | {self.ints[-1]}]")
        elif kind == 3:
            self.define(self.ints, "i64", f"i64_{random.choice(('and', 'or', 'xor'))}({a}, {b})")
        elif kind == 4:
            self.define(self.ints, "i64", f"i64_mod({a}, {random.choice((1, 3, 16, -5))})")
        elif kind < 7:
            self.define(self.conditions, "i1", f"i64_{random.choice(COMPARISONS)}({a}, {b})")
        elif kind == 7:
            self.define(self.conditions, "i1", f"f64_{random.choice(COMPARISONS)}({x}, {y})")
        elif kind == 8:
            self.define(self.conditions, "i1", f"i1_not({random.choice(self.conditions)})")
        elif kind < 11:
            self.define(self.floats, "f64", f"f64_{random.choice(('add', 'sub', 'mul'))}({x}, {y})")
        elif kind == 11:
            self.emit(f"guard_{random.choice(('true', 'false'))}({random.choice(self.conditions)}){self.snapshot()}"
                      if random.randrange(4) == 0 else f"poll(){self.snapshot()}")
        elif kind == 12:
            self.list_op(a, x)
        elif kind == 13:
            self.boxed(x)
        elif kind == 14:
            self.define(self.ints, "i64", f"i64_select({random.choice(self.conditions)}, {a}, {b})")
        else:
            self.emit("guard_type(o3, type=list)" + self.snapshot())
            self.define(self.ints, "i64", "list_len(o3)")

    def define(self, pool: list[str], type_: str, text: str, guarded: bool = False) -> None:
        name = self.name({"i64": "i", "f64": "f", "i1": "c", "obj": "o"}[type_])
        self.emit(f"{name}: {type_} = {text}{self.snapshot() if guarded else ''}")
        pool.append(name)

    def list_op(self, index: str, item: str) -> None:
        length, inside, got = self.name("i"), self.name("c"), self.name("o")
        self.emit(f"{length}: i64 = list_len(o3)")
        self.emit(f"{inside}: i1 = i64_ult({index}, {length})")
        self.emit(f"guard_true({inside}){self.snapshot()}")
        if self.random.randrange(3):
            self.emit(f"{got}: obj = list_get(o3, {index})")
            self.emit(f"guard_type({got}, type=float){self.snapshot()}")
            if self.random.randrange(2):
                self.emit(f"incref({got})")
                self.emit(f"poll(){self.snapshot(got)}")
                self.emit(f"decref({got})")
            self.define(self.floats, "f64", f"float_value({got})")
        else:
            self.emit(f"list_set_float(o3, {index}, {item}){self.snapshot()}")

    def boxed(self, item: str) -> None:
        box = self.name("o")
        self.emit(f"{box}: obj = box_float({item})")
        self.emit(f"poll(){self.snapshot(box)}")
        if self.random.randrange(2):
            self.emit(f"list_append(o3, {box}){self.snapshot(box)}")
        self.define(self.floats, "f64", f"float_value({box})")
        self.emit(f"decref({box})")

    def body(self, depth: int) -> None:
        for _ in range(self.random.randrange(3, 9)):
            self.op()
        if depth and len(self.lines) < self.size:
            (self.loop if self.random.randrange(2) else self.diamond)(depth - 1)
            self.body(depth)

    def block(self, params: str = "") -> str:
        name = f"b{self.blocks}"
        self.blocks += 1
        return f"{name}({params})"

    def scope(self) -> tuple[int, int, int]:
        return len(self.ints), len(self.floats), len(self.conditions)

    def restore(self, mark: tuple[int, int, int]) -> None:
        del self.ints[mark[0]:], self.floats[mark[1]:], self.conditions[mark[2]:]

    def loop(self, depth: int) -> None:
        """A counting loop that carries an int and a float."""
        i, n, x, c = self.name("i"), self.name("i"), self.name("f"), self.name("c")
        header, inside, after = self.block(), self.block(), self.block()
        self.emit(f"jump {header[:-2]}(0, {self.random.choice(self.ints)}, {self.random.choice(self.floats)})")
        self.lines.append(f"{header[:-2]}({i}: i64, {n}: i64, {x}: f64):")
        self.ints += [i, n]
        self.floats.append(x)
        mark = self.scope()
        self.emit(f"{c}: i1 = i64_lt({i}, {self.random.randrange(1, 4)})")
        self.emit(f"branch({c}) {inside} else {after}")
        self.lines.append(inside + ":")
        self.body(depth)
        following = self.name("i")
        self.emit(f"{following}: i64 = i64_add_ovf({i}, 1){self.snapshot()}")
        self.emit(f"poll() -> f@{self.offset}[~, ~, ~, ~ | {following}]")
        self.emit(f"jump {header[:-2]}({following}, {self.random.choice(self.ints)}, {self.random.choice(self.floats)})")
        self.restore(mark)
        self.lines.append(after + ":")

    def diamond(self, depth: int) -> None:
        left, right, join = self.block(), self.block(), self.block()
        self.emit(f"branch({self.random.choice(self.conditions)}) {left} else {right}")
        mark = self.scope()
        for way in (left, right):
            self.lines.append(way + ":")
            self.body(depth)
            self.emit(f"jump {join[:-2]}({self.random.choice(self.ints)}, {self.random.choice(self.floats)})")
            self.restore(mark)
        i, x = self.name("i"), self.name("f")
        self.lines.append(f"{join[:-2]}({i}: i64, {x}: f64):")
        self.ints.append(i)
        self.floats.append(x)

    def region(self) -> Region:
        self.lines = ['region "random"', "b0():"]
        unboxed = ("int", "i64 = int_value"), ("int", "i64 = int_value"), ("float", "f64 = float_value"), ("list", "")
        for slot, (kind, unbox) in enumerate(unboxed):
            self.emit(f"o{slot}: obj = frame_local(slot={slot}) -> f@0[~, ~, ~, ~ | ]")
            self.emit(f"guard_type(o{slot}, type={kind}) -> f@0[~, ~, ~, ~ | ]")
            if unbox:
                name = self.name(unbox[0])
                self.emit(f"{name}: {unbox}(o{slot})" + (" -> f@0[~, ~, ~, ~ | ]" if kind == "int" else ""))
                (self.ints if kind == "int" else self.floats).append(name)
        while len(self.lines) < self.size:
            self.body(3)
        self.emit(f"leave(){self.snapshot()}")
        return parse("\n".join(self.lines) + "\n", CONSTANTS)


def random_region(seed: int, size: int) -> Region:
    return Generator(seed, size).region()
