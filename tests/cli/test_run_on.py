"""`jitney run` with the compiler really at work: output, errors and exit status are Python's."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from jitney import support

from .conftest import ROOT, Run

if support.obstacle():
    pytest.skip(support.obstacle(), allow_module_level=True)

PROGRAMS = {
    "loops": """
        def total(n):
            s = 0
            for i in range(n):
                for j in range(5):
                    s += i * j % 7
            return s
        print(total(300), [total(k) for k in range(4)])
    """,
    "traceback": """
        def inner(n, i):
            return 10 // (n - 1 - i)

        def outer(n):
            s = 0
            for i in range(n):
                s += inner(n, i)
            return s

        print("before")
        outer(60)
    """,
    "chained": """
        def find(words, table):
            for word in words:
                try:
                    table[word]
                except KeyError as error:
                    raise ValueError(word) from error
        find("aaaaaaaaaaaaaab", {"a": 1})
    """,
    "status": """
        import sys
        for i in range(100):
            if i == 50:
                sys.exit(7)
    """,
    "message": """
        i = 0
        while True:
            i += 1
            if i > 500:
                raise SystemExit(f"enough: {i}")
    """,
    "module level": """
        primes = []
        for n in range(2, 300):
            if all(n % p for p in primes):
                primes.append(n)
        print(primes[-3:], n, sum(primes))
    """,
    "recursion": """
        import sys
        sys.setrecursionlimit(200)
        def down(n):
            return 0 if n == 0 else 1 + down(n - 1)
        print([down(k) for k in range(0, 100, 7)])
        try:
            for k in range(1000):
                down(k)
        except RecursionError as error:
            print(k > 100, error)
    """,
    "big numbers": """
        def grow(n):
            x = 1
            for i in range(1, n):
                x = x * 3 + i
            return x
        print(grow(20), grow(60), grow(90))
    """,
    "floats": """
        def walk(n):
            x, y = 0.1, -0.0
            for i in range(n):
                x = x * 1.0000001 + i / 3
                y -= x * 1e-9
            return x.hex(), y.hex()
        print(walk(1000))
    """,
    "atexit": """
        import atexit
        def bye():
            print("bye", sum(i * i for i in range(100)))
        atexit.register(bye)
        for i in range(200):
            pass
        raise KeyError(i)
    """,
    "thread": """
        import threading
        results = []
        def work(k):
            s = 0
            for i in range(3000):
                s += i ^ k
            results.append(s)
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(sorted(results))
    """,
    "generators": """
        def numbers(n):
            for i in range(n):
                yield i * 2
        def use(n):
            s = 0
            for x in numbers(n):
                s += x
            return s
        print(use(100), use(50), list(numbers(5)))
    """,
    "classes": """
        class Vector:
            def __init__(self, x, y):
                self.x = x
                self.y = y
            def __add__(self, other):
                return Vector(self.x + other.x, self.y + other.y)
            def __repr__(self):
                return f"<{self.x} {self.y}>"
        v = Vector(0, 0)
        for i in range(200):
            v = v + Vector(i, 0.5)
        print(v)
    """,
    "destruction": """
        class Loud:
            def __init__(self, n):
                self.n = n
            def __del__(self):
                if self.n % 20 == 0:
                    print("gone", self.n)
        def make(n):
            last = None
            for i in range(n):
                last = Loud(i)
            print("made")
        make(100)
        print("end")
    """,
    "trace": """
        import sys
        lines = []
        def f(n):
            s = 0
            for i in range(n):
                s += i
            return s
        f(100)
        def tracer(frame, event, argument):
            lines.append((event, frame.f_lineno))
            return tracer
        sys.settrace(tracer)
        f(3)
        sys.settrace(None)
        print(lines)
    """,
    "spawn": """
        import multiprocessing
        def work(n):
            return sum(i % 3 for i in range(n))
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(method, pool.map(work, [10, 200, 300]))
    """,
}  # fmt: skip

SETTINGS = {
    "at once": ["--threshold", "2", "--exit-threshold", "2", "--llvm-level", "0", "--check", "1"],
    "usual": ["--threshold", "30"],
}


SLOW_AT_ONCE = {"spawn"}  # half a minute: whatever it imports is compiled too, in three processes


@pytest.mark.parametrize(("name", "setting"), [(name, setting) for name in PROGRAMS for setting in SETTINGS
                                               if setting != "at once" or name not in SLOW_AT_ONCE])  # fmt: skip
def test_same_as_python(name: str, setting: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(textwrap.dedent(PROGRAMS[name]))
    plain = run("prog.py")
    ours = run("-m", "jitney", "run", *SETTINGS[setting], "prog.py")
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.parametrize("name", ["collatz", "matmul", "mandelbrot", "sieve", "levenshtein", "module_level"])
def test_examples_are_compiled(name: str, run: Run, tmp_path: Path) -> None:
    """Each prints what it prints plainly, and compiled code ran."""
    script = str(ROOT / "examples" / f"{name}.py")
    plain = run(script)
    ours = run("-m", "jitney", "run", "--stats-json", "stats.json", script)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, "")
    figures = json.loads((tmp_path / "stats.json").read_text())
    assert figures["entries"] > 0
    assert [place for place in figures["given_up"] if place["reason"] in ("compile_error", "internal", "lowering")] == []
