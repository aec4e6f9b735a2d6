"""Compiling in the background: installed while the loop runs, none of the program's code in the thread, forks, exits, changes meanwhile."""

from __future__ import annotations

import subprocess
import sys
import textwrap

START = """
import gc, os, sys, threading, time
import jitney
import jitney.live.manager
jitney.live.manager.LOAD_AFTER = 0
def sum_of(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        sum_of(20000)
"""


def run(source: str) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", START + textwrap.dedent(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return done.stdout.strip()


def test_a_running_loop_is_compiled_and_entered() -> None:
    assert run("""
        jitney.enable(threshold=100)
        until(lambda: jitney.stats()["entries"] > 3)
        print(jitney.stats()["compilations"] > 0, sum_of(1000) == sum(i * i % 7 for i in range(1000)), threading.active_count())
    """) == "True True 1"


def test_option_off_compiles_at_once() -> None:
    assert run("""
        jitney.enable(threshold=100, background=False)
        sum_of(1000)
        print(jitney.stats()["compilations"])
    """) == "1"


def test_finalizers_run_in_the_programs_thread() -> None:
    assert run("""
        seen = set()
        class Node:
            def __del__(self):
                seen.add(threading.get_ident())
        def litter(n):
            for i in range(n):
                node = Node()
                node.self = node
        jitney.enable(threshold=100)
        litter(200000)
        print(seen == {threading.get_ident()}, gc.isenabled())
        jitney.disable()
        end = time.monotonic() + 30
        while min(gc.get_count()) < 0 and time.monotonic() < end:
            time.sleep(0.01)
        print(min(gc.get_count()) >= 0)
    """) == "True True\nTrue"


def test_forked_child_compiles_anew() -> None:
    assert run("""
        jitney.enable(threshold=100)
        for attempt in range(10):
            sum_of(5000)
            child = os.fork()
            if child == 0:
                before = jitney.stats()["compilations"]
                def other(n):
                    total = 1.0
                    for i in range(n):
                        total += i * 0.5
                    return total
                end = time.monotonic() + 30
                while jitney.stats()["compilations"] == before and time.monotonic() < end:
                    other(20000)
                while min(gc.get_count()) < 0 and time.monotonic() < end:  # while the thread has just been interrupted
                    other(20000)
                os._exit(0 if jitney.stats()["compilations"] > before and min(gc.get_count()) >= 0 else 1)
            assert os.waitpid(child, 0)[1] == 0
        print("done")
    """) == "done"


def test_ending_while_it_compiles() -> None:
    for wait in (0, 0.02, 0.05, 0.1, 0.2):
        assert run(f"""
            jitney.enable(threshold=100)
            sum_of(20000)
            end = time.monotonic() + {wait}
            while time.monotonic() < end:
                pass
            print("end")
        """) == "end"


def test_changes_while_it_compiles() -> None:
    assert run("""
        def factor(x):
            return x
        scale = 1
        class Point:
            weight = 1
        def work(n, point):
            total = 0
            for i in range(n):
                total += factor(i) * scale * point.weight
            return total
        jitney.enable(threshold=100)
        point = Point()
        for number in range(60):
            assert work(2000, point) == sum(range(2000)) * scale * Point.weight * factor(1), number
            if number % 3 == 0:
                scale = number
            elif number % 3 == 1:
                Point.weight = number
            else:
                factor.__code__ = (lambda x: x * 2).__code__ if number % 2 else (lambda x: x).__code__
            time.sleep(0.005)
        print("same")
    """) == "same"


def test_tools_do_not_see_the_thread() -> None:
    assert run("""
        names = set()
        sys.monitoring.use_tool_id(3, "test")
        sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, lambda code, offset: names.add(code.co_filename))
        jitney.enable(threshold=100)
        sum_of(20000)
        sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            pass
        sys.monitoring.set_events(3, 0)
        print([name for name in names if "llvmlite" in name or "/region/" in name])
    """) == "[]"


def test_the_same_code_in_other_globals_is_compiled_again() -> None:
    assert run("""
        code = compile("for i in range(n):\\n    total += i * i % 7", "again", "exec")
        jitney.enable(threshold=100)
        seen = []
        for number in range(3):
            entered, namespace = jitney.stats()["entries"], {}
            end = time.monotonic() + 30
            while jitney.stats()["entries"] < entered + 3 and time.monotonic() < end:
                namespace.update(n=20000, total=0)
                exec(code, namespace)
                assert namespace["total"] == sum_of(20000)
            seen.append(jitney.stats()["entries"] >= entered + 3)
        print(seen)
    """) == "[True, True, True]"


def test_a_region_that_does_not_pay_is_set_aside_and_tried_again() -> None:
    assert run("""
        from jitney import _runtime
        from jitney.live import judging, manager
        judging.PAYS = judging.GAINS = 1000  # nothing does
        judging.REMEMBERED = 1
        judging.REST = 0.05
        jitney.enable(threshold=100)
        def short(n):
            total = 0
            for i in range(n):
                total += i
            return total
        @jitney.never  # else `short` is inlined into a loop that is never left
        def drive():
            end = time.monotonic() + 60
            rests, entered = 0, set()
            while rests < 3 and time.monotonic() < end:
                for _ in range(3000):
                    assert short(9) == 36
                units = list(manager._manager.units.values()) if manager._manager else []
                for unit in [unit for unit in units if unit.code is short.__code__]:
                    rests = unit.rests
                    entered.add((unit.resting, _runtime.installed(unit.code, unit.offset) is None))
            return rests, entered
        rests, entered = drive()
        given_up = [place["detail"] for place in jitney.stats()["given_up"] if "short" in place["where"]]
        print(rests >= 3, (True, True) in entered, (True, False) not in entered, "slower than the interpreter" in given_up)
    """) == "True True True True"


def test_loading_calls_nothing_that_the_program_put_in_place() -> None:
    """A program that wraps `re.compile` or a built-in function sees its own calls alone, though the compiler is loaded meanwhile."""
    assert run("""
        import builtins, collections, re
        calls = []
        def wrapped(function):
            def wrapper(*args, **options):
                calls.append(function)
                return function(*args, **options)
            return wrapper
        originals = [(re, "compile"), (collections, "namedtuple"), (builtins, "isinstance")]
        originals = [(module, name, getattr(module, name)) for module, name in originals]
        jitney.enable(threshold=100)
        for module, name, function in originals:
            setattr(module, name, wrapped(function))
            sum_of(200000)
            setattr(module, name, function)
        print(calls, "llvmlite" in sys.modules)
        until(lambda: jitney.stats()["entries"] > 3)
        print(jitney.stats()["compilations"] > 0)
    """) == "[] False\nTrue"


def test_the_compilers_garbage_is_not_the_programs() -> None:
    """What compiling leaves, or trying to compile, is not in what `gc.collect()` returns."""
    assert run("""
        jitney.enable(threshold=20, background=False)
        def refused(n):
            for i in range(n):
                exec("i + 1")
                yield i
        sum_of(1000)
        gc.collect()
        gc.disable()
        def other(n):
            total = 0.5
            for i in range(n):
                total += abs(i) if i % 3 else len(str(i))
            return total
        other(1000)
        list(refused(1000))
        print(gc.collect(), jitney.stats()["compilations"])
    """) == "0 2"


def test_collections_come_when_they_come_plainly() -> None:
    """Neither recording nor compiling in the program's thread brings one about."""
    assert run("""
        jitney.enable(threshold=2, exit_threshold=2)
        begun = []
        gc.callbacks.append(lambda phase, info: begun.append(phase) if phase == "start" else None)
        def work(n):
            keep = []
            for i in range(n):
                keep.append([i])
            total = 0
            for one in keep:
                if one[0] % 3:
                    total += one[0]
            return total
        counts = []
        for _ in range(10):
            work(600)
            gc.collect()
            counts.append(len(begun))
            begun.clear()
        print(counts, jitney.stats()["compilations"] > 2)
    """) == f"{[1] * 10} True"


def test_the_compiler_is_not_loaded_while_the_program_goes_through_the_modules() -> None:
    assert run("""
        jitney.enable(threshold=100)
        loaded = lambda: "jitney.live.decisions" in sys.modules
        for module in sys.modules.values():
            for _ in range(5):
                sum_of(2000)
        print(loaded())
        jitney.live.manager._waiting.cycles = 0
        until(loaded)
        print(loaded())
    """) == "False\nTrue"


def test_a_function_around_a_hot_loop_is_entered_where_the_interpreter_calls_it() -> None:
    assert run("""
        def short(n):
            total = 0
            for i in range(6):
                total += i * n % 7
            return total
        @jitney.never
        def each(n):
            for i in range(n):
                yield short(i)
        def entered():
            sum(each(2000))
            found = [region for region in jitney.stats()["regions"] if region["where"].endswith(" short") and region["kind"] == "function"]
            reached.append(any([region["entries"] > 1000 for region in found]))  # for a while: a trial may go either way
            return reached[-1]
        reached = []
        plain = list(each(3000))
        jitney.enable(threshold=100, budget=0)
        until(entered)
        print(any(reached), list(each(3000)) == plain)
    """) == "True True"


def test_what_was_given_up_leaves_no_cycle_behind() -> None:
    """The reason's traceback would refer to the frame that kept the reason, and the program's collector would find them."""
    body = "; ".join(["total += i"] * 600)
    assert run(f"""
        from types import TracebackType
        from jitney.reasons import GiveUp
        def long(n):
            total = 0
            for i in range(n):
                {body}
            return total
        gc.collect()
        gc.disable()
        jitney.enable(threshold=100, budget=0, max_log=1000)
        until(lambda: long(100) and any(row["reason"] == "too_long" for row in jitney.stats()["given_up"]))
        print(any(row["reason"] == "too_long" for row in jitney.stats()["given_up"]))
        jitney.disable()
        def kept():
            return sum(isinstance(one, (TracebackType, GiveUp)) for one in gc.get_objects())
        until(lambda: not kept(), 10)
        print(kept())
    """) == "True\n0"
