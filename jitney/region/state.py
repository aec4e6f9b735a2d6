"""The abstract state of the interpreter at one point of a region: frames, references, and what is known of each value.

Slots (locals and stack entries) hold IR values directly: an OBJ value is a pointer, an I64, F64 or I1 value an unboxed int, float or bool,
a `Const` a constant, a `Virtual` an object that is not allocated, `None` stands for NULL.

**References.** An OBJ value is in exactly one of these states, however many slots show it:

* ``OWNED``: the region holds one reference;
* ``FRAGILE``: borrowed from a container; it must be promoted (incref) before anything that may release references (a *clobber*);
* ``ANCHORED``: borrowed from a slot of the outermost frame that physically holds it (``synced``);
* ``PINNED``: lives as long as the region itself (what a watcher protects, a constant).

A value in no slot any more is *released*: an owned one goes to ``pending`` and is dropped at the end of the instruction, as the
interpreter would do.
"""

from __future__ import annotations

from types import CodeType, FunctionType, GeneratorType
from typing import Any

from ..bytecode import NormalCode
from ..ir.types import F64, I1, I64, OBJ
from ..ir.values import SYNCED, Const, FrameState, Value, Virtual
from ..ir.virtuals import let_go
from ..knowledge.classes import stays
from ..record.recording import Context as RecordedContext

OWNED, FRAGILE, ANCHORED, PINNED = "owned", "fragile", "anchored", "pinned"

#: Types whose instances hold no references and run no code when they die.
LEAF_TYPES: frozenset[type] = frozenset({int, float, bool, str, bytes, complex, type(None), range, type(...), type(NotImplemented)})

Slots = tuple[Value | None, ...]
Context = tuple[tuple[int, CodeType], ...]


def may_become(thing: object, kind: type) -> bool:
    """Whether an object is of a class, or would be once its `__class__` was set."""
    own = type(thing)
    return own is kind or not (stays(own) or stays(kind))


class Frame:
    """One frame of the inlining path. Immutable tuples of slots, so that a snapshot costs nothing."""

    __slots__ = ("normal", "context", "func", "locals", "stack", "offset", "return_offset", "return_action", "recorded", "namespace")

    def __init__(self, normal: NormalCode, context: Context, func: Value | None, locals: Slots, stack: Slots) -> None:
        self.normal = normal
        self.context = context
        self.func = func
        self.locals = locals
        self.stack = stack
        self.offset = 0  # of the instruction being executed: for a caller, its call
        self.return_offset = 0
        self.return_action = 0
        self.recorded: RecordedContext | None = None
        self.namespace: dict[str, Any] | None = None  # the globals of an inlined frame

    def copy(self) -> Frame:
        frame = Frame(self.normal, self.context, self.func, self.locals, self.stack)
        frame.offset, frame.return_offset, frame.return_action = self.offset, self.return_offset, self.return_action
        frame.recorded, frame.namespace = self.recorded, self.namespace
        return frame

    def key(self) -> tuple[int, ...]:
        """The inlining context for dictionaries, by identity."""
        return tuple([part for offset, code in self.context for part in (offset, id(code))])


class State:
    """Everything the builder knows at one point. Only its methods change slots, so that `uses` stays right."""

    __slots__ = ("frames", "uses", "refs", "types", "payload", "box", "synced", "names", "pending", "version", "renamed", "chars")

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.uses: dict[Value, int] = {}  # how many slots (and virtuals' fields) show it
        self.refs: dict[Value, str] = {}
        self.types: dict[Value, type] = {}  # exact type
        self.payload: dict[Value, Value] = {}  # boxed -> unboxed
        self.box: dict[Value, Value] = {}  # unboxed -> boxed, while the box is in a slot or owned
        self.synced: tuple[Value | None, ...] = ()  # per slot of the outermost frame: the value it physically holds
        self.names: dict[str, tuple[Value, bool]] = {}  # module-level code: name -> (value, dirty)
        self.pending: list[Value] = []
        self.version = 0  # counts changes of ownership
        self.chars: dict[Value, Value] = {}  # a str of one character -> its code point
        self.renamed: dict[Value, Value] = {}  # virtual -> the same one with a field replaced, or its object

    def copy(self) -> State:
        new = State.__new__(State)
        new.frames = [frame.copy() for frame in self.frames]
        new.uses = self.uses.copy()
        new.refs = self.refs.copy()
        new.types = self.types.copy()
        new.payload = self.payload.copy()
        new.box = self.box.copy()
        new.synced = self.synced
        new.names = self.names.copy()
        new.pending = self.pending.copy()
        new.version = self.version
        new.renamed = self.renamed.copy()
        new.chars = self.chars.copy()
        return new

    def current(self, value: Value) -> Value:
        """The virtual object as it stands now, after replacements of its fields."""
        while value in self.renamed:
            value = self.renamed[value]
        return value

    # -- slots --------------------------------------------------------------------------------------------------------
    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def retain(self, value: Value | None) -> None:
        if value is None or isinstance(value, Const):
            return
        count = self.uses.get(value, 0)
        self.uses[value] = count + 1
        if not count and isinstance(value, Virtual):
            for field in value.fields:
                self.retain(field)

    def release(self, value: Value | None) -> None:
        """A slot no longer shows the value: the last one gone, an owned value becomes pending."""
        if value is None or isinstance(value, Const):
            return
        count = self.uses[value] - 1
        if count:
            self.uses[value] = count
            return
        del self.uses[value]
        if isinstance(value, Virtual):
            for field in let_go(value.kind, value.fields):
                self.release(field)
        elif self.refs.get(value) is OWNED:
            self.pending.append(value)

    def push(self, value: Value | None) -> None:
        self.retain(value)
        self.frame.stack += (value,)

    def peek(self, depth: int = 1) -> Value | None:
        return self.frame.stack[-depth]

    def pop(self) -> Value | None:
        """Takes the top of the stack; the caller must `release` it (or put it elsewhere with `move_to_local`)."""
        frame = self.frame
        value = frame.stack[-1]
        frame.stack = frame.stack[:-1]
        return value

    def popn(self, count: int) -> list[Value | None]:
        if not count:
            return []
        frame = self.frame
        values = list(frame.stack[-count:])
        frame.stack = frame.stack[:-count]
        return values

    def set_local(self, slot: int, value: Value | None) -> Value | None:
        """Stores into a local of the innermost frame; gives the old value, which the caller must release."""
        self.retain(value)
        frame = self.frame
        old = frame.locals[slot]
        frame.locals = frame.locals[:slot] + (value,) + frame.locals[slot + 1:]
        return old

    def replace(self, old: Value, new: Value) -> None:
        """Shows `new` wherever `old` was shown (slots, virtuals, names, synced). The knowledge is the caller's business."""
        count = self.uses.pop(old, 0)
        memo: dict[int, Value] = {}
        kept = 0  # uses as a plain number, where a box is of no use

        def one(value: Value | None) -> Value | None:
            nonlocal kept
            if value is old:
                return new
            if isinstance(value, Virtual):
                found = memo.get(id(value))
                if found is None:
                    raw = RAW_FIELDS.get(value.kind, 0) if new.type is OBJ else 0
                    kept += sum([field is old for index, field in enumerate(value.fields) if raw >> index & 1])
                    fields = tuple([field if raw >> index & 1 else one(field) for index, field in enumerate(value.fields)])
                    found = value
                    if any(a is not b for a, b in zip(fields, value.fields, strict=True)):
                        found = Virtual(value.kind, fields)
                        if value in self.uses:
                            self.uses[found] = self.uses.pop(value)
                            self.renamed[value] = found
                    memo[id(value)] = found
                return found
            return value

        for frame in self.frames:
            frame.locals = tuple([one(value) for value in frame.locals])
            frame.stack = tuple([one(value) for value in frame.stack])
            frame.func = one(frame.func)
        for name, (value, dirty) in self.names.items():
            self.names[name] = (one(value), dirty)  # type: ignore[assignment]
        self.synced = tuple([new if value is old else value for value in self.synced])
        self.pending = [new if value is old else value for value in self.pending]
        if kept:
            self.uses[old] = kept
        if not isinstance(new, Const):
            if isinstance(new, Virtual) and new not in self.uses:
                for field in new.fields:
                    self.retain(field)
            if count > kept:
                self.uses[new] = self.uses.get(new, 0) + count - kept
        if isinstance(old, Virtual):
            for field in old.fields:
                self.release(field)

    # -- references ---------------------------------------------------------------------------------------------------
    def own(self, value: Value) -> None:
        self.refs[value] = OWNED
        self.version += 1

    def disown(self, value: Value) -> None:
        self.refs.pop(value, None)
        self.version += 1

    def owned(self) -> frozenset[Value]:
        return frozenset([value for value, status in self.refs.items() if status is OWNED])

    def type_of(self, value: Value | None) -> type | None:
        """The exact type if it is known."""
        if value is None:
            return None
        if value.type is OBJ:
            if isinstance(value, Const):
                kind = type(value.value)
                return kind if stays(kind) else self.types.get(value)
            if isinstance(value, Virtual):
                return VIRTUAL_TYPES.get(value.kind)
            return self.types.get(value)
        return UNBOXED_TYPES[value.type]

    # -- snapshots ----------------------------------------------------------------------------------------------------
    def frame_states(self) -> FrameState:
        """The chain of frames as they stand."""
        parent: FrameState | None = None
        for depth, frame in enumerate(self.frames):
            locals = frame.locals
            if not depth:
                synced = self.synced
                locals = tuple([SYNCED if value is not None and synced[i] is value else value for i, value in enumerate(locals)])
            parent = FrameState(frame.normal.code, frame.offset, locals, frame.stack, parent, frame.func,
                                frame.return_offset, frame.return_action)
        assert parent is not None
        return parent

    def dirty_names(self) -> tuple[tuple[str, Value], ...]:
        return tuple([(name, value) for name, (value, dirty) in self.names.items() if dirty])


#: virtual kind -> bit mask of the fields that are plain i64 numbers
RAW_FIELDS = {"range": 7, "range_iter": 7, "range_iter_down": 7, "list_iter": 2, "tuple_iter": 2, "reversed_list": 2, "str_iter": 2,
              "enumerate": 2, "list_slice": 14, "generator": 4, "running": 1}
UNBOXED_TYPES: dict[Any, type] = {I64: int, F64: float, I1: bool}
VIRTUAL_TYPES: dict[str, type] = {
    "tuple": tuple, "dict": dict, "list": list, "list_slice": list, "range": range, "range_iter": type(iter(range(0))),
    "range_iter_down": type(iter(range(0))), "list_iter": type(iter([])), "tuple_iter": type(iter(())),
    "enumerate": enumerate, "zip": zip, "method": type(State().copy), "slice": slice,
    "reversed_list": type(reversed([])),
    "function": FunctionType, "generator": GeneratorType, "running": GeneratorType, "str_iter": type(iter("")),
}
