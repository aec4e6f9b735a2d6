"""`jitney bench`: chooses programs and interpreters, measures them with a progress bar, prints the table."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .. import __version__
from ..bench import measure as measuring
from ..bench import table as tables
from ..bench.measure import Interpreter, Settings
from ..bench.programs import BenchError, Program, find, known
from ..bench.results import FORMAT, Results


def main(programs: tuple[str, ...], list_programs: bool, quick: bool, rounds: int | None, warm_up: float | None, python: str | None,
         pypy: bool | None, control: bool, output: str | None, compare: str | None, show: str | None, markdown: bool,
         timeout: int) -> int:  # fmt: skip
    """The exit status: 1 when something failed under Jitney that did not fail without, 2 when nothing could be measured."""
    errors = Console(stderr=True)
    if list_programs:
        for group, names in known().items():
            print(f"{group}: {' '.join(names)}")
        return 0
    try:
        before = Results.load(compare) if compare else None
        if show:
            results = Results.load(show)
        else:
            settings = Settings.quick() if quick else Settings()
            settings = dataclasses.replace(settings, timeout=float(timeout), rounds=rounds or settings.rounds,
                                           warm_time=settings.warm_time if warm_up is None else warm_up)
            chosen = find(programs)
            interpreters = _interpreters(python, pypy if pypy is not None else not quick, required=bool(pypy), control=control)
            if not interpreters[1].about["enabled"]:
                why = interpreters[1].about["reason"]
                errors.print(f"jitney: {why}. Its column will show plain CPython.", style="yellow", highlight=False, markup=False,
                             soft_wrap=True)
            results = _measure(chosen, interpreters, settings, errors)
            if output:
                results.save(output)
    except BenchError as error:
        errors.print(f"jitney: bench: {error}", highlight=False, markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        return 130
    if markdown:
        print(tables.markdown(results, before))
    else:
        console = Console()
        if not console.is_terminal:
            console = Console(width=150)
        if results.names:
            console.print(tables.table(results, before))
        for line in tables.remarks(results):
            console.print(line, highlight=False, markup=False)
    return int(any(results.error(name, "jitney") and not results.error(name, "plain") for name in results.names))


def _interpreters(python: str | None, with_pypy: bool, *, required: bool, control: bool) -> list[Interpreter]:
    plain = measuring.plain(python)
    if plain.about["implementation"] != "cpython":
        raise BenchError(f"{plain.executable} is {plain.about['implementation']}, not CPython; --pypy measures PyPy")
    if not measuring.ask(plain.executable, "import importlib.util as u, json; print(json.dumps(u.find_spec('pyperf') is not None))"):
        raise BenchError(f"pyperf is not installed for {plain.executable}; {plain.executable} -m pip install 'jitney[bench]'")
    found = [plain, measuring.jitney(plain.executable)]
    other = measuring.pypy() if with_pypy else None
    if other is not None:
        found.append(other)
    elif required:
        raise BenchError("there is no pypy3 on the path")
    return [*found, dataclasses.replace(plain, name=measuring.CONTROL)] if control else found


def _measure(programs: list[Program], interpreters: list[Interpreter], settings: Settings, errors: Console) -> Results:
    data: dict[str, Any] = {
        "format": FORMAT,
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "machine": measuring.machine(),
        "settings": dataclasses.asdict(settings),
        "interpreters": {one.name: {"executable": one.executable, **one.about} for one in interpreters},
        "programs": {},
    }
    data["interpreters"]["jitney"].setdefault("version", __version__)
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=errors, transient=True, disable=not errors.is_terminal,
    )  # fmt: skip
    with progress:
        task = progress.add_task("", total=len(programs) * settings.rounds)

        def begin(program: Program, number: int) -> None:
            progress.update(task, description=program.name, completed=len(data["programs"]) * settings.rounds + number)

        results = Results(data)
        for program, figures in measuring.measure(programs, interpreters, settings, begin):
            data["programs"][program.name] = figures
            if not errors.is_terminal and program.kind != "import":
                errors.print(_line(results, program.name), highlight=False, markup=False)
    return results


def _line(results: Results, name: str) -> str:
    parts = [f"{name}: CPython {results.error(name, 'plain') or tables.seconds(results.steady(name, 'plain'))}"]
    for other in results.others:
        ratio = results.ratio(name, other)
        parts.append(f"{tables.TITLES[other]} {results.error(name, other) or tables.ratio_text(ratio.value if ratio else None) + ' x'}")
    return ", ".join(parts)


