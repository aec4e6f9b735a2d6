"""Of processors and memory.

Whether there is memory for compiling here: LLVM ends the process where it gets none (`report_bad_alloc_error`), whatever the program would
have done about that. A limit of the address space is the only one that can be known before.
"""

from __future__ import annotations

import os
import resource

from .. import _runtime
from ..reasons import GiveUp

NEEDED = 64 << 20  # bytes: what compiling a large region takes; about
TO_LOAD = 200 << 20  # what loading the compiler takes, and then a region


def processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def has_copies() -> bool:
    """Whether copies of the process compile, at least at first."""
    return hasattr(_runtime, "copy_process") and processors() > 1


def in_memory() -> tuple[int, int]:
    """Bytes that the process has of the address space, and of memory. Raises OSError where that is not to be known."""
    with open("/proc/self/statm", "rb", buffering=0) as file:
        size, resident = file.read().split()[:2]
    return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()


def require_memory(needed: int = NEEDED) -> None:
    """Raises GiveUp where that would take more of the address space than the process may have."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    try:
        size, _ = in_memory()
    except OSError:  # not to be known: then not here
        size = limit
    if size + needed > limit:
        raise GiveUp("memory", "the limit of the address space is near")


__all__ = ["has_copies", "in_memory", "processors", "require_memory"]
