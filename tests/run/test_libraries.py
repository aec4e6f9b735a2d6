"""Programs that use C extensions in hot loops compute the same under Jitney, as `jitney check` sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import jitney

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1])}


@pytest.mark.parametrize(("program", "needs"), [("standard_library", "sqlite3"), ("numpy_loops", "numpy"), ("pandas_loops", "pandas"),
                                                 ("lxml_loops", "lxml")])  # fmt: skip
def test_same_results(program: str, needs: str) -> None:
    if find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    command = [sys.executable, "-m", "jitney", "check", str(HERE / "libraries" / f"{program}.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=220)
    assert done.returncode == 0 and f"{program}: same" in done.stderr, done.stdout + done.stderr
