"""The printer and the parser are each other's inverse, on every op."""

from __future__ import annotations

import pytest

from jitney.ir.helpers import HELPERS
from jitney.ir.naming import constants_of
from jitney.ir.ops import OPS
from jitney.ir.parser import ParseError, parse
from jitney.ir.printer import show
from jitney.ir.types import I64, LETTERS
from jitney.ir.values import (
    INIT,
    RAISE,
    SYNCED,
    Block,
    Edge,
    FrameState,
    Op,
    Region,
    Snapshot,
    Value,
    Virtual,
    const_f64,
    const_i1,
    const_i64,
    const_obj,
)
from jitney.ir.verifier import needs_snapshot, verify

from .objects import CONSTANTS, Point, f, g

SAMPLE = {"o": const_obj(None), "i": const_i64(-3), "f": const_f64(1.5), "b": const_i1(True)}
ATTRS = {"type": float, "code": f.__code__, "function": "sin", "index": 1, "offset": 24, "slot": 0, "typecode": "d", "address": 4096,
         "reason": "it's so",
         "likely": None, "helper": "is_true", "moves": True}

LOOP = """\
region "f:12" code=<f> offset=12 inline_depth=1
depends('type', <Point>)
depends('builtin', float)
b0():
  o0: obj = frame_local(slot=0) -> f@12[~, _ | ]
  guard_type(o0, type=float) -> f@12[~, _ | ] 'not a float'
  f1: f64 = float_value(o0)
  jump b1(f1, 0)
b1(f2: f64, i3: i64):  # f:14
  f4: f64 = f64_mul(f2, inf)
  i5: i64 = i64_add_ovf(i3, -1) -> g@12(<f.2>)[_, f2 | i3, o0] < f@90>96[~, _ | range_iter{1, i3, 1}]
  c6: i1 = i64_lt(i5, 100)
  branch(c6, likely=True) b1(f4, i5) else b2()
b2(): cold
  leave() -> raise f@20[#1=tuple{1.5, o0}, #1 | -0.0, 1e+300, true] names(x=o0) 'done'
"""


def everything() -> Region:
    """A region with one op of each row and helper."""
    region = Region("everything", f.__code__, 2)
    block = Block("everywhere")
    region.blocks.append(block)
    frame = FrameState(f.__code__, 4, (SYNCED, None), ())
    snapshot = Snapshot(frame)
    last = Block()
    for row in OPS.values():
        if not row.terminator and row.name != "call":
            args: list[Value] = [SAMPLE[letter] for letter in row.arg_letters.replace("*", "oo")]
            op = Op(row.name, row.result, args, {attr: ATTRS[attr] for attr in row.attrs})
            op.snapshot = snapshot if needs_snapshot(op) else None
            block.ops.append(op)
    for helper in HELPERS.values():
        letters, result = helper.signature.split("->")
        op = Op("call", LETTERS[result], [SAMPLE[letter] for letter in letters.replace("*", "oo")], {"helper": helper.name})
        op.snapshot = snapshot if needs_snapshot(op) else None
        block.ops.append(op)
    block.ops.append(Op("branch", OPS["branch"].result, [const_i1(True)], {"likely": False}))
    middle = Block()
    param = middle.add_param(I64)
    block.edges = [Edge(middle, [const_i64(1)]), Edge(last, [])]
    middle.ops.append(Op("jump", OPS["jump"].result, []))
    middle.edges = [Edge(last, [])]
    inner = FrameState(g.__code__, 6, (Virtual("range_iter", (const_i64(0), const_i64(1), const_i64(1))), SYNCED), (SAMPLE["f"],),
                       FrameState(f.__code__, 8, (None,), (), None, None, 10, INIT), const_obj(g))
    last.ops.append(Op("leave", OPS["leave"].result, [], {"reason": "end"},
                       Snapshot(inner, RAISE, names=(("x", SAMPLE["o"]),), drops=(), stands_at=4, reason="quote ' it")))
    region.blocks += [middle, last]
    region.dependencies = [("type", Point), ("dict", CONSTANTS["math"], "sin")]
    assert param.type is I64
    return region


def test_every_op_round_trips() -> None:
    region = everything()
    text = show(region)
    assert show(parse(text, constants_of(region))) == text


def test_a_loop_round_trips() -> None:
    constants = CONSTANTS | {"f.2": f}
    region = parse(LOOP, constants)
    verify(region)
    assert show(region) == LOOP


def test_repeated_virtuals_stay_one() -> None:
    region = parse(LOOP, CONSTANTS | {"f.2": f})
    snapshot = region.blocks[2].ops[0].snapshot
    assert snapshot is not None
    first, second = snapshot.frame.locals
    assert first is second and isinstance(first, Virtual)


@pytest.mark.parametrize(("line", "message"), [
    ("  nonsense()", "there is no op nonsense"),
    ("  jump b9()", "there is no block b9"),
    ("  decref(o7)", "o7 is not defined"),
    ("  guard_type(<None>, type=<nothing>)", "no constant is named nothing"),
    ("  poll() poll()", "not understood"),
])
def test_errors(line: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(f'region "r"\nb0():\n{line}\n', CONSTANTS)


def test_objects_are_named_once() -> None:
    region = Region("r", f.__code__)
    block = Block()
    a, b = Point(), Point()
    block.ops = [Op("obj_is", OPS["obj_is"].result, [const_obj(a), const_obj(b)]),
                 Op("obj_is", OPS["obj_is"].result, [const_obj(b), const_obj(a)]),
                 Op("leave", OPS["leave"].result, [], {}, Snapshot(FrameState(f.__code__, 0, (), ())))]
    region.blocks = [block]
    assert "obj_is(<a_Point>, <a_Point.2>)" in show(region)
    assert "obj_is(<a_Point.2>, <a_Point>)" in show(region)
    assert constants_of(region)["a_Point.2"] is b
