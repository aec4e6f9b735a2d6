"""Runs one program plainly and under Jitney, in a process of its own, and tells what differs.

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
import os
import resource
import select
import signal
import sys
import time
import types
from typing import Any

from jitney.marks import mark
from tests.run.differential import condense, difference

PASSES = ("simplify", "params", "fold", "guards", "loads", "ranges", "licm", "refcounts", "dce")
NEVER = 1_000_000
PROGRAM = "program.py"

#: TABLE of settings: options of jitney.enable. Compiling is in the foreground with a threshold of 2.
SETTINGS: dict[str, dict[str, Any]] = {
    "hot": {"threshold": 2, "exit_threshold": 2, "check": 1, "llvm_level": 0, "max_rebuilds": 4},
    "once": {"threshold": 2, "exit_threshold": NEVER, "check": 2, "llvm_level": 0},
    "full": {"threshold": 2, "exit_threshold": 3, "llvm_level": 2, "max_rebuilds": 2},
    "plain": {"threshold": 2, "exit_threshold": 3, "check": 1, "llvm_level": 0, "disable_passes": PASSES, "max_rebuilds": 2},
    "narrow": {"threshold": 2, "exit_threshold": 1, "llvm_level": 0, "max_passes": 1, "max_rebuilds": 3, "max_inline_depth": 1},
    "late": {"threshold": 2, "exit_threshold": 4, "llvm_level": 1, "max_versions": 1, "max_passes": 6, "max_rebuilds": 2},
    **{f"forced-{n}": {"threshold": 2, "exit_threshold": NEVER, "check": 1, "llvm_level": 0, "force_exits": n} for n in (3, 10, 41, 150)},
    "forced-hot": {"threshold": 2, "exit_threshold": 2, "check": 1, "llvm_level": 0, "force_exits": 20, "max_rebuilds": 3},
    "forced-full": {"threshold": 2, "exit_threshold": NEVER, "llvm_level": 2, "force_exits": 25},
    "forced-plain": {"threshold": 2, "exit_threshold": NEVER, "llvm_level": 0, "disable_passes": PASSES, "force_exits": 7},
    **{f"no-{name}": {"threshold": 2, "exit_threshold": 3, "check": 1, "llvm_level": 0, "max_rebuilds": 2, "disable_passes": (name,)}
       for name in PASSES},
}  # fmt: skip
PLAIN_SECONDS, SECONDS = 5.0, 60.0
MEMORY = 4 << 30
#: reasons for giving a place up that mean a mistake of the compiler's
MISTAKES = ("compile_error", "internal", "virtual escapes")


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
    if kind in (int, bool, str, type(None), range):
        return kind.__name__ + " " + repr(value)
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
    return [type(error).__name__, str(error), places, context, type(error.__cause__).__name__]


class Log(list[Any]):
    def __call__(self, *values: object) -> None:
        self.append([describe(value) for value in values])


def run(source: str) -> dict[str, Any]:
    """The program once, in a namespace of its own: all that can be seen of it."""
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
            exec(compile(source, PROGRAM, "exec"), space)
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
    return {"error": error, "out": printed.getvalue(), "log": list(log), "state": state}


for _own in (describe, describe_exception, Log, run):
    mark(_own)  # only the program itself is to be compiled


def observe(source: str, settings: list[str], tell: Any) -> None:
    """In the child: plainly, and under each setting. `tell` gets a dict for each step."""
    import jitney

    gc.disable()
    tell({"begin": "plain"})
    plain = run(source)
    if run(source) != plain:
        tell({"unstable": True})
        return
    error = plain["error"][0] if plain["error"] else ""
    for name in settings:
        tell({"begin": name, "error": error})
        jitney.enable(**SETTINGS[name])
        try:
            compiled = run(source)
        finally:
            jitney.disable()
        stats = jitney.stats()
        tell({"compilations": stats["compilations"], "entries": stats["entries"], "exits": stats["exits"],
              "given_up": [[place["reason"], place["detail"]] for place in stats["given_up"]]})  # fmt: skip
        mistakes = [condense(place["detail"]) for place in stats["given_up"] if place["reason"] in MISTAKES]
        if compiled != plain:
            tell({"differs": name, "kind": "difference", "what": difference(plain, compiled)})
        elif mistakes:
            tell({"differs": name, "kind": "mistake", "what": "; ".join(mistakes)})
    tell({"done": True})


def prepare() -> None:
    """Loads the compiler, so that children have it."""
    import jitney

    gc.disable()
    jitney.enable(threshold=2, llvm_level=0)
    run("def f(x):\n    return x\nfor i in range(20):\n    f(i)\n")
    jitney.disable()
    gc.freeze()


def examine(source: str, settings: list[str]) -> dict[str, Any]:
    """Forks a child that observes the program. Gives the sums of its statistics and, in `found`, what differs:
    {setting, kind, what} where kind is difference, mistake, crash or hang."""
    reading, writing = os.pipe()
    errors = os.memfd_create("stderr")
    child = os.fork()
    if child == 0:
        _child(source, settings, reading, writing, errors)
    os.close(writing)
    text, hung = _read(reading, child)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    result: dict[str, Any] = {"found": [], "compilations": 0, "entries": 0, "exits": 0, "given_up": [], "valid": True, "error": ""}
    began, done = "plain", False
    for line in text.splitlines():
        try:
            step = json.loads(line)
        except ValueError:
            continue
        began, done = step.get("begin", began), done or "done" in step
        result["error"] = step.get("error", result["error"])
        if "unstable" in step:
            result["valid"] = False
            done = True
        if "differs" in step:
            result["found"].append({"setting": step["differs"], "kind": step["kind"], "what": step["what"]})
        if "compilations" in step:
            for key in ("compilations", "entries", "exits", "given_up"):
                result[key] += step[key]
    if not done:
        if began == "plain":
            result["valid"] = False
        else:
            os.lseek(errors, 0, os.SEEK_SET)
            said = os.read(errors, 1 << 16).decode(errors="replace")[-3000:]
            result["found"].append({"setting": began, "kind": "hang" if hung else "crash", "what": f"status {status}\n{said}"})
    os.close(errors)
    return result


def _child(source: str, settings: list[str], reading: int, writing: int, errors: int) -> None:
    os.close(reading)
    os.dup2(errors, 2)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    faulthandler.enable(errors)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def tell(step: dict[str, Any]) -> None:
        os.write(writing, json.dumps(step).encode() + b"\n")

    try:
        observe(source, settings, tell)
    except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)
    os._exit(0)


def _read(reading: int, child: int) -> tuple[str, bool]:
    """What the child tells until its end; whether it had to be ended."""
    parts: list[bytes] = []
    end, begun = time.monotonic() + PLAIN_SECONDS, 0
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGABRT if begun > 1 else signal.SIGKILL)
            select.select([reading], [], [], 1.0)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            return b"".join(parts).decode(), True
        data = os.read(reading, 1 << 16)
        if not data:
            return b"".join(parts).decode(), False
        parts.append(data)
        if b'"begin"' in data:
            begun += data.count(b'"begin"')
            end = time.monotonic() + (PLAIN_SECONDS if begun == 1 else SECONDS)
