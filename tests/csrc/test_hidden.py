"""The compiler's objects kept from the program's collector, and its garbage freed."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from jitney import _runtime
from tests.run.processes import ENVIRONMENT


@pytest.fixture(autouse=True)
def no_automatic_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Program:
    """An object of the program's: this module is not the compiler's."""

    other: Any = None


class Compiler:
    """Stands for one of the compiler's classes."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)


Compiler.__module__ = "jitney.test"


def cycle(*parts: Any) -> Compiler:
    one = Compiler(*parts)
    one.parts += [{"a tuple": (one, {"key": [one]})}, one.__init__]
    return one


def recursive_closure(part: object) -> Any:
    def one(n: int) -> object:
        return one(n - 1) if n else part

    one.__module__ = "jitney.test"
    return one


def test_garbage_is_freed_and_not_counted() -> None:
    gc.collect()  # other tests' garbage
    _runtime.begin_hiding()
    inside, outside = weakref.ref(cycle()), weakref.ref(cycle(cycle(), Compiler()))
    closure = weakref.ref(recursive_closure(cycle()))
    ctypes.create_string_buffer(1237)  # makes a type
    assert inside() and outside() and closure()
    assert _runtime.call_hidden(gc.collect) == 0  # alive or not: out of its sight
    assert inside() and outside() and closure()
    _runtime.end_hiding()
    assert not inside() and not outside() and not closure()
    assert gc.collect() == 0


def test_what_only_the_garbage_keeps_alive_through_others_dies_with_it() -> None:
    """It counts as alive, but is gone when it would be looked at again: its memory may be anything's by then."""
    source = """
import gc
from jitney import _runtime
from functools import partial
class Compiler:
    pass
Compiler.__module__ = "jitney.test"
gc.disable()
for turn in range(2):
    _runtime.begin_hiding()
    made = [Compiler(), Compiler()]
    one, other = made[turn], made[1 - turn]
    one.itself, one.other = one, partial(print, other)
    del one, other, made
    _runtime.end_hiding()
print("done")
"""
    environment = {**ENVIRONMENT, "PYTHONMALLOC": "debug"}
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_what_is_referred_to_stays_whole() -> None:
    _runtime.begin_hiding()
    kept = cycle(cycle("inner"), recursive_closure("part"))
    counts = [sys.getrefcount(part) for part in kept.parts]
    _runtime.end_hiding()
    assert kept.parts[2]["a tuple"][1]["key"][0] is kept
    assert kept.parts[1](3) == "part" and kept.parts[0].parts[0] == "inner"
    assert [sys.getrefcount(part) for part in kept.parts] == counts
    gone = weakref.ref(kept)
    assert gc.is_tracked(kept) and any(one is kept for one in gc.get_objects())
    del kept
    assert gc.collect() > 0 and not gone()  # the program's collector has it again


def test_the_programs_garbage_is_left_alone() -> None:
    _runtime.begin_hiding()
    one, other = Program(), Program()
    one.other, other.other = other, [one, Compiler(one)]
    gone = weakref.ref(one)
    del one, other
    _runtime.end_hiding()
    assert gone()
    assert gc.collect() >= 2 and not gone()


def test_finalizers_are_left_to_the_collector() -> None:
    called = []

    class Finalized(Compiler):
        def __del__(self) -> None:
            called.append(len(self.parts))

    Finalized.__module__ = "jitney.test"
    _runtime.begin_hiding()
    one = Finalized(cycle())
    one.parts.append(one)
    del one
    _runtime.end_hiding()
    assert called == []
    gc.collect()
    assert called == [2]


def test_the_programs_values_die_with_what_referred_to_them() -> None:
    _runtime.begin_hiding()
    value = Program()
    gone = weakref.ref(value)
    shared = [Program()]
    cycle(value, shared, globals())
    del value
    _runtime.end_hiding()
    assert not gone() and len(shared) == 1 and "Compiler" in globals()


def test_many_and_a_collection_meanwhile() -> None:
    _runtime.begin_hiding()
    seen = []
    for number in range(3000):
        seen.append(weakref.ref(cycle(number)))
        if number % 500 == 0:
            gc.collect(number % 3)  # what was not hidden before is the collector's; `end_hiding` finds the rest
    _runtime.end_hiding()
    assert not any(one() for one in seen[-400:])
    gc.collect()
    assert not any(one() for one in seen)


def test_what_a_collection_took_for_the_programs() -> None:
    _runtime.begin_hiding()
    early, late = Compiler(), Compiler()
    gc.collect()  # without `call_hidden`: it finds them
    early.parts += [late, Compiler(early)]
    late.parts.append(early)
    gone = weakref.ref(early), weakref.ref(late)
    del early, late
    _runtime.end_hiding()
    assert not gone[0]() and not gone[1]() and gc.collect() == 0


def test_a_long_chain_takes_no_long_time() -> None:
    _runtime.begin_hiding()
    first = last = Compiler()
    for _ in range(100_000):
        first = Compiler(first)
    last.parts.append(first)
    gone = weakref.ref(last)
    del last
    start = time.monotonic()
    _runtime.end_hiding()
    assert gone() and time.monotonic() - start < 5
    _runtime.begin_hiding()
    first.parts[0].parts[0] = Compiler(first)
    del first
    _runtime.end_hiding()
    gc.collect()
    assert not gone()


def test_without_a_beginning_nothing_happens() -> None:
    _runtime.end_hiding()
    assert _runtime.call_hidden(sorted, [2, 1]) == [1, 2]
    with pytest.raises(TypeError):
        _runtime.call_hidden()
    with pytest.raises(ZeroDivisionError):
        _runtime.call_hidden(lambda: 1 // 0)
