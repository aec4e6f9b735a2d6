"""The emitter: LLVM text of one function, as lists of strings that are joined once.

Operands are texts (``%t7``, ``42``, ``inttoptr (i64 ... to ptr)``). Instructions go to the current block, whose label is `label`; `begin`
starts another one. `guard` is how every op leaves: to the cold block of its snapshot, which is written last (`finish_exits`), with the
guard's number as a phi.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ..ir.types import F64, I1, I64, OBJ, Type
from ..ir.values import RAISE, Const, Op, Param, Snapshot, Value
from .declarations import FUNCTIONS, TOUCHING
from .image import Guard
from .layout import Layout, layout
from .metadata import INVARIANT, LIKELY, TBAA, TOUCHES, UNLIKELY
from .shared import SHARED
from .snapshots import ConstTable, ExitRecord, ExitTable

TYPES = {OBJ: "ptr", I64: "i64", F64: "double", I1: "i1"}

CALL_METADATA = dict.fromkeys(TOUCHING, TOUCHES)


class Emitter:
    """See the module's docstring."""

    __slots__ = ("lines", "prelude", "label", "names", "layout", "consts", "exits", "guards", "declared", "intrinsics", "argv_size",
                 "_count", "_incoming", "_hoisted", "above", "quick", "header", "compact", "shared", "pool", "hints", "_moves",
                 "filled", "force_exits", "needs")

    def __init__(self, quick: bool = False, header: int = 0, compact: bool = False, moves: Callable[[Any], bool] | None = None,
                 force_exits: int = 0) -> None:
        self.force_exits = force_exits  # for tests: about one way out in so many is taken without need
        self._moves = moves  # whether an object will have another address where the code runs
        self.needs: dict[Op, list[Any]] = {}  # what calls need of the constants
        self.hints: list[int] = []  # memory that calls keep, each so many words
        self.pool: list[int] = []  # numbers of such objects: the code finds them in @pool
        self.quick = quick  # code that is to be replaced by better: it is left when it is retired
        self.header = header
        self.filled: set[int] = set()  # slots of the frame that may hold something
        self.compact = compact  # frequent things are done by functions of `shared`
        self.shared: dict[str, None] = {}
        self.lines: list[str] = []
        self.prelude: list[str] = []  # instructions of the entry block
        self.label = "entry"
        self.names: dict[Value, str] = {}
        self.layout: Layout = layout()
        self.consts = ConstTable()
        self.exits = ExitTable(self.consts)
        self.guards: list[Guard] = []
        self.declared: dict[str, None] = {}
        self.intrinsics: dict[str, None] = {}
        self.argv_size = 0
        self._count = 0
        self._incoming: dict[int, list[tuple[int, str]]] = {}  # exit number -> (guard number, label) of those who leave there
        self._hoisted: dict[str, str] = {}
        self.above: list[ExitRecord] = []  # the latest exits of ops that dominate the current point

    # -- texts --------------------------------------------------------------------------------------------------------

    def value(self, value: Value) -> str:
        """A value's operand text."""
        if isinstance(value, Const):
            return self.const(value)
        return self.names[value]

    def const(self, value: Const) -> str:
        if value.type is OBJ:
            return self.object(value.value)
        if value.type is F64:
            return "0x" + struct.pack(">d", value.value).hex().upper()
        if value.type is I1:
            return "true" if value.value else "false"
        return str(value.value)

    def object(self, value: Any) -> str:
        """A pointer to an object that the region keeps alive."""
        number = self.consts.number(value)
        if self._moves is not None and self._moves(value):
            name = "pool" + str(number)
            if name not in self._hoisted:
                self.entry_value(name, ["  %" + name + " = load ptr, ptr getelementptr inbounds (ptr, ptr @pool, i64 " + str(len(self.pool))
                                        + ")" + ("" if self.quick else INVARIANT) + "\n"])
                self.pool.append(number)
            return "%" + name
        return "inttoptr (i64 " + str(id(value)) + " to ptr)"

    def hint(self, words: int = 1) -> str:
        """Memory for one place, zeros at first."""
        self.hints.append(words)
        return "@hint" + str(len(self.hints))

    def fresh(self) -> str:
        self._count += 1
        return "%t" + str(self._count)

    def new_label(self) -> str:
        self._count += 1
        return "c" + str(self._count)

    # -- instructions -------------------------------------------------------------------------------------------------

    def let(self, instruction: str) -> str:
        """Names an instruction's result."""
        name = self.fresh()
        self.lines.append("  " + name + " = " + instruction + "\n")
        return name

    def do(self, instruction: str) -> None:
        self.lines.append("  " + instruction + "\n")

    def address(self, base: str, offset: int) -> str:
        """base + offset bytes."""
        if offset == 0:
            return base
        return self.let("getelementptr inbounds i8, ptr " + base + ", i64 " + str(offset))

    def item_address(self, base: str, type: str, index: str) -> str:
        return self.let("getelementptr inbounds " + type + ", ptr " + base + ", i64 " + index)

    def of(self, memory: str, more: str = "") -> str:
        """What follows a load or store of a memory class of `metadata.CLASSES`. Quick code has no metadata: nothing would read it."""
        return "" if self.quick else TBAA[memory] + more

    def load(self, type: str, base: str, offset: int, memory: str, more: str = "") -> str:
        """The field at a byte offset, of a memory class of `metadata.CLASSES`."""
        return self.let("load " + type + ", ptr " + self.address(base, offset) + self.of(memory, more))

    def store(self, type: str, value: str, base: str, offset: int, memory: str) -> None:
        self.do("store " + type + " " + value + ", ptr " + self.address(base, offset) + self.of(memory))

    def call(self, name: str, *arguments: str) -> str:
        """Calls a row of `declarations.FUNCTIONS`; an argument is "type value"."""
        self.declared[name] = None
        result = FUNCTIONS[name][0].removeprefix("noalias ").removeprefix("nonnull ")
        text = "call " + result + " @jitney_" + name + "(" + ", ".join(arguments) + ")"
        if not self.quick:
            text += CALL_METADATA.get(name, "")
        if result == "void":
            self.do(text)
            return ""
        return self.let(text)

    def call_address(self, address: int, *arguments: str) -> str:
        """Calls a C function that is no helper and gives an object; an argument is "type value"."""
        return self.let("call ptr inttoptr (i64 " + str(address) + " to ptr)(" + ", ".join(arguments) + ") nounwind")

    def call_shared(self, name: str, argument: str) -> str:
        """Calls a function of `shared.SHARED`, or what does the same in C."""
        result, type, functions = SHARED[name]
        if self.quick:
            answer = self.call(name, type + " " + argument)
            return self.let("icmp ne i32 " + answer + ", 0") if result == "i1" else answer
        self.shared[name] = None
        self.declared.update(dict.fromkeys(functions))
        touches = TOUCHES if functions and functions[0] in TOUCHING else ""
        text = "call preserve_mostcc " + result + " @" + name + "(" + type + " " + argument + ")" + touches
        if result == "void":
            self.do(text)
            return ""
        return self.let(text)

    def intrinsic(self, signature: str, *arguments: str) -> str:
        """Calls an LLVM intrinsic: signature as "double @llvm.sqrt.f64(double)"."""
        self.intrinsics[signature] = None
        head = signature[: signature.index("(")]
        return self.let("call " + head + "(" + ", ".join(arguments) + ")")

    # -- control ------------------------------------------------------------------------------------------------------

    def begin(self, label: str) -> None:
        self.lines.append(label + ":\n")
        self.label = label

    def branch(self, condition: str, yes: str, no: str, weights: str = "") -> None:
        ending = "," + weights + "\n" if weights and not self.quick else "\n"
        self.lines.append("  br i1 " + condition + ", label %" + yes + ", label %" + no + ending)

    def jump(self, label: str) -> None:
        self.lines.append("  br label %" + label + "\n")

    def phi(self, type: str, *pairs: tuple[str, str]) -> str:
        return self.let("phi " + type + " " + ", ".join("[ " + value + ", %" + label + " ]" for value, label in pairs))

    # -- leaving ------------------------------------------------------------------------------------------------------

    def exit_of(self, op: Op) -> ExitRecord:
        assert op.snapshot is not None, op.name
        known = len(self.exits.records)
        record = self.exits.record(op.snapshot, self.above)
        if len(self.exits.records) > known:
            self.above.append(record)
        return record

    def new_guard(self, op: Op, exit: int) -> int:
        snapshot = op.snapshot
        assert snapshot is not None
        frame = snapshot.frame
        reason = op.attrs.get("reason") or snapshot.reason
        if not reason and snapshot.kind != RAISE and op.name == "call":
            reason = "lookup"
        self.guards.append(Guard(op.name, str(reason), frame.code.co_filename, line_of(snapshot), exit))
        return len(self.guards) - 1

    def leave_label(self, op: Op) -> str:
        """Where to jump from the current block to leave by the op's snapshot."""
        record = self.exit_of(op)
        incoming = self._incoming.setdefault(record.number, [])
        incoming.append((self.new_guard(op, record.number), self.label))
        return "exit" + str(record.number)

    def guard(self, op: Op, condition: str) -> None:
        """Leaves by the op's snapshot when the condition is false."""
        if condition == "true":
            return
        exit = self.leave_label(op)
        label = self.new_label()
        self.branch(condition, label, exit, LIKELY)
        self.begin(label)

    def at_random(self) -> str:
        """Whether not to leave, though nothing is wrong: false about once in `force_exits` times."""
        return self.call_shared("at_random", str(2**32 // self.force_exits))

    def leave(self, op: Op) -> None:
        """Leaves by the op's snapshot always."""
        self.jump(self.leave_label(op))

    def store_live(self, record: ExitRecord) -> None:
        """Stores all values that an exit record needs."""
        self.store_words(record.everything())

    def store_words(self, pairs: list[tuple[int, Value]]) -> None:
        for k, value in pairs:
            text = self.value(value)
            type = TYPES[value.type]
            if type == "i1":
                text = self.let("zext i1 " + text + " to i64")
                type = "i64"
            self.store(type, text, "%cx", self.layout.cx_values + 8 * k, "values buffer")

    def finish_exits(self) -> None:
        """Writes the cold blocks of all exits. An exit stores what its parent does not, and goes on in the parent's block."""
        children: dict[int, list[tuple[str, str]]] = {}  # exit number -> (number to return, label) of those who go on there
        for record in reversed(self.exits.records):
            number = record.number
            incoming = self._incoming.get(number)
            below = children.get(number, [])
            if not incoming and not below:
                continue
            result = str(number)
            if incoming:
                self.begin("exit" + result)
                if len(incoming) == 1:
                    guard = str(incoming[0][0])
                else:
                    guard = self.phi("i64", *[(str(n), label) for n, label in incoming])
                self.store("i64", guard, "%cx", self.layout.cx_guard, "context")
            if below:
                if incoming:
                    below = [(result, self.label), *below]
                    self.jump("join" + result)
                self.begin("join" + result)
                result = self.phi("i64", *below)
            self.store_words(record.live)
            if record.parent is None:
                self.do("ret i64 " + result)
            else:
                children.setdefault(record.parent.number, []).append((result, self.label))
                self.jump("join" + str(record.parent.number))

    # -- values of the context, loaded in the entry block --------------------------------------------------------------

    def hoisted(self, name: str, base: str, offset: int) -> str:
        """A pointer that does not change while the region runs."""
        text = self._hoisted.get(name)
        if text is None:
            text = self._hoisted[name] = "%" + name
            address = "%" + name + ".at"
            self.prelude.append("  " + address + " = getelementptr inbounds i8, ptr " + base + ", i64 " + str(offset) + "\n")
            self.prelude.append("  " + text + " = load ptr, ptr " + address + self.of("context", INVARIANT) + "\n")
        return text

    def tstate(self) -> str:
        return self.hoisted("tstate", "%cx", self.layout.cx_tstate)

    def interpreter(self) -> str:
        return self.hoisted("interpreter", self.tstate(), self.layout.tstate_interpreter)

    def entry_value(self, name: str, lines: list[str]) -> str:
        """A value computed once on entry; the lines define %name."""
        if name not in self._hoisted:
            self._hoisted[name] = "%" + name
            self.prelude.extend(lines)
        return "%" + name


def line_of(snapshot: Snapshot) -> int:
    """Source line of a snapshot's innermost frame."""
    code, offset = snapshot.frame.code, snapshot.frame.offset
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end:
            return number or line
    return line


def type_text(type: Type) -> str:
    return TYPES[type]


__all__ = ["TYPES", "Emitter", "Param", "UNLIKELY", "line_of", "type_text"]
