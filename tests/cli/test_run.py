"""`jitney run` does what `python` does, byte by byte: output, errors, exit status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from jitney.cli import run as running
from jitney.errors import OptionError

from .conftest import Run

OFF = {"JITNEY": "0"}  # the way in is tested, not the compiler; JITNEY=0 also keeps stderr free of "unsupported"

SHOW = "import sys; print(__name__, sys.argv, sys.path[0], sys.flags.optimize, __spec__ is None, '__file__' in globals())"

PROGRAMS = {
    "argv": SHOW,
    "status": "import sys; sys.exit(7)",
    "message": "import sys; sys.exit('no good')",
    "nothing": "",
    "traceback": "def f(x):\n    return 1 / x\n\nprint('before')\nf(0)\n",
    "chained": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e\n",
    "syntax": "print('never'\nx = = 3\n",
    "indentation": "if 1:\nprint(2)\n",
    "not utf-8": "x = '\xff'",
    "import error": "import no_such_module\n",
    "stdin": "import sys; print(sys.stdin.read().upper())",
    "pickle": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A, A.__module__)",
    "recursion": "def f(): f()\ntry:\n    f()\nexcept RecursionError as e:\n    print(e)",
    "main module": "import __main__, sys; print(__main__ is sys.modules['__main__'], __main__.__dict__ is globals(), sorted(globals()))",
    "atexit": "import atexit; atexit.register(print, 'bye'); raise SystemExit(3)",
    "thread": "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join(); print('on')",
    "warning": "import warnings; warnings.warn('careful')",
    "frames": "import sys; f = sys._getframe(); print(f.f_back, f.f_code.co_name, f.f_lineno)",
    "hook": "import sys\ndef hook(t, v, tb): print('hook', t.__name__, tb.tb_next)\nsys.excepthook = hook\n1/0",
    "modules": "import sys; print([m for m in sys.modules if 'click' in m or 'rich' in m or m.startswith('jitney.cli')])",
    "spawn": textwrap.dedent("""
        import multiprocessing
        def work(n): return n * n
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(method, pool.map(work, [1, 2, 3]))
        """),
    "runpy": "import runpy, sys; sys.argv[1:] = ['x']; "
    "print(sorted(runpy.run_module('this'))[0]); runpy.run_path('other.py', run_name='__main__')",
}


def compare(run: Run, arguments: list[str], **more: object) -> None:
    plain = run(*arguments, **more)
    ours = run("-m", "jitney", "run", *arguments, env=OFF, **more)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.parametrize("name", PROGRAMS)
def test_script(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SHOW)
    (tmp_path / "prog.py").write_bytes(PROGRAMS[name].encode("latin-1"))
    compare(run, ["prog.py", "-a", "--threshold", "b c"], input="from stdin\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", SHOW, "-x", "--check", "1"],
        ["-cprint(1/0)"],
        ["-c", "1 +"],
        ["-m", "pkg.mod", "-x", "--stats"],
        ["-m", "pkg"],
        ["-m", "no_such_module"],
        ["-mpkg.mod", "-m", "x"],
        ["no_such_file.py"],
        ["directory", "arg"],
        ["zipped.pyz", "arg"],
        ["sub/prog.py"],
        ["-O", "prog.py"],
        ["-OO", "-W", "error", "-X", "dev", "prog.py"],
        ["-I", "prog.py"],
        ["-"],
        [],
    ],
    ids=lambda arguments: " ".join(arguments)[:40] or "nothing",
)
def test_ways_to_start(arguments: list[str], run: Run, tmp_path: Path) -> None:
    import zipfile

    for path in ("prog.py", "sub/prog.py", "pkg/__init__.py", "pkg/mod.py", "pkg/__main__.py", "directory/__main__.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(SHOW)
    with zipfile.ZipFile(tmp_path / "zipped.pyz", "w") as archive:
        archive.writestr("__main__.py", SHOW + "\n1/0\n")
    if "-I" in arguments and not running.installed():
        pytest.skip("under -I Jitney must be installed")
    compare(run, arguments, input="import sys; print('from stdin', sys.argv)\n")


def test_options_of_the_interpreter_hold_for_the_program(run: Run) -> None:
    done = run("-O", "-X", "utf8=0", "-m", "jitney", "run", "-c", "import sys; print(sys.flags.optimize, sys.flags.utf8_mode)", env=OFF)
    assert done.stdout == "1 0\n"
    assert running.own_interpreter_options(["python", "-X", "dev", "-m", "jitney", "run", "x"], ["jitney", "run", "x"]) == ["-X", "dev"]
    assert running.own_interpreter_options(["python", "-Om", "jitney", "run"], ["jitney", "run"]) == ["-O"]
    assert running.own_interpreter_options(["python", "-mjitney", "run"], ["jitney", "run"]) == []
    assert running.own_interpreter_options(["python", "-sP", "/bin/jitney", "run"], ["/bin/jitney", "run"]) == []


@pytest.mark.parametrize("handled", [False, True])
def test_interrupt(handled: bool, clean: dict[str, str], tmp_path: Path) -> None:
    body = "import time\nprint('ready', flush=True)\ntry:\n    time.sleep(30)\nexcept {}:\n    print('caught')\n"
    (tmp_path / "prog.py").write_text(body.format("KeyboardInterrupt" if handled else "ValueError"))
    ends = []
    for way in ([], ["-m", "jitney", "run"]):
        environ = {**clean, **OFF, "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.dirname(__file__)))}
        with subprocess.Popen([sys.executable, *way, "prog.py"], env=environ, cwd=tmp_path, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
            ends.append((process.returncode, out, err))
    assert ends[0] == ends[1]
    assert ends[0][0] == (0 if handled else -signal.SIGINT)


def test_users_own_sitecustomize_runs_and_the_hook_leaves_no_trace(run: Run, tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text("import builtins; builtins.mine = __name__")
    show = "import sys; print(mine, sys.modules['sitecustomize'].__file__, [p for p in sys.path if 'cli/hook' in p])"
    hooked = {"JITNEY": "0", "PYTHONPATH": os.pathsep.join([running.HOOK, str(directory)])}
    assert run("-c", show, env=hooked).stdout == f"sitecustomize {directory}/sitecustomize.py []\n"
    assert run("-c", "print(1)", env={"JITNEY": "0", "PYTHONPATH": running.HOOK}).stdout == "1\n"


def test_options_come_first() -> None:
    request = running.parse(["--threshold", "2", "--stats", "--dump=io", "-O", "-X", "dev", "prog.py", "--threshold", "9"])
    assert request.options == {"threshold": 2, "stats": True, "dump": "io"}
    assert request.python == ["-O", "-X", "dev"]
    assert request.program == ["prog.py", "--threshold", "9"]
    assert running.parse(["-m", "mod", "--stats"]).program == ["-m", "mod", "--stats"]
    assert running.parse(["--no-stats", "-c", "pass"]).options == {"stats": False}
    assert running.parse(["--", "--odd.py"]).program == ["--odd.py"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--treshold", "2"], "no option --treshold; did you mean --threshold?"),
        (["--threshold", "soon"], "--threshold soon: expected a whole number"),
        (["--threshold"], "--threshold wants a value"),
        (["--stats=1"], "--stats takes no value"),
        (["--check", "3"], "expected 0 to 2"),
        (["--dump", "xyz"], "'x' is none of b, i, o, l, a, d"),
    ],
)
def test_wrong_options(arguments: list[str], message: str, run: Run) -> None:
    with pytest.raises(OptionError):
        running.parse(arguments)
    done = run("-m", "jitney", "run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1


def test_help_lists_every_option(run: Run) -> None:
    from jitney.config import OPTIONS

    for done in (run("-m", "jitney", "run", "--help"), run("-m", "jitney", "run", "--stats", "-h")):
        assert done.returncode == 0
        for option in OPTIONS.values():
            assert option.flag in done.stdout
    assert "bench" in run("-m", "jitney", "--help").stdout


def test_the_program_gets_jitney_and_so_do_its_children(run: Run, pretend: dict[str, str], tmp_path: Path) -> None:
    body = """
        import pretend_manager, jitney._startup, multiprocessing, os, sys
        def show(_=None):
            return os.environ["JITNEY"], os.environ["JITNEY_THRESHOLD"]
        if __name__ == "__main__":
            print(show())
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(show, [1])[0])
    """
    (tmp_path / "prog.py").write_text(textwrap.dedent(body))
    done = run("-m", "jitney", "run", "--threshold", "1000000", "prog.py", env=pretend)
    assert done.stdout == "('1', '1000000')\n" * 2, done.stderr
