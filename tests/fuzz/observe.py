"""Runs programs plainly and under Jitney, in processes forked for them, and tells what differs.

    for seed, settings, result in examine_batch([(seed, settings), ...]): ...
    result = examine(source, settings)      # one program, in a process of its own

In a batch one process runs many programs; one that differs, crashes or hangs is examined again by itself.

A program is the text of a module. It reports with `out(anything)`; at its end its variables are part of what is compared, as are what it
prints, the exception that ends it, and what its destructors and callbacks report meanwhile: the order of all that is the order of the log.
"""

from __future__ import annotations

import builtins
import contextlib
import faulthandler
import gc
import io
import itertools
import json
import marshal
import os
import re
import resource
import select
import signal
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from jitney.marks import mark
from tests.run.differential import condense, difference

from .generate import HEADER, generate

PASSES = ("simplify", "params", "fold", "guards", "loads", "ranges", "licm", "refcounts", "dce")
NEVER = 1_000_000
PROGRAM = "program.py"

#: TABLE of settings: options of jitney.enable, and how often each is chosen. Compiling is in the foreground with a threshold of 2.
#: Verification, and LLVM's full effort, take several times as long as all the rest: they have rare settings of their own.
TABLE: dict[str, tuple[float, dict[str, Any]]] = {
    "hot": (20, {"exit_threshold": 2, "max_rebuilds": 4}),
    "hot-checked": (2, {"exit_threshold": 2, "max_rebuilds": 4, "check": 1}),
    "once": (14, {"exit_threshold": NEVER}),
    "once-checked": (2, {"exit_threshold": NEVER, "check": 2}),
    "full": (0.6, {"exit_threshold": 3, "llvm_level": 2, "max_rebuilds": 2}),
    "quick": (1, {"exit_threshold": 2, "llvm_level": 1, "max_rebuilds": 2}),
    "plain": (10, {"exit_threshold": 3, "disable_passes": PASSES, "max_rebuilds": 2}),
    "narrow": (10, {"exit_threshold": 1, "max_passes": 1, "max_rebuilds": 3, "max_inline_depth": 1}),
    "late": (8, {"exit_threshold": 4, "max_versions": 1, "max_passes": 6, "max_rebuilds": 2}),
    **{f"forced-{n}": (8, {"exit_threshold": NEVER, "force_exits": n}) for n in (3, 10, 41, 150)},
    "forced-hot": (10, {"exit_threshold": 2, "force_exits": 20, "max_rebuilds": 3}),
    "forced-checked": (2, {"exit_threshold": NEVER, "check": 1, "force_exits": 20}),
    "forced-full": (0.6, {"exit_threshold": NEVER, "llvm_level": 2, "force_exits": 25}),
    "forced-plain": (6, {"exit_threshold": NEVER, "disable_passes": PASSES, "force_exits": 7}),
    **{f"no-{name}": (1, {"exit_threshold": 3, "max_rebuilds": 2, "disable_passes": (name,)}) for name in PASSES},
}
SETTINGS = {name: {"threshold": 2, "llvm_level": 0, **options} for name, (_, options) in TABLE.items()}
WEIGHTS = {name: weight for name, (weight, _) in TABLE.items()}
PLAIN_SECONDS, SECONDS = 5.0, 60.0
MEMORY = 4 << 30
#: reasons for giving a place up that mean a mistake of the compiler's
MISTAKES = ("compile_error", "internal", "virtual escapes")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def describe(value: object, depth: int = 4) -> object:
    """A value as text that shows its type and, for floats, every bit; runs nothing of the program."""
    kind = type(value)
    if kind is float:
        return "float " + value.hex()  # type: ignore[attr-defined]
    if kind in (list, tuple) and depth:
        return [kind.__name__, *[describe(item, depth - 1) for item in value]]  # type: ignore[attr-defined]
    if kind is dict and depth:
        return ["dict", *[[describe(k, depth - 1), describe(v, depth - 1)] for k, v in value.items()]]  # type: ignore[attr-defined]
    if isinstance(value, BaseException):
        return describe_exception(value)
    if kind in (int, bool, str, type(None), range, bytes, bytearray, complex, slice):
        return kind.__name__ + " " + ADDRESS.sub("", repr(value))
    if kind in (set, frozenset) and depth:
        return [kind.__name__, *sorted([str(describe(item, depth - 1)) for item in value])]  # type: ignore[attr-defined]
    return kind.__qualname__


def describe_exception(error: BaseException) -> object:
    """Type, message, where it went through (function, line, columns), and its context."""
    places = []
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if code.co_filename == PROGRAM:
            _, _, start, end = next(itertools.islice(code.co_positions(), entry.tb_lasti // 2, None))
            places.append([code.co_name, entry.tb_lineno, start, end])
        entry = entry.tb_next
    context = describe_exception(error.__context__) if error.__context__ is not None else None
    inner = [describe_exception(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    return [type(error).__name__, ADDRESS.sub("", str(error)), places, context, type(error.__cause__).__name__, *inner]


class Log(list[Any]):
    """What the program reports, and now and then which instructions its innermost functions are at meanwhile."""

    def __call__(self, *values: object) -> None:
        said = [describe(value) for value in values]
        if len(self) % 3 == 0:
            said.append(whereabouts(sys._getframe(1)))
        self.append(said)


_columns: dict[tuple[bytes, int], list[list[Any]]] = {}


def columns_of(code: types.CodeType) -> list[list[Any]]:
    """Of each instruction. Keeps the code itself not alive: when it dies is the program's matter."""
    key = (code.co_linetable, len(code.co_code))
    if key not in _columns:
        _columns[key] = [[*columns] for _, _, *columns in code.co_positions()]
    return _columns[key]


def whereabouts(frame: types.FrameType | None) -> list[list[Any]]:
    """Function, line and, on 3.13, columns. (3.12 may be at the first of two STORE_FAST that it executes as one, or at the second:
    it forgets about the one once a tool has seen the code's instructions.)"""
    places: list[list[Any]] = []
    while frame is not None and len(places) < 4 and frame.f_code.co_filename == PROGRAM:
        columns: list[Any] = []
        if sys.version_info >= (3, 13):
            columns = columns_of(frame.f_code)[frame.f_lasti // 2]
        places.append([frame.f_code.co_name, frame.f_lineno, *columns])
        frame = frame.f_back
    return places


def run(compiled: bytes) -> dict[str, Any]:
    """The program once, with code objects and a namespace of its own: all that can be seen of it."""
    log, printed = Log(), io.StringIO()
    module = types.ModuleType("program")
    sys.modules["program"] = module
    space = module.__dict__
    space["out"] = log
    kept = dict(builtins.__dict__)
    error = None
    sys.unraisablehook = lambda args: log("unraisable", args.exc_value, getattr(args.object, "__qualname__", ""))
    try:
        with contextlib.redirect_stdout(printed):
            exec(marshal.loads(compiled), space)
    except BaseException as exception:  # noqa: BLE001
        error = describe_exception(exception)
        exception.__traceback__ = None
    for name in builtins.__dict__.keys() - kept.keys():
        del builtins.__dict__[name]
    for name, value in kept.items():
        if builtins.__dict__.get(name) is not value:
            builtins.__dict__[name] = value
    log("end")
    state = {name: describe(value, 5) for name, value in sorted(space.items()) if not name.startswith("__")}
    log("last")
    del space["out"]
    space.clear()
    return {"error": error, "out": ADDRESS.sub("", printed.getvalue()), "log": list(log), "state": state}


def compiled(source: str) -> bytes:
    """What `run` wants."""
    return marshal.dumps(compile(source, PROGRAM, "exec"))


for _own in (describe, whereabouts, columns_of, describe_exception, Log, run, compiled):
    mark(_own)  # only the program itself is to be compiled


def observe(source: str, settings: list[str], tell: Any, twice: bool = True) -> None:
    """In the child: plainly, and under each setting. `tell` gets a dict for each step. `twice`: plainly again, lest it be unstable."""
    import jitney
    from jitney.live.manager import statistics

    tell({"begin": "plain"})
    code = compiled(source)
    plain = run(code)
    if twice and run(code) != plain:
        tell({"unstable": True})
        return
    error = plain["error"][0] if plain["error"] else ""
    for name in settings:
        tell({"begin": name, "error": error})
        jitney.enable(**SETTINGS[name])
        try:
            other = run(code)
        finally:
            jitney.disable()
        stats = statistics()
        tell({"compilations": stats["compilations"], "entries": stats["entries"], "exits": stats["exits"],
              "given_up": [[place["reason"], place["detail"]] for place in stats["given_up"]]})  # fmt: skip
        mistakes = [condense(place["detail"]) for place in stats["given_up"] if place["reason"] in MISTAKES]
        if other != plain:
            tell({"differs": name, "kind": "difference", "what": difference(plain, other)})
        elif mistakes:
            tell({"differs": name, "kind": "mistake", "what": "; ".join(mistakes)})
    tell({"done": True})


def prepare() -> None:
    """Loads the compiler and what programs import, so that children have it."""
    import jitney

    gc.disable()
    jitney.enable(threshold=2, llvm_level=0)
    run(compiled(HEADER + "def f(x):\n    return x\nfor i in range(20):\n    f(i)\n"))
    jitney.disable()
    gc.collect()
    gc.freeze()


def examine(source: str, settings: list[str]) -> dict[str, Any]:
    """Forks a child that observes the program. Gives the sums of its statistics and, in `found`, what differs:
    {setting, kind, what} where kind is difference, mistake, crash or hang."""
    results = list(Child(lambda tell: observe(source, settings, tell)).results())
    return results[0] if results else blank()


def examine_batch(programs: list[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str], dict[str, Any]]]:
    """Programs by their seeds, in one child as long as that lives; seed, settings and result of each."""
    while programs:
        now = programs

        def work(tell: Callable[[dict[str, Any]], None], now: list[tuple[int, list[str]]] = now) -> None:
            for seed, settings in now:
                observe(generate(seed), settings, tell, twice=False)
                gc.collect()
                gc.freeze()  # what is left is not to be gone through again

        for result in Child(work).results():
            seed, settings = programs[0]
            if result["found"] or not result["valid"]:
                result = again(seed, settings, result, now[0][0])
            yield seed, settings, result
            programs = programs[1:]
        if programs is now:
            raise RuntimeError("a child ended before its first program")


def again(seed: int, settings: list[str], before: dict[str, Any], first: int) -> dict[str, Any]:
    """The program by itself. What differs only after others did run is a difference, too, if the program is stable."""
    result = examine(generate(seed), settings)
    if result["valid"] and not result["found"]:
        for found in before["found"]:
            found["what"] = f"only in a process that ran the programs from {first} on before\n" + found["what"]
        return before
    return result


def blank() -> dict[str, Any]:
    return {"found": [], "compilations": 0, "entries": 0, "exits": 0, "given_up": [], "valid": True, "error": ""}


class Child:
    """A forked process that tells of one program after the other."""

    def __init__(self, work: Callable[[Callable[[dict[str, Any]], None]], None]) -> None:
        self.reading, writing = os.pipe()
        self.errors = os.memfd_create("stderr")
        self.pid = os.fork()
        if self.pid == 0:
            _child(work, self.reading, writing, self.errors)
        os.close(writing)
        self.hung = False

    def results(self) -> Iterator[dict[str, Any]]:
        """One for each program, also for the one that it crashed at."""
        result, began = blank(), ""
        for step in self.steps():
            began = step.get("begin", began)
            result["error"] = step.get("error", result["error"])
            if "differs" in step:
                result["found"].append({"setting": step["differs"], "kind": step["kind"], "what": step["what"]})
            if "compilations" in step:
                for key in ("compilations", "entries", "exits", "given_up"):
                    result[key] += step[key]
            if "unstable" in step or "done" in step:
                result["valid"] = "done" in step
                yield result
                result, began = blank(), ""
        _, status = os.waitpid(self.pid, 0)
        os.lseek(self.errors, 0, os.SEEK_SET)
        said = os.read(self.errors, 1 << 16).decode(errors="replace")[-3000:]
        os.close(self.errors)
        if not began:
            return
        if began == "plain":
            result["valid"] = False
        else:
            result["found"].append({"setting": began, "kind": "hang" if self.hung else "crash", "what": f"status {status}\n{said}"})
        yield result

    def steps(self) -> Iterator[dict[str, Any]]:
        """What the child tells until its end, which comes when it takes too long."""
        rest, seconds = b"", PLAIN_SECONDS
        while True:
            ready, _, _ = select.select([self.reading], [], [], seconds)
            if not ready:
                self.hung = True
                os.kill(self.pid, signal.SIGABRT if seconds == SECONDS else signal.SIGKILL)
                select.select([self.reading], [], [], 1.0)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
                break
            data = os.read(self.reading, 1 << 16)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                step = json.loads(line)
                if "begin" in step:
                    seconds = PLAIN_SECONDS if step["begin"] == "plain" else SECONDS
                yield step
        os.close(self.reading)


def _child(work: Callable[[Callable[[dict[str, Any]], None]], None], reading: int, writing: int, errors: int) -> None:
    os.close(reading)
    os.dup2(errors, 2)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    faulthandler.enable(errors)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def tell(step: dict[str, Any]) -> None:
        os.write(writing, json.dumps(step).encode() + b"\n")

    try:
        work(tell)
    except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)
    os._exit(0)
