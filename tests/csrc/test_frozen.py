"""What importing the compiler leaves: the program's collector neither goes through it nor finds it."""

from __future__ import annotations

import functools
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from jitney import _runtime
from tests.run.processes import ENVIRONMENT

PIECES = 100


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """The test in a process of its own: one that runs tests may have threads, as pytest-xdist's workers have."""

    @functools.wraps(test)
    def run(**arguments: Any) -> None:
        code = f"""
import gc
from {__name__} import {test.__name__} as test
gc.collect()
gc.disable()
test.__wrapped__(**{arguments!r})
"""
        done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")

    return run


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


@alone
def test_garbage_is_not_found() -> None:
    before = gc.get_freeze_count()
    assert found_after(drop_classes) == 0
    assert gc.get_freeze_count() >= before + PIECES


@alone
def test_what_was_made_before_is_found() -> None:
    drop_classes()
    assert found_after(lambda: None) >= PIECES


@alone
def test_what_it_returns_and_raises() -> None:
    assert _runtime.call_frozen(lambda: 17) == 17
    with pytest.raises(ZeroDivisionError):
        _runtime.call_frozen(lambda: 1 / 0)


@alone
def test_nothing_while_collections_may_begin() -> None:
    assert found_after(drop_classes, quiet=False) >= PIECES


@alone
def test_within_each_other() -> None:
    def work() -> None:
        drop_classes()
        _runtime.call_frozen(drop_classes)
        drop_classes()

    assert found_after(work) == 0


@pytest.mark.parametrize("generation", range(3))
@alone
def test_a_collection_that_is_asked_for_meanwhile(generation: int) -> None:
    """The marker is in another generation: what came before it and what came after it are not told apart any more."""

    def work() -> None:
        gc.collect(generation)
        drop_classes()

    assert found_after(work) >= PIECES


@alone
def test_a_thread_of_the_programs_may_have_made_it() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    found = found_after(drop_classes)
    end.set()
    thread.join()
    assert found >= PIECES


@alone
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
