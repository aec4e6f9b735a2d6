"""The table of a run: in the terminal and as Markdown."""

from __future__ import annotations

from rich import box
from rich.table import Table

from .measure import CONTROL
from .results import Results

TITLES = {"jitney": "Jitney", "pypy": "PyPy", "plain": "CPython", CONTROL: "CPython again"}


def seconds(value: float | None) -> str:
    if value is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value / size < 999.5 else f"{value / size:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


def ratio_text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def columns(results: Results, compare: Results | None) -> list[str]:
    heads = ["program", "CPython"]
    for other in results.others:
        title = TITLES.get(other, other)
        heads += [f"{title} ×", "spread"] if other == CONTROL else [title, f"{title} ×", "spread", "first run ×", "warm-up"]
    if compare is not None:
        heads += ["before ×", "change"]
    return heads


def rows(results: Results, compare: Results | None) -> list[list[str]]:
    found = []
    for name in results.names:
        row = [name, results.error(name, "plain") or seconds(results.steady(name, "plain"))]
        for other in results.others:
            ratio = results.ratio(name, other)
            steady = [ratio_text(ratio.value if ratio else None), f"{ratio_text(ratio.low)}–{ratio_text(ratio.high)}" if ratio else ""]
            if other == CONTROL:
                row += steady
            elif results.error(name, other):
                row += [f"failed: {results.error(name, other)}", "", "", "", ""]
            else:
                row += [seconds(results.steady(name, other)), *steady, ratio_text(results.first_ratio(name, other)),
                        seconds(results.warmup(name, other))]
        if compare is not None:
            row += _change(results, compare, name)
        found.append(row)
    return found


def _change(results: Results, compare: Results, name: str) -> list[str]:
    old, new = compare.ratio(name, "jitney"), results.ratio(name, "jitney")
    if old is None or new is None:
        return ["", ""]
    change = new.value / old.value
    clear = new.low > old.high or new.high < old.low  # the spreads do not overlap
    return [ratio_text(old.value), f"{(change - 1) * 100:+.0f} %" if clear else f"({(change - 1) * 100:+.0f} %)"]


def geomeans(results: Results, compare: Results | None) -> list[str]:
    row = ["geometric mean", ""]
    for other in results.others:
        mean = ratio_text(results.geomean(other))
        row += [mean, ""] if other == CONTROL else ["", mean, "", ratio_text(results.geomean(other, first=True)), ""]
    if compare is not None:
        old, new = compare.geomean("jitney"), results.geomean("jitney")
        row += [ratio_text(old), f"{(new / old - 1) * 100:+.0f} %" if old and new else ""]
    return row


def remarks(results: Results) -> list[str]:
    """What the table does not say."""
    data = results.data
    machine = data["machine"]
    about = data["interpreters"]
    names = {"plain": "CPython {version}", "pypy": "PyPy {version}", "jitney": "Jitney {version}"}
    lines = [", ".join(names[name].format(**info) for name, info in about.items() if name in names)
             + f"; {machine['processor']}, {machine['processors']} processors; {data['date']}"]  # fmt: skip
    warm = f"{data['settings']['warm_time']:g} s" if "settings" in data else "some seconds"
    lines.append(f"×: times as fast as plain CPython, after {warm} of warm-up. First run: cold, compiling included. "
                 "Warm-up: time to 90 % of the steady speed.")  # fmt: skip
    rounds = data.get("settings", {}).get("rounds")
    if rounds:
        single = "where the median is with 95 % certainty (nothing_hot: of all its processes)."
        lines.append("Spread: " + (single if rounds == 1 else f"of the {rounds} rounds."))
    if not about.get("jitney", {}).get("enabled", True):
        lines.append(f"Jitney was NOT on: {about['jitney'].get('reason')}. Its column shows plain CPython.")
    time = results.import_time()
    if time is not None:
        lines.append(f"import jitney takes {seconds(time)}.")
    nothing = results.ratio("nothing_hot", "jitney") if "nothing_hot" in results.names else None
    if nothing is not None:
        lines.append(f"A program with nothing hot takes {1 / nothing.value:.3f} of its plain time under Jitney.")
    return lines


def table(results: Results, compare: Results | None = None) -> Table:
    result = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=len(results.names) > 1)
    for head, foot in zip(columns(results, compare), geomeans(results, compare), strict=True):
        if head == "program":
            result.add_column(head, foot, no_wrap=True)
        else:
            result.add_column(head, foot, justify="right", style="bold" if head == "Jitney ×" else None)
    for row in rows(results, compare):
        result.add_row(*row)
    return result


def markdown(results: Results, compare: Results | None = None) -> str:
    heads = columns(results, compare)
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(results, compare)]
    if len(results.names) > 1:
        lines.append("| " + " | ".join(f"**{cell}**" if cell else "" for cell in geomeans(results, compare)) + " |")
    return "\n".join([*lines, "", *remarks(results)])
