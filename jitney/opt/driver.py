"""Runs the passes in order; times, dumps and verifies around each.

    timings = optimise(region, disabled=frozenset({"licm"}), dump=print_title_and_text, verify=True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import NamedTuple

from jitney.ir.printer import show
from jitney.ir.values import Region
from jitney.ir.verifier import verify as verify_region

from .dce import eliminate_dead
from .fold import fold
from .guards import remove_redundant
from .licm import hoist
from .loads import remove_loads
from .params import simplify_params
from .ranges import narrow
from .refcounts import remove_pairs
from .simplify import simplify


class Pass(NamedTuple):
    """One row of PASSES."""

    name: str
    run: Callable[[Region], None]
    doc: str


#: TABLE of passes, in the order of their first run
PASSES: tuple[Pass, ...] = (
    Pass("simplify", simplify, "removes unreachable blocks, merges and skips trivial ones"),
    Pass("params", simplify_params, "removes block parameters that are always the same value or never used"),
    Pass("fold", fold, "computes constants, exact algebra, guards and branches on constants"),
    Pass("guards", remove_redundant, "removes guards and pure ops that an equal one above makes redundant"),
    Pass("loads", remove_loads, "removes loads of what a load or store above already shows"),
    Pass("ranges", narrow, "removes overflow and bounds checks that cannot fail"),
    Pass("licm", hoist, "moves what does not change in a loop before it"),
    Pass("refcounts", remove_pairs, "removes increfs together with the releases that undo them"),
    Pass("dce", eliminate_dead, "removes unneeded ops; what only snapshots show is allocated when leaving"),
)
BY_NAME: dict[str, Pass] = {entry.name: entry for entry in PASSES}
#: what runs, and how often
SCHEDULE: tuple[str, ...] = (
    "simplify", "params", "fold", "guards", "loads", "fold", "guards", "ranges", "fold", "licm", "refcounts", "dce", "simplify", "params")
#: the same for code that may be replaced soon: what pays most
QUICK_SCHEDULE: tuple[str, ...] = ("simplify", "params", "fold", "guards", "loads", "fold", "refcounts", "dce", "simplify")

Dump = Callable[[str, str], None]


def optimise(region: Region, disabled: Iterable[str] = frozenset(), dump: Dump | None = None, verify: bool = False,
             quick: bool = False, checkpoint: Callable[[], None] | None = None) -> dict[str, float]:
    """Runs the schedule (or the quick one) but for `disabled` passes, and `checkpoint` between them; gives the seconds spent in each.
    `dump` gets a title and the region's text after each pass that changed it."""
    return run_passes(region, [name for name in (QUICK_SCHEDULE if quick else SCHEDULE) if name not in disabled], dump, verify,
                      checkpoint)


def run_passes(region: Region, names: Iterable[str], dump: Dump | None = None, verify: bool = False,
               checkpoint: Callable[[], None] | None = None) -> dict[str, float]:
    """Runs the named passes in the order given."""
    timings: dict[str, float] = {}
    before = ""
    if verify:
        verify_region(region)
    if dump is not None:
        before = show(region)
        dump("before optimisation", before)
    for name in names:
        if checkpoint is not None:
            checkpoint()
        start = perf_counter()
        BY_NAME[name].run(region)
        timings[name] = timings.get(name, 0.0) + perf_counter() - start
        if verify:
            verify_region(region)
        if dump is not None:
            after = show(region)
            if after != before:
                dump(f"after {name}", after)
            before = after
    return timings
