"""Random regions behave the same before and after, with all passes and with any one of them turned off."""

from __future__ import annotations

from typing import Any

import pytest

from jitney.ir.interpreter import OutOfFuel, run
from jitney.ir.values import Region
from jitney.opt import PASSES, optimise

from .generate import random_region

INPUTS: list[list[Any]] = [[1, 2, 0.5, [1.0, 2.0, 3.0]], [0, 0, -0.0, [1.5]], [-7, 2**62, float("nan"), [0.0] * 20],
                           [5, 3, 1e300, [1.0, 7]],
                           ["no", 1, 1.0, [1.0]]]
SEEDS = range(60)


def outcome(region: Region, number: int) -> str:
    locals = [list(item) if isinstance(item, list) else item for item in INPUTS[number]]
    try:
        left = run(region, locals, fuel=20_000)
    except OutOfFuel:
        return "runs on"
    return repr(([(frame.offset, frame.locals, frame.stack) for frame in left.frames], locals))


def outcomes(region: Region) -> list[str]:
    return [outcome(region, number) for number in range(len(INPUTS))]


@pytest.mark.parametrize("seed", SEEDS)
def test_all_passes(seed: int) -> None:
    expected = outcomes(random_region(seed, 120))
    region = random_region(seed, 120)
    optimise(region, verify=True)
    for before, after in zip(expected, outcomes(region), strict=True):
        assert "runs on" in (before, after) or before == after


@pytest.mark.parametrize("disabled", [entry.name for entry in PASSES])
def test_one_pass_off(disabled: str) -> None:
    for seed in range(100, 108):
        expected = outcomes(random_region(seed, 100))
        region = random_region(seed, 100)
        optimise(region, disabled={disabled}, verify=True)
        for before, after in zip(expected, outcomes(region), strict=True):
            assert "runs on" in (before, after) or before == after
