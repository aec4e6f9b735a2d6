"""Jumps, loops over iterators, returns."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING

from ..ir.types import I64, OBJ
from ..ir.values import CALLED, DISCARD, GUARD, INIT, ITERATE, NEW, OPERATOR, PUSH, RETURN, Const, Value, Virtual, const_i64, const_obj
from .generators import end, feeds_generator, is_over, resumable, resume
from .handlers import handles
from .state import FRAGILE, State
from .versions import LateEnd

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder

#: Iterator types whose `next` runs no Python code.
PLAIN_ITERATORS = frozenset(map(type, (iter({}), iter({}.values()), iter({}.items()), iter(set()), iter([]), iter(()), iter(range(0)),
                                       iter(""), iter("é"), iter(b""), iter(bytearray()), reversed([]), reversed({}), iter(range(2**70)))))


def poll(b: Builder) -> None:
    b.emit("poll")


@handles("JUMP")
def jump(b: Builder, instr: Instr) -> None:
    assert instr.target is not None
    b.next_offset = instr.target
    if instr.backward:
        b.back_edge = True


@handles("POP_JUMP_IF_FALSE")
def pop_jump_if_false(b: Builder, instr: Instr) -> None:
    conditional(b, instr, jump_if=False)


@handles("POP_JUMP_IF_TRUE")
def pop_jump_if_true(b: Builder, instr: Instr) -> None:
    conditional(b, instr, jump_if=True)


def conditional(b: Builder, instr: Instr, jump_if: bool) -> None:
    value = b.state.peek(1)
    assert value is not None and instr.target is not None
    if b.state.type_of(value) is not bool:
        if b.want_type(1) is not bool:
            b.leave("condition is no bool")
    condition = b.as_i1(value)
    b.state.release(b.state.pop())
    if isinstance(condition, Const):
        b.next_offset = instr.target if condition.value is jump_if else instr.next
        return
    if jump_if:
        b.branch(condition, instr.target, instr.next)
    else:
        b.branch(condition, instr.next, instr.target)


@handles("POP_JUMP_IF_NONE")
def pop_jump_if_none(b: Builder, instr: Instr) -> None:
    none_test(b, instr, jump_if_none=True)


@handles("POP_JUMP_IF_NOT_NONE")
def pop_jump_if_not_none(b: Builder, instr: Instr) -> None:
    none_test(b, instr, jump_if_none=False)


def none_test(b: Builder, instr: Instr, jump_if_none: bool) -> None:
    state = b.state
    value = state.peek(1)
    assert value is not None and instr.target is not None
    if_none, if_other = (instr.target, instr.next) if jump_if_none else (instr.next, instr.target)
    known = state.type_of(value)
    if known is not None:
        state.release(state.pop())
        b.next_offset = if_none if known is type(None) else if_other
        return
    assert b.observation is not None
    seen = b.observation.successors
    types = b.observed(0)
    if seen[if_none] and not seen[if_other]:
        b.guard_type(value, type(None))
    elif len(types) == 1 and isinstance(types[0], type) and types[0] is not type(None):
        b.guard_type(value, types[0])  # learns the type on the way
    else:
        condition = b.emit("obj_is", value, const_obj(None))
        state.release(state.pop())

        def note(new: State) -> None:
            if value in new.uses:
                new.types[value] = type(None)

        if seen[if_none] and seen[if_other]:
            b.fork(condition, if_none, if_other, None, on_true=note)
        b.branch(condition, if_none, if_other)
        return
    state.release(state.pop())
    b.next_offset = if_none if state.types[value] is type(None) else if_other


@handles("RETURN_VALUE")
def return_value(b: Builder, instr: Instr) -> None:
    state = b.state
    if len(state.frames) == 1:
        b.leave("return", RETURN if not b.root_offset else GUARD)
    operands: list[Value | None] = []
    if state.frames[-2].return_action == OPERATOR:
        from .operators import guard_result

        guard_result(b, state.frames[-2])
    elif state.frames[-2].return_action == NEW:
        from .instances import guard_made

        guard_made(b, state.frames[-2])
    value = state.pop()
    frame = state.frames.pop()
    caller = state.frame
    if caller.return_action == ITERATE:
        end(b, frame)
        for gone in (*frame.locals, *frame.stack, frame.func, value):
            state.release(gone)
        target = caller.normal.parts(caller.offset)[0].target
        assert target is not None
        b.next_offset = target
        return
    if caller.return_action == PUSH:
        state.push(value)
    elif caller.return_action in (OPERATOR, CALLED, NEW):
        operands = state.popn(len(caller.stack) + 1 - caller.normal.parts(caller.return_offset)[0].depth)
        state.push(value)
    elif caller.return_action == DISCARD:
        operands = state.popn(len(caller.stack) - caller.normal.parts(caller.return_offset)[0].depth)
    elif caller.return_action == INIT:
        if not (isinstance(value, Const) and value.value is None):
            state.frames.append(frame)
            state.frame.stack += (value,)
            b.leave("__init__ result")
    state.release(value)
    for local in frame.locals:
        state.release(local)
    for left in frame.stack:
        state.release(left)
    state.release(frame.func)
    for operand in operands:
        state.release(operand)
    b.next_offset = caller.return_offset


VIRTUAL_ITERATORS = frozenset({"range_iter", "range_iter_down", "list_iter", "tuple_iter", "str_iter", "enumerate", "zip", "reversed_list",
                               "generator"})


# -- iteration --------------------------------------------------------------------------------------------------------
@handles("GET_ITER")
def get_iter(b: Builder, instr: Instr) -> None:
    state = b.state
    handed_on = state.frame.normal.parts(instr.next)[0].op == "CALL" and not feeds_generator(b)  # to a generator expression
    value = state.peek(1)
    assert value is not None
    if isinstance(value, Virtual):
        if handed_on and value.kind == "range":
            generic_iter(b, None)
            return
        if handed_on and value.kind != "tuple":
            b.leave(f"iterating {value.kind}")
        if value.kind == "range":
            start, stop, step = value.fields
            assert isinstance(start, Value) and isinstance(stop, Value) and isinstance(step, Value)
            kind = "range_iter_down" if isinstance(step, Const) and step.value < 0 else "range_iter"
            replace_top(b, Virtual(kind, (start, stop, step)))
            return
        if value.kind in VIRTUAL_ITERATORS:
            return
        if value.kind == "tuple":
            value = b.box_at(1)
        else:
            b.leave(f"iterating {value.kind}")
    kind_type = b.want_type(1)
    if handed_on:
        generic_iter(b, kind_type)
    elif kind_type is list:
        replace_top(b, Virtual("list_iter", (b.box_at(1), const_i64(0))))
    elif kind_type is tuple:
        replace_top(b, Virtual("tuple_iter", (b.box_at(1), const_i64(0))))
    elif kind_type is range:
        replace_top(b, open_range(b, value))
    elif kind_type is str:
        replace_top(b, Virtual("str_iter", (b.box_at(1), const_i64(0))))
    elif kind_type in PLAIN_ITERATORS:
        pass
    else:
        generic_iter(b, kind_type)


#: iterating them runs C code only, by an iterator of one type each
PLAIN_ITERABLES = (dict, set, frozenset, bytes, bytearray, list, tuple)


def generic_iter(b: Builder, kind: type | None) -> None:
    state = b.state
    boxed = b.box_at(1)
    views: tuple[type, ...] = type({}.keys()), type({}.values()), type({}.items())
    plain = kind is str or kind in PLAIN_ITERABLES or kind in views
    result = b.call("get_iter_plain" if plain else "get_iter", boxed)
    if plain and isinstance(kind, type) and kind is not str:
        state.types[result] = type(iter(kind())) if kind in PLAIN_ITERABLES else {
            type({}.keys()): type(iter({}.keys())), type({}.values()): type(iter({}.values())),
            type({}.items()): type(iter({}.items()))}[kind]
    old = state.pop()
    state.push(result)
    state.release(old)


def open_range(b: Builder, value: Value) -> Virtual:
    """A real range object's fields as a virtual iterator (Objects/rangeobject.c: start, stop, step, length at 16, 24, 32, 40)."""
    fields: list[Value] = []
    for index in range(3):
        if isinstance(value, Const):
            fields.append(b.as_i64(const_obj((value.value.start, value.value.stop, value.value.step)[index])))
            continue
        field = b.emit("field_obj", value, offset=16 + 8 * index)
        b.state.types[field] = int
        fields.append(b.emit("int_value", field))
    start, stop, step = fields
    check_range(b, stop, step)
    kind = "range_iter_down" if isinstance(step, Const) and step.value < 0 else "range_iter"
    return Virtual(kind, (start, stop, step))


def check_range(b: Builder, stop: Value, step: Value) -> None:
    """Guards that stepping cannot overflow and that the direction is known."""
    limit = 1 << 62
    for value in (stop, step):
        if isinstance(value, Const):
            if abs(value.value) > limit:
                b.leave("range too large")
            continue
        b.emit("guard_true", b.emit("i64_lt", value, const_i64(limit)), reason="range too large")
        if value is stop and isinstance(step, Const) and step.value < 0:
            b.emit("guard_true", b.emit("i64_gt", value, const_i64(-limit)), reason="range too large")
    if not isinstance(step, Const):
        b.emit("guard_true", b.emit("i64_gt", step, const_i64(0)), reason="range step")
    elif step.value == 0:
        b.leave("range step")


def replace_top(b: Builder, value: Value) -> None:
    old = b.state.pop()
    b.state.push(value)
    b.state.release(old)


class Step:
    """One step of a virtual iterator, in two phases: `condition` (is there an item?) and `take` (the item and the iterator after it)."""

    def __init__(self, b: Builder, iterator: Value) -> None:
        self.b = b
        self.iterator = iterator

    def condition(self) -> list[Value]:
        b, it = self.b, self.iterator
        assert isinstance(it, Virtual)
        if it.kind == "range_iter":
            return [b.emit("i64_lt", it.fields[0], it.fields[1])]  # type: ignore[arg-type]
        if it.kind == "range_iter_down":
            return [b.emit("i64_gt", it.fields[0], it.fields[1])]  # type: ignore[arg-type]
        if it.kind in ("list_iter", "tuple_iter"):
            length = b.emit("list_len" if it.kind == "list_iter" else "tuple_len", it.fields[0])  # type: ignore[arg-type]
            return [b.emit("i64_lt", it.fields[1], length)]  # type: ignore[arg-type]
        if it.kind == "str_iter":
            return [b.emit("i64_lt", it.fields[1], b.emit("str_len", it.fields[0]))]  # type: ignore[arg-type]
        if it.kind == "reversed_list":
            length = b.emit("list_len", it.fields[0])  # type: ignore[arg-type]
            return [b.emit("i64_ult", it.fields[1], length)]  # type: ignore[arg-type]
        if it.kind == "enumerate":
            return Step(b, it.fields[0]).condition()  # type: ignore[arg-type]
        if it.kind == "zip":
            return [c for field in it.fields for c in Step(b, field).condition()]  # type: ignore[arg-type]
        b.leave(f"iterating {it.kind}")
        raise AssertionError

    def take(self) -> tuple[Value, Virtual]:
        b, it = self.b, self.iterator
        assert isinstance(it, Virtual)
        fields = it.fields
        if it.kind in ("range_iter", "range_iter_down"):
            current, stop, step = fields
            assert current is not None and step is not None
            return current, Virtual(it.kind, (b.emit("i64_add", current, step), stop, step))
        if it.kind in ("list_iter", "tuple_iter", "reversed_list"):
            container, index = fields
            assert container is not None and index is not None
            item = b.fragile(b.emit("tuple_get" if it.kind == "tuple_iter" else "list_get", container, index))
            by = const_i64(-1 if it.kind == "reversed_list" else 1)
            return item, Virtual(it.kind, (container, b.emit("i64_add", index, by)))
        if it.kind == "str_iter":
            text, index = fields
            assert text is not None and index is not None
            from .containers import character

            return character(b, b.emit("str_ord", text, index)), Virtual(it.kind, (text, b.emit("i64_add", index, const_i64(1))))
        if it.kind == "enumerate":
            inner, count = fields
            assert inner is not None and count is not None
            inner_item, inner_after = Step(b, inner).take()
            return Virtual("tuple", (count, inner_item)), Virtual("enumerate", (inner_after, b.emit("i64_add", count, const_i64(1))))
        assert it.kind == "zip"
        items, after = [], []
        for field in fields:
            assert field is not None
            field_item, next_field = Step(b, field).take()
            items.append(field_item)
            after.append(next_field)
        return Virtual("tuple", tuple(items)), Virtual("zip", tuple(after))


#: A generator goes on in the interpreter's own frame there, from here by a call from C: a shorter loop over one does not pay.
SHORT_LOOP = 40


def is_short(b: Builder, instr: Instr) -> bool:
    loop = b.state.frame.normal.loops.get(instr.offset)
    return loop is not None and len(loop.body) < SHORT_LOOP


@handles("FOR_ITER")
def for_iter(b: Builder, instr: Instr) -> None:
    state = b.state
    iterator = state.peek(1)
    assert iterator is not None and instr.target is not None and b.observation is not None
    seen = b.observation.successors
    if isinstance(iterator, Virtual) and iterator.kind == "generator":
        recorded = resumable(b, iterator)
        if recorded is not None:
            resume(b, instr, iterator, recorded)
            return
        if is_over(iterator):
            state.release(state.pop())
            b.next_offset = instr.target
            return
        iterator = b.box_at(1)
    if isinstance(iterator, Virtual):
        conditions = Step(b, iterator).condition()
        condition = conditions[0]
        for other in conditions[1:]:
            condition = b.emit("i1_and", condition, other)

        def exhausted(new: State) -> None:
            new.release(new.pop())

        def proceed(new: State) -> None:
            pass

        if not seen[instr.next]:
            if seen[instr.target]:
                b.emit("guard_false", condition, reason="loop entered")
                exhausted(state)
                b.next_offset = instr.target
                return
            b.leave("never recorded")
        from ..ir.values import Block, Edge

        yes, no = Block(b.where(instr.next)), Block(b.where(instr.target))
        b.finish("branch", [condition], [Edge(yes, []), Edge(no, [])], likely=True)
        other_state = state.copy()
        if b.version is None or b.observation.entered[instr.target]:
            exhausted(other_state)
            b.work.append((no, other_state, instr.target))
        else:
            b.late.append(LateEnd(b.version, no, other_state, instr.offset, instr.target, exhausted))
        b.region.blocks.append(yes)
        b.block = yes
        item, after = Step(b, iterator).take()
        state.push(item)
        # the iterator below the item moves on
        if state.uses[iterator] > 1:  # the argument of a generator expression, too
            state.replace(iterator, after)
        else:
            frame = state.frame
            state.retain(after)
            frame.stack = frame.stack[:-2] + (after, frame.stack[-1])
            state.release(iterator)
        b.next_offset = instr.next
        return
    if not seen[instr.next]:
        b.leave("never recorded")  # before an item is taken
    kind = b.want_type(1)
    if kind is GeneratorType and is_short(b, instr):
        b.leave("iterating a generator")
    boxed = b.box_at(1)
    item = b.call("iter_next_plain" if kind in PLAIN_ITERATORS and not b.noted("missing") else "iter_next", boxed)
    ended = b.emit("is_null", item)
    from ..ir.values import Block, Edge

    yes, no = Block(b.where(instr.target)), Block(b.where(instr.next))
    b.finish("branch", [ended], [Edge(yes, []), Edge(no, [])], likely=False)
    other_state = state.copy()
    other_state.disown(item)
    other_state.release(other_state.pop())
    if b.check_after:
        b.late_checks.add(yes)
    b.work.append((yes, other_state, instr.target))
    b.region.blocks.append(no)
    b.block = no
    if kind is type(iter(range(0))) or kind is type(iter(range(2**70))):
        state.types[item] = int
    state.push(item)
    b.next_offset = instr.next


__all__ = ["FRAGILE", "I64", "OBJ", "poll"]
