from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from jitney import _runtime

MONITORING = sys.monitoring
TOOL = MONITORING.OPTIMIZER_ID
EVENTS = MONITORING.events


def _off() -> None:
    MONITORING.set_events(TOOL, 0)
    _runtime.stop_recording()
    _runtime.configure(loop_threshold=1 << 30, call_threshold=1 << 30, exit_threshold=0, max_log=20000, header_visits=4,
                       on_hot=None, accept_code=None, on_recorded=None, on_hot_exit=None, on_invalidated=None, on_region=None, clock_step=0)
    _runtime.forget_codes()


@pytest.fixture
def live() -> Iterator[None]:
    """The runtime's callbacks are registered and on."""
    if MONITORING.get_tool(TOOL) is not None:
        MONITORING.free_tool_id(TOOL)
    MONITORING.use_tool_id(TOOL, "jitney")
    callbacks = _runtime.callbacks()
    _off()
    MONITORING.register_callback(TOOL, EVENTS.JUMP, callbacks["jump"])
    MONITORING.register_callback(TOOL, EVENTS.PY_START, callbacks["py_start"])
    MONITORING.register_callback(TOOL, EVENTS.INSTRUCTION, callbacks["instruction"])
    MONITORING.set_events(TOOL, EVENTS.JUMP | EVENTS.PY_START)
    MONITORING.restart_events()
    yield
    _off()
    MONITORING.free_tool_id(TOOL)
