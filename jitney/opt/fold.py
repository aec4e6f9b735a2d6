"""Constant folding, and algebra that is exact.

    i1: i64 = i64_add(2, 3)                    (5)
    i2: i64 = i64_mul_ovf(i0, 1) -> ...        (i0)
    c3: i1 = i64_lt(i0, i2)             ->     (false, as i2 is i0)
    guard_false(c3) -> ...                     (gone)
    branch(c3) b1() else b2()                  jump b2()

Constants are computed by the op row's `evaluate`, never when that raises or the result does not fit. Floats: only what keeps every bit,
so nothing is inverted that a
NaN could tell. A guard that cannot hold becomes `leave`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from jitney.ir.flow import reverse_postorder
from jitney.ir.helpers import HELPERS
from jitney.ir.ops import OPS, Row
from jitney.ir.types import F64, I1, I64, VOID, Type
from jitney.ir.values import Block, Const, Op, Region, Value, const_f64, const_i1, const_i64, const_obj
from jitney.knowledge.classes import stays

from .replace import Replaced, replace_all, resolve

FOLDABLE: dict[str, Row] = {name: row for name, row in OPS.items() if row.evaluate is not None and row.effect == "pure"}
FLOAT_RESULTS_FINITE = frozenset(name for name, row in OPS.items() if row.guard and row.result is F64)
INVERTED = {"i64_eq": "i64_ne", "i64_ne": "i64_eq", "i64_lt": "i64_ge", "i64_ge": "i64_lt", "i64_gt": "i64_le", "i64_le": "i64_gt",
            "f64_eq": "f64_ne", "f64_ne": "f64_eq"}
#: the exact type of what an op makes
RESULT_TYPES: dict[str, type] = {"box_int": int, "box_float": float, "box_bool": bool, "tuple_new": tuple, "list_new": list,
"str_from_ord": str}
#: helpers that give NULL for an exhausted iterator
NULLABLE = frozenset(name for name in HELPERS if name.startswith("iter_next"))


class Verdict:
    """What became of a guard."""

    __slots__ = ()


HOLDS = Verdict()
FAILS = Verdict()
Answer = Value | Verdict | None  # a replacement, a guard's fate, or nothing (the rule may have changed the op in place)
Rule = Callable[[Op], Answer]
RULES: dict[str, Rule] = {}


def fold(region: Region) -> None:
    """Folds every op, in one walk in reverse postorder."""
    replaced: Replaced = {}
    cut = False
    for block in reverse_postorder(region):
        cut |= _fold_block(block, replaced)
    if cut:
        region.blocks = reverse_postorder(region)
    replace_all(region, replaced)


def _fold_block(block: Block, replaced: Replaced) -> bool:
    """Folds a block's ops; tells whether an edge went away."""
    kept: list[Op] = []
    for op in block.ops:
        args = op.args
        for index, arg in enumerate(args):
            if arg in replaced:
                args[index] = resolve(replaced, arg)
        answer = fold_op(op)
        if answer is None:
            kept.append(op)
        elif isinstance(answer, Value):
            replaced[op] = answer
        elif answer is FAILS:
            kept.append(Op("leave", VOID, [], {"reason": op.attrs.get("reason", op.name)}, op.snapshot))
            block.ops = kept
            block.edges = []
            return True
    block.ops = kept
    return _fold_branch(block)


def _fold_branch(block: Block) -> bool:
    last = block.ops[-1]
    if last.name != "branch":
        return False
    cond = last.args[0]
    while isinstance(cond, Op) and cond.name == "i1_not":
        cond = cond.args[0]
        last.args[0] = cond
        block.edges.reverse()
        if last.attrs.get("likely") is not None:
            last.attrs["likely"] = not last.attrs["likely"]
    if isinstance(cond, Const):
        edge = block.edges[0 if cond.value else 1]
    elif block.edges[0].block is block.edges[1].block and all(map(_same, block.edges[0].args, block.edges[1].args)):
        edge = block.edges[0]
    else:
        return False
    block.edges = [edge]
    block.ops[-1] = Op("jump", VOID, [])
    return True


def fold_op(op: Op) -> Answer:
    """What the op can be replaced by."""
    row = FOLDABLE.get(op.name)
    if row is not None:
        for arg in op.args:
            if type(arg) is not Const:
                break
        else:
            value = evaluate(row, op)
            if value is not None:
                return value
    rule = RULES.get(op.name)
    return rule(op) if rule is not None else None


def evaluate(row: Row, op: Op) -> Const | None:
    """The constant result of an op on constants, if it has one."""
    args = [arg.value for arg in op.args if isinstance(arg, Const)]
    if op.name == "i64_shl_ovf" and not 0 <= args[1] < 63:
        return None
    assert row.evaluate is not None
    try:
        result = row.evaluate(*args)
    except Exception:
        return None
    return make_const(row.result, result, op.name in FLOAT_RESULTS_FINITE)


def make_const(type_: Type, result: Any, finite: bool = False) -> Const | None:
    if type_ is I64:
        return const_i64(result) if isinstance(result, int) and -(2**63) <= result < 2**63 else None
    if type_ is F64:
        return const_f64(result) if isinstance(result, float) and (not finite or math.isfinite(result)) else None
    if type_ is I1:
        return const_i1(result)
    return const_obj(result)


def known_type(value: Value) -> type | None:
    """The exact type of an object, where its definition tells."""
    if isinstance(value, Op):
        return RESULT_TYPES.get(value.name)
    if isinstance(value, Const) and stays(type(value.value)):
        return type(value.value)
    return None


def never_null(value: Value) -> bool:
    if isinstance(value, Op):
        return value.name != "call" or value.attrs["helper"] not in NULLABLE
    return isinstance(value, Const)


# -- rules ------------------------------------------------------------------------------------------------------------
def _rule(*names: str) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        for name in names:
            assert name in OPS and name not in RULES, name
            RULES[name] = rule
        return rule
    return add


def _is(value: Value, number: float) -> bool:
    """Whether the value is this very constant (-0.0 is not 0.0)."""
    return isinstance(value, Const) and value.value == number and (value.type is not F64 or repr(value.value) == repr(float(number)))


def _same(a: Value, b: Value) -> bool:
    return a is b or (isinstance(a, Const) and a.same(b))


@_rule("i64_add", "i64_add_ovf", "i64_or", "i64_xor")
def _add(op: Op) -> Answer:
    a, b = op.args
    if _is(b, 0):
        return a
    if _is(a, 0):
        return b
    if op.name == "i64_or" and a is b:
        return a
    return const_i64(0) if op.name == "i64_xor" and a is b else None


@_rule("i64_sub", "i64_sub_ovf")
def _sub(op: Op) -> Answer:
    a, b = op.args
    if _is(b, 0):
        return a
    return const_i64(0) if a is b else None


@_rule("i64_mul", "i64_mul_ovf")
def _mul(op: Op) -> Answer:
    a, b = op.args
    if _is(b, 1):
        return a
    if _is(a, 1):
        return b
    return const_i64(0) if _is(a, 0) or _is(b, 0) else None


@_rule("i64_shl_ovf", "i64_shr")
def _shift(op: Op) -> Answer:
    return op.args[0] if _is(op.args[1], 0) else None


@_rule("i64_and")
def _and(op: Op) -> Answer:
    a, b = op.args
    if a is b or _is(b, -1):
        return a
    if _is(a, -1):
        return b
    return const_i64(0) if _is(a, 0) or _is(b, 0) else None


@_rule("i64_not", "i1_not", "f64_neg")
def _involution(op: Op) -> Answer:
    arg = op.args[0]
    if not isinstance(arg, Op):
        return None
    if arg.name == op.name:
        return arg.args[0]
    if op.name == "i1_not" and arg.name in INVERTED:
        op.name = INVERTED[arg.name]
        op.args = list(arg.args)
    return None


@_rule("i64_floordiv")
def _floordiv(op: Op) -> Answer:
    return op.args[0] if _is(op.args[1], 1) else None


@_rule("i64_mod")
def _mod(op: Op) -> Answer:
    return const_i64(0) if _is(op.args[1], 1) or _is(op.args[1], -1) else None


@_rule("i64_eq", "i64_le", "i64_ge")
def _reflexive(op: Op) -> Answer:
    return const_i1(True) if op.args[0] is op.args[1] else None


@_rule("i64_ne", "i64_lt", "i64_gt", "i64_ult")
def _irreflexive(op: Op) -> Answer:
    return const_i1(False) if op.args[0] is op.args[1] else None


@_rule("f64_mul", "f64_div")
def _float_mul(op: Op) -> Answer:
    a, b = op.args
    if _is(b, 1.0):
        return a
    return b if op.name == "f64_mul" and _is(a, 1.0) else None


@_rule("f64_sub")
def _float_sub(op: Op) -> Answer:
    return op.args[0] if _is(op.args[1], 0.0) else None


@_rule("f64_add")
def _float_add(op: Op) -> Answer:
    a, b = op.args
    if _is(b, -0.0):
        return a
    return b if _is(a, -0.0) else None


@_rule("i1_and", "i1_or")
def _logic(op: Op) -> Answer:
    a, b = op.args
    if a is b:
        return a
    neutral = op.name == "i1_and"
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const):
            return other if one.value == neutral else one
    return None


@_rule("i1_eq")
def _i1_eq(op: Op) -> Answer:
    a, b = op.args
    if a is b:
        return const_i1(True)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const):
            if one.value:
                return other
            op.name, op.args = "i1_not", [other]
            return _involution(op)
    return None


@_rule("i64_select", "f64_select")
def _select(op: Op) -> Answer:
    cond, a, b = op.args
    if isinstance(cond, Const):
        return a if cond.value else b
    return a if _same(a, b) else None


@_rule("int_value", "float_value", "bool_value")
def _unbox(op: Op) -> Answer:
    arg = op.args[0]
    return arg.args[0] if isinstance(arg, Op) and arg.name == "box_" + op.name[:-6] else None


@_rule("tuple_len")
def _tuple_len(op: Op) -> Answer:
    arg = op.args[0]
    return const_i64(len(arg.args)) if isinstance(arg, Op) and arg.name == "tuple_new" else None


@_rule("obj_is")
def _obj_is(op: Op) -> Answer:
    return const_i1(True) if op.args[0] is op.args[1] else None


@_rule("is_null")
def _is_null(op: Op) -> Answer:
    return const_i1(False) if never_null(op.args[0]) else None


@_rule("type_is")
def _type_is(op: Op) -> Answer:
    known = known_type(op.args[0])
    return None if known is None else const_i1(known is op.attrs["type"])


@_rule("guard_type")
def _guard_type(op: Op) -> Answer:
    known = known_type(op.args[0])
    return None if known is None else HOLDS if known is op.attrs["type"] else FAILS


@_rule("guard_is")
def _guard_is(op: Op) -> Answer:
    a, b = op.args
    if a is b:
        return HOLDS
    if isinstance(a, Const) and isinstance(b, Const):
        return HOLDS if a.value is b.value else FAILS
    return None


@_rule("guard_true", "guard_false")
def _guard(op: Op) -> Answer:
    cond = op.args[0]
    while isinstance(cond, Op) and cond.name == "i1_not":
        cond = cond.args[0]
        op.name = "guard_false" if op.name == "guard_true" else "guard_true"
        op.args[0] = cond
    if isinstance(cond, Const):
        return HOLDS if bool(cond.value) == (op.name == "guard_true") else FAILS
    return None


