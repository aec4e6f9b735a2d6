"""Whether the compiler's own modules are compiled (by mypyc, see setup.py), and from the sources that are there."""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = "native__mypyc"
HOW = "`python -m pip install -e .` compiles them again, `make pure` does without"


def _extensions() -> list[str]:
    """Paths, without the suffix, of the compiled modules for this interpreter."""
    from importlib.machinery import EXTENSION_SUFFIXES

    suffix = EXTENSION_SUFFIXES[0]
    return [entry.path[: -len(suffix)] for package in os.scandir(PACKAGE) if package.is_dir()
            for entry in os.scandir(package.path) if entry.name.endswith(suffix)]  # fmt: skip


def describe() -> str:
    """For `jitney status`."""
    return "compiled" if _extensions() else "interpreted (two to three times as slow in compiling)"


def stale() -> str:
    """A source that was changed after it was compiled, in a source checkout; "" if there is none."""
    if not os.path.exists(os.path.join(os.path.dirname(PACKAGE), "setup.py")):
        return ""
    from importlib.machinery import EXTENSION_SUFFIXES

    # mypyc puts the code of all modules into one library; what stands beside a source only leads there
    library = os.path.join(PACKAGE, LIBRARY + EXTENSION_SUFFIXES[0])
    compiled = os.stat(library).st_mtime if os.path.exists(library) else 0.0
    for path in _extensions():
        try:
            if os.stat(path + ".py").st_mtime > max(compiled, os.stat(path + EXTENSION_SUFFIXES[0]).st_mtime):
                return os.path.relpath(path + ".py", os.path.dirname(PACKAGE))
        except OSError:
            continue
    return ""


def warn_if_stale() -> None:
    changed = stale()
    if changed:
        from ..config import say

        say(f"{changed} was changed after it was compiled, and the compiled module is used. {HOW}.")
