"""Regions to machine code: `compile(region)`.

    ir.Region ──module.lower──▶ LLVM text, exit blob, constants ──engine──▶ CompiledCode
"""

from __future__ import annotations

from .emit import Guard
from .engine import CompiledCode, Image, compile, load, translate
from .module import ExitPlace, LoweredModule, lower

__all__ = ["CompiledCode", "ExitPlace", "Guard", "Image", "LoweredModule", "compile", "load", "lower", "translate"]
