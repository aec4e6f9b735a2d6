"""What trials say: whether a region stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jitney.live import judging
from jitney.live.decisions import Manager
from jitney.live.figures import median
from jitney.live.judging import Judge, Pace, bounds
from jitney.live.numbers import CYCLES, PAYS


def wins(monkeypatch: pytest.MonkeyPatch, pace: Pace, plain: int, windows: list[tuple[int, int, int, int]] | None = None,
         trials: list[list[float]] | None = None, instructions: int = 5) -> bool | None:
    """Whether a region wins that had this pace; `plain`: cycles of a round in the interpreter; `trials`: what earlier ones' windows said;
    `instructions`: recorded in a round."""
    monkeypatch.setattr(judging, "_runtime", SimpleNamespace(pace=lambda code, offset: (plain * 100, 100, plain),
                                                             windows=lambda code, offset: windows or []))
    manager: Any = SimpleNamespace(log=lambda text: None)
    unit: Any = SimpleNamespace(code=None, offset=0, where="here", instructions=instructions, speed=None, region=None,
                                speeds=[median(ratios) for ratios in trials or []], ratios=sum(trials or [], []))
    return Judge(manager).wins(unit, pace)


def test_faster_than_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(time=100 * 1000, entries=10, ticks=90, cycles=90_000)
    assert wins(monkeypatch, pace, 1500)
    assert not wins(monkeypatch, pace, 1100)


def test_the_windows_decide_where_phases_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in all the region took longer, for what came in its turns; next to one another, it was the faster."""
    phases = [1000, 1100, 1200, 9000]
    windows = [(100 * (cycles + 200), 100, 72 * cycles, 90) for cycles in phases] + [(128 * 2000, 128, 1, 0)]
    pace = Pace(time=100 * 2000, entries=100, ticks=0, cycles=190_000)
    assert not wins(monkeypatch, pace, 2000)
    assert wins(monkeypatch, pace, 2000, [*windows, (128 * 2000, 128, 128 * 90_000, 128), *windows])
    assert not wins(monkeypatch, pace, 2000, windows[:3] + windows[4:])  # too few: together


def test_what_the_program_does_between_two_runs_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """14 entries, a thousand back edges in each, a tenth of the time its own: chance had more of the rest in its turns."""
    assert wins(monkeypatch, Pace(time=13_000 * 2_600, entries=14, ticks=12_986, cycles=13_000 * 260), 1500)


def test_a_round_may_do_less_than_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting a round costs little beside a thousand instructions; but a round that took 1,300 cycles did not run them."""
    pace, windows = Pace(time=1000 * 1_400, entries=500, ticks=500, cycles=1000 * 1_250), [(1000 * 1_300, 1000, 1000 * 1_400, 1000)] * 5
    assert not wins(monkeypatch, pace, 1_300, windows, instructions=1_000)
    assert not wins(monkeypatch, pace, 1_300, instructions=1_000)


def test_its_own_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not wins(monkeypatch, Pace(time=13_000 * 2_600, entries=14, ticks=12_986, cycles=13_000 * 1_600), 1500)


def test_entering_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left at once each time: its own time is next to nothing, what lies around it is not."""
    assert not wins(monkeypatch, Pace(time=1000 * 5_000, entries=1000, ticks=0, cycles=1000 * 100), 4500)


def test_what_the_trials_say_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One trial cannot tell 0.97 from 1, where its windows differ by more than that; several can."""
    pace = Pace(time=1000 * 2_600, entries=1000, ticks=0, cycles=1000 * 260)

    def windows(*speeds: float) -> list[tuple[int, int, int, int]]:
        return [(int(1000 * (2_600 * speed + 200)), 1000, 1000 * 2_600, 1000) for speed in speeds]  # 200: what counting a round costs

    slower, faster = [0.97, 0.6, 0.96, 1.3, 0.95, 0.98], [1.03, 1.5, 1.04, 0.7, 1.05, 1.02]
    for speeds, then in ((slower, False), (faster, True)):
        assert wins(monkeypatch, pace, 1500, windows(*speeds)) is None
        assert wins(monkeypatch, pace, 1500, windows(*speeds), [speeds] * 2) is then
    for balanced, then in (([0.97, 0.6, 0.98, 1.3, 1.01, 1.03], False), ([0.97, 0.6, 1.01, 1.3, 1.02, 1.03, 0.99], True)):
        assert wins(monkeypatch, pace, 1500, windows(*balanced), [balanced] * 6) is None
        assert wins(monkeypatch, pace, 1500, windows(*balanced), [balanced] * 15) is then


def test_a_trial_that_is_certain_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program may be in another phase than it was when others said something else."""
    pace = Pace(time=1000 * 2_600, entries=1000, ticks=0, cycles=1000 * 260)
    for before, now in ((2.0, 0.9), (0.8, 1.1)):
        windows = [(int(1000 * (2_600 * now + 200)), 1000, 1000 * 2_600, 1000)] * 12
        assert wins(monkeypatch, pace, 1500, windows, [[before] * 12] * 8) is (now > 1)


def test_bounds_of_a_median() -> None:
    assert bounds([1.0] * 4) == (1.0, 1.0)
    assert bounds([float(number) for number in range(101)]) == (40.0, 60.0)
    assert bounds([3.0, 1.0, 2.0]) == (1.0, 3.0)


class Function:
    """A unit of a function that compiled code calls, and what is done with it."""

    def __init__(self, tried: list[tuple[int, int, int, int]], **guards: int) -> None:
        self.done: list[str] = []
        numbered = {number: SimpleNamespace(op="call", reason=reason, exit=0) for number, reason in enumerate(guards)}
        data = SimpleNamespace(guards=numbered, exits=[SimpleNamespace(kind=1)])
        region = SimpleNamespace(tried=tried, data=data, guards=dict(enumerate(guards.values())), entered=False, valid=True,
                                 pace=(0, 0, 0), cycles=0, entries=1000, look_at=1024,
                                 begin_trial=lambda windows: self.done.append("trial"))
        self.unit: Any = SimpleNamespace(code=None, offset=0, where="here", region=region, speed=None, call_speed=None,
                                         trying_calls=False, doubts=0, closed=0, entered_since=None, quick=False,
                                         versions=9, hasten=False, settled=False)
        policy = SimpleNamespace(give_up=lambda *what: None)
        self.later: list[tuple[float, Any]] = []
        worker = SimpleNamespace(after=lambda seconds, what: self.later.append((seconds, what)))
        manager: Any = SimpleNamespace(log=lambda text: None, worker=worker, stopped=False,
                                       restart=lambda code: self.done.append("restarted"),
                                       retire=lambda unit: self.done.append("retired"),
                                       policy=policy, count_given_up=lambda *what: None,
                                       drop=lambda unit, *why: self.done.append("dropped"))
        self.judge = Judge(manager)


def test_calls_are_compared_window_by_window() -> None:
    """Some windows had calls a hundred times as long: the median does not care."""
    windows = [(1000, 10, 2000, 10), (900, 10, 1900, 10), (90_000, 10, 2000, 10), (1000, 10, 2000, 10), (1000, 0, 900, 10)]
    function = Function(windows)
    function.judge.judge_calls(function.unit, False)
    assert function.unit.call_speed > 1.9 and not function.done
    slower = Function([(b, n, a, n) for a, n, b, _ in windows[:2] + windows[3:4]] * 2)
    for _ in range(2):
        slower.judge.judge_calls(slower.unit, False)
    assert slower.done == ["trial", "dropped"]


def test_a_function_that_is_left_before_its_end_stays_if_it_pays() -> None:
    for windows, then in (([(1000, 10, 2000, 10)] * 8, []), ([(2000, 10, 1000, 10)] * 8, ["retired"])):
        function = Function(windows, raised=900)
        function.judge.judge_callee(function.unit, False)
        assert function.done == ["trial"] and function.unit.trying_calls
        function.judge.judge_callee(function.unit, False)
        assert function.done == ["trial"]  # it is under way
        function.judge.judge_calls(function.unit, True)
        function.done.clear()
        function.judge.judge_callee(function.unit, False)
        assert function.done[:1] == (then or ["trial"])  # a further one, at the next doubling


def test_a_function_that_loses_goes_while_its_better_code_waits() -> None:
    function = Function([(2000, 10, 1000, 10)] * 8)
    for _ in range(2):
        function.judge.judge_callee(function.unit, True)
        function.judge.judge_calls(function.unit, True)
    assert function.done == ["trial", "trial", "retired"]


def test_a_recursive_function_is_closed_for_a_while() -> None:
    """What the interpreter enters is near the recursion's end, as long as it goes on with one that it had begun."""
    function = Function([])
    region = function.unit.region
    region.entered, region.pace, region.cycles = True, (0, 1000, 0), 400 * 1000
    function.judge.judge_callee(function.unit, True)
    assert not region.entered and len(function.later) == 1
    function.later[0][1]()
    assert region.entered and function.done == ["trial", "restarted"]
    region.pace, region.cycles = (0, 1100, 0), 400 * 1000 + 100 * 200_000  # what came before does not count
    function.judge.judge_callee(function.unit, True)
    assert region.entered
    region.pace = (0, 1_000_000, 0)
    function.judge.judge_callee(function.unit, True)
    assert not region.entered and function.later[1][0] > function.later[0][0]


def test_calls_that_surely_pay_are_seldom_tried_again() -> None:
    for cycles, look_at in ((2000, 8000), (1100, 1024)):
        function = Function([(1000, 10, cycles, 10)] * 8)
        function.judge.judge_calls(function.unit, False)
        assert function.unit.region.look_at == look_at


@pytest.mark.parametrize(("quick", "plain", "then"), [
    (True, 2_000, "compiled well"), (True, 900, "retired, compiled well"), (False, 900, "set aside"), (False, 2_000, "stays")])
def test_a_region_that_has_run_for_long(monkeypatch: pytest.MonkeyPatch, quick: bool, plain: int, then: str) -> None:
    """Code made without LLVM's effort that loses runs no longer, but LLVM's effort may bring it; only well compiled code is set aside."""
    done: list[str] = []
    monkeypatch.setattr(judging, "_runtime", SimpleNamespace(pace=lambda code, offset: (plain * 100, 100, plain)))
    worker = SimpleNamespace(put=lambda unit: done.append("compiled well"))
    manager: Any = SimpleNamespace(log=lambda text: None, worker=worker, retire=lambda unit: done.append("retired"))
    judge = Judge(manager)
    monkeypatch.setattr(judge, "rest", lambda unit, its_worker: done.append("set aside"))
    region = SimpleNamespace(pace=(0, 0, 0), cycles=100_000 * 2_000, ticks=100_000, entries=1)
    unit: Any = SimpleNamespace(code=None, offset=0, where="here", kind="loop", quick=quick, rests=0, region=region, settled=False,
                                instructions=0)
    judge.settle(unit, False)
    assert (", ".join(done) or "stays") == then
    assert unit.settled is (then != "set aside")


def test_time_that_several_regions_share_is_saved_once() -> None:
    def unit(speeds: list[float], cycles: int) -> Any:
        region = SimpleNamespace(ticks=0, entries=100, pace=(cycles, 100, 0), cycles=1)
        return SimpleNamespace(code=saved.__code__, region=region, speed=speeds[-1], speeds=speeds, tried_before=0.0)

    def saved(*units: Any) -> float:
        return Manager.saved(cast("Manager", SimpleNamespace(of_region=dict(enumerate(units)), saved_before=0.0, tried_before=0.0)))

    second = int(CYCLES)
    assert saved() == 0
    assert saved(unit([2 + PAYS], second)) == pytest.approx(1)  # more than that is not believed
    assert saved(*[unit([0.5 + PAYS], second) for _ in range(10)]) == pytest.approx(0.5)
    assert saved(unit([1.0, 0.9, 1.0, 3.0], second)) == 0  # one trial of several
