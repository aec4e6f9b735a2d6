"""TABLE of lowerings: for each op of `ir.ops.OPS` the function that writes its LLVM instructions.

A lowering takes the emitter, the op and its operands' LLVM texts, and gives the text of the result (nothing for an op without one):

    @lowers("i64_add")
    def lower_add(emit: Emitter, op: Op, a: str, b: str) -> str:
        return emit.let("add i64 " + a + ", " + b)

Terminators are the driver's business (`module.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.ops import OPS

Lowering = Callable[..., "str | None"]

LOWERINGS: dict[str, Lowering] = {}


def lowers(*names: str) -> Callable[[Lowering], Lowering]:
    """Registers a lowering under the names of its ops."""

    def register(function: Lowering) -> Lowering:
        for name in names:
            assert name in OPS, name
            assert name not in LOWERINGS, name
            LOWERINGS[name] = function
        return function

    return register


def check_complete() -> None:
    """Every op but the terminators has a lowering."""
    missing = [row.name for row in OPS.values() if not row.terminator and row.name not in LOWERINGS]
    assert not missing, missing


__all__: list[Any] = ["LOWERINGS", "Lowering", "check_complete", "lowers"]
