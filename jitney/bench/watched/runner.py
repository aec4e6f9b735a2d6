"""What stands in the place of the module `pyperf`: the same calls as pyperf's runner, which note results and do not measure.

How often each function is called is found in the first process, where it runs plainly (`Plan`), and the same in the others.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from .digest import digest

LONG_ENOUGH = 0.02  # seconds that one value lasts at least: what is shorter is repeated inside the timing function
MOST_CALLS = 40
FIRST = 20  # so many of the values seen at one place are noted, then each time that their number has doubled


class Notes:
    """What the program computed, in order: (where, hash, beginning of the text)."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []
        self.counts: dict[str, int] = {}

    def note(self, where: str, value: object) -> None:
        self.entries.append((where, *digest(value)))

    def due(self, where: str) -> int:
        """Which time this is at a place, 0 when it is not to be noted."""
        count = self.counts[where] = self.counts.get(where, 0) + 1
        return count if count <= FIRST or count & (count - 1) == 0 else 0


NOTES = Notes()


class Plan:
    """name: the numbers of loops with which a timing function is called, one after the other."""

    def __init__(self, seconds: float, calls: dict[str, list[int]] | None) -> None:
        self.seconds = seconds
        self.given = calls
        self.calls: dict[str, list[int]] = {}

    def follow(self, name: str, value: Callable[[int], object]) -> None:
        done = self.calls[name] = []
        if self.given is not None:
            for loops in self.given[name]:
                done.append(loops)
                value(loops)
            return
        loops, end = 1, time.monotonic() + self.seconds
        while len(done) < MOST_CALLS and (len(done) < 2 or time.monotonic() < end):
            done.append(loops)
            start = time.monotonic()
            value(loops)
            if time.monotonic() - start < LONG_ENOUGH:
                loops *= 2


PLAN = Plan(1.0, None)


# No collection begins in these two: it would find the program's garbage before the program looks for it (gc_collect does). They make
# nothing before that, either, not even for their arguments.
def seen(value: object, line: int) -> None:
    """A value that a timing function throws away; `source.py` puts the call there."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        count = NOTES.due(f"line {line}")
        if count:
            NOTES.note(f"line {line}, time {count}", value)
    finally:
        if enabled:
            gc.enable()


def perf_counter() -> float:
    """The time, after noting the variables of the function that asks for it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        frame = sys._getframe(1)
        where = f"{frame.f_code.co_name}:{frame.f_lineno}"
        count = NOTES.due(where)
        if count:
            _note_variables(frame, f"{where}, time {count}")
    finally:
        if enabled:
            gc.enable()
    return time.perf_counter()


def _note_variables(frame: FrameType, where: str) -> None:
    for name, value in frame.f_locals.items():
        NOTES.note(f"{where}, {name}", value)


def python_implementation() -> str:
    return sys.implementation.name


def python_has_jit() -> bool:
    return False


class Runner:
    """pyperf.Runner, as far as programs use it. A program that measures several things runs them all."""

    def __init__(self, *ignored: object, metadata: dict[str, Any] | None = None, **options: object) -> None:
        self.metadata: dict[str, Any] = metadata if metadata is not None else {}
        self.argparser = argparse.ArgumentParser()
        self.args: argparse.Namespace | None = None

    def parse_args(self, args: list[str] | None = None) -> argparse.Namespace:
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_time_func(self, name: str, time_func: Callable[..., float], *args: object, **ignored: object) -> None:
        self.parse_args()
        PLAN.follow(name, lambda loops: time_func(loops, *args))
        NOTES.note(f"{name}: arguments", args)

    def bench_func(self, name: str, function: Callable[..., object], *args: object, **ignored: object) -> None:
        self.parse_args()

        def value(loops: int) -> None:
            for _ in range(loops):
                result = function(*args)
                count = NOTES.due(name)
                if count:
                    NOTES.note(f"{name}: result {count}", result)

        PLAN.follow(name, value)
        NOTES.note(f"{name}: arguments", args)

    def bench_async_func(
        self, name: str, function: Callable[..., Awaitable[object]], *args: object,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None, **ignored: object,
    ) -> None:  # fmt: skip
        self.parse_args()

        async def repeated(loops: int) -> None:
            for _ in range(loops):
                result = await function(*args)
                count = NOTES.due(name)
                if count:
                    NOTES.note(f"{name}: result {count}", result)

        def value(loops: int) -> None:
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(repeated(loops))

        PLAN.follow(name, value)
        NOTES.note(f"{name}: arguments", (args, getattr(function, "__self__", None)))

    def bench_command(self, name: str, command: list[str]) -> None:
        self.parse_args()
        for number in range(2):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
            for what, value in (("exit status", done.returncode), ("output", done.stdout), ("errors", done.stderr)):
                NOTES.note(f"{name}: {what} {number}", value)
