"""`--stats`: what was compiled and what it did, as tables on stderr and as JSON. Renders the dict that `jitney.stats()` returns."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

from .. import config as configuration
from ..reasons import describe
from ..reasons import hint as hint_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..config import Config

MOST_ROWS = 25


def write(figures: dict[str, Any], config: Config) -> None:
    """Called at exit: never raises into the user's program's last moments."""
    if config.stats_json:
        try:
            import json

            with open(configuration.expand(config.stats_json), "w", encoding="utf-8") as file:
                json.dump(figures, file, indent=1)
                file.write("\n")
        except OSError as error:
            configuration.say(f"stats_json: {error}")
    if config.stats and sys.stderr is not None:
        try:
            from rich.console import Console
        except ImportError:
            configuration.say("the table of statistics needs rich; use stats_json, or python -m pip install rich")
            return
        try:
            show(figures, Console(stderr=True, width=None if sys.stderr.isatty() else int(os.environ.get("COLUMNS", "140"))))
        except Exception as error:  # a closed stderr, figures that do not follow the table: no reason to end with a traceback
            with contextlib.suppress(OSError, ValueError):
                configuration.say(f"the table of statistics could not be shown: {type(error).__name__}: {error}")


def show(figures: dict[str, Any], console: Console) -> None:
    console.print(f"\n[bold]Jitney {figures['version']}[/bold], Python {figures['python']}: {summary(figures)}", highlight=False)
    console.print(_times(figures), highlight=False)
    hints: dict[str, None] = {}
    for table in (_regions(figures, wide=console.width >= 120), _exits(figures, hints), _given_up(figures, hints)):
        if table.row_count:
            console.print(table)
    if hints:
        console.print("[bold]What you can do[/bold]")
        for hint in hints:
            console.print(f"  {hint}", highlight=False, markup=False)


def summary(figures: dict[str, Any]) -> str:
    counts = [
        (len(figures["regions"]), "region"),
        (figures["compilations"], "compilation"),
        (figures["recordings"], "recording"),
        (figures["entries"] or sum(region["entries"] for region in figures["regions"]), "entry"),
        (figures["exits"], "exit"),
        (figures["invalidated"], "invalidation"),
    ]
    return ", ".join(f"{count:,} {_plural(noun, count)}" for count, noun in counts)


def _plural(noun: str, count: int) -> str:
    if count == 1:
        return noun
    return {"entry": "entries"}.get(noun, noun + "s")


def _seconds(value: float) -> str:
    if value == 0:
        return "-"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms" if value >= 1e-3 else f"{value * 1e6:.0f} µs"


def _times(figures: dict[str, Any]) -> str:
    return "time: " + ", ".join(f"{name} {_seconds(value)}" for name, value in figures["seconds"].items() if value) if any(
        figures["seconds"].values()
    ) else "time: nothing measured"  # fmt: skip


def _table(title: str, *columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        if column.startswith(">"):
            table.add_column(column[1:], justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def _short(where: str) -> str:
    """`file:line function` with the file relative to the working directory, where that is shorter."""
    path, separator, rest = where.partition(":")
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return where
    for prefix in sys.path:
        if prefix and path.startswith(prefix.rstrip("/") + "/") and len(path) - len(prefix) < len(relative):
            relative = path[len(prefix.rstrip("/")) + 1 :]
    return (relative if len(relative) < len(path) and not path.startswith("<") else path) + separator + rest


def _more(table: Table, total: int) -> None:
    if total > MOST_ROWS:
        table.caption = f"and {total - MOST_ROWS} more; stats_json has them all"


def _regions(figures: dict[str, Any], wide: bool) -> Table:
    heads = ["where", "kind", ">versions", ">bytes", ">entries", ">exits", ">compiling"]
    table = _table("Regions", *heads, *([">in LLVM", ">ops", ">LLVM instr."] if wide else []))
    regions = sorted(figures["regions"], key=lambda region: (-region["entries"], region["where"]))
    for region in regions[:MOST_ROWS]:
        seconds = region["seconds"]
        total = sum(value for name, value in seconds.items() if name not in ("machine", "recording"))
        row = [
            _short(region["where"]), region["kind"], f"{region['versions']}", f"{region['bytes']:,}", f"{region['entries']:,}",
            f"{sum(leave['count'] for leave in region['exits']):,}", _seconds(total),
        ]  # fmt: skip
        if wide:
            row += [_seconds(seconds["llvm"]), f"{region['ops']:,}", f"{region['llvm_instructions']:,}"]
        table.add_row(*row)
    _more(table, len(regions))
    return table


def _exits(figures: dict[str, Any], hints: dict[str, None]) -> Table:
    table = _table("Exits", "region", "goes on at", "reason", ">guard", ">count", "compiled since")
    exits = [(leave, region) for region in figures["regions"] for leave in region["exits"] if leave["count"]]
    exits.sort(key=lambda pair: -pair[0]["count"])
    for leave, region in exits[:MOST_ROWS]:
        _, _, function = region["where"].partition(" ")
        table.add_row(
            function or _short(region["where"]), _short(leave["line"]), describe(leave["reason"], leave["detail"]),
            str(leave["guard"]), f"{leave['count']:,}", "yes" if leave["compiled"] else "",
        )  # fmt: skip
        hint = hint_of(leave["reason"])
        if hint and not leave["compiled"]:
            hints[f"{_short(leave['line'])}: {hint}"] = None
    _more(table, len(exits))
    return table


def _given_up(figures: dict[str, Any], hints: dict[str, None]) -> Table:
    table = _table("Tried and not compiled", "where", "reason", ">count", "for good")
    rows = sorted(figures["given_up"], key=lambda row: -row["count"])
    for row in rows[:MOST_ROWS]:
        table.add_row(_short(row["where"]), describe(row["reason"], row["detail"]), f"{row['count']:,}", "yes" if row["final"] else "")
        hint = row["hint"] or hint_of(row["reason"])
        if hint:
            hints[f"{_short(row['where'])}: {hint}"] = None
    _more(table, len(rows))
    return table
