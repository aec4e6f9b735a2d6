"""The entry of a region: the frame's locals and stack as values, guarded where the loop relies on what was recorded.

Locals stay in the frame and are borrowed from it. Iterators on the stack become virtual when nobody else refers to them.
"""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..bytecode import NormalCode, bound_slots, normalise
from ..ir.types import I64
from ..ir.values import SYNCED, Block, Const, Edge, FrameState, Snapshot, Value, Virtual, const_i64, const_obj
from ..record import IdentityCounter
from ..record.recording import kind_of
from .generators import runs_in_place
from .handlers import Left
from .state import ANCHORED, OWNED, Frame, State

if TYPE_CHECKING:
    from .builder import Builder

RANGE_ITERATOR = type(iter(range(0)))
LIST_ITERATOR: type = type(iter([]))
TUPLE_ITERATOR = type(iter(()))
UNBOXABLE = (int, float, bool)
REFCOUNT_OFFSET = 0
TESTED = 2  # variables that are tested whether they are bound


def single_type(counter: Any) -> type | None:
    """The one type recorded for a slot, or `None`."""
    kinds = set()
    for entry in counter or ():
        if entry is None:
            continue
        kinds.add(kind_of(entry))
    return kinds.pop() if len(kinds) == 1 else None


def enter(builder: Builder) -> None:
    """Builds the region's entry, up to the jump to the loop's header. Where variables were recorded both bound and unbound, there are
    ways in for each. They mostly become bound together, so one test, or two, decide for all."""
    from .versions import go_to

    mixed = [slot for slot, counter in enumerate(builder.recording.entry_types[:builder.normal.nlocalsplus])
             if len(counter) > 1 and any(entry is None for entry in counter)]
    ways: list[tuple[Block, State, dict[int, bool]]] = [(builder.block, builder.state, {})]
    for slot in mixed[:TESTED]:
        before, ways = ways, []
        for block, _, bound in before:
            builder.block = block
            condition = builder.emit("slot_bound", slot=slot)
            new = [(Block(builder.where(builder.root_offset)), State(), {**dict.fromkeys(mixed, value), **bound, slot: value})
                   for value in (True, False)]
            builder.finish("branch", [condition], [Edge(way[0], []) for way in new], likely=True)
            builder.region.blocks.extend([way[0] for way in new])
            ways += new
    for block, state, known in ways:
        builder.block, builder.state = block, state
        try:
            if builder.root_offset:
                read_frame(builder, known)
            else:
                read_arguments(builder)
            go_to(builder, builder.root_offset)
        except Left:
            pass


def read_arguments(builder: Builder) -> None:
    """Fills the builder's state at a function's start, from the frame just made for it: it holds the arguments and nothing else."""
    state, normal = builder.state, builder.normal
    frame = Frame(normal, (), None, (), ())
    frame.recorded = builder.recording.root
    state.frames.append(frame)
    state.synced = (None,) * normal.nlocalsplus
    entry = Snapshot(FrameState(normal.code, 0, (SYNCED,) * normal.nlocalsplus, ()), reason="entry")
    locals: list[Value | None] = [None] * normal.nlocalsplus
    for slot in range(normal.code.co_argcount):
        local = locals[slot] = builder.emit("frame_local", slot=slot, snapshot=entry)
        state.refs[local] = ANCHORED
        state.retain(local)
    frame.locals = state.synced = tuple(locals)
    builder.begin(0)


def read_frame(builder: Builder, bound: dict[int, bool]) -> None:
    """Fills the builder's state from the frame. `bound` says of the slots recorded both ways which it is."""
    from .versions import slots_of_big_ints

    state, normal, recording = builder.state, builder.normal, builder.recording
    types = recording.entry_types
    nlocals = normal.nlocalsplus
    depth = normal.instrs[normal.index_of[builder.root_offset]].depth if builder.root_offset else 0
    frame = Frame(normal, (), None, (None,) * nlocals, (None,) * 0)
    frame.recorded = recording.context(())
    state.frames.append(frame)
    frame.offset = builder.root_offset
    state.synced = (None,) * nlocals
    stack_slots = tuple(SYNCED for _ in range(depth))
    entry_frame = FrameState(normal.code, builder.root_offset, (SYNCED,) * nlocals, stack_slots)
    entry = Snapshot(entry_frame, reason="entry")
    loop = builder.loop
    used = {instr.arg for instr in normal.instrs if instr.op in ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_DEREF")
            and (loop is None or loop.header <= instr.offset < loop.end)}
    locals: list[Value | None] = []
    for slot in range(nlocals):
        counter = types[slot] if slot < len(types) else None
        if (counter and all(entry_type is None for entry_type in counter)) or bound.get(slot) is False:
            builder.emit("guard_unbound", slot=slot, snapshot=entry)
            locals.append(None)
            continue
        local = builder.emit("frame_local", slot=slot, snapshot=entry)
        state.refs[local] = ANCHORED
        locals.append(local)
        kind = single_type(counter)
        if kind is not None and slot in used:
            builder.emit("guard_type", local, type=kind, snapshot=entry)
            state.types[local] = kind
    frame.locals = tuple(locals)
    state.synced = tuple(locals)
    for value in locals:
        state.retain(value)
    # unbox what the loop changes
    builder.start_slots = (frame.locals, ())
    builder.start_names = ()
    if loop is not None:
        big = slots_of_big_ints(builder, builder.root_offset)
        for slot in sorted(used | loop.stored):
            value = frame.locals[slot]
            if value is None or state.types.get(value) not in UNBOXABLE:
                continue
            kind = state.types[value]
            name = "int_value" if kind is int else "float_value" if kind is float else "bool_value"
            if kind is int and slot in big:
                continue
            payload = builder.emit(name, value, snapshot=entry if kind is int else None)
            state.payload[value] = payload
            if kind is not bool and slot not in loop.stored:
                state.box[payload] = value
    # the stack
    stack: list[Value | None] = []
    for index in range(depth):
        slot = nlocals + index
        counter = types[slot] if slot < len(types) else None
        if counter and all(entry_type is None for entry_type in counter):
            builder.emit("guard_unbound", slot=slot, snapshot=entry)
            stack.append(None)
            continue
        below = builder.emit("frame_local", slot=slot, snapshot=entry)
        kind = single_type(counter)
        if kind is not None:
            builder.emit("guard_type", below, type=kind, snapshot=entry)
        virtual = open_iterator(builder, below, kind, entry, recording.root, builder.root_offset)
        stack.append(virtual if virtual is not None else below)
        if virtual is None and kind is not None:
            state.types[below] = kind
    # from here on nothing fails: move the stack out of the frame
    for index, value in enumerate(stack):
        if value is None:
            continue
        moved = builder.emit("frame_take", slot=nlocals + index)
        if isinstance(value, Virtual):
            for field in leaves(value):
                builder.emit("incref", field)
                state.own(field)
            if value.kind == "generator":
                builder.call("empty_generator", moved)
            builder.emit("decref", moved)
            state.disown(moved)
        else:
            kind_known = state.types.get(value)
            if kind_known is not None:
                state.types[moved] = kind_known
            stack[index] = moved
    frame.stack = tuple(stack)
    for value in stack:
        state.retain(value)
    builder.begin(builder.root_offset)
    preload_names(builder)


def leaves(virtual: Virtual) -> list[Value]:
    """The objects that a virtual iterator holds, each once."""
    found: dict[Value, None] = {}
    for field in virtual.fields:
        if isinstance(field, Virtual):
            found.update(dict.fromkeys(leaves(field)))
        elif field is not None and field.type is not I64 and not isinstance(field, Const):
            found[field] = None
    return list(found)


def open_iterator(builder: Builder, value: Value, kind: type | None, entry: Any, context: Any, offset: int,
                  holders: int = 1) -> Virtual | None:
    """A virtual iterator with the real one's state, where nobody refers to that but the frame of the context, for its loop at `offset`, in
    as many slots as there are `holders`. The struct layouts are those of CPython 3.12 and 3.13 (Objects/rangeobject.c, listobject.c,
    tupleobject.c)."""
    if kind is GeneratorType:
        return open_generator(builder, value, entry, context, offset, holders)
    if kind not in (RANGE_ITERATOR, LIST_ITERATOR, TUPLE_ITERATOR):
        return None
    count = builder.emit("field_i64", value, offset=REFCOUNT_OFFSET)
    builder.emit("guard_true", builder.emit("i64_eq", count, const_i64(holders)), reason="shared iterator", snapshot=entry)
    if kind is RANGE_ITERATOR:
        current = builder.emit("field_i64", value, offset=16)
        step = builder.emit("field_i64", value, offset=24)
        remaining = builder.emit("field_i64", value, offset=32)
        down = "range step" in builder.notes.get(((), builder.root_offset), ())
        sign = builder.emit("i64_lt" if down else "i64_gt", step, const_i64(0))
        builder.emit("guard_true", sign, reason="range step", snapshot=entry)
        stop = builder.emit("i64_add", current, builder.emit("i64_mul", remaining, step))
        return Virtual("range_iter_down" if down else "range_iter", (current, stop, step))
    if kind in (LIST_ITERATOR, TUPLE_ITERATOR):
        index = builder.emit("field_i64", value, offset=16)
        container = builder.emit("field_i64", value, offset=24)
        builder.emit("guard_true", builder.emit("i64_ne", container, const_i64(0)), reason="exhausted iterator", snapshot=entry)
        holder = builder.emit("field_obj", value, offset=24)
        builder.state.types[holder] = list if kind is LIST_ITERATOR else tuple
        return Virtual("list_iter" if kind is LIST_ITERATOR else "tuple_iter", (holder, index))
    return None


def open_generator(builder: Builder, value: Value, entry: Any, consumer: Any, loop: int, holders: int) -> Virtual | None:
    """A virtual generator for the one that the consumer's loop runs, where nobody else refers to that, and it always waits at one place."""
    contexts = [context for (offset, _), context in consumer.children.items() if offset == loop]
    if len(contexts) != 1 or not runs_in_place(builder, contexts[0].code):
        return None
    context, code = contexts[0], contexts[0].code
    normal = normalise(code)
    places = [instr.next for instr in normal.instrs  # (RESUME itself is not recorded)
              if instr.op == "YIELD_VALUE" and context.at(normal.at(instr.next).next) is not None]
    if len(places) != 1 or normal.nlocalsplus > 63:
        return None
    offset, layout = places[0], _runtime.layout()
    depth = normal.at(offset).depth - 1  # without what is sent
    bound = bound_slots(normal, offset)
    waits = builder.call("generator_waits", value, const_obj(code), const_obj(builder.globals), const_i64(offset),
                         const_i64(depth), const_i64(holders), const_i64(sum([1 << slot for slot in bound])))
    builder.emit("guard_true", waits, reason="shared iterator", snapshot=entry)

    def content(index: int) -> Value:
        return builder.emit("field_obj", value, offset=layout["generator_slots"] + 8 * index)

    slots: list[Value | None] = [content(slot) if slot in bound else None for slot in range(normal.nlocalsplus)]
    stack: list[Value | None] = [content(normal.nlocalsplus + index) for index in range(depth)]
    for around in normal.loops_around(offset):
        open_inner(builder, normal, context, slots, stack, around.header, entry)
    function = builder.emit("field_obj", value, offset=layout["generator_function"])
    return Virtual("generator", (const_obj(code), const_obj(builder.globals), const_i64(offset), function, *slots, *stack))


def open_inner(builder: Builder, normal: NormalCode, context: Any, slots: list[Value | None], stack: list[Value | None], header: int,
               entry: Any) -> None:
    """The iterator of a loop that a suspended generator is in. It may be the generator function's argument, too."""
    instr = normal.at(header)
    seen = context.at(header)
    if instr.op != "FOR_ITER" or seen is None or instr.depth > len(stack):
        return
    kinds: Any = IdentityCounter()
    for operands, _ in seen.operands.items():
        kinds.add(operands[0] if operands else None)
    index = instr.depth - 1
    value = stack[index]
    assert value is not None
    kind = single_type(kinds)
    if kind is None:
        return
    slot = source_slot(normal, header, kind)
    is_argument = slot >= 0 and slots[slot] is not None
    builder.emit("guard_type", value, type=kind, snapshot=entry)
    virtual = open_iterator(builder, value, kind, entry, context, header, 1 + is_argument)
    if virtual is None:
        builder.state.types[value] = kind
        return
    if is_argument:
        builder.emit("guard_is", slots[slot], value, snapshot=entry)  # type: ignore[arg-type]
        slots[slot] = virtual
    stack[index] = virtual


def source_slot(normal: NormalCode, header: int, kind: type) -> int:
    """The slot that the iterator of the loop comes from, and is in, too; -1: none."""
    before = normal.instrs[normal.index_of[header] - 1]
    if before.op == "GET_ITER" and kind is GeneratorType:  # which is its own iterator
        before = normal.instrs[normal.index_of[before.offset] - 1]
    return before.arg if before.op == "LOAD_FAST" else -1


def preload_names(builder: Builder) -> None:
    """Module-level code: loads the variables that are no constants, so that they live in registers."""
    state = builder.state
    namespace = builder.globals
    for name in sorted(builder.variables):
        if name not in namespace:
            continue
        kind = type(namespace[name])
        value = builder.call("dict_get", const_obj(namespace), const_obj(name))
        builder.emit("incref", value)
        state.own(value)
        state.names[name] = (value, False)
        state.retain(value)
        if kind in UNBOXABLE:
            builder.guard_type(value, kind)


__all__ = ["enter", "OWNED"]
