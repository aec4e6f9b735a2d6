"""A library's tests under pytest, each test's begin and end written to a file as it happens.

    python child.py EVENTS SKIP TOOL [PYTEST ARGUMENT]...

EVENTS gets a line of JSON for each: `["begin", id]`, then `[end, id, text]`. Tests whose id is a line of the file SKIP are left out.
TOOL is `none`, `coverage`, `coverage-sysmon` (by sys.monitoring instead of a trace function) or `cProfile`: what it found is told like
tests that ended so, one for each file or function. With `-alternately` it watches about every second test. The modules that Jitney
imports are not imported again by the suite, so the compiler is imported plainly, too, and never used.
"""

from __future__ import annotations

import json
import os
import re
import sys
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

if __name__ == "__main__":  # not so where multiprocessing imports this file into a process that a test started
    EVENTS, SKIP = (os.path.abspath(path) for path in sys.argv[1:3])
    TOOL = sys.argv[3]
    del sys.argv[1:4]
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it

import pytest

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


def lift_deadlines() -> None:
    """Hypothesis gives each example a time, in which compiling would count."""
    try:
        import hypothesis
    except ImportError:
        return
    hypothesis.settings.deadline = property(lambda settings: None)  # type: ignore[assignment]


def import_compiler() -> None:
    from jitney.config import Config
    from jitney.live import manager

    if not manager.statistics():
        manager.load(Config(threshold=2))


class Coverage:
    """The lines that were executed, of each file."""

    def __init__(self) -> None:
        import coverage

        self.measured = coverage.Coverage(data_file=None, config_file=False, include=["*"])
        self.start, self.stop = self.measured.start, self.measured.stop

    def found(self) -> Iterator[tuple[str, str]]:
        data = self.measured.get_data()
        for file in sorted(filter(os.path.exists, data.measured_files())):  # not those with a name that is another each time
            yield f"lines of {file}", " ".join(map(str, sorted(data.lines(file) or ())))


class Profile:
    """How often each function was called."""

    def __init__(self) -> None:
        import cProfile

        self.profile = cProfile.Profile()
        self.start, self.stop = self.profile.enable, self.profile.disable

    def found(self) -> Iterator[tuple[str, str]]:
        counts: Counter[str] = Counter()
        for entry in self.profile.getstats():  # not what pstats shows, which has one of the functions that were made of strings
            code = entry.code
            name = code if isinstance(code, str) else f"{code.co_qualname} {code.co_filename}:{code.co_firstlineno}"
            name = re.sub("0x[0-9a-f]+", "0x...", name)  # an address is another each time
            counts[name] += entry.callcount  # how many of these are recursive varies where threads take turns: it has one stack for all
        for name, count in sorted(counts.items()):
            yield f"calls of {name}", f"{count} calls"


class Alternately:
    """Has the tool watch about every second test, so that code is compiled before and between."""

    def __init__(self, tool: Coverage | Profile) -> None:
        self.tool = tool

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if zlib.crc32(item.nodeid.encode()) % 2:
            return (yield)
        self.tool.start()
        try:
            return (yield)
        finally:
            self.tool.stop()


def main() -> int:
    lift_deadlines()
    teller = Teller()
    arguments = [*sys.argv[1:], "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    if TOOL == "none":
        return int(pytest.main(arguments, plugins=[teller]))
    import_compiler()
    tool = Profile() if TOOL.startswith("cProfile") else Coverage()
    try:
        if TOOL.endswith("alternately"):
            return int(pytest.main(arguments, plugins=[teller, Alternately(tool)]))
        tool.start()
        try:
            return int(pytest.main(arguments, plugins=[teller]))
        finally:
            tool.stop()
    finally:
        for name, end in tool.found():
            teller.write(end, name, "")


if __name__ == "__main__":
    sys.exit(main())
