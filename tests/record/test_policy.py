"""When places are tried, tried again and given up, and which code is followed into."""

from __future__ import annotations

from typing import Any

from jitney.bytecode import normalise
from jitney.reasons import REASONS
from jitney.record import DISABLE, LATER, RECORD, Limits, Policy
from jitney.support import obstacle


def loop(n):
    while n:
        n -= 1


HEADER = next(iter(normalise(loop.__code__).loops))
CODE = loop.__code__


def answers(policy: Policy, count: int) -> list[str]:
    return [policy.ask(CODE, HEADER) for _ in range(count)]


def test_back_off_and_giving_up() -> None:
    policy = Policy()
    for wait in (4, 16, 64):
        assert answers(policy, 1) == [RECORD]
        policy.failed(CODE, HEADER, "too_long")
        assert answers(policy, wait - 1) == [LATER] * (wait - 1)
    assert answers(policy, 1) == [RECORD]
    place = policy.failed(CODE, HEADER, "too_long", "detail")
    assert place.given_up and place.reason == "too_long" and place.detail == "detail" and place.recordings == 4
    assert answers(policy, 2) == [DISABLE] * 2
    policy.forget(CODE)
    assert answers(policy, 1) == [RECORD]


def test_no_second_try_where_it_cannot_help() -> None:
    policy = Policy()
    policy.failed(CODE, HEADER, "opcode", again=False)
    assert answers(policy, 1) == [DISABLE]


def test_compiled_and_invalidated() -> None:
    policy = Policy()
    assert answers(policy, 1) == [RECORD]
    policy.succeeded(CODE, HEADER)
    assert answers(policy, 1) == [DISABLE]
    policy.invalidated(CODE, HEADER)
    assert answers(policy, 4) == [LATER] * 3 + [RECORD]
    assert [place.code for place in policy.places()] == [CODE]


def test_never_and_blacklist() -> None:
    never: set[object] = set()
    policy = Policy(never)
    assert policy.accept(CODE) and policy.refusal_to_start(CODE, HEADER) is None
    never.add(CODE)
    assert not policy.accept(CODE) and answers(policy, 1) == [DISABLE]
    other = Policy()
    other.blacklist(CODE, "unstable")
    assert other.refusal(CODE) == other.refusal_to_start(CODE, 0) == "unstable"


def test_what_is_not_followed() -> None:
    namespace: dict[str, Any] = {}
    source = (
        """
def generator(): yield 1
async def coroutine(): pass
async def stream(): yield 1
def lines(x):
"""
        + "    x = x + x * x - x\n" * 700
    )
    exec(source, namespace)
    policy = Policy()
    for name in ("generator", "coroutine", "stream"):
        code = namespace[name].__code__
        assert policy.refusal_to_start(code, 0) == "generator"
        assert policy.refusal(code) == (None if name == "generator" else "generator")  # its consumer's recording goes through it
    assert policy.refusal(namespace["lines"].__code__) == "big_code"
    assert policy.refusal(compile("x = 1", "<test>", "exec")) == "code_kind"
    assert policy.refusal(obstacle.__code__) == "code_kind"  # Jitney's own
    assert Policy(limits=Limits(slots=0)).refusal(CODE) == "big_code"
    assert policy.refusal_to_start(CODE, HEADER + 2) == "unlinkable"
    assert {"generator", "big_code", "code_kind", "unlinkable", "never", "invalidated"} <= set(REASONS)
