"""CPython's own test suite, each test plainly and with everything compiled.

    python -m tests.fidelity.run [--jobs N] [--core] [MODULE ...]

A test that passes plainly and fails, crashes or does not end under Jitney is a difference; `excused.toml` names those that need not pass.
What was found is kept in `build/fidelity/`: a run that was interrupted goes on where it was, plain results are taken again only for
another CPython, Jitney's only after Jitney changed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.outcomes import COMPILE_ALL, PACKAGE, STORE, WHOLE, Outcome, Results, environment_without, fingerprint, reason_for, run

HERE = Path(__file__).resolve().parent
WAIT = 600.0  # seconds without an event, for one module

#: The language itself: what fits in some minutes.
CORE = """test_grammar test_generators test_coroutines test_exceptions test_traceback test_sys_settrace test_sys_setprofile test_monitoring
test_descr test_dict test_list test_int test_float test_gc test_weakref test_scope test_functools test_dataclasses test_contextlib
test_raise test_with test_except_star test_frame test_call test_extcall test_patma test_property test_super test_listcomps
test_genexps test_iter test_enumerate test_range test_slice test_set test_tuple test_unpack test_builtin test_class test_compare
test_augassign test_yield_from test_opcodes test_itertools test_collections test_sort test_copy""".split()


def run_module(module: str, jitney_on: bool, wait: float) -> Outcome:
    """All tests of a module; after a crash again without the test that crashed."""
    environment = {**environment_without(), "PYTHONPATH": str(PACKAGE.parent)}  # plainly, too: some tests show it
    settings = json.dumps(COMPILE_ALL if jitney_on else {})

    def start(events: Path, so_far: Outcome) -> list[str]:
        ignored = [word for test in so_far.stopped() for word in ("--ignore", test)]
        return [sys.executable, "-X", "faulthandler", str(HERE / "child.py"), str(events), settings, module, *ignored]

    return run(start, environment, wait)


def differences(plain: Outcome, compiled: Outcome) -> dict[str, str]:
    """test -> how it ended under Jitney, for each that passes plainly and not there."""
    passed = [test for test, end in plain.tests.items() if end == "ok"]
    found = {test: compiled.tests.get(test, "not run") for test in passed if compiled.tests.get(test) != "ok"}
    whole = compiled.tests.get(WHOLE)
    if whole in ("crashed", "timeout", "failed") and plain.tests.get(WHOLE) != whole:
        found[WHOLE] = whole
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
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS", help="for one test")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    options = parser.parse_args()
    excused: dict[str, str] = tomllib.loads((HERE / "excused.toml").read_text())
    modules: list[str] = options.modules or (CORE if options.core else all_modules())
    results = Results(STORE / "fidelity" / f"{sys.implementation.cache_tag}.json")
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
            reason = reason_for(test, excused)
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
