"""The processes that are measured: cold ones run on their own, warm ones take turns.

A machine's speed may change from one second to the next (other work on it, its clock), by more than what is to be measured. So the warm
processes of all interpreters are there at the same time, and go on for one value each in turn: `Warm.turn`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .programs import HERE, BenchError, Program

TURNS = HERE / "turns"
TURN = "JITNEY_BENCH_TURN"
HOOK_NAME = "jitney_turn"
#: what tells pyperf of the hook
ENTRY_POINT = f"[pyperf.hook]\n{HOOK_NAME} = {HOOK_NAME}:Turn\n"


def last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def command_of(program: Program) -> list[str]:
    if program.kind == "script":
        return [str(HERE / "driver.py"), str(program.path), *program.arguments]
    return [str(program.path), *program.arguments]


def check_status(status: int, err: str) -> None:
    if status < 0:
        raise BenchError(f"killed by signal {-status}")
    if status:
        raise BenchError(last_line(err) or f"exit status {status}")


def kill(process: subprocess.Popen[Any]) -> None:
    """With its children: it leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(command: list[str], environ: dict[str, str], timeout: float, directory: str) -> str:
    """Runs it to its end in a directory of its own; its stdout. A process that takes too long goes with its children."""
    with subprocess.Popen(command, env=environ, cwd=directory, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException as error:
            kill(process)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise BenchError(f"took longer than {timeout:.0f} s") from None
            raise
    check_status(process.returncode, err)
    return out


@dataclass(slots=True)
class Measured:
    """What one process measured. Times are for one inner loop, as pyperf has them."""

    loops: int
    inner: int
    warmups: list[tuple[int, float]]
    values: list[float]

    @property
    def warm_seconds(self) -> float:
        return sum([value * loops * self.inner for loops, value in self.warmups])

    @staticmethod
    def read(path: str, loops: int) -> Measured:
        try:
            with open(path, encoding="utf-8") as file:
                data = json.load(file)
            benchmark = data["benchmarks"][0]
        except (OSError, ValueError, LookupError):
            raise BenchError("it measured nothing") from None
        about = {**data.get("metadata", {}), **benchmark.get("metadata", {})}
        done = benchmark["runs"][0]
        pairs = [(int(count), float(value)) for count, value in done.get("warmups", ())]
        return Measured(loops or pairs[-1][0], about.get("inner_loops", 1), pairs, [float(value) for value in done.get("values", ())])


def cold(program: Program, executable: str, environ: dict[str, str], min_time: float, timeout: float) -> Measured:
    """A cold start, which finds out how many loops make a value long enough."""
    with tempfile.TemporaryDirectory(prefix="jitney-bench-") as directory:
        output = os.path.join(directory, "out.json")
        command = [executable, *command_of(program), "--worker", "-q", "-o", output, "--worker-task", str(program.task),
                   "--min-time", str(min_time), "--calibrate-loops", "-w", "0", "-n", "1"]  # fmt: skip
        run(command, environ, timeout, directory)
        return Measured.read(output, 0)


class Warm:
    """A process that warms up, and then gives one value each time that it is its turn. To be closed."""

    def __init__(self, program: Program, executable: str, environ: dict[str, str], timeout: float, *,
                 loops: int, warmups: int, values: int) -> None:  # fmt: skip
        self.loops, self.warmups, self.timeout = loops, warmups, timeout
        self.directory = tempfile.TemporaryDirectory(prefix="jitney-bench-")
        home = Path(self.directory.name)
        self.output, self.said = str(home / "out.json"), home / "said"
        hook = home / "hook" / f"{HOOK_NAME}-1.dist-info"
        hook.mkdir(parents=True)
        (hook / "entry_points.txt").write_text(ENTRY_POINT)
        (hook / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {HOOK_NAME}\nVersion: 1\n")
        work = home / "work"
        work.mkdir()
        its_reading, self.writing = os.pipe()
        self.reading, its_writing = os.pipe()
        paths = [environ.get("PYTHONPATH"), str(hook.parent), str(TURNS)]
        command = [executable, *command_of(program), "--worker", "-q", "-o", self.output, "--worker-task", str(program.task),
                   "-l", str(loops), "-w", str(warmups), "-n", str(values), "--hook", HOOK_NAME]  # fmt: skip
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                command, env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), TURN: f"{its_reading},{its_writing}"},
                cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
                pass_fds=(its_reading, its_writing))  # fmt: skip
        os.close(its_reading)
        os.close(its_writing)

    def _hear(self, wanted: bytes) -> None:
        ready, _, _ = select.select([self.reading], [], [], self.timeout)
        if not ready:
            raise BenchError(f"took longer than {self.timeout:.0f} s")
        if os.read(self.reading, 1) != wanted:
            self._end()
            raise BenchError("it ended before it was measured")

    def turn(self, processor: int | None = None) -> None:
        """Lets it go on for one value; its main thread on one processor, if that is given: they may differ in speed."""
        self._hear(b"?")
        if processor is not None:
            everywhere = os.sched_getaffinity(self.process.pid)
            os.sched_setaffinity(self.process.pid, {processor})
        os.write(self.writing, b"!")
        self._hear(b".")
        if processor is not None:
            with contextlib.suppress(ProcessLookupError):  # that was its last one
                os.sched_setaffinity(self.process.pid, everywhere)

    def warm_up(self) -> None:
        for _ in range(self.warmups):
            self.turn()

    def _end(self) -> None:
        """Waits for its end. Raises BenchError when it failed."""
        try:
            status = self.process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            raise BenchError(f"took longer than {self.timeout:.0f} s") from None
        check_status(status, self.said.read_text(errors="replace"))

    def result(self) -> Measured:
        """After its last turn."""
        self._end()
        return Measured.read(self.output, self.loops)

    def close(self) -> None:
        os.close(self.reading)
        os.close(self.writing)
        if self.process.poll() is None:
            time.sleep(0.01)
            kill(self.process)
            self.process.wait()
        self.directory.cleanup()


__all__ = ["Measured", "Warm", "cold", "command_of", "last_line", "run"]
