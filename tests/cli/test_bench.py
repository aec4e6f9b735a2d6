"""`jitney bench`: what it finds, how it measures (a tiny run), what it works out and shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jitney.bench import programs, table
from jitney.bench.results import Results, median_interval
from jitney.errors import JitneyError

from .conftest import Run

pytest.importorskip("pyperf")
pytest.importorskip("pyperformance")


def test_every_name_in_the_tables_exists() -> None:
    for name in programs.PURE + programs.APPLICATIONS:
        assert programs.named(name).path.exists(), name


def test_finding() -> None:
    assert programs.named("scimark_fft").arguments == ("fft",)
    assert programs.named("deepcopy_memo").task == 2
    assert programs.named("pickle_pure_python").arguments == ("--pure-python", "pickle")
    assert [program.name for program in programs.find(("nbody", "sieve", "nbody", "examples"))][:2] == ["nbody", "sieve"]
    assert len(programs.find(())) == len(programs.PURE) + 2
    for wrong in ("no_such_program", "no/such/file.py"):
        with pytest.raises(JitneyError):
            programs.find((wrong,))


def test_examples_of_another_package_are_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the wheel is installed, what lies beside it is anybody's: pyperformance has a directory of that name there."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "theirs.py").write_text("")
    monkeypatch.setattr(programs, "EXAMPLES", tmp_path / "examples")
    monkeypatch.chdir(Path(__file__).parents[2])
    assert "sieve" in [program.name for program in programs.examples()]


def test_a_tiny_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("total = 0\nfor i in range(20000):\n    total += i\nprint(total)\n")
    (tmp_path / "bad.py").write_text("raise ValueError('as it should')\n")
    (tmp_path / "plain_only.py").write_text("import os\nif os.environ.get('JITNEY'):\n    raise ValueError('under jitney')\n")
    done = run("-m", "jitney", "bench", "--quick", "--no-pypy", "--control", "--json", "out.json",
               "good.py", "bad.py", "plain_only.py", "unpack_sequence", "import_jitney",
               env={"JITNEY_THRESHOLD": "1000000"})  # fmt: skip
    assert done.returncode == 1, done.stderr  # plain_only fails under Jitney alone
    assert "Traceback" not in done.stderr
    results = Results.load(str(tmp_path / "out.json"))
    assert results.error("bad", "plain") == results.error("bad", "jitney") == "ValueError: as it should"
    assert results.error("plain_only", "jitney") == "ValueError: under jitney" and not results.error("plain_only", "plain")
    for name in ("good", "unpack_sequence"):
        for other in ("jitney", "control"):
            ratio = results.ratio(name, other)
            assert ratio is not None and ratio.low <= ratio.value <= ratio.high
        assert results.first_ratio(name, "jitney")
    assert (results.import_time() or 1) < 0.5
    shown = run("-m", "jitney", "bench", "--show", "out.json", "--markdown", "--compare", "out.json").stdout
    assert "failed: ValueError: under jitney" in shown and "(+0 %)" in shown
    assert "CPython again" in run("-m", "jitney", "bench", "--show", "out.json").stdout
    assert len(table.columns(results, None)) == len(table.geomeans(results, None)) == len(table.rows(results, None)[0])
    assert "| unpack_sequence |" in run("-m", "jitney", "bench", "--show", "out.json", "--markdown").stdout


def sample(scale: float) -> Results:
    def series(*medians: float) -> dict[str, object]:
        return {"first": [medians[0] * 2], "rounds": [[value] for value in medians], "warmup": [0.5, None], "error": ""}

    return Results({
        "format": 1, "date": "today", "machine": {"processor": "p", "processors": 2},
        "interpreters": {"plain": {"version": "3.13.0"}, "jitney": {"version": "0.1.0", "enabled": True}},
        "programs": {
            "a": {"plain": series(4.0, 4.0), "jitney": series(1.0 / scale, 2.0 / scale)},
            "b": {"plain": series(1.0, 1.0), "jitney": series(0.5 / scale, 0.5 / scale)},
        },
    })  # fmt: skip


def test_figures() -> None:
    results = sample(1.0)
    ratio = results.ratio("a", "jitney")
    assert ratio is not None and (ratio.low, ratio.high) == (2.0, 4.0) and ratio.value == pytest.approx(8**0.5)
    assert results.geomean("jitney") == pytest.approx((8**0.5 * 2) ** 0.5)
    assert results.warmup("a", "jitney") == 0.5
    faster = table.rows(sample(3.0), results)
    assert [row[-1] for row in faster] == ["+200 %", "+200 %"]
    assert [row[-1] for row in table.rows(sample(1.1), results)] == ["(+10 %)", "+10 %"]
    assert len(table.columns(results, None)) == len(table.geomeans(results, None)) == len(table.rows(results, None)[0])
    assert "**geometric mean**" in table.markdown(results)


@pytest.mark.parametrize(("count", "low", "high"), [(1, 1, 1), (5, 1, 5), (6, 1, 6), (9, 2, 8), (45, 16, 30)])
def test_where_a_median_is(count: int, low: int, high: int) -> None:
    """The ranks of tables of the binomial distribution."""
    assert median_interval([float(value) for value in range(count, 0, -1)]) == (low, high)


@pytest.mark.parametrize(("value", "text"), [(1.5, "1.5 s"), (0.0123, "12.3 ms"), (2e-6, "2 µs"), (5e-9, "5 ns"), (None, "")])
def test_seconds(value: float | None, text: str) -> None:
    assert table.seconds(value) == text


def test_a_file_that_is_no_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"format": 99}))
    done = run("-m", "jitney", "bench", "--show", "x.json")
    assert done.returncode == 2 and "is not a file that `jitney bench --json` wrote" in " ".join(done.stderr.split())
