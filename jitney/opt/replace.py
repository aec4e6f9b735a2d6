"""Replacing values by others throughout a region: operands, edges, snapshots.

    replaced = {o3: o1}
    replace_all(region, replaced)      # every use of o3 is one of o1 now

Chains (a to b, b to c) are followed. Snapshots and frame states that do not change are kept as they are, shared ones stay shared.
"""

from __future__ import annotations

from collections.abc import Iterable

from jitney.ir.values import Edge, FrameState, Op, Region, Snapshot, Value, Virtual

Replaced = dict[Value, Value]


def resolve(replaced: Replaced, value: Value) -> Value:
    """What the value is replaced by in the end."""
    while value in replaced:
        value = replaced[value]
    return value


class Replacer:
    """Applies one set of replacements; `in_snapshots` gives values that are replaced in snapshots only, by what nobody owns."""

    def __init__(self, replaced: Replaced, in_snapshots: Replaced | None = None) -> None:
        self.replaced = replaced
        self.unowned: Replaced = in_snapshots or {}
        self.slots: Replaced = replaced if in_snapshots is None else {**replaced, **in_snapshots}
        self._snapshots: dict[int, tuple[Snapshot, Snapshot]] = {}
        self._frames: dict[int, FrameState] = {}
        self._virtuals: dict[int, tuple[Virtual, Virtual]] = {}

    def op(self, op: Op) -> None:
        replaced = self.replaced
        args = op.args
        for index, arg in enumerate(args):
            if arg in replaced:
                args[index] = resolve(replaced, arg)
        if op.snapshot is not None:
            op.snapshot = self.snapshot(op.snapshot)

    def edges(self, edges: Iterable[Edge]) -> None:
        replaced = self.replaced
        for edge in edges:
            args = edge.args
            for index, arg in enumerate(args):
                if arg in replaced:
                    args[index] = resolve(replaced, arg)

    def slot(self, value: Value | None) -> Value | None:
        slots = self.slots
        while value in slots:
            value = slots[value]
        if isinstance(value, Virtual):
            return self.virtual(value)
        return value

    def virtual(self, virtual: Virtual) -> Virtual:
        done = self._virtuals.get(id(virtual))
        if done is None:
            fields = tuple(map(self.slot, virtual.fields))
            new = virtual if fields == virtual.fields else Virtual(virtual.kind, fields)
            done = self._virtuals[id(virtual)] = (virtual, new)
        return done[1]

    def slots_of(self, values: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
        slots = self.slots
        for value in values:
            if value in slots or type(value) is Virtual:
                new = tuple(map(self.slot, values))
                return values if new == values else new
        return values

    def frame(self, frame: FrameState) -> FrameState:
        done = self._frames.get(id(frame))
        if done is None:
            parent = frame.parent and self.frame(frame.parent)
            locals, stack, func = self.slots_of(frame.locals), self.slots_of(frame.stack), self.slot(frame.func)
            if parent is frame.parent and locals is frame.locals and stack is frame.stack and func is frame.func:
                done = frame
            else:
                done = FrameState(frame.code, frame.offset, locals, stack, parent, func, frame.return_offset, frame.return_action)
            self._frames[id(frame)] = done
        return done

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        done = self._snapshots.get(id(snapshot))
        if done is None:
            done = self._snapshots[id(snapshot)] = (snapshot, self._snapshot(snapshot))
        return done[1]

    def _snapshot(self, snapshot: Snapshot) -> Snapshot:
        frame = self.frame(snapshot.frame)
        drops = snapshot.drops
        if drops:
            drops = tuple(resolve(self.replaced, value) for value in drops if value not in self.unowned)
        names = snapshot.names and tuple((name, self.slot(value) or value) for name, value in snapshot.names)
        owned = snapshot.owned
        if not owned.isdisjoint(self.slots):
            owned = frozenset(resolve(self.replaced, value) for value in owned if value not in self.unowned)
        if frame is snapshot.frame and drops == snapshot.drops and names == snapshot.names and owned is snapshot.owned:
            return snapshot
        return Snapshot(frame, snapshot.kind, owned, names, drops, snapshot.stands_at, snapshot.reason)


def replace_all(region: Region, replaced: Replaced, in_snapshots: Replaced | None = None) -> None:
    """Applies the replacements everywhere."""
    if not replaced and not in_snapshots:
        return
    replacer = Replacer(replaced, in_snapshots)
    for block in region.blocks:
        for op in block.ops:
            replacer.op(op)
        replacer.edges(block.edges)
