"""The `jitney` command: its subcommands and their help, by click."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from .. import __version__
from ..config import OPTIONS, Option


class Group(click.Group):
    """Lists the commands in the order in which they are defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jitney", message="%(prog)s %(version)s")
def jitney() -> None:
    """Run Python programs with hot code compiled to machine code.

    \b
    jitney run script.py         instead of  python script.py
    JITNEY=1 python script.py    the same, for any way to start Python
    """


def _click_option(option: Option) -> click.Option:
    help_text = f"{option.help} [{option.environment}]"
    if not option.takes_value:
        return click.Option([f"{option.flag}/--no-{option.flag[2:]}"], default=option.default, help=help_text)
    metavar = {"int": "N", "letters": "LETTERS", "file": "FILE", "names": "NAMES"}.get(option.kind, "|".join(option.choices))
    default = option.text(option.default)
    return click.Option([option.flag], metavar=metavar, help=help_text + (f" Default: {default}." if default else ""))


def show_run_help() -> NoReturn:
    jitney(["run", "--help"], prog_name="jitney")
    sys.exit(0)


# `run` reads its arguments itself (cli/run.py, before click is imported); this is its help.
jitney.add_command(
    click.Command(
        "run",
        params=[_click_option(option) for option in OPTIONS.values()],
        context_settings={"help_option_names": ["-h", "--help"]},
        options_metavar="[OPTIONS]",
        help="Run a program like `python` does, with Jitney on.\n\n"
        "\b\njitney run [OPTIONS] script.py [ARGS]...\njitney run [OPTIONS] -m module [ARGS]...\njitney run [OPTIONS] -c code [ARGS]...\n\n"
        "Jitney's options come before the program, and so do the interpreter's own (-O, -u, -X dev, ...). Each option can also be set "
        "by the environment variable in brackets or in code, jitney.enable(name=value).",
    )
)


@jitney.command()
@click.argument("programs", nargs=-1, metavar="[PROGRAM]...")
@click.option("--list", "list_programs", is_flag=True, help="List the programs known by name.")
@click.option("--quick", is_flag=True, help="Fewer and shorter measurements: rough figures in a tenth of the time.")
@click.option("--rounds", type=click.IntRange(1), help="Processes for each interpreter and program. Default: 3.")
@click.option("--warm-up", type=click.FloatRange(0), metavar="SECONDS",
              help="How long a process runs before its steady values are taken; plain CPython: a quarter. Default: 4; with --quick 0.6.")
@click.option("--python", metavar="PATH", help="CPython to measure, with and without Jitney. Default: this one.")
@click.option("--pypy/--no-pypy", default=None, help="Measure PyPy too. Default: when `pypy3` is on the path and programs are named.")
@click.option("--control", is_flag=True, help="Measure plain CPython twice, to see how far two measurements of the same differ.")
@click.option("--json", "output", type=click.Path(dir_okay=False), help="Write all measurements to this file.")
@click.option("--compare", type=click.Path(exists=True, dir_okay=False), help="Compare with a run saved by --json.")
@click.option("--show", type=click.Path(exists=True, dir_okay=False), help="Measure nothing: show a run saved by --json.")
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
@click.option("--timeout", type=click.IntRange(1), default=300, show_default=True, help="Seconds that one process may take.")
def bench(**options: Any) -> None:
    """Measure programs on plain CPython and under Jitney, side by side.

    A PROGRAM is the name of one of pyperformance's programs, a group (default, pure, apps, all, examples), `nothing_hot`,
    `import_jitney`, or a path to a script. Needs `pip install jitney[bench]`.
    """
    from .bench import main

    sys.exit(main(**options))


@jitney.command()
@click.argument("programs", nargs=-1, metavar="[PROGRAM]...")
@click.option("--python", metavar="PATH", help="CPython to run the programs with. Default: this one.")
@click.option("--seconds", type=float, default=1.5, show_default=True, help="Seconds for which each benchmark is run plainly.")
@click.option("--timeout", type=click.IntRange(1), default=300, show_default=True, help="Seconds that one process may take.")
def check(**options: Any) -> None:
    """Run programs plainly and under Jitney, and compare what they compute.

    A PROGRAM is what `jitney bench` takes, or the group `others`: the rest of pyperformance. Default: all of them. Results, output and exit
    status have to be the same; those that are not even the same in two plain runs are left out. Loops are compiled as soon as they have run
    20 times; set JITNEY_THRESHOLD and the other options in the environment for anything else. Exits with 1 when something differs.
    """
    from .check import main

    sys.exit(main(**options))


@jitney.command()
def status() -> None:
    """Tell whether Jitney can run here, and how it is set up."""
    from .. import config, support

    click.echo(f"jitney {__version__}, Python {sys.version.split()[0]} ({sys.executable})")
    message = support.obstacle(config.resolve().backend)
    click.echo(f"Jitney cannot run here: {message}" if message else "Jitney can run here")
    if not message:
        from ..live import native

        changed = native.stale()
        click.echo(f"the compiler is {native.describe()}" + (f"; {changed} was changed after that. {native.HOW}" if changed else ""))
    switch = config.switch()
    click.echo("JITNEY is " + ("not set: off unless asked for" if switch is None else "on" if switch else "0: off whatever asks"))
    for name, value in config.from_environment().items():
        click.echo(f"  {OPTIONS[name].environment}={OPTIONS[name].text(value)}")
    sys.exit(1 if message else 0)
