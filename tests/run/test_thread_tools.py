"""Tools that are turned on for all threads, or for new ones, while other threads are in the middle of compiled loops."""

from __future__ import annotations

import pytest

from tests.run.processes import SETTINGS, run

#: Threads wait in loops that get compiled. Between the waits each calls the same functions again, watched or not.
PROGRAM = """
{enable}
from jitney import _runtime
phase, errors, seen = [0], [], [0]
numbers, events, waits, watched = {{}}, {{}}, {{}}, set()
def leaf(x):
    return abs(x) % 7 + 1
def middle(x):
    try:
        return leaf(x) + int("x" if x == 3 else "4")
    except ValueError:
        return leaf(-x)
def section(n):
    total = 0
    for i in range(n):
        total += middle(i)
    return total
def spin(until):
    n = 0
    while phase[0] < until:
        n = middle(n)
        waits[threading.get_ident()] = until
def wait(until):
    spin(until)
def work(number):
    numbers[threading.get_ident()] = number
    try:
        section(200)
        wait(1)
        section(5)
        wait(2)
        section(5)
        wait(3)
        section(5)
    except BaseException as error:
        errors.append(repr(error))
def note(event, code, *details):
    number, name = numbers.get(threading.get_ident()), code.co_name
    if number is None or code.co_filename != work.__code__.co_filename:
        return
    seen[0] += 1
    if name == "section" or (event, name) == ("return", "spin"):
        watched.add(number)
    elif (event, name) == ("call", "wait"):
        watched.discard(number)
    if number in watched:
        events.setdefault(number, []).append((event, name, *details))
def hook(frame, event, arg):
    what = arg if event == "return" else arg[0].__name__ if event == "exception" else getattr(arg, "__name__", None)
    note(event, frame.f_code, frame.f_lineno, what)
    return hook
def monitor(on):
    tools = sys.monitoring
    kinds = {{"call": tools.events.PY_START, "return": tools.events.PY_RETURN, "line": tools.events.LINE, "raise": tools.events.RAISE}}
    if on:
        tools.use_tool_id(3, "test")
        for what, kind in kinds.items():
            tools.register_callback(3, kind, lambda code, detail, *others, what=what: note(what, code, detail, *map(repr, others)))
    tools.set_events(3, sum(kinds.values()) if on else 0)
def wait_for(threads, until):
    "Until each is in its wait."
    end = time.monotonic() + 100
    while any(waits.get(thread.ident) != until for thread in threads) and time.monotonic() < end:
        time.sleep(0.001)
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
[thread.start() for thread in threads]
wait_for(threads, 1)
end = time.monotonic() + 100
while not ({compiled}) and time.monotonic() < end:
    time.sleep(0.001)
print("compiled", {compiled})
{on}
phase[0] = 1
wait_for(threads, 2)
late = threading.Thread(target=work, args=(9,))
late.start()
wait_for([late], 2)
{off}
phase[0] = 2
wait_for([*threads, late], 3)
before, end = seen[0], time.monotonic() + {patience}
while seen[0] == before and time.monotonic() < end:
    time.sleep(0.001)
print("seen", before > 0, seen[0] > before)
phase[0] = 3
[thread.join() for thread in [*threads, late]]
for number in sorted(events):
    print(number, len(events[number]), events[number])
print(errors)
"""
#: name -> how it is turned on and off, and for how long it may take until more is seen (the hook of a thread that began with one stays)
TOOLS = {"setprofile_all_threads": ("threading.setprofile_all_threads(hook)", "threading.setprofile_all_threads(None)", 0.02),
         "settrace_all_threads": ("threading.settrace_all_threads(hook)", "threading.settrace_all_threads(None)", 0.02),
         "setprofile": ("threading.setprofile(hook)", "threading.setprofile(None)", 60),
         "settrace": ("threading.settrace(hook)", "threading.settrace(None)", 60),
         "monitoring": ("monitor(True)", "monitor(False)", 0.02)}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_turned_on_from_another_thread(tool: str) -> None:
    on, off, patience = TOOLS[tool]
    plain = run(PROGRAM.format(enable="", compiled="True", on=on, off=off, patience=patience), timeout=400)
    assert "section" in plain and plain.endswith("[]"), plain
    for setting in SETTINGS.values():
        compiled = "_runtime.entered_from(spin.__code__) > 0"
        program = PROGRAM.format(enable=f"jitney.enable({setting})", compiled=compiled, on=on, off=off, patience=patience)
        assert run(program, timeout=400).splitlines() == plain.splitlines()
