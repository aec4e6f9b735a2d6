"""Runs the .test files: the region before, the passes, the region after (compared modulo renaming)."""

from __future__ import annotations

import pytest

from jitney.ir.parser import parse
from jitney.ir.printer import show
from jitney.ir.verifier import verify
from jitney.opt import run_passes

from ..ir.objects import CONSTANTS
from .datafile import HEADER, Case


def normal(text: str) -> str:
    region = parse(HEADER + text, CONSTANTS)
    verify(region)
    return show(region)


def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    region = parse(HEADER + case.before, CONSTANTS)
    run_passes(region, case.passes, verify=True)
    after = show(region)
    if request.config.getoption("--update-data"):
        if not case.after.strip() or normal(case.after) != after:
            case.update(after.removeprefix(HEADER))
    else:
        assert after == normal(case.after)
