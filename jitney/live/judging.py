"""Whether compiled code pays: what becomes of regions that run (docs/regions.md, "When compiling pays")."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _runtime
from .figures import FINAL_REASONS, is_improvable, median, uncounted
from .numbers import (  # fmt: skip
    AGAIN,
    CALL_WINDOWS,
    CALLS_PAY,
    CHANCES,
    CLEARLY,
    CYCLES,
    DOUBTS,
    ENOUGH,
    ENTERED_OFTEN,
    ENTERING,
    FEW,
    FEWEST,
    GAINS,
    INSTRUCTION,
    LEAST,
    LONG,
    LOSES,
    MAX_RESTS,
    NEARLY,
    NUDGE,
    NUDGES,
    OFTEN,
    PAYS,
    REMEMBERED,
    REST,
    SELDOM,
    SELDOM_AGAIN,
    SETTLED,
    SIGMAS,
    SLIGHT,
    SLOWER,
    SOON,
    SURELY,
    WINDOWS,
    WORTH,
    WORTH_ENTERING,
)

if TYPE_CHECKING:
    from .compile import Unit
    from .decisions import Manager
    from .worker import Worker


class Pace(NamedTuple):
    """Of a region: cycles from entry to entry, how many times, back edges taken in its code meanwhile; cycles in its code."""

    time: int
    entries: int
    ticks: int
    cycles: int

    @staticmethod
    def of(region: Any) -> Pace:
        time, entries, ticks = region.pace
        return Pace(time, entries, ticks, region.cycles)

    def __sub__(self, before: Pace) -> Pace:
        return Pace(*[now - then for now, then in zip(self, before, strict=True)])


def in_windows(unit: Unit) -> list[float]:
    """How many times as fast as the interpreter in each window of the latest trial; none: they are too few."""
    ratios = [uncounted(unit, plain / rounds) * others / cycles
              for plain, rounds, cycles, others in _runtime.windows(unit.code, unit.offset) if rounds and others and cycles]
    return [] if len(ratios) < FEWEST else ratios


def bounds(ratios: list[float]) -> tuple[float, float]:
    """Between which the median of what was sampled lies, whatever the distribution, in 95 cases of 100: the order statistics two standard
    deviations of the number of signs away from the middle (Conover, "Practical Nonparametric Statistics", 3.2). A program's phases are a
    hundred times as long as others, so that means and variances say nothing."""
    ordered, count = sorted(ratios), len(ratios)
    away = SIGMAS * count**0.5 / 2
    return ordered[max(0, int(count / 2 - away))], ordered[min(count - 1, int(count / 2 + away))]


class Judge:
    """Looks at regions when the runtime says so (`look`), has them compiled well, tried, set aside or taken away."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager

    def look(self, unit: Unit, what: str) -> None:
        """`what`: a region has run for long ("busy"), its calls were tried ("tried"), it was entered often or for long ("look")."""
        worker = self.manager.worker
        waiting = worker is not None and worker.is_waiting(unit)
        if what == "busy":
            self.settle(unit, waiting)
        elif what == "tried":
            self.judge_calls(unit, waiting)
        elif unit.kind == "function" and not unit.watched:
            self.judge_callee(unit, waiting)
        else:
            self.judge(unit, waiting)

    def settle(self, unit: Unit, waiting: bool) -> None:
        """The region has run for long enough to be worth LLVM's effort, if it is not clearly slower than the interpreter was: one that is
        seldom left has no trials."""
        region = unit.region
        if unit.kind == "loop" and self.manager.worker is not None and unit.rests < MAX_RESTS and not waiting:
            taken, edges, plain = _runtime.pace(unit.code, unit.offset)
            if edges:
                plain = max(plain, taken // edges)  # rounds may be of very different length
            cycles, _, ticks = region.pace
            own = region.cycles / max(1, region.ticks)
            if ticks * 2 >= region.ticks > 0:
                own = min(own, cycles / ticks)  # without the times when another thread, or process, had its turn
            # Where it is left now and then, trials are better: a program's phases differ by more than this.
            if plain and region.ticks >= max(FEW, LONG * region.entries) and uncounted(unit, plain) < LOSES * own:
                self.manager.log(f"{unit.where} loses: {own:.0f} cycles, in the interpreter {uncounted(unit, plain):.0f}")
                if unit.quick:  # what LLVM's effort brings is not known yet
                    unit.settled = True
                    self.manager.retire(unit)
                    self.manager.worker.put(unit)
                else:
                    self.rest(unit, self.manager.worker)
                return
        unit.settled = True
        if self.manager.worker is None or not unit.quick:
            return
        if waiting:  # maybe the thread has not come to the end of making this very region
            region.ask_cycles = region.cycles + int(CYCLES * AGAIN)
        else:
            self.manager.worker.put(unit)

    def judge(self, unit: Unit, waiting: bool) -> None:
        """Whether the loop goes faster than in the interpreter. What was measured before the region was there is out of date, and the
        compiler ran meanwhile: both run in turn and are timed."""
        region = unit.region
        before, unit.trial_since = unit.trial_since, None
        if before is None:
            self.try_out(unit)
            return
        worth = self.wins(unit, Pace.of(region) - before)
        if worth and (unit.speed is None or median(unit.ratios or [unit.speed]) > PAYS):
            unit.doubts = unit.lost = 0
            return
        unit.doubts += 1 if unit.speed is None or unit.speed > CLEARLY else DOUBTS
        sure = unit.doubts >= DOUBTS
        if worth:
            if sure:
                self.improve(unit)
        elif worth is None:
            if not (sure and self.improve(unit)) and not self.try_out(unit):
                self.lose(unit, waiting)
        elif sure or unit.speed is None or not self.try_out(unit):
            self.lose(unit, waiting)

    def lose(self, unit: Unit, waiting: bool) -> None:
        """The region is the slower: it is made better, if it can be, or set aside."""
        if waiting:
            self.withdraw(unit)  # until it is compiled with what was recorded
        elif self.manager.worker is None or unit.speed is None:
            self.manager.drop(unit, "unstable", SLOWER)
        elif self.improve(unit):
            pass
        elif unit.quick and unit.speed > NEARLY and unit.region.cycles > CYCLES * unit.llvm_seconds:
            unit.settled = True
            self.manager.worker.put(unit)
            self.withdraw(unit)  # which may take long, if there is much to do
        elif unit.kind == "function":
            self.leave_alone(unit)
        elif unit.rests < MAX_RESTS:
            self.rest(unit, self.manager.worker)
        else:
            self.manager.retire(unit)
            self.manager.policy.give_up(unit.code, unit.offset, "unstable", SLOWER)

    def improve(self, unit: Unit) -> bool:
        """Has what the region's exits lead to recorded at once, if it may gain by being left less often. It is looked at again soon: by
        then they have been recorded, or are not worth it."""
        if unit.hasten or unit.lost >= CHANCES or not self.improvable(unit):
            return False
        unit.hasten = True
        unit.lost += 1
        unit.region.look_at = min(unit.region.look_at, unit.region.entries + SOON)
        return True

    def withdraw(self, unit: Unit) -> None:
        """The interpreter does not enter the region any more, but a better one that is to come."""
        if unit.kind == "loop":
            self.manager.retire(unit)
        else:
            unit.region.entered = False

    def leave_alone(self, unit: Unit) -> None:
        """A function's region is entered by compiled code alone from now on."""
        unit.watched = unit.region.entered = False
        self.manager.count_given_up(unit.where, "unstable", SLOWER)

    def try_out(self, unit: Unit) -> bool:
        """Begins a trial."""
        if not _runtime.trial(unit.code, unit.offset, WINDOWS):
            return False
        unit.trial_since = Pace.of(unit.region)
        self.nudge(unit, unit.trial_since)
        return True

    def nudge(self, unit: Unit, trial: Pace | None, pause: float = NUDGE, left: int = NUDGES, entries: int = 0) -> None:
        """A region that runs for long at once would not be looked at, nor let the interpreter have its turn in a trial. It leaves where
        another thread wants the GIL, as the compile thread does whenever it wakes up: often while the region runs, else seldom; and no
        more once it is entered often, or looked at. `entries`: those there were before."""
        worker, region = self.manager.worker, unit.region
        if not left or worker is None or region is None or unit.trial_since is not trial or self.manager.stopped:
            return
        if left == NUDGES or region.entries - entries < ENTERED_OFTEN:
            pause = NUDGE if region.running else min(2 * pause, SELDOM)
            worker.after(pause, partial(self.nudge, unit, trial, pause, left - 1, region.entries))

    def wins(self, unit: Unit, pace: Pace) -> bool | None:
        """What a trial has shown, together with those before it; None: that they do not tell yet. Where it could not measure, what an entry
        does.

        The time from back edge to back edge (from call to call) is compared, of which compiled code takes many at a time, within each
        window, since a program's phases differ. It holds what the program does between two runs of the loop, too, and where that is most of
        it, chance decides which of the two had more of it. But then the region cannot do harm either, but by its own time and by being
        entered: where entering is next to nothing, its own time alone is compared with what the loop takes in the interpreter, with all
        that; unless the windows say that it is the slower.
        """
        plain_time, plain_edges, _ = _runtime.pace(unit.code, unit.offset)
        if not pace.entries or not plain_edges:
            return bool((unit.region.ticks / max(1, unit.region.entries) + 0.5) * unit.instructions >= WORTH)
        rounds = pace.entries + pace.ticks
        here, plain = pace.time / rounds, uncounted(unit, plain_time / plain_edges)
        own, entering = pace.cycles / rounds, ENTERING * pace.entries / rounds
        small = entering < SLIGHT * here and own * PAYS < plain
        ratios = in_windows(unit)
        if ratios and small and median(ratios) < CLEARLY:
            ratios = []  # not its doing: the interpreter's windows lay within runs of the loop, nothing between two of them in them
        unit.speed = median(ratios) if ratios else plain / max(here, 1)
        text = f"{here:.0f} cycles, {own:.0f} of them its own, in the interpreter {plain:.0f}: {unit.speed:.2f} times as fast"
        verdict: bool | None = unit.speed > PAYS or small
        if ratios:
            unit.speeds.append(unit.speed)
            low, high = bounds(ratios)
            if not low <= GAINS <= high:
                unit.ratios = []  # it is certain by itself: what was before may have been another phase
            unit.ratios = (unit.ratios + ratios)[-REMEMBERED:]
            low, high = bounds(unit.ratios)
            middle = median(unit.ratios)
            text += f" (all: {middle:.2f}, from {low:.2f} to {high:.2f})"
            verdict = low > GAINS or (None if high > GAINS else False)
            if verdict is None and len(unit.ratios) >= REMEMBERED:
                verdict = middle > GAINS
        self.manager.log(f"pace of {unit.where}: {text}{', harmless' if small else ''}; {pace.entries} entries, {pace.ticks} back edges; "
                         f"{'not sure' if verdict is None else 'stays' if verdict else 'loses'}")
        return verdict

    def judge_callee(self, unit: Unit, waiting: bool) -> None:
        """A function that is mostly left before its end costs more than it saves. Whether the others pay, compiled well once they have run
        for long enough, is tried."""
        region = unit.region
        guards = [(region.data.guards[number], count) for number, count in region.guards.items()]
        failures = sum([count for guard, count in guards if guard.reason not in FINAL_REASONS])
        hopeless = sum([count for guard, count in guards if guard.reason not in FINAL_REASONS and not is_improvable(region.data, guard)])
        pace = Pace.of(region) - unit.entered_since if unit.entered_since is not None else Pace.of(region)
        if region.entered and pace.entries >= ENOUGH and pace.cycles < WORTH_ENTERING * pace.entries:
            self.close(unit)
        pays = unit.call_speed is not None and unit.call_speed > CALLS_PAY  # it is left where little is left to do
        if not pays and (hopeless * 2 > region.entries or (failures * 2 > region.entries and unit.versions > CHANCES)):
            if self.manager.worker is not None and unit.call_speed is None:
                self.try_calls(unit)
            elif not waiting:
                self.manager.retire(unit)
                self.manager.policy.give_up(unit.code, unit.offset, "unstable", SLOWER)
                self.manager.count_given_up(unit.where, "unstable", SLOWER)
        elif not pays and failures * 2 > region.entries:
            unit.hasten = True
        elif unit.quick and not waiting and region.entries * unit.instructions * INSTRUCTION > SETTLED * max(LEAST, unit.llvm_seconds):
            unit.settled = True
            self.manager.begin_callee(unit)
        elif self.manager.worker is not None:
            self.try_calls(unit)

    def close(self, unit: Unit) -> None:
        """The interpreter's own calls are cheaper than entering; compiled code goes on calling it. Entered anew after a while: a recursion
        that was under way when the region came was entered wherever it was, which is mostly near its end."""
        unit.region.entered = False
        worker = self.manager.worker
        if worker is not None and unit.closed < MAX_RESTS:
            worker.after(REST * 4.0**unit.closed, partial(self.open, unit, unit.region))
            unit.closed += 1

    def open(self, unit: Unit, region: Any) -> None:
        """Has the interpreter enter the function again."""
        if unit.region is region and region.valid and not self.manager.stopped:
            unit.entered_since = Pace.of(region)
            region.entered = True
            region.look_at = min(region.look_at, region.entries + SOON)
            self.manager.restart(unit.code)

    def try_calls(self, unit: Unit) -> None:
        """Begins a trial of a function that compiled code calls, if none is under way."""
        if not unit.trying_calls:
            unit.trying_calls = True
            unit.region.begin_trial(CALL_WINDOWS)

    def judge_calls(self, unit: Unit, waiting: bool) -> None:
        """After a trial of a function: are compiled calls faster than the interpreter's?"""
        region = unit.region
        unit.trying_calls = False
        ratios = [plain_cycles / plain_calls * calls / cycles for cycles, calls, plain_cycles, plain_calls in region.tried
                  if cycles and calls and plain_calls]
        if len(ratios) < FEWEST:
            return
        unit.speed = unit.call_speed = median(ratios)
        self.manager.log(f"calls of {unit.where}: {unit.speed:.2f} times as fast ({' '.join([f'{ratio:.2f}' for ratio in ratios])})")
        if unit.speed > CALLS_PAY:
            unit.doubts = 0
            if unit.speed > SURELY:
                region.look_at = max(region.look_at, region.entries * SELDOM_AGAIN)
            return
        unit.doubts += 1
        if unit.doubts < DOUBTS:
            if not waiting:
                self.try_calls(unit)
        elif waiting:
            self.manager.retire(unit)  # until the better code is there, which may have to wait for long
        elif unit.quick and unit.speed > NEARLY:
            unit.settled = True
            self.manager.begin_callee(unit)
        else:
            self.manager.drop(unit, "unstable", SLOWER)

    def improvable(self, unit: Unit) -> bool:
        """Whether the region is often left where it could be made to go on."""
        region = unit.region
        if unit.versions > self.manager.config.max_rebuilds:
            return False
        left = sum([count for number, count in region.guards.items() if is_improvable(region.data, region.data.guards[number])])
        return bool(left > OFTEN * region.entries)

    def rest(self, unit: Unit, worker: Worker) -> None:
        """Sets a region aside that does not pay, at least not in this phase of the program."""
        self.manager.count_given_up(unit.where, "unstable", SLOWER)
        unit.resting = True
        _runtime.uninstall(unit.code, unit.offset)
        worker.after(REST * 4.0**unit.rests, partial(self.wake, unit))
        unit.rests += 1

    def wake(self, unit: Unit) -> None:
        """Has it tried again."""
        region = unit.region
        if self.manager.stopped or not unit.resting or unit.code is None:
            return
        unit.resting = False
        if region is None:
            self.manager.rouse(self.manager.policy.place(unit.code, unit.offset))
        elif not region.valid:
            self.manager.on_invalidated(region)
        else:
            unit.ratios = []  # another phase, maybe
            region.ask_cycles = region.cycles + int(CYCLES * AGAIN)
            if self.manager.worker is not None:
                self.manager.worker.look_at(region, self.manager.on_region)
            if _runtime.install(unit.code, unit.offset, region):
                self.manager.restart(unit.code)
            self.try_out(unit)
