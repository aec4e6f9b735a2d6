"""What the manager tells of its work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..lower.image import Guard
from ..reasons import guard_reason
from .numbers import CALLBACK, ENOUGH, INTERPRETED, LONG, PAYS, SPEEDS

if TYPE_CHECKING:
    from .compile import Unit
    from .decisions import Manager

#: exits that are the way out, not something to compile
FINAL_REASONS = frozenset({"loop left", "return"})


def statistics(manager: Manager) -> dict[str, Any]:
    regions = []
    total: dict[str, float] = {}
    entries = exits = 0
    for unit in list(manager.units.values()):
        if not unit.versions:
            continue
        counts = dict(unit.exits_before)
        unit_entries = unit.entries_before
        region = unit.region  # the compile thread may take it away
        if region is not None:
            unit_entries += region.entries
            for number, count in region.guards.items():
                guard = region.data.guards[number]
                key = exit_key(guard)
                counts[key] = counts.get(key, 0) + count
        entries += unit_entries
        exits += sum(counts.values())
        for name, value in unit.seconds.items():
            total[name] = total.get(name, 0.0) + value
        regions.append({
            "where": unit.where, "kind": unit.kind, "versions": unit.versions, "ops": unit.ops,
            "llvm_instructions": unit.compiled.llvm_instructions, "bytes": unit.compiled.code_bytes,
            "entries": unit_entries, "seconds": dict(unit.seconds),
            "exits": [{"guard": index, "line": key[0], "reason": key[1], "detail": key[2], "count": count,
                       "compiled": count == unit.exits_before.get(key)}
                      for index, (key, count) in enumerate(sorted(counts.items(), key=lambda item: -item[1]))],
        })
    return {
        "recordings": manager.recordings, "compilations": manager.compilations, "entries": entries, "exits": exits,
        "invalidated": manager.invalidated, "evicted": manager.room.evicted, "code_bytes": _runtime.code_memory()[0],
        "seconds": total, "regions": sorted(regions, key=lambda entry: -entry["entries"]),
        "given_up": [{"where": where, "reason": reason, "detail": detail, "hint": "", "count": count, "final": False}
                     for (where, reason, detail), count in list(manager.given_up.items())],
    }


def exit_key(guard: Guard) -> tuple[str, str, str]:
    """What the statistics tell of a guard: `file:line`, reason and detail."""
    return f"{guard.where}:{guard.line}", *guard_reason(guard.op, guard.reason)


def show_log(log: list[Any]) -> str:
    lines = []
    for depth, code, offset, operands, flags in log:
        shown = ", ".join(operand.__name__ if isinstance(operand, type) else repr(operand) for operand in operands)
        lines.append(f"{'  ' * depth}{code.co_name}:{offset} {shown}{' *' if flags else ''}")
    return "\n".join(lines)


def is_long_run(unit: Unit) -> bool:
    """Nearly all of the time from back edge to back edge is the loop's, in the interpreter as in the region."""
    return bool(unit.region.ticks > LONG * unit.region.entries)


def saved_in_code(unit: Unit) -> float:
    """Cycles that a unit's present region, which runs for long at once, has saved."""
    region = unit.region
    if region is None or unit.code is None or not is_long_run(unit):
        return 0.0
    _, plain_edges, median_edge = _runtime.pace(unit.code, unit.offset)
    if plain_edges >= ENOUGH:
        unit.gain = uncounted(unit, median_edge) * region.ticks / max(1, region.cycles) - 1
    return float(region.cycles * unit.gain)


def saved_by_trials(unit: Unit) -> float:
    """Cycles that a unit's present region has saved of the time from entry to entry, as far as its trials told. One of them alone tells
    little; and the time is that of other regions, too."""
    region = unit.region
    if region is None or unit.code is None or unit.speed is None or is_long_run(unit):
        return 0.0
    return float(region.pace[0] * min(median(unit.speeds[-SPEEDS:] or [unit.speed]) - PAYS, 1.0))


def median(values: list[float]) -> float:
    ordered = sorted(values)
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2


def uncounted(unit: Unit, cycles: float) -> float:
    """Cycles that a round takes in the interpreter when its back edge is not counted."""
    return max(cycles - CALLBACK, min(cycles, INTERPRETED * unit.instructions))  # a round need not do all that was recorded


def is_improvable(compiled: Any, guard: Guard) -> bool:
    """Whether leaving there may be avoided when the region is compiled again."""
    return (guard.reason not in FINAL_REASONS and not compiled.exits[guard.exit].kind and guard.op not in ("poll", "check_valid")
            and not guard.op.startswith("unsupported") and not guard.reason.startswith("unsupported"))
