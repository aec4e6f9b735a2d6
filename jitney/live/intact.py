"""Whether the built-in functions are those that Jitney was loaded with.

The compiler, llvmlite and ctypes look functions up in `builtins` like any Python code. A program that puts a function of its own there,
as tests do, would have it called by the compiler, and be believed what it says. So nothing is compiled until it is taken away.
"""

from __future__ import annotations

import builtins

from ..reasons import GiveUp

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


def require_intact() -> None:
    if not intact():
        raise GiveUp("builtins")
