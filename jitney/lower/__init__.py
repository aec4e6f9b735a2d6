"""Regions to machine code: `compile(region)`.

    ir.Region ──module.lower──▶ LLVM text, exit blob, constants ──engine──▶ CompiledCode
"""

from __future__ import annotations

from .emit import Guard
from .engine import CompiledCode, compile
from .module import LoweredModule, lower

__all__ = ["CompiledCode", "Guard", "LoweredModule", "compile", "lower"]
