"""From a recording to installed machine code."""

from __future__ import annotations

import builtins
import sys
import time
from array import array
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from .. import _runtime
from ..ir.printer import show
from ..ir.values import GUARD, Region, Snapshot
from ..opt import optimise
from ..reasons import GiveUp
from ..record import Recording
from ..region.builder import build_region
from .intact import require_intact
from .services import LiveServices, watch

Path = tuple[tuple[int, CodeType], ...]


HEAP_TYPE = 1 << 9
QUICK = 0  # the level for code that may be replaced soon


class Unit:
    """A hot place with all that belongs to it: its recording, its region, how often it was compiled."""

    def __init__(self, code: CodeType, offset: int, kind: str, namespace: dict[str, Any]) -> None:
        self.code = code
        self.offset = offset
        self.kind = kind
        self.namespace = namespace
        self.recording = Recording(code, offset)
        self.callees: list[FunctionType] = []  # that the present region calls, to be compiled as a whole
        self.notes: dict[tuple[Path, int], set[str]] = {}
        self.versions = 0
        self.region: Any = None
        self.compiled: Any = None
        self.ops = 0
        self.moves = 0  # from globals to globals
        self.gain = 0.0  # saved for each second in machine code, as far as is certain
        self.speed: float | None = None  # as many times as fast as the interpreter, when last looked at
        self.logs: list[Any] = []  # recorded, until there are enough
        self.hasten = False  # records what exits lead to at once: as it is, the region does not pay
        self.resting = False  # the region is set aside
        self.rests = 0
        self.doubts = 0
        self.trial_since: tuple[int, int, int] | None = None  # the present region's pace when the trial under way began
        self.last_seconds = 0.0
        self.llvm_seconds = 0.0
        self.beside = 0.0  # of `last_seconds`, without the GIL
        self.quick = False  # compiled with the least effort
        self.settled = False  # worth LLVM's full effort from now on
        self.recorded_exits: set[int] = set()  # of the present region: what their recordings say is on its way
        self.retired: dict[int, tuple[Any, int]] = {}
        self.entries_before = 0
        self.exits_before: dict[tuple[str, str, str], int] = {}
        self.seconds = dict.fromkeys(("recording", "building", "optimising", "lowering", "llvm", "machine"), 0.0)

    @property
    def instructions(self) -> float:
        """Of bytecode, in one iteration; about."""
        total = sum([observation.count for context in self.recording.contexts() for observation in context.observations.values()])
        return total / max(1, self.recording.passes)

    @property
    def where(self) -> str:
        return f"{self.code.co_filename}:{line_of(self.code, self.offset)} {self.code.co_qualname}"


def line_of(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno


def snapshot_path(snapshot: Snapshot) -> tuple[Path, int]:
    """The inlining context and offset where a snapshot goes on."""
    frames = snapshot.frame.chain()
    path = tuple((outer.offset, inner.code) for outer, inner in zip(frames, frames[1:], strict=False))
    return path, frames[-1].offset


def compile_unit(unit: Unit, services: LiveServices, config: Any, checkpoint: Callable[[], None] | None = None, quick: bool = False) -> Any:
    """Builds, optimises and compiles a region; gives the `_runtime.Region`, not installed yet. Raises GiveUp. In the compile thread,
    which has a `checkpoint`, the program runs meanwhile: the region is invalid from the beginning when something that it relies on changed.
    """
    clock = time.perf_counter
    started = clock()
    check = None if checkpoint is None else partial(_runtime.call_hidden, pause, checkpoint)
    require_intact()
    stand_in = watch_recorded(unit.recording) if checkpoint is not None else None
    services.stand_in, services.watched = stand_in, []
    region = build_region(unit.recording, unit.namespace, builtins.__dict__, services, unit.notes, config.max_region_ops, quick,
                          check)
    if not closes(region, unit):
        raise GiveUp("unlinkable")
    unit.seconds["building"] += clock() - started
    if "i" in config.dump:
        dump(config, f"{unit.where}: IR as built", show(region))
    if config.check:
        from ..ir.verifier import verify

        verify(region)
    if check is not None:
        check()
        still_true(services, stand_in)
    started = clock()
    optimise(region, disabled=frozenset(config.disable_passes), verify=config.check > 1, quick=quick, checkpoint=check)
    unit.seconds["optimising"] += clock() - started
    unit.ops = sum(len(block.ops) for block in region.blocks)
    if "o" in config.dump:
        dump(config, f"{unit.where}: IR optimised", show(region))
    from ..lower import compile

    if check is not None:
        check()
        still_true(services, stand_in)
    texts = "l" in config.dump or "a" in config.dump
    compiled = compile(region, level=min(QUICK, config.llvm_level) if quick else config.llvm_level, dump=texts, checkpoint=check)
    if "l" in config.dump:
        dump(config, f"{unit.where}: LLVM IR optimised", compiled.texts["optimised"])
    if "a" in config.dump:
        dump(config, f"{unit.where}: assembly", compiled.texts["assembly"])
    unit.seconds["lowering"] += compiled.seconds.get("lower", 0.0)
    unit.llvm_seconds = sum(value for key, value in compiled.seconds.items() if key not in ("lower", "beside"))
    unit.beside = compiled.seconds["beside"]
    unit.seconds["llvm"] += unit.llvm_seconds
    machine = _runtime.Region(compiled.address, compiled.blob, tuple(compiled.consts), compiled.buf_size, compiled.inline_depth,
                              compiled.names)
    machine.data = compiled
    machine.globals = unit.namespace
    machine.called = unit.kind == "function"
    unit.callees = region.callees
    machine.recursive = machine.called and recurses(unit.recording)
    machine.codes = tuple([code for code in unit.recording.codes() if code is not unit.code])
    compiled.watched = services.watched
    for dependency in region.dependencies:
        watch(dependency, machine)
    services.stand_in = None
    if stand_in is not None and not stand_in.valid:
        machine.invalidate()
    return machine


#: instructions of bytecode that a recursive function executes, without those of its callees, for entering it to pay
WORTH_ENTERING = 40


def recurses(recording: Recording) -> bool:
    """Whether the function calls itself, and each call does enough."""
    executed = sum([observation.count for observation in recording.root.observations.values()])
    again = sum([context.code is recording.code for context in recording.contexts()]) > 1
    return again and executed >= WORTH_ENTERING * max(1, recording.passes)


def pause(checkpoint: Callable[[], None]) -> None:
    checkpoint()
    require_intact()


def still_true(services: LiveServices, stand_in: Any) -> None:
    """Raises GiveUp when what the region relies on has changed: there is no use in going on."""
    if services.compare(services.watched, often=True) or (stand_in is not None and not stand_in.valid):
        raise GiveUp("invalidated", "while it was compiled")


def closes(region: Region, unit: Unit) -> bool:
    """Whether the region can go round its loop (or is a whole function)."""
    return not unit.offset or any(op.name == "poll" for op in region.ops())


def watch_recorded(recording: Recording) -> Any:
    """A region of no code that becomes invalid when a class or function changes that was recorded."""
    region = _runtime.Region(0, array("i", (_runtime.EXIT_MAGIC, 0)).tobytes(), (), 0)
    seen: set[int] = set()

    def see(thing: Any) -> None:
        if type(thing) is tuple:
            for part in thing:
                see(part)
        elif id(thing) not in seen:
            seen.add(id(thing))
            if isinstance(thing, type):
                if thing.__flags__ & HEAP_TYPE:
                    _runtime.watch_type(thing, region)
            elif type(thing) is FunctionType:
                _runtime.watch_function(thing, region)

    for context in recording.contexts():
        for observation in list(context.observations.values()):
            for operands in observation.operands:
                see(operands)
    for counter in recording.entry_types:
        see(tuple(counter))
    return region


def dump(config: Any, title: str, text: str) -> None:
    out = open(config.log, "a") if config.log else sys.stderr
    print(f"--- {title}", text, sep="\n", file=out)
    if config.log:
        out.close()


__all__ = ["GUARD", "Unit", "compile_unit", "dump", "line_of", "snapshot_path"]
