"""When the compiler is loaded, and where.

Loading all of it, with LLVM, takes longer than many a program, and the program's threads would wait for it. So the process itself has only
what decides; the compiler is imported in the copies that compile (`remote.py`), beside the program, each time anew. When that has been
done so often that importing it here had cost less ("ski rental"), or where there can be no copies, it is imported here: in the thread
of a hot loop, at a moment when that is not importing anything.
"""

from __future__ import annotations

import _imp
import sys
from _frozen_importlib import _module_locks  # type: ignore[attr-defined]
from time import perf_counter

from .. import _runtime
from .intact import is_importing, may_load, modules_may_come

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

#: copies that have imported the compiler before it is imported here: there it takes as long, but at low priority and beside the program
OFTEN = 16
#: seconds until it is asked again whether it may be; twice as long each time
BEFORE_NEXT_LOOK = 0.1
#: packages that the compiler imports, besides the standard library
PACKAGES = frozenset({"jitney", "llvmlite"})

_loaded = _loading = False


def is_loaded() -> bool:
    return _loaded


def load() -> None:
    """Imports the compiler."""
    global _loaded, _loading
    marker: list[object] = [[]]
    _runtime.quiet_collector(True)
    _loading = True
    try:
        # All of it, now: the compile thread would wait for the GIL after each file operation of an import.
        from .draft import make_ready

        make_ready()
        _runtime.freeze_from(marker)
        _loaded = True
    finally:
        _loading = False
        _runtime.quiet_collector(False)


def say_not_loaded(error: Exception) -> None:
    from ..config import say

    say(f"the compiler could not be loaded ({type(error).__name__}: {error}). The program runs without it.")


def possible_in_copy() -> bool:
    """Whether a copy made now could import it: a thread that is importing some of that would never come to an end there."""
    if _loading or _imp.lock_held() or not may_load():
        return False
    for name in list(_module_locks):
        package = name.partition(".")[0]
        if package in PACKAGES or package in sys.stdlib_module_names:
            return False
    return True


class Loader:
    """Loads the compiler into this process once that is wanted."""

    def __init__(self) -> None:
        self.wanted = False
        self.refusals = 0
        self.not_before = 0.0

    def look(self, frame: FrameType) -> None:
        """In a thread of the program's: loads it if this is the moment. Raises what importing it does."""
        now = perf_counter()
        if now < self.not_before or is_importing(frame) or not may_load():
            return
        if not modules_may_come():  # looking takes a while
            self.not_before = now + BEFORE_NEXT_LOOK * 2.0**self.refusals
            self.refusals += 1
            return
        self.wanted = False  # by this thread: others go on meanwhile
        load()


__all__ = ["Loader", "is_loaded", "load", "possible_in_copy", "say_not_loaded"]
