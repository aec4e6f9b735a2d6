"""Moves what a loop computes anew each time, though nothing of it changes, before the loop.

    b0(): ... jump b1(0)                       b0(): ...
    b1(i1: i64):                                 f3: f64 = f64_mul(f0, 2.0)
      f3: f64 = f64_mul(f0, 2.0)        ->       jump b1(0)
      ...  jump b1(i4)                         b1(i1: i64): ...

Moved: pure ops that are defined for all operands; reads of the length or value of an object whose type a guard above the loop makes
sure, when nothing in the loop writes
the place. Guards stay: the peeled first iteration has them, and `guards` removes those of the loop itself.
"""

from __future__ import annotations

from jitney.ir.flow import Flow, Loop
from jitney.ir.ops import OPS
from jitney.ir.types import OBJ, VOID
from jitney.ir.values import Block, Const, Edge, Op, Region, Value

from .memory import ANY, BLIND, Location, changes, location_of
from .scope import increfed_values

#: pure ops on unboxed operands that may run at any time
TOTAL = frozenset(name for name, row in OPS.items() if row.effect == "pure" and not row.guard and not row.partial and not row.terminator
                  and row.result is not VOID and "o" not in row.arg_letters)
#: ops on one object that may run wherever its type is known
TYPED: dict[str, type] = {"float_value": float, "bool_value": bool, "tuple_len": tuple, "list_len": list, "bytes_len": bytes,
                          "bytearray_len": bytearray, "str_len": str}


def hoist(region: Region) -> None:
    """Treats loops from the inner ones outwards, so that an op moves as far as it can."""
    flow = Flow(region)
    loops = flow.loops()
    if not loops:
        return
    hoister = _Hoister(region, flow, loops)
    for loop in loops:
        hoister.hoist(loop)


class _Hoister:
    def __init__(self, region: Region, flow: Flow, loops: list[Loop]) -> None:
        self.region = region
        self.loops = loops
        self.flow = flow
        self.increfed = increfed_values(region.ops())
        self.home: dict[Value, Block] = {}
        self.types: dict[tuple[Value, type], list[Block]] = {}
        for block in flow.order:
            for param in block.params:
                self.home[param] = block
            for op in block.ops:
                self.home[op] = block
                if op.name == "guard_type":
                    self.types.setdefault((op.args[0], op.attrs["type"]), []).append(block)

    def hoist(self, loop: Loop) -> None:
        outside = [(block, edge) for block, edge in self.flow.predecessors[loop.header] if block not in loop.body]
        if len(outside) != 1:
            return
        source, edge = outside[0]
        changed: set[Location] = set()
        for block in loop.body:
            for op in block.ops:
                changed.update(changes(op))
        moved: list[Op] = []
        for block in self.flow.order:
            if block in loop.body:
                kept = []
                for op in block.ops:
                    if self.movable(op, loop, source, changed):
                        moved.append(op)
                        self.home[op] = source
                    else:
                        kept.append(op)
                block.ops = kept
        if moved:
            self.place(moved, source, edge)

    def movable(self, op: Op, loop: Loop, source: Block, changed: set[Location]) -> bool:
        name = op.name
        if name in TYPED:
            if not self.is_typed(op.args[0], TYPED[name], source):
                return False
            if OPS[name].effect != "pure" and not changed.isdisjoint((ANY, BLIND, location_of(op))):
                return False
        elif name not in TOTAL or (op.type is OBJ and op in self.increfed):
            return False
        return all(isinstance(arg, Const) or self.home[arg] not in loop.body for arg in op.args)

    def is_typed(self, value: Value, type_: type, source: Block) -> bool:
        return any(self.flow.dominates(block, source) for block in self.types.get((value, type_), ()))

    def place(self, moved: list[Op], source: Block, edge: Edge) -> None:
        """Puts the ops at the end of the loop's only way in: before its jump, or on a block of its own after a branch."""
        if len(source.edges) == 1:
            source.ops[-1:-1] = moved
            return
        block = Block(source.where)
        block.ops = [*moved, Op("jump", VOID, [])]
        block.edges = [Edge(edge.block, edge.args)]
        edge.block, edge.args = block, []
        self.region.blocks.insert(self.region.blocks.index(block.edges[0].block), block)
        for loop in self.loops:
            if source in loop.body and block.edges[0].block in loop.body and loop.header is not block.edges[0].block:
                loop.body.add(block)
        self.flow = Flow(self.region)
        for op in moved:
            self.home[op] = block
