"""Where the compiler is loaded, and when: in copies of the process at first."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from test_background import START, run

from jitney.live.limits import processors

pytestmark = pytest.mark.skipif(processors() < 2, reason="copies are made where there are several processors")


def test_copies_load_it_and_the_process_does_not() -> None:
    assert run("""
        jitney.enable(threshold=100)
        until(lambda: jitney.stats()["entries"] > 3)
        print(jitney.stats()["compilations"] > 0, "jitney.live.draft" in sys.modules, "llvmlite" in sys.modules)
    """) == "True False False"


def test_the_process_loads_it_where_copies_would_do_so_again_and_again() -> None:
    assert run("""
        import jitney.live.decisions
        jitney.live.decisions.OFTEN = 1
        jitney.enable(threshold=100, budget=0)
        until(lambda: "jitney.live.draft" in sys.modules)
        def product(n):
            result = 1
            for i in range(1, n):
                result = result * i % 1000003
            return result
        def compiled():
            product(20000)
            return any([" product" in region["where"] and region["entries"] for region in jitney.stats()["regions"]])
        until(compiled)
        errors = [place for place in jitney.stats()["given_up"] if "error" in place["reason"]]
        print("llvmlite" in sys.modules, compiled(), jitney.live.manager._manager.worker.copies.failures, errors)
    """) == "True True 0 []"


def test_what_the_program_put_in_the_place_of_a_library_function_is_not_called() -> None:
    assert run("""
        import functools
        import jitney.live.decisions
        jitney.enable(threshold=100, budget=0)
        called = []
        usual = functools.wraps
        functools.wraps = lambda *a, **k: called.append(a) or usual(*a, **k)
        until(lambda: False, 1)
        print(jitney.stats().get("compilations", 0), called)
        functools.wraps = usual
        until(lambda: jitney.stats().get("entries", 0) > 3)
        print(jitney.stats()["entries"] > 3, called)
    """) == "0 []\nTrue []"


def test_loops_of_a_module_that_is_being_imported(tmp_path: Path) -> None:
    (tmp_path / "long_import.py").write_text("import __main__\n__main__.until(lambda: __main__.jitney.stats()['entries'] > 3)\n")
    assert run(f"""
        sys.path.insert(0, {str(tmp_path)!r})
        import jitney.live.decisions
        jitney.live.manager.is_importing = lambda frame: False  # what decides is loaded at once; only in a copy may more be
        jitney.enable(threshold=100)
        import long_import
        print(jitney.stats()["entries"] > 3, "llvmlite" in sys.modules)
    """) == "True False"


def test_a_compiler_that_is_gone_is_told_of_once_and_the_program_goes_on() -> None:
    source = textwrap.dedent("""
        jitney.enable(threshold=100, budget=0)
        sys.modules["llvmlite"] = None
        until(lambda: False, 3)
        print(sum_of(1000) == sum(i * i % 7 for i in range(1000)), jitney.stats()["entries"])
    """)
    done = subprocess.run([sys.executable, "-c", START + source], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "True 0")
    assert done.stderr.count("could not be loaded") == 1 and len(done.stderr.splitlines()) == 1
