"""Threads in the same compiled code while what it relies on changes; signals that come at any time."""

from __future__ import annotations

import pytest

from tests.run.processes import SETTINGS, run

CHANGES = """
def factor(x):
    return 1
class Shape:
    size = 1
    def weight(self):
        return 1
class Heavy(Shape):
    def weight(self):
        return 3
scale = 1
def work(n, shape):
    total = 0
    for i in range(n):
        step = factor(i)
        assert step in (1, 3)
        total += step
        step = shape.weight() * shape.size
        assert step in (1, 3, 9)
        total += step
        total += scale
        shape = shape.next
    return total
def ring():
    first, second = Shape(), Heavy()
    first.next, second.next = second, first
    return first
jitney.enable({setting})
stop, wrong, rounds = False, [], [0] * 4
def thread(number):
    shape = ring()
    while not stop:
        try:
            total = work(500, shape)
        except BaseException as error:
            wrong.append(repr(error))
            return
        if total % 2 != 500 * 3 % 2 or not 500 * 3 <= total <= 500 * 15:
            wrong.append(total)
        rounds[number] += 1
threads = [threading.Thread(target=thread, args=(n,)) for n in range(4)]
[one.start() for one in threads]
one, three = (lambda x: 1), (lambda x: 3)
def heavy_weight(self):
    return 1
usual = Heavy.weight
end, changes = time.monotonic() + 4, 0
while time.monotonic() < end or ((min(rounds) < 6 or changes < 12) and time.monotonic() < end + 60):
    changes += 1
    match changes % 7:
        case 0: scale = 3 if scale == 1 else 1
        case 1: factor.__code__ = (three if changes % 2 else one).__code__
        case 2: Heavy.weight = heavy_weight if changes % 2 else usual
        case 3: Shape.size = 3 if Shape.size == 1 else 1
        case 4: factor = [one, three, lambda x: 3][changes % 3]
        case 5: Heavy.__bases__ = (type("Between", (Shape,), {{}}),) if changes % 2 else (Shape,)
        case 6: gc.collect(changes % 3)
    time.sleep(0.001 if changes % 10 else 0.05)
stop = True
[one.join() for one in threads]
print(wrong[:3], min(rounds) > 5, changes > 10)
"""


@pytest.mark.parametrize("setting", SETTINGS)
def test_changes_while_threads_run(setting: str) -> None:
    assert run(CHANGES.format(setting=SETTINGS[setting])) == "[] True True"


SIGNALS = """
jitney.enable({setting})
seen, raised = [], []
def handler(number, frame):
    seen.append(number)
    if len(seen) % 3 == 0 and frame.f_code is step.__code__ or frame.f_code is loop.__code__ and frame.f_lineno in inside:
        raised.append(number)
        raise TimeoutError(len(raised))
def step(x):
    return (x * 3 + 1) & 0xFFFF
def loop(n):
    x = done = caught = 0
    numbers = iter(range(n))
    while True:
        try:
            for i in numbers:
                x = step(x)
                done += 1
            break
        except TimeoutError:
            caught += 1
    return done, caught
first = loop.__code__.co_firstlineno
inside = (first + 5, first + 6, first + 7)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
caught = 0
end = time.monotonic() + 60
while caught < 40 and time.monotonic() < end:
    done, times = loop(3000)
    caught += times
    assert 3000 - times <= done <= 3000, (done, times)
signal.setitimer(signal.ITIMER_REAL, 0)
print(caught >= 40, caught == len(raised))
"""


@pytest.mark.parametrize("setting", SETTINGS)
def test_signal_handlers_raise_and_return(setting: str) -> None:
    assert run(SIGNALS.format(setting=SETTINGS[setting])) == "True True"


def test_keyboard_interrupt_comes_at_once() -> None:
    for setting in SETTINGS.values():
        assert run(f"""
            jitney.enable({setting})
            def loop():
                n = 0
                while True:
                    n = (n + 1) & 0xFFFF
            late = []
            for attempt in range(8):
                sent = []
                def send():
                    time.sleep(0.03)
                    sent.append(time.monotonic())
                    os.kill(os.getpid(), signal.SIGINT)
                thread = threading.Thread(target=send)
                thread.start()
                try:
                    loop()
                except KeyboardInterrupt:
                    late.append(time.monotonic() - sent[0])
                thread.join()
            print(len(late), sorted(late)[len(late) // 2] < 0.5)
        """) == "8 True"


def test_asyncio_with_compiled_loops() -> None:
    for setting in SETTINGS.values():
        assert run(f"""
            import asyncio
            jitney.enable({setting})
            async def part(n):
                total = 0
                for i in range(n):
                    total += i % 5
                    if i % 50 == 49:
                        await asyncio.sleep(0)
                return total
            async def ticks(n):
                for i in range(n):
                    await asyncio.sleep(0)
                    yield i
            async def whole(n):
                total = sum(await asyncio.gather(*[part(n) for _ in range(8)]))
                async for tick in ticks(30):
                    total += tick + sum_of(300)
                try:
                    async with asyncio.timeout(0.01):
                        while True:
                            points(50)
                            await asyncio.sleep(0)
                except TimeoutError:
                    total += 1
                return total
            print(len({{asyncio.run(whole(400)) for _ in range(4)}}))
        """) == "1"


STOPPED = """
jitney.enable(threshold=2)
late = 0
for number in range(30):
    space = {{}}
    exec("stop = False\\ndef spin():\\n n = 0\\n while not stop:\\n  n += 1\\n return n", space)
    one = threading.Thread(target=space["spin"], daemon=True)
    one.start()
    time.sleep(0.002 * (number % 15))
    space["stop"] = True
    one.join(20)
    late += one.is_alive()
    if late:
        break
print(late)
"""


def test_a_variable_changed_by_another_thread_while_llvm_works() -> None:
    assert run(STOPPED.format()) == "0"


def test_one_thread_at_a_time_compiles_in_the_foreground() -> None:
    """They would share what a compilation relies on, and keeps alive."""
    assert run("""
        import jitney.live.decisions as decisions
        original, under_way, most, done = decisions.compile_unit, [0], [0], [0]
        def compile_unit(*arguments):
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            time.sleep(0.05)  # as LLVM lets others run
            try:
                return original(*arguments)
            finally:
                under_way[0] -= 1
                done[0] += 1
        decisions.compile_unit = compile_unit
        def make(number):
            source = "def work(n):\\n    total = 0\\n    for i in range(n):\\n        total += i * %d\\n    return total\\n" % number
            exec(source, names := {})
            return names["work"]
        jitney.enable(threshold=2)
        answers = []
        def run_all(first):
            for number in range(first, first + 6):
                work = make(number)
                for _ in range(3):
                    answers.append(work(2000) == number * 1999000)
        threads = [threading.Thread(target=run_all, args=(10 * number,)) for number in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(most[0], done[0] > 3, all(answers), len(answers))
    """) == "1 True True 72"
