"""What trials say: whether a region stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jitney.live import judging
from jitney.live.judging import Judge, Pace


def wins(monkeypatch: pytest.MonkeyPatch, pace: Pace, plain: int, windows: list[tuple[int, int, int, int]] | None = None) -> bool:
    """Whether a region wins that had this pace; `plain`: cycles of a round in the interpreter."""
    monkeypatch.setattr(judging, "_runtime", SimpleNamespace(pace=lambda code, offset: (plain * 100, 100, plain),
                                                             windows=lambda code, offset: windows or []))
    manager: Any = SimpleNamespace(log=lambda text: None)
    unit: Any = SimpleNamespace(code=None, offset=0, where="here", instructions=5, speed=None, region=None)
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
    assert wins(monkeypatch, pace, 2000, [*windows, (128 * 2000, 128, 128 * 90_000, 128)])
    assert not wins(monkeypatch, pace, 2000, windows[:3] + windows[4:])  # too few: together


def test_what_the_program_does_between_two_runs_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """14 entries, a thousand back edges in each, a tenth of the time its own: chance had more of the rest in its turns."""
    assert wins(monkeypatch, Pace(time=13_000 * 2_600, entries=14, ticks=12_986, cycles=13_000 * 260), 1500)


def test_its_own_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not wins(monkeypatch, Pace(time=13_000 * 2_600, entries=14, ticks=12_986, cycles=13_000 * 1_600), 1500)


def test_entering_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left at once each time: its own time is next to nothing, what lies around it is not."""
    assert not wins(monkeypatch, Pace(time=1000 * 5_000, entries=1000, ticks=0, cycles=1000 * 100), 4500)
