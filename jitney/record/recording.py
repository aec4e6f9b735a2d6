"""A `Recording` digests raw logs of the C recorder (docs/internals.md, section 2) into observations.

An observation belongs to an instruction in an *inlining context*: the path of ``(call offset, callee code)`` pairs from the code where
recording began. Contexts form a tree. Logs can be added at any time; those that began inside an inlined frame come with its path.

    recording = Recording(code, header)
    recording.add(log)
    recording.at((), 42).successors      # IdentityCounter({44: 3, 60: 1})

Everything is counted by identity and never by `==`: comparing the program's classes could run the program's code. Memory is bounded, and
nothing of the program is kept alive but types, functions, modules and code objects; these, too, only until the recording is put to `rest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any

from jitney import _runtime
from jitney.bytecode import normalise

Path = tuple[tuple[int, CodeType], ...]
LogEntry = tuple[int, CodeType, int, tuple[Any, ...], int]

LOCALS = -1
"""The offset of a log entry that holds a frame's locals and stack."""

MAX_KINDS = 8
MAX_CONTEXTS = 512

FRAME_ENDS = frozenset({"RETURN_VALUE", "YIELD_VALUE", "RETURN_GENERATOR"})


def identity(thing: Any) -> Any:
    """A key that is the same for the same recorded operand: what is inside tuples is told apart by identity, numbers and texts by value."""
    if type(thing) is tuple:
        return tuple(map(identity, thing))
    if type(thing) is int or type(thing) is str:
        return thing
    return ("id", id(thing))


class IdentityCounter[T]:
    """Like `collections.Counter`, by identity, for at most `limit` different things; more are only counted, in `other`."""

    __slots__ = ("_counts", "_things", "limit", "other")

    def __init__(self, limit: int = MAX_KINDS) -> None:
        self.limit = limit
        self.other = 0
        self._things: dict[Any, T] = {}
        self._counts: dict[Any, int] = {}

    def add(self, thing: T, count: int = 1) -> None:
        key = identity(thing)
        if key in self._counts:
            self._counts[key] += count
        elif len(self._counts) < self.limit:
            self._things[key] = thing
            self._counts[key] = count
        else:
            self.other += count

    def merge(self, other: IdentityCounter[T]) -> None:
        for thing, count in other.items():
            self.add(thing, count)
        self.other += other.other

    def items(self) -> list[tuple[T, int]]:
        return [(thing, self._counts[key]) for key, thing in self._things.items()]

    def rest(self) -> None:
        for key, thing in self._things.items():
            self._things[key] = loosened(thing)

    def wake(self) -> None:
        """What is dead was not seen."""
        things, counts = self._things, self._counts
        self._things, self._counts = {}, {}
        for key, thing in things.items():
            try:
                self._add_known(tightened(thing), counts[key])
            except ReferenceError:
                pass

    def _add_known(self, thing: T, count: int) -> None:
        key = identity(thing)
        self._things[key] = thing
        self._counts[key] = count

    def most_common(self, n: int | None = None) -> list[tuple[T, int]]:
        return sorted(self.items(), key=lambda item: -item[1])[:n]

    def total(self) -> int:
        return sum(self._counts.values()) + self.other

    def only(self) -> T | None:
        """The one thing seen, if there was but one."""
        if len(self._things) == 1 and not self.other:
            return next(iter(self._things.values()))
        return None

    def __getitem__(self, thing: T) -> int:
        return self._counts.get(identity(thing), 0)

    def __contains__(self, thing: object) -> bool:
        return identity(thing) in self._counts

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._things.values()))

    def __len__(self) -> int:
        return len(self._things)

    def __repr__(self) -> str:
        counts = ", ".join(f"{thing!r}: {count}" for thing, count in self.items())
        return f"IdentityCounter({{{counts}}}{f', other {self.other}' if self.other else ''})"


def kind_of(entry: Any) -> type | None:
    """The type of an operand as it was recorded; None: there was none."""
    kind: type | None = int if entry == "bigint" else entry[0] if type(entry) is tuple else entry
    return kind


class Observation:
    """What was seen at one instruction in one context."""

    __slots__ = ("callees", "count", "ends", "entered", "operands", "same_operands", "same_successor", "seen", "seen_raw", "successor",
                 "successors")

    def __init__(self) -> None:
        self.count = 0
        self.ends = False  # whether the frame does, after the instruction
        # While a log is gone through, what was seen here last, as the log has it and as it is kept, and how often, not counted yet.
        self.seen_raw: Any = None
        self.seen: tuple[Any, ...] = ()
        self.same_operands = 0
        self.successor = LOCALS
        self.same_successor = 0
        self.entered: IdentityCounter[int] = IdentityCounter(64)  # of a loop header: successors when it was not come to from its loop
        self.operands: IdentityCounter[tuple[Any, ...]] = IdentityCounter()
        self.successors: IdentityCounter[int] = IdentityCounter(64)
        self.callees: IdentityCounter[CodeType] = IdentityCounter()

    def see(self, raw: Any) -> None:
        """An execution with these operands, as the log has them: mostly what the one before had."""
        if self.seen_raw is None or not is_same(self.seen_raw, raw):
            if self.same_operands:
                self.operands.add(self.seen, self.same_operands)
                self.same_operands = 0
            self.seen_raw, self.seen = raw, _kept(_revived(raw))
        self.same_operands += 1
        self.count += 1

    def go_on(self, successor: int) -> None:
        if successor != self.successor:
            if self.same_successor:
                self.successors.add(self.successor, self.same_successor)
                self.same_successor = 0
            self.successor = successor
        self.same_successor += 1

    def settle(self) -> None:
        """Counts what is not counted yet."""
        if self.same_operands:
            self.operands.add(self.seen, self.same_operands)
        if self.same_successor:
            self.successors.add(self.successor, self.same_successor)
        self.same_operands = self.same_successor = 0
        self.seen_raw, self.seen = None, ()

    def merge(self, other: Observation) -> None:
        self.count += other.count
        self.ends = self.ends or other.ends
        for own, its in ((self.operands, other.operands), (self.successors, other.successors), (self.callees, other.callees),
                         (self.entered, other.entered)):
            own.merge(its)  # type: ignore[arg-type]

    @property
    def other(self) -> int:
        """How often the operands were none of those in `operands`."""
        return self.operands.other

    def __repr__(self) -> str:
        return f"Observation({self.count} times, operands {self.operands}, successors {self.successors}, callees {self.callees})"


class Context:
    """A place in the tree of inlined calls: `code` called at `call_offset` of `parent`."""

    __slots__ = ("call_offset", "children", "code", "depth", "normal", "observations", "parent")

    def __init__(self, code: CodeType, parent: Context | None = None, call_offset: int = -1) -> None:
        self.code: Any = code
        self.parent = parent
        self.call_offset = call_offset
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.normal: Any = normalise(code)
        self.children: dict[tuple[int, int], Context] = {}  # by call offset and the code's identity
        self.observations: dict[int, Observation] = {}

    @property
    def path(self) -> Path:
        return () if self.parent is None else (*self.parent.path, (self.call_offset, self.code))

    def child(self, call_offset: int, code: CodeType) -> Context | None:
        return self.children.get((call_offset, id(code)))

    def at(self, offset: int) -> Observation | None:
        return self.observations.get(offset)

    def rest(self) -> None:
        self.code = _runtime.loosen(self.code)
        self.normal = None
        for observation in self.observations.values():
            observation.operands.rest()
            observation.callees.rest()
        for child in self.children.values():
            child.rest()
            child.parent = None  # no cycle: it would last until the collector is through with the oldest objects

    def wake(self) -> bool:
        """False: its code is dead."""
        code = self.code()
        if code is None:
            return False
        self.code, self.normal = code, normalise(code)
        for observation in self.observations.values():
            observation.operands.wake()
            observation.callees.wake()
        for key in [key for key, child in self.children.items() if not child.wake()]:
            del self.children[key]
        for child in self.children.values():
            child.parent = self
        return True

    def __iter__(self) -> Iterator[Context]:
        """This context and all below it."""
        yield self
        for child in self.children.values():
            yield from child

    def __repr__(self) -> str:
        return f"<Context {' > '.join(code.co_qualname for _, code in self.path) or self.code.co_qualname}>"


class _Frame:
    """A frame that the log is going through: its context and the instruction seen last, not yet counted."""

    __slots__ = ("before", "context", "ended", "last", "observation", "operands")

    def __init__(self, context: Context) -> None:
        self.context = context
        self.before = LOCALS  # the instruction before the last one
        self.last = LOCALS
        self.ended = False
        self.observation: Observation | None = None
        self.operands: Any = ()  # as the log has them

    def finish(self) -> None:
        """Count the last instruction: no more of it will come."""
        if self.observation is not None:
            self.observation.see(self.operands)
            self.observation = None


class Recording:
    """All that was recorded for one hot place: the loop header `offset` of `code`, or the function's start (0)."""

    __slots__ = ("_contexts", "code", "dropped", "entry_types", "logs", "offset", "passes", "resting", "resume_types", "root")

    def __init__(self, code: CodeType, offset: int) -> None:
        self.code: Any = code
        self.offset = offset
        self.resting = False
        self.root = Context(code)
        self.entry_types: list[IdentityCounter[Any]] = []
        self.resume_types: dict[tuple[Context, int], list[IdentityCounter[Any]]] = {}
        self.logs = 0
        self.passes = 0
        self.dropped = 0
        self._contexts = 1

    @classmethod
    def of_callee(cls, code: CodeType, contexts: Iterable[Context]) -> Recording:
        """What was recorded of the function in these contexts of another recording, as its own."""
        new = cls(code, 0)
        first = new.root.normal.instrs[0].offset
        for context in contexts:
            new.logs += 1
            new._merge(new.root, context)
        seen = new.root.observations.get(first)
        new.passes = seen.count if seen is not None else new.logs
        return new

    def _merge(self, into: Context, context: Context) -> None:
        for offset, observation in context.observations.items():
            own = into.observations.get(offset)
            if own is None:
                own = into.observations[offset] = Observation()
            own.merge(observation)
        for (call_offset, _), child in context.children.items():
            own_child = self._child(into, call_offset, child.code)
            if own_child is not None:
                self._merge(own_child, child)

    # --- between two uses

    def rest(self) -> None:
        """Keeps nothing of the program alive until `wake`."""
        if self.resting:
            return
        self.resting = True
        self.root.rest()
        self.code = self.root.code
        for counters in (self.entry_types, *self.resume_types.values()):
            for counter in counters:
                counter.rest()

    def wake(self) -> bool:
        """Without what is dead by now. False: its own code is."""
        if not self.resting:
            return True
        if not self.root.wake():
            return False
        self.resting = False
        self.code = self.root.code
        for counters in (self.entry_types, *self.resume_types.values()):
            for counter in counters:
                counter.wake()
        for key in [key for key in self.resume_types if type(key[0].code) is not CodeType]:
            del self.resume_types[key]
        self._contexts = sum([1 for _ in self.root])
        return True

    # --- asking

    def at(self, context: Path | Context, offset: int) -> Observation | None:
        found = context if isinstance(context, Context) else self.context(context)
        return None if found is None else found.observations.get(offset)

    def context(self, path: Path) -> Context | None:
        node: Context | None = self.root
        for call_offset, code in path:
            if node is None:
                return None
            node = node.child(call_offset, code)
        return node

    def contexts(self) -> Iterator[Context]:
        return iter(self.root)

    def is_recursive(self) -> bool:
        """Whether a call of the same code was recorded within it."""
        return sum([context.code is self.code for context in self.root]) > 1

    def codes(self) -> list[CodeType]:
        """Every code object that was recorded, each once."""
        return list({id(context.code): context.code for context in self.root}.values())

    def things(self) -> list[Any]:
        """The classes, functions, modules and the like that were operands, each once."""
        found: dict[int, Any] = {}
        pending: list[Any] = [operands for context in self.root for observation in list(context.observations.values())
                              for operands in observation.operands]
        pending += [thing for counter in self.entry_types for thing in counter]
        while pending:
            thing = pending.pop()
            if type(thing) is tuple:
                pending.extend(thing)
            elif thing is not None:
                found[id(thing)] = thing
        return list(found.values())

    def __len__(self) -> int:
        """How many instructions were seen, each context's counted apart."""
        return sum(len(context.observations) for context in self.root)

    def __repr__(self) -> str:
        return f"<Recording {self.code.co_qualname}@{self.offset}, {self.logs} logs, {len(self)} observations>"

    # --- adding

    def add(self, log: Iterable[LogEntry], prefix: Path = (), depth: int | None = None) -> None:
        """Digest a raw log. `prefix` is the context of the frame where it began, which it calls depth 0, or `depth`."""
        self.logs += 1
        base = self._grow(prefix)
        if base is None:
            return
        above = len(prefix) - depth if depth is not None else len(prefix)
        frames = [_Frame(context) for context in _ancestry(base)]
        locals_entry: Any = None
        codes: dict[int, Any] = {}  # by their references' ids
        touched: list[Observation] = []
        try:
            for level, reference, offset, operands, _flags in log:
                level += above
                if level < 0:
                    break  # execution left the code where recording began
                if offset == LOCALS:
                    locals_entry = operands
                    continue
                code = codes.get(id(reference))
                if code is None:
                    try:
                        code = codes[id(reference)] = _runtime.tighten(reference)
                    except ReferenceError:
                        continue  # a callee that is dead
                frame = self._frame_at(frames, level, code)
                if frame is None:
                    self.dropped += 1
                    continue
                start = frame.context.normal.start_of(offset)
                if locals_entry is not None:
                    self._note_locals(frame.context, start, _revived(locals_entry))
                    locals_entry = None
                self._step(frame, start, offset, operands, touched)
            for frame in frames:
                frame.finish()
        finally:
            for observation in touched:
                observation.settle()
        if locals_entry is not None:  # the log ends where the loop is closed
            self._note_locals(base, self.offset, _revived(locals_entry))

    def _step(self, frame: _Frame, start: int, offset: int, operands: Any, touched: list[Observation]) -> None:
        if start == frame.last and offset != start:
            frame.operands = operands  # the same instruction again, seen behind its prefix
            return
        context, last = frame.context, frame.observation
        if last is not None:
            last.go_on(start)
            if frame.before < frame.last and frame.last in context.normal.loops:
                last.entered.add(start)
        frame.finish()
        observation = context.observations.get(start)
        if observation is None:
            observation = context.observations[start] = Observation()
            observation.ends = context.normal.parts(start)[-1].op in FRAME_ENDS
        if observation.seen_raw is None:
            touched.append(observation)
        frame.before, frame.last, frame.ended = frame.last, start, observation.ends
        frame.observation, frame.operands = observation, operands
        if start == self.offset and context is self.root:
            self.passes += 1

    def _frame_at(self, frames: list[_Frame], level: int, code: CodeType) -> _Frame | None:
        """The frame that an entry at `level` belongs to; `frames` is brought up to date. None: memory is used up, or the log is odd."""
        while len(frames) > level + 1:
            frames.pop().finish()
        if len(frames) == level + 1:
            frame = frames[level]
            if frame.context.code is code and not (frame.ended and level > 0):
                return frame
            if level == 0:
                return None
            frames.pop().finish()  # C code called again without an instruction of the caller between
        if len(frames) != level or frames[-1].last == LOCALS:
            return None
        caller = frames[-1]
        context = self._child(caller.context, caller.last, code)
        if context is None:
            return None
        if caller.observation is not None:
            caller.observation.callees.add(code)
        frame = _Frame(context)
        frames.append(frame)
        return frame

    def _child(self, context: Context, call_offset: int, code: CodeType) -> Context | None:
        child = context.child(call_offset, code)
        if child is None and self._contexts < MAX_CONTEXTS:
            child = context.children[call_offset, id(code)] = Context(code, context, call_offset)
            self._contexts += 1
        return child

    def _grow(self, path: Path) -> Context | None:
        node: Context | None = self.root
        for call_offset, code in path:
            if node is None:
                return None
            node = self._child(node, call_offset, code)
        return node

    def _note_locals(self, context: Context, offset: int, values: Sequence[Any]) -> None:
        if context is self.root and offset == self.offset:
            counters = self.entry_types
        else:
            counters = self.resume_types.setdefault((context, offset), [])
        while len(counters) < len(values):
            counters.append(IdentityCounter())
        for counter, value in zip(counters, _kept(values), strict=False):
            counter.add(value)


def _ancestry(context: Context) -> list[Context]:
    above = [] if context.parent is None else _ancestry(context.parent)
    return [*above, context]


_templates: dict[tuple[int, int], Any] = {}  # weak references to these, as below
_by_id: dict[int, Any] = {}


def template(code: CodeType, namespace: dict[str, Any]) -> FunctionType:
    """What stands for every closure of the code: a function without defaults, whose cells are empty."""
    key = id(code), id(namespace)
    known = _templates.get(key)
    found = None if known is None else known()
    if found is None or found.__code__ is not code or found.__globals__ is not namespace:
        if len(_by_id) > 1000:
            for dead in [number for number, known in _by_id.items() if known() is None]:
                del _by_id[dead]
            for gone in [pair for pair, known in _templates.items() if known() is None]:
                del _templates[gone]
        found = FunctionType(code, namespace, None, None, tuple([CellType() for _ in code.co_freevars]))
        _by_id[id(found)] = _templates[key] = _runtime.loosen(found)
    return found


def is_template(thing: object) -> bool:
    known = _by_id.get(id(thing))
    return known is not None and known() is thing


def loosened(thing: Any) -> Any:
    """What was recorded, without keeping it alive; a template as the logs have it."""
    if type(thing) is tuple:
        for operand in thing:
            if type(operand) is tuple and operand and operand[0] is FunctionType and is_template(operand[1]):
                return _runtime.loosen(tuple([_untemplated(operand) for operand in thing]))
    return _runtime.loosen(thing)


def tightened(thing: Any) -> Any:
    """The other way round. Raises ReferenceError."""
    thing = _runtime.tighten(thing)
    return _kept(thing) if type(thing) is tuple else thing


def revived(log: Iterable[Any]) -> list[LogEntry]:
    """A log without weak references; what is dead was not seen."""
    entries: list[LogEntry] = []
    for entry in log:
        try:
            entries.append(_runtime.tighten(entry))
        except ReferenceError:
            try:
                code = _runtime.tighten(entry[1])
            except ReferenceError:
                continue  # a callee
            entries.append((entry[0], code, entry[2], _revived(entry[3]), entry[4]))
    return entries


def is_same(one: Any, other: Any) -> bool:
    """Whether two tuples of operands, as logs have them, have the same things in them."""
    if len(one) != len(other):
        return False
    for number in range(len(one)):
        own, its = one[number], other[number]
        if own is not its and not (type(own) is tuple and type(its) is tuple and is_same(own, its)):
            return False
    return True


def _revived(operands: Any) -> tuple[Any, ...]:
    """Operands without weak references."""
    try:
        found: tuple[Any, ...] = _runtime.tighten(operands)
        return found
    except ReferenceError:
        return tuple([_living(operand) for operand in operands])


def _living(operand: Any) -> Any:
    """The operand; where it is dead, something that nothing is."""
    try:
        return _runtime.tighten(operand)
    except ReferenceError:
        return _living(operand[0]) if type(operand) is tuple else _runtime.Region


def _untemplated(operand: Any) -> Any:
    if type(operand) is tuple and operand and operand[0] is FunctionType and is_template(operand[1]):
        return FunctionType, (operand[1].__code__, operand[1].__globals__)
    return operand


def _kept(operands: Sequence[Any]) -> tuple[Any, ...]:
    """The operands with nothing in them that keeps a value of the program alive."""
    for operand in operands:
        if type(operand) is tuple and operand and operand[0] in (BuiltinFunctionType, FunctionType):
            return tuple(map(_kept_operand, operands))
    return tuple(operands)


#: whatever a metaclass says
_mro, _namespace = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__


def _kept_operand(operand: Any) -> Any:
    """A bound method of a built-in type holds its object: it becomes the method descriptor and the object's type, as with other methods."""
    if type(operand) is tuple and operand[0] is FunctionType and type(operand[1]) is tuple:
        return FunctionType, template(*operand[1])
    if type(operand) is not tuple or operand[0] is not BuiltinFunctionType or type(operand[1]) is not BuiltinFunctionType:
        return operand
    function = operand[1]
    owner = function.__self__
    if owner is None or issubclass(type(owner), ModuleType) or issubclass(type(owner), type):
        return operand
    for base in _mro(type(owner)):
        method = _namespace(base).get(function.__name__)
        if method is not None:
            return (BuiltinFunctionType, (method, type(owner)))
    return BuiltinFunctionType
