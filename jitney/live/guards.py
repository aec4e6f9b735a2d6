"""What a region's guards and a recording's log tell."""

from __future__ import annotations

from typing import Any

from ..lower.emit import Guard
from ..reasons import guard_reason

#: exits that are the way out, not something to compile
FINAL_REASONS = frozenset({"loop left", "return"})


def is_improvable(compiled: Any, guard: Guard) -> bool:
    """Whether leaving there may be avoided when the region is compiled again."""
    return (guard.reason not in FINAL_REASONS and not compiled.exits[guard.exit].kind and guard.op not in ("poll", "check_valid")
            and not guard.op.startswith("unsupported") and not guard.reason.startswith("unsupported"))


def exit_key(guard: Guard) -> tuple[str, str, str]:
    """What the statistics tell of a guard: `file:line`, reason and detail."""
    return f"{guard.where}:{guard.line}", *guard_reason(guard.op, guard.reason)


def show_log(log: list[Any]) -> str:
    lines = []
    for depth, code, offset, operands, flags in log:
        shown = ", ".join(operand.__name__ if isinstance(operand, type) else repr(operand) for operand in operands)
        lines.append(f"{'  ' * depth}{code.co_name}:{offset} {shown}{' *' if flags else ''}")
    return "\n".join(lines)
