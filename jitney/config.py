"""TABLE of options. One row is an option's name in code, on the command line and in the environment; its meaning is one.

    jitney.enable(max_log=500)      jitney run --max-log 500 x.py      JITNEY_MAX_LOG=500

Code wins over the command line (which reaches the program as environment), the environment over the default. Bad values in code and
on the command line are errors; in the environment they cost one line on stderr and the default is used. This is the only module
that reads `os.environ`. It needs no third-party module and runs on any Python 3, so that old interpreters get a clear message.
"""

from __future__ import annotations

import os
import sys

from .errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

PREFIX = "JITNEY_"
SWITCH = "JITNEY"
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")

#: What `dump` can show, by letter.
DUMP_LETTERS = {
    "b": "bytecode and what was recorded",
    "i": "the region's IR as it was built",
    "o": "the IR after the optimiser",
    "l": "LLVM IR",
    "a": "assembly",
    "d": "decisions: hot, recorded, compiled, left, given up",
}


class Option:
    """One row of the table. `kind` is one of the keys of `KINDS`."""

    __slots__ = ("choices", "default", "group", "help", "high", "kind", "low", "name")

    def __init__(self, name: str, kind: str, default: Any, help: str, *, group: str,
                 low: int = 0, high: int = 2**31 - 1, choices: Iterable[str] = ()) -> None:  # fmt: skip
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help
        self.group = group
        self.low = low
        self.high = high
        self.choices = tuple(choices)

    @property
    def environment(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def takes_value(self) -> bool:
        return self.kind != "flag"

    def check(self, value: Any) -> Any:
        """The value as the compiler wants it; `OptionError` when it cannot be one. Text is understood as in the environment."""
        try:
            return KINDS[self.kind](self, value)
        except (ValueError, TypeError) as error:
            raise OptionError(f"{self.name}={value!r}: {error}") from None

    def text(self, value: Any) -> str:
        """The value as text that `check` reads back."""
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, (tuple, list)):
            return ",".join(value)
        return str(value)

    def expects(self) -> str:
        """What a value looks like, for help and the reference."""
        if self.kind == "int":
            return f"{self.low} to {self.high}" if self.high < 2**31 - 1 else f"{self.low} or more"
        if self.kind == "letters":
            return "letters of " + "".join(self.choices)
        if self.kind == "choice":
            return " or ".join(self.choices)
        return {"flag": "on or off", "file": "a file name", "names": "names with commas between"}[self.kind]


def _int(option: Option, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"expected a whole number, {option.expects()}")
    try:
        number = int(value)
    except ValueError:
        raise ValueError(f"expected a whole number, {option.expects()}") from None
    if not option.low <= number <= option.high:
        raise ValueError(f"expected {option.expects()}")
    return number


def _flag(option: Option, value: Any) -> bool:
    text = str(value).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE or text == "":
        return False
    raise ValueError("expected 1 or 0")


def _letters(option: Option, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected {option.expects()}")
    for letter in value:
        if letter not in option.choices:
            raise ValueError(f"{letter!r} is none of {', '.join(option.choices)}")
    return "".join(letter for letter in option.choices if letter in value)


def _file(option: Option, value: Any) -> str:
    return os.fspath(value) if value else ""


def _names(option: Option, value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else list(value)
    names = tuple(part.strip() for part in parts if part.strip())
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no name")
    return names


def _choice(option: Option, value: Any) -> str:
    if value not in option.choices:
        raise ValueError(f"expected {option.expects()}")
    return str(value)


KINDS: dict[str, Callable[[Option, Any], Any]] = {
    "int": _int,
    "flag": _flag,
    "letters": _letters,
    "file": _file,
    "names": _names,
    "choice": _choice,
}

OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        # --- when to compile
        Option("threshold", "int", 300, group="when to compile",
               help="Which execution of a loop's back edge or of a function is recorded: 2 the second; 0 and 1 the first."),
        Option("exit_threshold", "int", 100, group="when to compile",
               help="How often compiled code must be left at one place before the path from there is recorded and compiled too."),
        Option("max_attempts", "int", 4, low=1, group="when to compile",
               help="How often recording or building at one place may fail before the place is given up."),
        Option("max_rebuilds", "int", 12, group="when to compile",
               help="How often one region may be compiled again with newly recorded paths."),
        Option("background", "flag", True, group="when to compile",
               help="Compile in a thread of its own while the program goes on; not so with a `threshold` of 2 or less."),
        Option("budget", "int", 5, high=100, group="when to compile",
               help="The most processor time that the compile thread takes, beside a first allowance and a half of what it saved: "
                    "per cent of the time since it began; 0: no limit."),
        # --- limits
        Option("max_log", "int", 8000, low=16, group="limits",
               help="Instructions in one recording."),
        Option("max_passes", "int", 4, low=1, group="limits",
               help="Iterations of a loop in one recording."),
        Option("max_inline_depth", "int", 12, group="limits",
               help="Calls inlined into one another."),
        Option("max_versions", "int", 4, low=1, group="limits",
               help="Versions of one block, by types of its live values, before the general version."),
        Option("max_region_ops", "int", 15000, low=100, group="limits",
               help="IR operations in one region."),
        Option("max_regions", "int", 4000, group="limits",
               help="Regions in one process."),
        Option("max_code", "int", 64 << 20, group="limits",
               help="Bytes of machine code in memory at one time; where there is no room left, the regions that are used least are let go "
                    "of, and made again once they are hot again; 0: no limit."),
        # --- how to compile
        Option("backend", "choice", "machine", choices=("machine", "interpreter"), group="how to compile",
               help="Where regions run: as machine code, or in the IR interpreter (slow: for tests of the compiler)."),
        Option("llvm_level", "int", 2, high=3, group="how to compile",
               help="LLVM's optimisation level."),
        Option("disable_passes", "names", (), group="how to compile",
               help="Optimiser passes to leave out, by name."),
        Option("check", "int", 0, high=2, group="how to compile",
               help="Internal verification: 1 checks each region once, 2 after every pass and each frame that is rebuilt."),
        Option("force_exits", "int", 0, group="how to compile",
               help="For tests of the compiler: about one guard in so many is left though it holds, or reference released as if an object "
                    "died that can tell, at places that are the same in each run; 0: none."),
        # --- what to show
        Option("dump", "letters", "", choices=tuple(DUMP_LETTERS), group="what to show",
               help="What to write to the log: " + "; ".join(f"{letter} {what}" for letter, what in DUMP_LETTERS.items()) + "."),
        Option("log", "file", "", group="what to show",
               help="File that dumps and decisions go to, instead of stderr; {pid} stands for the process id."),
        Option("stats", "flag", False, group="what to show",
               help="At exit, a table on stderr of what was compiled and what it did."),
        Option("stats_json", "file", "", group="what to show",
               help="At exit, the same as JSON to this file; {pid} stands for the process id."),
    )
}  # fmt: skip


class Config:
    """The options' values; one attribute for each row of the table. Immutable by convention: `replace` makes another."""

    __slots__ = tuple(OPTIONS)

    threshold: int
    exit_threshold: int
    max_attempts: int
    max_rebuilds: int
    background: bool
    budget: int
    max_log: int
    max_passes: int
    max_inline_depth: int
    max_versions: int
    max_region_ops: int
    max_regions: int
    max_code: int
    backend: str
    llvm_level: int
    disable_passes: tuple[str, ...]
    check: int
    force_exits: int
    dump: str
    log: str
    stats: bool
    stats_json: str

    def __init__(self, **values: Any) -> None:
        for option in OPTIONS.values():
            setattr(self, option.name, option.default)
        for name, value in values.items():
            setattr(self, name, _option(name).check(value))

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in OPTIONS}

    def replace(self, values: Mapping[str, Any]) -> Config:
        return Config(**{**self.as_dict(), **values})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        changed = (f"{option.name}={getattr(self, option.name)!r}" for option in OPTIONS.values()
                   if getattr(self, option.name) != option.default)  # fmt: skip
        return f"Config({', '.join(changed)})"


def _option(name: str) -> Option:
    option = OPTIONS.get(name)
    if option is None:
        import difflib

        close = difflib.get_close_matches(name, OPTIONS, 1)
        raise OptionError(f"there is no option {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    return option


def say(message: str) -> None:
    """One line on stderr, where there is one."""
    if sys.stderr is not None:
        print(f"jitney: {message}", file=sys.stderr)


def say_not_loaded(error: Exception) -> None:
    say(f"the compiler could not be loaded ({type(error).__name__}: {error}). The program runs without it.")


def environment_is_ignored() -> bool:
    """Under -E and -I the environment does not count, unless `-X jitney` asks for Jitney."""
    return bool(sys.flags.ignore_environment) and "jitney" not in sys._xoptions


def switch(environ: Mapping[str, str] | None = None) -> bool | None:
    """What `JITNEY` says: on, off (whatever the code asks), or nothing."""
    if environ is None and environment_is_ignored():
        return None
    value = (os.environ if environ is None else environ).get(SWITCH, "")
    text = value.strip().lower()
    if text in FALSE:
        return False
    if text in TRUE:
        return True
    if text:
        say(f"{SWITCH}={value!r} is neither 1 nor 0: ignored")
    if environ is None and sys._xoptions.get("jitney", False) is not False:
        return True
    return None


def from_environment(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options that the environment sets. Bad values are reported once on stderr and left out."""
    if environ is None:
        if environment_is_ignored():
            return {}
        environ = os.environ
    values = {}
    for option in OPTIONS.values():
        text = environ.get(option.environment)
        if text is None:
            continue
        try:
            values[option.name] = option.check(text)
        except OptionError as error:
            reason = str(error).split(": ", 1)[1]
            say(f"{option.environment}={text!r}: {reason}; using {option.text(option.default) or 'the default'}")
    return values


def to_environment(values: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables that say the same as these option values."""
    return {OPTIONS[name].environment: OPTIONS[name].text(value) for name, value in values.items()}


def resolve(options: Mapping[str, Any] | None = None, base: Config | None = None) -> Config:
    """The configuration for these options given in code, over `base` or, without one, over the environment."""
    for name in options or ():
        _option(name)
    if base is None:
        base = Config(**from_environment())
    return base.replace(options or {})


def expand(file: str) -> str:
    """A file option's value with {pid} filled in."""
    return file.replace("{pid}", str(os.getpid()))
