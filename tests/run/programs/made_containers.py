"""Comprehensions of dicts and sets, and generator expressions: keys of many types, replaced values that die, errors, what is made when."""


class Key:
    def __init__(self, x, log=None):
        self.x, self.log = x, log

    def __hash__(self):
        if self.log:
            self.log("hash", self.x)
        return self.x % 3

    def __eq__(self, other):
        if self.log:
            self.log("eq", self.x, other.x if isinstance(other, Key) else other)
        return isinstance(other, Key) and self.x == other.x


class Dying:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log("dead", self.name)


class Same(Dying):
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return True


def case_keys(log):
    for keys in (range(5), "abc", [(1, 2), (3, "x")], [None, True, 1.5], [b"a", "a"], [(1, (2, (3, (4, (5,)))))], [Key(1), Key(2), Key(4)],
                 [int, str, len], [frozenset([1]), frozenset([1])]):
        for _ in range(8):
            made, those = {key: 1 for key in keys}, {key for key in keys}
            log(len(made), len(those), list(made.values()))


def case_mixed_keys(log):
    keys = [1, "a", (1, 2), None, 2.5, Key(7, log), int, (Key(7, log), 1)]
    for i in range(24):
        made = {keys[(i + j) % 8]: j for j in range(5)}
        log(len(made), len({keys[(i * j) % 8] for j in range(5)}))


def case_replaced(log):
    for i in range(12):
        made = {j % 2: Dying(log, (i, j)) for j in range(4)}
        log("made", len(made))
        del made
        those = {Same(log, (i, j)) for j in range(3)}
        log("set", len(those))
        del those
        named = {(j % 2, "k"): Dying(log, (i, j)) for j in range(3)}
        log("named", len(named))
        del named


def case_errors(log):
    for i in range(20):
        try:
            {([] if i % 5 == 4 else i): 1 for _ in range(2)}
            {({} if i % 5 == 3 else (i, [])[:1]) for _ in range(2)}
        except TypeError as error:
            log(i, str(error))
        try:
            {1 // (2 - j): j for j in range(i % 4)}
        except ZeroDivisionError as error:
            log(i, str(error))


def case_generators(log):
    def values(n):
        for i in range(n):
            log("value", i)
            yield i

    for i in range(15):
        log(any(v > 2 for v in values(5)), all(v < 2 for v in values(4)), sum(v * 2 for v in [1, 2, i]), max((v for v in (i, 3, 4))),
            list(v + i for v in {1: 2, 3: 4}), tuple(w for w in "ab"), sorted(v for v in range(3)), min((v for v in []), default=i))
        waiting = (Dying(log, ("from", v)) for v in range(3))
        log("waiting")
        next(waiting)
        log("begun")
        del waiting
        unused = (v for v in [Dying(log, ("in", i))])
        log("unused")
        del unused
        try:
            (v for v in i)
        except TypeError as error:
            log(str(error))


def case_generators_in_frames(log):
    import sys

    def caller(v):
        frame = sys._getframe(1)
        log(frame.f_code.co_name, frame.f_lineno, sys._getframe(2).f_code.co_name, sys._getframe(2).f_lineno)
        return v

    for i in range(8):
        log(any(caller(v) > 1 for v in range(3)))
