"""A region to the text of an LLVM module.

Blocks are written in reverse postorder, so that each definition is named before its uses; the phis of a block's parameters are filled in
last, when it is known in which LLVM block each predecessor ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.flow import Flow, reverse_postorder
from ..ir.helpers import HELPERS
from ..ir.ops import OPS
from ..ir.values import Block, Const, Edge, Op, Region, Snapshot, Value
from . import calls, containers, control, numbers, objects
from .declarations import declare
from .emit import TYPES, Emitter
from .image import ExitPlace, Guard
from .metadata import DEFINITIONS, LIKELY, UNLIKELY
from .needs import needs_of
from .shared import COMPACT, define, inner_blocks
from .snapshots import LOOK_BACK, ExitRecord
from .table import LOWERINGS, check_complete

check_complete()
TOPICS = (numbers, objects, containers, calls, control)


class LoweredModule:
    """LLVM text, and all that the machine code needs at run time but its address."""

    __slots__ = ("text", "blob", "consts", "pool", "buf_size", "guards", "functions", "exits")

    def __init__(self, emit: Emitter, text: str) -> None:
        self.text = text
        self.blob = emit.exits.blob()
        self.consts = emit.consts.objects
        self.pool = emit.pool
        self.buf_size = emit.exits.buf_size()
        self.guards: list[Guard] = emit.guards
        self.functions = tuple(emit.declared)
        self.exits = [goes_on_at(record.snapshot) for record in emit.exits.records]


def goes_on_at(snapshot: Snapshot) -> ExitPlace:
    frames = snapshot.frame.chain()
    path = tuple([(outer.offset, inner.code) for outer, inner in zip(frames, frames[1:], strict=False)])
    return ExitPlace(path, frames[-1].offset, snapshot.kind)


def can_be_left(op: Op) -> bool:
    """Whether the interpreter could do the op as well, from where its snapshot says. (A `drop` leaves after it: `lower_drop`.)"""
    if op.name == "call":
        helper = HELPERS[op.attrs["helper"]]
        return helper.maybe and not helper.raises
    row = OPS[op.name]
    return row.guard and not row.after


class _Driver:
    __slots__ = ("checkpoint", "compact", "emit", "spacious", "order", "labels", "incoming", "phi_places")

    def __init__(self, region: Region, quick: bool, checkpoint: Callable[[], None] | None, moves: Callable[[Any], bool] | None,
                 force_exits: int) -> None:
        self.checkpoint = checkpoint
        self.order = reverse_postorder(region)
        self.compact = quick or sum([len(block.ops) for block in self.order]) > COMPACT
        self.spacious = inner_blocks(Flow(region)) if self.compact and not quick else set()
        self.emit = Emitter(quick, region.offset, self.compact, moves, force_exits)
        self.emit.needs = needs_of(self.order)
        self.emit.filled.update([op.attrs["slot"] for block in self.order for op in block.ops if op.name in ("frame_store", "frame_local")])
        self.labels = {block: "b" + str(number) for number, block in enumerate(self.order)}
        self.incoming: dict[Block, list[tuple[str, Edge]]] = {block: [] for block in self.order}
        self.phi_places: dict[Block, int] = {}

    def run(self) -> None:
        emit = self.emit
        number = 0
        for block in self.order:
            for param in block.params:
                emit.names[param] = "%p" + str(number)
                number += 1
        entered: dict[Block, int] = {}
        for block in self.order:
            for edge in block.edges:
                entered[edge.block] = entered.get(edge.block, 0) + 1
        above: dict[Block, list[ExitRecord]] = {}  # of blocks with one way in
        for block in self.order:
            if self.checkpoint is not None:
                self.checkpoint()
            emit.above = above.pop(block, [])
            emit.compact = self.compact and block not in self.spacious
            emit.begin(self.labels[block])
            self.phi_places[block] = len(emit.lines)
            emit.lines.append("")
            for op in block.ops[:-1]:
                self.lower(op)
            self.terminate(block, block.ops[-1])
            for edge in block.edges:
                if entered[edge.block] == 1:
                    above[edge.block] = emit.above[-LOOK_BACK:]
        self.fill_phis()
        emit.finish_exits()

    def lower(self, op: Op) -> None:
        emit = self.emit
        names = emit.names
        if emit.force_exits and can_be_left(op):
            emit.guard(op, emit.at_random())
        result = LOWERINGS[op.name](emit, op, *[emit.const(v) if isinstance(v, Const) else names[v] for v in op.args])
        if result is not None:
            names[op] = result

    def terminate(self, block: Block, op: Op) -> None:
        emit = self.emit
        if op.name == "leave":
            emit.leave(op)
        elif op.name == "jump":
            emit.jump(self.target(block.edges[0]))
        else:
            first, second = block.edges
            likely = op.attrs.get("likely")
            weights = "" if likely is None else LIKELY if likely else UNLIKELY
            if first.block is second.block:
                self.branch_to_one(op, first, second, weights)
            else:
                emit.branch(emit.value(op.args[0]), self.target(first), self.target(second), weights)

    def branch_to_one(self, op: Op, first: Edge, second: Edge, weights: str) -> None:
        """Both edges lead to one block: each goes through a block of its own, so that the phis can tell them apart."""
        emit = self.emit
        yes, no = emit.new_label(), emit.new_label()
        emit.branch(emit.value(op.args[0]), yes, no, weights)
        for label, edge in ((yes, first), (no, second)):
            emit.begin(label)
            emit.jump(self.target(edge))

    def target(self, edge: Edge) -> str:
        self.incoming[edge.block].append((self.emit.label, edge))
        return self.labels[edge.block]

    def fill_phis(self) -> None:
        emit = self.emit
        for block, place in self.phi_places.items():
            if not block.params:
                continue
            incoming = self.incoming[block]
            lines = []
            for index, param in enumerate(block.params):
                pairs = ", ".join("[ " + emit.value(edge.args[index]) + ", %" + label + " ]" for label, edge in incoming)
                lines.append("  " + emit.names[param] + " = phi " + TYPES[param.type] + " " + pairs + "\n")
            emit.lines[place] = "".join(lines)


def lower(region: Region, quick: bool = False, checkpoint: Callable[[], None] | None = None,
          moves: Callable[[Any], bool] | None = None, force_exits: int = 0) -> LoweredModule:
    """The region's LLVM module and exit records. `quick`: the code is left when a better one takes its place.
    `checkpoint` is called for each block. `moves`: whether an object will have another address where the code is to run.
    `force_exits`: about one guard in so many is left though it holds."""
    driver = _Driver(region, quick, checkpoint, moves, force_exits)
    driver.run()
    emit = driver.emit
    for dependency in region.dependencies:
        for part in dependency[1:]:
            emit.consts.number(part)
    parts = [declare(name) for name in emit.declared]
    if emit.pool:
        parts.append("@pool = global [" + str(len(emit.pool)) + " x ptr] zeroinitializer\n")
    for number, words in enumerate(emit.hints):
        parts.append("@hint" + str(number + 1) + " = internal global [" + str(words) + " x i64] zeroinitializer\n")
    parts.extend("declare " + signature + "\n" for signature in emit.intrinsics)
    parts.extend(define(name, emit.layout) for name in emit.shared)
    parts.append("define i64 @region(ptr noundef nonnull %cx, ptr noundef nonnull %localsplus) nounwind {\nentry:\n")
    if emit.argv_size:
        parts.append("  %argv = alloca [" + str(emit.argv_size) + " x ptr]\n")
    parts.extend(emit.prelude)
    parts.append("  br label %b0\n")
    parts.extend(emit.lines)
    parts.append("}\n")
    if not quick:
        parts.append(DEFINITIONS)
    return LoweredModule(emit, "".join(parts))


__all__ = ["ExitPlace", "LoweredModule", "Value", "lower"]
