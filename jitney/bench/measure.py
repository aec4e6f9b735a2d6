"""Measuring: each figure comes from a process of its own, and the interpreters take turns, so that the machine's noise hits all alike.

For each program and interpreter there is, per round, one process that begins cold (its first value is the *first run*; it also finds out
how many loops make one value long enough) and one that warms up and then takes the *steady* values, each in turn with those of the other
interpreters. pyperf's worker does the timing (`workers.py`).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..cli.run import HOOK
from ..config import PREFIX, SWITCH
from .programs import HERE, BenchError, Program
from .workers import Measured, Warm, cold, command_of, last_line, run

STAND_IN = HERE / "stand_in"
STEADY = 0.9  # warm-up ends when a program runs at this part of its steady speed
ENOUGH_WARM = 0.7  # of the warm-up that was wanted, else it is measured again: it runs much faster than when it began
MAX_WARMUPS = 200
CONTROL = "control"  # plain CPython once more: how far two measurements of the same differ
UNCOMPILED = ("plain", CONTROL)
#: values of long programs: as many as fit into so many seconds, but not fewer than
LONGEST, FEWEST = 30.0, 9


@dataclass(frozen=True, slots=True)
class Settings:
    rounds: int = 3
    values: int = 45  # a single one differs by a tenth from the next on a busy machine: so that the median is certain to 2 %
    min_time: float = 0.1  # seconds that one value lasts at least
    warm_time: float = 4.0  # seconds of warm-up: what is compiled within a budget takes a while
    timeout: float = 300.0

    @staticmethod
    def quick() -> Settings:
        return Settings(rounds=1, values=3, min_time=0.05, warm_time=0.6)


@dataclass(slots=True)
class Interpreter:
    name: str  # "plain", "jitney", "pypy" or "control"
    executable: str
    environment: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def environ(self, round_number: int = 0) -> dict[str, str]:
        result = {name: value for name, value in os.environ.items() if name != SWITCH and not name.startswith(PREFIX)}
        if self.name == "jitney":  # options in the environment are meant for Jitney
            result.update((name, value) for name, value in os.environ.items() if name.startswith(PREFIX))
        if self.name == "pypy":
            result.pop("PYTHONPATH", None)
        result["PYTHONHASHSEED"] = str(round_number + 1)  # the same for all, another in each round
        result.update(self.environment)
        return result


def ask(executable: str, code: str, environ: dict[str, str] | None = None) -> Any:
    """The JSON that a piece of code prints."""
    try:
        done = subprocess.run([executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{executable}: {error}") from None
    if done.returncode:
        raise BenchError(f"{executable}: {last_line(done.stderr) or f'exit status {done.returncode}'}")
    return json.loads(done.stdout.strip().splitlines()[-1])


ABOUT = "import sys, json, platform; print(json.dumps({'version': platform.python_version(), 'implementation': sys.implementation.name}))"
JITNEY = ("import sys, json; on = 'jitney' in sys.modules; import jitney; s = jitney.status(); "
          "print(json.dumps({'hook': on, 'enabled': s.enabled, 'reason': s.reason, 'version': jitney.__version__}))")  # fmt: skip


def plain(executable: str | None = None) -> Interpreter:
    found = shutil.which(executable or sys.executable)
    if found is None:
        raise BenchError(f"there is no interpreter {executable}")
    return Interpreter("plain", os.path.abspath(found), {}, ask(found, ABOUT))


def jitney(executable: str) -> Interpreter:
    """The same interpreter with Jitney on; through the source checkout's own hook where Jitney is not installed in it."""
    result = Interpreter("jitney", executable, {SWITCH: "1"})
    try:
        result.about = ask(executable, JITNEY, result.environ())
    except BenchError:
        result.about = {"hook": False}
    if not result.about["hook"]:
        result.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [HOOK, os.environ.get("PYTHONPATH")]))
        result.about = ask(executable, JITNEY, result.environ())
    return result


def pypy() -> Interpreter | None:
    found = shutil.which("pypy3")
    if found is None:
        return None
    about = ask(found, ABOUT)
    about["version"] = ask(found, "import sys, json; print(json.dumps('.'.join(map(str, sys.pypy_version_info[:3]))))")
    return Interpreter("pypy", found, {"PYTHONPATH": str(STAND_IN)}, about)


# ------------------------------------------------------------------------------------------------------------- one program


class Series:
    """The figures of one program under one interpreter, as they come in; `data` is what is saved."""

    def __init__(self, program: Program, interpreter: Interpreter) -> None:
        self.program = program
        self.interpreter = interpreter
        self.loops = 0
        self.value = 0.0  # seconds, with so many loops
        self.data: dict[str, Any] = {"first": [], "rounds": [], "warmup": [], "error": ""}

    def attempt(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Does it, but where something has failed before; what fails now is noted."""
        if self.data["error"]:
            return None
        try:
            return step(*arguments)
        except BenchError as error:
            self.data["error"] = str(error)[:300]
            return None

    def begin(self, settings: Settings, round_number: int) -> None:
        """The cold start; and how long a value probably takes when warm."""
        found = cold(self.program, self.interpreter.executable, self.interpreter.environ(round_number), settings.min_time, settings.timeout)
        self.data["first"].append(found.warmups[0][1])
        last_loops, last = found.warmups[-1]
        if not self.loops:
            self.loops = last_loops
        self.value = last * self.loops * found.inner

    def warm(self, settings: Settings, round_number: int) -> Warm:
        """A process that has warmed up for long enough if a value takes `self.value` seconds."""
        seconds = settings.warm_time if self.interpreter.name not in UNCOMPILED else settings.warm_time / 4
        warmups = max(1, min(MAX_WARMUPS, round(seconds / max(self.value, 1e-6))))
        process = Warm(self.program, self.interpreter.executable, self.interpreter.environ(round_number), settings.timeout,
                       loops=self.loops, warmups=warmups, values=settings.values)  # fmt: skip
        try:
            process.warm_up()
        except BaseException:
            process.close()
            raise
        return process

    def is_warm(self, settings: Settings, measured: Measured) -> bool:
        """Whether the warm-up was as long as is wanted, and the values; else the next try is better: the cold start was much slower than
        it runs now."""
        if self.interpreter.name in UNCOMPILED:
            return True
        value = max(statistics.median(measured.values) * self.loops * measured.inner, 1e-6)
        if value >= settings.min_time / 2 and measured.warm_seconds >= ENOUGH_WARM * settings.warm_time:
            return True
        if value < settings.min_time / 2:
            factor = max(2, round(settings.min_time / value))
            self.loops *= factor
            value *= factor
        self.value = value
        return False

    def process(self, settings: Settings, round_number: int) -> None:
        with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
            start = time.perf_counter()
            run([self.interpreter.executable, *command_of(self.program)], self.interpreter.environ(round_number),
                settings.timeout, directory)  # fmt: skip
            value = time.perf_counter() - start
        self.data["first"].append(value)
        self.data["rounds"].append([value])

    def import_jitney(self, settings: Settings, round_number: int) -> None:
        if self.interpreter.name != "jitney":
            return
        environ = {**self.interpreter.environ(round_number), SWITCH: "0"}  # off, so that the start-up hook has not imported it
        environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent.parent), environ.get("PYTHONPATH", "")])
        code = ("import sys, time; sys.modules.pop('jitney', None); start = time.perf_counter(); import jitney; "
                "print(time.perf_counter() - start)")  # fmt: skip
        values = []
        for _ in range(settings.values * 3):
            with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
                values.append(float(run([self.interpreter.executable, "-c", code], environ, settings.timeout, directory)))
        self.data["rounds"].append(values)


def _warmup(warm: Measured, steady: float) -> float | None:
    """Seconds until it ran at 90 % of its steady speed; None when it did not within the warm-up."""
    total = 0.0
    for loops, value in warm.warmups:
        total += value * loops * warm.inner
        if value * STEADY <= steady:
            return total
    return None


def in_turns(series: list[Series], settings: Settings, round_number: int) -> dict[int, Measured]:
    """The warm values: the processes of all interpreters are there at once, and take turns. By the number of the series."""
    longest = max([one.value for one in series])
    settings = replace(settings, values=min(settings.values, max(FEWEST, round(LONGEST / max(longest, 1e-6)))))
    processes = {}
    try:
        for number, one in enumerate(series):
            process = one.attempt(one.warm, settings, round_number)
            if process is not None:
                processes[number] = process
        processors = sorted(os.sched_getaffinity(0))
        for value in range(settings.values):
            for number in sorted(processes, reverse=value % 2 > 0):
                series[number].attempt(processes[number].turn, processors[value // 2 % len(processors)])
        results = {number: series[number].attempt(process.result) for number, process in processes.items()}
        return {number: result for number, result in results.items() if result is not None}
    finally:
        for process in processes.values():
            process.close()


def measure_round(series: list[Series], settings: Settings, round_number: int) -> None:
    for one in series if round_number % 2 == 0 else reversed(series):
        one.attempt(one.begin, settings, round_number)
    first = results = in_turns(series, settings, round_number)
    for _ in range(2):
        warm = [series[number].is_warm(settings, result) for number, result in results.items()]
        if all(warm):
            break
        results = in_turns(series, settings, round_number)
    for number, result in results.items():
        data = series[number].data
        data["rounds"].append(result.values)
        data["warmup"].append(_warmup(first[number], statistics.median(result.values)))


def measure(
    programs: list[Program], interpreters: list[Interpreter], settings: Settings, begin: Callable[[Program, int], None]
) -> Iterator[tuple[Program, dict[str, dict[str, Any]]]]:
    """Each program with its figures by interpreter, as soon as they are complete. `begin` is told of each round."""
    for program in programs:
        series = [Series(program, interpreter) for interpreter in interpreters]
        rounds = settings.rounds * (settings.values if program.kind == "process" else 1)  # whole processes take turns
        for number in range(rounds):
            begin(program, number)
            if program.kind in ("process", "import"):
                for one in series if number % 2 == 0 else reversed(series):
                    one.attempt(one.process if program.kind == "process" else one.import_jitney, settings, number)
            else:
                measure_round(series, settings, number)
        yield program, {one.interpreter.name: one.data for one in series}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    model = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return {"processor": model or platform.processor() or platform.machine(), "processors": os.cpu_count(), "platform": platform.platform(),
            "jitney": __version__}  # fmt: skip
