"""Checking: a program runs twice plainly and once under Jitney, and what it computed is compared.

Each process writes down what `watched` sees (results, what timing functions throw away, their variables, global variables at the end);
its exit status and output count too. What differs between the plain runs (times, addresses) is not compared. Before a difference is told,
two more plain runs, in which the collector runs by itself at other times, have to agree with the first ones, so that a program that varies
by itself is not blamed on Jitney.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .measure import Interpreter
from .programs import HERE, Program

#: Everything is compiled at once and soon, and verified, so that as much as possible of what runs is compiled code.
HOT = {"JITNEY_THRESHOLD": "20", "JITNEY_EXIT_THRESHOLD": "10", "JITNEY_BUDGET": "0", "JITNEY_CHECK": "1"}
START = "import sys; sys.path.insert(0, {here!r}); from watched.main import run; run(*{arguments!r})"
#: The collector's first threshold in further plain runs: what depends on when it runs by itself is not to be compared. How often that is
#: depends on how many objects are made, and compiled code makes fewer.
COLLECTING = {"plain2": 200, "plain3": 3000}
BEFORE, AFTER = 30, 80  # characters of two texts that are shown around the place where they part
NUMBER = "number of results"
INTERNAL = ("compile_error", "internal")


@dataclass(frozen=True, slots=True)
class Settings:
    seconds: float = 1.5  # how long each function of a program is called plainly
    timeout: float = 300.0


@dataclass(slots=True)
class Observation:
    """What one process did. `entries`: where: (hash, beginning of the text), output and exit status among them."""

    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    failure: str = ""  # how the process ended, if not by itself

    def add(self, where: str, hashed: str, text: str) -> None:
        key, number = where, 1
        while key in self.entries:
            number += 1
            key = f"{where} ({number})"
        self.entries[key] = hashed, text
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """`outcome`: "same", "differs" or "could not run"; `compared` results were equal, `varying` differ between plain runs."""

    program: str
    outcome: str
    detail: str = ""
    compared: int = 0
    varying: int = 0
    regions: int = 0
    entered: int = 0


def check(programs: list[Program], plain: Interpreter, jitney: Interpreter, settings: Settings) -> Iterator[Verdict]:
    """The verdict on each program, as soon as it is there."""
    for program in programs:
        if program.kind != "import":
            with tempfile.TemporaryDirectory(prefix="jitney-check-") as directory:
                yield Checker(program, plain, jitney, settings, Path(directory)).verdict()


class Checker:
    def __init__(self, program: Program, plain: Interpreter, jitney: Interpreter, settings: Settings, directory: Path) -> None:
        self.program = program
        self.plain = plain
        self.jitney = jitney
        self.settings = settings
        self.directory = directory
        self.plan = directory / "plain0.json"

    def verdict(self) -> Verdict:
        verdict = Verdict(self.program.name, "same")
        first = self.observe(self.plain, "plain0")
        if first.failure:
            verdict.outcome, verdict.detail = "could not run", first.failure
            return verdict
        stable = agreeing(first, self.observe(self.plain, "plain1"))
        hot = self.observe(self.jitney, "jitney")
        verdict.regions = len(hot.stats.get("regions", ()))
        verdict.entered = hot.stats.get("entries", 0)
        found = difference(stable, first, hot)
        for number in (2, 3) if found else ():
            again = agreeing(first, self.observe(self.plain, f"plain{number}"))
            stable = {where: hashed for where, hashed in stable.items() if where in again}
        found = difference(stable, first, hot) or broken(hot.stats)
        verdict.compared, verdict.varying = len(stable), len(first.entries) - len(stable)
        if found:
            verdict.outcome, verdict.detail = "differs", found
        return verdict

    def observe(self, interpreter: Interpreter, name: str) -> Observation:
        report = self.directory / f"{name}.json"
        work = self.directory / "work"  # the same for all: programs print and keep their paths
        work.mkdir(exist_ok=True)
        arguments = (str(report), str(self.plan), self.settings.seconds, str(self.program.path), list(self.program.arguments))
        code = START.format(here=str(HERE), arguments=arguments)
        if name in COLLECTING:
            code = f"import gc; gc.set_threshold({COLLECTING[name]}); {code}"
        environ = interpreter.environ()
        if interpreter.name == "jitney":
            environ = {**HOT, **environ, "JITNEY_STATS_JSON": str(self.directory / "stats-{pid}.json")}
        with subprocess.Popen([interpreter.executable, "-X", "faulthandler", "-c", code], env=environ, cwd=work, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:  # fmt: skip
            try:
                out, err = process.communicate(timeout=self.settings.timeout)
            except BaseException as error:
                end(process)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                return Observation(failure=f"took longer than {self.settings.timeout:.0f} s")
        return self._observation(report, process, out, err)

    def _observation(self, report: Path, process: subprocess.Popen[str], out: str, err: str) -> Observation:
        observation = Observation()
        if report.exists():
            data = json.loads(report.read_text(encoding="utf-8", errors="surrogatepass"))
            for entry in data["entries"]:
                observation.add(*entry)
            observation.failure = data["error"].replace("\n", " ")[:300]
        for what, text in (("stdout", out), ("stderr", err)):
            for number, line in enumerate(text.splitlines()):
                observation.add(f"{what} line {number + 1}", line, line)
        observation.add("exit status", str(process.returncode), str(process.returncode))
        observation.add(NUMBER, str(len(observation.entries)), str(len(observation.entries)))
        if process.returncode < 0:
            last = err.strip().splitlines()[-1:] or [""]
            observation.failure = f"killed by signal {-process.returncode}: {last[0]}"
        elif not report.exists():
            observation.failure = f"exit status {process.returncode} before its end"
        stats = self.directory / f"stats-{process.pid}.json"
        if stats.exists():
            observation.stats = json.loads(stats.read_text(encoding="utf-8"))
        return observation


def end(process: subprocess.Popen[str]) -> None:
    """The process with its children."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        pass
    process.communicate()


def agreeing(first: Observation, second: Observation) -> dict[str, str]:
    """The hashes that two plain runs have in common, by place."""
    return {where: hashed for where, (hashed, _) in first.entries.items() if second.entries.get(where, ("",))[0] == hashed}


def difference(stable: dict[str, str], first: Observation, hot: Observation) -> str:
    """The first result that Jitney changed, or ""."""
    if hot.failure:
        return hot.failure
    for where, hashed in stable.items():
        other = hot.entries.get(where, ("", "nothing"))
        if other[0] != hashed:
            extra = [f"{added}: nothing but {text[:AFTER]}" for added, (_, text) in hot.entries.items() if added not in first.entries]
            return extra[0] if where == NUMBER and extra else f"{where}: {apart(first.entries[where][1], other[1])}"
    return ""


def apart(one: str, other: str) -> str:
    """Both texts, from a little before they part."""
    common = len(os.path.commonprefix((one, other)))
    if common == len(one) == len(other):
        return f"after the first {common} characters"
    start = common - BEFORE if common > BEFORE + 20 else 0
    dots = "..." if start else ""
    return f"{dots}{one[start : common + AFTER]} but {dots}{other[start : common + AFTER]}"


def broken(stats: dict[str, Any]) -> str:
    """Where the compiler failed. The result is right, and yet it should not."""
    for place in stats.get("given_up", ()):
        if place["reason"] in INTERNAL:
            return f"the compiler failed at {place['where']}: {place['detail']}"[:400]
    return ""
