"""The exceptions a user of Jitney can meet."""

from __future__ import annotations


class JitneyError(Exception):
    """Base of the exceptions that Jitney raises on its own account."""


class UnsupportedError(JitneyError, RuntimeError):
    """Jitney cannot run in this interpreter or process; the message says why and what to do."""


class OptionError(JitneyError, ValueError):
    """An option that does not exist, or a value that it cannot have."""
