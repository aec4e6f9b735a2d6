"""Functions that compiled code calls as a whole: nobody sees their frames, unless somebody looks."""

import sys
import traceback


def names():
    found, frame = [], sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        found.append((frame.f_code.co_name, frame.f_lineno, sorted(name for name in frame.f_locals if name != "log")))
        frame = frame.f_back
    return found


def lines():
    found, frame = [], sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        found.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return found


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def case_numbers(log):
    log([fib(n) for n in range(16)])
    log(fib(17))


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def case_nested_arguments(log):
    log([ackermann(2, n) for n in range(8)])


def looks(n, at):
    if n == at:
        return names()
    if n == 0:
        return None
    first = looks(n - 1, at)
    second = looks(n - 1, -1)
    return first or second


def case_looked_at_in_the_depth(log):
    for at in (-1, -1, -1, 3, 0, 5, -1, 2):
        log(looks(6, at))


def depth_of(n, seen):
    local = n * 2
    if n:
        seen = depth_of(n - 1, seen) if n % 3 else depth_of(n - 1, seen) + depth_of(n - 2, seen)
    if local == 8:
        seen = seen + [lines()]
    return seen


def case_after_a_call(log):
    for _ in range(6):
        log(depth_of(7, []))


class Failing(Exception):
    pass


def fails(n, at):
    if n == at:
        raise Failing(n)
    if n <= 0:
        return 0
    return fails(n - 1, at) + 1


def catches(n, at):
    total = 0
    for i in range(n):
        try:
            total += fails(i, at)
        except Failing as error:
            total += 1000
            tb = error.__traceback__
            count = 0
            while tb is not None:
                count += tb.tb_lineno
                tb = tb.tb_next
            total += count
    return total


def case_exceptions(log):
    log(catches(12, -5), catches(12, 4), catches(12, 0))
    for at in (3, 1):
        try:
            fails(6, at)
        except Failing as error:
            log([(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)])


def handles(n):
    if n == 0:
        raise KeyError(n)
    try:
        return handles(n - 1)
    except KeyError as error:
        if n == 3:
            raise ValueError(n) from error
        raise


def case_handlers_on_the_way(log):
    for _ in range(8):
        for n in (1, 2, 5):
            try:
                handles(n)
            except (KeyError, ValueError) as error:
                log(type(error).__name__, str(error), [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)])


def finally_first(n, notes):
    try:
        if n == 0:
            return notes
        return finally_first(n - 1, notes)
    finally:
        notes.append(n)


def case_finally(log):
    for n in range(10):
        log(finally_first(n, []))


class Watched:
    noted = None

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Watched.noted.append((self.name, lines()))


def lets_go(n, thing):
    if n == 0:
        return 0
    return lets_go(n - 1, Watched(n)) + 1


def case_arguments_that_die_at_the_end(log):
    for _ in range(5):
        Watched.noted = []
        log(lets_go(4, None))
        log(Watched.noted)


def lets_go_of_a_local(n):
    thing = Watched(n) if n == 2 else n
    if n == 0:
        return 0
    result = lets_go_of_a_local(n - 1)
    return result + 1


def case_locals_that_die_at_the_end(log):
    for _ in range(6):
        Watched.noted = []
        log(lets_go_of_a_local(4))
        log(Watched.noted)


def rebinds(n, thing):
    if n == 0:
        return 0
    thing = None
    other = rebinds(n - 1, Watched(n))
    return other + 1


def case_arguments_that_die_in_the_middle(log):
    for _ in range(5):
        Watched.noted = []
        log(rebinds(4, Watched(9)))
        log(Watched.noted)


def too_deep(n):
    return 1 + too_deep(n + 1) if n >= 0 else 0


def counts_depth(n):
    depths.append(n)
    return counts_depth(n + 1) + 1


depths = []


def case_recursion_limit(log):
    for i in range(4):
        depths.clear()
        try:
            counts_depth(0)
        except RecursionError as error:
            log(str(error).split(" while")[0])
        log(abs(len(depths)) > 100)
    for i in range(4):
        try:
            too_deep(0)
        except RecursionError as error:
            log(str(error).split(" while")[0])


def up_to(n, limit):
    return up_to(n + 1, limit) if n < limit else n


def case_just_below_the_recursion_limit(log):
    old = sys.getrecursionlimit()
    deepest = []
    try:
        sys.setrecursionlimit(400)
        for limit in (50, 50, 50, 300, 320, 330, 340, 350, 360, 370, 380, 390, 399, 400, 401):
            try:
                deepest.append(up_to(0, limit))
            except RecursionError:
                deepest.append(-1)
    finally:
        sys.setrecursionlimit(old)
    log(deepest[:4])
    log(sorted(deepest, key=lambda n: n < 0) == deepest)


def swapped(n):
    if n == 0:
        return 1
    return swapped(n - 1) * 2


def other(n):
    return 100


def case_code_replaced_meanwhile(log):
    global swapped
    code = swapped.__code__
    for i in range(12):
        if i == 8:
            swapped.__code__ = other.__code__
        if i == 10:
            swapped.__code__ = code
        log(swapped(5))


def changes(n, at):
    if n == at:
        globals()["changes"] = replaced
    if n == 0:
        return 0
    return changes(n - 1, at) + 1


def replaced(n, at):
    return 50


def case_global_replaced_in_the_depth(log):
    original = changes
    for at in (-1, -1, -1, -1, 3, -1, 2, 0):
        globals()["changes"] = original
        log(original(6, at))
    globals()["changes"] = original


def traced(n, on):
    if n == 0:
        if on:
            sys.settrace(on)
        return 0
    result = traced(n - 1, on)
    result += 1
    return result


def case_settrace_in_the_depth(log):
    seen = []

    def tracer(frame, event, arg):
        if frame.f_code.co_filename == __file__:
            seen.append((frame.f_code.co_name, event, frame.f_lineno))
        return tracer

    for on in (None, None, None, tracer, None):
        try:
            log(traced(4, on))
        finally:
            sys.settrace(None)
    log(seen)


def profiled(n, on):
    if n == 0:
        if on:
            sys.setprofile(on)
        return 0
    return profiled(n - 1, on) + 1


def case_setprofile_in_the_depth(log):
    seen = []

    def profiler(frame, event, arg):
        if frame.f_code.co_filename == __file__:
            seen.append((frame.f_code.co_name, event, frame.f_lineno))

    for on in (None, None, None, profiler, None):
        try:
            log(profiled(4, on))
        finally:
            sys.setprofile(None)
    log(seen)


def locally_watched(n, on):
    if n == 0:
        if on:
            on()
        return 0
    return locally_watched(n - 1, on) + 1


def case_local_events_in_the_depth(log):
    monitoring = sys.monitoring
    seen = []

    def on():
        monitoring.set_local_events(3, locally_watched.__code__, monitoring.events.PY_RETURN | monitoring.events.PY_START)

    monitoring.use_tool_id(3, "test")
    try:
        monitoring.register_callback(3, monitoring.events.PY_RETURN, lambda code, offset, value: seen.append(("return", value)))
        monitoring.register_callback(3, monitoring.events.PY_START, lambda code, offset: seen.append("start"))
        for function in (None, None, None, on, None, None):
            log(locally_watched(3, function))
        monitoring.set_local_events(3, locally_watched.__code__, 0)
        log(locally_watched(3, None))
    finally:
        monitoring.free_tool_id(3)
    log(len(seen) > 6, seen[-4:])


def writes_locals(n, up):
    mark = "own"
    if n == 0:
        frame = sys._getframe()
        for _ in range(up):
            frame = frame.f_back
        frame.f_locals["mark"] = "written"
        return []
    found = writes_locals(n - 1, up)
    found.append(mark)
    return found


def case_variables_of_callers_written(log):
    for up in (0, 0, 0, 1, 3, 0):
        log(writes_locals(4, up))


def keeps_frames(n, kept):
    value = n * 10
    if n == 0:
        kept.append(sys._getframe())
        return 0
    result = keeps_frames(n - 1, kept)
    value += result
    return value


def case_frames_kept(log):
    for _ in range(6):
        kept = []
        log(keeps_frames(3, kept))
        frame, found = kept[0], []
        while frame is not None and frame.f_code is keeps_frames.__code__:
            found.append((frame.f_lineno, frame.f_locals.get("value"), frame.f_locals.get("n")))
            frame = frame.f_back
        log(found)


class Tree:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def grow(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(grow(depth - 1), grow(depth - 1))


def case_trees(log):
    for depth in range(9):
        log(grow(depth).count())


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def case_mutual_recursion(log):
    log([is_even(n) for n in range(40)])
    log([is_odd(n) for n in range(40)])


def defaults(n, step=1, *, scale=2):
    if n <= 0:
        return scale
    return defaults(n - step) + defaults(n - 2, 2, scale=3)


def case_default_arguments(log):
    log([defaults(n) for n in range(9)])


def of_any_type(x):
    if not x:
        return x
    return of_any_type(x[1:]) + x[:1]


def case_types(log):
    for _ in range(3):
        log(of_any_type("abcdef"), of_any_type([1, 2, 3, 4]), of_any_type((1, 2.5, "x")), of_any_type(b"xyz"))


def big(n, total):
    if n == 0:
        return total
    return big(n - 1, total * 3)


def case_big_numbers(log):
    log([big(n, 1) for n in (3, 5, 30, 60, 5)])
    log([big(n, 1.5) for n in (3, 5, 30)])


def picks(functions, n):
    total = 0
    for i in range(n):
        total += functions.pop()(i)
    return total


def first(n):
    return n if n < 2 else first(n - 1) + 1


def second(n):
    return -n if n < 2 else second(n - 1) - 1


def case_functions_that_only_the_call_has(log):
    for _ in range(6):
        log(picks([first, second] * 6, 12))


def generates(n):
    if n:
        yield from generates(n - 1)
        yield recursive_sum(n)


def recursive_sum(n):
    return n + recursive_sum(n - 1) if n else 0


def case_in_generators(log):
    for _ in range(4):
        log(list(generates(6)))


def signals(n, when):
    if n == when:
        import signal

        signal.raise_signal(signal.SIGUSR1)
    return 0 if n == 0 else signals(n - 1, when) + 1


def case_signals(log):
    import signal

    seen = []

    def handler(number, frame):
        found = []
        while frame is not None and frame.f_code is signals.__code__:
            found.append(frame.f_lineno)
            frame = frame.f_back
        seen.append(len(found) > 0)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        for when in (-1, -1, -1, 2, 0, 4, -1):
            log(signals(5, when))
    finally:
        signal.signal(signal.SIGUSR1, before)
    log(seen)


def outer(n, at, seen):
    mark = [n]
    value = helper(n - 1, at, seen, mark)
    seen.append(sorted([n, at], key=lambda x: (len(mark), -x)))
    return value + len(mark)


def helper(m, at, seen, mark):
    k = m * 2
    if m < 0:
        return 0
    if m == at:
        seen.append(names())
    value = outer(m, at, seen)
    mark.append(k)
    for i in range(2):
        value += leaf_sum(i + 3)
    if m == at + 1:
        seen.append([lines() for _ in range(2)])
    return value + k


def leaf_sum(n):
    return n + leaf_sum(n - 1) if n > 0 else 0


def case_inlined_frames_above_the_slots(log):
    for at in (-5, -5, -5, -5, 1, 3, 0, 5, -5, 2):
        seen = []
        log(outer(6, at, seen))
        log(seen)


def many_late_looks(n):
    total = 0
    for i in range(n):
        total += between(i)
    return total


def between(i):
    here = i + 1
    return late(4, i) + here


def late(n, i):
    if n == 0:
        return len(lines())
    rest = late(n - 1, i)
    return rest + len(str(i))


def case_frames_made_again_and_again(log):
    log([many_late_looks(n) for n in (3, 5, 400, 3000)])


class Dying:
    count = 0

    def __init__(self, n):
        self.n = n

    def __del__(self):
        Dying.count += sum(map(lambda x: x + self.n, range(3)))


def passes_on(n, thing):
    return n if thing is None else ends(n, thing)


def ends(n, thing):
    if n == 0:
        return 1
    inner = relays(n - 1, Dying(n))
    return inner + leaf_sum(3)


def relays(n, thing):
    mark = n * 2
    value = ends(n, thing)
    return value + mark


def case_deaths_that_make_frames_of_callers(log):
    for n in (3, 3, 3, 6, 8):
        Dying.count = 0
        log(ends(n, None), Dying.count)
    for _ in range(5):
        log(sum(ends(5, None) for _ in range(20)), Dying.count)
