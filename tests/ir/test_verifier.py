"""Each rule of the verifier, by a region that breaks it."""

from __future__ import annotations

import pytest

from jitney.ir.ops import OPS
from jitney.ir.parser import parse
from jitney.ir.types import VOID
from jitney.ir.values import Edge, Op, const_i64
from jitney.ir.verifier import VerificationError, verify

from .objects import CONSTANTS

START = 'region "r"\nb0():\n  o0: obj = frame_local(slot=0) -> f@0[~ | ]\n'
END = "  leave() -> f@9[~ | ]\n"

BAD = {
    "operand 0 (2) is i64, not f64": "  f1: f64 = f64_add(2, 1.0)\n" + END,
    "2 operands expected, not 1": "  i1: i64 = i64_add(2)\n" + END,
    "the result is i64, not f64": "  f1: f64 = i64_add(2, 3)\n" + END,
    "the snapshot is missing": "  guard_true(true)\n" + END,
    "a snapshot where none belongs": "  incref(o0) -> f@1[ | ]\n  decref(o0)\n" + END,
    "type is missing": "  guard_type(o0) -> f@1[ | ]\n" + END,
    "guard_true has no type": "  guard_true(true, type=int) -> f@1[ | ]\n" + END,
    "there is no helper nonsense": "  call(helper='nonsense')\n" + END,
    "the block does not end in a terminator": "  incref(o0)\n",
    "a terminator stands inside the block": END + END,
    "o1 is used before its definition": "  incref(o1)\n  decref(o1)\n  o1: obj = tuple_get(o0, 0)\n" + END,
    "o1 is used, but it has been released": "  o1: obj = list_new(o0)\n  decref(o1)\n  guard_type(o0, type=int) -> f@1[o1 | ]\n" + END,
    "i1 is not defined on every path to here":
        "  branch(true) b1() else b2()\nb1():\n  i1: i64 = i64_add(1, 2)\n  jump b2()\nb2():\n  leave() -> f@9[i1 | ]\n",
    "1 arguments for 0 parameters of b1": "  jump b1(1)\nb1():\n" + END,
    "argument 1 for f1 is i64, not f64": "  jump b1(1)\nb1(f1: f64):\n" + END,
    "an edge leads to the entry block": "  jump b0()\n",
    "the outermost frame has no function, the others have one": "  leave() -> g@1[ | ] < f@2>4[ | ]\n",
    "only slots of the outermost frame can be ~": "  leave() -> g@1(<G>)[~ | ] < f@2>4[ | ]\n",
    "there is no virtual nothing": "  leave() -> f@1[nothing{} | ]\n",
    "range has 3 fields, not 2": "  leave() -> f@1[range{1, 2} | ]\n",
    "the snapshot owns o0 but does not use it": "  leave() -> f@1[ | ] owned(o0)\n",
    "the snapshot drops o0 but does not own it": "  leave() -> f@1[ | ] drops(o0)\n",
    "o0 is released but not owned": "  decref(o0)\n" + END,
    "o1 leaks on leaving: it is owned here, but the snapshot does not own it": "  o1: obj = box_int(3)\n" + END,
    "the snapshot hands over o0, which is not owned here": "  leave() -> f@1[o0 | ] owned(o0)\n",
    "the snapshot hands over o0, which this op releases": "  incref(o0)\n  drop(o0) -> f@1[o0 | ] owned(o0)\n" + END,
    "o0 is owned already": "  incref(o0)\n  incref(o0)\n  decref(o0)\n" + END,
    "o1 leaks: it is owned on the edge to b1, which never releases it":
        "  o1: obj = box_int(3)\n  branch(true) b1() else b2()\nb1():\n" + END + "b2():\n  decref(o1)\n" + END,
    "o0 is not owned on the edge to b2, which releases it":
        "  branch(true) b1() else b2()\nb1():\n  incref(o0)\n  jump b3(o0)\nb2():\n  jump b3(o0)\nb3(o1: obj):\n  decref(o1)\n" + END,
    "o0 is handed over twice on the edge to b1":
        "  incref(o0)\n  jump b1(o0, o0)\nb1(o1: obj, o2: obj):\n  decref(o1)\n  decref(o2)\n" + END,
}


@pytest.mark.parametrize("message", BAD)
def test_rule(message: str) -> None:
    with pytest.raises(VerificationError) as caught:
        verify(parse(START + BAD[message], CONSTANTS), built=True)
    assert message in caught.value.errors
    assert "    ^ " + message in str(caught.value)


def test_release_at_entry() -> None:
    with pytest.raises(VerificationError, match="released but was never owned"):
        verify(parse('region "r"\nb0():\n  decref(<one>)\n' + END, CONSTANTS))


def test_all_errors_are_reported() -> None:
    with pytest.raises(VerificationError, match="^2 errors"):
        verify(parse(START + "  incref(1)\n  guard_true(true)\n" + END, CONSTANTS))


def test_structure_that_text_cannot_show() -> None:
    region = parse(START + END, CONSTANTS)
    region.blocks[0].ops.insert(0, Op("unheard_of", VOID, []))
    region.blocks[0].edges = [Edge(region.blocks[0], [const_i64(1)])]
    with pytest.raises(VerificationError) as caught:
        verify(region)
    assert "there is no op unheard_of" in caught.value.errors and "leave with 1 edges" in caught.value.errors
    assert "unheard_of" not in OPS


GOOD = [
    # ownership through a loop's parameter
    "  o1: obj = box_int(1)\n  jump b1(o1)\nb1(o2: obj):\n  poll() -> f@1[o2 | ] owned(o2)\n  decref(o2)\n"
    "  o3: obj = box_int(2)\n  jump b1(o3)\n",
    # owned parameters that move on to the next one
    "  o1: obj = box_int(1)\n  o2: obj = box_int(2)\n  jump b1(o1, o2)\nb1(o3: obj, o4: obj):\n  decref(o3)\n"
    "  o5: obj = box_int(3)\n  poll() -> f@1[o4, o5 | ] owned(o4, o5)\n  jump b1(o4, o5)\n",
    # an exhausted iterator gives nothing to release
    "  o1: obj = call(o0, helper='iter_next') -> raise f@1[~ | ]\n  c2: i1 = is_null(o1)\n  branch(c2) b1() else b2()\n"
    "b1():\n" + END + "b2():\n  decref(o1)\n" + END,
    # a guard where it is NULL
    "  o1: obj = call(o0, helper='iter_next') -> raise f@1[~ | ]\n  c2: i1 = is_null(o1)\n  guard_false(c2) -> f@1[~ | ]\n"
    "  decref(o1)\n" + END,
    # a constant counted
    "  incref(<one>)\n  poll() -> f@1[<one> | ] owned(<one>)\n  decref(<one>)\n" + END,
    # a loop's variable that is the constant in each round: the next reference is taken before the last is let go of
    "  incref(<half>)\n  jump b1()\nb1():\n  poll() -> f@1[<half> | ] owned(<half>)\n  incref(<half>)\n  decref(<half>)\n  jump b1()\n",
    # drops
    "  incref(o0)\n  leave() -> f@1[ | ] owned(o0) drops(o0)\n",
    # parameters that change places
    "  o1: obj = box_int(1)\n  o2: obj = box_int(2)\n  jump b1(o1, o2)\nb1(o3: obj, o4: obj):\n"
    "  poll() -> f@1[o3, o4 | ] owned(o3, o4)\n  jump b1(o4, o3)\n",
    # the same value twice, owned once
    "  incref(o0)\n  jump b1(o0, o0)\nb1(o1: obj, o2: obj):\n  poll() -> f@1[o1, o2 | ] owned(o1)\n  decref(o1)\n" + END,
]


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    verify(parse(START + text, CONSTANTS))
