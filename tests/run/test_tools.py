"""Tools that watch a program see the same of it under Jitney: coverage.py its lines, cProfile its calls."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import jitney
from tests.outcomes import COMPILE_ALL, environment_without

HERE = Path(__file__).parent
PLAIN = {**environment_without(), "PYTHONPATH": str(Path(jitney.__file__).parents[1]), "PYTHONHASHSEED": "0"}

PROGRAM = """
import sys

class Shape:
    def __init__(self, size):
        self.size = size

    @property
    def area(self):
        if self.size % 7 == 0:
            return 0
        return self.size * self.size

def seldom(value):
    if value > 390:
        value += 1
        raise ValueError(value)
    elif value < 0:
        return "never"
    return value

def numbers(count):
    for number in range(count):
        if number == count - 2:
            yield -1
        yield number

def work(start, stop):
    total = 0
    for number in range(start, stop):
        shape = Shape(number)
        total += shape.area
        try:
            total += seldom(number)
        except ValueError as error:
            total += error.args[0]
        finally:
            total -= 1
        while total > 1000:
            total //= 2
            if total == 77:
                break
        else:
            total += 1
    for number in numbers(stop):
        if number < 0:
            total += 5
        total += len([digit for digit in str(number) if digit > "4"])
    return total

def recursive(depth):
    if depth == 0:
        return 1
    return recursive(depth - 1) + 1

def main(begin, end):
    work(0, 300)          # compiled before anyone looks
    recursive(200)
    begin()
    print(work(0, 400), recursive(300))
    end()
    work(0, 300)          # compiled again
    recursive(200)
    begin()
    print(work(385, 400), recursive(10))
    end()
    work(0, 100)
"""

COVERAGE = """
import coverage, json
measured = coverage.Coverage(data_file=None, config_file=False, include=[program.__file__], branch={branch})
program.main(measured.start, measured.stop)
data = measured.get_data()
print(json.dumps([sorted(data.lines(program.__file__)), sorted(data.arcs(program.__file__) or [])]))
"""

PROFILE = """
import cProfile, json
profile = cProfile.Profile()
program.main(profile.enable, profile.disable)
calls = [[str(entry.code), entry.callcount, entry.reccallcount] for entry in profile.getstats()]
print(json.dumps(sorted([name.split(" at 0x")[0], *counts] for name, *counts in calls)))
"""


def seen(tmp_path: Path, tool: str, settings: dict[str, str]) -> list[str]:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "watch.py").write_text("import program\n" + tool)
    done = subprocess.run([sys.executable, "-X", "faulthandler", str(tmp_path / "watch.py")], env={**PLAIN, **settings},
                          capture_output=True, text=True, timeout=200)  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.splitlines()


SOON = {"JITNEY": "1", "JITNEY_THRESHOLD": "20", "JITNEY_BACKGROUND": "0", "JITNEY_LLVM_LEVEL": "0"}


@pytest.mark.parametrize(("core", "branch", "settings"), [("ctrace", False, SOON), ("ctrace", True, SOON), ("pytrace", True, SOON),
                                                          ("sysmon", False, SOON)])  # fmt: skip
def test_coverage(tmp_path: Path, core: str, branch: bool, settings: dict[str, str]) -> None:
    if find_spec("coverage") is None:
        pytest.skip("coverage is not installed")
    tool = COVERAGE.format(branch=branch)
    plain = seen(tmp_path, tool, {"COVERAGE_CORE": core})
    assert len(json.loads(plain[-1])[0]) > 30
    assert seen(tmp_path, tool, {"COVERAGE_CORE": core, **settings}) == plain


@pytest.mark.parametrize("settings", [COMPILE_ALL, SOON], ids=["compiled", "soon"])
def test_profile(tmp_path: Path, settings: dict[str, str]) -> None:
    plain = seen(tmp_path, PROFILE, {})
    assert "recursive" in plain[-1]
    assert seen(tmp_path, PROFILE, settings) == plain
