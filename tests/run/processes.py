"""Programs run in a process of their own, which must end as expected and say nothing on stderr."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jitney

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1])}
START = """
import atexit, gc, os, signal, sys, threading, time
import jitney
import jitney.live.manager
jitney.live.manager.LOAD_AFTER = 0
class Point:
    def __init__(self, x):
        self.x = x
    def moved(self, by):
        return Point(self.x + by)
def sum_of(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
def points(n):
    point = Point(0)
    for i in range(n):
        point = point.moved(i)
    return point.x
def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        sum_of(20000)
"""
SETTINGS = {"compiled": "threshold=2", "background": "threshold=50, budget=0"}


def run(source: str, status: int = 0, timeout: float = 120) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", START + textwrap.dedent(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT)
    assert done.returncode == status and not done.stderr, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()
