"""On and off. The compiler is loaded once it is clear that something is hot: until then the loops' back edges are merely counted.

Loading takes longer than many a program. It happens in the thread of a hot loop, at a moment when that is not importing anything.
"""

from __future__ import annotations

import atexit
import os
import sys

from .. import _runtime
from ..errors import UnsupportedError
from .intact import is_importing, may_load, modules_may_come  # now: it keeps the built-in functions as they are before the program runs
from .limits import has_copies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .decisions import Manager

TOOL = sys.monitoring.OPTIMIZER_ID
EVENTS = sys.monitoring.events

#: cycles in hot loops, all together, that make loading what decides worth while: some 30 ms, what loading takes ("ski
#: rental"); the same where the compiler is loaded with it; and what a call of a hot function counts
LOAD_AFTER = 75_000_000
LOAD_ALL_AFTER = 250_000_000
CALL = 200
MAX_REFUSALS = 6


class Waiting:
    """In the manager's place while the compiler is not loaded."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.cycles = 0
        self.refusals = 0
        self.load_after = LOAD_AFTER if has_copies() else LOAD_ALL_AFTER

    def on_hot(self, kind: str, code: CodeType, offset: int, namespace: Any) -> str:
        global _loading
        self.cycles += self.config.threshold * (_runtime.pace(code, offset)[2] if offset else CALL)
        if self.cycles < self.load_after or _loading or _waiting is not self or is_importing(sys._getframe()) or not may_load():
            return "later"
        if not modules_may_come():  # looking takes a while
            self.refusals += 1
            self.cycles = -self.load_after << min(self.refusals, MAX_REFUSALS)
            return "later"
        _loading = True  # by this thread: others go on meanwhile
        try:
            manager = load(self.config)
        except Exception as error:  # noqa: BLE001
            from ..config import say_not_loaded

            say_not_loaded(error)
            _runtime.configure(on_hot=None)
            return "disable"
        finally:
            _loading = False
        if _waiting is not self:  # turned off meanwhile
            return "later"
        install(manager)
        return manager.on_hot(kind, code, offset, namespace)


_manager: Manager | None = None
_figures: dict[str, Any] = {}  # of the latest that was stopped
_arranged = False  # that it stops at the end
_waiting: Waiting | None = None  # until there is a manager
_loading = _loaded = False


def load(config: Any) -> Manager:
    """Imports what decides, and, where no copy of the process can do so, the compiler."""
    _runtime.quiet_collector(True)
    try:
        _runtime.call_frozen(import_rest)
        from . import loading
        from .decisions import Manager

        if not (config.background and config.threshold > 2 and has_copies()) and not loading.is_loaded():
            loading.load()
    finally:
        _runtime.quiet_collector(False)
    return Manager(config)


def import_rest() -> None:
    global _loaded
    if _loaded:
        return
    from ..knowledge import consumers  # noqa: F401  (regions that copies make have these objects in them)
    from ..lower.image import symbols
    from . import decisions, loading  # noqa: F401
    from .native import warn_if_stale

    symbols()
    warn_if_stale()
    _loaded = True


def install(manager: Manager) -> None:
    """Puts it in charge."""
    global _manager, _waiting
    _runtime.configure(
        on_hot=manager.on_hot, accept_code=manager.accept_code, on_recorded=manager.on_recorded, on_hot_exit=manager.on_hot_exit,
        on_invalidated=manager.on_invalidated, on_region=manager.on_region)
    _manager = manager
    _waiting = None


def start(config: Any) -> None:
    """Turns Jitney on. Raises UnsupportedError when another tool has `OPTIMIZER_ID`."""
    global _waiting, _arranged
    monitoring = sys.monitoring
    owner = monitoring.get_tool(TOOL)
    if owner is not None:
        raise UnsupportedError(f"sys.monitoring's OPTIMIZER_ID is taken by {owner!r}; turn that tool off first")
    monitoring.use_tool_id(TOOL, "jitney")
    if not _arranged:
        _arranged = True
        atexit.register(finish)
        os.register_at_fork(after_in_child=_runtime.after_fork)
    threshold = max(0, config.threshold)
    _waiting = Waiting(config)
    _runtime.configure(
        loop_threshold=threshold, call_threshold=threshold, exit_threshold=max(1, config.exit_threshold), max_log=config.max_log,
        header_visits=config.max_passes, tool_id=TOOL, on_hot=_waiting.on_hot, random_state=config.force_exits)
    if not config.background or threshold <= 2:
        install(load(config))
    callbacks = _runtime.callbacks()
    monitoring.register_callback(TOOL, EVENTS.JUMP, callbacks["jump"])
    monitoring.register_callback(TOOL, EVENTS.PY_START, callbacks["py_start"])
    monitoring.register_callback(TOOL, EVENTS.INSTRUCTION, callbacks["instruction"])
    monitoring.set_events(TOOL, EVENTS.JUMP | EVENTS.PY_START)


def stop() -> None:
    """Turns it off: no compiled code is entered from now on."""
    global _manager, _waiting, _figures
    monitoring = sys.monitoring
    if monitoring.get_tool(TOOL) != "jitney":
        return
    _runtime.stop_recording()
    monitoring.set_events(TOOL, 0)
    for event in (EVENTS.JUMP, EVENTS.PY_START, EVENTS.INSTRUCTION):
        monitoring.register_callback(TOOL, event, None)
    monitoring.free_tool_id(TOOL)
    if _manager is not None:
        _figures = _manager.stop()
    _runtime.configure(on_hot=None, accept_code=None, on_recorded=None, on_hot_exit=None, on_invalidated=None, on_region=None)
    _manager = _waiting = None


def finish() -> None:
    """At the end of the process: what compiled code refers to is destroyed with all else that is the program's."""
    _runtime.call_undisturbed(stop)


def statistics() -> dict[str, Any]:
    return _manager.statistics() if _manager is not None else _figures
