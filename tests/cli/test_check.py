"""`jitney check`: it tells programs that compute something else under Jitney, by whatever way that can be seen, from those that do not."""

from __future__ import annotations

import collections
import datetime
import decimal
import io
from pathlib import Path
from typing import Any

import pytest

from jitney.bench.check import apart
from jitney.bench.watched import source
from jitney.bench.watched.digest import digest

from .conftest import Run

PROGRAM = """
import os, pyperf, sys, time

def wrong(what):
    return what == {wrong!r} and "JITNEY" in os.environ

def compute(n):
    total = 0
    for i in range(n):
        total += i
    return total

def thrown_away(loops):
    t0 = pyperf.perf_counter()
    for _ in range(loops):
        compute(1000 + wrong("thrown away"))
    return pyperf.perf_counter() - t0

def variable(loops):
    t0 = pyperf.perf_counter()
    for _ in range(loops):
        kept = compute(1000 + wrong("variable"))
    return pyperf.perf_counter() - t0

def result(n):
    return [compute(n) + wrong("result")]

def argument(items):
    items.append(wrong("argument"))

async def awaited():
    return wrong("awaited")

if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.parse_args()
    runner.bench_time_func("thrown away", thrown_away)
    runner.bench_time_func("variable", variable)
    runner.bench_func("result", result, 100)
    runner.bench_func("argument", argument, [])
    runner.bench_async_func("awaited", awaited)
    runner.bench_command("command", [sys.executable, "-c", "print(" + repr(wrong("command")) + ")"])
    state = {{"global": wrong("global")}}
    varying = time.time(), os.getpid(), object()
    print(os.getpid())
    print(wrong("output"))
    if wrong("raises"):
        raise ValueError("under jitney")
    if wrong("killed"):
        os.kill(os.getpid(), 9)
    sys.exit(3 + wrong("exit status"))
"""


@pytest.mark.parametrize(("wrong", "told"), [
    ("", ""), ("thrown away", "line 16, time 1: 0x79f2c but 0x7a314"), ("variable", ", kept: 0x79f2c but 0x7a314"),
    ("result", "result: result 1: list[1] 0x1356 ; but list[1] 0x1357 ;"), ("argument", "argument: arguments: tuple[1] list["),
    ("awaited", "awaited: result 1: False but True"), ("command", "command: output 0: 'False\\n' but 'True\\n'"),
    ("global", "global state: dict[1] 'global' False"), ("output", "stdout line 2: False but True"),
    ("raises", "ValueError: under jitney"), ("killed", "killed by signal 9"), ("exit status", "exit status: 3 but 4"),
])  # fmt: skip
def test_what_differs_is_told(run: Run, tmp_path: Path, wrong: str, told: str) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.format(wrong=wrong))
    done = run("-m", "jitney", "check", "--seconds", "0.01", "program.py")
    assert done.returncode == int(bool(wrong)), done.stderr
    said = done.stderr.strip()
    assert said.startswith("program: differs: " if wrong else "program: same") and told in said


def test_what_cannot_run_is_no_difference(run: Run, tmp_path: Path) -> None:
    (tmp_path / "missing.py").write_text("import no_such_module\n")
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    (tmp_path / "good.py").write_text("total = 0\nfor i in range(20000):\n    total += i\nprint(total)\n")
    done = run("-m", "jitney", "check", "--timeout", "1", "missing.py", "slow.py", "good.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["missing: could not run: ModuleNotFoundError: No module named 'no_such_module'",
                                        "slow: could not run: took longer than 1 s", "good: same"]  # fmt: skip
    assert "1 same, 0 differs, 2 could not run" in done.stdout
    assert run("-m", "jitney", "check", "missing.py").returncode == 2


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a: object) -> None:
        self.a = a


class Attributes(list[object]):
    def __init__(self, items: list[object], name: object) -> None:
        super().__init__(items)
        self.name = name


def _same_twice() -> list[object]:
    shared: list[object] = [1]
    cycle: list[object] = []
    cycle.append(cycle)
    return [shared, shared, cycle, {"a", "b", "c"}, frozenset({1.5}), Slots(2), Attributes([1], "n"), {1: object()}, io.BytesIO(b"x"),
            decimal.Decimal("1.10"), datetime.date(2020, 1, 2), collections.OrderedDict(a=1), iter([1]), len, int, slice(1, 2),
            ValueError("x"), 10**5000, "\udc80", lambda: None]  # fmt: skip


def _through_sets(depth: int) -> Slots:
    """Objects that reach one another through a set each, in a circle."""
    objects = [Slots(set()) for _ in range(depth)]
    for number, one in enumerate(objects):
        one.a = {objects[number - 1], objects[number - 2]}
    return objects[0]


def test_digests_end() -> None:
    assert digest(_through_sets(50)) == digest(_through_sets(50))
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert digest(nested) == digest([nested])
    assert digest(list(range(100_000))) == digest([*range(99_999), 0])


def test_digests_say_everything_and_no_addresses() -> None:
    assert digest(_same_twice()) == digest(_same_twice())
    pairs: list[tuple[Any, Any]] = [
        (1, True), (0.0, -0.0), (1, 1.0), ([1], (1,)), ([[1], [1]], [[1]] * 2), ({1: 2, 3: 4}, {3: 4, 1: 2}), (Slots(1), Slots(2)),
        (Attributes([1], "n"), Attributes([1], "m")), (Attributes([1], "n"), Attributes([2], "n")), ({1, 2}, {1, 3}),
        (decimal.Decimal("1.1"), decimal.Decimal("1.10")), (io.StringIO("a"), io.StringIO("b")), (ValueError(1), ValueError(2)),
    ]  # fmt: skip
    for one, other in pairs:
        assert digest(one)[0] != digest(other)[0], (one, other)


def test_only_timing_functions_are_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        "def timing():\n    'doc'\n    perf.perf_counter()\n    def inner():\n        yield 1\n        f(2)\n    inner()\n\n"
        "def other():\n    f(3)\n"
    )
    seen = []
    names: dict[str, Any] = {source.SEEN: lambda value, line: seen.append((line, value)), "f": lambda value: value}
    names["perf"] = type("perf", (), {"perf_counter": staticmethod(lambda: "now")})
    exec(source.compiled(str(path)), names)
    names["timing"]()
    names["other"]()
    assert seen[0] == (3, "now") and [line for line, _ in seen] == [3, 7]
    assert list(seen[1][1]) == [1] and seen[2:] == [(6, 2)]
    assert names["timing"].__doc__ == "doc"


def test_long_texts_are_shown_where_they_part() -> None:
    assert apart("same", "other") == "same but other"
    same = "0123456789" * 10
    assert apart(same + "one", same + "ther") == f"...{same[:30]}one but ...{same[:30]}ther"
    assert apart(same, same) == "after the first 100 characters"
