"""Loops over generators, and C functions that go through them, are compiled as a whole: nothing is left for the sake of an item."""

from __future__ import annotations

import json

import pytest

from tests.run.processes import run

PROGRAM = """
import json, sys
import jitney
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
def evens(xs):
    for x in xs:
        if x % 2 == 0:
            yield x
def work(n):
    {body}
jitney.enable(threshold=2, exit_threshold=2)
def drive(rounds):
    for _ in range(rounds):
        found = work(400)
    return found
for _ in range(4):
    found = drive(15)
names = "drive", "work", "count", "evens"
regions = [region for region in jitney.stats()["regions"] if region["where"].rpartition(" ")[2].split(".")[0] in names]
whole = [region for region in regions if region["where"].rpartition(" ")[2] in ("drive", "work")]
print(json.dumps([found, sum(region["entries"] for region in regions), len(whole)]))
"""
LOOP = "total = 0\n    for x in {}:\n        total += x\n    return total"


@pytest.mark.parametrize(("body", "result"), [
    (LOOP.format("count(n)"), 79_800),
    (LOOP.format("evens(count(n))"), 39_800),
    (LOOP.format("evens(x + 1 for x in evens(count(n)))"), 0),
    (LOOP.format("(x * y for x in range(n) for y in (1, 2))"), 239_400),
    ("return sum(x * 2 for x in range(n))", 159_600),
    ("return sum(x * 0.5 for x in range(n))", 39_900.0),
    ("return any(x < 0 for x in count(n)), all(x >= 0 for x in count(n))", [False, True]),
    ("return max(x ^ 7 for x in range(n)), min(x ^ 7 for x in range(n))", [399, 0]),
    ("return len(list(x for x in range(n))), len(set(x // 2 for x in count(n))), len(tuple(x for x in range(n)))", [400, 200, 400]),
    ("return len(sorted(-x for x in range(n))), len(','.join('x' for x in range(n)))", [400, 799]),
])
def test_no_item_is_left_for(body: str, result: object) -> None:
    found, entries, whole = json.loads(run(PROGRAM.format(body=body)))
    assert found == result
    assert whole > 0
    assert entries < 60 * 40  # of 60 * 400 rounds
