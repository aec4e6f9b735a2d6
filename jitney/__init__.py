"""Jitney: a trace-recording just-in-time compiler for stock CPython.

    import jitney
    jitney.enable()          # hot loops of this process run as machine code from now on

Importing this module is cheap (well under 10 ms): everything else is imported when it is first needed.
"""

from __future__ import annotations

from .errors import JitneyError, OptionError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from .switch import Status

    Marked = TypeVar("Marked")

__version__ = "0.1.0"
__all__ = ["JitneyError", "OptionError", "Status", "UnsupportedError", "disable", "enable", "never", "stats", "status"]


def enable(**options: Any) -> None:
    """Compile what gets hot in this process from now on.

    The options are those of the command line and the environment, by the same names (`enable(threshold=2)`, `--threshold 2`,
    `JITNEY_THRESHOLD=2`); what is given here wins. Called again, it changes the options that are given. `JITNEY=0` in the
    environment keeps Jitney off: the call then does nothing. Raises `UnsupportedError` where Jitney cannot run and `OptionError`
    for an option that does not exist or a value it cannot have.
    """
    from . import switch

    switch.enable(options)


def disable() -> None:
    """Go on in the interpreter alone. Harmless when Jitney is not enabled; `enable` turns it on again."""
    from . import switch

    switch.disable()


def status() -> Status:
    """Whether Jitney is on, why not, and with which options. True in a condition when it is on."""
    from . import switch

    return switch.status()


def stats() -> dict[str, Any]:
    """What has been compiled and what it did, as plain data; docs/reference/statistics.md describes every key."""
    from . import switch

    return switch.stats()


def never(function: Marked) -> Marked:  # noqa: UP047 (this file must load on older Pythons)
    """Decorator: the code of this function or class, and all that is defined inside it, is never compiled nor inlined."""
    from .marks import mark

    mark(function)
    return function


def __getattr__(name: str) -> Any:
    if name == "Status":
        from .switch import Status

        return Status
    raise AttributeError(f"module 'jitney' has no attribute {name!r}")
