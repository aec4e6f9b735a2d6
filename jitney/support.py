"""Can Jitney run here? Each obstacle has one message that says what to do. Runs on any Python 3."""

from __future__ import annotations

import sys

from .errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIMIZER_ID = 5  # sys.monitoring.OPTIMIZER_ID, by number since old versions have no sys.monitoring
VERSIONS = ((3, 12), (3, 13))
TOOL_NAME = "jitney"


def _implementation() -> str:
    if sys.implementation.name == "cpython":
        return ""
    name = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(sys.implementation.name, sys.implementation.name)
    return f"Jitney compiles CPython's bytecode and this is {name}; run the program with CPython 3.12 or 3.13"


def _version() -> str:
    if sys.version_info[:2] in VERSIONS:
        return ""
    return (f"Jitney runs on CPython 3.12 and 3.13 and this is {sys.version_info[0]}.{sys.version_info[1]}; "
            "create a virtual environment with one of those")  # fmt: skip


def _free_threaded() -> str:
    if "t" not in getattr(sys, "abiflags", ""):
        return ""
    return "Jitney needs the global interpreter lock and this is a free-threaded build; use the ordinary build (python3.13)"


def in_sub_interpreter() -> bool:
    try:
        import _interpreters  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            import _xxsubinterpreters as _interpreters  # type: ignore[import-not-found,unused-ignore,no-redef]
        except ImportError:
            return False

    def number(answer: Any) -> int:
        return int(answer[0] if isinstance(answer, tuple) else answer)

    return number(_interpreters.get_current()) != number(_interpreters.get_main())


def _sub_interpreter() -> str:
    return "Jitney runs in the main interpreter only and this is a sub-interpreter" if in_sub_interpreter() else ""


def _tool() -> str:
    tool = sys.monitoring.get_tool(OPTIMIZER_ID)
    if tool is None or tool == TOOL_NAME:
        return ""
    return (f"sys.monitoring's OPTIMIZER_ID is already in use by {tool!r}; "
            "turn that tool off, or call sys.monitoring.free_tool_id(sys.monitoring.OPTIMIZER_ID) first")  # fmt: skip


def _missing(module: str) -> bool:
    from importlib.util import find_spec

    if module in sys.modules:
        return sys.modules[module] is None
    try:
        return find_spec(module) is None
    except (ImportError, ValueError):
        return True


def _runtime() -> str:
    if not _missing("jitney._runtime"):
        return ""
    return "Jitney's C runtime (jitney._runtime) is not built for this interpreter; install it with `python -m pip install .`"


def _llvmlite() -> str:
    return "Jitney needs llvmlite to make machine code; install it with `python -m pip install llvmlite`" if _missing("llvmlite") else ""


def _compiler() -> str:
    return "this build of Jitney has no compiler (jitney.live.manager is missing)" if _missing("jitney.live.manager") else ""


#: In the order they are tried: the most fundamental obstacle is the one to tell.
CHECKS = (_implementation, _version, _free_threaded, _sub_interpreter, _runtime, _compiler, _llvmlite, _tool)


def obstacle(backend: str = "machine") -> str:
    """Why Jitney cannot run here and what to do, or "" when it can."""
    for check in CHECKS:
        if check is _llvmlite and backend != "machine":
            continue
        message = check()
        if message:
            return message
    return ""


def require(backend: str = "machine") -> None:
    message = obstacle(backend)
    if message:
        raise UnsupportedError(message)
