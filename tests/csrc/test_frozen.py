"""What importing the compiler leaves: the program's collector neither goes through it nor finds it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jitney import _runtime
from tests.run.processes import ENVIRONMENT

PIECES = 100


@pytest.fixture(autouse=True)
def only_what_the_test_makes() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def drop_classes() -> None:
    """As `dataclass(slots=True)` does: each is in cycles with itself."""
    for number in range(PIECES):
        type(f"Piece{number}", (), {})


def found_after(work: Callable[[], Any], quiet: bool = True) -> int:
    if quiet:
        _runtime.quiet_collector(True)
    try:
        _runtime.call_frozen(work)
    finally:
        if quiet:
            _runtime.quiet_collector(False)
    return gc.collect()


def test_garbage_is_not_found() -> None:
    before = gc.get_freeze_count()
    assert found_after(drop_classes) == 0
    assert gc.get_freeze_count() >= before + PIECES


def test_what_was_made_before_is_found() -> None:
    drop_classes()
    assert found_after(lambda: None) >= PIECES


def test_what_it_returns_and_raises() -> None:
    assert _runtime.call_frozen(lambda: 17) == 17
    with pytest.raises(ZeroDivisionError):
        _runtime.call_frozen(lambda: 1 / 0)


def test_nothing_while_collections_may_begin() -> None:
    assert found_after(drop_classes, quiet=False) >= PIECES


def test_within_each_other() -> None:
    def work() -> None:
        drop_classes()
        _runtime.call_frozen(drop_classes)
        drop_classes()

    assert found_after(work) == 0


@pytest.mark.parametrize("generation", range(3))
def test_a_collection_that_is_asked_for_meanwhile(generation: int) -> None:
    """The marker is in another generation: what came before it and what came after it are not told apart any more."""

    def work() -> None:
        gc.collect(generation)
        drop_classes()

    assert found_after(work) >= PIECES


def test_a_thread_of_the_programs_may_have_made_it() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    found = found_after(drop_classes)
    end.set()
    thread.join()
    assert found >= PIECES


def test_a_thread_that_is_gone_again() -> None:
    def work() -> None:
        thread = threading.Thread(target=drop_classes)
        thread.start()
        thread.join()

    assert found_after(work) >= PIECES


BESIDE_COMPILE_THREAD = """
import gc, threading
from jitney import _runtime

ready, end = threading.Event(), threading.Event()

def work():
    _runtime.mute_thread()
    ready.set()
    end.wait()

thread = threading.Thread(target=work)
thread.start()
ready.wait()
gc.collect()
from jitney.live import loading
gc.disable()
gc.collect()
_runtime.call_undisturbed(loading.load)
assert loading.is_loaded()
print(gc.collect())
end.set()
thread.join()
"""


def test_the_compiler_is_loaded_beside_the_compile_thread() -> None:
    ran = subprocess.run([sys.executable, "-c", BESIDE_COMPILE_THREAD], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("0\n", "")
