"""CPython's own test suite, each test plainly and with everything compiled: `python run.py [--jobs N] [--core] [MODULE ...]`.

A test that passes plainly and fails, crashes or does not end under Jitney is a difference; `excused.toml` names those that need not pass.
What was found is kept in `build/fidelity/`: a run that was interrupted goes on where it was, plain results are taken again only for
another CPython, Jitney's only after Jitney changed.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import jitney

HERE = Path(__file__).resolve().parent
PACKAGE = Path(jitney.__file__).resolve().parent
STORE = HERE.parent.parent / "build" / "fidelity"
#: Everything is compiled, at once. LLVM's own effort, four fifths of the time otherwise, is not what is tested here.
COMPILE_ALL = {"JITNEY": "1", "JITNEY_THRESHOLD": "2", "JITNEY_EXIT_THRESHOLD": "2", "JITNEY_LLVM_LEVEL": "0"}
MODULE_ITSELF = "(module)"  # stands for a test where the module as a whole went wrong
MOST_CRASHES = 6  # in one module, before the rest of its tests is given up
WAIT = 600.0  # seconds for one module

#: The language itself: what fits in some minutes.
CORE = """test_grammar test_generators test_coroutines test_exceptions test_traceback test_sys_settrace test_sys_setprofile test_monitoring
test_descr test_dict test_list test_int test_float test_gc test_weakref test_scope test_functools test_dataclasses test_contextlib
test_raise test_with test_except_star test_frame test_call test_extcall test_patma test_property test_super test_listcomps
test_genexps test_iter test_enumerate test_range test_slice test_set test_tuple test_unpack test_builtin test_class test_compare
test_augassign test_yield_from test_opcodes test_itertools test_collections test_sort test_copy""".split()


@dataclass
class Outcome:
    """How one module's tests ended. `tests`: id -> "ok", "failed", "skipped", "crashed", "timeout"."""

    tests: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def run_once(module: str, jitney_on: bool, ignored: list[str], wait: float) -> tuple[list[list[str]], int | None, str]:
    """What one process reported, its exit status (`None`: it took too long), and the end of what it wrote."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JITNEY")}
    environment["PYTHONPATH"] = str(PACKAGE.parent)  # plainly, too: some tests show it
    if jitney_on:
        environment.update(COMPILE_ALL)
    with tempfile.TemporaryDirectory(prefix="fidelity-") as scratch:
        events, written = Path(scratch, "events"), Path(scratch, "written")
        events.touch()
        command = [sys.executable, "-X", "faulthandler", str(HERE / "child.py"), str(events), module]
        command += [word for test in ignored for word in ("--ignore", test)]
        with written.open("wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=scratch,
                                       env=environment, start_new_session=True)  # fmt: skip
            status: int | None
            try:
                status = process.wait(wait)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # its children, too
                    process.wait()
        return [json.loads(line) for line in events.read_text().splitlines()], status, written.read_text(errors="replace")[-4000:]


def run_module(module: str, jitney_on: bool, wait: float) -> Outcome:
    """All tests of a module; after a crash again without the test that crashed."""
    outcome = Outcome()
    begun = time.monotonic()
    stopped: list[str] = []
    while True:
        events, status, text = run_once(module, jitney_on, stopped, wait)
        under_way = MODULE_ITSELF
        for what, test, *details in events:
            if what == "begin":
                under_way = test
            elif outcome.tests.get(test) not in ("failed", "crashed", "timeout"):  # a test may fail several times
                outcome.tests[test] = what
                if what == "failed":
                    outcome.details[test] = details[0]
            if what != "begin" and test == under_way:
                under_way = MODULE_ITSELF
        if status is not None and 0 <= status < 128:  # libregrtest's own: it got to the end
            break
        outcome.tests[under_way] = "timeout" if status is None else "crashed"
        outcome.details[under_way] = f"exit status {status}\n{text}"
        stopped.append(under_way)
        if under_way == MODULE_ITSELF or len(stopped) == MOST_CRASHES:
            break
    if not outcome.tests:
        outcome.tests[MODULE_ITSELF] = "ok" if status == 0 else "skipped" if "skipped" in text else "failed"
        outcome.details[MODULE_ITSELF] = text
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


class Results:
    """Outcomes on disk, by kind ("plain" or a fingerprint of Jitney's files) and module."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.outcomes: dict[str, dict[str, dict[str, object]]] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, kind: str, module: str) -> Outcome | None:
        kept = self.outcomes.get(kind, {}).get(module)
        return Outcome(**kept) if kept is not None else None  # type: ignore[arg-type]

    def put(self, kind: str, module: str, outcome: Outcome) -> None:
        with self.lock:
            self.outcomes.setdefault(kind, {})[module] = asdict(outcome)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self.path.with_suffix(".new")
            unfinished.write_text(json.dumps(self.outcomes, indent=0))
            unfinished.replace(self.path)

    def keep_only(self, *kinds: str) -> None:
        self.outcomes = {kind: self.outcomes.get(kind, {}) for kind in kinds}


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob(f"*{sys.implementation.cache_tag}*.so")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def differences(plain: Outcome, compiled: Outcome) -> dict[str, str]:
    """test -> how it ended under Jitney, for each that passes plainly and not there."""
    passed = [test for test, end in plain.tests.items() if end == "ok"]
    found = {test: compiled.tests.get(test, "not run") for test in passed if compiled.tests.get(test) != "ok"}
    whole = compiled.tests.get(MODULE_ITSELF)
    if whole in ("crashed", "timeout", "failed") and plain.tests.get(MODULE_ITSELF) != whole:
        found[MODULE_ITSELF] = whole
    return found


def all_modules() -> list[str]:
    from test.libregrtest.findtests import findtests

    return list(findtests())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="modules at the same time")
    parser.add_argument("--core", action="store_true", help="only the modules that test the language itself")
    parser.add_argument("--again", action="store_true", help="also what was run before")
    parser.add_argument("--verbose", action="store_true", help="the traceback of each difference")
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS", help="for one module")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    options = parser.parse_args()
    excused: dict[str, str] = tomllib.loads((HERE / "excused.toml").read_text())
    modules: list[str] = options.modules or (CORE if options.core else all_modules())
    results = Results(STORE / f"{sys.implementation.cache_tag}.json")
    mark = fingerprint()
    results.keep_only(f"plain {sys.version}", mark)
    done: list[str] = []
    found: list[str] = []
    tests = 0

    def examine(module: str) -> None:
        nonlocal tests
        ends: list[Outcome] = []
        for kind, jitney_on in ((f"plain {sys.version}", False), (mark, True)):
            outcome = results.get(kind, module)
            if outcome is None or (jitney_on and options.again):
                outcome = run_module(module, jitney_on, options.wait)
                results.put(kind, module, outcome)
            ends.append(outcome)
        plain, compiled = ends
        lines = []
        for test, end in differences(plain, compiled).items():
            reason = next((why for pattern, why in excused.items() if fnmatch.fnmatchcase(test, pattern)), None)
            lines.append(f"    {'excused' if reason else end}: {test}" + (f" ({reason})" if reason else ""))
            if reason is None:
                found.append(f"{module} {test} {end}")
                if options.verbose:
                    lines.append(compiled.details.get(test, ""))
        passed = sum(end == "ok" for end in plain.tests.values())
        with results.lock:
            done.append(module)
            tests += passed
            print(f"[{len(done)}/{len(modules)}] {module}: {passed} tests, {compiled.seconds} s (plainly {plain.seconds} s)",
                  *lines, sep="\n", flush=True)  # fmt: skip

    with ThreadPoolExecutor(options.jobs) as pool:
        for future in [pool.submit(examine, module) for module in modules]:
            future.result()
    print(f"\n{tests} tests of {len(modules)} modules pass plainly; under Jitney {len(found)} of them differ", *found, sep="\n    ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
