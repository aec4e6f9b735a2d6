"""C functions that go through a generator are inlined, as the Python functions that do the same (`knowledge.consumers`)."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any

from ..bytecode import normalise, successors
from ..ir.values import PUSH, Const, Virtual
from ..knowledge.consumers import CONSUMERS
from ..record import Context, Observation, Recording
from .functions import HASHED_QUIETLY
from .generators import code_of, runs_in_place
from .inlining import MAX_INLINE_DEPTH, Site, bind, enter_frame, has_room, size_of

if TYPE_CHECKING:
    from .builder import Builder

#: what may be the very object that the generator gave
GIVES_ITEMS = (min, max)


def inline_consumer(b: Builder, site: Site) -> bool:
    """Inlines `sum(x for ...)` and the like, where the generator is virtual and was seen to be run here."""
    callee = site.callee
    if not isinstance(callee, Const) or site.keywords or not site.args:
        return False
    function = CONSUMERS.get(callee.value) if type(callee.value) in HASHED_QUIETLY or type(callee.value) is type else None
    generator = site.args[-1]
    if function is None or not isinstance(generator, Virtual) or generator.kind != "generator":
        return False
    if len(site.args) != function.__code__.co_argcount or (b.keeps_identity and callee.value in GIVES_ITEMS):
        return False
    if len(site.args) == 2 and b.state.type_of(site.args[0]) is not str:
        return False
    code = code_of(generator)
    recorded = recorded_in(b, function.__code__, code)
    if recorded is None or not runs_in_place(b, code) or len(b.state.frames) + 1 > MAX_INLINE_DEPTH:
        return False
    if not has_room(b, size_of(recorded)):
        return False
    locals = bind(b, function, site)
    if locals is None:
        return False
    enter_frame(b, function, recorded, locals, site.consumed, PUSH)
    return True


def recorded_in(b: Builder, consumer: CodeType, generator: CodeType) -> Any:
    """A context for the consumer's code as if it had been recorded, with the generator's: what was seen of that while C code ran it, and
    after compiled code was left in the middle."""
    frame = b.state.frame
    if frame.recorded is None:
        return None
    inner = frame.recorded.child(frame.offset, consumer)
    contexts = [frame.recorded.child(frame.offset, generator)]
    if inner is not None:
        contexts += [inner.child(offset, generator) for offset in {offset for offset, _ in inner.children}]
    seen = [context for context in contexts if context is not None]
    if not seen:
        return None
    new = Context(consumer, frame.recorded, frame.offset)
    inside = Recording.of_callee(generator, seen).root
    for instr in normalise(consumer).instrs:
        observation = new.observations.setdefault(instr.offset, Observation())
        observation.count = 1
        for successor in successors(instr):
            observation.successors.add(successor)
        if instr.op == "FOR_ITER":
            new.children[instr.offset, id(generator)] = inside
    return new


__all__ = ["inline_consumer"]
