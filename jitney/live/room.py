"""Room for machine code: `max_code` bytes at the most. Where there is none for a region, the coldest ones are let go of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..lower.image import CompiledCode, Image, load
from ..reasons import GiveUp

if TYPE_CHECKING:
    from .compile import Unit
    from .decisions import Manager

#: seconds for which it stays as it is which regions are the coldest, and a region is too young to be among them
RANKED = 0.1
FRESH = 0.5
#: cycles that an entry counts for, beside what it runs
ENTRY = 500
#: an evicted region that gets hot again has to do so this many times before it is made again, times as many for each time it was evicted
AGAIN = 4
MOST = 4


class Use:
    """Of a region, as far as it was seen."""

    __slots__ = ("region", "done", "latest", "rate")

    def __init__(self, region: Any, loaded: float) -> None:
        self.region = id(region)
        self.done = 0.0  # cycles in its code and for its entries
        self.latest = loaded
        self.rate = 0.0  # of these in a second, when it was last used


class Room:
    """Of one process."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        self.evicted = 0
        self.loading: Unit | None = None
        self.ranking: list[Unit] = []  # the coldest last
        self.ranked = 0.0
        _runtime.limit_code(manager.config.max_code)

    def load(self, unit: Unit, image: Image, consts: list[Any]) -> CompiledCode:
        """Puts the unit's new region into memory. Raises GiveUp."""
        self.loading = unit
        try:
            while True:
                try:
                    compiled = load(image, consts)
                except _runtime.NoRoom:
                    pass
                else:
                    unit.loaded, unit.is_evicted = time.perf_counter(), False
                    return compiled
                if not self.make_some():
                    raise GiveUp("no_room", f"{image.code_bytes} bytes")
        finally:
            self.loading = None

    def make_some(self) -> bool:
        """Lets go of the coldest region that can go now."""
        now = time.perf_counter()
        if not self.ranking or now - self.ranked > RANKED:
            self.rank(now)
        while self.ranking:
            unit = self.ranking.pop()
            if unit.region is not None and unit is not self.loading and not unit.region.running:
                self.evict(unit)
                return True
        return False

    def rank(self, now: float) -> None:
        """Those used longest ago are the coldest; of those used since the last time, those that did the least in a second."""
        found: list[tuple[bool, float, float, int, Unit]] = []
        for unit in list(self.manager.units.values()):
            region = unit.region
            if region is None or region.running:
                continue
            use = unit.use
            if use is None or use.region != id(region):
                use = unit.use = Use(region, unit.loaded)
            done = float(region.cycles + ENTRY * region.entries)
            if done > use.done:
                use.rate = (done - use.done) / max(RANKED, now - max(self.ranked, unit.loaded))
                use.done, use.latest = done, now
            found.append((now - unit.loaded < FRESH, use.latest, use.rate, len(found), unit))
        self.ranked = now
        self.ranking = [entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1], reverse=True)]

    def evict(self, unit: Unit) -> None:
        manager, code = self.manager, unit.code
        self.evicted += 1
        unit.evictions += 1
        unit.is_evicted = True
        manager.retire(unit)
        manager.count_given_up(unit.where, "evicted", "")
        if code is not None:
            manager.policy.place(code, unit.offset).compiled = False
            if unit.kind == "function":
                _runtime.count_calls(code)

    def again(self, unit: Unit) -> str:
        """An evicted region's place got hot again: it is made again of what is known of it. The answer for the runtime."""
        if self.manager.worker is None and self.manager.compiling:
            return "later"  # another thread compiles
        unit.times_hot += 1
        if unit.times_hot < AGAIN ** min(unit.evictions - 1, MOST):
            return "later"
        unit.is_evicted, unit.times_hot = False, 0
        self.manager.log(f"hot again: {unit.where}")
        if self.manager.worker is not None:
            self.manager.begin_callee(unit)
            return "disable"
        self.manager.compile_here(self.manager.begin_callee, unit)
        return "disable"
