"""While something of Jitney's runs, the collector's counters are out of reach of its thresholds: the garbage of programs stays."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from jitney import _runtime

FEW = 1 << 20


class Program:
    """An object of the program's; a list of them is in a cycle with itself."""


def automatic_collections(work: Callable[[], object]) -> int:
    begun = []

    def note(phase: str, info: dict[str, int]) -> None:
        begun.append(phase)

    gc.callbacks.append(note)
    try:
        work()
    finally:
        gc.callbacks.remove(note)
    return begun.count("start")


def litter() -> None:
    kept = [[Program()] for _ in range(20 * gc.get_threshold()[0])]
    assert kept


def within(depth: int, work: Callable[[], object]) -> None:
    """`work()` as the runtime calls the policy, `depth` times within each other."""
    if depth == 0:
        work()
    else:
        _runtime.call_undisturbed(lambda: within(depth - 1, work))


def test_the_program_itself_collects() -> None:
    assert automatic_collections(litter) > 0


@pytest.mark.parametrize("depth", range(1, 9))
def test_no_collection_begins_however_deep(depth: int) -> None:
    gc.collect()
    before = gc.get_count()
    seen = []
    assert automatic_collections(lambda: within(depth, lambda: (litter(), seen.append(gc.get_count())))) == 0
    assert seen and max(seen[0]) < 0
    assert all(abs(now - was) < 100 for now, was in zip(gc.get_count(), before, strict=True))


@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_nor_in_the_compile_thread_meanwhile(depth: int) -> None:
    """It becomes quiet, and ceases to be, in the middle of what another thread does."""
    gc.collect()

    def work() -> None:
        _runtime.quiet_collector(True)
        within(depth, litter)
        _runtime.quiet_collector(False)

    assert automatic_collections(lambda: within(depth, work)) <= (depth == 0)
    assert all(abs(now) < FEW for now in gc.get_count())  # within reach again


def test_an_explicit_collection_works_and_the_next_does_not_begin_by_itself() -> None:
    collected = []

    def work() -> None:
        one = Program()
        one.itself = one  # type: ignore[attr-defined]
        del one
        collected.append(gc.collect() > 0)
        _runtime.call_hidden(lambda: None)  # where the compiler gives way
        litter()

    _runtime.quiet_collector(True)
    try:
        assert automatic_collections(work) == 1
    finally:
        _runtime.quiet_collector(False)
    assert collected == [True]
    assert all(abs(now) < FEW for now in gc.get_count())  # within reach again


def test_what_was_due_meanwhile_is_not_made_up_for_at_once() -> None:
    """Between the end of objects and the program's `gc.collect()`, which says how many they were (gc_collect asserts it)."""
    threshold = gc.get_threshold()[0]
    gc.collect()
    _runtime.quiet_collector(True)
    kept = [[Program()] for _ in range(3 * threshold + 5)]
    _runtime.quiet_collector(False)
    assert gc.get_count()[0] < threshold and gc.get_count()[1] >= 3
    assert automatic_collections(lambda: [[Program()] for _ in range(10)]) == 0
    assert automatic_collections(litter) > 0
    assert len(kept) > 3 * threshold


def test_where_the_program_has_turned_the_collector_off_nothing_was_due() -> None:
    """What it counted meanwhile stays counted: the first object that is made once it is on again begins a collection."""
    threshold = gc.get_threshold()[0]
    gc.collect()
    gc.disable()
    try:
        kept = [[Program()] for _ in range(3 * threshold)]
        _runtime.call_undisturbed(lambda: None)
        assert gc.get_count()[0] > threshold and gc.get_count()[1] == 0
        assert automatic_collections(lambda: (gc.enable(), [[Program()] for _ in range(10)])) == 1
    finally:
        gc.enable()
    assert len(kept) == 3 * threshold
