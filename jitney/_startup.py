"""Imported by the wheel's `jitney.pth` when `JITNEY` is set or `-X jitney` given, before the program starts. Turns Jitney on."""

from __future__ import annotations

from . import switch

switch.start_from_environment()
