"""Locals, constants, cells and stack shuffles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ir.values import Const, Value, Virtual, const_i64, const_obj
from .handlers import handles
from .state import ANCHORED, FRAGILE, LEAF_TYPES, OWNED, PINNED

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder


@handles("NOP")
def nop(b: Builder, instr: Instr) -> None:
    pass


@handles("LOAD_CONST")
def load_const(b: Builder, instr: Instr) -> None:
    b.state.push(const_obj(instr.arg))


@handles("LOAD_FAST", "LOAD_FAST_CHECK")
def load_fast(b: Builder, instr: Instr) -> None:
    value = b.state.frame.locals[instr.arg]
    if value is None and instr.op == "LOAD_FAST_CHECK":
        b.leave("unbound local")
    if isinstance(value, Virtual) and value.kind == "dict":
        value = b.escape(value)  # nothing else knows virtual dicts
    b.state.push(value)


@handles("LOAD_FAST_AND_CLEAR")
def load_fast_and_clear(b: Builder, instr: Instr) -> None:
    value = b.state.frame.locals[instr.arg]
    b.state.push(value)
    store_local(b, instr.arg, None)


@handles("STORE_FAST", "STORE_FAST_MAYBE_NULL")
def store_fast(b: Builder, instr: Instr) -> None:
    value = b.state.peek(1)
    if isinstance(value, Virtual) and value.kind == "generator":
        b.box_at(1)  # it would have to be there whenever the frame is shown
    store_local(b, instr.arg, b.state.peek(1))  # on the stack until it is stored: taking the old value may rename a virtual's fields
    b.state.release(b.state.pop())


@handles("DELETE_FAST")
def delete_fast(b: Builder, instr: Instr) -> None:
    if b.state.frame.locals[instr.arg] is None:
        b.leave("unbound local")
    store_local(b, instr.arg, None)


def store_local(b: Builder, slot: int, value: Value | None) -> None:
    """Stores into a local; a reference that the outermost frame's slot held is taken out of it unless it is harmless there."""
    state = b.state
    if len(state.frames) == 1:
        held = state.synced[slot]
        if held is not None and held is value:
            return
        if held is not None:
            state.synced = state.synced[:slot] + (None,) + state.synced[slot + 1:]
            state.version += 1
            harmless = state.type_of(held) in LEAF_TYPES
            if not isinstance(held, Virtual) and state.refs.get(held) is ANCHORED:
                elsewhere = state.uses.get(held, 0) > 1
                other = [i for i, v in enumerate(state.synced) if v is held]
                if other:
                    if not harmless:
                        moved = b.emit("frame_take", slot=slot)
                        state.retain(moved)
                        state.set_local(slot, value)
                        state.release(held)
                        state.release(moved)
                        return
                elif harmless and elsewhere:
                    b.emit("incref", held)
                    state.own(held)
                elif not harmless:
                    moved = b.emit("frame_take", slot=slot)
                    known = state.types.get(held)
                    if known is not None:
                        state.types[moved] = known
                    payload = state.payload.get(held)
                    if payload is not None:
                        state.payload[moved] = payload
                    state.refs.pop(held, None)
                    state.replace(held, moved)
                    if value is not None:
                        value = state.current(value)
            elif not harmless:
                # a constant or pinned value: the frame's own reference goes
                moved = b.emit("frame_take", slot=slot)
                state.retain(moved)
                state.release(moved)
    old = state.set_local(slot, value)
    state.release(old)


@handles("POP_TOP")
def pop_top(b: Builder, instr: Instr) -> None:
    from .generators import ends_seen

    value = b.state.peek(1)
    if isinstance(value, Virtual) and value.kind == "generator" and ends_seen(b.state, value):
        b.box_at(1)
    b.state.release(b.state.pop())


@handles("PUSH_NULL")
def push_null(b: Builder, instr: Instr) -> None:
    b.state.push(None)


@handles("COPY")
def copy(b: Builder, instr: Instr) -> None:
    b.state.push(b.state.peek(instr.arg))


@handles("SWAP")
def swap(b: Builder, instr: Instr) -> None:
    frame = b.state.frame
    stack = list(frame.stack)
    stack[-1], stack[-instr.arg] = stack[-instr.arg], stack[-1]
    frame.stack = tuple(stack)


@handles("END_FOR")
def end_for(b: Builder, instr: Instr) -> None:
    b.leave("loop left")


# -- cells ------------------------------------------------------------------------------------------------------------
@handles("LOAD_DEREF")
def load_deref(b: Builder, instr: Instr) -> None:
    state = b.state
    cell = state.frame.locals[instr.arg]
    if cell is None:
        b.leave("unbound local")
    assert cell is not None
    if isinstance(cell, Virtual):
        if cell.fields[0] is None:
            b.leave("unbound local")
        state.push(cell.fields[0])
        return
    state.push(b.fragile(b.emit("cell_get", cell)))


@handles("STORE_DEREF")
def store_deref(b: Builder, instr: Instr) -> None:
    state = b.state
    cell = state.frame.locals[instr.arg]
    if cell is None or isinstance(cell, Virtual):
        b.leave("cell")
    assert cell is not None
    value = b.box_at(1)
    b.clobber()
    old = b.emit("cell_swap", cell, value)
    state.retain(old)
    state.release(state.pop())
    state.release(old)


@handles("COPY_FREE_VARS")
def copy_free_vars(b: Builder, instr: Instr) -> None:
    frame = b.state.frame
    func = frame.func
    if func is None or (isinstance(func, Const) and func.value.__closure__ is None):
        b.leave("closure")
    assert func is not None
    first = frame.normal.nlocalsplus - instr.arg
    for index, cell in enumerate(closure_cells(b, func, instr.arg)):
        b.state.release(b.state.set_local(first + index, cell))


def closure_cells(b: Builder, func: Value, count: int) -> list[Value]:
    """The cells live with the function, of which the region has the address: as constants of its own it would keep them alive."""
    from .inlining import FUNCTION_CLOSURE

    if isinstance(func, Virtual):
        closure = func.fields[5]
        assert closure is not None
        if isinstance(closure, Virtual):
            return list(closure.fields)  # type: ignore[arg-type]
        return [b.fragile(b.emit("tuple_get", closure, const_i64(index))) for index in range(count)]
    closure = b.emit("field_obj", func, offset=FUNCTION_CLOSURE)
    cells: list[Value] = []
    for index in range(count):
        cell = b.emit("tuple_get", closure, const_i64(index))
        b.state.refs[cell] = PINNED if isinstance(func, Const) else FRAGILE
        cells.append(cell)
    return cells


__all__ = ["FRAGILE", "OWNED", "store_local"]
