"""Logs become observations: made-up logs for the details, and a recorder written with `sys.monitoring` for whole programs."""
# ruff: noqa: C408

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from types import BuiltinFunctionType, CodeType
from typing import Any

import pytest

from jitney.bytecode import normalise, successors
from jitney.record import IdentityCounter, Recording


def add(a, b):
    return a + b


def loop(xs):
    total = 0
    for x in xs:
        total = add(total, x)
    return total


LOOP = loop.__code__
ADD = add.__code__


def at_op(code: CodeType, op: str, number: int = 0) -> int:
    return [instr.offset for instr in normalise(code).instrs if instr.op == op][number]


HEADER = at_op(LOOP, "FOR_ITER")
CALL = at_op(LOOP, "CALL")


def entry(depth: int, code: CodeType, offset: int, *operands: Any, flags: int = 0) -> tuple[Any, ...]:
    return (depth, code, offset, operands, flags)


def one_pass(kind: type) -> list[tuple[Any, ...]]:
    body = [instr.offset for instr in normalise(ADD).instrs if instr.part == 0]
    after = normalise(LOOP).at(CALL).next
    return [
        entry(0, LOOP, -1, list, int, kind, list),
        entry(0, LOOP, HEADER, list),
        entry(0, LOOP, CALL, (type(add), add), None, kind, int),
        *[entry(1, ADD, offset) for offset in body],
        entry(0, LOOP, after, kind),
    ]


def test_contexts_and_successors() -> None:
    recording = Recording(LOOP, HEADER)
    recording.add(one_pass(int) + one_pass(float) + one_pass(float))
    call = recording.at((), CALL)
    assert call is not None and call.count == 3
    assert call.callees.items() == [(ADD, 3)] and call.callees.only() is ADD
    assert call.successors.items() == [(normalise(LOOP).at(CALL).next, 3)]
    assert call.operands[((type(add), add), None, float, int)] == 2
    inner = recording.at(((CALL, ADD),), at_op(ADD, "BINARY_OP"))
    assert inner is not None and inner.count == 3
    assert recording.context(((CALL, ADD),)) is recording.root.child(CALL, ADD)
    assert recording.at(((CALL, LOOP),), 0) is None and recording.at((), 9999) is None
    assert recording.passes == 3
    assert [counter.items() for counter in recording.entry_types[1:3]] == [[(int, 3)], [(int, 1), (float, 2)]]
    assert recording.codes() == [LOOP, ADD]


def test_loops_that_end_before_their_first_round() -> None:
    body, end = normalise(LOOP).at(HEADER).next, normalise(LOOP).at(HEADER).target
    iterator = at_op(LOOP, "GET_ITER")
    recording = Recording(LOOP, 0)
    recording.add([entry(0, LOOP, iterator, list), entry(0, LOOP, HEADER, list), entry(0, LOOP, body, int), entry(0, LOOP, CALL),
                   entry(0, LOOP, at_op(LOOP, "JUMP")), entry(0, LOOP, HEADER, list), entry(0, LOOP, end)])  # fmt: skip
    header = recording.at((), HEADER)
    assert header is not None and header.successors.items() == [(body, 1), (end, 1)] and header.entered.items() == [(body, 1)]
    recording.add([entry(0, LOOP, iterator, list), entry(0, LOOP, HEADER, list), entry(0, LOOP, end)])
    assert header.entered.items() == [(body, 1), (end, 1)]
    own = Recording.of_callee(LOOP, [recording.root, recording.root]).at((), HEADER)
    assert own is not None and own.entered.items() == [(body, 2), (end, 2)]


def test_log_from_an_inlined_frame() -> None:
    recording = Recording(LOOP, HEADER)
    recording.add(one_pass(int))
    path = ((CALL, ADD),)
    start, after = at_op(ADD, "BINARY_OP"), normalise(LOOP).at(CALL).next
    log = [entry(0, ADD, -1, str, str, str, str), entry(0, ADD, start, str, str), entry(0, ADD, at_op(ADD, "RETURN_VALUE"), str)]
    recording.add([*log, entry(-1, LOOP, after, str), entry(-2, ADD, 0)], prefix=path)
    observation = recording.at(path, start)
    assert observation is not None and observation.operands.items() == [((), 1), ((str, str), 1)]
    back = recording.at((), after)
    assert back is not None and back.count == 2
    context = recording.context(path)
    assert context is not None and context.path == path
    assert [counter.only() for counter in recording.resume_types[context, start]] == [str] * 4
    assert recording.passes == 1


def test_prefixes_belong_to_their_instruction() -> None:
    source = "def f(g):\n" + "".join(f"    v{i} = {i}\n" for i in range(270)) + "    return g(v269, key=v268)\n"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    code = namespace["f"].__code__
    normal = normalise(code)
    store = next(instr for instr in normal.instrs if instr.op == "STORE_FAST" and instr.arg == 269)
    recording = Recording(code, 0)
    recording.add([entry(0, code, store.offset), entry(0, code, store.offset + 2, int), entry(0, code, store.next)])
    seen = recording.at((), store.offset)
    assert seen is not None and seen.count == 1 and seen.operands.items() == [((int,), 1)]
    assert seen.successors.items() == [(store.next, 1)] and len(recording) == 2


def test_called_twice_by_c_code() -> None:
    recording = Recording(LOOP, HEADER)
    body = [entry(1, ADD, instr.offset) for instr in normalise(ADD).instrs if instr.part == 0]
    recording.add([entry(0, LOOP, CALL), *body, *body])
    call = recording.at((), CALL)
    assert call is not None and call.callees[ADD] == 2
    last = recording.at(((CALL, ADD),), at_op(ADD, "RETURN_VALUE"))
    assert last is not None and last.count == 2 and len(last.successors) == 0


def test_bounded() -> None:
    recording = Recording(LOOP, HEADER)
    kinds = [type(f"T{number}", (), {}) for number in range(20)]
    recording.add([entry(0, LOOP, HEADER, kind) for kind in kinds])
    seen = recording.at((), HEADER)
    assert seen is not None and seen.count == 20 and len(seen.operands) == 8 and seen.other == 12
    assert seen.operands.total() == 20


def test_bound_methods_do_not_keep_their_object_alive() -> None:
    class Owner(list):  # type: ignore[type-arg]
        pass

    owner = Owner()
    gone = weakref.ref(owner)
    recording = Recording(LOOP, HEADER)
    recording.add([entry(0, LOOP, CALL, (BuiltinFunctionType, owner.append), None, int), entry(0, LOOP, CALL, (BuiltinFunctionType, len))])
    del owner
    gc.collect()
    assert gone() is None
    seen = recording.at((), CALL)
    assert seen is not None
    assert [operands[0] for operands in seen.operands] == [(BuiltinFunctionType, (list.append, Owner)), (BuiltinFunctionType, len)]


def test_classes_are_told_apart_without_running_their_code() -> None:
    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    first, second = Meta("A", (), {}), Meta("B", (), {})
    counter: IdentityCounter[Any] = IdentityCounter()
    for kind in (first, second, first):
        counter.add((kind, (type, kind)))
    assert [count for _, count in counter.items()] == [2, 1]
    assert [count for _, count in counter.most_common(1)] == [2]


class Recorder:
    """A stand-in for the C recorder: the same log, but for the operands."""

    TOOL = 3

    def __init__(self, *functions: Callable[..., Any]) -> None:
        self.codes = [function.__code__ for function in functions]
        self.log: list[tuple[Any, ...]] = []
        self.base = 0

    def __enter__(self) -> Recorder:
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(self.TOOL, "recorder")
        sys.monitoring.register_callback(self.TOOL, events.INSTRUCTION, self.step)
        for code in self.codes:
            sys.monitoring.set_local_events(self.TOOL, code, events.INSTRUCTION)
        return self

    def __exit__(self, *_: object) -> None:
        for code in self.codes:
            sys.monitoring.set_local_events(self.TOOL, code, 0)
        sys.monitoring.free_tool_id(self.TOOL)

    def step(self, code: CodeType, offset: int) -> None:
        depth = 0
        frame = sys._getframe(2)
        while frame.f_back is not None:
            depth += frame.f_code in self.codes
            frame = frame.f_back
        self.log.append((depth, code, offset, (), 0))


def collatz(n):
    steps = 0
    while n != 1:
        try:
            if n % 2:
                raise ValueError
            n //= 2
        except ValueError:
            n = 3 * n + 1
        finally:
            steps += 1
    return steps


def comprehensions(n):
    pairs = [(a, b) for a in range(n) for b in range(a) if a != b]
    table = {a: f"{b!r:>{n}}" for a, b in pairs}
    with memoryview(b"abc") as view:
        for index, byte in enumerate(view):
            table[index] = str(byte) if index else dict(key=byte)
            if index == 1:
                continue
    match table:
        case {0: {"key": value}}:
            return value
    return None


def recursive(n):
    return n if n < 2 else recursive(n - 1) + recursive(n - 2)


def sorting(n):
    values = [(-a) % 7 for a in range(n)]
    values.sort(key=key)
    return values


def key(value):
    return value if value > 3 else -value


def asserting(n):
    *rest, last = range(n)
    while rest:
        assert last is not None, "never"
        last, rest = rest.pop(), rest
        del last
        last = 1
    return last


@pytest.mark.parametrize(
    ("function", "arguments", "others"),
    [
        (collatz, (27,), ()),
        (comprehensions, (5,), ()),
        (recursive, (7,), ()),
        (loop, ([1, 2, 3],), (add,)),
        (sorting, (20,), (key,)),
        (asserting, (9,), ()),
    ],
)
def test_real_programs_follow_the_static_flow(function: Any, arguments: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    expected = function(*arguments)
    with Recorder(function, *others) as recorder:
        assert function(*arguments) == expected
    recording = Recording(function.__code__, 0)
    recording.add(recorder.log)
    assert recording.dropped == 0 and len(recording) > 5
    for context in recording.contexts():
        for offset, observation in context.observations.items():
            last = context.normal.parts(offset)[-1]
            assert last.depth >= 0
            possible = set(successors(last))
            handler = context.normal.handler_at(offset)
            if handler is not None:
                possible.add(handler.target)
            assert set(observation.successors) <= possible, (context, last, observation)
            if last.op in {"RETURN_VALUE", "RAISE_VARARGS"} and handler is None:
                assert not observation.successors
    if function is loop:
        call = recording.at((), CALL)
        assert call is not None and call.callees[ADD] == 3
