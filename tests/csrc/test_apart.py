"""Where objects lie: the compiler's apart from the program's."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import tracemalloc

import pytest

from jitney import _runtime
from tests.run.processes import ENVIRONMENT, START

COUNT = 3000
POOL = 14  # bits: CPython's Include/internal/pycore_obmalloc.h

pytestmark = pytest.mark.skipif(os.environ.get("PYTHONMALLOC", "pymalloc") != "pymalloc", reason="about pymalloc")


class Thing:
    __slots__ = ("next",)


def things() -> list[Thing]:
    return [Thing() for _ in range(COUNT)]


def pools(objects: list) -> set[int]:
    return {id(thing) >> POOL for thing in objects}


def quietly(make):
    """As the compile thread does it, and what it made."""
    _runtime.quiet_collector(True)
    try:
        return make()
    finally:
        _runtime.quiet_collector(False)


def test_objects_of_the_compiler_lie_apart() -> None:
    before = things()
    ours = quietly(things)
    after = things()
    assert not pools(ours) & pools(before + after)


def test_tuples_of_the_compiler_are_not_reused_by_the_program() -> None:
    count = 1500  # of each length, 2,000 are kept

    def make() -> list[int]:
        made = [(number, number) for number in range(count)]
        return [id(pair) for pair in made]

    quietly(gc.collect)  # it lets go of those that are kept
    ours = set(quietly(make))
    theirs = [(number, number) for number in range(count)]
    assert not ours & {id(pair) for pair in theirs}


def test_nor_are_they_where_the_compiler_gives_the_gil_away() -> None:
    go, theirs = threading.Event(), []

    def program() -> None:
        go.wait()
        theirs.extend([(number, number) for number in range(1000)])

    def make() -> set[int]:
        made = [(number, number) for number in range(1000)]
        ours = {id(pair) for pair in made}
        del made
        go.set()
        thread.join()
        return ours

    thread = threading.Thread(target=program)
    thread.start()
    assert not quietly(make) & {id(pair) for pair in theirs}


def test_a_collection_while_the_program_s_dead_tuples_are_set_aside() -> None:
    [(number, number) for number in range(1000)]  # dead ones, for the list that is set aside

    def make() -> None:
        gc.collect()
        [(number, number, number) for number in range(1000)]

    quietly(make)
    theirs = [(number, number) for number in range(3000)] + [(number, number, number) for number in range(3000)]
    assert len({id(one) for one in theirs}) == len(theirs)


def test_the_count_of_blocks_stays_right() -> None:
    for make in (things, lambda: quietly(things)):
        gc.collect()
        before = sys.getallocatedblocks()
        made = make()
        assert COUNT <= sys.getallocatedblocks() - before < COUNT + 50
        del made
        assert abs(sys.getallocatedblocks() - before) < 50


def test_what_lies_apart_can_grow_and_be_freed_by_the_program() -> None:
    lists = quietly(lambda: [[number] for number in range(COUNT)])
    for many in lists:
        many += range(100)
    assert sum(map(len, lists)) == 101 * COUNT
    texts = quietly(lambda: [bytearray(b"x") for number in range(COUNT)])
    for text in texts:
        text.extend(b"y" * 700)
    assert {len(text) for text in texts} == {701}


def test_other_threads_of_the_program_are_not_concerned() -> None:
    made: list[Thing] = []

    def work() -> None:
        made.extend(things())

    def run() -> list[Thing]:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return things()

    before = things()
    ours = quietly(run)
    assert pools(made) & pools(before + things())
    assert not pools(made) & pools(ours)


def test_tracemalloc_may_come_and_go_meanwhile() -> None:
    started = quietly(lambda: (tracemalloc.start(), things())[1])
    traced = things()
    assert tracemalloc.get_object_traceback(traced[0]) is not None
    ours = quietly(things)
    stopped = quietly(lambda: (tracemalloc.stop(), things())[1])
    last = things()
    del started, traced, ours, stopped, last
    test_objects_of_the_compiler_lie_apart()


@pytest.mark.parametrize("allocator", ["debug", "malloc", "malloc_debug", "pymalloc_debug"])
@pytest.mark.parametrize("setting", ["threshold=2", "threshold=50, budget=0"])
def test_other_allocators(allocator: str, setting: str) -> None:
    source = START + f"""
jitney.enable({setting})
until(lambda: jitney.stats()["compilations"] > 2)
print(points(5000) == sum(range(5000)), sum_of(5000) == sum(i * i % 7 for i in range(5000)))
"""
    environment = {**ENVIRONMENT, "PYTHONMALLOC": allocator}
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ("True True\n", "", 0)
