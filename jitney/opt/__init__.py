"""The optimiser: one pass a file, one ordered table, one driver."""

from .driver import PASSES, optimise, run_passes

__all__ = ["PASSES", "optimise", "run_passes"]
