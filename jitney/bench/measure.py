"""Measuring: each figure comes from a process of its own, and the interpreters take turns, so that the machine's noise hits all alike.

For each program and interpreter there is, per round, one process that begins cold (its first value is the *first run*; it also finds out
how many loops make one value long enough) and one that warms up and then takes the *steady* values. pyperf's worker does the timing.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..cli.run import HOOK
from ..config import PREFIX, SWITCH
from .programs import HERE, BenchError, Program

STAND_IN = HERE / "stand_in"
STEADY = 0.9  # warm-up ends when a program runs at this part of its steady speed
ENOUGH_WARM = 0.7  # of the warm-up that was wanted, else it is measured again: it runs much faster than when it began
MAX_WARMUPS = 200


@dataclass(frozen=True, slots=True)
class Settings:
    rounds: int = 3
    values: int = 5
    min_time: float = 0.1  # seconds that one value lasts at least
    warm_time: float = 4.0  # seconds of warm-up: what is compiled within a budget takes a while
    timeout: float = 300.0

    @staticmethod
    def quick() -> Settings:
        return Settings(rounds=1, values=3, min_time=0.05, warm_time=0.6)


@dataclass(slots=True)
class Interpreter:
    name: str  # "plain", "jitney" or "pypy"
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
        raise BenchError(f"{executable}: {_last_line(done.stderr) or f'exit status {done.returncode}'}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


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


# ------------------------------------------------------------------------------------------------------------- one process


def _command(program: Program) -> list[str]:
    if program.kind == "script":
        return [str(HERE / "driver.py"), str(program.path), *program.arguments]
    return [str(program.path), *program.arguments]


def _run(command: list[str], environ: dict[str, str], timeout: float, directory: str) -> str:
    """Runs it to its end in a directory of its own; its stdout. A process that takes too long goes with its children."""
    with subprocess.Popen(command, env=environ, cwd=directory, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException as error:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise BenchError(f"took longer than {timeout:.0f} s") from None
            raise
    if process.returncode < 0:
        raise BenchError(f"killed by signal {-process.returncode}")
    if process.returncode:
        raise BenchError(_last_line(err) or f"exit status {process.returncode}")
    return out


@dataclass(slots=True)
class Worker:
    """What one worker measured. Times are for one inner loop, as pyperf has them."""

    loops: int
    inner: int
    warmups: list[tuple[int, float]]
    values: list[float]


def worker(
    program: Program, interpreter: Interpreter, settings: Settings, round_number: int, *, loops: int = 0, warmups: int = 0
) -> Worker:
    """One pyperf worker: with `loops` a measurement, without it a cold start that finds the number of loops."""
    with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
        output = os.path.join(directory, "out.json")
        script, *arguments = _command(program)
        command = [interpreter.executable, script, *arguments, "--worker", "-q", "-o", output, "--worker-task", str(program.task),
                   "--min-time", str(settings.min_time)]  # fmt: skip
        if loops:
            command += ["-l", str(loops), "-w", str(warmups), "-n", str(settings.values)]
        else:
            command += ["--calibrate-loops", "-w", "0", "-n", "1"]
        _run(command, interpreter.environ(round_number), settings.timeout, directory)
        try:
            with open(output, encoding="utf-8") as file:
                data = json.load(file)
            benchmark = data["benchmarks"][0]
        except (OSError, ValueError, LookupError):
            raise BenchError("it measured nothing") from None
        about = {**data.get("metadata", {}), **benchmark.get("metadata", {})}
        run = benchmark["runs"][0]
        pairs = [(int(count), float(value)) for count, value in run.get("warmups", ())]
        return Worker(loops or pairs[-1][0], about.get("inner_loops", 1), pairs, [float(value) for value in run.get("values", ())])


# ------------------------------------------------------------------------------------------------------------- one program


class Series:
    """The figures of one program under one interpreter, as they come in; `data` is what is saved."""

    def __init__(self, program: Program, interpreter: Interpreter) -> None:
        self.program = program
        self.interpreter = interpreter
        self.loops = 0
        self.data: dict[str, Any] = {"first": [], "rounds": [], "warmup": [], "error": ""}

    def measure(self, settings: Settings, round_number: int) -> None:
        if self.data["error"]:
            return
        try:
            {"process": self._process, "import": self._import}.get(self.program.kind, self._pyperf)(settings, round_number)
        except BenchError as error:
            self.data["error"] = str(error)[:300]

    def _pyperf(self, settings: Settings, round_number: int) -> None:
        cold = worker(self.program, self.interpreter, settings, round_number)
        self.data["first"].append(cold.warmups[0][1])
        last_loops, last = cold.warmups[-1]
        if not self.loops:
            self.loops = last_loops
        first = warm = self._warm(settings, round_number, last * self.loops * cold.inner)
        for _ in range(2):
            # The cold start was much slower than it runs now: longer values, and as much warm-up as is wanted.
            value = max(statistics.median(warm.values) * self.loops * warm.inner, 1e-6)
            if value >= settings.min_time / 2 and _seconds(warm) >= ENOUGH_WARM * settings.warm_time:
                break
            if value < settings.min_time / 2:
                factor = max(2, round(settings.min_time / value))
                self.loops *= factor
                value *= factor
            warm = self._warm(settings, round_number, value)
        self.data["rounds"].append(warm.values)
        self.data["warmup"].append(_warmup(first, statistics.median(warm.values)))

    def _warm(self, settings: Settings, round_number: int, value: float) -> Worker:
        """A worker that warms up for long enough if a value takes so many seconds."""
        warmups = max(1, min(MAX_WARMUPS, round(settings.warm_time / max(value, 1e-6))))
        return worker(self.program, self.interpreter, settings, round_number, loops=self.loops, warmups=warmups)

    def _process(self, settings: Settings, round_number: int) -> None:
        with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
            start = time.perf_counter()
            _run([self.interpreter.executable, *_command(self.program)], self.interpreter.environ(round_number),
                 settings.timeout, directory)  # fmt: skip
            value = time.perf_counter() - start
        self.data["first"].append(value)
        self.data["rounds"].append([value])

    def _import(self, settings: Settings, round_number: int) -> None:
        if self.interpreter.name != "jitney":
            return
        environ = {**self.interpreter.environ(round_number), SWITCH: "0"}  # off, so that the start-up hook has not imported it
        environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent.parent), environ.get("PYTHONPATH", "")])
        code = ("import sys, time; sys.modules.pop('jitney', None); start = time.perf_counter(); import jitney; "
                "print(time.perf_counter() - start)")  # fmt: skip
        values = []
        for _ in range(settings.values * 3):
            with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
                values.append(float(_run([self.interpreter.executable, "-c", code], environ, settings.timeout, directory)))
        self.data["rounds"].append(values)


def _seconds(warm: Worker) -> float:
    return sum([value * loops * warm.inner for loops, value in warm.warmups])


def _warmup(warm: Worker, steady: float) -> float | None:
    """Seconds until it ran at 90 % of its steady speed; None when it did not within the warm-up."""
    total = 0.0
    for loops, value in warm.warmups:
        total += value * loops * warm.inner
        if value * STEADY <= steady:
            return total
    return None


def measure(
    programs: list[Program], interpreters: list[Interpreter], settings: Settings, begin: Callable[[Program, Interpreter, int], None]
) -> Iterator[tuple[Program, dict[str, dict[str, Any]]]]:
    """Each program with its figures by interpreter, as soon as they are complete. `begin` is told of each step."""
    for program in programs:
        series = [Series(program, interpreter) for interpreter in interpreters]
        rounds = settings.rounds * (settings.values if program.kind == "process" else 1)  # whole processes take turns
        for number in range(rounds):
            for one in series if number % 2 == 0 else reversed(series):
                begin(program, one.interpreter, number)
                one.measure(settings, number)
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
