"""When the compiler is loaded, and where.

Loading all of it, with LLVM, takes longer than many a program, and the program's threads would wait for it. So the process itself has only
what decides; the compiler is imported in the copies that compile (`remote.py`), beside the program, each time anew. When that has been
done so often that importing it here had cost less ("ski rental"), or where there can be no copies, it is imported here: in the thread
of a hot loop, at a moment when that is not importing anything.
"""

from __future__ import annotations

import _imp
import os
import sys
from _frozen_importlib import _module_locks  # type: ignore[attr-defined]
from _thread import allocate_lock
from time import perf_counter

from .. import _runtime
from ..reasons import GiveUp
from .intact import is_importing, may_load, modules_may_come
from .limits import TO_LOAD, require_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from .remote import Busy

#: copies that have imported the compiler before it is imported here: there it takes as long, but at low priority and beside the program
OFTEN = 16
#: seconds until it is asked again whether it may be; twice as long each time
BEFORE_NEXT_LOOK = 0.1
#: of which the compiler imports modules
PACKAGES = frozenset({"jitney", "llvmlite"}) | sys.stdlib_module_names

_loaded = False
_at_it = allocate_lock()  # the thread that loads it here has this


def is_loaded() -> bool:
    return _loaded


def load() -> None:
    """Imports the compiler, where another thread is not just doing so."""
    global _loaded
    if not _at_it.acquire(False):
        return
    try:
        _runtime.call_frozen(import_compiler)
        _loaded = True
    finally:
        _at_it.release()


def import_compiler() -> None:
    # All of it, now: the compile thread would wait for the GIL after each file operation of an import.
    from .draft import make_ready

    make_ready()


def _in_child() -> None:
    """A thread that was at it is not there: nothing more is compiled in this process."""
    if _at_it.locked():
        _runtime.configure(on_hot=None)


os.register_at_fork(after_in_child=_in_child)


#: for `copy_process`, which asks whether a copy could import the compiler: a thread that is importing some of that would never come to an
#: end there
BUSY: Busy = (_imp.lock_held, _at_it.locked), _module_locks, PACKAGES
#: the same once it is loaded: imports within functions take the one lock yet
BUSY_IF_LOADED: Busy = (_imp.lock_held,), {}, frozenset()


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
        try:
            require_memory(TO_LOAD)
            refused = not modules_may_come()
        except GiveUp:
            refused = True
        if refused:  # looking takes a while
            self.put_off()
            return
        self.wanted = False  # by this thread: others go on meanwhile
        load()

    def put_off(self) -> None:
        self.not_before = perf_counter() + BEFORE_NEXT_LOOK * 2.0**self.refusals
        self.refusals += 1


__all__ = ["BUSY", "BUSY_IF_LOADED", "Loader", "is_loaded", "load"]
