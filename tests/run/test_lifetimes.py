"""What hot code used dies when it does plainly: at once with its last reference, or in the next collection where it is in a cycle."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

START = """
import gc, sys, time, weakref
import jitney
import jitney.live.manager
jitney.live.manager.LOAD_AFTER = 0
def compilations():
    return jitney.stats()["compilations"]
"""

PLAIN = "ROUNDS = %d\ndef finish(): pass\n"
FOREGROUND = "jitney.enable(threshold=2, exit_threshold=2)\nROUNDS = 12\ndef finish(): pass\n"
#: as for a user; deaths are looked at when the compile thread has nothing left to do
BACKGROUND = """
jitney.enable()
ROUNDS = 3000
def finish():
    worker = jitney.live.manager._manager.worker if jitney.live.manager._manager is not None else None
    end = time.monotonic() + 60
    while worker is not None and (worker.jobs or worker.current) and time.monotonic() < end:
        time.sleep(0.01)
"""


def run(source: str, settings: str = FOREGROUND) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", START + settings + textwrap.dedent(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return done.stdout.strip()


def check(source: str, settings: str = FOREGROUND) -> None:
    """It prints the same as plainly."""
    plain = run(source, PLAIN % (12 if settings is FOREGROUND else 3000))
    assert plain and run(source, settings) == plain


both = pytest.mark.parametrize("settings", [FOREGROUND, BACKGROUND], ids=["foreground", "background"])

CLASS = """
    def use():
        class Base:
            scale = 2
            def twice(self):
                return self.x * self.scale
        class Point(Base):
            __slots__ = ("x", "y")
            def __init__(self, x, y):
                self.x = x
                self.y = y
            def __add__(self, other):
                return Point(self.x + other.x, self.y + other.y)
            def __eq__(self, other):
                return self.x == other.x
            def norm(self):
                return self.x * self.x + self.y * self.y
            @property
            def sum(self):
                return self.x + self.y
            @staticmethod
            def plus(x):
                return x + 1
        class Plain(Base):
            def __init__(self):
                self.x = 1
        def work(n, plain):
            total = 0
            point = Point(0, 0)
            one = Point(1, 1)
            for i in range(n):
                if isinstance(point, Point):
                    point = point + one
                    if point == one:
                        total += 1
                total += point.norm() + point.sum + point.x + plain.twice() + plain.x + Point.plus(i) + len([plain])
                plain.x = i
            return total
        got = work(ROUNDS, Plain())
        assert work(ROUNDS, Plain()) == got
        return [weakref.ref(thing) for thing in (Base, Point, Plain, work, Point.norm, work.__code__)]
"""


@both
def test_class_used_in_a_hot_loop(settings: str) -> None:
    check(CLASS + """
    for number in range(3):
        refs = use()
        finish()
        gc.collect()
        print([ref() is None for ref in refs])
    """, settings)


@both
def test_module_level_class_deleted(settings: str) -> None:
    source = """
    class Point:
        def __init__(self, x):
            self.x = x
        def get(self):
            return self.x
    def work(n):
        total = 0
        for i in range(n):
            total += Point(i).get()
        return total
    before = work(ROUNDS)
    assert work(ROUNDS) == before
    finish()
    ref = weakref.ref(Point)
    method = weakref.ref(Point.get)
    del Point
    gc.collect()
    print(ref(), method())
    class Point:
        def __init__(self, x):
            self.x = -x
        def get(self):
            return self.x
    print(work(ROUNDS) == -before)
    """
    check(source, settings)


def test_function_with_defaults_and_closures() -> None:
    check("""
    class K:
        def __del__(self):
            print("del", end=" ")
    def make(captured):
        def f(x, k=K()):
            return x + 1
        def closure(x):
            captured
            return x + 2
        return f, closure
    def work():
        f, closure = make(K())
        total = 0
        for i in range(12):
            total += f(i) + closure(i)
        del f
        print("after", end=" ")
        del closure
        print(total)
    for number in range(3):
        work()
    """)


@both
def test_namespace_of_exec(settings: str) -> None:
    check("""
    class K:
        def __del__(self):
            print("del", end=" ")
    source = '''
    v = K()
    def g(x, k=v):
        return x + 1
    t = 0
    for i in range(ROUNDS):
        w = v.__class__
        t += g(i)
    '''
    import textwrap
    source = textwrap.dedent(source)
    for number in range(3):
        namespace = {"K": K, "ROUNDS": ROUNDS}
        exec(source, namespace)
        finish()
        del namespace
        gc.collect()
        print("after")
    code = compile(source, "text", "exec")
    for number in range(3):
        namespace = {"K": K, "ROUNDS": ROUNDS}
        exec(code, namespace)
        finish()
        del namespace
        gc.collect()
        print("after")
    """, settings)


@both
def test_instance_in_a_global_replaced(settings: str) -> None:
    check("""
    class K:
        x = 1
        def __del__(self):
            print("del", end=" ")
    kept = K(), 1
    held = K()
    def work(n):
        total = 0
        for i in range(n):
            total += held.x + kept[0].x + kept[1]
        return total
    work(ROUNDS)
    work(ROUNDS)
    finish()
    held = None
    print("one")
    kept = None
    print("two")
    """, settings)


def test_replaced_while_the_code_runs() -> None:
    """What the interrupted code still needs is kept until it is left."""
    check("""
    class K:
        def __init__(self, x):
            self.x = x
        def get(self, y):
            return self.x + y
        def __del__(self):
            deaths.append(self.x)
    deaths = []
    held = K(1)
    def other(i):
        global held
        if i == ROUNDS - 3:
            held = K(2)
        return i
    def work(n):
        total = 0
        for i in range(n):
            total += held.get(other(i)) + len(deaths)
        return total
    print(work(ROUNDS), deaths)
    """)


def test_function_deletes_itself_while_inlined() -> None:
    check("""
    class K:
        def __del__(self):
            print("del", end=" ")
    def work(n):
        def drop(i):
            nonlocal f
            if i == n - 2:
                f = lambda x: x
                gc.collect()
            return 1
        def make():
            def f(x, k=K()):
                y = drop(x)
                return x + y
            return f
        f = make()
        total = 0
        for i in range(n):
            total += f(i)
        return total
    for number in range(3):
        print(work(20))
    """)


def test_class_goes_while_its_method_is_inlined() -> None:
    check("""
    def work(n, things):
        total = 0
        for i in range(n):
            thing = things[0]
            total += thing.step(things, i, n)
            thing = None
        return total
    def make(size):
        class Thing:
            def step(self, things, i, n):
                if i == n - 1:
                    things[0] = None
                    del self
                    gc.collect()
                    junk = [type("Other" + str(k), (), {"step": lambda *a: 1}) for k in range(20)]
                return helper(i)
        return Thing()
    def helper(i):
        return i + 1
    for number in range(4):
        things = [make(number)]
        ref = weakref.ref(type(things[0]))
        print(work(30, things), end=" ")
        gc.collect()
        print(ref())
    """)


def test_functions_made_and_dropped() -> None:
    check("""
    class K:
        def __del__(self):
            deaths.append(1)
    deaths = []
    refs = []
    def make(n):
        def f(x, k=K()):
            return x + n
        return f
    def work(f):
        total = 0
        for i in range(12):
            total += f(i)
        return total
    for number in range(200):
        f = make(number)
        refs.append(weakref.ref(f))
        assert work(f) == sum(range(12)) + 12 * number
        del f
        assert refs[-1]() is None and len(deaths) == number + 1, number
    print("done")
    """)


def test_code_made_and_dropped() -> None:
    check("""
    refs = []
    for number in range(60):
        space = {}
        exec("def f(n):\\n    t = 0\\n    for i in range(n):\\n        t += i * " + str(number) + "\\n    return t\\n", space)
        assert space["f"](12) == 66 * number
        refs.append(weakref.ref(space["f"].__code__))
        refs.append(weakref.ref(space["f"]))
        del space
        gc.collect()
    print(sum(ref() is not None for ref in refs))
    """)


def test_address_used_again() -> None:
    """Classes come and go while a region lives that was made for some of them: another class at the same address is another class."""
    check("""
    def work(things):
        total = 0
        for thing in things:
            total += thing.value(1) + thing.x
        return total
    addresses = set()
    again = 0
    for number in range(120):
        def make(number=number):
            class Thing:
                def __init__(self):
                    self.x = number
                if number % 2:
                    def value(self, y):
                        return y + number
                else:
                    def value(self, y):
                        return y - number
            return Thing
        Thing = make()
        again += id(Thing) in addresses
        addresses.add(id(Thing))
        things = [Thing() for _ in range(12)]
        assert work(things) == 12 * (1 + (number if number % 2 else -number) + number), number
        del Thing, things, make
        if number % 3 == 0:
            gc.collect()
    print(again > 0)
    """)


def test_modules() -> None:
    check("""
    import types
    def make():
        module = types.ModuleType("made")
        exec("x = 1\\ndef f(y):\\n    return x + y\\n", module.__dict__)
        return module
    def work(module):
        total = 0
        for i in range(12):
            total += module.f(i) + module.x
        return total
    for number in range(5):
        module = make()
        assert work(module) == 66 + 24
        ref = weakref.ref(module)
        function = weakref.ref(module.f)
        del module
        gc.collect()
        assert ref() is None and function() is None, number
    held = make()
    def other():
        total = 0
        for i in range(12):
            total += held.f(i) + held.x
        return total
    assert other() == other() == 90
    ref = weakref.ref(held)
    held = None
    gc.collect()
    print(ref())
    """)


def test_nothing_is_seen_of_it() -> None:
    check("""
    class Point:
        def get(self):
            return 1
    def work(point):
        total = 0
        for i in range(12):
            total += point.get()
        return total
    work(Point())
    work(Point())
    things = Point, Point.get, work
    print([weakref.getweakrefcount(thing) for thing in things], [sys.getrefcount(thing) for thing in things])
    """)


def test_default_replaced_in_place() -> None:
    check("""
    class K:
        def __init__(self, x):
            self.x = x
        def __del__(self):
            print("del", self.x)
    def f(i, *, k=K(1), n=3):
        return i + k.x + n
    def work():
        total = 0
        for i in range(12):
            total += f(i)
        return total
    print(work(), work())
    f.__kwdefaults__["n"] = 4
    print(work())
    f.__kwdefaults__["k"] = K(20)
    print(work(), work())
    f.__kwdefaults__ = {"k": K(300), "n": 5}
    print(work(), work())
    """)


def test_class_changed_very_often() -> None:
    """CPython gives up telling of changes some time."""
    check("""
    class K:
        n = 1
        x = "x"
    def work(k):
        total = 0
        for i in range(12):
            total += k.n
        return total
    k = K()
    for number in range(1200):
        K.n = number
        if number < 3 or number > 1190:
            assert work(k) == work(k) == 12 * number
    class Thing:
        def __del__(self):
            print("del")
    K.x = Thing()
    def other(k):
        total = 0
        for i in range(12):
            total += k.x is None
        return total
    print(other(k), other(k))
    K.x = None
    print(other(k), other(k))
    """)


@both
def test_code_executed_with_other_globals(settings: str) -> None:
    check("""
    class K:
        def __del__(self):
            print("del", end=" ")
    text = '''
    def weigh(x, more=1):
        return x * scale + more
    def total(n):
        sum = 0
        for i in range(n):
            sum += weigh(weights[i % 3])
        return sum
    result = total(n) + total(n)
    for i in range(n):
        result += weigh(i)
    '''
    import textwrap
    code = compile(textwrap.dedent(text), "text", "exec")
    for number in range(10):
        space = {"n": ROUNDS, "scale": number // 3, "weights": [number, 2, 3], "k": K()}
        exec(code, space)
        print(space["result"], end=" ")
        ref = weakref.ref(space["total"])
        del space
        finish()
        gc.collect()
        print(ref())
    """, settings)


def test_destructors_run_in_the_programs_thread() -> None:
    """What is let go of while it is being compiled dies in the main thread, soon."""
    assert run("""
    import threading
    jitney.enable(threshold=50, budget=0)
    idents, made, deaths = set(), 0, 0
    class K:
        def __del__(self):
            global deaths
            deaths += 1
            idents.add(threading.get_ident())
    text = '''
    class Point:
        def __init__(self, x):
            self.x = x
        def step(self, i, k=k):
            return self.x + i + {0}
    def work(n):
        total = {0}
        point = Point(held.x)
        for i in range(n):
            total += point.step(i) + held.x
        return total
    '''
    import textwrap
    text = textwrap.dedent(text)
    K.x = 1
    end = time.monotonic() + 8
    while time.monotonic() < end:
        space = {"k": K(), "held": K()}
        made += 2
        exec(compile(text.replace("{0}", str(made)), "text", "exec"), space)
        for round in range(made % 7):
            space["work"](4000)
        del space
        gc.collect()
    worker = jitney.live.manager._manager.worker
    end = time.monotonic() + 60
    while (worker.jobs or worker.current) and time.monotonic() < end:
        time.sleep(0.01)
    for number in range(1000):
        pass
    gc.collect()
    print(made > 20, made - deaths, idents == {threading.get_ident()}, compilations() > 3)
    """, PLAIN % 0) == "True 0 True True"


def test_bound_method_of_a_built_in_type_in_a_global() -> None:
    check("""
    class K:
        def __del__(self):
            print("del", end=" ")
    text = '''
    things = [K()]
    add = things.append
    table = {}
    def get(i, find=table.get):
        return find(i)
    def work(n):
        for i in range(n):
            add(i)
            get("x")
        return len(things)
    print(work(12), work(12))
    '''
    import textwrap
    for number in range(3):
        space = {"K": K}
        exec(textwrap.dedent(text), space)
        space["table"]["self"] = space
        space["things"].append(space)
        del space
        gc.collect()
        print("after")
    things = [K()]
    count = things.count
    def work(n):
        total = 0
        for i in range(n):
            total += count(i)
        return total
    work(12)
    work(12)
    del things
    count = None
    print("after")
    """)
