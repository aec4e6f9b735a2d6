"""Test suites of others, run plainly and under Jitney, and their outcomes compared test by test: what `fidelity` and `suites` share.

A suite runs in a process of its own, which writes a line of JSON for each thing that happens: `["begin", id]`, then
`["ok" | "failed" | "skipped" | ..., id, text]`. What a crash interrupts has only begun.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import jitney

PACKAGE = Path(jitney.__file__).resolve().parent
STORE = Path(__file__).resolve().parent.parent / "build"
#: Everything is compiled, at once. LLVM's own effort, four fifths of the time otherwise, is not what is tested here.
COMPILE_ALL = {"JITNEY": "1", "JITNEY_THRESHOLD": "2", "JITNEY_EXIT_THRESHOLD": "2", "JITNEY_LLVM_LEVEL": "0"}
WHOLE = "(module)"  # stands for a test where the suite as a whole went wrong
STOPPED = ("crashed", "timeout")
MOST_CRASHES = 6  # in one suite, before the rest of its tests is given up
ENDED_ITSELF = 128  # exit statuses below: the runner of the tests got to its end


@dataclass
class Outcome:
    """How one suite's tests ended. `tests`: id -> "ok", "failed", "skipped", "crashed", "timeout" or what else the suite's runner tells."""

    tests: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    processor: float = 0.0  # seconds of processor time, where one suite runs at a time

    def stopped(self) -> list[str]:
        return [test for test, end in self.tests.items() if end in STOPPED]


#: What runs a suite: the file for events and the outcome so far -> command.
Starter = Callable[[Path, Outcome], list[str]]


def environment_without(others: Iterable[str] = ()) -> dict[str, str]:
    """This process's environment without what says something to Jitney, and without `others`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JITNEY") and name not in others}


def run_once(start: Starter, so_far: Outcome, environment: Mapping[str, str], wait: float, directory: Path | None
             ) -> tuple[list[list[str]], int | None, str]:  # fmt: skip
    """What one process reported, its exit status (`None`: nothing happened for too long), and the end of what it wrote."""
    with tempfile.TemporaryDirectory(prefix="outcomes-") as scratch:
        events, written = Path(scratch, "events"), Path(scratch, "written")
        events.touch()
        with written.open("wb") as out:
            process = subprocess.Popen(start(events, so_far), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                       cwd=directory or scratch, env=environment, start_new_session=True)  # fmt: skip
            status: int | None = None
            try:
                size, last = -1, time.monotonic()
                while (status := process.poll()) is None and time.monotonic() < last + wait:
                    if events.stat().st_size != size:
                        size, last = events.stat().st_size, time.monotonic()
                    time.sleep(0.05)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # its children, too
                    process.wait()
        return [json.loads(line) for line in events.read_text().splitlines()], status, written.read_text(errors="replace")[-4000:]


def run(start: Starter, environment: Mapping[str, str], wait: float, directory: Path | None = None) -> Outcome:
    """All tests of a suite; after a crash again with what `start` makes of the outcome so far."""
    outcome = Outcome()
    begun, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    while True:
        events, status, text = run_once(start, outcome, environment, wait, directory)
        under_way = WHOLE
        for what, test, *details in events:
            if what == "begin":
                under_way = test
            elif outcome.tests.get(test) not in ("failed", *STOPPED):  # a test may fail several times
                outcome.tests[test] = what
                if what == "failed":
                    outcome.details[test] = details[0]
            if what != "begin" and test == under_way:
                under_way = WHOLE
        if status is not None and 0 <= status < ENDED_ITSELF:
            break
        outcome.tests[under_way] = "timeout" if status is None else "crashed"
        outcome.details[under_way] = f"exit status {status}\n{text}"
        if under_way == WHOLE or len(outcome.stopped()) == MOST_CRASHES:
            break
    if not outcome.tests:
        outcome.tests[WHOLE] = "ok" if status == 0 else "skipped" if "skipped" in text else "failed"
        outcome.details[WHOLE] = text
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome.seconds = round(time.monotonic() - begun, 1)
    outcome.processor = round(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, 1)
    return outcome


class Results:
    """Outcomes on disk, by kind ("plain" or a fingerprint of Jitney's files) and suite."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.outcomes: dict[str, dict[str, dict[str, object]]] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, kind: str, suite: str) -> Outcome | None:
        kept = self.outcomes.get(kind, {}).get(suite)
        return Outcome(**kept) if kept is not None else None  # type: ignore[arg-type]

    def put(self, kind: str, suite: str, outcome: Outcome) -> None:
        with self.lock:
            self.outcomes.setdefault(kind, {})[suite] = asdict(outcome)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self.path.with_suffix(".new")
            unfinished.write_text(json.dumps(self.outcomes, indent=0))
            unfinished.replace(self.path)

    def keep_only(self, *kinds: str) -> None:
        self.outcomes = {kind: self.outcomes.get(kind, {}) for kind in kinds}


def fingerprint() -> str:
    """Of Jitney's files, so that outcomes are taken again when they change."""
    digest = hashlib.sha256()
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob(f"*{sys.implementation.cache_tag}*.so")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def reason_for(test: str, excused: Mapping[str, str]) -> str | None:
    """Why a test need not end the same way; patterns have * and ?, and no other wildcards (ids of tests contain brackets)."""
    return next((why for pattern, why in excused.items() if fnmatch.fnmatchcase(test, pattern.replace("[", "[[]"))), None)
