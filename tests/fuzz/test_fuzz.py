"""A short run of the fuzzer, and what it has found before. `make fuzz` runs it for as long as you like."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import jitney

from .generate import generate

HERE = Path(__file__).parent
FOUND = sorted((HERE / "found").glob("*.py"))
KNOWN = sorted((HERE / "known").glob("*.py"))  # differ, still
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1]), "PYTHONHASHSEED": "0"}
#: what a program found before is compared under; `python -m tests.fuzz FILE` takes all settings
SETTINGS = "hot,once,once-checked,plain,forced-3,forced-10,forced-hot"


def fuzz(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    done = subprocess.run(command, cwd=HERE.parents[1], env=ENVIRONMENT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_some_programs(tmp_path: Path) -> None:
    out = fuzz("--first", "70000", "--seconds", "20", "--count", "150", "--reduce", "0", "--out", str(tmp_path))
    regions = int(out.split(" compilations")[0].split()[-1])
    assert regions > 10, out  # it was compiled code that was compared


def test_programs_found_before() -> None:
    fuzz("--settings", SETTINGS, "--reduce", "0", *map(str, FOUND))


@pytest.mark.xfail(strict=True, reason="not mended yet; to found/ with it when it is")
@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
def test_programs_that_still_differ(path: Path) -> None:
    fuzz("--settings", "once", "--reduce", "0", str(path))


@pytest.mark.parametrize("seed", range(0, 4000, 97))
def test_programs_can_be_parsed_and_are_the_same_each_time(seed: int) -> None:
    source = generate(seed)
    assert source == generate(seed)
    with warnings.catch_warnings(action="ignore"):
        compile(source, "program", "exec")
