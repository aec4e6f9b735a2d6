"""Loops that are to run in machine code as a whole: what is left before its end, every time round, would pass any other test."""

from __future__ import annotations

import json
import textwrap

import pytest

from tests.run.processes import run

SETTING = {"closure": """
    def make(k):
        def add(x):
            return x + k
        return add
    add = make(3)
    def work(n):
        total = 0
        for i in range(n):
            total += add(i)
        return total
""", "closures made anew": """
    def make(k):
        def add(x):
            return x + k
        return add
    def work(n):
        total, add = 0, make(n)
        for i in range(n):
            total += add(i)
        return total
""", "super()": """
    class A:
        def f(self, x):
            return x + 1
    class B(A):
        def f(self, x):
            return super().f(x) * 2
    b = B()
    def work(n):
        total = 0
        for i in range(n):
            total += b.f(i)
        return total
""", "enumerate and zip": """
    names = [str(i) for i in range(40)]
    def work(n):
        total = 0
        for _ in range(n):
            for i, name in enumerate(names):
                total += i
            for a, b in zip(names, names[1:]):
                if a is not b:
                    total += 1
        return total
""", "arguments in a list that an attribute names": """
    class Rows:
        def __init__(self):
            self.rows = [[1, 2], [3, 4]]
    rows = Rows()
    def work(n):
        total = 0
        for i in range(n):
            for a, b in zip(*rows.rows):
                total += a * b
        return total
""", "ints of more than 64 bits": """
    mask = (1 << 64) - 1
    def work(n):
        state, total = 88172645463325252, 0
        for i in range(n):
            state ^= state << 13 & mask
            state ^= state >> 7
            state ^= state << 17 & mask
            total += state & 7
        return total
""", "objects that die with many others": """
    class Node:
        def __init__(self, parts):
            self.parts = parts
    def work(n):
        total = 0
        for i in range(n):
            node = Node([(i, [k]) for k in range(90)])
            total += len(node.parts)
        return total
""", "bytes, numbers and moments that die where objects do": """
    import datetime
    def work(n):
        total, moment, step = 0, datetime.datetime(2020, 1, 1), datetime.timedelta(1)
        for i in range(n):
            thing = object()
            text = b"%d" % i
            number = 2 + 3j * i
            moment = moment + step
            day = moment.date()
            total += len(text)
        return total
"""}  # fmt: skip

PROGRAM = """
import json
import jitney
{source}
plain = work(2000)
jitney.enable(threshold=2, exit_threshold=2)
for _ in range(4):
    assert work(2000) == plain
regions = [region for region in jitney.stats()["regions"] if region["where"].endswith(" work")]
print(json.dumps([[exit["reason"], exit["count"]] for region in regions for exit in region["exits"]]))
"""


@pytest.mark.parametrize("name", SETTING)
def test_a_loop_is_left_at_its_end_alone(name: str) -> None:
    source = PROGRAM.format(source=textwrap.dedent(SETTING[name]))
    exits = json.loads(run(source))
    assert sum([count for _, count in exits]) > 0
    assert sum([count for reason, count in exits if reason not in ("exhausted", "returned")]) <= 20  # on the way, of thousands
