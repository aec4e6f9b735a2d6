"""Whether the built-in functions are those that Jitney was loaded with.

The compiler, llvmlite and ctypes look functions up in `builtins` like any Python code. A program that puts a function of its own there,
as tests do, would have it called by the compiler, and be believed what it says. So nothing is compiled until it is taken away.

While the compiler is imported, modules of the standard library are called too. A program that puts functions of its own there for a while,
to count or to record calls, must not see ours: the compiler is imported later then. So it is while the program goes through `sys.modules`,
which must not grow under its hands.
"""

from __future__ import annotations

import builtins
import sys

from .. import _runtime
from ..reasons import GiveUp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

#: what importing the compiler and llvmlite calls, as far as programs replace such things: (module, function)
LOADING = (("collections", "namedtuple"), ("contextlib", "contextmanager"), ("ctypes", "CFUNCTYPE"), ("dataclasses", "dataclass"),
           ("enum", "unique"), ("functools", "cache"), ("functools", "lru_cache"), ("functools", "update_wrapper"), ("functools", "wraps"),
           ("os.path", "abspath"), ("os.path", "dirname"), ("os.path", "join"), ("re", "_compile"), ("re", "compile"))  # fmt: skip

#: not used by what compiles: replacing these does not matter
OTHERS = ("__import__", "_", "breakpoint", "copyright", "credits", "eval", "exec", "exit", "help", "input", "license", "open", "print",
          "quit")

ORIGINAL = [(name, value) for name, value in builtins.__dict__.items() if name not in OTHERS]


def intact() -> bool:
    """Calls nothing that it looks up."""
    now = builtins.__dict__
    for name, value in ORIGINAL:
        if now.get(name) is not value:
            return False
    return True


FUNCTION = type(intact)  # importing `types` for it would leave garbage in every process


def may_load() -> bool:
    """Whether importing the compiler calls what the standard library defined. Modules that are not there yet nobody has changed."""
    for name, function in LOADING:
        module = sys.modules.get(name)
        if module is not None:
            value = module.__dict__.get(function)
            if type(value) is not FUNCTION or value.__globals__ is not module.__dict__:
                return False
    return intact()


def modules_may_come() -> bool:
    """Whether nobody would notice at once: going through a dict that grows raises RuntimeError."""
    return not (_runtime.is_iterated(sys.modules) or _runtime.is_iterated(sys.path_importer_cache))


def is_importing(frame: FrameType | None) -> bool:
    """Whether the thread is importing a module: then others that we want may be half made."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def require_intact() -> None:
    if not intact():
        raise GiveUp("builtins")
