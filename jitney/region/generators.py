"""Generators run in place: the loop that takes their items inlines their code, and there is no object.

A suspended generator is a `Virtual`: its function, the offset where it goes on, its slots and its stack. FOR_ITER makes these a frame of
the inlining path, YIELD_VALUE makes the frame a virtual generator again; both move values and compute nothing. Where compiled code is left,
the runtime makes generators that are suspended or run just then (`csrc/generators.c`).

Left to the interpreter, `Apart`: generators of which frames would have to be shown while they run (what they call may look at them), that
yield inside of `try` or `with` (letting go of them may run code), and `yield from`.
"""

from __future__ import annotations

import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..bytecode import normalise
from ..ir.types import OBJ
from ..ir.values import ITERATE, Const, Value, Virtual, const_i64, const_obj
from .handlers import handles
from .inlining import CO_GENERATOR, CO_GENERATOR_LIKE, Site, bind, guard_closure, has_room, has_usual_builtins, is_deep, size_of
from .state import LEAF_TYPES, Frame, State

if TYPE_CHECKING:
    from ..bytecode import Instr, NormalCode
    from .builder import Builder

OVER = -1  # where a generator goes on that has ended
STOPITERATION_ERROR = 3  # CALL_INTRINSIC_1's argument (Include/internal/pycore_intrinsics.h)

_begins: dict[int, tuple[Any, int]] = {}  # by the code's identity


def beginning(code: CodeType) -> int:
    """Where a generator of the code goes on when it is resumed for the first time; -1 where it cannot be run in place."""
    known = _begins.get(id(code))
    if known is None or known[0]() is not code:
        if len(_begins) > 1000:
            _begins.clear()
        known = _begins[id(code)] = _runtime.loosen(code), _beginning(code, normalise(code))
    return known[1]


def _beginning(code: CodeType, normal: NormalCode) -> int:
    if code.co_flags & CO_GENERATOR_LIKE != CO_GENERATOR or code.co_cellvars:
        return -1
    begin = -1
    for instr in normal.instrs:
        if instr.op == "RETURN_GENERATOR":
            begin = instr.next
        elif instr.op in ("SEND", "GET_YIELD_FROM_ITER"):
            return -1
        elif instr.op == "YIELD_VALUE":
            handler = normal.handler_at(instr.next)
            first = normal.at(handler.target) if handler is not None else instr
            if first.op != "CALL_INTRINSIC_1" or first.arg != STOPITERATION_ERROR:
                return -1
    return begin


def runs_in_place(b: Builder, code: CodeType) -> bool:
    """Whether calls of the function make virtual generators: one of it was seen to be run, by a loop that is recorded, too."""
    return (beginning(code) >= 0 and code not in b.apart and not b.is_never(code)
            and True in [context.code is code for context in b.recording.contexts()])


def call_generator(b: Builder, function: FunctionType, site: Site, func: Value | None = None) -> Virtual | None:
    """What a call of a generator function gives; `None` where that is no virtual generator. `func`: see `enter_frame`."""
    code = function.__code__
    if not runs_in_place(b, code) or not has_usual_builtins(b, function):
        return None
    locals = bind(b, function, site, generator=True)
    if locals is None:
        return None
    if func is None:
        b.depend("function", function)
        func = const_obj(function)
    return Virtual("generator", (const_obj(code), const_obj(function.__globals__), const_i64(beginning(code)), func,
                                 *with_cells(b, code, func, locals)))


def call_closure(b: Builder, template: FunctionType, site: Site) -> Virtual | None:
    """The same for a closure, see `inline_closure`."""
    callee = site.callee
    if callee.type is not OBJ or isinstance(callee, Virtual) or not runs_in_place(b, template.__code__):
        return None
    if not has_usual_builtins(b, template) or bind(b, template, site, generator=True) is None:
        return None
    guard_closure(b, template, callee)
    return call_generator(b, template, site, callee)


def with_cells(b: Builder, code: CodeType, func: Value, locals: list[Value | None]) -> list[Value | None]:
    """COPY_FREE_VARS, which is executed before the generator is made."""
    from .locals import closure_cells

    if code.co_freevars:
        first = len(locals) - len(code.co_freevars)
        locals[first:] = closure_cells(b, func, len(code.co_freevars))
    return locals


def feeds_generator(b: Builder) -> bool:
    """Whether the iterator that is about to be on the stack is given to a generator expression that will be a virtual generator."""
    stack = b.state.frame.stack
    callee = stack[-2]
    if not isinstance(callee, Virtual) or callee.kind != "function":
        return False
    code = callee.fields[0]
    return isinstance(code, Const) and runs_in_place(b, code.value)


def code_of(generator: Virtual) -> CodeType:
    code = generator.fields[0]
    assert isinstance(code, Const)
    return code.value  # type: ignore[no-any-return]


def is_over(generator: Virtual) -> bool:
    offset = generator.fields[2]
    assert isinstance(offset, Const)
    return bool(offset.value == OVER)


def resumable(b: Builder, generator: Virtual) -> Any:
    """The recording's context for the generator run by the present instruction, if it is to be inlined there."""
    code = code_of(generator)
    frame = b.state.frame
    if is_over(generator):
        return None
    recorded = frame.recorded.child(frame.offset, code) if frame.recorded is not None else None
    if recorded is None or code in b.apart or is_deep(b, code) or not has_room(b, size_of(recorded)):
        return None
    return recorded


def resume(b: Builder, instr: Instr, generator: Virtual, recorded: Any) -> None:
    """FOR_ITER: the generator on the stack becomes the innermost frame."""
    state = b.state
    frame = state.frame
    code, namespace, offset, func, *slots = generator.fields
    assert isinstance(code, Const) and isinstance(namespace, Const) and isinstance(offset, Const) and func is not None
    normal = normalise(code.value)
    context = frame.context + ((frame.offset, code.value),)
    callee = b.new_frame(normal, context, func, tuple(slots[:normal.nlocalsplus]))
    callee.recorded = recorded
    callee.namespace = namespace.value
    for value in slots[normal.nlocalsplus:]:
        state.retain(value)
    callee.stack = tuple(slots[normal.nlocalsplus:])
    state.release(state.pop())
    if generator in state.uses:  # other slots have it, too
        state.replace(generator, Virtual("running", (const_i64(len(state.frames)), func)))
    frame.return_offset = instr.next
    frame.return_action = ITERATE
    state.frames.append(callee)
    b.region.inline_depth = max(b.region.inline_depth, len(state.frames) - 1)
    begun = offset.value != beginning(code.value)
    if begun:
        state.push(const_obj(None))  # what is sent to it
    b.next_offset = offset.value if begun else normal.at(offset.value).next


def suspend(b: Builder, generator: Virtual, push: bool = True) -> None:
    """The generator that ran as the frame beyond the innermost one, as it is now."""
    state = b.state
    level = len(state.frames)
    if push:
        state.push(generator)
    for value in list(state.uses):
        if isinstance(value, Virtual) and value.kind == "running" and value.fields[0].value == level:  # type: ignore[union-attr]
            state.replace(value, generator)


def end(b: Builder, frame: Frame) -> None:
    """The generator that ran as this frame is over."""
    assert frame.namespace is not None
    over = Virtual("generator", (const_obj(frame.normal.code), const_obj(frame.namespace), const_i64(OVER), frame.func))
    suspend(b, over, push=False)


@handles("YIELD_VALUE")
def yield_value(b: Builder, instr: Instr) -> None:
    """The innermost frame becomes a suspended generator again, below the item on its consumer's stack."""
    state = b.state
    if len(state.frames) == 1:
        b.leave(f"unsupported {instr.op}")
    item = state.peek(1)
    kinds = b.observed(0)
    if item is not None and b.state.type_of(item) is None and len(kinds) == 1 and isinstance(kinds[0], type):
        b.guard_type(item, kinds[0])  # what takes it has no recording of its own where that is C code
    state.pop()
    frame = state.frames.pop()
    assert state.frame.return_action == ITERATE
    assert frame.namespace is not None
    head = const_obj(frame.normal.code), const_obj(frame.namespace), const_i64(instr.next), frame.func
    suspend(b, Virtual("generator", (*head, *frame.locals, *frame.stack)))
    for value in (*frame.locals, *frame.stack, frame.func):
        state.release(value)
    state.frame.stack += (item,)
    b.next_offset = state.frame.return_offset


def ends_seen(state: State, generator: Virtual) -> bool:
    """Whether an object must be let go of, since the interpreter shows the generator's frame meanwhile (3.12: as its stack is cleared)."""
    code, _, offset, _, *slots = generator.fields
    assert isinstance(code, Const) and isinstance(offset, Const)
    if sys.version_info >= (3, 13) or offset.value in (OVER, beginning(code.value)):
        return False
    stack = slots[normalise(code.value).nlocalsplus:]
    return False in [value is None or state.type_of(value) in LEAF_TYPES for value in stack]


__all__ = ["call_closure", "call_generator", "end", "ends_seen", "feeds_generator", "is_over", "resumable", "resume", "runs_in_place"]
