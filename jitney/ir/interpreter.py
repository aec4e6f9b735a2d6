"""Executes a region on real Python objects: slow, plain, and the reference for what machine code must do.

    left = run(region, [1.5, NULL])
    left.frames[0].locals, left.frames[0].offset, left.exception

Boxed values are Python objects, unboxed ones ints, floats and bools; references are not counted. An op's meaning is its row's
`evaluate`, or a function in `execute.ACTIONS`.
A guard that does not hold, or an op that raises, ends the run with the snapshot's values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from . import iterators
from .execute import ACTIONS, NULL, Guarded, Machine
from .helpers import HELPERS
from .ops import OPS
from .types import F64, I1, I64
from .values import RAISE, SYNCED, Block, Const, FrameState, Op, Region, Snapshot, Value, Virtual


class OutOfFuel(Exception):
    """The region ran for more ops than allowed."""


@dataclass
class Frame:
    """One frame to go on with; missing values are NULL."""

    code: CodeType
    offset: int
    locals: list[Any]
    stack: list[Any]
    func: Any = None
    return_offset: int = 0
    return_action: int = 0


@dataclass
class Leave:
    """Where and how the region was left; frames outermost first."""

    snapshot: Snapshot
    op: Op
    frames: list[Frame]
    exception: BaseException | None = None
    names: dict[str, Any] = field(default_factory=dict)
    ops_run: int = 0


def run(region: Region, locals: list[Any], machine: Machine | None = None, fuel: int = 10_000_000) -> Leave:
    """Runs a region on the localsplus of its outermost frame (the stack follows the locals), which it may change."""
    machine = machine or Machine()
    machine.locals = locals
    return _Run(machine, fuel).region(region)


class _Run:
    def __init__(self, machine: Machine, fuel: int) -> None:
        self.machine = machine
        self.fuel = fuel
        self.start = fuel
        self.values: dict[Value, Any] = {}

    def get(self, value: Value) -> Any:
        return value.value if isinstance(value, Const) else self.values[value]

    def region(self, region: Region) -> Leave:
        block = region.entry
        while True:
            for op in block.ops[:-1]:
                left = self.step(op)
                if left is not None:
                    return left
            last = block.ops[-1]
            self.burn()
            if last.name == "leave":
                return self.leave(last, None)
            edge = block.edges[0 if last.name == "jump" or self.get(last.args[0]) else 1]
            given = [self.get(arg) for arg in edge.args]
            block = edge.block
            self.enter(block, given)

    def enter(self, block: Block, given: list[Any]) -> None:
        for param, item in zip(block.params, given, strict=True):
            self.values[param] = item

    def burn(self) -> None:
        self.fuel -= 1
        if self.fuel < 0:
            raise OutOfFuel

    def step(self, op: Op) -> Leave | None:
        """Executes one op."""
        self.burn()
        args = [self.get(arg) for arg in op.args]
        try:
            result = self.execute(op, args)
        except Guarded:
            assert op.snapshot is not None, op.name
            return self.leave(op, None)
        if isinstance(result, _Raised):
            assert op.snapshot is not None and op.snapshot.kind == RAISE, op.name
            return self.leave(op, result.exception)
        self.values[op] = result
        return None

    def execute(self, op: Op, args: list[Any]) -> Any:
        action = ACTIONS.get(op.name)
        if op.name == "call":
            return self.call(op, args)
        if action is not None:
            return action(self.machine, op, *args)
        row = OPS[op.name]
        assert row.evaluate is not None, op.name
        try:
            result = row.evaluate(*args)
        except (ArithmeticError, ValueError):
            if row.guard:
                raise Guarded from None
            raise
        if row.guard and not _fits(op, result):
            raise Guarded
        return result

    def call(self, op: Op, args: list[Any]) -> Any:
        name = op.attrs["helper"]
        helper = HELPERS[name]
        action = ACTIONS.get("call." + name, helper.evaluate)
        assert action is not None, name
        try:
            result = action(self.machine, op, *args) if "call." + name in ACTIONS else action(*args)
        except Guarded:
            raise
        except Exception as exception:
            if not helper.raises:
                raise
            return _Raised(exception)
        return result

    # -- leaving ------------------------------------------------------------------------------------------------------
    def leave(self, op: Op, exception: BaseException | None) -> Leave:
        snapshot = op.snapshot
        assert snapshot is not None
        made: dict[int, Any] = {}
        frames = [self.frame(frame, made) for frame in snapshot.frame.chain()]
        names = {name: self.resolve(value, made) for name, value in snapshot.names}
        return Leave(snapshot, op, frames, exception, names, self.start - self.fuel)

    def frame(self, frame: FrameState, made: dict[int, Any]) -> Frame:
        slots = [self.machine.locals[index] if value is SYNCED else self.resolve(value, made)
                 for index, value in enumerate((*frame.locals, *frame.stack))]
        locals, stack = slots[:len(frame.locals)], slots[len(frame.locals):]
        func = None if frame.func is None else self.resolve(frame.func, made)
        return Frame(frame.code, frame.offset, locals, stack, func, frame.return_offset, frame.return_action)

    def resolve(self, value: Value | None, made: dict[int, Any]) -> Any:
        if value is None:
            return NULL
        if not isinstance(value, Virtual):
            return self.get(value)
        if id(value) not in made:
            made[id(value)] = iterators.MAKERS[value.kind](*[self.resolve(item, made) for item in value.fields])
        return made[id(value)]


class _Raised:
    __slots__ = ("exception",)

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception


def _fits(op: Op, result: Any) -> bool:
    if op.type is I64:
        return isinstance(result, int) and -(2**63) <= result < 2**63
    if op.type is F64:
        return isinstance(result, float) and result - result == 0.0
    return op.type is not I1 or isinstance(result, bool)
