"""How a process, a thread or an interpreter ends while Jitney is at work: nothing crashes, hangs or says anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.run.processes import ENVIRONMENT, SETTINGS, run


@pytest.mark.parametrize("setting", SETTINGS)
def test_daemon_threads_in_compiled_code(setting: str) -> None:
    for attempt in range(20 if setting == "compiled" else 10):
        assert run(f"""
            jitney.enable({SETTINGS[setting]})
            def forever(work):
                while True:
                    work(3000)
            for work in (sum_of, points, sum_of):
                threading.Thread(target=forever, args=(work,), daemon=True).start()
            end = time.monotonic() + 0.1 + 0.02 * {attempt}
            while time.monotonic() < end:
                points(300)
            atexit.register(lambda: print(sum_of(1000) == sum(i * i % 7 for i in range(1000))))
        """) == "True"


def test_what_is_done_at_the_end_may_be_hot() -> None:
    """In atexit handlers, finalizers of the main module's variables and threads that are waited for."""
    for setting in SETTINGS.values():
        assert run(f"""
            jitney.enable({setting})
            expected = sum(i * i % 7 for i in range(30000)), sum(range(5000))
            def check():
                print((sum_of(30000), points(5000)) == expected, end=" ")
            class Late:
                def __del__(self, check=check):
                    check()
            def begin():
                time.sleep(0.02)
                for _ in range(20):
                    check()
            late = Late()
            atexit.register(check)
            @atexit.register
            def collect():
                for _ in range(5):
                    points(2000)
                    gc.collect()
            threading.Thread(target=begin).start()
        """) == " ".join(["True"] * 22)


WAYS_OUT = {"sys.exit(3)": 3, "os._exit(4)": 4, "os.kill(os.getpid(), signal.SIGTERM)": -15, "os.abort()": -6}


@pytest.mark.parametrize("how,status", WAYS_OUT.items(), ids=["exit", "_exit", "terminated", "aborted"])
def test_while_the_compile_thread_is_busy(how: str, status: int) -> None:
    for wait in (0, 0.03, 0.1, 0.3):
        if how == "os.abort()":
            how = "import faulthandler; faulthandler.disable(); os.abort()"
        run(f"""
            jitney.enable(threshold=50, budget=0)
            end = time.monotonic() + {wait}
            points(2000)
            while time.monotonic() < end:
                points(2000)
                sum_of(2000)
            {how}
        """, status)


def test_exit_in_a_compiled_loop() -> None:
    for setting in SETTINGS.values():
        assert run(f"""
            jitney.enable({setting})
            def loop(n):
                for i in range(n):
                    points(10)
                    if i == n - 1:
                        print(i)
                        sys.exit(5)
            try:
                loop(3000)
            except SystemExit:
                pass
            loop(5000)
        """, 5) == "2999\n4999"


FORK = """
jitney.enable({setting})
maker = os.getpid()
expected = sum_of(4000), points(4000)
def forked(n):
    children = []
    for i in range(n):
        points(40)
        if i % 100 == 99 and os.getpid() == maker:
            child = os.fork()
            if child:
                children.append(child)
            elif not all((sum_of(4000), points(4000)) == expected for _ in range(30)):
                os._exit(1)
            else:
                {end}
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] if os.getpid() == maker else n
answers = forked(300), forked(600)
if os.getpid() != maker:
    os._exit(7 if answers[-1] == 600 else 1)
print(set(answers[0]), set(answers[1]))
"""


@pytest.mark.parametrize("end", ["os._exit(7)", "sys.exit(7)", "pass"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_children_forked_in_a_compiled_loop(setting: str, end: str) -> None:
    assert run(FORK.format(setting=SETTINGS[setting], end=end)) == "{7} {7}"


def test_many_threads_and_a_fork() -> None:
    """Other threads are in compiled code when the process forks: they are not in the child."""
    for setting in SETTINGS.values():
        assert run(f"""
            import warnings
            warnings.simplefilter("ignore")
            jitney.enable({setting})
            expected = sum_of(4000), points(4000)
            stop = False
            def work():
                while not stop:
                    assert sum_of(4000) == expected[0] and points(4000) == expected[1]
            threads = [threading.Thread(target=work) for _ in range(3)]
            [thread.start() for thread in threads]
            statuses = set()
            for _ in range(12):
                child = os.fork()
                if child == 0:
                    same = all((sum_of(4000), points(4000)) == expected for _ in range(20))
                    os._exit(7 if same else 1)
                statuses.add(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            stop = True
            [thread.join() for thread in threads]
            print(statuses)
        """) == "{7}"


MULTIPROCESSING = """
import multiprocessing, sys
import jitney

def work(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total, jitney.status().enabled

if __name__ == "__main__":
    jitney.enable(threshold=50, budget=0)
    expected = work(30000)
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        answers = pool.map(work, [30000] * 40)
    print(set(answer[0] for answer in answers) == {expected[0]}, {answer[1] for answer in answers})
"""


@pytest.mark.parametrize("method,enabled", [("fork", True), ("spawn", False), ("forkserver", False)])
def test_multiprocessing(method: str, enabled: bool, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(MULTIPROCESSING)
    for setting, on in (({}, enabled), ({"JITNEY": "1"}, True)):
        done = subprocess.run([sys.executable, "-X", "faulthandler", str(path), method], capture_output=True, text=True, timeout=200,
                              env={**ENVIRONMENT, **setting})  # fmt: skip
        assert (done.stdout, done.stderr, done.returncode) == (f"True {{{on}}}\n", "", 0)


SUB_INTERPRETER = """
try:
    import _interpreters as interpreters
    make, run_in = interpreters.create, interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    make, run_in = interpreters.create, interpreters.run_string
jitney.enable({setting})
source = '''
import sys
def sum_of(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
first = sum_of(20000)
try:
    import jitney
    jitney.enable()
except ImportError as error:
    said = str(error)
except Exception as error:
    said = type(error).__name__ + ": " + str(error)
else:
    said = "on"
same = all(sum_of(20000) == first for _ in range(5)) and sys.monitoring.get_tool(sys.monitoring.OPTIMIZER_ID) is None
with open(path, "w") as file:
    file.write(f"{{said}} {{same}} {{jitney.status().enabled}}")
'''
import tempfile
expected = sum_of(20000)
said = set()
def one(number):
    with tempfile.NamedTemporaryFile("r") as file:
        interpreter = make()
        failed = run_in(interpreter, f"path = {{file.name!r}}" + source)
        assert failed is None, failed
        interpreters.destroy(interpreter)
        said.add(file.read())
    assert sum_of(20000) == expected
{how}
print(*said)
print(sum_of(20000) == expected, jitney.status().enabled)
"""


@pytest.mark.parametrize("how", ["[one(number) for number in range(6)]",
                                 "threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]; "
                                 "[thread.start() for thread in threads]; [thread.join() for thread in threads]"],
                         ids=["one", "threads"])  # fmt: skip
@pytest.mark.parametrize("setting", SETTINGS)
def test_sub_interpreters(setting: str, how: str) -> None:
    said, after = run(SUB_INTERPRETER.format(setting=SETTINGS[setting], how=how)).splitlines()
    assert "main interpreter" in said and said.endswith(" True False") and after == "True True"
