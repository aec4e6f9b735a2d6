"""Which of the loops and functions around a hot loop is compiled: the outermost that still goes round, or is called, often.

What is compiled as a whole is left at its end, and entered again, each time; the further out, the less often. But a recording goes through
one round or call, and is of limited length: what takes too long is left to the loops and functions in it.

Calls of functions are not counted in general. Those of the functions around a loop that gets hot are, from then on (`watch`).
"""

from __future__ import annotations

import time
from types import CodeType
from typing import TYPE_CHECKING

from .. import _runtime
from ..bytecode import normalise
from ..record import may_be_compiled
from .numbers import OUTER, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .decisions import Manager

FEWEST = 3  # rounds or calls
WATCHED = 12  # functions, from a hot loop outwards


class Outward:
    """Looks outwards from what is hot, in the thread where it is."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager

    def frames(self, innermost: CodeType) -> Iterator[tuple[CodeType, int]]:
        """From the innermost outwards, as far as recordings go. (Within it, there are our own.)"""
        policy = self.manager.policy
        callers = _runtime.callers()
        while callers and callers[0][0] is not innermost:
            del callers[0]
        for code, at in callers:
            if not policy.accept(code) and policy.refusal_to_start(code, 0) is not None:
                break
            yield code, at

    def watch(self, innermost: CodeType) -> None:
        """Has the calls of the functions around counted."""
        policy = self.manager.policy
        for code, _ in list(self.frames(innermost))[:WATCHED]:
            place = policy.place(code, 0)
            if place.watched or place.given_up or not may_be_compiled(code) or not policy.accept(code):
                continue
            place.watched = True
            _runtime.watch_calls(code)
            self.manager.restart(code)
            unit = self.manager.unit_of(code, 0)
            if unit is not None:
                unit.watched = True
                if unit.region is not None:
                    unit.region.entered = True

    def prefers_outer(self, code: CodeType, offset: int) -> bool:
        """Whether an enclosing loop or function, maybe of a caller, is about to be recorded, or one of the functions is about to be
        compiled as a whole: that region does what this one would, and more."""
        manager = self.manager
        place, now = manager.policy.place(code, offset), time.perf_counter()
        found = None
        for outer, at in self.frames(code):
            whole = manager.unit_of(outer, 0)
            if whole is not None and not whole.versions and manager.worker is not None and manager.worker.is_waiting(whole):
                return True
            for header, loop in sorted(normalise(outer).loops.items(), reverse=True):
                if header <= at < loop.end and (outer is not code or header < offset) and self.is_promising(outer, header):
                    found = outer, header
            if (outer is not code or offset) and manager.policy.place(outer, 0).watched and self.is_promising(outer, 0):
                found = outer, 0
        if found is None:
            return False
        outer_unit = manager.unit_of(*found)
        waiting = outer_unit is not None and manager.worker is not None and manager.worker.is_waiting(outer_unit)
        if not waiting and place.postponed and now - place.postponed > PATIENCE:
            return False
        if not place.postponed:
            manager.log(f"{code.co_qualname}:{offset} waits for {found[0].co_qualname}:{found[1]}")
            place.postponed = now
        if outer_unit is None:
            _runtime.hasten(*found, 1)
        return True

    def is_promising(self, code: CodeType, offset: int) -> bool:
        time, rounds, median = _runtime.pace(code, offset)
        if rounds < FEWEST or time > OUTER * rounds or self.manager.policy.place(code, offset).failures:
            return False
        unit = self.manager.unit_of(code, offset)
        return unit is None or not unit.versions


__all__ = ["Outward"]
