"""Of processors and memory.

Whether there is memory for compiling here: LLVM ends the process where it gets none (`report_bad_alloc_error`), whatever the program would
have done about that. A limit of the address space is the only one that can be known before.

Nothing here opens a file: /proc would know more, but while another thread of the process has a file open, those that the program opens have
other numbers, and its audit hooks hear of it.
"""

from __future__ import annotations

import os
import resource

from .. import _runtime
from ..reasons import GiveUp

NEEDED = 64 << 20  # bytes: what compiling a large region takes; about
TO_LOAD = 200 << 20  # what loading the compiler takes, and then a region
#: kilobytes that the process has had at the most when it begins: execve(2) hands that on
INHERITED = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def has_copies() -> bool:
    """Whether copies of the process compile, at least at first."""
    return hasattr(_runtime, "copy_process") and processors() > 1


def peak() -> int:
    """Bytes of memory that the process has had at the most; 0: that is less than the one had that executed it, which is all that is known.
    """
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes << 10 if kilobytes > INHERITED else 0


def require_memory(needed: int = NEEDED) -> None:
    """Raises GiveUp where that would take more of the address space than the process may have."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and not _runtime.room(needed):
        raise GiveUp("memory", "the limit of the address space is near")


__all__ = ["has_copies", "peak", "processors", "require_memory"]
