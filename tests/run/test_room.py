"""`max_code`: machine code is let go of where there is no room for more, and made again. Results stay the same, and nothing is kept."""

from __future__ import annotations

import pytest

from tests.run.processes import SETTINGS, run

MANY = """
SOURCE = '''
class Item:
    def __init__(self, x):
        self.x = x
    def more(self, by):
        return Item(self.x + by)
def step(item, i):
    return item.more(i % FACTOR + shared)
def work(n):
    item, total = Item(FACTOR), 0.5
    for i in range(n):
        item = step(item, i) if i % 3 else item.more(1)
        total += item.x * i % 7
    return total, item.x, other.append(marker)
'''
marker, other = object(), []
def plain(factor, n):
    x, total = factor, 0.5
    for i in range(n):
        x = x + i % factor + 3 if i % 3 else x + 1
        total += x * i % 7
    return total, x, None
namespaces = []
for number in range(24):
    namespace = {"FACTOR": number + 1, "shared": 3, "marker": marker, "other": other}
    exec(compile(SOURCE, f"file{number}", "exec"), namespace)
    namespaces.append(namespace)
def rounds(n):
    for _ in range(n):
        for number, namespace in enumerate(namespaces):
            assert namespace["work"](300) == plain(number + 1, 300), number
            assert _runtime.code_memory()[0] <= LIMIT, _runtime.code_memory()
def released():  # soon: the compile thread may be in the middle of something when Jitney is turned off
    return sys.getrefcount(marker) == len(other) + len(namespaces) + 2
from jitney import _runtime
from jitney.statistics import problems
"""


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_evicted_and_made_again(settings: str) -> None:
    out = run(MANY + f"""
LIMIT = 30000
jitney.enable({settings}, max_code=LIMIT)
end = time.monotonic() + 100
while True:
    rounds(4)
    stats = jitney.stats()
    again = [region for region in stats["regions"] if region["versions"] > 1 and region["where"].startswith("file")]
    if stats["evicted"] > 30 and len(again) > 5 or time.monotonic() > end:
        break
assert not problems(stats), problems(stats)
reasons = {{row["reason"]: row["count"] for row in stats["given_up"] if row["reason"] == "evicted"}}
assert stats["evicted"] > 30 and len(again) > 5 and reasons, (stats["evicted"], len(again), stats["given_up"])
assert sum(row["count"] for row in stats["given_up"] if row["reason"] == "evicted") == stats["evicted"]
assert stats["code_bytes"] <= LIMIT and not any(row["reason"] == "compile_error" for row in stats["given_up"]), stats["given_up"]
jitney.disable()
until(released, 10)
assert released(), (sys.getrefcount(marker), len(other))
kept = [weakref.ref(namespace["Item"]) for namespace in namespaces]
del namespace
namespaces.clear()
gc.collect()
while any(ref() for ref in kept) and time.monotonic() < end + 10:
    time.sleep(0.01)  # the compile thread may have been in the middle of something
    gc.collect()
assert not any(ref() for ref in kept)
assert _runtime.code_memory()[:2] == (0, 0), _runtime.code_memory()
print("good")
""".replace("jitney.enable(", "import weakref\njitney.enable(", 1), timeout=300)
    assert out == "good"


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_what_is_executed_is_not_evicted(settings: str) -> None:
    """The outermost loop's region runs all the time, while the regions of what it calls come and go."""
    out = run(MANY + f"""
LIMIT = 24000
jitney.enable({settings}, max_code=LIMIT)
def call(function, number):
    return function(100 + number % 2)
def outer(n):
    total = 0.0
    for i in range(n):
        total += call(namespaces[i * 7 % 24]["work"], i)[0]
    return total
expected = sum(plain(i * 7 % 24 + 1, 100 + i % 2)[0] for i in range(1200))
end = time.monotonic() + 100
while True:
    assert outer(1200) == expected
    stats = jitney.stats()
    if stats["evicted"] > 20 or time.monotonic() > end:
        break
assert stats["evicted"] > 20 and _runtime.code_memory()[0] <= LIMIT, stats["evicted"]
jitney.disable()
until(released, 10)
assert released(), (sys.getrefcount(marker), len(other))
print("good")
""", timeout=300)
    assert out == "good"


def test_a_called_function_is_made_again() -> None:
    """What compiled code calls as a whole has no events of its own that would tell that it is hot again."""
    out = run("""
from jitney import _runtime
jitney.enable(threshold=2)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def deep(n):
    total = 0
    for i in range(n):
        total += fib(11)
    return total
for _ in range(20):
    assert deep(3) == 3 * 89
manager = jitney.live.manager._manager
def units():
    return [unit for unit in list(manager.units.values()) if unit.kind == "function" and unit.code is fib.__code__]
assert [unit.region is not None for unit in units()] == [True], manager.statistics()
versions = units()[0].versions
manager.room.evict(units()[0])
assert units()[0].region is None
for _ in range(20):
    assert deep(3) == 3 * 89
assert units()[0].region is not None and units()[0].versions == versions + 1
stats = jitney.stats()
assert stats["evicted"] == 1 and [row["reason"] for row in stats["given_up"] if row["reason"] == "evicted"] == ["evicted"]
print("good")
""")
    assert out == "good"


def test_a_region_that_is_too_large_is_not_made() -> None:
    out = run("""
from jitney import _runtime
jitney.enable(threshold=2, max_code=256)
for _ in range(20):
    assert sum_of(100) == sum([i * i % 7 for i in range(100)])
stats = jitney.stats()
assert stats["code_bytes"] == 0 and stats["compilations"] == 0, stats
assert "no_room" in [row["reason"] for row in stats["given_up"]], stats["given_up"]
print("good")
""")
    assert out == "good"


def test_the_coldest_go_first() -> None:
    """Used longest ago; of those used lately, those that do the least in a second. What has only just been made stays."""
    from types import SimpleNamespace

    from jitney.config import Config
    from jitney.live import room as rooms

    def unit(name: str, entries: int, loaded: float) -> SimpleNamespace:
        region = SimpleNamespace(running=False, cycles=0, entries=entries)
        return SimpleNamespace(name=name, region=region, use=None, loaded=loaded)

    units = {name: unit(name, entries, loaded) for name, entries, loaded in
             (("never", 0, 10.0), ("seldom", 5, 10.0), ("often", 5000, 10.0), ("running", 1, 10.0), ("new", 0, 99.9))}
    units["running"].region.running = True
    room = rooms.Room(SimpleNamespace(units=units, config=Config()))
    room.rank(100.0)
    assert [unit.name for unit in reversed(room.ranking)] == ["never", "seldom", "often", "new"]
    units["seldom"].region.entries += 1
    units["new"].region.entries += 100
    room.rank(200.0)
    assert [unit.name for unit in reversed(room.ranking)] == ["never", "often", "seldom", "new"]
