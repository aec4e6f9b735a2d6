"""Trials of a function's calls, where the interpreter calls it, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import jitney
from jitney import _runtime


@pytest.fixture(autouse=True)
def enabled() -> Iterator[None]:
    jitney.enable(threshold=2)
    yield
    jitney.disable()


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def test_a_trial_of_a_function_that_the_interpreter_calls_comes_to_its_end() -> None:
    """Its turns are those of the calls by compiled code. In the interpreter's turn there were none, once it was called from outside."""
    for _ in range(20):
        assert fib(9) == 34
    region = _runtime.installed(fib.__code__, 0)
    assert region is not None and region.entered
    region.begin_trial(8)
    for _ in range(2000):
        assert fib(9) == 34
        if region.tried:
            break
    assert len(region.tried) == 4
    assert all(compiled and plain for _, compiled, _, plain in region.tried)
