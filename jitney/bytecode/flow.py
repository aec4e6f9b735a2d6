"""What follows from control flow: stack depths, points where paths meet, natural loops.

The graph's nodes are real instructions, by offset. An instruction that a handler covers has an edge to the handler. A FOR_ITER's edges are
its body and what comes after the loop; the END_FOR between is never run (but by a generator's return in the interpreter's fast path), so
it has a depth and is no node.
"""

from __future__ import annotations

from .normal import UNREACHABLE, BadBytecode, Handler, Instr, Loop, NormalCode
from .opcodes import CALLS, STOPS, STORES_CELL, STORES_NAME, STORES_SLOT, effect

NAMED = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
SINGLETONS = (None, True, False, ..., NotImplemented)


def analyse(normal: NormalCode) -> None:
    """Fill in everything about `normal` that depends on control flow."""
    handlers = _handler_of_each(normal)
    edges = _depths_and_edges(normal, handlers)
    _depths_after_loops(normal)
    normal.max_depth = max((instr.depth for instr in normal.instrs), default=0)
    normal.depths = _depth_table(normal)
    normal.has_calls = any(instr.op in CALLS for instr in normal.instrs)
    normal.identifies = _identifies(normal)
    normal.loops = _loops(normal, edges)
    normal.merge_points = _merge_points(normal, edges)


def _identifies(normal: NormalCode) -> bool:
    """Whether objects that may be numbers are compared by identity: not only with None and the like, which no number is."""
    before: Instr | None = None
    for instr in normal.instrs:
        if instr.op == "IS_OP" and not (before is not None and before.op == "LOAD_CONST" and any(before.arg is one for one in SINGLETONS)):
            return True
        if instr.op in NAMED and "id" in (instr.arg if type(instr.arg) is tuple else (instr.arg,)):
            return True
        before = instr
    return False


def successors(last: Instr) -> tuple[int, ...]:
    """Where execution may go on after a real instruction, given its last part; exceptions aside."""
    if last.op in STOPS:
        return ()
    if last.target is None:
        return (last.next,)
    if last.op == "JUMP":
        return (last.target,)
    return (last.next, last.target)


def _handler_of_each(normal: NormalCode) -> dict[int, Handler]:
    """The handler of each covered offset; the table's rows do not overlap and come in order."""
    covered: dict[int, Handler] = {}
    if normal.handlers:
        for handler in normal.handlers:
            for offset in range(handler.start, handler.end, 2):
                covered.setdefault(offset, handler)
    return covered


def _depths_and_edges(normal: NormalCode, handlers: dict[int, Handler]) -> dict[int, tuple[int, ...]]:
    """Set each reachable `Instr.depth`; the answer maps each reachable offset to its successors, handlers included."""
    instrs, index_of = normal.instrs, normal.index_of
    edges: dict[int, tuple[int, ...]] = {}
    work = [(0, 0)]
    while work:
        offset, depth = work.pop()
        index = index_of.get(offset)
        if index is None:
            raise BadBytecode(f"nothing to run at {offset} in {normal.code.co_qualname}")
        if offset in edges:
            if instrs[index].depth != depth:
                raise BadBytecode(f"depth {depth} or {instrs[index].depth} at {offset} in {normal.code.co_qualname}")
            continue
        while True:
            instr = instrs[index]
            instr.depth = depth
            if depth < 0:
                raise BadBytecode(f"negative depth at {offset} in {normal.code.co_qualname}")
            if index + 1 == len(instrs) or instrs[index + 1].offset != offset:
                break
            depth += effect(instr.op, instr.arg)
            index += 1
        onward = successors(instr)
        for successor in onward:
            taken = successor == instr.target
            work.append((successor, depth + effect(instr.op, instr.arg, taken)))
        handler = handlers.get(offset)
        if handler is not None:
            onward = (*onward, handler.target)
            work.append((handler.target, handler.entry_depth))
        edges[offset] = onward
    return edges


def _depths_after_loops(normal: NormalCode) -> None:
    """The depths of END_FOR and what belongs to it: iterator and value are still on the stack."""
    for instr in normal.instrs:
        if instr.op == "FOR_ITER" and instr.depth >= 0 and instr.target is not None:
            end = normal.index_of[instr.target] - 1
            depth = instr.depth - 1
            while normal.instrs[end].depth < 0:
                depth -= effect(normal.instrs[end].op, normal.instrs[end].arg)
                normal.instrs[end].depth = depth
                if normal.instrs[end].op == "END_FOR":
                    break
                end -= 1


def _depth_table(normal: NormalCode) -> bytes:
    """One byte for each code unit: all units of a real instruction have its depth; 255 for what is unreachable or too deep for a byte."""
    table = bytearray([UNREACHABLE]) * (len(normal.code.co_code) // 2)
    for instr in normal.instrs:
        if instr.part == 0 and 0 <= instr.depth < UNREACHABLE:
            for unit in range(instr.offset // 2, instr.next // 2):
                table[unit] = instr.depth
    return bytes(table)


def _loops(normal: NormalCode, edges: dict[int, tuple[int, ...]]) -> dict[int, Loop]:
    backward: dict[int, list[Instr]] = {}
    for instr in normal.instrs:
        if instr.backward and instr.target is not None and instr.offset in edges:
            backward.setdefault(instr.target, []).append(instr)
    if not backward:
        return {}
    predecessors: dict[int, list[int]] = {}
    for offset, onward in edges.items():
        for successor in onward:
            predecessors.setdefault(successor, []).append(offset)
    loops: dict[int, Loop] = {}
    for header in sorted(backward):
        without = _reachable_without(header, edges)
        jumps = [instr for instr in backward[header] if instr.offset not in without]
        if jumps:
            body = _body(header, jumps, predecessors)
            loop = Loop(header, max(instr.next for instr in jumps), body, normal.at(header).depth)
            _note_stores(loop, normal)
            loops[header] = loop
    return loops


def _reachable_without(header: int, edges: dict[int, tuple[int, ...]]) -> set[int]:
    """What can be reached from the start without passing `header`: the rest is dominated by it."""
    seen: set[int] = {header}
    work = [0]
    while work:
        offset = work.pop()
        if offset not in seen:
            seen.add(offset)
            work.extend(edges[offset])
    seen.discard(header)
    return seen


def _body(header: int, jumps: list[Instr], predecessors: dict[int, list[int]]) -> frozenset[int]:
    body = {header}
    work = [instr.offset for instr in jumps]
    while work:
        offset = work.pop()
        if offset not in body:
            body.add(offset)
            work.extend(predecessors.get(offset, ()))
    return frozenset(body)


def _note_stores(loop: Loop, normal: NormalCode) -> None:
    slots: set[int] = set()
    cells: set[int] = set()
    names: set[str] = set()
    for offset in loop.body:
        for instr in normal.parts(offset):
            if instr.op in STORES_SLOT:
                slots.add(instr.arg)
            elif instr.op in STORES_CELL:
                cells.add(instr.arg)
            elif instr.op in STORES_NAME:
                names.add(instr.arg)
            elif instr.op in CALLS:
                loop.has_calls = True
    loop.stored, loop.stored_cells, loop.stored_names = frozenset(slots), frozenset(cells), frozenset(names)


def _merge_points(normal: NormalCode, edges: dict[int, tuple[int, ...]]) -> frozenset[int]:
    seen: set[int] = {0}  # the function's start is a way in
    merges: set[int] = set(normal.loops)
    for onward in edges.values():
        for successor in onward:
            (merges if successor in seen else seen).add(successor)
    return frozenset(merges)


#: of variables that are looked up by their names
NAME_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL"})


def changing_names(normal: NormalCode, loop: Loop) -> frozenset[str]:
    """The variables of module-level code that are no constants for the loop: it stores them, or loads what a loop around it stores."""
    names = set(loop.stored_names)
    around = [other.stored_names for other in normal.loops.values() if other is not loop and loop.header in other.body]
    if around and not normal.code.co_flags & 0x2:  # not CO_NEWLOCALS
        loaded = {instr.arg if instr.op == "LOAD_NAME" else instr.arg[0]
                  for offset in loop.body for instr in normal.parts(offset) if instr.op in NAME_LOADS}
        for stored in around:
            names |= stored & loaded
    return frozenset(names)
