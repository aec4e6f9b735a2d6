"""The same program plainly and under Jitney, everything that can be seen of it compared.

A program is a function `case_*(log)` of a file in `programs/`. It reports by `log(anything)`, its result or its exception. `observe` runs
one in a fresh copy of its file and gives what can be seen: log, result, exceptions with their tracebacks, reference counts, prints. A
file without such functions is one program, which prints what there is to be compared. As a script

    python differential.py [--setting NAME] [--only case_x,case_y] FILE...

runs every case plainly and then under the setting, in one process, and writes one JSON line for each case that differs, after "begin"
lines (a crash is then attributed to the last one begun).
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import linecache
import os
import sys
import traceback
import types

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
PASSES = ("simplify", "params", "fold", "guards", "loads", "ranges", "licm", "refcounts", "dce")

#: TABLE of settings: options of jitney.enable
SETTINGS: dict[str, dict] = {
    "hot": {"threshold": 2, "exit_threshold": 2, "check": 2, "llvm_level": 1, "max_attempts": 4},
    "usual": {"threshold": 20, "exit_threshold": 10, "check": 1},
    "once": {"threshold": 2, "exit_threshold": 1000000, "check": 1, "llvm_level": 0},
    "plain": {"threshold": 2, "exit_threshold": 2, "check": 1, "llvm_level": 0, "disable_passes": PASSES},
    "narrow": {"threshold": 3, "exit_threshold": 1, "check": 1, "llvm_level": 0, "max_passes": 1},
    "forced": {"threshold": 2, "exit_threshold": 1000000, "check": 2, "llvm_level": 0, "force_exits": 5},
    **{f"no-{name}": {"threshold": 2, "exit_threshold": 2, "check": 1, "llvm_level": 0, "disable_passes": (name,)} for name in PASSES},
}


def describe(value: object, depth: int = 3) -> object:
    """A value as text that shows its type and, for floats, every bit."""
    if isinstance(value, float):
        return f"{type(value).__name__} {value.hex()}"
    if isinstance(value, (list, tuple)) and depth:
        return [type(value).__name__, *[describe(item, depth - 1) for item in value]]
    if isinstance(value, dict) and depth:
        return [type(value).__name__, *[[describe(k, depth - 1), describe(v, depth - 1)] for k, v in value.items()]]
    if isinstance(value, BaseException):
        return describe_exception(value)
    if isinstance(value, (int, str, bytes, bytearray, complex, type(None), range, set, frozenset, slice)):
        return f"{type(value).__name__} {value!r}"
    return type(value).__name__


def describe_exception(error: BaseException) -> object:
    lines = []
    for entry, lineno in traceback.walk_tb(error.__traceback__):
        code = entry.f_code
        if code.co_filename != __file__:
            lines.append(f"{os.path.basename(code.co_filename)}:{lineno} {code.co_name}")
    stack = traceback.TracebackException.from_exception(error).stack
    positions = [(e.lineno, e.colno, e.end_colno) for e in stack if e.filename != __file__]
    context = describe_exception(error.__context__) if error.__context__ is not None else None
    return [type(error).__name__, str(error), lines, positions, context]


class Log(list):
    def __call__(self, *values: object) -> None:
        self.append([describe(value) for value in values])


def load(path: str, number: int = 0) -> types.ModuleType:
    """A fresh copy of the file as a module: new code objects, new globals."""
    with open(path) as file:
        source = file.read()
    module = types.ModuleType("program")
    module.__file__ = path
    sys.modules["program"] = module
    exec(compile(source, path, "exec"), module.__dict__)
    return module


def observe(path: str, name: str) -> dict:
    function = getattr(load(path), name) if name else None
    log = Log()
    out = io.StringIO()
    result: object = None
    error = None
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    limit = sys.getrecursionlimit()
    try:
        with contextlib.redirect_stdout(out):
            if function is None:
                load(path)
            else:
                result = describe(function(log), 6)
    except BaseException as exception:
        assert exception.__traceback__.tb_next is not None, f"{path}: {name} cannot be called"
        error = describe_exception(exception)
        exception.__traceback__ = None
    sys.setrecursionlimit(limit)
    sys.settrace(None)
    sys.setprofile(None)
    assert name or out.getvalue(), f"{path} has no case_* and prints nothing"
    log("end")
    if collecting:
        gc.enable()
    return {"result": result, "error": error, "log": list(log), "out": out.getvalue()}


def cases(path: str) -> list[str]:
    """The functions `case_*`; the empty string for all of a file that has none."""
    import ast

    with open(path) as file:
        body = ast.parse(file.read()).body
    return [node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("case_")] or [""]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--setting", default="hot")
    parser.add_argument("--only", default="")
    parser.add_argument("--dump", default="")
    parser.add_argument("--stats", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    import jitney

    out = sys.__stdout__
    assert out is not None
    for path in options.files:
        linecache.checkcache()
        for name in cases(path):
            if options.only and name not in options.only.split(","):
                continue
            print(json.dumps({"begin": name, "file": os.path.basename(path)}), file=out, flush=True)
            plain = observe(path, name)
            again = observe(path, name)
            if plain != again:
                print(json.dumps({"unstable": name, "difference": difference(plain, again)}), file=out, flush=True)
                continue
            jitney.enable(**SETTINGS[options.setting], dump=options.dump)
            try:
                compiled = observe(path, name)
            finally:
                jitney.disable()
            stats = jitney.stats()
            errors = [condense(place["detail"]) for place in stats["given_up"]
                      if place["reason"] in ("compile_error", "internal", "virtual escapes")]
            if plain != compiled:
                print(json.dumps({"differs": name, "difference": difference(plain, compiled)}), file=out, flush=True)
            if errors:
                print(json.dumps({"compile_error": name, "difference": errors}), file=out, flush=True)
            if options.stats:
                given_up = [f"{place['where'].split('/')[-1]} {place['reason']} {place['detail']}" for place in stats["given_up"]]
                print(json.dumps({"stats": name, "entries": stats["entries"], "exits": stats["exits"],
                                  "compilations": stats["compilations"], "given_up": given_up}), file=out, flush=True)
    print(json.dumps({"done": True}), file=out, flush=True)


def condense(text: str) -> str:
    """A verifier's message without the region around the errors."""
    lines = text.split("\n")
    marked = [f"{lines[i - 1].strip()[:150]} {line.strip()}" for i, line in enumerate(lines) if line.lstrip().startswith("^")]
    return "; ".join([lines[0], *marked[:4]])[:800]


def difference(plain: object, compiled: object, where: str = "") -> str:
    """The first place where the two differ."""
    if isinstance(plain, dict) and isinstance(compiled, dict):
        for key in plain:
            if plain[key] != compiled.get(key):
                return difference(plain[key], compiled.get(key), f"{where}.{key}")
    if isinstance(plain, list) and isinstance(compiled, list):
        for index, (a, b) in enumerate(zip(plain, compiled, strict=False)):
            if a != b:
                return difference(a, b, f"{where}[{index}]")
        if len(plain) != len(compiled):
            missing, added = (plain + [None])[len(compiled) : len(compiled) + 2], compiled[len(plain) : len(plain) + 2]
            return f"{where}: {len(plain)} entries, not {len(compiled)}: {missing} {added}"[:600]
    a, b = str(plain), str(compiled)
    same = max(0, len(os.path.commonprefix((a, b))) - 100)
    return f"{where}: {a[same : same + 300]} but compiled {b[same : same + 300]}"


if __name__ == "__main__":
    main()
