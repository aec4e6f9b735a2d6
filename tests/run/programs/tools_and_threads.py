"""Threads, signals, tracers, profilers, interrupts, collector."""

import _thread
import gc
import os
import signal
import sys
import threading
import time


def case_threads_same_code(log):
    def work(n, out):
        t = 0
        for i in range(n):
            t += i * i % 7
        out.append(t)

    out = []
    threads = [threading.Thread(target=work, args=(20000, out)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def case_threads_different_types(log):
    def work(x, out, n):
        t = x
        for i in range(3000):
            t = t + x
        out[n] = t

    out = {}
    threads = [threading.Thread(target=work, args=(x, out, n)) for n, x in enumerate([1, 2.5, 2**60, True, 7, 0.25])]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sorted(out.items())


def case_thread_stops_loop(log):
    flag = []
    threading.Timer(0.05, lambda: flag.append(1)).start()
    n = 0
    while not flag:
        n += 1
    return n > 0


def case_global_stops_loop(log):
    global stop_now
    stop_now = False

    def stopper():
        global stop_now
        time.sleep(0.05)
        stop_now = True

    t = threading.Thread(target=stopper)
    t.start()
    n = 0
    while not stop_now:
        n += 1
    t.join()
    return n > 0


def case_signal_handler_in_loop(log):
    hits = []
    old = signal.signal(signal.SIGALRM, lambda *a: hits.append(a[1].f_code.co_name))
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    n = 0
    try:
        while not hits:
            n += 1
    finally:
        signal.signal(signal.SIGALRM, old)
    return hits


def case_keyboard_interrupt(log):
    t = threading.Timer(0.05, _thread.interrupt_main)
    t.start()
    n = 0
    try:
        while True:
            n += 1
            n = n & 0xFFFF
    except KeyboardInterrupt:
        log("interrupted")
    t.join()
    return n >= 0


def case_signal_raises_through_inlined(log):
    def handler(*args):
        raise TimeoutError("late")

    def step(x):
        return (x * 3 + 1) & 0xFFFFF

    old = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    x = 1
    try:
        while True:
            x = step(x)
    except TimeoutError as e:
        log(e.args[0])
    finally:
        signal.signal(signal.SIGALRM, old)


def case_settrace_mid_loop(log):
    lines = []

    def tracer(frame, event, arg):
        lines.append((event, frame.f_code.co_name, frame.f_lineno))
        return tracer

    def callee(x):
        y = x + 1
        return y

    def run():
        n = 0
        for i in range(60):
            n += callee(i)
            if i == 40:
                sys.settrace(tracer)
            if i == 50:
                sys.settrace(None)
        return n

    n = run()
    log(lines)
    return n


def case_settrace_with_frame(log):
    lines = []

    def tracer(frame, event, arg):
        lines.append((event, frame.f_code.co_name, frame.f_lineno))
        return tracer

    def run():
        n = 0
        for i in range(60):
            n += i
            if i == 40:
                sys._getframe().f_trace = tracer
                sys.settrace(tracer)
            if i == 45:
                sys.settrace(None)
                sys._getframe().f_trace = None
        return n

    n = run()
    log(lines)
    return n


def case_setprofile_mid_loop(log):
    events = []

    def profiler(frame, event, arg):
        events.append((event, frame.f_code.co_name, getattr(arg, "__name__", None)))

    def callee(x):
        return abs(x) + len("abc")

    n = 0
    for i in range(60):
        n += callee(-i)
        if i == 40:
            sys.setprofile(profiler)
        if i == 45:
            sys.setprofile(None)
    log(events)
    return n


def case_monitoring_tool(log):
    m = sys.monitoring
    events = []
    m.use_tool_id(3, "t")
    try:
        def callee(x):
            return x + 1

        m.register_callback(3, m.events.PY_START, lambda code, off: events.append(code.co_name))
        n = 0
        for i in range(60):
            n += callee(i)
            if i == 40:
                m.set_events(3, m.events.PY_START)
            if i == 45:
                m.set_events(3, 0)
        m.register_callback(3, m.events.LINE, lambda code, line: events.append(line))
        m.set_local_events(3, callee.__code__, m.events.LINE)
        for i in range(60):
            n += callee(i)
        m.set_local_events(3, callee.__code__, 0)
    finally:
        m.set_events(3, 0)
        m.register_callback(3, m.events.PY_START, None)
        m.register_callback(3, m.events.LINE, None)
        m.free_tool_id(3)
    log([e for e in events])
    return n


def case_trace_from_other_thread(log):
    started = threading.Event()
    stop = []

    def work():
        n = 0
        started.set()
        while not stop:
            n += 1

    t = threading.Thread(target=work)
    t.start()
    started.wait()
    seen = []
    threading.settrace_all_threads(lambda f, e, a: seen.append(f.f_code.co_name) if len(seen) < 10 else None)
    time.sleep(0.02)
    threading.settrace_all_threads(None)
    stop.append(1)
    t.join()


def case_gc_runs_in_loop(log):
    class Node:
        pass

    died = []

    class D:
        def __del__(self):
            died.append(1)

    gc.enable()
    try:
        gc.set_threshold(50)
        for i in range(3000):
            a = Node()
            a.me = a
            a.d = D()
    finally:
        gc.set_threshold(700, 10, 10)
        gc.disable()
    gc.collect()
    a = None
    gc.collect()
    return len(died)


def case_fork_in_loop(log):
    def work(n):
        t = 0
        for i in range(n):
            t += i % 3
        return t

    log(work(100))
    pid = os.fork()
    if pid == 0:
        os._exit(work(100) % 256)
    _, status = os.waitpid(pid, 0)
    log(os.waitstatus_to_exitcode(status))


def case_locals_written_by_tracer(log):
    def tracer(frame, event, arg):
        return tracer

    def run():
        n = 0
        for i in range(40):
            n += i
        return n

    out = [run()]
    sys.settrace(tracer)
    out.append(run())
    sys.settrace(None)
    out.append(run())
    return out


def case_async(log):
    import asyncio

    async def sub(i):
        if i % 10 == 0:
            await asyncio.sleep(0)
        return i

    async def main():
        t = 0
        for i in range(60):
            t += await sub(i)
        async for x in agen(30):
            t += x
        return t

    async def agen(n):
        for i in range(n):
            yield i

    return asyncio.run(main())


def case_stack_depth_many_regions(log):
    def f(n):
        t = 0
        for i in range(4):
            t += i
            if i == 3 and n > 0:
                t += f(n - 1)
        return t

    return [f(n) for n in range(0, 150, 10)]


def case_generator_in_thread(log):
    def gen():
        for i in range(2000):
            yield i

    out = []
    def work():
        out.append(sum(gen()))

    ts = [threading.Thread(target=work) for _ in range(3)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return out


def _raising(switch, on, off, events):
    """A tool comes on in a function that is inlined, where it is turned off all the time; exceptions then go through those that called it."""

    def innermost(kind, state):
        switch(state)
        if kind == 1:
            raise KeyError(kind)
        if kind == 2:
            return 1 // (kind - 2)
        return kind

    def inner(kind, state):
        return innermost(kind, state) + 1

    def handling(kind, state):
        try:
            return inner(kind, state)
        except ZeroDivisionError:
            return -1

    def outer(kind):
        n = 0
        kinds = [0, 0, kind, kind] * 15
        states = [off] * 54 + [on, off, off, off, off, off]
        for i in range(60):
            try:
                n += handling(kinds[i], states[i])
            except KeyError as error:
                n += error.args[0]
        return n

    for kind in (0, 1, 2, 0, 1, 2):
        del events[:]
        yield outer(kind)
        yield list(events)


def _frames_from(frame):
    while frame is not None:
        yield frame
        frame = frame.f_back


def case_exceptions_after_settrace_in_an_inlined_function(log):
    events = []

    def tracer(frame, event, arg):
        events.append((event, frame.f_code.co_name, frame.f_lineno, type(arg).__name__))
        return tracer

    def switch(tracer):
        sys.settrace(tracer)
        for frame in _frames_from(sys._getframe().f_back) if tracer else ():
            frame.f_trace = tracer

    for what in _raising(switch, tracer, None, events):
        log(what)
    for what in _raising(sys.settrace, tracer, None, events):
        log(what)


def case_exceptions_after_setprofile_in_an_inlined_function(log):
    events = []

    def profiler(frame, event, arg):
        events.append((event, frame.f_code.co_name, frame.f_lineno, type(arg).__name__))

    for what in _raising(sys.setprofile, profiler, None, events):
        log(what)


def case_exceptions_after_two_tools_in_an_inlined_function(log):
    monitoring = sys.monitoring
    kinds = {kind: getattr(monitoring.events, kind) for kind in ("RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "PY_RETURN")}
    events = []

    def report(tool, kind):
        def callback(code, offset, what):
            if code.co_filename == __file__:
                events.append((tool, kind, code.co_name, offset, repr(what)))

        return callback

    for tool in (0, 1):
        monitoring.use_tool_id(tool, f"tool {tool}")
        for kind, event in kinds.items():
            monitoring.register_callback(tool, event, report(tool, kind))

    def switch(sets):
        monitoring.set_events(0, sets[0])
        monitoring.set_events(1, sets[1])

    try:
        for what in _raising(switch, (sum(kinds.values()), kinds["RAISE"] | kinds["EXCEPTION_HANDLED"]), (0, 0), events):
            log(what)
    finally:
        for tool in (0, 1):
            monitoring.free_tool_id(tool)
            for event in kinds.values():
                monitoring.register_callback(tool, event, None)


def case_a_tool_raises_in_place_of_the_exception(log):
    class Other(Exception):
        pass

    def switch(tracer):
        sys.settrace(tracer)
        for frame in _frames_from(sys._getframe().f_back) if tracer else ():
            frame.f_trace = tracer

    for name in ("inner", "handling", "outer"):

        def tracer(frame, event, arg):
            if event == "exception" and frame.f_code.co_name == name:
                raise Other(name)
            return tracer

        for number in range(2):
            try:
                for what in _raising(switch, tracer, None, []):
                    log(number, what)
            except Other as error:
                log(error.args, sys.gettrace())
