"""A library's tests under pytest, each test's begin and end written to a file as it happens.

    python child.py EVENTS SKIP TOOL [PYTEST ARGUMENT]...

EVENTS gets a line of JSON for each: `["begin", id]`, then `[end, id, text]`. Tests whose id is a line of the file SKIP are left out.
TOOL is `none`, `coverage` or `cProfile`: what it found is told like tests that ended so, one for each file or function of a library.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

EVENTS, SKIP = (os.path.abspath(path) for path in sys.argv[1:3])
TOOL = sys.argv[3]
del sys.argv[1:4]
sys.path[0] = os.getcwd()  # as `python -m pytest` has it

import pytest  # noqa: E402

ENDS = {("passed", False): "ok", ("failed", False): "failed", ("skipped", False): "skipped",
        ("passed", True): "unexpectedly ok", ("failed", True): "failed", ("skipped", True): "failed as expected"}  # fmt: skip


class Teller:
    """A test has several phases, and a set-up or a clean-up that fails makes it fail."""

    def __init__(self) -> None:
        with open(SKIP) as file:
            self.skipped = set(file.read().splitlines())
        self.end = self.text = ""

    def write(self, *event: str) -> None:
        with open(EVENTS, "a") as file:  # each time anew: some tests close descriptors
            file.write(json.dumps(event) + "\n")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid not in self.skipped]

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.write("failed", report.nodeid, str(report.longrepr)[-3000:])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.end = self.text = ""
        self.write("begin", nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        end = ENDS[report.outcome, hasattr(report, "wasxfail")]
        if self.end in ("", "ok") and (report.when == "call" or end != "ok"):
            self.end, self.text = end, str(report.longrepr or "")[-3000:]

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.write(self.end or "ok", nodeid, self.text)


def with_coverage(run: Callable[[], int], teller: Teller) -> int:
    """The lines that were executed, of each file."""
    import coverage

    measured = coverage.Coverage(data_file=None, config_file=False, include=[os.path.join(os.getcwd(), "*"), "*/site-packages/*"])
    measured.start()
    try:
        return run()
    finally:
        measured.stop()
        data = measured.get_data()
        for file in sorted(filter(os.path.exists, data.measured_files())):  # not those with a name that is another each time
            teller.write(" ".join(map(str, sorted(data.lines(file) or ()))), f"lines of {file}", "")


def with_profile(run: Callable[[], int], teller: Teller) -> int:
    """How often each function was called."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    of_pytest = os.path.dirname(os.path.dirname(pytest.__file__))  # looks at each import, and Jitney has imported some modules before
    try:
        return profile.runcall(run)
    finally:
        for (file, line, name), (primitive, calls, *_) in sorted(pstats.Stats(profile).stats.items()):
            of_library = os.path.exists(file) and (os.getcwd() in file or "site-packages" in file)
            if of_library and not file.startswith((os.path.join(of_pytest, "_pytest"), os.path.join(of_pytest, "pluggy"))):
                teller.write(f"{calls} calls, {primitive} primitive", f"calls of {name} {file}:{line}", "")


def main() -> int:
    teller = Teller()
    arguments = [*sys.argv[1:], "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    tools = {"none": lambda run, teller: run(), "coverage": with_coverage, "cProfile": with_profile}
    return int(tools[TOOL](lambda: pytest.main(arguments, plugins=[teller]), teller))


sys.exit(main())
