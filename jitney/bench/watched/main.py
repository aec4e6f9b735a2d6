"""`run(report, plan, script, arguments)`: runs a script as `__main__` and writes a report of what it computed, as JSON:

    {"plan": {"nbody": [1, 1, 1]}, "entries": [["bench_nbody:135, time 1, reference", "5d41402abc4b2a76", "'sun'"], ...], "error": ""}

The script's own exit status stays. Its global variables are noted at the end, and the exception that ended it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import types
from typing import Any

from . import runner, source

SKIPPED = ("__builtins__", "__file__", "__cached__", "__loader__", "__spec__", "__warningregistry__", source.SEEN)


def run(report: str, plan: str, seconds: float, script: str, arguments: list[str]) -> None:
    given = None
    if os.path.exists(plan):
        with open(plan, encoding="utf-8") as file:
            given = json.load(file)["plan"]
    runner.PLAN = runner.Plan(seconds, given)
    sys.modules["pyperf"] = sys.modules[runner.__name__]
    module = types.ModuleType("__main__")
    vars(module).update(__file__=script, __builtins__=sys.modules["builtins"], **{source.SEEN: runner.seen})
    sys.modules["__main__"] = module
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(script)
    result: dict[str, Any] = {"error": ""}
    try:
        exec(source.compiled(script), vars(module))
    except BaseException as error:
        if not isinstance(error, SystemExit):
            result["error"] = "".join(traceback.format_exception_only(error)).strip()
        raise
    finally:
        for name, value in list(vars(module).items()):
            if name not in SKIPPED and not isinstance(value, types.ModuleType | types.FunctionType | type):
                runner.NOTES.note(f"global {name}", value)
        result.update(plan=runner.PLAN.calls, entries=runner.NOTES.entries)
        with open(report, "w", encoding="utf-8", errors="surrogatepass") as file:
            json.dump(result, file)
