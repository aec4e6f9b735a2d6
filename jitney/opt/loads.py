"""Removes loads of what an earlier load or store above already shows.

    i1: i64 = list_len(o0)                     i1: i64 = list_len(o0)
    list_set_float(o0, 0, f2) -> ...           list_set_float(o0, 0, f2) -> ...
    i3: i64 = list_len(o0)              ->     f4: f64 = f64_add(f2, 1.0)
    o5: obj = list_get(o0, 0)
    f6: f64 = float_value(o5)
    f4: f64 = f64_add(f6, 1.0)

A load is redundant when no op on any way between writes its location (see `memory`). A value stored is forwarded to the loads of the
same place below it; a float stored
is forwarded to the `float_value` of what is loaded.
"""

from __future__ import annotations

from typing import Any

from jitney.ir.flow import Flow
from jitney.ir.ops import OPS
from jitney.ir.types import OBJ, VOID
from jitney.ir.values import Op, Region, Value

from .memory import State, States, location_of
from .replace import Replaced, replace_all, resolve
from .scope import Scope, increfed_values, op_key, operand_key

READS = frozenset(name for name, row in OPS.items() if row.effect.startswith("read ") and row.effect != "read state")
#: stores: the load that they feed, and the operand that it then gives
STORES: dict[str, tuple[str, int]] = {"attr_swap": ("attr_get", 1), "slot_swap": ("slot_get", 1), "cell_swap": ("cell_get", 1),
                                      "list_swap": ("list_get", 2), "frame_store": ("frame_local", 0)}
FLOAT_STORES: dict[str, tuple[str, int]] = {"attr_set_float": ("attr_get", 1), "slot_set_float": ("slot_get", 1),
                                            "list_set_float": ("list_get", 2)}


def remove_loads(region: Region) -> None:
    """One walk down the dominator tree."""
    _Loads(region).run()


class _Loads:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.flow = Flow(region)
        self.scope = Scope()
        self.states = States(self.flow)
        self.table: dict[tuple[Any, ...], Value] = {}
        self.stored_floats: dict[tuple[Any, ...], Value] = {}
        self.float_of: dict[Value, Value] = {}  # loaded objects whose float value is at hand
        self.replaced: Replaced = {}
        self.increfed = increfed_values(region.ops())

    def run(self) -> None:
        for block in self.scope.walk(self.flow):
            state = self.states.at_entry(block)
            block.ops = [op for op in block.ops if not self.redundant(op, state)]
            self.states.leave(block, state)
        replace_all(self.region, self.replaced)

    def redundant(self, op: Op, state: State) -> bool:
        args = op.args
        for index, arg in enumerate(args):
            if arg in self.replaced:
                args[index] = resolve(self.replaced, arg)
        name = op.name
        if name in READS:
            return self.load(op, state)
        if name == "float_value" and args[0] in self.float_of:
            self.replaced[op] = self.float_of[args[0]]
            return True
        if name == "guard_type" and args[0] in self.float_of and op.attrs["type"] is float:
            return True
        state.step(op)
        if name in STORES:
            self.store(op, state, STORES[name], self.table)
        elif name in FLOAT_STORES:
            self.store(op, state, FLOAT_STORES[name], self.stored_floats)
        return False

    def load(self, op: Op, state: State) -> bool:
        key = (*op_key(op, False), state.version(location_of(op)))
        earlier = self.table.get(key)
        if earlier is not None and (op.type is not OBJ or op not in self.increfed):
            if op.type is not VOID:
                self.replaced[op] = earlier
            return True
        self.scope.set(self.table, key, op)
        stored = self.stored_floats.get(key)
        if stored is not None:
            self.scope.set(self.float_of, op, stored)
        return False

    def store(self, op: Op, state: State, row: tuple[str, int], table: dict[tuple[Any, ...], Value]) -> None:
        load, number = row
        key = (load, *map(operand_key, op.args[:number]), *op.attrs.values(), state.version(location_of(op)))
        self.scope.set(table, key, op.args[number])
