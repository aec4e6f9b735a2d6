"""Whether there is memory for compiling here. LLVM ends the process where it gets none (`report_bad_alloc_error`), whatever the program
would have done about that. A limit of the address space is the only one that can be known before."""

from __future__ import annotations

import resource

from ..reasons import GiveUp

NEEDED = 64 << 20  # bytes: what compiling a large region takes; about


def address_space() -> int:
    """Bytes that the process has of it."""
    with open("/proc/self/statm", "rb", buffering=0) as file:
        return int(file.read(100).split()[0]) * resource.getpagesize()


def require_memory() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    try:
        size = address_space()
    except OSError:  # not to be known: then not here
        size = limit
    if size + NEEDED > limit:
        raise GiveUp("memory", "the limit of the address space is near")


__all__ = ["address_space", "require_memory"]
