"""Block versions: what is assumed of the live values where paths meet, and the conversion of a state into a version's.

A version is made from the first state that reaches its place, widened: numeric constants become parameters, and at a loop header the
slots that the loop stores to become unboxed parameters where their type is known. A later state *matches* when each slot converts cheaply:
an unboxed value from a known payload, knowledge forgotten, a reference taken. Past `LIMIT` versions the next one is *general*: everything
boxed, owned and of unknown type; every state converts to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ir.types import F64, I1, I64, OBJ, Type
from ..ir.values import ITERATE, Block, Const, Edge, Param, Value, Virtual, const_obj
from ..reasons import GiveUp
from ..record import IdentityCounter
from .handlers import Left
from .state import ANCHORED, FRAGILE, LEAF_TYPES, OWNED, PINNED, RAW_FIELDS, Frame, State

if TYPE_CHECKING:
    from .builder import Builder

LIMIT = 4
GENERAL_LIMIT = 4
#: virtual objects that are objects in general versions
OBJECTS = ("tuple", "slice", "generator", "function")
#: virtual kind -> how many of its first fields are constants, which tell it from others of its kind
HEADS = {"generator": 3, "running": 1, "function": 2}


class Version:
    """One version of the block at a place: `state` is what its code assumes; its block's parameters are `state`'s values."""

    __slots__ = ("block", "state", "general", "exact", "loops")

    def __init__(self, block: Block, state: State, general: bool, exact: bool) -> None:
        self.block = block
        self.state = state
        self.general = general
        self.exact = exact  # a number that is an object is not converted to one that is none
        self.loops = False  # whether the loop that it is the header of leads back to it


class LateEnd:
    """The way on from the end of a loop, that was never seen to end before its first round, at the first test in a version of it.
    `exhausted` makes the state of that test into the state after the loop."""

    __slots__ = ("version", "block", "state", "offset", "target", "exhausted")

    def __init__(self, version: Version, block: Block, state: State, offset: int, target: int, exhausted: Callable[[State], None]) -> None:
        self.version = version
        self.block = block
        self.state = state
        self.offset = offset
        self.target = target
        self.exhausted = exhausted

    def build(self, builder: Builder) -> None:
        """Goes on after the loop only where its rounds lead back to this test, else leaves: otherwise each loop in a loop would be built
        once more for variables that its first round binds, and with it all that follows. To be called when no other work is left."""
        if self.version.loops:
            self.exhausted(self.state)
            builder.work.append((self.block, self.state, self.target))
            return
        builder.region.blocks.append(self.block)
        builder.block, builder.state = self.block, self.state
        builder.settle(self.offset)
        builder.begin(self.offset)
        try:
            builder.leave("never recorded")
        except Left:
            pass


def go_to(builder: Builder, offset: int) -> None:
    """Ends the current block with an edge to a version of the block at `offset`, a new one if none matches."""
    from .control import poll

    state = builder.state
    frame = state.frame
    loop = frame.normal.loops.get(offset)
    if len(state.frames) == 1 and not builder.inside_root(offset):
        builder.settle(offset)
        builder.begin(offset)
        builder.leave("loop left")
    builder.settle(offset)
    builder.begin(offset)
    goes_back = loop is not None and builder.back_edge
    if goes_back and frame.offset >= 0:
        poll(builder)
    builder.back_edge = False
    key = (frame.key(), offset)
    versions = builder.versions.setdefault(key, [])
    version = choose(builder, versions, offset, loop is not None and len(versions) < 2)
    if version is None and len(versions) >= LIMIT + GENERAL_LIMIT:
        raise GiveUp("polymorphic", f"{frame.normal.code.co_name}:{offset}")
    version = version or new_version(builder, versions, offset)
    version.loops = version.loops or goes_back
    convert(builder, version, offset)


def join(builder: Builder, offset: int) -> bool:
    """Goes on in a version of the block at `offset` where ways come together that were parted for their types alone, if that is as good
    for this state: else nothing is done."""
    state = builder.state
    builder.settle(offset)
    versions = builder.versions.setdefault((state.frame.key(), offset), [])
    version = matching(state, versions, False)
    if version is None and len(versions) >= LIMIT:
        return False
    builder.begin(offset)
    version = choose(builder, versions, offset, False)
    convert(builder, version or new_version(builder, versions, offset), offset)
    return True


def choose(builder: Builder, versions: list[Version], offset: int, want_richer: bool) -> Version | None:
    """The version to go on in, `None` for a new one. The variables of module-level code that it does not have are let go of first: of what
    dies then, borrowed values become owned, and variables have to be loaded again, so that another version may be the one that fits."""
    state = builder.state
    while True:
        version = matching(state, versions, want_richer)
        kept = version.state.names.keys() if version is not None else lasting_names(builder, offset).keys()
        before = {name: state.type_of(value) for name, (value, _) in state.names.items() if name in kept}
        for name, (value, dirty) in list(state.names.items()):
            if name not in before:
                assert not dirty
                del state.names[name]
                state.release(value)
        if not state.pending:
            return version
        builder.settle(offset)
        builder.begin(offset)
        for name, kind in before.items():
            if name not in state.names:
                reload_name(builder, name, kind)


def lasting_names(builder: Builder, offset: int) -> dict[str, bool]:
    """The variables of module-level code that a version made from the present state has, and whether each is dirty there."""
    state = builder.state
    frame = state.frame
    loop = frame.normal.loops.get(offset)
    stored = loop.stored_names if loop is not None and len(state.frames) == 1 else frozenset()
    lasting: dict[str, bool] = {}
    for name, (value, dirty) in state.names.items():
        if not dirty and name not in stored and name not in builder.variables:
            continue
        if not dirty and state.type_of(value) not in LEAF_TYPES:
            continue  # a dirty variable's old value in the namespace must be harmless
        lasting[name] = name in stored or dirty
    return lasting


def matching(state: State, versions: list[Version], want_richer: bool) -> Version | None:
    """The first that knows as much as the state; else, but where such a one is wanted, the first that the state converts to (general ones,
    which know nothing, come last)."""
    for richer in (True,) if want_richer else (True, False):
        for candidate in versions:
            if (want_richer or not richer or not candidate.general) and matches(state, candidate, richer):
                return candidate
    return None


def new_version(builder: Builder, versions: list[Version], offset: int) -> Version:
    """One more version of the block, made from the builder's state; its code is still to be built."""
    version = make_version(builder, offset, len(versions) >= LIMIT)
    versions.append(version)
    builder.version_of[version.block] = version
    builder.work.append((version.block, version.state.copy(), offset))
    return version


def places(state: State) -> list[tuple[int, str, int]]:
    result: list[tuple[int, str, int]] = []
    for depth, frame in enumerate(state.frames):
        result.extend([(depth, "l", i) for i in range(len(frame.locals))])
        result.extend([(depth, "s", i) for i in range(len(frame.stack))])
    return result


def get(state: State, place: tuple[int, str, int]) -> Value | None:
    frame = state.frames[place[0]]
    return frame.locals[place[2]] if place[1] == "l" else frame.stack[place[2]]


def put(state: State, place: tuple[int, str, int], value: Value | None) -> None:
    """Changes one slot; the old value is released."""
    frame = state.frames[place[0]]
    index = place[2]
    state.retain(value)
    if place[1] == "l":
        old = frame.locals[index]
        frame.locals = frame.locals[:index] + (value,) + frame.locals[index + 1:]
    else:
        old = frame.stack[index]
        frame.stack = frame.stack[:index] + (value,) + frame.stack[index + 1:]
    state.release(old)


def matches(state: State, version: Version, want_richer: bool) -> bool:
    """Whether the state converts to the version without loss of representation."""
    target = version.state
    if len(state.frames) != len(target.frames) or not (state.names.keys() >= target.names.keys()):
        return False
    if any(dirty for name, (_, dirty) in state.names.items() if name not in target.names):
        return False
    if any(dirty and not state.names[name][1] and state.type_of(state.names[name][0]) not in LEAF_TYPES
           for name, (_, dirty) in target.names.items()):
        return False  # the namespace holds a value that may run code when it dies
    if want_richer and any(dirty and not target.names[name][1] for name, (_, dirty) in state.names.items()):
        return False  # it would have to be stored first
    alias: dict[Value, Value] = {}
    shown: dict[Value, Value] = {}  # numbers, and the parameter for each, where two must not stand for one object

    def one(source: Value | None, wanted: Value | None, raw: int = 0) -> bool:
        if wanted is None or source is None:
            return wanted is source
        if isinstance(wanted, Const):
            return isinstance(source, Const) and wanted.same(source)
        if isinstance(wanted, Virtual):
            if not isinstance(source, Virtual) or source.kind != wanted.kind or len(source.fields) != len(wanted.fields):
                return False
            known = alias.setdefault(wanted, source)
            raw = RAW_FIELDS.get(wanted.kind, 0)
            return known is source and all(one(source.fields[i], field, raw >> i & 1) for i, field in enumerate(wanted.fields))
        if isinstance(source, Virtual):
            return version.general and source.kind in OBJECTS
        if wanted.type is OBJ:
            if not version.general:
                if source.type is not OBJ:
                    return False
                known_type = target.types.get(wanted)
                source_type = state.type_of(source)
                if known_type is not None and source_type is not known_type:
                    return False
                if want_richer and known_type is None and source_type is not None:
                    return False
                payload = target.payload.get(wanted)
                if payload is not None:
                    if source_type not in (int, float, bool) or (source_type is int) != (payload.type is I64):
                        return False
                elif want_richer and source in state.payload and known_type in (int, float):
                    return False
                if state.refs.get(source) in (OWNED, ANCHORED) and target.refs.get(wanted) in (FRAGILE, PINNED):
                    return False
                if target.refs.get(wanted) is PINNED and not (isinstance(source, Const) or state.refs.get(source) is PINNED):
                    return False
        elif wanted.type is I64:
            if source.type is OBJ and not (source in state.payload and state.payload[source].type is I64 or state.type_of(source) is int):
                return False
            if source.type not in (OBJ, I64):
                return False
        elif wanted.type is F64:
            if state.type_of(source) is not float:
                return False
        elif state.type_of(source) is not bool:
            return False
        if wanted.type is not OBJ:
            if version.exact and not raw and wanted.type is not I1 and not is_small(source):
                if source.type is OBJ or shown.setdefault(source, wanted) is not wanted:
                    return False
            source = state.payload.get(source, source)
        known = alias.setdefault(wanted, source)
        return known is source or (isinstance(known, Const) and known.same(source))

    for a, b in zip(state.frames, target.frames, strict=True):
        if len(a.stack) != len(b.stack):
            return False
        if a.namespace is not b.namespace or not one(a.func, b.func):
            return False
        for source, wanted in zip(a.locals + a.stack, b.locals + b.stack, strict=True):
            if not one(source, wanted):
                return False
    return all(one(state.names[name][0], wanted) for name, (wanted, _) in target.names.items())


def is_small(value: Value) -> bool:
    """Whether it is one of the ints of which there is one object each (`_PY_NSMALLNEGINTS`, pycore_runtime_structs.h)."""
    return isinstance(value, Const) and type(value.value) is int and -5 <= value.value <= 256


def slots_of_big_ints(builder: Builder, offset: int) -> frozenset[int]:
    """The innermost frame's slots in which ints of more than 64 bits are to be expected: those in which such were seen where the region is
    entered; elsewhere, where it is only known that there was one, all."""
    if len(builder.state.frames) == 1 and offset == builder.root_offset:
        seen = frozenset([slot for slot, counter in enumerate(builder.recording.entry_types) if has_bigint(counter)])
        if seen or "int_value" not in builder.notes.get(((), offset), ()):
            return seen
    return frozenset(range(len(builder.state.frame.locals)))


def has_bigint(counter: IdentityCounter[Any]) -> bool:
    return any(entry == "bigint" for entry in counter)


def make_version(builder: Builder, offset: int, general: bool) -> Version:
    """A version whose state is the builder's present one, widened."""
    state = builder.state
    block = Block(builder.where(offset))
    frame = state.frame
    loop = frame.normal.loops.get(offset)
    new = State()
    mapping: dict[Value, Value] = {}
    exact = builder.keeps_identity

    def parameter(value: Value, kind: type | None) -> Param:
        if kind is int and value.type in (I64, OBJ):
            return block.add_param(I64)
        if kind is float:
            return block.add_param(F64)
        if kind is bool:
            return block.add_param(I1)
        return block.add_param(OBJ)

    noted = "int_value" in builder.notes.get((frame.context, offset), ())  # an int here once had more than 64 bits
    big = slots_of_big_ints(builder, offset) if noted or (len(state.frames) == 1 and offset == builder.root_offset) else frozenset()

    def one(value: Value | None, varying: bool, is_big: bool = False) -> Value | None:
        if value is None:
            return None
        if general and not (isinstance(value, Virtual) and value.kind not in OBJECTS):
            param: Value = block.add_param(OBJ)  # one for each slot: values that are the same now need not stay so
            new.refs[param] = OWNED
            return param
        if isinstance(value, Const):
            numeric = value.type is not OBJ or type(value.value) in (int, float, bool)
            if not numeric:
                if varying and value.value is not None and not callable(value.value):
                    param = block.add_param(OBJ)
                    known = state.type_of(value)
                    if known is not None:
                        new.types[param] = known
                    new.refs[param] = OWNED
                    return param
                return value
            if loop is not None and not varying:
                return value
            if value.type is OBJ and type(value.value) is int and not -(2**63) <= value.value < 2**63:
                return value
            if exact and type(value.value) is not bool and not is_small(value):
                param = block.add_param(OBJ)
                new.types[param] = type(value.value)
                new.refs[param] = OWNED
                return param
            return parameter(value, type(value.value))
        if isinstance(value, Virtual):
            found = mapping.get(value)
            if found is None:
                found = Virtual(value.kind, tuple(virtual_field(value, i, field, varying) for i, field in enumerate(value.fields)))
                mapping[value] = found
            return found
        found = mapping.get(value)
        if found is None:
            kind = state.type_of(value)
            unbox = value.type is not OBJ or (varying and kind in ((bool,) if exact else (int, float, bool)))
            if is_big and kind is int and value.type is OBJ and varying:
                unbox = False
            if unbox and varying and not (exact and kind is not bool):
                return parameter(value, kind)  # unboxed variables that happen to be equal now need not stay so
            found = parameter(value, kind) if unbox else block.add_param(OBJ)
            if found.type is OBJ:
                payload = state.payload.get(value)
                if payload is not None and not isinstance(payload, Const) and not (is_big and varying and kind is int):
                    new.payload[found] = unboxed = block.add_param(payload.type)
                    if kind is not bool:
                        new.box[unboxed] = found
                if kind is not None:
                    new.types[found] = kind
                status = state.refs.get(value)
                if status is None or varying or (status is FRAGILE and loop is not None):
                    status = OWNED
                new.refs[found] = status
            mapping[value] = found
        return found

    def virtual_field(virtual: Virtual, index: int, field: Value | None, varying: bool) -> Value | None:
        if virtual.kind in HEADS:
            head = HEADS[virtual.kind]
            return field if index < head else one(field, virtual.kind == "generator" and index > head)  # behind its function: slots
        if isinstance(field, Const) and field.type is I64:
            if virtual.kind in ("range_iter", "range") and index == 2:
                return field  # the step decides the direction
            return block.add_param(I64)
        if field is not None and field.type is I64 and RAW_FIELDS.get(virtual.kind, 0) >> index & 1:
            found = mapping.get(field)
            if found is None:
                found = mapping[field] = block.add_param(I64)
            return found
        return one(field, varying)

    innermost = len(state.frames) - 1
    for depth, source in enumerate(state.frames):
        stored: frozenset[int] = frozenset()
        if depth == innermost and loop is not None:
            stored = loop.stored
        elif source.return_action == ITERATE and depth < innermost:  # the generator's loop goes round with that of its consumer
            around = source.normal.loops.get(source.offset)
            stored = around.stored if around is not None else stored
        target = Frame(source.normal, source.context, None, (), ())
        target.offset, target.return_offset, target.return_action = source.offset, source.return_offset, source.return_action
        target.recorded, target.namespace = source.recorded, source.namespace
        target.func = source.func if isinstance(source.func, Const) else one(source.func, False)
        target.locals = tuple([one(value, slot in stored, depth == innermost and slot in big) for slot, value in enumerate(source.locals)])
        target.stack = tuple([one(value, False) for value in source.stack])
        new.frames.append(target)
    for name, dirty in lasting_names(builder, offset).items():
        kept = one(state.names[name][0], loop is not None and len(state.frames) == 1 and name in loop.stored_names, noted)
        assert kept is not None
        new.names[name] = (kept, dirty)
    for target in new.frames:
        for shown in target.locals + target.stack + (target.func,):
            new.retain(shown)
    for value, _ in new.names.values():
        new.retain(value)
    # frame slots: a slot stays synced where the value is an anchored one that the loop does not store
    synced: list[Value | None] = []
    for slot, before in enumerate(state.synced):
        image = new.frames[0].locals[slot]
        held = before is not None and before is state.frames[0].locals[slot] and image is not None and new.refs.get(image) is ANCHORED
        if isinstance(image, Const) and before is not None and before is state.frames[0].locals[slot]:
            held = True
        synced.append(image if held else None)
    new.synced = tuple(synced)
    for value, status in list(new.refs.items()):
        if status is ANCHORED and not any(kept is value for kept in synced):
            new.refs[value] = OWNED
    return Version(block, new, general, exact)


def unboxed(builder: Builder, value: Value, kind: Type) -> Value:
    return builder.as_i64(value) if kind is I64 else builder.as_f64(value) if kind is F64 else builder.as_i1(value)


def reload_name(builder: Builder, name: str, kind: type | None) -> None:
    """A variable of module-level code that was written back and forgotten because an object died; its type as it was, if that was known."""
    value = builder.call("dict_get", const_obj(builder.globals), const_obj(name))
    builder.state.names[name] = (value, False)
    builder.state.retain(value)
    if kind is not None:
        builder.guard_type(value, kind)


def box_fields(builder: Builder, source: Virtual, wanted: Virtual) -> None:
    """Objects for the fields of a virtual object that are objects in a general version."""
    for index, field in enumerate(wanted.fields):
        now = builder.state.current(source)
        assert isinstance(now, Virtual)
        own = now.fields[index]
        if own is None or field is None or isinstance(field, Const):
            continue
        if isinstance(field, Virtual):
            assert isinstance(own, Virtual)
            box_fields(builder, own, field)
        elif field.type is OBJ and not isinstance(own, Const):
            builder.boxed(own)


def convert(builder: Builder, version: Version, offset: int) -> None:
    """Ends the current block with the edge, after converting the builder's state to the version's."""
    state, target = builder.state, version.state
    # 0. variables that the version takes to be stored
    if any(dirty and not target.names[name][1] for name, (_, dirty) in state.names.items()):
        builder.write_back_names(forget=False, kept=target.names)
        builder.settle(offset)
        builder.begin(offset)
    # 1. representations
    for place in places(state):
        source, wanted = get(state, place), get(target, place)
        if isinstance(wanted, Virtual) and version.general:
            assert isinstance(source, Virtual)
            box_fields(builder, source, wanted)
        if source is None or wanted is None or isinstance(wanted, (Const, Virtual)):
            continue
        if wanted.type is OBJ:
            if isinstance(source, Const) and source.type is not OBJ:
                put(state, place, const_obj(source.value))
            elif source.type is not OBJ or isinstance(source, Virtual):
                boxed = builder.boxed(source)
                if get(state, place) is not boxed:
                    put(state, place, boxed)
        else:
            payload = unboxed(builder, source, wanted.type)
            if payload is not source:
                put(state, place, payload)
    for frame, wanted_frame in zip(state.frames, target.frames, strict=True):
        if isinstance(frame.func, Virtual) and not isinstance(wanted_frame.func, Virtual):
            builder.boxed(frame.func)
    for name, (value, dirty) in list(state.names.items()):
        wanted = target.names[name][0]
        if isinstance(wanted, (Const, Virtual)):
            continue
        converted = builder.boxed(value) if wanted.type is OBJ else unboxed(builder, value, wanted.type)
        value = state.names[name][0]
        if converted is not value:
            state.retain(converted)
            state.names[name] = (converted, dirty)
            state.release(value)
    # 2. frame slots
    outer = state.frames[0]
    for slot, wanted in enumerate(target.synced):
        if wanted is not None and (state.synced[slot] is None or state.synced[slot] is not outer.locals[slot]):
            builder.sync_slot(slot)
            outer = state.frames[0]
    builder.settle(offset)
    builder.begin(offset)
    lost = [name for name in target.names if name not in state.names]
    if lost:
        builder.settle(offset)  # the boxes with which they were written back
        for name in lost:
            wanted = target.names[name][0]
            if isinstance(wanted, (Const, Virtual)):
                raise GiveUp("internal", f"variable {name} lost")
            reload_name(builder, name, target.types.get(wanted) or {I64: int, F64: float, I1: bool}.get(wanted.type))
    payloads: dict[Value, Value] = {}

    def unbox(source: Value | None, wanted: Value | None) -> None:
        if isinstance(wanted, Virtual) and isinstance(source, Virtual):
            for a, b in zip(source.fields, wanted.fields, strict=True):
                unbox(a, b)
        elif source is not None and wanted is not None and wanted in target.payload:
            payloads[wanted] = unboxed(builder, source, target.payload[wanted].type)

    for place in places(state):
        unbox(get(state, place), get(target, place))
    for name, (wanted_value, _) in target.names.items():
        unbox(state.names[name][0], wanted_value)
    # 3. references, then the arguments
    arguments: dict[Value, Value] = {}
    consumed: set[Value] = set()
    shared: dict[Value, Value] = {}  # taken out of the frame -> the owned value for it

    def another(source: Value) -> Value:
        """One more reference, for another parameter."""
        if isinstance(source, Const):
            builder.emit("incref", source)
            return source
        more = builder.emit("share", source)
        state.refs.pop(more)
        return more

    def unify(source: Value | None, wanted: Value | None) -> None:
        if isinstance(wanted, Virtual):
            assert isinstance(source, Virtual)
            for a, b in zip(source.fields, wanted.fields, strict=True):
                unify(a, b)
            return
        if not isinstance(wanted, Param) or wanted in arguments:
            return
        assert source is not None
        if wanted.type is I64:
            source = builder.as_i64(source)
        elif wanted.type is F64:
            source = builder.as_f64(source)
        elif wanted.type is I1:
            source = builder.as_i1(source)
        elif target.refs.get(wanted) is OWNED:
            if source.type is not OBJ:  # a constant or a bool, in a virtual object: the other fields have been boxed
                source = builder.boxed(source)
            status = state.refs.get(source)
            if status is OWNED and source not in consumed:
                consumed.add(source)
            elif status is ANCHORED and source not in consumed:
                slots = [slot for slot, held in enumerate(state.synced) if held is source and target.synced[slot] is None]
                if slots and state.types.get(source) not in LEAF_TYPES:
                    moved = builder.emit("frame_take", slot=slots[0])
                    state.refs.pop(moved)
                    consumed.add(source)
                    for slot in slots[1:]:  # further slots that are to hold it no longer
                        builder.emit("decref", builder.emit("frame_take", slot=slot))
                        state.refs.pop(builder.block.ops[-2])
                    shared[source] = moved
                    source = moved
                else:
                    source = another(source)
            else:
                source = another(shared.get(source, source))
        arguments[wanted] = source
        payload = target.payload.get(wanted)
        if payload is not None:
            arguments[payload] = payloads[wanted]

    for a, b in zip(state.frames, target.frames, strict=True):
        for source, wanted in zip(a.locals + a.stack + (a.func,), b.locals + b.stack + (b.func,), strict=True):
            unify(source, wanted)
    for name, (wanted_name, _) in target.names.items():
        unify(state.names[name][0], wanted_name)
    for value, status in list(state.refs.items()):
        if status is OWNED and value not in consumed and value in state.uses:
            if state.type_of(value) in LEAF_TYPES:
                builder.emit("decref", value)  # a field of a virtual object, of which the version has the number alone
                continue
            # held by several slots that became several parameters without ownership: cannot happen for matched states
            raise GiveUp("internal", f"reference of {value!r} lost")
    missing = [param for param in version.block.params if param not in arguments]
    assert not missing, missing
    builder.finish("jump", [], [Edge(version.block, [arguments[param] for param in version.block.params])])


__all__ = ["Version", "go_to", "join", "PINNED"]
