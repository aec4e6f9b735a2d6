"""Integer ranges: drops overflow and bounds checks that cannot fail.

    b1(i1: i64):                               b1(i1: i64):
      c2: i1 = i64_lt(i1, i0)                    c2: i1 = i64_lt(i1, i0)
      branch(c2) b2() else b3()                  branch(c2) b2() else b3()
    b2():                               ->     b2():
      i3: i64 = i64_add_ovf(i1, 1) -> ...        i3: i64 = i64_add(i1, 1)
      c4: i1 = i64_ult(i1, i0)                   guard_true(true) -> ...
      guard_true(c4) -> ...
      jump b1(i3)                                jump b1(i3)

Each i64 value has an interval, narrowed below the branches and guards that tell something of it; pairs of values have facts ``a < b``
and ``a <= b``. A loop's parameter
that only ever grows is at least what it was on entering (and the other way round). Comparisons that are decided become constants, for
`fold`.
"""

from __future__ import annotations

from collections.abc import Callable

from jitney.ir.flow import Flow
from jitney.ir.types import I64
from jitney.ir.values import Block, Const, Edge, Op, Param, Region, Value, const_i1

from .intervals import FULL, LEAST, MOST, TRANSFER, UNCHECKED, Interval, exact, fixed_interval
from .replace import Replaced, replace_all, resolve
from .scope import Scope, branch_above

NEGATED = {"i64_lt": "i64_ge", "i64_ge": "i64_lt", "i64_gt": "i64_le", "i64_le": "i64_gt", "i64_eq": "i64_ne", "i64_ne": "i64_eq"}
CONDITION_GUARDS = {"guard_true": True, "guard_false": False}
SEARCH_LIMIT = 64


def narrow(region: Region) -> None:
    """One walk down the dominator tree."""
    _Ranges(region).run()


class _Ranges:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.flow = Flow(region)
        self.scope = Scope()
        self.base: dict[Value, Interval] = {}  # at the definition
        self.narrowed: dict[Value, Interval] = {}  # here
        self.above: dict[Value, tuple[tuple[Value, bool], ...]] = {}  # b for a: a < b (True) or a <= b
        self.at_edge: dict[Edge, list[Interval]] = {}
        self.replaced: Replaced = {}

    def run(self) -> None:
        for block in self.scope.walk(self.flow):
            known = branch_above(self.flow, block)
            if known is not None:
                self.learn(known[0], known[1])
            self.params(block)
            kept = []
            for op in block.ops:
                args = op.args
                for index, arg in enumerate(args):
                    if arg in self.replaced:
                        args[index] = resolve(self.replaced, arg)
                if not self.visit(op):
                    kept.append(op)
            block.ops = kept
            for edge in block.edges:
                if edge.args:
                    self.at_edge[edge] = [self.interval(arg) if arg.type is I64 else FULL for arg in edge.args]
        replace_all(self.region, self.replaced)

    # -- intervals ----------------------------------------------------------------------------------------------------
    def interval(self, value: Value) -> Interval:
        if type(value) is Const:
            return value.value, value.value
        found = self.narrowed.get(value)
        return found if found is not None else self.base.get(value, FULL)

    def params(self, block: Block) -> None:
        edges = [edge for _, edge in self.flow.predecessors[block]]
        for index, param in enumerate(block.params):
            if param.type is I64:
                if all(edge in self.at_edge for edge in edges):
                    intervals = [self.at_edge[edge][index] for edge in edges]
                    interval = min(low for low, _ in intervals), max(high for _, high in intervals)
                else:
                    interval = self.monotone(param, True), self.monotone(param, False)
                if interval != FULL:
                    self.base[param] = interval

    def monotone(self, param: Param, growing: bool) -> int:
        """The bound that holds if everything the parameter is computed from only grows (or only shrinks) on its way round."""
        side, limit = (0, LEAST) if growing else (1, MOST)
        pick: Callable[[int, int], int] = min if growing else max
        bound = MOST if growing else LEAST
        seen: set[Value] = {param}
        pending: list[Value] = [param]
        while pending:
            value = pending.pop()
            if isinstance(value, Const):
                bound = pick(bound, value.value)
                continue
            known = self.base.get(value, FULL)[side]
            if known != limit:
                bound = pick(bound, known)
                continue
            sources = self.sources(value, growing)
            if sources is None:
                fixed = fixed_interval(value)[side] if isinstance(value, Op) else limit
                if fixed == limit:
                    return limit
                bound = pick(bound, fixed)
                continue
            for source in sources:
                if source not in seen or isinstance(source, Const):
                    seen.add(source)
                    pending.append(source)
            if len(seen) > SEARCH_LIMIT:
                return limit
        return bound

    def sources(self, value: Value, growing: bool) -> list[Value] | None:
        """Values of which one is a bound for the value: what a parameter receives, or what an addition makes larger."""
        if isinstance(value, Param):
            found: list[Value] = []
            for _, edge in self.flow.predecessors[value.block]:
                arg = edge.args[value.block.params.index(value)]
                found.append(resolve(self.replaced, arg))
            return found
        assert isinstance(value, Op)
        name = value.name
        if name in ("i64_add", "i64_add_ovf"):
            a, b = value.args
            for one, other in ((a, b), (b, a)):
                low, high = self.interval(other) if isinstance(other, Const) else self.base.get(other, FULL)
                if low >= 0 if growing else high <= 0:
                    return [one]
        elif name in ("i64_sub", "i64_sub_ovf"):
            low, high = self.interval(value.args[1]) if isinstance(value.args[1], Const) else self.base.get(value.args[1], FULL)
            if high <= 0 if growing else low >= 0:
                return [value.args[0]]
        elif name == "i64_select":
            return value.args[1:]
        return None

    # -- ops ----------------------------------------------------------------------------------------------------------
    def visit(self, op: Op) -> bool:
        """Whether the op has become a constant."""
        name = op.name
        if name in CONDITION_GUARDS:
            self.learn(op.args[0], CONDITION_GUARDS[name])
        elif name in NEGATED or name == "i64_ult":
            answer = self.decide(name, op.args[0], op.args[1])
            if answer is not None:
                self.replaced[op] = const_i1(answer)
                return True
        elif op.type is I64:
            self.arithmetic(op)
        return False

    def arithmetic(self, op: Op) -> None:
        transfer = TRANSFER.get(op.name)
        if transfer is None:
            interval = fixed_interval(op)
        else:
            args = [self.interval(arg) if arg.type is I64 else FULL for arg in op.args]
            interval = transfer(op, args)
            unchecked = UNCHECKED.get(op.name)
            if unchecked is not None:
                low, high = exact(op, args[0], args[1])
                if low >= LEAST and high <= MOST:
                    op.name, op.snapshot = unchecked, None
        if interval != FULL:
            self.base[op] = interval

    # -- facts --------------------------------------------------------------------------------------------------------
    def learn(self, cond: Value, holds: bool) -> None:
        """Notes what follows from a condition that holds, or does not."""
        pending = [(resolve(self.replaced, cond), holds)]
        while pending:
            cond, holds = pending.pop()
            if not isinstance(cond, Op):
                continue
            name = cond.name
            if name == "i1_not":
                pending.append((cond.args[0], not holds))
            elif (name == "i1_and" and holds) or (name == "i1_or" and not holds):
                pending += [(cond.args[0], holds), (cond.args[1], holds)]
            elif name in NEGATED:
                self.compare(name if holds else NEGATED[name], cond.args[0], cond.args[1])
            elif name == "i64_ult":
                self.learn_unsigned(cond.args[0], cond.args[1], holds)

    def learn_unsigned(self, a: Value, b: Value, holds: bool) -> None:
        if self.interval(b)[0] >= 0:
            if holds:
                self.limit(a, 0, MOST)
                self.order(a, b, True)
            elif self.interval(a)[0] >= 0:
                self.order(b, a, False)

    def compare(self, name: str, a: Value, b: Value) -> None:
        a, b = resolve(self.replaced, a), resolve(self.replaced, b)
        if name == "i64_lt":
            self.order(a, b, True)
        elif name == "i64_le":
            self.order(a, b, False)
        elif name == "i64_gt":
            self.order(b, a, True)
        elif name == "i64_ge":
            self.order(b, a, False)
        elif name == "i64_eq":
            self.order(a, b, False)
            self.order(b, a, False)
        else:
            for one, other in ((a, b), (b, a)):
                low, high = self.interval(other)
                if low == high:
                    mine = self.interval(one)
                    self.limit(one, mine[0] + (mine[0] == low), mine[1] - (mine[1] == low))

    def order(self, a: Value, b: Value, strict: bool) -> None:
        """Notes a < b, or a <= b."""
        if not isinstance(a, Const) and not isinstance(b, Const):
            self.scope.set(self.above, a, (*self.above.get(a, ()), (b, strict)))
        self.limit(a, LEAST, self.interval(b)[1] - strict)
        self.limit(b, self.interval(a)[0] + strict, MOST)

    def limit(self, value: Value, low: int, high: int) -> None:
        """Narrows a value's interval, and that of what it is a constant away from."""
        while not isinstance(value, Const):
            old = self.interval(value)
            new = max(old[0], low), min(old[1], high)
            if new == old or new[0] > new[1]:
                return
            self.scope.set(self.narrowed, value, new)
            if not (isinstance(value, Op) and value.name in ("i64_add", "i64_add_ovf") and isinstance(value.args[1], Const)):
                return
            shift = value.args[1].value
            value, low, high = value.args[0], max(new[0] - shift, LEAST), min(new[1] - shift, MOST)

    # -- questions ----------------------------------------------------------------------------------------------------
    def decide(self, name: str, a: Value, b: Value) -> bool | None:
        """Whether a comparison holds, if that is known."""
        if name == "i64_ult":
            if self.interval(a)[0] < 0 or self.interval(b)[0] < 0:
                return None
            name = "i64_lt"
        if name == "i64_gt":
            return self.less(b, a)
        if name == "i64_le":
            answer = self.less(b, a)
            return None if answer is None else not answer
        if name == "i64_ge":
            answer = self.less(a, b)
            return None if answer is None else not answer
        if name == "i64_lt":
            return self.less(a, b)
        equal = self.equal(a, b)
        return equal if equal is None or name == "i64_eq" else not equal

    def less(self, a: Value, b: Value) -> bool | None:
        (low, high), (other_low, other_high) = self.interval(a), self.interval(b)
        if high < other_low:
            return True
        if low >= other_high:
            return False
        if self.at_least(a, b, 1, 4):
            return True
        return False if self.at_least(b, a, 0, 4) else None

    def equal(self, a: Value, b: Value) -> bool | None:
        (low, high), (other_low, other_high) = self.interval(a), self.interval(b)
        if high < other_low or other_high < low or self.at_least(a, b, 1, 4) or self.at_least(b, a, 1, 4):
            return False
        return True if a is b or low == high == other_low == other_high else None

    def at_least(self, a: Value, b: Value, distance: int, depth: int) -> bool:
        """Whether a + distance <= b follows from the facts of order (no sum here overflows, as the ops say)."""
        if a is b:
            return distance <= 0
        if self.interval(a)[1] + distance <= self.interval(b)[0]:
            return True
        if not depth:
            return False
        shifted = _constant_sum(a)
        if shifted is not None and self.at_least(shifted[0], b, distance + shifted[1], depth - 1):
            return True
        shifted = _constant_sum(b)
        if shifted is not None and self.at_least(a, shifted[0], distance - shifted[1], depth - 1):
            return True
        return any(self.at_least(over, b, distance - strict, depth - 1) for over, strict in self.above.get(a, ()))


def _constant_sum(value: Value) -> tuple[Value, int] | None:
    """For x + 3 or x - 3: x and the constant."""
    if isinstance(value, Op) and len(value.args) == 2 and isinstance(value.args[1], Const):
        if value.name in ("i64_add", "i64_add_ovf"):
            return value.args[0], value.args[1].value
        if value.name in ("i64_sub", "i64_sub_ovf"):
            return value.args[0], -value.args[1].value
    return None
