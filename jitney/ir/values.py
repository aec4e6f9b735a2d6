"""The data structures of the IR: values, ops, snapshots, blocks and regions.

Invariants (the verifier checks them):

* an op *is* its value; a block's parameters take the place of phis;
* an op whose row says ``guard`` or ``raises`` has a snapshot, and no other has one, but for ``leave``;
* a snapshot's values count as uses;
* every block ends in exactly one terminator: ``jump``, ``branch`` or ``leave``.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any, Final

from .types import F64, I1, I64, OBJ, Type


class Value:
    """Something an op can take as an operand."""

    __slots__ = ("type",)
    type: Type

    def __init__(self, type: Type) -> None:
        self.type = type


class Const(Value):
    """A constant: a Python object (OBJ), or an int, float or bool (I64, F64, I1). Use the `const_*` functions."""

    __slots__ = ("value",)

    def __init__(self, type: Type, value: Any) -> None:
        self.type = type
        self.value = value

    def same(self, other: object) -> bool:
        """Whether the two denote the same constant: by identity for objects, by bits for floats."""
        if not isinstance(other, Const) or self.type is not other.type:
            return False
        if self.type is OBJ:
            return self.value is other.value
        if self.type is F64:
            return repr(self.value) == repr(other.value)
        return bool(self.value == other.value)


def const_obj(value: Any) -> Const:
    return Const(OBJ, value)


def const_i64(value: int) -> Const:
    assert -(2**63) <= value < 2**63
    return Const(I64, value)


def const_f64(value: float) -> Const:
    return Const(F64, value)


def const_i1(value: bool) -> Const:
    return Const(I1, bool(value))


class Param(Value):
    """A parameter of a block."""

    __slots__ = ("block",)

    def __init__(self, type: Type, block: Block) -> None:
        self.type = type
        self.block = block


class Op(Value):
    """An operation; `name` is a row of `ops.OPS`, `attrs` its immediate operands (see the row)."""

    __slots__ = ("name", "args", "attrs", "snapshot")

    def __init__(self, name: str, type: Type, args: list[Value], attrs: dict[str, Any] | None = None,
                 snapshot: Snapshot | None = None) -> None:
        self.name = name
        self.type = type
        self.args = args
        self.attrs = attrs or {}
        self.snapshot = snapshot


class Virtual(Value):
    """An object that is not allocated: it exists only in snapshots and in the builder's state.

    `kind` is a row of `virtuals.KINDS`; `fields` are values (also other virtuals).
    """

    __slots__ = ("kind", "fields")

    def __init__(self, kind: str, fields: tuple[Value | None, ...]) -> None:
        self.type = OBJ
        self.kind = kind
        self.fields = fields


class _Synced(Value):
    __slots__ = ()

    def __repr__(self) -> str:
        return "SYNCED"


#: Marks a slot of the outermost frame whose physical content is current.
SYNCED: Final = _Synced(OBJ)

#: Return actions. OPERATOR and CALLED: the operands are still on the stack; with OPERATOR the result may be NotImplemented. ITERATE: the
#: callee is a generator's frame, and the generator is no longer on the stack of the loop that it runs for. NEW: the callee is the `__new__`
#: of the class that is called, the operands are still on the stack, and the result may have to be initialised.
PUSH, INIT, DISCARD, PUSH_BOOL, OPERATOR, CALLED, ITERATE, NEW = 0, 1, 2, 3, 4, 5, 6, 7


class FrameState:
    """One frame of an inlining path at one instruction: immutable; `parent` is its caller's state."""

    __slots__ = ("code", "offset", "locals", "stack", "parent", "func", "return_offset", "return_action")

    def __init__(self, code: CodeType, offset: int, locals: tuple[Value | None, ...], stack: tuple[Value | None, ...],
                 parent: FrameState | None = None, func: Value | None = None,
                 return_offset: int = 0, return_action: int = PUSH) -> None:
        self.code = code
        self.offset = offset
        self.locals = locals
        self.stack = stack
        self.parent = parent
        self.func = func  # the function object of an inlined frame; None for the outermost
        self.return_offset = return_offset  # where this frame goes on when its callee returns
        self.return_action = return_action

    def chain(self) -> list[FrameState]:
        """The frames, outermost first."""
        frames: list[FrameState] = []
        frame: FrameState | None = self
        while frame is not None:
            frames.append(frame)
            frame = frame.parent
        frames.reverse()
        return frames


GUARD, RAISE, RETURN = 0, 1, 2  # kinds of snapshot; RETURN: a function's region ends where the function does


class Snapshot:
    """What the interpreter needs to go on where compiled code leaves.

    `owned` lists the OBJ values whose reference the region hands over; `names` are (name, value) pairs to be written to the
    outermost frame's namespace; `drops` are owned values to release, in order, once the frames are in place (a drop's value is in
    `owned`, too). `stands_at`: the offset at which the innermost frame is seen while references are released, that of the instruction
    which let go of them; -1: where it goes on. `reason` is a key of `jitney.reasons` or a short text.
    """

    __slots__ = ("frame", "kind", "owned", "names", "drops", "stands_at", "reason")

    def __init__(self, frame: FrameState, kind: int = GUARD, owned: frozenset[Value] = frozenset(),
                 names: tuple[tuple[str, Value], ...] = (), drops: tuple[Value, ...] = (), stands_at: int = -1,
                 reason: str = "") -> None:
        self.frame = frame
        self.kind = kind
        self.owned = owned
        self.names = names
        self.drops = drops
        self.stands_at = stands_at
        self.reason = reason

    def values(self) -> Iterator[Value]:
        """Every value the snapshot uses, with repeats; the fields of virtuals instead of the virtuals."""
        pending: list[Value | None] = list(self.drops)
        frame: FrameState | None = self.frame
        while frame is not None:
            pending.extend(frame.locals)
            pending.extend(frame.stack)
            pending.append(frame.func)
            frame = frame.parent
        pending.extend(value for _, value in self.names)
        while pending:
            value = pending.pop()
            if isinstance(value, Virtual):
                pending.extend(value.fields)
            elif value is not None and value is not SYNCED:
                yield value

    def map(self, replace: dict[Value, Value]) -> Snapshot:
        """The same snapshot with values replaced (also inside virtuals, whose identity within the snapshot is kept)."""
        done: dict[int, Virtual] = {}

        def one(value: Value | None) -> Value | None:
            if isinstance(value, Virtual):
                new = done.get(id(value))
                if new is None:
                    fields = tuple(one(field) for field in value.fields)
                    new = value if fields == value.fields else Virtual(value.kind, fields)
                    done[id(value)] = new
                return new
            while value in replace:
                value = replace[value]
            return value

        def frame_of(frame: FrameState | None) -> FrameState | None:
            if frame is None:
                return None
            return FrameState(frame.code, frame.offset, tuple(map(one, frame.locals)), tuple(map(one, frame.stack)),
                              frame_of(frame.parent), one(frame.func), frame.return_offset, frame.return_action)

        frame = frame_of(self.frame)
        assert frame is not None
        return Snapshot(frame, self.kind, frozenset(one(v) for v in self.owned),  # type: ignore[misc]
                        tuple((n, one(v)) for n, v in self.names),  # type: ignore[misc]
                        tuple(one(v) for v in self.drops), self.stands_at, self.reason)  # type: ignore[misc]


class Edge:
    """A jump to a block with the values of its parameters."""

    __slots__ = ("block", "args")

    def __init__(self, block: Block, args: list[Value]) -> None:
        self.block = block
        self.args = args


class Block:
    """A basic block. `where` is for people: "function:offset"; `cold` is a hint for layout."""

    __slots__ = ("params", "ops", "edges", "where", "cold")

    def __init__(self, where: str = "") -> None:
        self.params: list[Param] = []
        self.ops: list[Op] = []  # the last one is the terminator
        self.edges: list[Edge] = []  # of the terminator: none for leave, one for jump, two for branch (true, false)
        self.where = where
        self.cold = False

    def add_param(self, type: Type) -> Param:
        param = Param(type, self)
        self.params.append(param)
        return param


class Region:
    """A graph of blocks with one entry block (without parameters), compiled as one function."""

    __slots__ = ("name", "code", "offset", "blocks", "inline_depth", "dependencies", "callees")

    def __init__(self, name: str, code: CodeType | None = None, offset: int = 0) -> None:
        self.name = name
        self.code = code
        self.offset = offset  # the loop header's or 0
        self.blocks: list[Block] = []  # blocks[0] is the entry
        self.inline_depth = 0
        #: what the region relies on: ("type", T), ("dict", d, key), ("function", f), ...; live.watch enforces it
        self.dependencies: list[tuple[Any, ...]] = []
        #: functions that it calls by `call_function`, which are worth a region of their own
        self.callees: list[FunctionType] = []

    @property
    def entry(self) -> Block:
        return self.blocks[0]

    def ops(self) -> Iterator[Op]:
        for block in self.blocks:
            yield from block.ops


__all__ = [
    "CALLED", "DISCARD", "F64", "GUARD", "I1", "I64", "INIT", "ITERATE", "NEW", "OBJ", "OPERATOR", "PUSH", "PUSH_BOOL", "RAISE", "RETURN",
    "SYNCED", "Block", "Const", "Edge", "FrameState", "Op", "Param", "Region", "Snapshot", "Value", "Virtual",
    "const_f64", "const_i1", "const_i64", "const_obj",
]
