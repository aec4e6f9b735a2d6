"""What the normal form says about small functions, on every version alike."""
# ruff: noqa: F841

from __future__ import annotations

import dis
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

from jitney.bytecode import BadBytecode, effect, normalise
from jitney.bytecode.decode import SHAPES, VERSION
from jitney.bytecode.opcodes import COMMON


def ops(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    return [(instr.op, instr.arg) for instr in normalise(function.__code__).instrs if instr.op != "NOP"]


def function_from(source: str, name: str = "f") -> Any:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace[name]


def test_every_opcode_is_known() -> None:
    for name, number in dis.opmap.items():
        if number > 255 or name.startswith("INSTRUMENTED_"):
            continue  # pseudo instructions and instrumentation are never in co_code
        if name in VERSION.never_in_code or name == VERSION.call_prefix:
            assert SHAPES[number] is None
        else:
            assert SHAPES[number] is not None, name


def test_every_row_names_an_opcode() -> None:
    assert set(VERSION.expansions) <= set(dis.opmap)
    assert set(VERSION.caches) <= set(dis.opmap)
    assert set(COMMON) <= set(VERSION.expansions)


def test_superinstructions_and_constants() -> None:
    def f(a, b):
        c, d = b, a

    assert ops(f) == [
        ("LOAD_FAST", 1),
        ("LOAD_FAST", 0),
        ("STORE_FAST", 3),
        ("STORE_FAST", 2),
        ("LOAD_CONST", None),
        ("RETURN_VALUE", 0),
    ] or ops(f)[2:4] == [("SWAP", 2), ("STORE_FAST", 2)]


def test_store_order() -> None:
    def f(pair):
        a, b = pair
        return a

    assert ops(f)[:4] == [("LOAD_FAST", 0), ("UNPACK_SEQUENCE", 2), ("STORE_FAST", 1), ("STORE_FAST", 2)]


def test_truth() -> None:
    def f(a, b):
        if a:
            return not b
        return a < b

    assert [op for op, _ in ops(f)] == [
        "LOAD_FAST", "TO_BOOL", "POP_JUMP_IF_FALSE", "LOAD_FAST", "TO_BOOL", "UNARY_NOT", "RETURN_VALUE",
        "LOAD_FAST", "LOAD_FAST", "COMPARE_OP", "RETURN_VALUE",
    ]  # fmt: skip
    assert ("COMPARE_OP", "<") in ops(f)


def test_comparison_as_condition() -> None:
    def f(a, b):
        if a != b:
            return 1
        return 2

    assert ops(f)[2:5] == [("COMPARE_OP", "!="), ("TO_BOOL", 0), ops(f)[4]]
    assert ops(f)[4][0] == "POP_JUMP_IF_FALSE"


def test_keyword_call() -> None:
    def f(g, x):
        return g(x, key=1)

    normal = normalise(f.__code__)
    calls = [instr for instr in normal.instrs if instr.op.startswith("CALL")]
    assert len(calls) == 1 and normal.has_calls
    call = calls[0]
    if call.op == "CALL_KW_NAMES":
        assert call.arg == (2, ("key",)) and normal.null_first
        assert normal.start_of(call.offset + 2) == call.offset
        assert normal.depths[call.offset // 2 + 1] == call.depth
    else:
        assert call.arg == 2 and ("LOAD_CONST", ("key",)) in ops(f)
    assert call.depth + effect(call.op, call.arg) == 1


def test_formatting() -> None:
    def f(x, width):
        return f"{x}", f"{x!r}", f"{x:>4}", f"{x!s:{width}}"

    names = [op for op, _ in ops(f)]
    assert names.count("FORMAT_WITH_SPEC") == 2
    assert names.count("SWAP") in (0, 2)  # the value lies below the specification where it is converted late
    assert [arg for op, arg in ops(f) if op == "CONVERT_VALUE"] == [2, 1]


def test_names() -> None:
    def f(a, self):
        a.x = a.y
        a.method(len)
        a[0] += 1
        return a is not None, a not in self

    found = ops(f)
    for expected in [
        ("LOAD_ATTR", ("y", False)),
        ("STORE_ATTR", "x"),
        ("LOAD_ATTR", ("method", True)),
        ("LOAD_GLOBAL", ("len", False)),
        ("BINARY_OP", "+="),
        ("IS_OP", True),
        ("CONTAINS_OP", True),
    ]:
        assert expected in found


def test_super() -> None:
    source = """
class C:
    def f(self):
        return super().x + super().m()
"""
    assert [arg for op, arg in ops(function_from(source, "C").f) if op == "LOAD_SUPER_ATTR"] == [("x", False, False), ("m", True, False)]


def test_for_loop_goes_on_past_its_end() -> None:
    def f(xs):
        total = 0
        for x in xs:
            total += x
        return total

    normal = normalise(f.__code__)
    step = next(instr for instr in normal.instrs if instr.op == "FOR_ITER")
    assert step.target is not None
    after = normal.at(step.target)
    assert (after.op, after.depth) == ("LOAD_FAST", 0)
    loop = normal.loops[step.offset]
    assert loop.stored == {1, 2} and loop.depth == 1 and not loop.has_calls
    assert step.target not in loop.body and step.offset in normal.merge_points and step.target not in normal.merge_points
    back = [instr for instr in normal.instrs if instr.op == "JUMP"]
    assert [(jump.backward, jump.target, jump.arg) for jump in back] == [(True, step.offset, True)]
    assert loop.end == back[0].next


def test_nested_loops_with_cells_names_and_handlers() -> None:
    source = """
def outer(n):
    cell = 0
    def inner():
        return cell
    while n:
        global counter
        counter = n
        for i in range(n):
            try:
                cell += i
            except ValueError:
                continue
            n -= 1
        del i
    return inner
"""
    normal = normalise(function_from(source, "outer").__code__)
    slots = {name: slot for slot, name in enumerate(normal.slot_names)}
    outer, inner = sorted(normal.loops.values(), key=lambda loop: -len(loop.body))
    assert inner.body < outer.body
    assert outer.stored == {slots["i"], slots["n"]} and inner.stored == {slots["i"], slots["n"]}
    assert outer.stored_cells == inner.stored_cells == {slots["cell"]}
    assert outer.stored_names == {"counter"} and not inner.stored_names
    assert outer.has_calls and not inner.has_calls
    assert normal.cell_slots == {slots["cell"]}
    assert normal.loops_around(inner.header) == [inner, outer]
    step = normal.at(inner.header)
    assert normal.handler_at(step.offset) is None
    covered = next(instr for instr in normal.instrs if instr.op == "STORE_DEREF" and instr.offset in inner.body)
    handler = normal.handler_at(covered.offset)
    assert handler is not None and normal.at(handler.target).depth == handler.entry_depth == inner.depth + 1


def test_a_backward_jump_out_of_cold_code_is_no_loop() -> None:
    def f(x):
        try:
            x.y()
        except ValueError:
            x = 1
        return x

    assert normalise(f.__code__).loops == {}


def test_generators() -> None:
    def f(x):
        while True:
            yield x

    normal = normalise(f.__code__)
    assert normal.is_generator and not normal.is_coroutine and len(normal.loops) == 1
    step = next(instr for instr in normal.instrs if instr.op == "YIELD_VALUE")
    assert step.depth == 1


def test_long_operands() -> None:
    source = "def f():\n" + "".join(f"    v{i} = g{i}\n" for i in range(300)) + "    for v0 in v299:\n        v298 = v297\n"
    function = function_from(source)
    normal = normalise(function.__code__)
    store = next(instr for instr in normal.instrs if instr.op == "STORE_FAST" and instr.arg == 299)
    assert function.__code__.co_code[store.offset] == dis.opmap["EXTENDED_ARG"]
    assert store.next == store.offset + 4 and normal.start_of(store.offset + 2) == store.offset
    assert normal.line_of(store.offset + 2) == 301
    assert ("LOAD_GLOBAL", ("g299", False)) in [(instr.op, instr.arg) for instr in normal.instrs]


def test_many_kinds_of_stack_depth() -> None:
    """More values on the stack than one byte of the depth table can say."""
    source = "def f(x):\n    return g(" + ", ".join(["x"] * 300) + ", *x)\n"
    deep = "def f(x):\n    return " + "[x, " * 90 + "x" + "]" * 90 + "\n"
    for text in (source, deep):
        function = function_from(text)
        normal = normalise(function.__code__)
        assert normal.max_depth <= normal.code.co_stacksize


def test_cached_by_identity() -> None:
    def make(text: str) -> CodeType:
        return compile(text, "<test>", "eval")

    first, second = make("1 + x"), make("1 + x")
    assert first == second and normalise(first) is normalise(first) and normalise(second) is not normalise(first)


def test_bad_code_is_refused() -> None:
    good = compile("x = 1", "<test>", "exec")
    cache = bytes([dis.opmap["POP_TOP"], 0])
    with pytest.raises(BadBytecode):
        normalise(good.replace(co_code=cache + good.co_code))
    with pytest.raises(BadBytecode):
        normalise(good.replace(co_code=good.co_code[:2] + bytes([dis.opmap["RESERVED"], 0])))
