"""The public functions, what is said where Jitney cannot run, and what the report shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import jitney
from jitney import statistics, support
from jitney.marks import never_codes
from jitney.reasons import REASONS, GiveUp, describe

from .conftest import ROOT, Run


def test_import_is_cheap(run: Run) -> None:
    code = ("import sys, time; before = set(sys.modules); start = time.perf_counter(); import jitney; took = time.perf_counter() - start; "
            "print(took, *sorted(set(sys.modules) - before))")  # fmt: skip
    run("-c", code)
    took, *modules = min((run("-c", code).stdout.split() for _ in range(3)), key=lambda words: float(words[0]))
    assert float(took) < 0.010
    assert [name for name in modules if name.startswith("jitney")] == ["jitney", "jitney.errors"]


def test_on_and_off(run: Run, pretend: dict[str, str]) -> None:
    code = """if 1:
        import pretend_manager, jitney
        log = pretend_manager.manager.log
        assert not jitney.status() and "not enabled" in jitney.status().reason
        jitney.disable()
        jitney.enable(threshold=2)
        assert jitney.status() and jitney.status().options["threshold"] == 2, jitney.status()
        jitney.enable()
        assert [entry[0] for entry in log] == ["start"] and log[0][1].threshold == 2
        jitney.enable(check=1)
        assert [entry[0] for entry in log] == ["start", "stop", "start"] and log[2][1].threshold == 2 and log[2][1].check == 1
        assert jitney.stats()["recordings"] == 3
        jitney.disable()
        assert not jitney.status() and "disable()" in jitney.status().reason
        assert isinstance(jitney.status(), jitney.Status)
        jitney.enable()
        print("done")
    """
    done = run("-c", code, env=pretend)
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Everything is as it should be, but for what the test breaks."""
    monkeypatch.setattr(support, "_missing", lambda module: False)
    return monkeypatch


def test_each_obstacle_says_what_to_do(patched: pytest.MonkeyPatch) -> None:
    class Implementation:
        name = "pypy"

    with patched.context() as change:
        change.setattr(sys, "implementation", Implementation)
        assert "PyPy" in support.obstacle() and "CPython 3.12 or 3.13" in support.obstacle()
    with patched.context() as change:
        change.setattr(sys, "version_info", (3, 11, 4))
        assert "this is 3.11" in support.obstacle()
    with patched.context() as change:
        change.setattr(sys, "abiflags", "t")
        assert "free-threaded" in support.obstacle()
    with patched.context() as change:
        change.setattr(support, "_missing", lambda module: module == "jitney._runtime")
        assert "pip install ." in support.obstacle()
    with patched.context() as change:
        change.setattr(support, "_missing", lambda module: module == "llvmlite")
        assert "pip install llvmlite" in support.obstacle()
        assert support.obstacle("interpreter") == ""
        with pytest.raises(jitney.UnsupportedError):
            support.require()


def test_another_tool_has_the_id(patched: pytest.MonkeyPatch) -> None:
    if sys.monitoring.get_tool(5) is not None:
        pytest.skip("the id is in use here")
    sys.monitoring.use_tool_id(5, "other jit")
    try:
        assert "'other jit'" in support.obstacle()
    finally:
        sys.monitoring.free_tool_id(5)


def test_unsupported_from_code_and_from_the_environment(run: Run) -> None:
    broken = "import jitney.support as s; s._missing = lambda m: m == 'llvmlite'; "
    done = run("-c", broken + "import jitney; jitney.enable()")
    assert done.returncode == 1 and "UnsupportedError: Jitney needs llvmlite" in done.stderr
    done = run("-c", broken + "import os; os.environ['JITNEY'] = '1'; "
               "import jitney.switch; jitney.switch.start_from_environment(); print('on it goes')")  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert done.stdout == "on it goes\n"
    assert last.startswith("jitney: Jitney needs llvmlite") and last.endswith("The program runs without Jitney.")


def test_old_interpreters_get_the_message_too(clean: dict[str, str]) -> None:
    """The modules on the way to the message must load on other Pythons."""
    import shutil

    code = "import jitney\ntry: jitney.enable()\nexcept jitney.UnsupportedError as e: print(e)"
    for name, said in (("pypy3", "PyPy"), ("/usr/bin/python3", "and this is 3.")):
        found = shutil.which(name)
        if found is None:
            continue
        version = subprocess.run([found, "-c", "import sys; print(sys.version_info >= (3, 12) and sys.implementation.name == 'cpython')"],
                                 capture_output=True, text=True, env=clean).stdout  # fmt: skip
        if version.strip() == "True":
            continue
        done = subprocess.run([found, "-c", code], env={**clean, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                              capture_output=True, text=True)  # fmt: skip
        assert said in done.stdout, done.stderr


def test_sub_interpreters_stay_plain_silently(run: Run) -> None:
    module = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    code = f"import {module} as i; from jitney import support; print(support.in_sub_interpreter(), flush=True); n = i.create(); " \
           "i.run_string(n, 'from jitney import support; print(support.in_sub_interpreter(), flush=True)')"  # fmt: skip
    assert run("-c", code).stdout == "False\nTrue\n"


def test_startup_file_costs_nothing_when_unset(run: Run) -> None:
    line = (ROOT / "packaging" / "jitney.pth").read_text()
    assert line.count("\n") == 1 and line.startswith("import ")
    # what would take time is to import something (how long it takes is no matter for a test: a busy machine takes its time)
    code = f"import os, sys; line = {line!r}; before = set(sys.modules); exec(line); print(sorted(set(sys.modules) - before))"
    assert run("-c", code).stdout.split() == ["[]"]
    assert "'jitney'" in run("-S", "-c", code, env={"JITNEY": "1"}).stdout


def test_never() -> None:
    @jitney.never
    def outer() -> list[int]:
        def inner() -> int:
            return 1

        return [inner() for _ in range(2)]

    @jitney.never
    class Thing:
        def method(self) -> int:
            return 1

        @property
        def size(self) -> int:
            return 2

        @staticmethod
        def static() -> None: ...

    def other() -> None: ...

    assert outer() == [1, 1]
    assert outer.__code__ in never_codes
    inner = next(constant for constant in outer.__code__.co_consts if isinstance(constant, types.CodeType))
    assert inner in never_codes
    assert Thing.method.__code__ in never_codes and Thing.static.__code__ in never_codes
    assert vars(Thing)["size"].fget.__code__ in never_codes
    assert other.__code__ not in never_codes
    with pytest.raises(TypeError, match="functions and classes written in Python"):
        jitney.never(len)


def test_statistics_are_complete() -> None:
    assert statistics.problems(jitney.stats()) == []
    figures = statistics.complete({"regions": [{"where": "x", "exits": [{"count": 1}]}]})
    assert statistics.problems(figures) == []
    assert figures["regions"][0]["seconds"]["llvm"] == 0.0
    assert statistics.problems({**figures, "odd": 1, "recordings": "3"}) == ["unknown: odd", "not int: recordings"]


def test_report_at_exit(run: Run, pretend: dict[str, str], tmp_path: Path) -> None:
    environ = {**pretend, "JITNEY_STATS": "1", "JITNEY_STATS_JSON": "out-{pid}.json"}
    done = run("-c", "import os, pretend_manager, jitney; jitney.enable(); print(os.getpid())", env=environ)
    figures = json.loads((tmp_path / f"out-{done.stdout.strip()}.json").read_text())
    assert statistics.problems(figures) == []
    for text in ("1 region", "3 recordings", "llvm 250.0 ms", "a.py:3 f", "a value had another type than was recorded", "a.py:5",
                 "an instruction that Jitney cannot compile here: SEND"):  # fmt: skip
        assert text in " ".join(done.stderr.split()), text


def test_reasons() -> None:
    for key, reason in REASONS.items():
        assert key == reason.key and reason.kind in ("record", "build", "guard")
        assert reason.sentence and not reason.sentence.endswith(".")
    error = GiveUp("opcode", "SEND")
    assert error.key == "opcode" and str(error) == describe("opcode", "SEND") == "an instruction that Jitney cannot compile here: SEND"


def test_reasons_in_use_are_in_the_table() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {key}"
        for path in (ROOT / "jitney").rglob("*.py")
        if path.name != "reasons.py"
        for key in re.findall(r"""GiveUp\(\s*["']([^"']+)["']""", path.read_text(encoding="utf-8"))
        if key not in REASONS
    }
    assert not unknown


def test_reference_pages_are_up_to_date(run: Run) -> None:
    done = run(str(ROOT / "tools" / "gen_docs.py"), "--check")
    assert done.returncode == 0, done.stdout + "run: python tools/gen_docs.py"
