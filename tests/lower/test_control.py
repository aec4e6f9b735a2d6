# ruff: noqa: E501 - tables of cases
"""Blocks, exits, calls: phis, shared snapshots, records, raising helpers, polls."""

from __future__ import annotations

import operator

import pytest

from jitney.ir.helpers import HELPERS
from jitney.ir.types import F64, I1, I64, OBJ
from jitney.ir.values import SYNCED, Edge, FrameState, Snapshot, Virtual, const_f64, const_i1, const_i64, const_obj
from jitney.lower.layout import helper_addresses, layout

from .machine import CODE, LEFT, Builder, Machine, call_of, outcome, state


def test_loop_with_swapped_phis() -> None:
    b = Builder()
    n = b.argument(0, "i")
    head = b.new_block()
    body, end = b.new_block(), b.new_block()
    i, a, c = head.add_param(I64), head.add_param(I64), head.add_param(I64)
    b.jump(head, const_i64(0), const_i64(0), const_i64(1))
    b.block = head
    b.op("poll")
    b.op("branch", b.op("i64_lt", i, n), likely=True)
    head.edges = [Edge(body, []), Edge(end, [])]
    b.block = body
    b.jump(head, b.op("i64_add", i, const_i64(1)), c, b.op("i64_add_ovf", a, c))
    b.block = end
    b.leave(a)
    machine = Machine(b.region)
    assert outcome(machine, 10) == 55 and outcome(machine, 90) == 2880067194370816120
    assert outcome(machine, 100) is LEFT


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_both_edges_to_one_block(level: int) -> None:
    b = Builder()
    condition = b.argument(0, "b")
    end = b.new_block()
    x, y = end.add_param(F64), end.add_param(I1)
    b.op("branch", condition)
    b.block.edges = [Edge(end, [const_f64(1.5), const_i1(True)]), Edge(end, [const_f64(2.5), const_i1(False)])]
    b.block = end
    b.leave(x, y)
    machine = Machine(b.region, level=level)
    assert machine.run(True).stack == [1.5, True] and machine.run(False).stack == [2.5, False]


def test_exit_record() -> None:
    b = Builder()
    x, i, f = b.argument(0, "o"), b.argument(1, "i"), b.argument(2, "f")
    t = b.op("i64_lt", i, const_i64(0))
    b.op("incref", x)
    inner = Virtual("tuple", (x, i))
    outer = Virtual("list", (inner, inner, f, None))
    caller = FrameState(CODE, 4, (SYNCED, None, x), (i,), return_offset=6, return_action=1)
    callee = FrameState(CODE, 8, (outer, const_obj("k")), (const_i64(-(2**40)), const_f64(0.5), const_i1(True), t, inner), parent=caller, func=const_obj(operator))
    snapshot = Snapshot(callee, owned=frozenset([x]), names=(("name", f),), drops=(x,), stands_at=6, reason="all kinds")
    b.op("leave", snapshot=snapshot)
    machine = Machine(b.region)
    result = machine.run("text", 7, 1.25)
    first, last = result.frames
    assert (first["func"], first["offset"], first["return_offset"], first["return_action"]) == ("NULL", 4, 6, 1)
    assert first["locals"] == ["SYNCED", "NULL", "text"] and first["stack"] == [7]
    assert last["func"] is operator and last["code"] is CODE and last["offset"] == 8
    assert last["locals"] == [(1, [(0, ["text", 7]), (0, ["text", 7]), 1.25, "NULL"]), "k"]
    assert last["stack"] == [-(2**40), 0.5, True, False, (0, ["text", 7])]
    assert last["stack"][4] is last["locals"][0][1][0]
    assert result.record["names"] == [("name", 1.25)] and result.record["drops"] == ["text"] and result.record["stands_at"] == 6
    assert sorted(result.record["tags"]) == sorted([0, 3, 4, 5, 2, 2, 2, 2, 6, 7, 7])
    assert machine.code.guards[result.guard].reason == "all kinds"


def test_guards_share_an_exit() -> None:
    b = Builder()
    i = b.argument(0, "i")
    shared = Snapshot(state(i), reason="shared")
    for limit in range(3):
        b.op("guard_true", b.op("i64_ne", i, const_i64(limit)), snapshot=shared)
    b.leave(i)
    machine = Machine(b.region)
    ends = [machine.run(value) for value in range(4)]
    assert len({end.exit for end in ends[:3]}) == 1 and len({end.guard for end in ends}) == 4
    assert [end.stack for end in ends] == [[0], [1], [2], [3]]


CALLS = [
    ("binary_add", (2, 3)), ("plain_power", (3, 200)), ("inplace_multiply", (3, "ab")), ("compare_lt", ("a", "b")), ("plain_lt", (2**70, 2**71)),
    ("plain_eq", ("a", "b")), ("unary_negative", (5,)), ("is_true", ([],)), ("is_true", ([1],)), ("contains", ([1, 2], 2)), ("get_item", ({1: 2}, 1)), ("get_attr", ("x", "upper")),
    ("build_slice", (1, 2, None)), ("format_simple", (1.5,)), ("format_with_spec", (1.5, ".3f")), ("dict_has", ({"a": 1}, "a")), ("set_has", ({1, "a"}, "a")),
    ("set_put", ({1, "a"}, "b")), ("set_discard", ({1, "a"}, 1)),
    ("dict_get_default", ({"a": 1}, "b", 9)), ("dict_len", ({1: 2},)), ("set_len", ({1, 2},)), ("int_from_str", ("-123456789012345678901",)),
    ("float_from_str", ("1e5",)), ("is_instance", (1, int)), ("is_instance", (1, str)),
]


@pytest.mark.parametrize("helper,values", CALLS)
def test_call(helper: str, values: tuple) -> None:
    row = HELPERS[helper]
    evaluate = row.evaluate or {"dict_len": len, "set_len": len}[helper]
    machine = call_of(helper, row.signature.split("->")[0])
    result = outcome(machine, *values)
    wanted = evaluate(*values)
    assert result == wanted and type(result) is type(wanted)


MORE_CALLS = [
    ("list_slice", ([1, 2, 3, 4], 1, 3), [2, 3]), ("list_slice", ([1, 2], 2, 1), []), ("str_slice", ("hello", 1, 4), "ell"), ("str_slice", ("hello", 4, 1), ""),
    ("str_get", ("h\u1234", 1), "\u1234"), ("list_concat", ([1], [2]), [1, 2]), ("list_repeat", ([1], 3), [1, 1, 1]), ("list_repeat", ([1], -3), []), ("convert_value", ("a", 2), "'a'"),
    ("dict_get", ({"a": 5}, "a"), 5), ("dict_get", ({}, "a"), LEFT), ("list_pop", ([],), LEFT), ("list_pop_at", ([1], 1), LEFT), ("list_pop_at", ([1, 2, 3], -3), 1),
    ("list_pop", ([1, 2],), 2),
]


@pytest.mark.parametrize("helper,values,wanted", MORE_CALLS)
def test_more_calls(helper: str, values: tuple, wanted: object) -> None:
    machine = call_of(helper, HELPERS[helper].signature.split("->")[0])
    assert outcome(machine, *values) == wanted


def test_list_pops() -> None:
    items = list(range(100))
    model = list(items)
    pop, pop_at = call_of("list_pop", "o"), call_of("list_pop_at", "oi")
    for step in range(30):
        assert outcome(pop, items) == model.pop()
        assert outcome(pop_at, items, step) == model.pop(step)
    assert items == model


@pytest.mark.parametrize("helper,values,wanted", [
    ("call_ex", (max, (3, 4)), 4), ("call_ex", (dict, ()), {}), ("call", (max, 3, 9, 4), 9), ("call", (list,), []), ("call_kw", (dict, {"z": 1}, 2, ("a",)), {"z": 1, "a": 2}), ("build_map", (1, 2, 3, 4), {1: 2, 3: 4}),
    ("build_set", (1, 1, 2), {1, 2}), ("build_string", ("a", "b", "c"), "abc"), ("build_string", ("a", "\u1234"), "a\u1234"), ("build_map", (), {}),
])
def test_variadic_calls(helper: str, values: tuple, wanted: object) -> None:
    machine = call_of(helper, "o" * len(values))
    assert outcome(machine, *values) == wanted


def test_void_calls() -> None:
    items, found, mapping = [1], set(), {}
    assert outcome(call_of("list_extend", "oo"), items, (2, 3)) is None and items == [1, 2, 3]
    assert outcome(call_of("list_extend", "oo"), items, {4: 5}) is None and items == [1, 2, 3, 4]
    assert outcome(call_of("set_add", "oo"), found, 1) is None and found == {1}
    assert outcome(call_of("dict_update", "oo"), mapping, {1: 2}) is None and mapping == {1: 2}
    assert outcome(call_of("set_item", "ooo"), mapping, 3, 4) is None and mapping == {1: 2, 3: 4}
    assert outcome(call_of("del_item", "oo"), mapping, 1) is None and mapping == {3: 4}
    assert outcome(call_of("list_insert", "oio"), items, -1, "x") is None and items == [1, 2, 3, "x", 4]


@pytest.mark.parametrize("helper,values,error", [
    ("binary_add", (1, "a"), TypeError), ("get_item", ({}, 1), KeyError), ("set_item", ((), 1, 2), TypeError), ("contains", (1, 2), TypeError), ("call", (len,), TypeError),
    ("list_extend", ([], 5), TypeError), ("dict_update", ({}, 5), TypeError), ("int_from_str", ("x",), ValueError), ("is_instance", (1, 2), TypeError),
])
def test_raising(helper: str, values: tuple, error: type) -> None:
    letters = HELPERS[helper].signature.split("->")[0]
    machine = call_of(helper, "o" * len(values) if letters == "*" else letters)
    with pytest.raises(error):
        machine.run(*values)
    guard = machine.code.guards[machine.context[layout().cx_guard // 8]]
    assert guard.op == "call" and machine.decode(guard.exit, 0).kind == 1


def test_iter_next() -> None:
    b = Builder()
    item = b.call("iter_next", b.argument(0, "o"))
    some, end = b.new_block(), b.new_block()
    b.op("branch", b.op("is_null", item))
    b.block.edges = [Edge(end, []), Edge(some, [])]
    b.block = some
    b.leave(item, owned=[item])
    b.block = end
    b.leave(const_obj("end"))
    machine = Machine(b.region)
    iterator = iter([1, 2])
    assert [machine.run(iterator).stack[0] for _ in range(3)] == [1, 2, "end"]

    def ended():
        yield 5

    def failing():
        raise LookupError
        yield

    iterator = ended()
    assert [machine.run(iterator).stack[0] for _ in range(2)] == [5, "end"]
    with pytest.raises(LookupError):
        machine.run(failing())


def test_instruction_pointer_for_a_visible_frame() -> None:
    b = Builder()
    snapshot = Snapshot(FrameState(CODE, 6, (SYNCED, None), ()), kind=1)
    result = b.call("binary_add", b.argument(0, "o"), b.argument(1, "o"), snapshot=snapshot)
    b.leave(result, owned=[result])
    machine = Machine(b.region)
    assert outcome(machine, 1, 2) == 3
    assert machine.frame[layout().frame_instruction // 8] == id(CODE) + layout().code_start + 6


def test_check_valid_and_poll() -> None:
    b = Builder()
    b.op("poll")
    b.op("check_valid")
    b.leave()
    machine = Machine(b.region)
    assert outcome(machine) is None
    machine.fake_region[layout().region_valid // 8] = 0
    assert outcome(machine) is LEFT


def test_all_helpers_exist() -> None:
    addresses = helper_addresses()
    assert [name for name in HELPERS if not addresses.get(name)] == []


def test_leaves_with_values_of_all_types() -> None:
    b = Builder()
    x, i, f, t = b.argument(0, "o"), b.argument(1, "i"), b.argument(2, "f"), b.argument(3, "b")
    b.leave(x, i, f, t, x)
    result = Machine(b.region).run(OBJ, -5, -0.0, True)
    assert result.stack[:2] == [OBJ, -5] and str(result.stack[2]) == "-0.0" and result.stack[3] is True and result.stack[4] is OBJ
