"""Regions as readable text, which the parser reads back.

    region "f:12" code=<f> offset=12
    b0():
      o0: obj = frame_local(slot=0) -> f@12[~, _ | ]
      guard_type(o0, type=float) -> f@12[~, _ | ]
      f1: f64 = float_value(o0)
      jump b1(f1)
    b1(f2: f64):  # f:14
      i5: i64 = i64_add_ovf(i4, 1) -> f@12(<f>)[o0, f2 | i4] < g@90>96[_ | o0] owned(o0)
      branch(c6, likely=True) b1(f2) else b2()

A snapshot's frames stand innermost first, each ``code@offset(function)[locals | stack]``; a caller also says where it goes on when its
callee returns
(``>96``, and ``:init`` and the like when the result is not pushed). ``_`` is NULL, ``~`` a slot whose physical content is current;
``kind{fields}`` is a virtual
object, labelled ``#1=`` where the snapshot shows it more than once. ``raise`` marks a snapshot of kind RAISE. Objects are ``<names>``;
`naming.constants_of` gives their table.
"""

from __future__ import annotations

import builtins
from typing import Any

from .naming import Naming, readable_name
from .types import VOID
from .values import PUSH, SYNCED, Block, Edge, FrameState, Op, Region, Snapshot, Value, Virtual

ACTIONS = ("push", "init", "discard", "push_bool", "operator", "called", "iterate", "new")


def show(region: Region) -> str:
    """The region as text."""
    return show_with(region, Naming.of_region(region))


def show_with(region: Region, names: Naming, notes: dict[Op | Block, list[str]] | None = None) -> str:
    """The region as text, with notes under the ops and block headers they belong to (errors, say)."""
    notes = notes or {}
    lines = [_header(region, names)]
    lines += [f"depends({', '.join(show_attr(part, names) for part in dependency)})" for dependency in region.dependencies]
    for block in region.blocks:
        lines.append(show_block_header(block, names))
        lines += [f"    ^ {note}" for note in notes.get(block, ())]
        for op in block.ops:
            lines.append("  " + show_op(op, names, block.edges))
            lines += [f"    ^ {note}" for note in notes.get(op, ())]
    return "\n".join(lines) + "\n"


def _header(region: Region, names: Naming) -> str:
    parts = [f'region "{region.name}"']
    if region.code is not None:
        parts.append(f"code=<{names.object(region.code)}>")
    if region.offset:
        parts.append(f"offset={region.offset}")
    if region.inline_depth:
        parts.append(f"inline_depth={region.inline_depth}")
    return " ".join(parts)


def show_block_header(block: Block, names: Naming) -> str:
    params = ", ".join(f"{names.value(param)}: {param.type}" for param in block.params)
    return f"{names.block(block)}({params}):{' cold' if block.cold else ''}{'  # ' + block.where if block.where else ''}"


def show_op(op: Op, names: Naming, edges: list[Edge] | tuple[Edge, ...] = ()) -> str:
    """One op on one line; `edges` are its block's, shown when it is a jump or a branch."""
    if op.name == "jump" and len(edges) == 1:
        return "jump " + show_edge(edges[0], names)
    operands = [show_value(arg, names) for arg in op.args]
    operands += [f"{key}={show_attr(item, names)}" for key, item in op.attrs.items()]
    text = f"{op.name}({', '.join(operands)})"
    if op.type is not VOID:
        text = f"{names.value(op)}: {op.type} = {text}"
    if op.name == "branch" and len(edges) == 2:
        text += f" {show_edge(edges[0], names)} else {show_edge(edges[1], names)}"
    if op.snapshot is not None:
        text += " -> " + show_snapshot(op.snapshot, names)
    return text


def show_edge(edge: Edge, names: Naming) -> str:
    return f"{names.block(edge.block)}({', '.join(show_value(arg, names) for arg in edge.args)})"


def show_value(value: Value | None, names: Naming) -> str:
    if isinstance(value, Virtual):
        return _show_virtual(value, names, {})
    return "~" if value is SYNCED else names.value(value)


def show_attr(item: Any, names: Naming) -> str:
    """An immediate operand: a literal, a built-in's bare name or an object's name in angle brackets."""
    if item is None or isinstance(item, bool) or type(item) in (int, str):
        return repr(item)
    if isinstance(item, type) and builtins.__dict__.get(readable_name(item)) is item:
        return readable_name(item)
    return f"<{names.object(item)}>"


def show_snapshot(snapshot: Snapshot, names: Naming) -> str:
    labels = _repeated_virtuals(snapshot)
    shown: dict[int, str] = {}

    def one(value: Value | None) -> str:
        if isinstance(value, Virtual):
            return _show_virtual(value, names, labels, shown)
        return show_value(value, names)

    frames: list[str] = []
    frame: FrameState | None = snapshot.frame
    while frame is not None:
        text = f"{names.object(frame.code)}@{frame.offset}"
        if frame is not snapshot.frame:
            text += f">{frame.return_offset}" + ("" if frame.return_action == PUSH else f":{ACTIONS[frame.return_action]}")
        if frame.func is not None:
            text += f"({one(frame.func)})"
        frames.append(f"{text}[{', '.join(map(one, frame.locals))} | {', '.join(map(one, frame.stack))}]")
        frame = frame.parent
    text = ("", "raise ", "return ")[snapshot.kind] + " < ".join(frames)
    if snapshot.owned:
        text += f" owned({', '.join(sorted((one(value) for value in snapshot.owned), key=lambda name: (len(name), name)))})"
    if snapshot.names:
        text += f" names({', '.join(f'{name}={one(value)}' for name, value in snapshot.names)})"
    if snapshot.drops:
        text += f" drops({', '.join(map(one, snapshot.drops))})"
    if snapshot.stands_at >= 0:
        text += f" at {snapshot.stands_at}"
    if snapshot.reason:
        text += f" {snapshot.reason!r}"
    return text


def _show_virtual(virtual: Virtual, names: Naming, labels: dict[int, str], shown: dict[int, str] | None = None) -> str:
    label = labels.get(id(virtual), "")
    if shown is not None and id(virtual) in shown:
        return shown[id(virtual)]
    if label and shown is not None:
        label = shown[id(virtual)] = f"#{len(shown) + 1}"
    fields = ", ".join(_show_virtual(f, names, labels, shown) if isinstance(f, Virtual) else names.value(f) for f in virtual.fields)
    return f"{label}={virtual.kind}{{{fields}}}" if label else f"{virtual.kind}{{{fields}}}"


def _repeated_virtuals(snapshot: Snapshot) -> dict[int, str]:
    seen: set[int] = set()
    repeated: dict[int, str] = {}
    pending: list[Value | None] = [value for _, value in snapshot.names]
    pending.extend(snapshot.drops)
    for frame in snapshot.frame.chain():
        pending.extend((*frame.locals, *frame.stack, frame.func))
    while pending:
        value = pending.pop()
        if isinstance(value, Virtual):
            if id(value) in seen:
                repeated[id(value)] = "#"
            else:
                seen.add(id(value))
                pending.extend(value.fields)
    return repeated
