"""Trials of a function's calls, where the interpreter calls it, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jitney

PROGRAM = """
import jitney
from jitney import _runtime
from jitney.live import judging

judging.WORTH_ENTERING = 0  # the interpreter may always enter it
jitney.enable(threshold=2)

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

for _ in range(20):
    assert fib(9) == 34
region = _runtime.installed(fib.__code__, 0)
region.entered = True
_runtime.restart_events(fib.__code__)
region.begin_trial(8)
for _ in range(2000):
    assert fib(9) == 34
    if region.tried:
        break
print(len(region.tried), all(compiled and plain for _, compiled, _, plain in region.tried))
"""


def test_a_trial_of_a_function_that_the_interpreter_calls_comes_to_its_end() -> None:
    """Its turns are those of the calls by compiled code. In the interpreter's turn there were none, once it was called from outside."""
    environment = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, timeout=100)
    assert (done.stdout, done.stderr) == ("4 True\n", "")
