"""Hotness, recording, hot exits, watchers."""

from __future__ import annotations

import dis
import gc
import sys
import threading
import time
import types
import weakref
from importlib.util import find_spec, module_from_spec

import pytest

from jitney import _runtime
from jitney.bytecode import normalise

from .machine import NULL, SYNCED, Builder, after, entry, header, loop_exit, offsets, per_item

pytestmark = pytest.mark.usefixtures("live")


class Policy:
    def __init__(self, *accepted, answer="record", **config):
        self.accepted = {f.__code__ for f in accepted}
        self.roots = {accepted[0].__code__} if config.get("call_threshold") else self.accepted
        self.answer = answer
        self.hot, self.asked, self.recorded, self.exits, self.invalidated = [], [], [], [], []
        self.record_exit = True
        _runtime.forget_codes()
        _runtime.configure(**{"loop_threshold": 5, "call_threshold": 1 << 30, "on_hot": self.on_hot, "accept_code": self.accept,
                              "on_recorded": self.on_recorded, "on_hot_exit": self.on_hot_exit,
                              "on_invalidated": self.invalidated.append, **config})

    def on_hot(self, kind, code, offset, globals):
        if code not in self.roots:
            return "later"
        self.hot.append((kind, code, offset))
        return self.answer

    def accept(self, code):
        self.asked.append(code)
        return normalise(code).depths if code in self.accepted else None

    def on_recorded(self, code, offset, log, why, exit=None):
        self.recorded.append((code, offset, _runtime.tighten(log), why, exit))

    def on_hot_exit(self, region, number):
        self.exits.append((region, number))
        return self.record_exit


class P:
    def __init__(self, x):
        self.x = x

    @property
    def double(self):
        return self.x * 2

    def __add__(self, other):
        return P(self.x + other.x)

    def get(self):
        return self.x


def foreign(f, x):
    return f(x)


def helper(p, k):
    return p.get() + k


def loop(n):
    p = P(1.5)
    for i in range(n):
        p = p + P(i)
        p.double
        helper(p, k=i)
        foreign(helper, p) if i < 0 else abs(-i)
    return p.x


def names_of(log, *, depth=None):
    result = []
    for d, code, offset, operands, flags in log:
        if offset >= 0 and (depth is None or d == depth):
            op = next(i.opname for i in dis.get_instructions(code) if i.offset == offset)
            result.append((d, code.co_name, op))
    return result


def test_nested_calls_are_recorded() -> None:
    policy = Policy(loop, helper, P.__init__, P.__add__, P.get, P.double.fget)
    assert loop(20) == 1.5 + sum(range(20))
    assert policy.hot[0] == ("loop", loop.__code__, header(loop))
    code, offset, log, why, exit = policy.recorded[0]
    assert (code, offset, why, exit) == (loop.__code__, header(loop), "closed", None)
    assert [e[2] for e in log].count(-1) == 5
    passages = [e for e in log if e[2] == -1]
    assert passages[0][0] == 0 and passages[0][3] == (int, P, int, type(iter(range(3))))
    assert sum(e[4] for e in log) == 4
    assert [e for e in log if e[4]][0][2] == header(loop)
    named = names_of(log)
    assert (1, "__add__", "LOAD_GLOBAL") in named and (2, "__init__", "STORE_ATTR") in named
    assert (1, "double", "LOAD_ATTR") in named and (1, "helper", "LOAD_ATTR") in named and (2, "get", "LOAD_ATTR") in named
    adds = [e for e in log if e[1] is P.__add__.__code__ and e[2] == offsets(P.__add__, "BINARY_OP")[0]]
    assert {e[3][:2] for e in adds} == {(int, float)}
    calls = [e for e in log if e[0] == 0 and e[3][:1] and isinstance(e[3][0], tuple) and e[3][0][1] is helper
             or len(e[3]) > 1 and isinstance(e[3][1], tuple) and e[3][1][1] is helper]
    calls = [e for e in calls if e[0] == 0 and len(e[3]) == 5]
    assert len(calls) == 4 and (types.FunctionType, helper) in calls[0][3][:2] and None in calls[0][3][:2]
    instrs = {i.offset: i for i in normalise(loop.__code__).instrs}
    assert all(instrs[e[2]].op.startswith("CALL_KW") for e in calls)
    # every entry is at an instruction the normal form knows
    for d, code, offset, operands, flags in log:
        if offset >= 0 and d == 0:
            assert offset in instrs, offset
    assert _runtime.recording() is None
    assert sys.monitoring.get_local_events(5, helper.__code__) == 0 and sys.monitoring.get_local_events(5, loop.__code__) == 0
    assert policy.asked.count(helper.__code__) == 1


def total(n):
    result = 0
    for i in range(n):
        result += i
    return result


def halves(n):
    return total(n) - total(n)


def test_repetitions_are_left_out_for_each_inlining_context() -> None:
    def through(n):
        for _ in range(n):
            halves(9)
            halves(9)
            halves(9)

    policy = Policy(through, halves, total, call_threshold=1 << 30)
    through(20)
    log = policy.recorded[0][2]
    called, seen = [], {}
    for depth, code, offset, _, _ in log:
        if offset < 0:
            continue
        called[depth:] = [offset]
        if code is total.__code__:
            seen[tuple(called[:2])] = seen.get(tuple(called[:2]), 0) + 1
    assert len(seen) == 6  # three calls of halves, two of total in each
    assert min(seen.values()) > 16  # the body of the loop with the rest
    assert max(seen.values()) < 4 * len(list(dis.get_instructions(total.__code__)))


def test_code_that_is_not_accepted_hides_what_it_calls() -> None:
    def through(n):
        for i in range(n):
            foreign(abs_of, i)

    policy = Policy(through, abs_of)
    through(20)
    log = policy.recorded[0][2]
    assert {e[1] for e in log} == {through.__code__}
    policy = Policy(through, abs_of, foreign)
    through(20)
    log = policy.recorded[0][2]
    assert {(e[0], e[1].co_name) for e in log} == {(0, "through"), (1, "foreign"), (2, "abs_of")}


def abs_of(x):
    return abs(x)


def test_values_are_not_kept_alive() -> None:
    class Thing:
        def method(self):
            return 1

    def work(n):
        t = Thing()
        w = weakref.ref(t)
        items = [t]
        big = 1 << 100
        for i in range(n):
            m = t.method
            m()
            a = items.append
            b = big
            len(items)
            b + 1
            a
        return w

    policy = Policy(work, Thing.method)
    w = work(20)
    log = policy.recorded[0][2]
    gc.collect()
    assert w() is None
    seen = {o for e in log for o in e[3]}
    assert (types.MethodType, (Thing.method, Thing)) in seen
    assert (types.BuiltinFunctionType, (list.append, list)) in seen
    assert "bigint" in seen and (types.BuiltinFunctionType, len) in seen and Thing in seen


def test_a_built_in_function_that_its_module_does_not_have_is_not_kept_alive() -> None:
    module = module_from_spec(find_spec("_heapq"))
    pop = module.heappop
    del module.heappop

    def work(n):
        for _ in range(n):
            pop([1])
            module.heapify([])

    policy = Policy(work)
    work(20)
    w = weakref.ref(pop)
    seen = {operand for entry in policy.recorded[0][2] for operand in entry[3]}
    assert types.BuiltinFunctionType in seen and (types.BuiltinFunctionType, module.heapify) in seen
    pop = None
    gc.collect()
    assert w() is None


def test_recordings_end_when_the_frame_is_left() -> None:
    def returns(n):
        for i in range(n):
            if i == 6:
                return 1

    def raises(n):
        for i in range(n):
            if i == 6:
                raise KeyError

    def yields(n):
        for i in range(n):
            yield i

    policy = Policy(returns, raises, yields)
    returns(20)
    assert [r[3] for r in policy.recorded] == ["left"]
    with pytest.raises(KeyError):
        raises(20)
    for _ in range(3):  # backward jumps that notice
        pass
    assert [r[3] for r in policy.recorded] == ["left", "left"]
    assert list(yields(9)) == list(range(9))
    assert policy.recorded[2][3] == "left"
    policy = Policy(returns, max_log=10)
    returns(7)
    returns(7)
    assert policy.recorded[0][3] == "too long" and len(policy.recorded[0][2]) == 10


def descend(a, b, n):
    return descend(a, b, n - 1) if n else helper(a, b)


def ascend(a, b):
    return helper(a, b)


def test_a_recursive_function_is_recorded_from_its_start() -> None:
    policy = Policy(descend, helper, P.get, call_threshold=3)
    assert descend(P(1), 2, 4) == descend(P(1), 2, 0)
    code, offset, log, why, exit = policy.recorded[0]
    assert (code, offset, why) == (descend.__code__, 0, "closed")
    assert log[0][2:4] == (-1, (P, int, int))
    assert {e[0] for e in log} == {0, 1, 2, 3, 4}
    assert {e[0] for e in log if e[1] is descend.__code__} == {0, 1, 2}


def test_deep_recursion_is_not_logged() -> None:
    policy = Policy(descend, helper, P.get, call_threshold=3)
    descend(P(1), 2, 40)
    log = policy.recorded[0][2]
    assert {e[0] for e in log if e[1] is descend.__code__} == {0, 1, 2}
    assert policy.recorded[0][3] == "closed"


def test_recursion_far_from_the_recorded_frame_ends_the_recording() -> None:
    """Each instruction looks for the recorded frame: in a deep recursion that takes more and more time."""
    bottom = []

    def sink(n):
        if n == 0:
            bottom.append(_runtime.recording())
            return 0
        return sink(n - 1) + 1

    def f(n, depth):
        for i in range(n):
            sink(depth)

    policy = Policy(f, sink)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    try:
        f(8, 2000)
    finally:
        sys.setrecursionlimit(limit)
    assert f.__code__ in [code for kind, code, offset in policy.hot]
    assert bottom == [None] * len(bottom) and {recorded[3] for recorded in policy.recorded} == {"too long"}


def test_a_function_that_does_not_call_itself_is_not_counted() -> None:
    policy = Policy(ascend, helper, P.get, call_threshold=3)
    for _ in range(10):
        ascend(P(1), 2)
    assert not policy.recorded and not policy.hot


def test_classes_in_variables_are_not_kept_alive() -> None:
    class Local:
        pass

    def f(cls, n):
        for i in range(n):
            pass

    policy = Policy(f)
    f(Local, 20)
    passages = [entry for entry in policy.recorded[0][2] if entry[2] == -1]
    assert passages and all(entry[3][0] is type for entry in passages)


def test_events_without_a_frame_are_none_of_ours() -> None:
    """PyMonitoring_FireJumpEvent and the like: of what is not even a code object."""
    capi = pytest.importorskip("_testcapi")
    if not hasattr(capi, "CodeLike"):
        pytest.skip("CPython 3.13's C API")
    policy = Policy(descend, loop_threshold=1)
    events = sys.monitoring.events
    for event, fire, arguments in ((events.PY_START, capi.fire_event_py_start, ()), (events.JUMP, capi.fire_event_jump, (0,))):
        code = capi.CodeLike(1)
        capi.monitoring_enter_scope(code, event.bit_length() - 1)
        for _ in range(5):
            fire(code, 0, *arguments)
        capi.monitoring_exit_scope()
    assert not policy.hot


def test_disabled_and_forward_places_are_not_asked_again() -> None:
    def f(n):
        for i in range(n):
            if i % 2:
                continue
            i += 1

    policy = Policy(f, answer="disable")
    f(100)
    assert len(policy.hot) == 1
    assert _runtime.counters(f.__code__)[header(f)] == -1
    policy = Policy(f, answer="later")
    _runtime.reset_counters(f.__code__)
    sys.monitoring.restart_events()
    f(100)
    assert len(policy.hot) > 5


def test_nothing_is_recorded_while_a_tool_watches() -> None:
    def f(n):
        for _ in range(n):
            pass

    policy = Policy(f)
    monitoring, tool = sys.monitoring, sys.monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "test")
    try:
        monitoring.set_events(tool, monitoring.events.PY_RETURN)
        f(50)
        monitoring.set_events(tool, 0)
        monitoring.set_local_events(tool, f.__code__, monitoring.events.LINE)
        f(50)
    finally:
        monitoring.set_local_events(tool, f.__code__, 0)
        monitoring.free_tool_id(tool)
    assert not policy.hot
    f(50)
    assert policy.hot and policy.recorded


def test_a_hot_exit_is_recorded_with_its_inlined_frames() -> None:
    namespace: dict = {}
    exec("""
def g(x):
    y = x + 1
    return y

def f(n):
    s = 0
    for i in range(n):
        s += g(i)
    return s
""", namespace)
    f, g = namespace["f"], namespace["g"]
    policy = Policy(f, g, exit_threshold=4)
    b = Builder()
    call = offsets(f, "CALL")[1]
    out = b.exit([b.frame(f.__code__, call, [SYNCED, SYNCED, 1], [SYNCED, 2], return_offset=after(f, call)),
                  b.frame(g.__code__, after(g, offsets(g, "RESUME")[0]), [1, NULL], [], func=0)],
                 [entry("CONST", b.const(g)), entry("OBJ_OWNED", 0), entry("INT_CONST", 100)])
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED, SYNCED])])
    region = b.compile(per_item(f.__code__, out, done), 1)
    _runtime.install(f.__code__, header(f), region)
    policy.record_exit = False
    f(6)
    assert policy.exits == [(region, out)]
    assert region.exits[out] == 5
    policy.record_exit = True
    f(20)
    assert policy.exits[:2] == [(region, out)] * 2
    code, offset, log, why, exit = policy.recorded[0]
    assert (code, offset, why, exit) == (f.__code__, header(f), "closed", (region, out))
    assert names_of(log)[0][:2] == (1, "g") and log[0][0] == 1
    assert log[0][2] == after(g, offsets(g, "RESUME")[0])
    assert any(e[0] == 0 and e[2] == after(f, call) for e in log)
    assert sum(e[2] == -1 for e in log) == 4


def test_watchers_invalidate() -> None:
    class T:
        pass

    def function():
        pass

    def f(n):
        for i in range(n):
            pass

    namespace = {"a": 1, "b": 2}

    def new():
        b = Builder()
        again = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED])])
        return b.compile(f"  ret i64 {again}")

    for change, watch in [
        (lambda: setattr(T, "x", 1), lambda r: _runtime.watch_type(T, r)),
        (lambda: namespace.__setitem__("a", 3), lambda r: _runtime.watch_dict(namespace, "a", r)),
        (lambda: namespace.__delitem__("a"), lambda r: _runtime.watch_dict(namespace, "a", r)),
        (lambda: namespace.__setitem__("new", 3), lambda r: _runtime.watch_dict(namespace, None, r)),
        (lambda: setattr(function, "__code__", f.__code__), lambda r: _runtime.watch_function(function, r)),
        (lambda: setattr(function, "__defaults__", (1,)), lambda r: _runtime.watch_function(function, r)),
        (lambda: namespace.clear(), lambda r: _runtime.watch_dict(namespace, "zz", r)),
    ]:
        region, other = new(), new()
        watch(region)
        watch(region)
        namespace["b"] = 5
        assert region.valid
        change()
        assert not region.valid and other.valid
    d: dict = {}
    region = new()
    _runtime.watch_dict(d, "x", region)
    del d
    assert not region.valid
    T.y = 1
    _runtime.watch_type(T, new())  # gone at once
    T.y = 2

    policy = Policy()
    region = new()
    _runtime.install(f.__code__, header(f), region)
    f(3)
    assert region.entries == 1
    region.invalidate()
    f(3)
    assert region.entries == 1 and policy.invalidated == [region]
    assert _runtime.installed(f.__code__, header(f)) is None
    import ctypes
    region = new()
    assert ctypes.c_int64.from_address(region.valid_address).value == 1
    ref = weakref.ref(region)
    del region, policy
    gc.collect()
    assert ref() is None


def test_regions_go_with_their_code() -> None:
    namespace: dict = {}
    exec("def f(n):\n    for i in range(n):\n        pass\n", namespace)
    f = namespace.pop("f")
    b = Builder()
    region = b.compile("  ret i64 0")
    _runtime.install(f.__code__, header(f), region)
    ref = weakref.ref(region)
    del region
    gc.collect()
    assert ref() is not None
    del f, namespace
    gc.collect()
    assert ref() is None


def test_other_threads_are_not_recorded() -> None:
    stop = threading.Event()

    def spin():
        while not stop.is_set():
            other("x", "y")

    def other(a, b):
        return a + b

    def f(n):
        s = 0
        for i in range(n):
            s = other(s, i)
        return s

    policy = Policy(f, other)
    thread = threading.Thread(target=spin)
    thread.start()
    try:
        for _ in range(20):
            f(2000)
    finally:
        stop.set()
        thread.join()
    assert len(policy.recorded) > 3
    for r in policy.recorded:
        if r[0] is f.__code__:
            assert all(str not in e[3] for e in r[2])


def test_a_recording_ends_where_a_tool_is_turned_on() -> None:
    """Code with INSTRUCTION events is not specialised, which some other events depend on."""
    tool = sys.monitoring.DEBUGGER_ID

    def late(a):
        return a + 1

    def f(n):
        for i in range(n):
            if i == 8:
                sys.monitoring.set_events(tool, sys.monitoring.events.RAISE)
                late(i)
                seen.append(sys.monitoring.get_local_events(sys.monitoring.OPTIMIZER_ID, late.__code__))
        return i

    seen = []
    policy = Policy(f, late, header_visits=100)
    sys.monitoring.use_tool_id(tool, "tool")
    try:
        f(20)
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    assert [recorded[3] for recorded in policy.recorded] == ["stopped"]
    assert seen == [0]


def test_other_threads_leave_a_recording_alone_while_it_asks() -> None:
    """They end one whose thread does nothing any more; not one that waits for an answer from Python."""

    def helper(a, b):
        return a + b

    def f(n):
        s = 0
        for i in range(n):
            s = helper(s, i)
        return s

    def hot():
        for _ in range(5000):
            pass

    def accept(code):
        if code in (f.__code__, helper.__code__):
            thread = threading.Thread(target=hot)
            thread.start()
            thread.join()
        return policy.accept(code)

    policy = Policy(f, helper)
    _runtime.configure(accept_code=accept)
    assert f(10) == sum(range(10))
    assert [recorded[3] for recorded in policy.recorded] == ["closed"]
    assert policy.asked == [f.__code__, helper.__code__]


def test_compiled_code_nests_and_tools_see_what_it_calls() -> None:
    def inner(n):
        s = 0
        for i in range(n):
            s += i
        return s

    def f(n):
        for i in range(n):
            pass
        return i

    b = Builder()
    again = b.exit([b.frame(inner.__code__, header(inner), [SYNCED, 0, SYNCED], [SYNCED])], [entry("INT_CONST", 5)])
    inside = b.compile(f"  ret i64 {again}")
    _runtime.install(inner.__code__, header(inner), inside)
    got = []

    def call():
        got.append(inner(3))
        return 0

    b = Builder()
    site = b.exit([b.frame(f.__code__, header(f), [SYNCED, SYNCED], [SYNCED])])
    region = b.compile(f"""
  %a = call i32 @push(ptr %cx, i64 {site})
  %f = inttoptr i64 {b.callback(call)} to ptr
  %b = call i64 %f()
  call void @pop(ptr %cx)
  ret i64 {site}""")
    _runtime.install(f.__code__, header(f), region)
    assert f(3) == 2
    assert got == [5, 5, 5] and inside.entries == 9
    limit = sys.getrecursionlimit()

    def deep():
        if len(got) < 2000:
            got.append(0)
            try:
                f(2)
            except RecursionError:
                got.append(1)
        return 0

    b = Builder()
    site = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED])])
    region = b.compile(f"""
  %a = call i32 @push(ptr %cx, i64 {site})
  %f = inttoptr i64 {b.callback(deep)} to ptr
  %b = call i64 %f()
  call void @pop(ptr %cx)
  ret i64 {site}""")
    _runtime.install(f.__code__, header(f), region)
    f(2)
    assert sys.getrecursionlimit() == limit


def test_in_a_trial_the_interpreter_and_the_region_take_turns():
    def f(n):
        rounds = 0
        for i in range(n):
            rounds += 1
        return rounds

    policy = Policy(clock_step=1000)  # a busy machine would end turns early
    looks = []
    _runtime.configure(on_region=lambda region, what: looks.append((region.entries, what)), exit_threshold=0)
    b = Builder()
    left = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED, SYNCED])])
    region = b.compile(f"  ret i64 {left}")
    assert _runtime.trial(f.__code__, header(f), 2) is False  # nothing to compare with
    _runtime.install(f.__code__, header(f), region)
    assert f(10) == 1 and region.entries == 1  # this region leaves the loop after its first round
    assert _runtime.trial(f.__code__, header(f), 2) is True
    results = [f(128) for _ in range(400)]
    # a window of 128 back edges in the interpreter, one of 128 entries, and once more
    assert results == [128] + [1] * 128 + [128] + [1] * 270
    cycles, edges, median = _runtime.pace(f.__code__, header(f))
    assert edges == 2 * 127 and cycles > 0 and 0 < median < cycles
    windows = _runtime.windows(f.__code__, header(f))
    assert [plain_rounds for _, plain_rounds, _, _ in windows] == [127, 127] and sum([plain for plain, _, _, _ in windows]) == cycles
    # the time from the interpreter's turn to the first entry belongs to neither; with the last window's end comes the first entry after it
    assert [rounds for _, _, _, rounds in windows] == [127, 127] and all(time > 0 for _, _, time, _ in windows)
    assert region.entries == 399 and looks[0] == (1 + 128 + 128 + 1, "look")
    _runtime.uninstall(f.__code__, header(f))
    assert f(10) == 10 and not policy.recorded


def test_a_trial_of_long_rounds_takes_few_of_them():
    def spin(seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    def f(n):
        for i in range(n):
            spin(0.005)

    policy = Policy()
    looks = []
    _runtime.configure(on_region=lambda region, what: looks.append((region.entries, what)), exit_threshold=0)
    b = Builder()
    # a region that does nothing before it leaves to the loop's body
    region = b.compile(f"  ret i64 {b.exit([b.frame(f.__code__, header(f), [SYNCED, SYNCED], [SYNCED])])}")
    _runtime.install(f.__code__, header(f), region)
    f(5)
    assert _runtime.trial(f.__code__, header(f), 2) is True
    f(8)
    assert _runtime.pace(f.__code__, header(f))[1] >= 1  # a round longer than the usual pause counts, and ends its window
    assert region.entries < 12 and not policy.recorded
    _runtime.uninstall(f.__code__, header(f))


def test_a_watched_variable_changed_by_an_odd_key():
    class Name(str):
        pass

    def f(n):
        for i in range(n):
            pass

    def new():
        b = Builder()
        return b.compile(f"  ret i64 {b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED])])}")

    namespace = {f"name{i}": i for i in range(300)}
    regions = [new() for _ in namespace]
    for name, region in zip(namespace, regions, strict=True):
        _runtime.watch_dict(namespace, name, region)
    namespace["other"] = 1
    assert all(region.valid for region in regions)
    namespace["name" + str(7)] = None
    assert [region.valid for region in regions].count(False) == 1 and not regions[7].valid
    namespace[Name("name9")] = None  # may be equal to any
    assert not any(region.valid for region in regions)
    with pytest.raises(TypeError):
        _runtime.watch_dict(namespace, 3, regions[0])
