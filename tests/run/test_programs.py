"""The programs of `programs/` behave the same plainly and under Jitney, in several settings. See differential.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import jitney

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(jitney.__file__).parents[1])}  # the same jitney, installed or not
SETTINGS = ("usual", "hot", "plain", "forced")  # the others take longer than they are worth each time: run differential.py by hand


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_same_behaviour(path: Path, setting: str, request: pytest.FixtureRequest) -> None:
    if path.stem == "recursion_depths" and sys.version_info < (3, 13):
        reason = "3.12: recursion through operators (and by a frame through methods) ends earlier than plainly"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=setting != "usual"))
    command = [sys.executable, "-X", "faulthandler", "-W", "ignore", str(HERE / "differential.py"), "--setting", setting, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=ENVIRONMENT) as process:
        try:
            out, err = process.communicate(timeout=220)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err = f"took too long\n{err}"
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    begun = [line["begin"] for line in lines if "begin" in line]
    found = [line for line in lines if "begin" not in line and "done" not in line]
    assert found == []
    assert {"done": True} in lines, f"in {begun[-1:]}, exit status {process.returncode}\n{err[-3000:]}"
    assert process.returncode == 0, err[-3000:]
