"""The region builder: abstract interpretation of bytecode over what was recorded, and only over that.

The builder walks from the entry along every recorded path. Where paths meet (`NormalCode.merge_points`) it makes *versions* of a block,
keyed by what is known of the live values (lazy basic block versioning, Chevalier-Boisvert & Feeley, ECOOP 2015); what was never recorded
is a side exit.

An instruction's handler first makes sure of its operands (types, unboxed payloads, boxes: all of which may emit guards that leave to the
instruction's own start), and only then changes the state. What it releases is dropped at the *start of the next instruction* (`settle`),
where a snapshot "after" is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import CodeType
from typing import Any, NoReturn, Protocol

from ..bytecode import NormalCode, changing_names, normalise
from ..ir.helpers import HELPERS
from ..ir.ops import OPS
from ..ir.types import F64, I1, I64, LETTERS, OBJ, VOID
from ..ir.values import (
    GUARD,
    ITERATE,
    RAISE,
    Block,
    Const,
    Edge,
    FrameState,
    Op,
    Region,
    Snapshot,
    Value,
    Virtual,
    const_f64,
    const_i1,
    const_i64,
    const_obj,
)
from ..knowledge.classes import stays
from ..knowledge.consumers import stands_for_c_code
from ..reasons import GiveUp
from ..record import Observation, Recording
from ..record.recording import kind_of
from .escape import make_object
from .handlers import CALL_LIKE, HANDLERS, Left
from .splits import Split, SplitIdentity, split_identities, split_types
from .state import ANCHORED, FRAGILE, LEAF_TYPES, OWNED, PINNED, Context, Frame, State, may_become
from .versions import LateEnd, Version, go_to, join

MAX_OPS = 20_000


class Services(Protocol):
    """What the builder asks of the rest of Jitney."""

    def is_never(self, code: CodeType) -> bool: ...

    def is_volatile(self, namespace: dict[str, Any], name: str) -> bool: ...

    def relies_on(self, dependency: tuple[Any, ...]) -> None: ...


#: what comes before RESUME at a function's start has no INSTRUCTION event (`_co_firsttraceable`, Python/instrumentation.c)
UNRECORDED = frozenset({"NOP", "COPY_FREE_VARS"})
GLOBAL_STORES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})


#: Instructions of an inlined function that call what may look at frames. Where there are more, it had better have a frame of its own, and
#: a region: showing the frames of the inlining path takes about as long as a call.
SHOWING = 2


class Apart(Exception):
    """Not to inline a function makes a better region."""

    def __init__(self, code: CodeType) -> None:
        self.code = code


class Builder:
    """Builds one region from one recording. Use `build_region`."""

    def __init__(self, recording: Recording, globals: dict[str, Any], builtins: dict[str, Any], services: Services,
                 notes: dict[tuple[Context, int], set[str]] | None = None, max_ops: int = MAX_OPS,
                 quick: bool = False, checkpoint: Callable[[], None] | None = None, apart: frozenset[CodeType] = frozenset()) -> None:
        self.checkpoint = checkpoint
        self.apart = apart  # functions that are not inlined
        self.showing: dict[Context, set[int]] = {}  # of those inlined that need not be: instructions that show the frames
        self.recording = recording
        self.globals = globals
        self.builtins = builtins
        self.services = services
        self.notes = notes or {}
        self.normal = normalise(recording.code)
        self.root_offset = recording.offset
        self.loop = self.normal.loops.get(recording.offset) if recording.offset else None
        self.stored_globals = frozenset([instr.arg for code in recording.codes() for instr in normalise(code).instrs
                                         if instr.op in GLOBAL_STORES])
        self.keeps_identity = True in [normalise(code).identifies for code in recording.codes()]  # numbers that are objects stay it
        self.variables = changing_names(self.normal, self.loop) if self.loop is not None else frozenset()
        self.joins: dict[int, set[tuple[int, ...]]] = {}  # offset -> frames where the ways of a split may come together again
        self.region = Region(f"{recording.code.co_qualname}:{recording.offset}", recording.code, recording.offset)
        self.versions: dict[tuple[tuple[int, ...], int], list[Any]] = {}
        self.work: list[tuple[Block, State, int]] = []
        self.late: list[LateEnd] = []  # ends of loops, to be built when everything else is
        self.version_of: dict[Block, Version] = {}
        self.version: Version | None = None  # whose first instruction is being built
        self.block = Block()
        self.state = State()
        self.observation: Observation | None = None
        self.start_frames: FrameState | None = None
        self.start_slots: tuple[Any, ...] = ()
        self.snapshots: dict[tuple[int, int], Snapshot] = {}
        self.contents: dict[Value, tuple[Value | None, ...]] = {}  # of objects that this instruction has made of virtual ones
        self.next_offset = 0
        self.stands_at = -1  # see Snapshot
        self.dying: list[Value] = []  # what the last instruction let go of and is still to be released, in order
        self.check_after = False
        self.back_edge = False
        self.call_like = False
        self.has_slices = False  # a virtual list slice is on the stack
        self.late_checks: set[Block] = set()  # blocks that begin after arbitrary code has run
        self.start_names: tuple[tuple[str, Value], ...] = ()
        self.op_count = 0
        self.max_ops = max_ops
        self.max_inlined = max_ops // (12 if quick else 3)  # ops: a region that is as large inlines no more calls
        self.dependency_keys: set[Any] = set()
        self.leave_reasons: dict[str, int] = {}

    # -- emitting -----------------------------------------------------------------------------------------------------
    def emit(self, name: str, *args: Value, snapshot: Snapshot | None = None, **attrs: Any) -> Op:
        """Adds an op to the current block; a guard without a snapshot leaves to the start of the current instruction."""
        row = OPS[name]
        if snapshot is None and row.guard:
            if self.impure:
                raise GiveUp("internal", f"{name} after an effect at {self.where(self.state.frame.offset)}")
            snapshot = self.before()
        op = Op(name, row.result, list(args), attrs, snapshot)
        self.block.ops.append(op)
        self.op_count += 1
        if row.owned:
            self.state.own(op)
        return op

    def call(self, helper: str, *args: Value, type: type | None = None, snapshot: Snapshot | None = None) -> Op:
        """Emits a call of a C helper on operands of the right kinds. What it may release is promoted before."""
        row = HELPERS[helper]
        if row.effect in ("any", "blind"):
            if row.effect == "any":
                self.note_showing()
                self.escape_frames()
            self.clobber()
        if snapshot is None and (row.raises or row.effect == "any"):
            snapshot = self.raising()
        elif snapshot is None and row.maybe:
            snapshot = self.before()
        op = Op("call", LETTERS[row.signature.split("->")[1]], list(args), {"helper": helper}, snapshot)
        self.block.ops.append(op)
        self.op_count += 1
        if row.owned:
            self.state.own(op)
        elif op.type is OBJ:
            self.state.refs[op] = FRAGILE
        if type is not None:
            self.state.types[op] = type
        if row.effect == "any":
            self.forget_changeable()
            self.check_after = self.impure = True
        return op

    def note_showing(self) -> None:
        frame = self.state.frame
        for consumer, running in pairwise(self.state.frames):
            if consumer.return_action == ITERATE:
                raise Apart(running.normal.code)
        offsets = self.showing.get(frame.context)
        if offsets is not None:
            offsets.add(frame.offset)
            if len(offsets) > SHOWING:
                raise Apart(frame.normal.code)

    def forget_changeable(self) -> None:
        """After arbitrary code: instances may have another class, module variables other values."""
        types = self.state.types
        for value in [v for v, t in types.items() if not stays(t)]:
            del types[value]

    def escape_frames(self) -> None:
        """Makes what other code can see of our frames true: locals of the outermost frame synced, names written back."""
        state = self.state
        self.write_back_names()
        for shown in list(state.uses):
            if isinstance(shown, Virtual) and shown.kind == "dict":  # it could be changed through its frame
                self.escape(shown)
        for frame in state.frames:
            for local in frame.locals if not stands_for_c_code(frame.normal.code) else ():
                if isinstance(local, Virtual) and local.kind == "generator":  # only on stacks nobody sees whether it is there
                    self.escape(local)
        outer = state.frames[0]
        for slot, value in enumerate(outer.locals):
            if value is None or state.synced[slot] is value:
                continue
            self.sync_slot(slot)
        if len(state.frames) == 1:
            self.start_slots = (outer.locals, self.start_slots[1])
        self.start_names = state.dirty_names() if state.names else ()
        self.start_frames = None
        self.snapshots = {}

    def write_back_names(self, forget: bool = True, kept: dict[str, tuple[Value, bool]] | None = None) -> None:
        """Stores the variables of module-level code that were changed, but for those that are dirty in `kept`."""
        state = self.state
        for name, (value, dirty) in list(state.names.items()):
            if dirty and not (kept is not None and name in kept and kept[name][1]):
                boxed = self.boxed(value)
                value = state.names[name][0]
                state.retain(boxed)
                state.names[name] = (boxed, False)
                state.release(value)
                self.clobber()
                op = Op("call", VOID, [const_obj(self.globals), const_obj(name), boxed], {"helper": "namespace_set"}, self.raising())
                self.block.ops.append(op)
        if forget:
            for name, (value, _) in list(state.names.items()):
                del state.names[name]
                state.release(value)

    def sync_slot(self, slot: int) -> None:
        state = self.state
        value = state.frames[0].locals[slot]
        assert value is not None
        boxed = self.boxed(value)
        self.emit("frame_store", boxed, slot=slot)
        synced = list(state.synced)
        synced[slot] = boxed
        state.synced = tuple(synced)
        if state.frames[0].locals[slot] is not boxed:  # a constant or a bool: show it boxed
            outer = state.frames[0]
            state.retain(boxed)
            state.release(outer.locals[slot])
            outer.locals = outer.locals[:slot] + (boxed,) + outer.locals[slot + 1:]
        if not isinstance(boxed, Const):
            status = state.refs.get(boxed)
            if status is OWNED:
                self.emit("decref", boxed)
                state.refs[boxed] = ANCHORED
            elif status is FRAGILE:
                state.refs[boxed] = ANCHORED
        state.version += 1
        self.start_frames = None

    def clobber(self) -> None:
        """Promotes every borrowed value that is still wanted: what follows may release references."""
        state = self.state
        if self.has_slices:
            self.has_slices = False
            for value in list(state.uses):
                if isinstance(value, Virtual) and value.kind == "list_slice":
                    self.escape(value)
        for value, status in list(state.refs.items()):
            if status is FRAGILE:
                if value in state.uses:
                    self.emit("incref", value)
                    state.own(value)
                else:
                    del state.refs[value]

    # -- snapshots ----------------------------------------------------------------------------------------------------
    def before(self) -> Snapshot:
        """The snapshot of the current instruction's start."""
        return self._snapshot(GUARD)

    def raising(self) -> Snapshot:
        """The snapshot for an exception raised by the current instruction."""
        return self._snapshot(RAISE)

    def _snapshot(self, kind: int) -> Snapshot:
        state = self.state
        key = (kind, state.version)
        snapshot = self.snapshots.get(key)
        if snapshot is None:
            if self.start_frames is None:
                frame = state.frame
                now = frame.locals, frame.stack
                frame.locals, frame.stack = self.start_slots
                self.start_frames = state.frame_states()
                frame.locals, frame.stack = now
            owned = state.owned()
            snapshot = Snapshot(self.start_frames, kind, owned, self.start_names, stands_at=self.stands_at)
            shown = set(snapshot.values())
            ordered = self.dying or state.pending
            left = (*ordered, *[value for value in state.refs if value not in ordered]) if ordered else tuple(state.refs)
            snapshot.drops = tuple([value for value in left if value in owned and value not in shown])
            self.snapshots[key] = snapshot
        return snapshot

    def begin(self, offset: int) -> None:
        """Notes the state as the instruction at `offset` finds it, for its snapshots."""
        state = self.state
        frame = state.frame
        frame.offset = offset
        self.stands_at, self.dying = -1, []
        self.start_slots = (frame.locals, frame.stack)
        self.start_names = state.dirty_names() if state.names else ()
        self.start_frames = None
        self.snapshots = {}
        self.contents = {}
        self.impure = False

    def show_stack(self) -> None:
        """The instruction's snapshots from now on show the stack as it is, not as it was at the instruction's start."""
        self.start_slots = (self.state.frame.locals, self.state.frame.stack)
        self.start_frames = None
        self.snapshots = {}

    def forget_box(self, value: Value) -> None:
        """The object is about to be released: its payload has no box any more."""
        state = self.state
        payload = state.payload.get(value)
        if payload is not None and state.box.get(payload) is value:
            del state.box[payload]

    def settle(self, offset: int) -> None:
        """Releases what the last instruction let go of, leaving to `offset` where that runs code; then looks whether the world changed."""
        state = self.state
        if not state.pending and not self.check_after:
            return
        let_go = state.frame.offset
        self.begin(offset)
        self.stands_at = let_go if let_go != offset else -1
        self.dying, state.pending = state.pending, []
        while self.dying:
            value = self.dying.pop(0)
            if value in state.uses or state.refs.get(value) is not OWNED:
                continue
            self.forget_box(value)
            if state.types.get(value) in LEAF_TYPES:
                self.emit("decref", value)
                state.disown(value)
            else:
                if self.noted("drop"):
                    self.note_showing()
                    self.escape_frames()
                    self.clobber()
                    state.disown(value)
                    self.emit("drop_any", value)
                    self.forget_changeable()
                    self.check_after = True
                else:
                    self.clobber()
                    state.disown(value)
                    self.emit("drop", value)
        if self.check_after:
            self.check_after = False
            self.emit("check_valid")

    def leave(self, reason: str, kind: int = GUARD) -> NoReturn:
        """Ends the current block: the interpreter goes on at the current instruction."""
        if self.impure:
            raise GiveUp("internal", f"{reason} after an effect at {self.where(self.state.frame.offset)}")
        self.leave_reasons[reason] = self.leave_reasons.get(reason, 0) + 1
        self.emit("leave", snapshot=self._snapshot(kind), reason=reason)
        raise Left

    # -- knowledge ----------------------------------------------------------------------------------------------------
    def observed(self, depth: int) -> list[Any]:
        """What was recorded at this instruction for the operand `depth` entries below the top (0: the top): types, pairs, "bigint" or
        None; most frequent first."""
        observation = self.observation
        if observation is None:
            return []
        if self.call_like:
            depth += 2
        counts: dict[int, int] = {}
        entries: dict[int, Any] = {}
        for operands, count in observation.operands.items():
            if depth < len(operands):
                entry = operands[depth]
                key = id(entry[1]) if type(entry) is tuple else id(entry)
                entries[key] = entry
                counts[key] = counts.get(key, 0) + count
        return [entries[key] for key in sorted(counts, key=lambda key: -counts[key])]

    def want_type(self, depth: int) -> type | None:
        """The exact type of the stack entry `depth` (1: the top), guarded if need be; `None` when it was recorded with too many."""
        value = self.state.peek(depth)
        assert value is not None
        known = self.state.type_of(value)
        if known is not None:
            return known
        if self.second_part:
            return None  # what was recorded is for the first part of the instruction, which must not be done again
        types: list[type] = []
        for entry in self.observed(depth - 1):
            kind = kind_of(entry)
            if kind is not None and kind not in types:
                types.append(kind)
        if not types:
            return None
        if isinstance(value, Const):  # it was another object when that was recorded
            types = [kind for kind in types if may_become(value.value, kind)] or types[:1]
        if len(types) == 1:
            self.guard_type(value, types[0])
            return types[0]
        if len(types) <= 4:
            raise Split(value, types)
        return None

    def guard_type(self, value: Value, kind: type) -> None:
        if isinstance(value, Const) and not may_become(value.value, kind):
            self.leave("never recorded")  # it was another object when that was recorded
        self.emit("guard_type", value, type=kind)
        self.state.types[value] = kind

    def noted(self, note: str) -> bool:
        """Whether this instruction once left for the reason (e.g. "overflow")."""
        notes = self.notes.get((self.state.frame.context, self.state.frame.offset))
        return notes is not None and note in notes

    def is_never(self, code: CodeType) -> bool:
        return self.services.is_never(code)

    def depend(self, *key: Any) -> None:
        """The region relies on it: ("type", T), ("dict", d, name), ("function", f)."""
        identity = tuple([part if type(part) is str else id(part) for part in key])
        if identity not in self.dependency_keys:
            self.dependency_keys.add(identity)
            self.region.dependencies.append(key)
            self.services.relies_on(key)

    # -- representations ----------------------------------------------------------------------------------------------
    def as_i64(self, value: Value) -> Value:
        """The unboxed int of a value known to be an int or bool."""
        if value.type is I64:
            return value
        if value.type is I1:
            return const_i64(int(value.value)) if isinstance(value, Const) else self.emit("i1_to_i64", value)
        if isinstance(value, Const):
            if -(2**63) <= value.value < 2**63:
                return const_i64(int(value.value))
            self.leave("int too large")
        state = self.state
        payload = state.payload.get(value)
        if payload is None:
            if state.types.get(value) is bool:
                payload = self.emit("bool_value", value)
            else:
                payload = self.emit("int_value", value)
            state.payload[value] = payload
            if payload.type is not I1:
                state.box.setdefault(payload, value)
        return self.as_i64(payload) if payload.type is I1 else payload

    def as_f64(self, value: Value) -> Value:
        """The unboxed float of a value known to be a float, int or bool."""
        if value.type is F64:
            return value
        if isinstance(value, Const) and value.type is not OBJ:
            return const_f64(float(value.value))
        if value.type in (I64, I1):
            return self.emit("i64_to_f64", self.as_i64(value))
        if isinstance(value, Const):
            return const_f64(value.value) if type(value.value) is float else self.as_f64(self.as_i64(value))
        state = self.state
        if state.types.get(value) is not float:
            return self.emit("i64_to_f64", self.as_i64(value))
        payload = state.payload.get(value)
        if payload is None:
            payload = self.emit("float_value", value)
            state.payload[value] = payload
        return payload

    def as_i1(self, value: Value) -> Value:
        """The unboxed bool of a value known to be a bool."""
        if value.type is I1:
            return value
        if isinstance(value, Const):
            return const_i1(value.value)
        payload = self.state.payload.get(value)
        if payload is None:
            payload = self.emit("bool_value", value)
            self.state.payload[value] = payload
        return payload

    def boxed(self, value: Value) -> Value:
        """An object for the value; from now on the slots show the object (with its payload known)."""
        state = self.state
        if isinstance(value, Const):
            return value if value.type is OBJ else const_obj(value.value)
        if isinstance(value, Virtual):
            return self.escape(value)
        if value.type is OBJ:
            return value
        if value.type is I1:
            return self.emit("box_bool", value)
        old = state.box.get(value)
        if old is not None and (old in state.uses or state.refs.get(old) in (OWNED, ANCHORED, PINNED)):
            box = old
        else:
            box = self.emit("box_int" if value.type is I64 else "box_float", value)
            state.types[box] = int if value.type is I64 else float
            state.payload[box] = value
            state.box[value] = box
        if value in state.uses:
            state.replace(value, box)
        return box

    def escape(self, value: Virtual) -> Value:
        """Allocates a virtual object; where that has just been done, for another operand that is the same one, gives that object."""
        state = self.state
        now = state.current(value)
        if not isinstance(now, Virtual):
            return now
        new = make_object(self, now)
        self.contents[new] = now.fields
        current = state.current(now)
        if current in state.uses:
            state.replace(current, new)
        state.renamed[current] = new
        return new

    def box_at(self, depth: int) -> Value:
        """The stack entry as an object (1: the top)."""
        value = self.state.peek(depth)
        assert value is not None
        boxed = self.boxed(value)
        if self.state.peek(depth) is not boxed:  # constants and bools have no place of their own
            frame = self.state.frame
            position = len(frame.stack) - depth
            current = frame.stack[position]
            self.state.retain(boxed)
            frame.stack = frame.stack[:position] + (boxed,) + frame.stack[position + 1:]
            self.state.release(current)
        return boxed

    def fragile(self, op: Op, type: type | None = None) -> Op:
        """Marks an op's object result as borrowed from a container."""
        self.state.refs[op] = FRAGILE
        if type is not None:
            self.state.types[op] = type
        return op

    # -- walking ------------------------------------------------------------------------------------------------------
    def build(self) -> Region:
        from .entry import enter

        entry = Block(self.where(self.root_offset))
        self.region.blocks.append(entry)
        self.block = entry
        enter(self)
        while self.work or self.late:
            if not self.work:
                self.late.pop().build(self)
                continue
            block, state, offset = self.work.pop()
            self.region.blocks.append(block)
            self.block, self.state = block, state
            self.check_after = block in self.late_checks
            self.back_edge = False
            self.version = self.version_of.get(block)
            if self.checkpoint is not None:
                self.checkpoint()
            try:
                self.walk(offset)
            except Left:
                pass
            if self.op_count > self.max_ops:
                raise GiveUp("too_large", str(self.op_count))
        return self.region

    def where(self, offset: int) -> str:
        frames = self.state.frames
        code: CodeType = frames[-1].normal.code if frames else self.normal.code
        return f"{code.co_name}:{offset}"

    def walk(self, offset: int) -> None:
        """Follows one path from `offset` until it joins a block version or leaves."""
        first = True
        while True:
            frame = self.state.frame
            if not first and offset in frame.normal.merge_points:
                go_to(self, offset)
                return
            if not first and offset in self.joins and frame.key() in self.joins[offset] and join(self, offset):
                return
            if not first:
                self.version = None
            first = False
            self.settle(offset)
            self.begin(offset)
            observation = frame.recorded.at(offset) if frame.recorded is not None else None
            normal = frame.normal
            index = normal.index_of[offset]
            instrs = normal.instrs
            instr = instrs[index]
            if len(self.state.frames) == 1 and not self.inside_root(offset):
                self.leave("loop left")
            if observation is None and instr.op not in UNRECORDED:
                self.leave("never recorded")
            self.observation = observation
            self.call_like = False
            self.next_offset = instr.next
            self.second_part = self.impure = False
            try:
                while True:
                    handler = HANDLERS.get(instr.op)
                    if handler is None:
                        self.leave(f"unsupported {instr.op}")
                    self.call_like = instr.op in CALL_LIKE
                    handler(self, instr)
                    index += 1
                    if index >= len(instrs) or instrs[index].offset != offset or self.state.frame is not frame:
                        break
                    instr = instrs[index]
                    self.second_part = True
            except Split as split:
                split_types(self, split, offset)
                return
            except SplitIdentity as chosen:
                split_identities(self, chosen, offset)
                return
            offset = self.next_offset

    def inside_root(self, offset: int) -> bool:
        loop = self.loop
        return loop is None or loop.header <= offset < loop.end

    def finish(self, name: str, args: list[Value], edges: list[Edge], **attrs: Any) -> None:
        """Ends the current block with a terminator."""
        self.block.ops.append(Op(name, VOID, args, attrs))
        self.block.edges = edges
        self.op_count += 1

    def branch(self, condition: Value, if_true: int, if_false: int) -> None:
        """Goes both ways, or one with a guard where the other was never recorded. The condition is popped already.

        Raises `Left` when the block was ended; otherwise `next_offset` is the way to go on.
        """
        assert self.observation is not None
        if isinstance(condition, Const):
            self.next_offset = if_true if condition.value else if_false
            return
        seen = self.observation.successors
        true_seen, false_seen = seen[if_true], seen[if_false]
        if if_true == if_false:
            self.next_offset = if_true
        elif true_seen and false_seen:
            likely = True if true_seen > 8 * false_seen else False if false_seen > 8 * true_seen else None
            self.fork(condition, if_true, if_false, likely)
        elif self.impure:  # a way that was never recorded leaves at its own start; so do both, where asking for the truth raised each time
            self.fork(condition, if_true, if_false, bool(true_seen) if true_seen or false_seen else None)
        elif true_seen:
            self.emit("guard_true", condition, reason="branch")
            self.next_offset = if_true
        elif false_seen:
            self.emit("guard_false", condition, reason="branch")
            self.next_offset = if_false
        else:
            self.leave("never recorded")

    def fork(self, condition: Value, if_true: int, if_false: int, likely: bool | None = None,
             on_true: Callable[[State], None] | None = None, on_false: Callable[[State], None] | None = None) -> None:
        """Ends the block with a branch to two new ones, whose states the callbacks may change."""
        yes, no = Block(self.where(if_true)), Block(self.where(if_false))
        self.finish("branch", [condition], [Edge(yes, []), Edge(no, [])], likely=likely)
        state_yes, state_no = self.state.copy(), self.state
        if on_true:
            on_true(state_yes)
        if on_false:
            on_false(state_no)
        self.work.append((no, state_no, if_false))
        self.work.append((yes, state_yes, if_true))
        raise Left

    def new_frame(self, normal: NormalCode, context: Context, func: Value, locals: tuple[Value | None, ...]) -> Frame:
        frame = Frame(normal, context, func, locals, ())
        for value in locals:
            self.state.retain(value)
        self.state.retain(func)
        return frame


def build_region(recording: Recording, globals: dict[str, Any], builtins: dict[str, Any], services: Services,
                 notes: dict[tuple[Context, int], set[str]] | None = None, max_ops: int = MAX_OPS,
                 quick: bool = False, checkpoint: Callable[[], None] | None = None) -> Region:
    """The region for a recording; a smaller one if it is `quick`ly to be had. Raises `GiveUp` with a reason when there is none.
    `checkpoint` is called now and then: compiled, this does not give way to other threads by itself."""
    from . import attributes, calls, containers, control, generic, locals, names, numbers  # noqa: F401  (they register handlers)

    apart: frozenset[CodeType] = frozenset()
    while True:
        try:
            return Builder(recording, globals, builtins, services, notes, max_ops, quick, checkpoint, apart).build()
        except Apart as found:
            apart |= {found.code}


__all__ = ["Builder", "Services", "build_region"]
