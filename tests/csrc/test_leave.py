"""Entering compiled code and leaving it by exit records."""

from __future__ import annotations

import gc
import sys
import traceback
import weakref

import pytest

from jitney import _runtime

from .machine import DISCARD, INIT, NULL, PUSH_BOOL, RAISE, SYNCED, Builder, after, entry, header, loop_exit, offsets, per_item

pytestmark = pytest.mark.usefixtures("live")


def test_a_loop_is_entered_in_the_middle_and_left_at_its_end() -> None:
    def f(n):
        s = 0
        i = 0
        for i in range(n):
            s += i
        return s, i

    b = Builder()
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, 0, 1])], [entry("INT", 0), entry("INT", 1)])
    region = b.compile(f"""
  call void @value(ptr %cx, i64 0, i64 12345678901)
  call void @value(ptr %cx, i64 1, i64 7)
  ret i64 {done}""")
    _runtime.install(f.__code__, header(f), region)
    assert f(10) == (12345678901, 7)
    assert f(1) == (12345678901, 7)
    assert f(0) == (0, 0)
    assert region.entries == 2 and region.exits == [2]
    assert _runtime.entered_from(f.__code__) == 2
    _runtime.uninstall(f.__code__, header(f))
    assert f(10) == (45, 9)


def test_leaving_into_the_loop_goes_on_in_the_interpreter() -> None:
    def f(n):
        s = 0
        for i in range(n):
            s += i
        return s

    b = Builder()
    again = b.exit([b.frame(f.__code__, header(f), [SYNCED, SYNCED, SYNCED], [SYNCED])])
    region = b.compile(f"  ret i64 {again}")
    _runtime.install(f.__code__, header(f), region)
    assert f(10) == 45
    assert region.entries == 10


def test_a_function_is_entered_at_its_start_and_returns() -> None:
    def f(a, b):
        c = a * b
        return c + 1

    b = Builder()
    out = b.exit([b.frame(f.__code__, offsets(f, "RETURN_VALUE")[0], [SYNCED, SYNCED, NULL], [0])], [entry("FLOAT", 0)])
    region = b.compile(f"""
  call void @value(ptr %cx, i64 0, i64 {0x3FF8000000000000})
  ret i64 {out}""")
    _runtime.install(f.__code__, 0, region)
    assert [f(3, 4), f(5, 6)] == [1.5, 1.5]
    assert region.entries == 2


def test_a_function_can_leave_at_its_start() -> None:
    def f(a, b):
        c = a * b
        return c + 1

    b = Builder()
    for offset in (0, after(f, offsets(f, "RESUME")[0])):
        out = b.exit([b.frame(f.__code__, offset, [SYNCED, SYNCED, NULL])])
        region = b.compile(f"  ret i64 {out}")
        _runtime.install(f.__code__, 0, region)
        assert f(3, 4) == 13
        assert region.entries == 1


def test_the_other_tools_win() -> None:
    def f(n):
        s = 0
        for i in range(n):
            s += i
        return s

    b = Builder()
    again = b.exit([b.frame(f.__code__, header(f), [SYNCED, SYNCED, SYNCED], [SYNCED])])
    region = b.compile(f"  ret i64 {again}")
    _runtime.install(f.__code__, header(f), region)
    lines = []

    def tracer(frame, event, arg):
        if frame.f_code is f.__code__:
            lines.append(event)
        return tracer

    sys.settrace(tracer)
    try:
        f(3)
    finally:
        sys.settrace(None)
    assert region.entries == 0 and lines.count("line") > 5
    f(3)
    assert region.entries == 3


def inlined(action=0, **kwargs):
    """f calls g calls h; the region leaves in h."""
    namespace: dict = {"sys": sys, "seen": []}
    exec("""
def h(x):
    seen.append([(f.f_code.co_name, f.f_lineno) for f in (sys._getframe(), sys._getframe(1), sys._getframe(2))])
    y = x + 1
    return y * 2

def g(x):
    z = x
    return h(z) + z

def f(n):
    s = 0
    for i in range(n):
        s += g(i)
    return s
""", namespace)
    return namespace


def two_levels(namespace, where, kind=0, locals=(2, NULL), stack=(), then=""):
    """A region of f that does `i = next(iterator)` and leaves in h at `where`."""
    f, g, h = namespace["f"], namespace["g"], namespace["h"]
    b = Builder()
    call_g, call_h = offsets(f, "CALL")[1], offsets(g, "CALL")[0]
    out = b.exit([b.frame(f.__code__, call_g, [SYNCED, SYNCED, 2], [SYNCED, 3], return_offset=after(f, call_g)),
                  b.frame(g.__code__, call_h, [2, 2], [], func=0, return_offset=after(g, call_h)),
                  b.frame(h.__code__, where(h), list(locals), list(stack), func=1)],
                 [entry("CONST", b.const(g)), entry("CONST", b.const(h)), entry("OBJ_OWNED", 0), entry("INT", 1)], kind)
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED, SYNCED])])
    region = b.compile(per_item(f.__code__, out, done, "  call void @value(ptr %cx, i64 1, i64 1000)" + then), inline_depth=2)
    _runtime.install(f.__code__, header(f), region)
    return region


def start_of(h):
    return after(h, offsets(h, "RESUME")[0])


def test_leaving_into_two_inlined_frames() -> None:
    n = inlined()
    f = n["f"]
    region = two_levels(n, start_of)
    # i = 0: g(0) = 2. i = 1: the region gives s = 1000 below the call, g(1) = 5; i = 2: the same with g(2) = 8.
    assert f(3) == 1008
    assert region.entries == 3 and region.exits == [2, 1]
    assert n["seen"] == [[("h", 3), ("g", 9), ("f", 14)]] * 3
    before = sys.getrefcount(n["g"]), sys.getrefcount(n["h"]), sys.getrefcount(n["h"].__code__)
    for _ in range(100):
        f(3)
    assert (sys.getrefcount(n["g"]), sys.getrefcount(n["h"]), sys.getrefcount(n["h"].__code__)) == before


def test_recursion_is_counted_the_same() -> None:
    n = inlined()
    f = n["f"]

    def depth():
        def down(k):
            try:
                return down(k + 1)
            except RecursionError:
                return k
        return down(0)

    class Watcher(list):
        def append(self, item):
            super().append(depth())

    n["seen"] = Watcher()
    f(1)
    two_levels(n, start_of)
    f(3)
    assert len(set(n["seen"])) == 1, n["seen"]
    before = depth()
    for _ in range(3):
        f(20)
    assert depth() == before


RAISING = """
def h(x):
    y = x
    return y[0]

def g(x):
    z = x
    try:
        return h(z) + z
    except KeyError:
        return 7

def f(n):
    s = 0
    for i in range(n):
        try:
            s += g(i)
        except (ValueError, TypeError) as e:
            return e
    return s
"""


@pytest.mark.parametrize("handled", ["g", "f", "nowhere"])
def test_raising_in_an_inlined_frame(handled) -> None:
    namespace: dict = {}
    exec(RAISING, namespace)
    f = namespace["f"]
    error = {"g": KeyError, "f": ValueError, "nowhere": OSError}[handled]
    region = two_levels(namespace, lambda h: offsets(h, "BINARY_SUBSCR")[0], RAISE, (2, 2), (2, 2), f"  call void @raise(i64 {id(error)})")
    namespace["h"] = lambda z: 0
    if handled == "g":
        assert f(3) == 1007
        assert region.exits == [2, 1]
    else:
        if handled == "f":
            e = f(2)
        else:
            with pytest.raises(OSError) as info:
                f(2)
            e = info.value
        assert type(e) is error
        tb = e.__traceback__
        if handled == "nowhere":
            tb = tb.tb_next
        frames = []
        lines = []
        while tb is not None:
            lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            frames.append(tb.tb_frame)
            tb = tb.tb_next
        assert lines == [("f", 17), ("g", 9), ("h", 4)]
        inner = frames[-1]
        assert inner.f_locals == {"x": 1, "y": 1}
        assert inner.f_back is frames[1] and frames[1].f_back is frames[0]
        assert inner.f_lineno == 4
        assert frames[1].f_locals == {"x": 1, "z": 1}
        assert frames[0].f_back is not None
        assert any("h" in line for line in traceback.format_exception(e))
    assert sys.exc_info() == (None, None, None)


def test_an_exception_from_a_rebuilt_frame_finds_its_handler() -> None:
    namespace: dict = {}
    exec(RAISING, namespace)
    f = namespace["f"]
    region = two_levels(namespace, start_of)
    namespace["h"] = lambda z: 0
    e = f(2)  # h(1) raises TypeError: an int is not subscriptable
    assert type(e) is TypeError and region.exits == [1, 0]
    tb = e.__traceback__
    assert [(tb.tb_frame.f_code.co_name, tb.tb_lineno), (tb.tb_next.tb_frame.f_code.co_name, tb.tb_next.tb_lineno),
            (tb.tb_next.tb_next.tb_frame.f_code.co_name, tb.tb_next.tb_next.tb_lineno)] == [("f", 17), ("g", 9), ("h", 4)]


def test_raising_at_depth_0_with_lasti() -> None:
    class Manager:
        def __init__(self):
            self.log = []

        def __enter__(self):
            return self

        def __exit__(self, *what):
            self.log.append(what[0])
            return what[0] is KeyError

    def f(m, n):
        s = 0
        for i in range(n):
            with m:
                s += i
        return s

    b = Builder()
    add = offsets(f, "BINARY_OP")[0]
    exit_function = b.const(Manager.__exit__)
    m = Manager()
    bound = m.__exit__
    out = b.exit([b.frame(f.__code__, add, [SYNCED, SYNCED, SYNCED, 0], [SYNCED, 1])],
                 [entry("OBJ_OWNED", 0), entry("CONST", b.const(bound))], RAISE)
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED, SYNCED, SYNCED])])
    del exit_function
    region = b.compile(per_item(f.__code__, out, done, f"  call void @raise(i64 {id(KeyError)})"))
    _runtime.install(f.__code__, header(f), region)
    assert f(m, 3) == 0
    assert m.log == [None, KeyError, KeyError]
    b = Builder()
    out = b.exit([b.frame(f.__code__, add, [SYNCED, SYNCED, SYNCED, 0], [SYNCED, 1])],
                 [entry("OBJ_OWNED", 0), entry("CONST", b.const(bound))], RAISE)
    region = b.compile(per_item(f.__code__, out, out, f"  call void @raise(i64 {id(OSError)})"))
    _runtime.install(f.__code__, header(f), region)
    with pytest.raises(OSError) as info:
        f(m, 3)
    assert m.log[-1] is OSError
    line = f.__code__.co_firstlineno
    assert [(t.lineno - line) for t in info.traceback[1:]] != []
    tb = info.value.__traceback__.tb_next
    assert (tb.tb_lineno - line, tb.tb_next) == (4, None)


def test_an_exception_that_nobody_handles_leaves_a_function_entered_at_its_start() -> None:
    def f(a, b):
        c = a * b
        return c + 1

    b = Builder()
    out = b.exit([b.frame(f.__code__, offsets(f, "BINARY_OP")[1], [SYNCED, SYNCED, 0], [0, 0])], [entry("INT_CONST", 5)], RAISE)
    region = b.compile(f"  call void @raise(i64 {id(OSError)})\n  ret i64 {out}")
    _runtime.install(f.__code__, 0, region)
    with pytest.raises(OSError) as info:
        f(1, 2)
    tb = info.value.__traceback__.tb_next
    assert (tb.tb_frame.f_code, tb.tb_lineno - f.__code__.co_firstlineno, tb.tb_next) == (f.__code__, 2, None)
    assert tb.tb_frame.f_locals == {"a": 1, "b": 2, "c": 5}


def virtual(kind, *fields):
    """What the virtual object looks like; fields are ints (raw), or objects."""
    def f(n):
        s = None
        for i in range(n):
            s = i
        return s

    b = Builder()
    entries = []
    raw = {"range": (0, 1, 2), "range_iter": (0, 1, 2), "range_iter_down": (0, 1, 2), "list_iter": (1,), "tuple_iter": (1,),
           "str_iter": (1,), "reversed_list": (1,), "enumerate": (1,)}
    stores = ""
    for i, one in enumerate(fields):
        if i in raw.get(kind, ()):
            entries.append(entry("INT", i))
            stores += f"  call void @value(ptr %cx, i64 {i}, i64 {one})\n"
        else:
            entries.append(entry("CONST", b.const(one)))
    refs = [NULL if one is NULL_FIELD else i for i, one in enumerate(fields)]
    entries.append(entry("VIRTUAL", kind, *refs))
    out = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, len(entries) - 1, SYNCED])], entries)
    region = b.compile(stores + f"  ret i64 {out}")
    _runtime.install(f.__code__, header(f), region)
    result = f(1)
    _runtime.uninstall(f.__code__, header(f))
    before = [sys.getrefcount(one) for one in fields]
    for _ in range(3):
        _runtime.install(f.__code__, header(f), region)
        f(1)
    assert [sys.getrefcount(one) for one in fields] == before
    return result


NULL_FIELD = object()


def test_virtual_objects() -> None:
    a, c = object(), object()
    assert virtual("tuple", a, c) == (a, c)
    assert virtual("list", a, c) == [a, c]
    assert virtual("range", 3, 10, 2) == range(3, 10, 2)
    it = virtual("range_iter", 5, 10, 2)
    assert type(it) is type(iter(range(3))) and list(it) == [5, 7, 9]
    it = virtual("range_iter_down", 5, 0, -2)
    assert type(it) is type(iter(range(3))) and list(it) == [5, 3, 1]
    assert list(virtual("range_iter", 5, 5, 1)) == list(virtual("range_iter_down", 5, 5, -1)) == []
    items = [a, c, 3]
    it = virtual("list_iter", items, 1)
    assert type(it) is type(iter([])) and next(it) is c and it.__length_hint__() == 1
    assert list(virtual("list_iter", NULL_FIELD, 0)) == []
    it = virtual("tuple_iter", tuple(items), 2)
    assert type(it) is type(iter(())) and list(it) == [3]
    assert list(virtual("tuple_iter", NULL_FIELD, 0)) == []
    it = virtual("reversed_list", items, 1)
    assert type(it) is type(reversed([])) and list(it) == [c, a]
    it = virtual("str_iter", "abcd", 2)
    assert type(it) is type(iter("a")) and list(it) == ["c", "d"]
    it = virtual("enumerate", iter(items), 7)
    assert type(it) is enumerate and list(it) == [(7, a), (8, c), (9, 3)]
    it = virtual("zip", iter(items), iter("xyz"))
    assert type(it) is zip and list(it) == [(a, "x"), (c, "y"), (3, "z")]
    assert list(virtual("zip")) == []
    method = virtual("method", test_virtual_objects, a)
    assert method.__func__ is test_virtual_objects and method.__self__ is a
    assert virtual("slice", 1, None, 3) == slice(1, None, 3)
    assert virtual("cell", a).cell_contents is a
    with pytest.raises(ValueError):
        _ = virtual("cell", NULL_FIELD).cell_contents
    gc.collect()


def test_identity_is_kept_and_drops_come_in_order() -> None:
    log = []

    class Loud:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log.append((self.name, sys._getframe(1).f_code.co_name))

    def f(p, q, n):
        s = None
        for i in range(n):
            s = i
        return s

    b = Builder()
    out = b.exit([b.frame(f.__code__, loop_exit(f), [NULL, NULL, SYNCED, 3, SYNCED])],
                 [entry("OBJ_OWNED", 0), entry("OBJ_OWNED", 1), entry("FLOAT", 2), entry("VIRTUAL", "tuple", 2, 2)], drops=[1, 0])
    region = b.compile(f"""
  %p = call i64 @take(ptr %locals, i64 0)
  %q = call i64 @take(ptr %locals, i64 1)
  call void @value(ptr %cx, i64 0, i64 %p)
  call void @value(ptr %cx, i64 1, i64 %q)
  call void @value(ptr %cx, i64 2, i64 0)
  ret i64 {out}""")
    _runtime.install(f.__code__, header(f), region)
    result = f(Loud("p"), Loud("q"), 3)
    assert result == (0.0, 0.0) and result[0] is result[1]
    assert log == [("q", "f"), ("p", "f")]


def test_names_are_written() -> None:
    source = "for i in range(3):\n    s = i\n"
    code = compile(source, "names", "exec")
    b = Builder()
    out = b.exit([b.frame(code, header(code), [], [SYNCED])], [entry("INT_CONST", 1 << 40), entry("OBJ_OWNED", 0)],
                 names=[("t", 0), ("i", 1)])
    done = b.exit([b.frame(code, loop_exit(code), [])])
    region = b.compile(per_item(code, out, done))
    _runtime.install(code, header(code), region)
    namespace: dict = {}
    exec(code, namespace)
    assert (namespace["t"], namespace["i"], namespace["s"]) == (1 << 40, 2, 2)


@pytest.mark.parametrize("action", [INIT, DISCARD, PUSH_BOOL])
@pytest.mark.parametrize("value", [None, 5, 0])
def test_return_actions(action, value) -> None:
    namespace: dict = {"value": value}
    exec("""
def g(x):
    return value

def f(n):
    s = 0
    for i in range(n):
        s = g(i)
    return s
""", namespace)
    f, g = namespace["f"], namespace["g"]
    b = Builder()
    call = offsets(f, "CALL")[1]
    stack = [SYNCED] + ([1] if action in (INIT, DISCARD) else [])
    out = b.exit([b.frame(f.__code__, call, [SYNCED, SYNCED, 2], stack, return_offset=after(f, call), action=action),
                  b.frame(g.__code__, start_of(g), [2], [], func=0)],
                 [entry("CONST", b.const(g)), entry("CONST", b.const("instance")), entry("OBJ_OWNED", 0)])
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, SYNCED, SYNCED])])
    _runtime.install(f.__code__, header(f), b.compile(per_item(f.__code__, out, done), 1))
    if action == INIT and value is not None:
        with pytest.raises(TypeError, match="should return None, not 'int'"):
            f(2)
    else:
        assert f(2) == ("instance" if action in (INIT, DISCARD) else bool(value))


def test_deep_leaving_grows_the_data_stack() -> None:
    n = inlined()
    f = n["f"]
    big = ", ".join(f"v{i}=0" for i in range(1500))
    exec(f"def h(x, {big}):\n    return x\n", n)
    n["f"] = f
    region = two_levels(n, lambda h: offsets(h, "LOAD_FAST")[0], locals=(2,) * 1501)
    for _ in range(100):
        assert f(3) == 1004
    assert region.entries == 300


def test_frames_are_pushed_for_a_call() -> None:
    n = inlined()
    f, g, h = n["f"], n["g"], n["h"]
    seen, kept = [], []

    def look():
        frame = sys._getframe(1)
        seen.append([(frame.f_code.co_name, frame.f_lineno), (frame.f_back.f_code.co_name, frame.f_back.f_lineno),
                     (frame.f_back.f_back.f_code.co_name, frame.f_back.f_back.f_lineno, frame.f_back.f_back.f_locals["s"])])
        kept.append(frame)
        return 0

    b = Builder()
    call_g, call_h = offsets(f, "CALL")[1], offsets(g, "CALL")[0]
    site = b.exit([b.frame(f.__code__, call_g, [SYNCED, 3, SYNCED], [SYNCED, 3], return_offset=after(f, call_g)),
                   b.frame(g.__code__, call_h, [2, 2], [], func=0, return_offset=after(g, call_h)),
                   b.frame(h.__code__, offsets(h, "CALL")[-1], [2, NULL], [], func=1)],
                  [entry("CONST", b.const(g)), entry("CONST", b.const(h)), entry("OBJ_OWNED", 0), entry("INT_CONST", 4444)])
    done = b.exit([b.frame(f.__code__, loop_exit(f), [SYNCED, 1, SYNCED])], [entry("OBJ_OWNED", 0), entry("INT_CONST", 3)])
    address = b.callback(look)
    region = b.compile(f"""
  %x = call i64 @local(ptr %locals, i64 0)
  call void @incref(i64 %x)
  call void @value(ptr %cx, i64 0, i64 %x)
  %a = call i32 @push(ptr %cx, i64 {site})
  %f = inttoptr i64 {address} to ptr
  %b = call i64 %f()
  call void @pop(ptr %cx)
  %c = call i32 @push(ptr %cx, i64 {site})
  %d = call i64 %f()
  call void @pop(ptr %cx)
  ret i64 {done}""", 2)
    _runtime.install(f.__code__, header(f), region)
    n["seen"] = []
    assert f(1) == 3
    assert seen == [[("h", 3), ("g", 9), ("f", 14, 4444)]] * 2
    frame = kept[0]
    assert frame.f_locals == {"x": 1} and frame.f_back.f_locals == {"x": 1, "z": 1}
    assert frame.f_back.f_back.f_code is f.__code__ and frame.f_lineno == 3
    assert kept[0] is kept[1]  # the frame that was pushed again is the one that is kept
    gone = weakref.WeakSet()
    kept.clear()
    frame.clear()
    del frame
    gc.collect()
    assert not gone


def test_an_object_dies_with_the_frames_in_place() -> None:
    log = []

    class Loud:
        def __del__(self):
            frame = sys._getframe(1)
            log.append((frame.f_code.co_name, frame.f_lineno, frame.f_back.f_code.co_name))
            try:
                raise KeyError
            except KeyError:
                pass

    n = inlined()
    f, g = n["f"], n["g"]
    exec("def f(p, n):\n    s = 0\n    for i in range(n):\n        s += g(i)\n    return s\n", n)
    f = n["f"]
    b = Builder()
    call_g = offsets(f, "CALL")[1]
    site = b.exit([b.frame(f.__code__, call_g, [NULL, SYNCED, SYNCED, SYNCED], [SYNCED], return_offset=after(f, call_g)),
                   b.frame(g.__code__, offsets(g, "CALL")[0], [NULL, NULL], [], func=0)], [entry("CONST", b.const(g))])
    out = b.exit([b.frame(f.__code__, call_g, [NULL, SYNCED, SYNCED, SYNCED], [SYNCED])], kind=RAISE)
    region = b.compile(f"""
  %p = call i64 @take(ptr %locals, i64 0)
  call void @raise(i64 {id(OSError)})
  %a = call i32 @drop_framed(ptr %cx, i64 {site}, i64 %p)
  ret i64 {out}""", 1)
    _runtime.install(f.__code__, header(f), region)
    with pytest.raises(OSError):
        f(Loud(), 1)
    assert log == [("g", 9, "f")]


def test_malformed_blobs_are_refused() -> None:
    with pytest.raises(ValueError):
        _runtime.Region(0, b"", (), 1)
    with pytest.raises(ValueError):
        _runtime.Region(0, b"\0" * 16, (), 1)
    b = Builder()
    b.exit([b.frame(inlined.__code__, 0, [5])])
    with pytest.raises(ValueError, match="malformed"):
        _runtime.Region(0, b.blob(), b.consts, 16)
