"""TABLE of statistics: what `jitney.stats()` returns. `jitney.live` fills it in; the report and the reference page come from this table.

`complete` adds what is missing, so that readers need not ask; `problems` tells what does not follow the table (for tests).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: (path, type, meaning). `[]` stands for each entry of a list.
SCHEMA: tuple[tuple[str, type, str], ...] = (
    ("version", str, "Jitney's version"),
    ("python", str, "the interpreter's version"),
    ("recordings", int, "recordings begun"),
    ("compilations", int, "regions compiled, counting each time a region was compiled again"),
    ("entries", int, "times that compiled code was entered"),
    ("exits", int, "times that compiled code was left through a guard or its end"),
    ("invalidated", int, "regions dropped because something they relied on changed"),
    ("evicted", int, "regions let go of to stay within `max_code`"),
    ("code_bytes", int, "bytes of machine code in memory"),
    ("seconds", dict, "by activity, of the whole process; processor time, but for recording and compiled code"),
    ("seconds.recording", float, "running with the recorder on"),
    ("seconds.building", float, "from recordings to IR"),
    ("seconds.optimising", float, "in the optimiser's passes"),
    ("seconds.lowering", float, "from IR to LLVM IR"),
    ("seconds.llvm", float, "in LLVM"),
    ("seconds.machine", float, "in compiled code (0 when not measured)"),
    ("regions", list, "one entry for each region"),
    ("regions[].where", str, "`file:line function`"),
    ("regions[].kind", str, "`loop` or `function`"),
    ("regions[].versions", int, "times it was compiled"),
    ("regions[].ops", int, "IR operations, after the optimiser"),
    ("regions[].llvm_instructions", int, "LLVM instructions, before LLVM's optimiser"),
    ("regions[].bytes", int, "bytes of machine code"),
    ("regions[].entries", int, "times entered"),
    ("regions[].seconds", dict, "as above, for this region"),
    ("regions[].seconds.recording", float, ""),
    ("regions[].seconds.building", float, ""),
    ("regions[].seconds.optimising", float, ""),
    ("regions[].seconds.lowering", float, ""),
    ("regions[].seconds.llvm", float, ""),
    ("regions[].seconds.machine", float, ""),
    ("regions[].exits", list, "one entry for each guard that was left through"),
    ("regions[].exits[].guard", int, "the guard's number in the region"),
    ("regions[].exits[].reason", str, "key in the table of reasons"),
    ("regions[].exits[].detail", str, "what exactly, e.g. the instruction"),
    ("regions[].exits[].line", str, "`file:line` that execution went on at"),
    ("regions[].exits[].count", int, "times"),
    ("regions[].exits[].compiled", bool, "whether a path from here has been compiled since"),
    ("given_up", list, "what was tried and not compiled"),
    ("given_up[].where", str, "`file:line function`"),
    ("given_up[].reason", str, "key in the table of reasons"),
    ("given_up[].detail", str, "what exactly, e.g. the instruction"),
    ("given_up[].hint", str, "what the program's author can do"),
    ("given_up[].count", int, "times"),
    ("given_up[].final", bool, "whether it will not be tried again"),
)


def _fill(target: dict[str, Any], prefix: str) -> dict[str, Any]:
    for path, kind, _ in SCHEMA:
        if not path.startswith(prefix):
            continue
        name = path[len(prefix) :]
        if "." in name or "[]" in name:
            continue
        if name not in target:
            target[name] = kind()
        if kind is dict:
            _fill(target[name], path + ".")
        elif kind is list:
            for entry in target[name]:
                _fill(entry, path + "[].")
    return target


def complete(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with every key of the table; missing ones are 0, "" or empty."""
    from . import __version__

    result = _fill(dict(figures), "")
    result["version"] = result["version"] or __version__
    if not result["python"]:
        import sys

        result["python"] = sys.version.split()[0]
    return result


def problems(figures: dict[str, Any]) -> list[str]:
    """Keys that are missing, unknown or of the wrong type."""
    found: list[str] = []
    _compare(figures, "", found)
    return found


def _compare(value: dict[str, Any], prefix: str, found: list[str]) -> None:
    rows = {}
    for path, kind, _ in SCHEMA:
        name = path[len(prefix) :]
        if path.startswith(prefix) and "." not in name and "[]" not in name:
            rows[name] = kind
    found.extend(f"unknown: {prefix}{name}" for name in value if rows and name not in rows)
    for name, kind in rows.items():
        if name not in value:
            found.append(f"missing: {prefix}{name}")
        elif not isinstance(value[name], (float, int) if kind is float else kind):
            found.append(f"not {kind.__name__}: {prefix}{name}")
        elif kind is dict:
            _compare(value[name], prefix + name + ".", found)
        elif kind is list:
            for entry in value[name]:
                _compare(entry, prefix + name + "[].", found)
