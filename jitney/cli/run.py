"""`jitney run [options] script.py [args...]`, `-m module`, `-c code`: like `python`, with Jitney on.

The command replaces itself with the same interpreter (`os.execve`), with `JITNEY=1` and the options in the environment; the wheel's
`jitney.pth` turns Jitney on there, before the program starts. So `sys.argv`, `__main__`, `sys.path`, tracebacks, exit status, signals,
stdin and what children inherit are what `python` makes of them, because it is `python` that makes them. Running the program inside
this process would have to imitate all that and would never be done.

Where Jitney is not installed (`python -m jitney` in a source checkout) there is no `jitney.pth`. There `cli/hook/sitecustomize.py` on
PYTHONPATH does its work and then hands over to the user's own `sitecustomize`.

`click` takes 30 ms to import, so this module reads its few arguments itself, from the same table of options that `--help` is made from.
"""

from __future__ import annotations

import os
import sys

from .. import config as configuration
from ..config import OPTIONS, Option
from ..errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")
BY_FLAG: dict[str, tuple[Option, bool]] = {option.flag: (option, True) for option in OPTIONS.values()}
BY_FLAG.update({"--no-" + option.flag[2:]: (option, False) for option in OPTIONS.values() if not option.takes_value})


class Request:
    """What the command line asks for: Jitney's options, the interpreter's, and the program with its arguments."""

    __slots__ = ("help", "options", "program", "python")

    def __init__(self) -> None:
        self.help = False
        self.options: dict[str, Any] = {}
        self.python: list[str] = []
        self.program: list[str] = []


def parse(arguments: list[str]) -> Request:
    """Options come first; the program begins at `-m`, `-c`, `-` or the first argument that is no option.

    Single-dash options other than those are the interpreter's (`-O`, `-u`, `-X dev`).
    """
    request = Request()
    rest = list(arguments)
    while rest:
        argument = rest[0]
        if not argument.startswith("-") or argument[:2] in ("-m", "-c") or argument == "-":
            break
        if argument in ("-h", "--help"):
            request.help = True
            break
        rest.pop(0)
        if argument == "--":
            break
        if argument.startswith("--"):
            _option(request, argument, rest)
        else:
            request.python.append(argument)
            if argument in ("-X", "-W") and rest:
                request.python.append(rest.pop(0))
    request.program = rest
    return request


def _option(request: Request, argument: str, rest: list[str]) -> None:
    name, equals, value = argument.partition("=")
    if name not in BY_FLAG:
        import difflib

        close = difflib.get_close_matches(name, BY_FLAG, 1)
        raise OptionError(f"there is no option {name}" + (f"; did you mean {close[0]}?" if close else "; see jitney run --help"))
    option, positive = BY_FLAG[name]
    if not option.takes_value:
        if equals:
            raise OptionError(f"{name} takes no value")
        request.options[option.name] = positive
        return
    if not equals:
        if not rest:
            raise OptionError(f"{name} wants a value: {option.expects()}")
        value = rest.pop(0)
    try:
        request.options[option.name] = option.check(value)
    except OptionError as error:
        raise OptionError(f"{name} {value}: {str(error).split(': ', 1)[1]}") from None


def own_interpreter_options(orig_argv: list[str], argv: list[str]) -> list[str]:
    """The options in `python -X dev -m jitney run ...`, which hold for the program too. None for the `jitney` script."""
    head = orig_argv[1 : len(orig_argv) - len(argv) + 1]
    if head[-1:] == ["jitney"] and len(head) > 1 and head[-2].startswith("-") and head[-2].endswith("m"):
        head, last = head[:-2], head[-2][:-1]
    elif head and head[-1].startswith("-") and head[-1].endswith("mjitney"):
        head, last = head[:-1], head[-1][: -len("mjitney")]
    else:
        return []
    return head + ([last] if last != "-" else [])


def _has(letters: str, options: list[str]) -> bool:
    return any(option[:1] == "-" and option[:2] not in ("--", "-X", "-W") and any(letter in option for letter in letters)
               for option in options)  # fmt: skip


def installed() -> bool:
    """Whether this interpreter has the wheel's `jitney.pth` where it is read at start-up."""
    import site

    directories = [*site.getsitepackages(), site.getusersitepackages()]
    return any(os.path.exists(os.path.join(directory, "jitney.pth")) for directory in directories)


def environment_for(options: Mapping[str, Any], environ: Mapping[str, str], *, hook: bool) -> dict[str, str]:
    """The environment in which the program is to run. `JITNEY=0` stays: it keeps Jitney off whoever asks."""
    result = {**environ, **configuration.to_environment(options)}
    if configuration.switch(environ) is not False:
        result[configuration.SWITCH] = "1"
    if hook:
        result["PYTHONPATH"] = HOOK + (os.pathsep + environ["PYTHONPATH"] if environ.get("PYTHONPATH") else "")
    return result


def run(arguments: list[str]) -> NoReturn:
    """Become the interpreter that runs the program, or show the help."""
    try:
        request = parse(arguments)
    except OptionError as error:
        configuration.say(f"run: {error}")
        sys.exit(2)
    if request.help:
        from .commands import show_run_help

        show_run_help()
    if not sys.executable:
        configuration.say("run: this interpreter does not know its own path (sys.executable is empty)")
        sys.exit(1)
    python = own_interpreter_options(sys.orig_argv, sys.argv) + request.python
    isolated = _has("EI", python)
    hook = not installed()
    if _has("S", python):
        configuration.say("-S leaves out site, which turns Jitney on. The program runs without Jitney.")
    elif isolated and hook:
        configuration.say("under -E and -I Jitney must be installed (python -m pip install jitney). The program runs without Jitney.")
    elif isolated:
        python = ["-X", "jitney", *python]
    environ = environment_for(request.options, os.environ, hook=hook)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *python, *request.program], environ)
