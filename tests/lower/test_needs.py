"""What code still needs of its constants while it calls something, which may rebind the variables they were found in."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from jitney import _runtime
from jitney.ir.flow import reverse_postorder
from jitney.ir.values import Const, Edge, Op, Snapshot, const_obj
from jitney.lower.engine import compile
from jitney.lower.needs import needs_of

from .machine import CODE, Builder, state


class Thing:
    pass


CALLED, GIVEN, SHOWN, CHECKED, LATER, PASSED = [Thing() for _ in range(6)]


def constant(thing: object) -> Const:
    return const_obj(thing)


def names(b: Builder, op: Op) -> set[Any] | None:
    found = needs_of(reverse_postorder(b.region)).get(op)
    return None if found is None else {value for value in found if value is not CODE}


def call(b: Builder) -> Op:
    return b.call("call", constant(CALLED), constant(GIVEN), snapshot=Snapshot(state(constant(SHOWN)), kind=1))


def check(b: Builder) -> None:
    b.op("check_valid", snapshot=Snapshot(state(constant(CHECKED))))


def use_later(b: Builder) -> None:
    b.op("guard_type", constant(LATER), type=Thing)
    b.leave(constant(LATER))


def test_from_the_call_to_the_check() -> None:
    b = Builder()
    use = call(b)
    check(b)
    use_later(b)
    assert names(b, use) == {CALLED, GIVEN, SHOWN, CHECKED}
    assert any(value is CODE for value in needs_of(b.region.blocks)[use])


def test_not_what_came_before() -> None:
    b = Builder()
    b.op("guard_type", constant(LATER), type=Thing)
    use = call(b)
    check(b)
    again = b.call("call", constant(PASSED))
    check(b)
    b.leave()
    assert names(b, use) == {CALLED, GIVEN, SHOWN, CHECKED} and names(b, again) == {PASSED, CHECKED}


def test_whatever_way_is_taken() -> None:
    b = Builder()
    condition = b.argument(0, "b")
    use = call(b)
    one, other = b.new_block(), b.new_block()
    parameter = other.add_param(use.type)
    b.op("branch", condition)
    b.block.edges = [Edge(one, []), Edge(other, [constant(PASSED)])]
    b.block = one
    check(b)
    use_later(b)
    b.block = other
    b.leave(parameter)
    assert names(b, use) == {CALLED, GIVEN, SHOWN, CHECKED, PASSED}


def test_no_check_near() -> None:
    b = Builder()
    use = call(b)
    loop = b.new_block()
    b.jump(loop)
    b.block = loop
    b.op("guard_type", constant(LATER), type=Thing)
    b.jump(loop)
    assert names(b, use) is None


def test_only_what_may_run_any_code() -> None:
    b = Builder()
    quiet = b.call("call_plain", const_obj(len), constant(GIVEN))
    check(b)
    b.leave()
    assert names(b, quiet) is None


def table(code: Any) -> list[list[Any]]:
    """What the blob has, as objects."""
    words = struct.unpack(f"{len(code.blob) // 4}i", code.blob)
    found = []
    for at in words[3 + words[1]: 3 + words[1] + words[2]]:  # fmt: skip
        found.append([code.consts[number] for number in words[at + 1 : at + 1 + words[at]]])
    return found


def test_in_the_blob() -> None:
    b = Builder()
    call(b)
    check(b)
    use_later(b)
    code = compile(b.region)
    (need,) = table(code)
    assert {value for value in need if value is not CODE} == {CALLED, GIVEN, SHOWN, CHECKED}
    _runtime.Region(code.address, code.blob, tuple(code.consts), code.buf_size)


@pytest.mark.parametrize("count,number", [(-1, 0), (1 << 20, 0), (1, -1), (1, 1 << 20), (2, 0)])
def test_a_malformed_table_is_refused(count: int, number: int) -> None:
    blob = struct.pack("<6i", _runtime.EXIT_MAGIC, 0, 1, 4, count, number)
    with pytest.raises(ValueError, match="what calls need"):
        _runtime.Region(0, blob, (Thing(),), 0)


@pytest.mark.parametrize("words", [(0, 0), (0, -1, 0), (0, 5, 0), (3, 3, 0)])
def test_a_malformed_head_is_refused(words: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        _runtime.Region(0, struct.pack(f"<{len(words) + 1}i", _runtime.EXIT_MAGIC, *words)[: 4 * len(words)], (), 0)
