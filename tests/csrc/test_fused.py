"""3.12's superinstructions, which instrumentation takes out of code, are there again where Jitney had it instrumented."""

from __future__ import annotations

import dis
import opcode
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

import jitney
from tests.run.processes import ENVIRONMENT

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 has them in the bytecode itself")

TOOL = 4
EVENTS = sys.monitoring.events
NAMES = {number: name for name, number in getattr(dis, "_all_opmap", {}).items()}


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    jitney.disable()


def instructions(code: CodeType) -> dict[int, str]:
    """As they are now, by offset."""
    present: bytes = code._co_code_adaptive  # type: ignore[attr-defined]
    base, offset, found = code.co_code, 0, {}
    while offset < len(base):
        found[offset] = NAMES[present[offset]]
        offset += 2 + 2 * opcode._inline_cache_entries[base[offset]]  # type: ignore[attr-defined]
    return found


def fused(code: CodeType) -> dict[int, str]:
    return {offset: name for offset, name in instructions(code).items() if "FAST__" in name or "CONST__" in name}


def new_function(with_loop: bool, length: int = 1) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    loop = ("    for i in range(n):\n        a, b = b, i\n" + "        a, b = swap(a, b)\n" * length) if with_loop else ""
    exec("def swap(x, y):\n    u = x\n    v, w = u, y\n    return w, v\n"
         "def f(n):\n    a = 1\n    b = a\n    c, d = 2, b\n" + loop + "    return (a,\n        b, c,\n        d)\n", space)  # fmt: skip
    function: Callable[..., Any] = space["f"]
    return function


def swap_of(function: Callable[..., Any]) -> CodeType:
    code: CodeType = function.__globals__["swap"].__code__  # type: ignore[attr-defined]
    return code


def fresh(code: CodeType) -> dict[int, str]:
    return fused(code.replace())


def test_the_fresh_ones_are_what_the_test_takes_them_for() -> None:
    function = new_function(True)
    assert len(fresh(function.__code__)) >= 6
    assert fused(function.__code__) == fresh(function.__code__)


def test_instrumentation_takes_them_out() -> None:
    """Else none of this would be needed."""
    function = new_function(True)
    sys.monitoring.use_tool_id(TOOL, "test")
    sys.monitoring.set_local_events(TOOL, function.__code__, EVENTS.JUMP)
    function(3)
    sys.monitoring.set_local_events(TOOL, function.__code__, 0)
    sys.monitoring.free_tool_id(TOOL)
    function(3)
    assert fused(function.__code__) == {}


@pytest.mark.parametrize("with_loop", [False, True])
@pytest.mark.parametrize("rounds", [1, 50, 5000])
def test_what_is_counted(with_loop: bool, rounds: int) -> None:
    function = new_function(with_loop)
    jitney.enable(threshold=1_000_000)
    function(rounds)
    assert fused(function.__code__) == fresh(function.__code__)


def test_what_was_recorded_and_compiled() -> None:
    function = new_function(True)
    jitney.enable(threshold=2)
    for _ in range(10):
        function(500)
    assert jitney.stats()["entries"] > 0
    assert fused(function.__code__) == fresh(function.__code__)
    assert fused(swap_of(function)) == fresh(swap_of(function))


def test_what_was_recorded_in_vain() -> None:
    function = new_function(True, 100)
    jitney.enable(threshold=2, max_region_ops=100)
    for _ in range(10):
        function(500)
    assert jitney.stats()["given_up"] and not jitney.stats()["entries"]
    assert fused(function.__code__) == fresh(function.__code__)
    assert fused(swap_of(function)) == fresh(swap_of(function))


def test_turned_on_again() -> None:
    function = new_function(False)
    for _ in range(3):
        jitney.enable(threshold=1_000_000)
        function(5)
        assert fused(function.__code__) == fresh(function.__code__)
        jitney.disable()
        function(5)


def seen(event: int, function: Callable[..., Any]) -> list[int]:
    """The event's places in the function's own code while it runs once."""
    places = []
    sys.monitoring.use_tool_id(TOOL, "test")
    sys.monitoring.register_callback(TOOL, event, lambda code, place: places.append(place))
    sys.monitoring.set_local_events(TOOL, function.__code__, event)
    function(3)
    sys.monitoring.set_local_events(TOOL, function.__code__, 0)
    sys.monitoring.register_callback(TOOL, event, None)
    sys.monitoring.free_tool_id(TOOL)
    return places


@pytest.mark.parametrize("event", [EVENTS.LINE, EVENTS.INSTRUCTION])
@pytest.mark.parametrize("threshold", [2, 1_000_000])
def test_other_tools_see_all_of_it(event: int, threshold: int) -> None:
    expected = seen(event, new_function(True))
    function = new_function(True)
    jitney.enable(threshold=threshold)
    assert seen(event, function) == expected  # before the code's first event
    for _ in range(5):
        function(100)
    assert seen(event, function) == expected
    function(3)
    assert seen(event, function) == expected


WATCHED = """
import sys
from tests.csrc.test_fused import new_function
import jitney

def lines_of(function):
    lines = []
    def trace(frame, event, argument):
        if frame.f_code is function.__code__:
            lines.append((event, frame.f_lineno))
        return trace
    sys.settrace(trace)
    function(4)
    sys.settrace(None)
    return lines

expected = lines_of(new_function(True))
jitney.enable(threshold=2)
function = new_function(True)
for _ in range(4):
    assert lines_of(function) == expected
    function(200)
print(len(expected) > 20)
"""


def test_settrace_sees_every_line() -> None:
    ran = subprocess.run([sys.executable, "-c", WATCHED], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("True\n", "")
