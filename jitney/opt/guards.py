"""Removes guards and pure ops that an equal one above makes redundant.

    guard_type(o0, type=float) -> ...          guard_type(o0, type=float) -> ...
    f1: f64 = float_value(o0)                  f1: f64 = float_value(o0)
    guard_type(o0, type=float) -> ...   ->     f3: f64 = f64_add(f1, f1)
    f2: f64 = float_value(o0)
    f3: f64 = f64_add(f1, f2)

Known below a guard or on a branch's way: conditions, types (also the answer of `type_is`). An instance of a heap type may get another
class, so what is known of those
ends where anything may run.
"""

from __future__ import annotations

from typing import Any

from jitney.ir.flow import Flow
from jitney.ir.ops import OPS
from jitney.ir.types import OBJ, VOID
from jitney.ir.values import Block, Const, Op, Region, Value, const_i1
from jitney.knowledge.classes import stays

from .memory import State, States
from .replace import Replaced, replace_all, resolve
from .scope import Scope, branch_above, increfed_values, op_key

PURE: dict[str, bool] = {name: row.commutes for name, row in OPS.items() if row.effect == "pure" and not row.terminator}
CONDITION_GUARDS = {"guard_true": True, "guard_false": False}


def remove_redundant(region: Region) -> None:
    """One walk down the dominator tree."""
    _Numbering(region).run()


class _Numbering:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.flow = Flow(region)
        self.scope = Scope()
        self.states = States(self.flow)
        self.state: State
        self.table: dict[tuple[Any, ...], Value] = {}
        self.conditions: dict[Value, bool] = {}
        self.types: dict[Value, tuple[type, int]] = {}  # the type and, for heap types, the `any` version it was seen at
        self.tested_at: dict[Value, int] = {}  # type_is ops: the `any` version at their place
        self.replaced: Replaced = {}
        self.increfed = increfed_values(region.ops())

    def run(self) -> None:
        for block in self.scope.walk(self.flow):
            self.state = self.states.at_entry(block)
            known = branch_above(self.flow, block)
            if known is not None:
                self.learn(known[0], known[1])
            self.block(block)
            self.states.leave(block, self.state)
        replace_all(self.region, self.replaced)

    def block(self, block: Block) -> None:
        kept: list[Op] = []
        replaced = self.replaced
        for op in block.ops:
            args = op.args
            for index, arg in enumerate(args):
                if arg in replaced:
                    args[index] = resolve(replaced, arg)
            if op.name not in PURE:
                self.state.step(op)
                if op.name == "branch" and args[0] in self.conditions:
                    args[0] = const_i1(self.conditions[args[0]])
                kept.append(op)
            elif not self.redundant(op):
                kept.append(op)
        block.ops = kept

    def redundant(self, op: Op) -> bool:
        """Whether the op may go; otherwise notes what it tells."""
        name = op.name
        if name in CONDITION_GUARDS:
            return self.condition_guard(op, CONDITION_GUARDS[name])
        if name == "guard_type" or name == "type_is":
            return self.type_test(op)
        key = op_key(op, PURE[name])
        if name == "guard_code":
            key = (*key, self.state.any)
        earlier = self.table.get(key)
        if earlier is None:
            self.scope.set(self.table, key, op)
            return False
        if op.type is OBJ and op in self.increfed:
            return False
        if op.type is not VOID:
            self.replaced[op] = earlier
        return True

    def condition_guard(self, op: Op, wanted: bool) -> bool:
        cond = op.args[0]
        known = self.conditions.get(cond)
        if known is None:
            self.learn(cond, wanted)
            return False
        if known is not wanted:
            op.args[0] = const_i1(known)
            return False
        return True

    def known_type(self, value: Value) -> type | None:
        known = self.types.get(value)
        if known is None or (not stays(known[0]) and known[1] != self.state.any):
            return None
        return known[0]

    def type_test(self, op: Op) -> bool:
        value = op.args[0]
        known = self.known_type(value)
        if op.name == "type_is":
            if known is not None:
                self.replaced[op] = const_i1(known is op.attrs["type"])
                return True
            key = (*op_key(op, False), 0 if stays(op.attrs["type"]) else self.state.any)
            earlier = self.table.get(key)
            if earlier is not None:
                self.replaced[op] = earlier
                return True
            self.scope.set(self.table, key, op)
            self.tested_at[op] = self.state.any
            return False
        if known is None:
            self.learn_type(value, op.attrs["type"], self.state.any)
            return False
        if known is not op.attrs["type"]:
            op.name, op.attrs, op.args = "guard_true", {"reason": "another type"}, [const_i1(False)]
            return False
        return True

    def learn_type(self, value: Value, type_: type, when: int) -> None:
        if not isinstance(value, Const):
            self.scope.set(self.types, value, (type_, when))

    def learn(self, cond: Value, holds: bool) -> None:
        """Notes that a condition holds, or does not, from here on."""
        pending = [(resolve(self.replaced, cond), holds)]
        while pending:
            cond, holds = pending.pop()
            if not isinstance(cond, Op) or cond in self.conditions:
                if not isinstance(cond, Const):
                    self.scope.set(self.conditions, cond, holds)
                continue
            self.scope.set(self.conditions, cond, holds)
            if cond.name == "i1_not":
                pending.append((cond.args[0], not holds))
            elif (cond.name == "i1_and" and holds) or (cond.name == "i1_or" and not holds):
                pending += [(cond.args[0], holds), (cond.args[1], holds)]
            elif cond.name == "type_is" and holds:
                self.learn_type(cond.args[0], cond.attrs["type"], self.tested_at.get(cond, -1))
