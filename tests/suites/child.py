"""A library's tests under pytest, each test's begin and end written to a file as it happens.

    python child.py EVENTS SKIP [PYTEST ARGUMENT]...

EVENTS gets a line of JSON for each: `["begin", id]`, then `[end, id, text]`. Tests whose id is a line of the file SKIP are left out.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

EVENTS, SKIP = (os.path.abspath(path) for path in sys.argv[1:3])
del sys.argv[1:3]
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


sys.exit(pytest.main([*sys.argv[1:], "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"], plugins=[Teller()]))
