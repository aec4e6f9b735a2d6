"""Numbers compared by identity in loops that carry them from round to round, also on ways that were not recorded."""

import copy

BIG = [1000 + i for i in range(40)]
FLOATS = [float(i) for i in range(40)]
INFINITE = float("inf")


def case_carried(log):
    for values in (BIG, FLOATS, BIG):
        last = values[0]
        same = 0
        for i in range(1, len(values)):
            before = values[i - 1]
            if before is last:
                same += 1
            last = values[i]
        log(same)


def case_left_late(log):
    for values in (BIG, FLOATS):
        last, found = values[0], []
        for i in range(1, len(values)):
            if i > 30:  # not recorded: the interpreter compares what the loop carried
                found.append(values[i - 1] is last)
            last = values[i]
        log(found)


def case_sums_are_new(log):
    total, kept, different = 1000, 1000, 0
    for i in range(40):
        total += i
        other = total + 0
        if other is not total:
            different += 1
        kept = total
        if kept is not total:
            log("lost at", i)
    log(different, kept is total)


def case_small_ints_are_one(log):
    count, same = 0, 0
    for i in range(300):
        count += 1
        other = i + 1
        if other is count:
            same += 1
    log(same)


def case_sentinel(log):
    distances = [INFINITE] * 20
    best, rounds = INFINITE, 0
    for i in range(60):
        if best is INFINITE:
            rounds += 1
        if distances[i % 20] is not INFINITE:
            log("lost at", i)
        best = INFINITE if i % 3 else i * 0.5
    log(rounds, best is INFINITE)


def case_results_that_are_arguments(log):
    for values in (BIG, FLOATS):
        low, same = values[0], 0
        for value in values:
            high = max(value, low)
            same += high is value
            low = min(low, value)
            same += low is values[0]
            same += (int(value) is value) + (float(value) is value) + (abs(value) is value) + (+value is value)
        log(same)


def case_two_names(log):
    a = b = 1000
    same = 0
    for i in range(60):
        a = b + i
        if i % 2:
            b = a
        same += a is b
    log(same)
    x = y = 0.5
    for i in range(60):
        x = y * 1.5
        if i % 3 == 0:
            y = x
        elif x is y:
            log("one at", i)
        if y > 1e6:
            y = 0.5
    log(x is y)


def case_addresses(log):
    last, same = BIG[0], 0
    for i in range(1, 40):
        same += id(last) == id(BIG[i - 1])
        last = BIG[i]
    log(same)


def smallest(values, default):
    least = default
    for value in values:
        if least is default or value < least:
            least = value
    return least


def case_inlined(log):
    found = []
    limit = 10.5
    for i in range(40):
        found.append(smallest(FLOATS[i:], limit) is limit)
        limit = FLOATS[i]
    log(found)


def case_other_types(log):
    things = [1000, "text", None, 2.5, (), 1000, True, BIG]
    same = []
    for i in range(48):
        thing = things[i % 8]
        same.append(sum(thing is other for other in things))
        if thing is not things[i % 8]:
            log("lost")
    log(same)


def case_copies(log):
    memo = {}
    value = [FLOATS[:4], (1000, 2.5), {"a": BIG[:3], "b": ("x", [1])}, None]
    for _ in range(30):
        done = copy.deepcopy(value, {})
        assert done == value and done[0][1] is value[0][1] and done[1] is value[1]
        assert done[2]["b"] is not value[2]["b"]
    log(copy.deepcopy(value, memo) == value, len(memo))
