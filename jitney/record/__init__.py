"""What the recorder saw, as data, and what is decided about hot places: no bytecode is interpreted here and nothing is compiled."""

from __future__ import annotations

from .policy import DISABLE, LATER, RECORD, Limits, Place, Policy, may_be_compiled
from .recording import Context, IdentityCounter, Observation, Path, Recording

__all__ = [
    "DISABLE",
    "LATER",
    "RECORD",
    "Context",
    "IdentityCounter",
    "Limits",
    "Observation",
    "Path",
    "Place",
    "Policy",
    "Recording",
    "may_be_compiled",
]
