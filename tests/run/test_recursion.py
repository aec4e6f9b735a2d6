"""What becomes hot where the program has no recursion left is recorded and compiled all the same, and nothing is said of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import jitney

PROGRAM = """
import sys
import jitney

jitney.enable({options})


def leaf(n):
    total = 0
    for i in range(n):
        total += i
    return total


def down():
    try:
        return down()
    except RecursionError:
        return leaf(500)


print(down(), down(), jitney.stats()["compilations"] > 0)
"""


@pytest.mark.parametrize("options,compiled", [("threshold=2", True), ("threshold=20, background=False", True), ("", False)])
def test_hot_at_the_recursion_limit(options: str, compiled: bool) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1])}
    command = [sys.executable, "-c", PROGRAM.format(options=options)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100)
    assert done.stderr == ""
    assert done.stdout == f"124750 124750 {compiled}\n"
