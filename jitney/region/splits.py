"""Where the way parts for what was recorded of one value: its types, or which object it is. And where the ways come together again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir.values import Block, Edge, Value, const_obj
from .state import OWNED

if TYPE_CHECKING:
    from .builder import Builder


class Split(Exception):
    """The value has one of several types: the instruction is done again in one block for each."""

    def __init__(self, value: Value, types: list[type]) -> None:
        self.value = value
        self.types = types


class SplitIdentity(Exception):
    """The value is one of several known objects: the instruction is done again in one block for each, where it is a constant."""

    def __init__(self, value: Value, objects: list[Any]) -> None:
        self.value = value
        self.objects = objects


def join_after(b: Builder, offset: int) -> None:
    """The ways that part at the instruction have done with what they part for where the stack is no higher than before it."""
    frame = b.state.frame
    instrs = frame.normal.instrs
    index = frame.normal.index_of[offset]
    depth = instrs[index].depth
    for instr in instrs[index + 1:]:
        if instr.offset != offset and instr.depth <= depth:
            b.joins.setdefault(instr.offset, set()).add(frame.key())
            return


def split_types(b: Builder, split: Split, offset: int) -> None:
    """Goes on with the same instruction once for each recorded type."""
    state = b.state
    join_after(b, offset)
    for kind in split.types[:-1]:
        condition = b.emit("type_is", split.value, type=kind)
        yes, no = Block(b.where(offset)), Block(b.where(offset))
        state_yes = state.copy()
        state_yes.types[split.value] = kind
        b.finish("branch", [condition], [Edge(yes, []), Edge(no, [])], likely=None)
        b.work.append((yes, state_yes, offset))
        b.region.blocks.append(no)
        b.block = no
    b.guard_type(split.value, split.types[-1])
    rest = Block(b.where(offset))
    b.finish("jump", [], [Edge(rest, [])])
    b.work.append((rest, state, offset))


def split_identities(b: Builder, split: SplitIdentity, offset: int) -> None:
    """Goes on with the same instruction once for each recorded object, which is a constant there."""
    join_after(b, offset)
    for index, thing in enumerate(split.objects):
        known = const_obj(thing)
        last = index == len(split.objects) - 1
        yes = Block(b.where(offset))
        if last:
            b.emit("guard_is", split.value, known)
            b.finish("jump", [], [Edge(yes, [])])
            state = b.state
        else:
            no = Block(b.where(offset))
            condition = b.emit("obj_is", split.value, known)
            b.finish("branch", [condition], [Edge(yes, []), Edge(no, [])], likely=None)
            state = b.state.copy()
        if split.value in state.uses:
            state.replace(split.value, known)
            if state.refs.get(split.value) is OWNED:
                state.pending.append(split.value)
            else:
                state.refs.pop(split.value, None)
        b.work.append((yes, state, offset))
        if not last:
            b.region.blocks.append(no)
            b.block = no


__all__ = ["Split", "SplitIdentity", "split_identities", "split_types"]
