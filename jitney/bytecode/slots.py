"""Which slots hold something: a forward analysis over the normal form."""

from __future__ import annotations

from .flow import successors
from .normal import NormalCode

CO_VARARGS, CO_VARKEYWORDS = 0x4, 0x8
EMPTIES = frozenset({"DELETE_FAST", "LOAD_FAST_AND_CLEAR"})
FILLS = frozenset({"STORE_FAST", "STORE_FAST_MAYBE_NULL", "MAKE_CELL"})


def bound_slots(normal: NormalCode, offset: int) -> frozenset[int]:
    """The slots that hold something on some way from the function's start to the instruction at `offset`, exceptions aside."""
    code = normal.code
    flags = code.co_flags
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(flags & CO_VARARGS) + bool(flags & CO_VARKEYWORDS)
    free = range(normal.nlocalsplus - len(code.co_freevars), normal.nlocalsplus)
    bound = {0: frozenset([*range(arguments), *free])}
    work = [0]
    while work:
        at = work.pop()
        after = set(bound[at])
        parts = normal.parts(at)
        for instr in parts:
            if instr.op in EMPTIES:
                after.discard(instr.arg)
            elif instr.op in FILLS:
                after.add(instr.arg)
        for successor in successors(parts[-1]):
            known = bound.get(successor)
            if known is None or not after <= known:
                bound[successor] = frozenset(after) | (known or frozenset())
                work.append(successor)
    return bound.get(offset, frozenset())
