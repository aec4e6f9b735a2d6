"""Checks a region's invariants and reports every violation at once, inside the printed region.

    verify(region)      # raises VerificationError

Checked: terminators; definitions dominate uses; number and types of operands by the op's row; snapshots exactly where rows say; edges
match the parameters of
their targets; what snapshots hold; reference accounting (see `references`).
"""

from __future__ import annotations

from .flow import Flow
from .helpers import HELPERS
from .naming import Naming
from .ops import OPS, Row
from .printer import show_with
from .references import RELEASES, Key, edge_needs, gives_owned, is_immortal, key_of, null_on_true, owned_at_entry, released_by
from .types import LETTERS, OBJ, Type
from .values import SYNCED, Block, Const, Op, Param, Region, Snapshot, Value, Virtual
from .virtuals import KINDS

OPTIONAL_ATTRS = frozenset(("reason", "likely", "taken", "native", "moves"))
SIGNATURES: dict[str, tuple[list[Type], Type]] = {
    signature: ([LETTERS[letter] for letter in signature.split("->")[0] if letter != "*"], LETTERS[signature.split("->")[1]])
    for signature in {*(row.signature for row in OPS.values()), *(helper.signature for helper in HELPERS.values())}
}


class VerificationError(Exception):
    """A region breaks the IR's rules; the text is the region with the errors in their places."""

    def __init__(self, text: str, errors: list[str]) -> None:
        super().__init__(text)
        self.errors = errors


def verify(region: Region, built: bool = False) -> None:
    """Raises `VerificationError` unless the region is well formed. `built`: it is as the builder made it, where what has been released is
    not used any more; the optimiser knows what else keeps it alive."""
    checker = _Checker(region)
    checker.check_blocks()
    if not checker.fatal:
        checker.check_uses()
    if not checker.errors:
        checker.check_references()
    if built and not checker.errors:
        checker.check_released()
    if checker.errors:
        text = show_with(region, checker.names, checker.notes)
        raise VerificationError(f"{len(checker.errors)} errors\n{text}", checker.errors)


def needs_snapshot(op: Op) -> bool:
    """Whether the op can leave the region (or needs its frames in place)."""
    row = OPS[op.name]
    if op.name == "call":
        helper = HELPERS[op.attrs["helper"]]
        return helper.raises or helper.maybe or helper.effect == "any"
    return row.guard or row.raises


class _Checker:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.names = Naming.of_region(region)
        self.errors: list[str] = []
        self.notes: dict[Op | Block, list[str]] = {}
        self.fatal = False

    def error(self, where: Op | Block, text: str) -> None:
        self.errors.append(text)
        self.notes.setdefault(where, []).append(text)

    def name(self, value: Value | Key | None) -> str:
        if isinstance(value, tuple):
            return "a constant"
        return "~" if value is SYNCED else self.names.value(value)

    # -- one op at a time ---------------------------------------------------------------------------------------------
    def check_blocks(self) -> None:
        blocks = set(self.region.blocks)
        seen: set[Value] = set()
        if self.region.blocks[0].params:
            self.error(self.region.blocks[0], "the entry block has parameters")
        for block in self.region.blocks:
            for edge in block.edges:
                if edge.block not in blocks:
                    self.fatal = True
                    self.error(block, "an edge leads to a block outside the region")
                elif edge.block is self.region.blocks[0]:
                    self.error(block, "an edge leads to the entry block")
            for value in (*block.params, *block.ops):
                if value in seen:
                    self.error(block, f"{self.name(value)} is defined twice")
                seen.add(value)
            if not block.ops:
                self.fatal = True
                self.error(block, "the block is empty")
            for op in block.ops:
                self.check_op(block, op)

    def check_op(self, block: Block, op: Op) -> None:
        row = OPS.get(op.name)
        if row is None:
            self.error(op, f"there is no op {op.name}")
            return
        if row.terminator != (op is block.ops[-1]):
            self.error(op, "the block does not end in a terminator" if not row.terminator else "a terminator stands inside the block")
        if row.terminator and len(block.edges) != {"jump": 1, "branch": 2, "leave": 0}[op.name]:
            self.error(op, f"{op.name} with {len(block.edges)} edges")
        for attr in row.attrs:
            if attr not in op.attrs and attr not in OPTIONAL_ATTRS:
                self.error(op, f"{attr} is missing")
        for attr in op.attrs:
            if attr not in row.attrs:
                self.error(op, f"{op.name} has no {attr}")
        signature = row.signature
        if op.name == "call":
            helper = HELPERS.get(op.attrs.get("helper", ""))
            if helper is None:
                self.error(op, f"there is no helper {op.attrs.get('helper')}")
                return
            signature = helper.signature
        self.check_signature(op, signature)
        self.check_snapshot_presence(op, row)

    def check_signature(self, op: Op, signature: str) -> None:
        types, result = SIGNATURES[signature]
        if op.type is not result:
            self.error(op, f"the result is {result}, not {op.type}")
        if signature.startswith("*"):
            types = [OBJ] * len(op.args)
        if len(op.args) != len(types):
            self.error(op, f"{len(types)} operands expected, not {len(op.args)}")
        for number, (arg, type) in enumerate(zip(op.args, types, strict=False)):
            if arg.type is not type:
                self.error(op, f"operand {number} ({self.name(arg)}) is {arg.type}, not {type}")
            if isinstance(arg, Virtual) or arg is SYNCED:
                self.error(op, f"operand {number} is not a value")

    def check_snapshot_presence(self, op: Op, row: Row) -> None:
        needed = needs_snapshot(op)
        if needed and op.snapshot is None:
            self.error(op, "the snapshot is missing")
        elif not needed and op.snapshot is not None:
            self.error(op, "a snapshot where none belongs")
        if op.snapshot is not None:
            self.check_snapshot(op, op.snapshot)

    def check_snapshot(self, op: Op, snapshot: Snapshot) -> None:
        for frame in snapshot.frame.chain():
            if (frame.func is None) != (frame.parent is None):
                self.error(op, "the outermost frame has no function, the others have one")
            for slot in () if frame.parent is None else (*frame.stack, *frame.locals):
                if slot is SYNCED:
                    self.error(op, "only slots of the outermost frame can be ~")
            for slot in (*frame.locals, *frame.stack):
                if isinstance(slot, Virtual):
                    self.check_virtual(op, slot)
        values = set(map(key_of, snapshot.values()))
        for value in snapshot.owned:
            if value.type is not OBJ or isinstance(value, Virtual) or value is SYNCED:
                self.error(op, f"{self.name(value)} cannot be owned")
            elif key_of(value) not in values:
                self.error(op, f"the snapshot owns {self.name(value)} but does not use it")
        owned = set(map(key_of, snapshot.owned))
        for value in snapshot.drops:
            if key_of(value) not in owned:
                self.error(op, f"the snapshot drops {self.name(value)} but does not own it")

    def check_virtual(self, op: Op, virtual: Virtual) -> None:
        row = KINDS.get(virtual.kind)
        if row is None:
            self.error(op, f"there is no virtual {virtual.kind}")
            return
        fields = row[1]
        if fields != ("*",) and len(fields) != len(virtual.fields):
            self.error(op, f"{virtual.kind} has {len(fields)} fields, not {len(virtual.fields)}")
        for field in virtual.fields:
            if field is SYNCED:
                self.error(op, "a virtual's field cannot be ~")
            elif isinstance(field, Virtual):
                self.check_virtual(op, field)

    # -- definitions and uses -----------------------------------------------------------------------------------------
    def check_uses(self) -> None:
        flow = Flow(self.region)
        place: dict[Value, tuple[Block, int]] = {}
        for block in self.region.blocks:
            for param in block.params:
                place[param] = (block, -1)
            for index, op in enumerate(block.ops):
                place[op] = (block, index)
        for block in flow.order:
            for index, op in enumerate(block.ops):
                for value in (*op.args, *(op.snapshot.values() if op.snapshot else ())):
                    self.check_use(flow, place, block, index, op, value)
            last = block.ops[-1]
            for edge in block.edges:
                if len(edge.args) != len(edge.block.params):
                    target = self.names.block(edge.block)
                    self.error(last, f"{len(edge.args)} arguments for {len(edge.block.params)} parameters of {target}")
                for param, arg in zip(edge.block.params, edge.args, strict=False):
                    if arg.type is not param.type:
                        self.error(last, f"argument {self.name(arg)} for {self.name(param)} is {arg.type}, not {param.type}")
                    if isinstance(arg, Virtual) or arg is SYNCED:
                        self.error(last, f"the argument for {self.name(param)} is not a value")
                    else:
                        self.check_use(flow, place, block, len(block.ops), last, arg)

    def check_use(self, flow: Flow, place: dict[Value, tuple[Block, int]], block: Block, index: int, op: Op, value: Value) -> None:
        if not isinstance(value, (Op, Param)):
            if not isinstance(value, Const):
                self.error(op, "an operand is not a value")
            return
        where = place.get(value)
        if where is None:
            self.error(op, f"{self.name(value)} is not defined in the region")
        elif where[0] is block:
            if where[1] >= index:
                self.error(op, f"{self.name(value)} is used before its definition")
        elif where[0] not in flow.number or not flow.dominates(where[0], block):
            self.error(op, f"{self.name(value)} is not defined on every path to here")

    # -- references ---------------------------------------------------------------------------------------------------
    def check_references(self) -> None:
        entry = owned_at_entry(self.region)
        flow = Flow(self.region)
        first = self.region.blocks[0]
        for key in entry[first]:
            self.error(first, f"{self.name(key)} is released but was never owned")
        uncounted = self.uncounted(entry)
        for block in flow.order:
            owned = set(entry[block])
            for op in block.ops:
                self.check_release(op, owned, uncounted)
            if op.name == "leave":
                continue
            null = null_on_true(op.args[0]) if op.name == "branch" else None
            for number, edge in enumerate(block.edges):
                needs = edge_needs(edge, entry[edge.block])
                target = self.names.block(edge.block)
                held = owned - {null[0]} if null and null[1] == number else owned
                for key in needs - held - uncounted:
                    self.error(op, f"{self.name(key)} is not owned on the edge to {target}, which releases it")
                for key in held - needs - uncounted:
                    self.error(op, f"{self.name(key)} leaks: it is owned on the edge to {target}, which never releases it")
                self.check_double_transfer(op, edge.args, edge.block, entry[edge.block])

    def check_released(self) -> None:
        """In each block: what an op made and another released is in no snapshot after it, nor an operand, unless a frame has it."""
        for block in self.region.blocks:
            made: set[Value] = set()
            released: set[Value] = set()
            for op in block.ops:
                shown = set(op.args)
                if op.snapshot is not None:
                    shown.update(op.snapshot.values())
                for value in shown & released:
                    self.error(op, f"{self.name(value)} is used, but it has been released")
                if op.name == "frame_store":
                    made.discard(op.args[0])
                elif op.name in RELEASES and op.args[0] in made:
                    released.add(op.args[0])
                if gives_owned(op):
                    made.add(op)

    def uncounted(self, entry: dict[Block, set[Key]]) -> set[Key]:
        """The constants whose references do not matter, or of which there are several: an edge may hand over more than this sees, and a
        loop's variable that is one in each round gets the next reference before it lets go of the last."""
        found = [value for op in self.region.ops() for value in (*op.args, *(op.snapshot.owned if op.snapshot else ()))]
        found += [value for block in self.region.blocks for edge in block.edges for value in edge.args]
        uncounted = {key_of(value) for value in found if is_immortal(value)}
        for block in self.region.blocks:
            taken = set(entry[block])
            for op in block.ops:
                if op.name == "incref" and isinstance(op.args[0], Const):
                    key = key_of(op.args[0])
                    (uncounted if key in taken else taken).add(key)
        return uncounted

    def check_double_transfer(self, op: Op, args: list[Value], block: Block, entry: set[Key]) -> None:
        given: set[Key] = {key for key in entry if key not in block.params}
        for param, arg in zip(block.params, args, strict=False):
            if param in entry:
                if key_of(arg) in given and not isinstance(arg, Const):  # of a constant there is a reference for each parameter
                    self.error(op, f"{self.name(arg)} is handed over twice on the edge to {self.names.block(block)}")
                given.add(key_of(arg))

    def check_release(self, op: Op, owned: set[Key], uncounted: set[Key]) -> None:
        released = released_by(op)
        for key in released:
            if key not in owned and key not in uncounted:
                self.error(op, f"{self.name(key)} is released but not owned")
            owned.discard(key)
        snapshot = op.snapshot
        if snapshot is not None:
            optional: Key | None = None
            if op.name in ("guard_true", "guard_false"):
                null = null_on_true(op.args[0])
                if null is not None and null[1] == (op.name == "guard_true"):
                    optional = null[0]
            handed = set(map(key_of, snapshot.owned))
            for key in handed - owned - uncounted:
                if key not in released:
                    self.error(op, f"the snapshot hands over {self.name(key)}, which is not owned here")
                else:
                    self.error(op, f"the snapshot hands over {self.name(key)}, which this op releases")
            for key in owned - handed - uncounted:
                if key != optional:
                    self.error(op, f"{self.name(key)} leaks on leaving: it is owned here, but the snapshot does not own it")
        if op.name == "incref":
            key = key_of(op.args[0])
            if key in owned and not isinstance(op.args[0], Const):
                self.error(op, f"{self.name(op.args[0])} is owned already")
            owned.add(key)
        elif gives_owned(op):
            owned.add(op)
