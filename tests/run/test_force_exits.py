"""The option force_exits: guards are left though they hold, and nothing else differs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, jitney

def work(n):
    total, items = 0, []
    for i in range(n):
        total += i * 3 % 7
        items.append(total / 2)
    return total, sum(items)

expected = work(400)
jitney.enable(threshold=2, exit_threshold=1000000, force_exits=RARITY)
same = work(400) == expected
stats = jitney.stats()
print(json.dumps({"same": same, "entries": stats["entries"], "exits": stats["exits"]}))
"""


def run(rarity: int) -> dict[str, int]:
    done = subprocess.run([sys.executable, "-c", PROGRAM.replace("RARITY", str(rarity))], capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("rarity", [1, 2, 50])
def test_results_are_the_same(rarity: int) -> None:
    found = run(rarity)
    assert found["same"]
    assert found["exits"] > (2 if rarity == 50 else 100)
    if rarity == 50:
        assert found == run(rarity)  # the same guards each time, until it is tried whether entering pays


def test_none_are_forced_without_it() -> None:
    found = run(0)
    assert found["same"] and found["entries"] < 10
