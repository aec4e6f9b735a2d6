"""One module of CPython's tests, as `python -m test` runs it, each test's begin and end written to a file as it happens.

    python child.py EVENTS SETTINGS MODULE [--ignore TEST]...

SETTINGS is JSON: the environment that turns Jitney on, or {}. That happens once what runs the tests has been imported: compiling the
imports would take longer than most modules do. What the tests start has it from the beginning.

EVENTS gets a line of JSON for each: `["begin", id]`, then `["ok" | "failed" | "skipped", id, text]`. What a crash interrupts has only
begun.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from typing import Any

if __name__ == "__main__":
    EVENTS = os.path.abspath(sys.argv.pop(1))
    SETTINGS = json.loads(sys.argv.pop(1))
    sys.path.pop(0)  # this directory: no test expects it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started us in the background

from test.libregrtest import main as regrtest
from test.libregrtest.testresult import RegressionTestResult


def write(*event: str) -> None:
    with open(EVENTS, "a") as file:  # each time anew: some tests close every descriptor
        file.write(json.dumps(event) + "\n")


def name_of(test: Any) -> str:
    return str(test.id()) if hasattr(test, "id") else str(test)


def told(method: str, result: str) -> None:
    """Makes one of the test result's `add...` methods write its event first."""
    original = getattr(RegressionTestResult, method)

    def tell(self: Any, test: Any, *details: Any) -> None:
        text = ""
        if method == "addSubTest":
            details_of = details[-1]
            if details_of is None:
                original(self, test, *details)  # told when the whole test has ended
                return
            text = "".join(traceback.format_exception(*details_of))
        elif details and isinstance(details[0], tuple):
            text = "".join(traceback.format_exception(*details[0]))
        write(result, name_of(test), text[-3000:])
        original(self, test, *details)

    setattr(RegressionTestResult, method, tell)


def start(self: Any, test: Any, original: Any = RegressionTestResult.startTest) -> None:
    write("begin", name_of(test))
    original(self, test)


def is_ours(tool: int) -> bool:
    return sys.monitoring.get_tool(tool) == "jitney"


def events_of_others(tool: int, original: Any = sys.monitoring.get_events) -> int:
    """`get_events` without Jitney's own: tests of monitoring begin with making sure that no tool has any."""
    return 0 if is_ours(tool) else int(original(tool))


def tools_of_others(original: Any = sys.monitoring._all_events) -> dict[str, int]:
    """`_all_events`, likewise: event -> bits of the tools that have it."""
    ours = sum(1 << tool for tool in range(6) if is_ours(tool))
    return {event: tools & ~ours for event, tools in original().items() if tools & ~ours}


def main() -> None:
    sys.monitoring.get_events = events_of_others
    sys.monitoring._all_events = tools_of_others
    RegressionTestResult.startTest = start
    for method, result in (("addSuccess", "ok"), ("addExpectedFailure", "ok"), ("addSkip", "skipped"), ("addError", "failed"),
                           ("addFailure", "failed"), ("addSubTest", "failed"), ("addUnexpectedSuccess", "failed")):  # fmt: skip
        told(method, result)
    if SETTINGS:
        import jitney

        os.environ.update(SETTINGS)
        jitney.enable()
    regrtest.main()


if __name__ == "__main__":  # not so where multiprocessing imports this file into a process that a test started
    main()
