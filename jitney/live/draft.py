"""A region from its recording to an object file. Importing this loads the compiler, LLVM and all: some 80 ms, so that it is done where
it is needed, mostly in copies of the process (`remote.py`), beside the program.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable
from typing import Any

from ..ir.printer import show
from ..ir.values import ITERATE, Region
from ..lower.engine import target, translate
from ..lower.layout import layout
from ..opt import optimise
from ..reasons import GiveUp
from ..region import attributes, calls, containers, control, entry, generic, locals, names, numbers, versions  # noqa: F401
from ..region.builder import build_region
from .compile import Draft, Unit
from .services import LiveServices

QUICK = 0  # LLVM's effort for code that may be replaced soon


def make_draft(unit: Unit, namespace: dict[str, Any], services: LiveServices, config: Any, quick: bool,
               check: Callable[[], None] | None = None, moves: Callable[[Any], bool] | None = None) -> Draft:
    """Builds, optimises and translates a region. Raises GiveUp. `check` is called again and again; it may raise, too."""
    clock = time.thread_time
    dumps: list[tuple[str, str]] = []
    started = clock()
    region = build_region(unit.recording, namespace, builtins.__dict__, services, unit.noted(), config.max_region_ops, quick, check)
    if not closes(region, unit):
        raise GiveUp("unlinkable")
    built = clock()
    if "i" in config.dump:
        dumps.append(("IR as built", show(region)))
    if config.check:
        from ..ir.verifier import verify

        verify(region, built=True)
    if check is not None:
        check()
    begun = clock()
    optimise(region, disabled=frozenset(config.disable_passes), verify=config.check > 1, quick=quick, checkpoint=check)
    optimised = clock()
    if "o" in config.dump:
        dumps.append(("IR optimised", show(region)))
    if check is not None:
        check()
    texts = "l" in config.dump or "a" in config.dump
    image = translate(region, min(QUICK, config.llvm_level) if quick else config.llvm_level, texts, check, moves, config.force_exits)
    if "l" in config.dump:
        dumps.append(("LLVM IR optimised", image.texts["optimised"]))
    if "a" in config.dump:
        dumps.append(("assembly", image.texts["assembly"]))
    draft = Draft(image, region.dependencies, region.callees, sum([len(block.ops) for block in region.blocks]))
    draft.seconds = {"building": built - started, "optimising": optimised - begun, "lowering": image.seconds["lower"]}
    draft.dumps = dumps
    draft.beside = image.seconds["beside"]
    return draft


def closes(region: Region, unit: Unit) -> bool:
    """Whether the region can go round its loop, or one in it (or is a whole function). Loops of the generators that it goes through do
    not count: where each of its rounds yields, it is left in each."""
    return not unit.offset or any([op.name == "poll" and not runs_generator(op.snapshot) for op in region.ops()])


def runs_generator(snapshot: Any) -> bool:
    """Whether the innermost frame is that of a generator."""
    caller = snapshot.frame.parent
    return caller is not None and caller.return_action == ITERATE


def make_ready() -> None:
    """What is asked of LLVM and of the C runtime once."""
    layout()
    target()


__all__ = ["make_draft", "make_ready"]
