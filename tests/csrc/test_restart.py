"""Events that come again in one code object."""

from __future__ import annotations

import pytest

from jitney import _runtime

from .test_recorder import Policy

pytestmark = pytest.mark.usefixtures("live")


def test_events_come_again_in_one_code_object() -> None:
    def f(n):
        for i in range(n):
            i += 1

    def g(n):
        for i in range(n):
            i += 1

    policy = Policy(f, g, answer="disable")
    f(100)
    g(100)
    assert [hot[1] for hot in policy.hot] == [f.__code__, g.__code__]
    for code in (f.__code__, g.__code__):
        _runtime.reset_counters(code)
    _runtime.restart_events(f.__code__)
    g(100)
    f(100)
    assert [hot[1] for hot in policy.hot] == [f.__code__, g.__code__, f.__code__]
    with pytest.raises(TypeError):
        _runtime.restart_events(f)


def test_events_come_again_where_the_code_runs() -> None:
    def f(n):
        for i in range(n):
            if i == 60:
                _runtime.reset_counters(f.__code__)
                _runtime.restart_events(f.__code__)

    policy = Policy(f, answer="disable")
    f(50)
    assert len(policy.hot) == 1
    f(120)
    assert len(policy.hot) == 2
