"""`jitney check`: runs programs plainly and under Jitney, and tells whether they computed the same."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..bench import check as checking
from ..bench import measure as measuring
from ..bench.check import Verdict
from ..bench.programs import BenchError, checkable

STYLES = {"same": "green", "differs": "bold red", "could not run": "yellow"}


def main(programs: tuple[str, ...], python: str | None, seconds: float, timeout: int) -> int:
    """The exit status: 1 when something differs, 2 when nothing could be checked."""
    errors = Console(stderr=True)
    try:
        chosen = checkable(programs)
        plain = measuring.plain(python)
        jitney = measuring.jitney(plain.executable)
        if not jitney.about["enabled"]:
            raise BenchError(f"{jitney.about['reason']}: there is nothing to compare with")
        verdicts = []
        for verdict in checking.check(chosen, plain, jitney, checking.Settings(seconds, float(timeout))):
            verdicts.append(verdict)
            errors.print(line(verdict), highlight=False, markup=False, soft_wrap=True)
    except BenchError as error:
        errors.print(f"jitney: check: {error}", highlight=False, markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        return 130
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    console.print(table(verdicts))
    count = {outcome: sum(verdict.outcome == outcome for verdict in verdicts) for outcome in STYLES}
    console.print(", ".join(f"{count[outcome]} {outcome}" for outcome in STYLES), highlight=False)
    if count["differs"]:
        return 1
    return 0 if count["same"] else 2


def line(verdict: Verdict) -> str:
    return f"{verdict.program}: {verdict.outcome}" + (f": {verdict.detail}" if verdict.detail else "")


def table(verdicts: list[Verdict]) -> Table:
    result = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("program", "outcome"):
        result.add_column(head, no_wrap=True)
    for head in ("results", "varying", "regions", "entered"):
        result.add_column(head, justify="right", no_wrap=True)
    result.add_column("what", overflow="fold")
    for one in verdicts:
        values = (one.compared, one.varying, one.regions, one.entered)
        figures = [f"{value:,}" if one.outcome != "could not run" else "" for value in values]
        result.add_row(one.program, f"[{STYLES[one.outcome]}]{one.outcome}", *figures, escape(one.detail))
    return result
