"""Objects that are called: their class says how, in Python; operands die after what the method leaves behind."""


class Mark:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        died.append(self.name)


class Adds(Mark):
    def __init__(self, name, by=1):
        super().__init__(name)
        self.by = by

    def __call__(self, value, times=1, *, plus=0):
        inner = Mark(f"in {self.name}")
        if value == 33:
            value.missing
        total = self.by if value == 17 else plus
        for _ in range(times):
            total += value + self.by
        return total


class Doubles(Adds):
    def __call__(self, value):
        return value * 2


class Takes:
    def __call__(self, *values, **named):
        return values, sorted(named)


class Drops:
    def __call__(self, first, second):
        first = None
        died.append("body")
        return second.name


class Deep:
    def __call__(self, n):
        return 0 if n == 0 else 1 + self(n - 1)


class Grows:
    def __call__(self, value):
        if value % 50 == 49:
            Grows.__call__ = lambda self, value: -value
        return value


died = []
adds = Adds("adds", 2)


def calls_object(n):
    total = 0
    for i in range(n):
        total += adds(i % 30) + adds(i % 20, 2) + adds(i % 10, plus=i)
    return total


def calls_made(n):
    results = []
    for i in range(n):
        try:
            results.append(Adds(f"self {i}", i)(i))
        except AttributeError as error:
            trace = error.__traceback__
            while trace.tb_next is not None:
                trace = trace.tb_next
            results.append((str(error), trace.tb_lineno - Adds.__call__.__code__.co_firstlineno, trace.tb_frame.f_code.co_name))
            del trace
    return results


def calls_several(n):
    objects = [Adds("one", 1), Doubles("two"), Adds("three", 3)]
    return [objects[i % 3](i % 30) for i in range(n)]


def changes_class(n):
    adds = Adds("changes", 1)
    results = []
    for i in range(n):
        if i == n // 2:
            adds.__class__ = Doubles
        results.append(adds(i % 30))
    return results


def changes_global_class(n):
    results = []
    for i in range(n):
        if i == n // 2:
            adds.__class__ = Doubles
        results.append(adds(i % 30))
    adds.__class__ = Adds
    return results


def drops_operands(n):
    drops = Drops()
    return [drops(Mark(f"first {i}"), Mark(f"second {i}")) for i in range(n)]


def fails_with_operands(n):
    takes = Drops()
    for i in range(n):
        try:
            takes(Mark(f"first {i}"), None if i % 7 == 6 else Mark(f"second {i}"))
        except AttributeError:
            died.append("handled")


def call_objects():
    print(calls_object(60), calls_several(60))
    print(calls_made(60))
    print(changes_class(60), changes_global_class(60))
    print([Takes()(i, *range(i % 3), key=i) for i in range(40)])
    print(drops_operands(30))
    fails_with_operands(30)
    deep, grows = Deep(), Grows()
    print([deep(i % 20) for i in range(60)])
    print([grows(i) for i in range(120)])
    print(died)


call_objects()
