"""What an iterator goes through dies at its end, and code runs then: it sees where it is called from, and changes what the loop relies on."""

import sys

died = []
rate = 1


class Dies:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        global rate
        rate += 1
        frame = sys._getframe(1)
        died.append((self.n, frame.f_code.co_name, frame.f_lineno))


def keys(i):
    for k in {1: Dies(1),
              2: Dies(2)}:
        x = rate
    return x, rate


def values(i):
    for k in {1: Dies(1),
              2: Dies(2)}.values():
        x = rate
        k = None
    return x, rate


def items(i):
    for k, v in {1: Dies(1),
                 2: Dies(2)}.items():
        x = rate
        v = None
    return x, rate


def backwards(i):
    for k in reversed({1: Dies(1),
                       2: Dies(2)}):
        x = rate
    return x, rate


def of_a_set(i):
    for k in {Dies(1)}:
        k = 1
        x = rate
    return x, rate


def kept_iterator(i):
    it = iter({1: Dies(1),
               2: Dies(2)})
    for k in it:
        x = rate
    y = rate
    for k in it:
        raise AssertionError
    it = None
    return x, y, rate


def kept_container(i):
    names = {1: Dies(1),
             2: Dies(2)}
    for k in names:
        x = rate
    y = rate
    names = None
    return x, y, rate


def emptied(i):
    names = {1: Dies(1),
             2: Dies(2)}
    try:
        for k in names:
            names.clear()
            x = rate
    except RuntimeError as error:
        died.append(str(error))
    return x, rate


def changed_set(i):
    numbers = {1, 2}
    try:
        for k in numbers:
            numbers.add(k + 2)
    except RuntimeError as error:
        died.append(str(error))
    return len(numbers)


def replaced(i):
    names = {1: Dies(1)}
    for k in names:
        names = None
        x = rate
    return x, rate


def lists(i):
    for k in [Dies(1),
              Dies(2)]:
        k = 1
        x = rate
    return x, rate


def tuples(i):
    for k in (Dies(1),
              Dies(2)):
        k = 1
        x = rate
    return x, rate


def list_iterator(i):
    it = iter([Dies(1),
               Dies(2)])
    for k in it:
        k = 1
        x = rate
    y = rate
    it = None
    return x, y, rate


def reversed_list(i):
    for k in reversed([Dies(1),
                       Dies(2)]):
        k = 1
        x = rate
    return x, rate


def counted(i):
    for j, k in enumerate([Dies(1),
                           Dies(2)]):
        k = 1
        x = rate
    return x, rate


def zipped(i):
    for j, k in zip([Dies(1),
                     Dies(2)], {1: Dies(3), 2: Dies(4)}, strict=True):
        k = j = 1
        x = rate
    return x, rate


def mapped(i):
    for j in map(id, [Dies(1),
                      Dies(2)]):
        j = 1
        x = rate
    return x, rate


def generated(i):
    for j in (k for k in {1: Dies(1),
                          2: Dies(2)}):
        x = rate
    return x, rate


def given(i):
    it = iter({1: Dies(1)})
    next(it)
    x = rate
    next(it, None)
    return x, rate


def unpacked(i):
    a, b = {1: Dies(1), 2: Dies(2)}
    x = rate
    a, b = {1: Dies(1), 2: Dies(2)}.values()
    y = rate
    a = b = None
    return x, y, rate


def functions(i):
    results = [rate]
    for function in (list, tuple, sum, max, sorted, set, dict.fromkeys, len, any):
        results.append(function({1: Dies(1)}) and rate)
    list({1: Dies(1)})
    results.append(rate)
    sum({1: Dies(1)})
    results.append(rate)
    sorted({1: Dies(1)})
    results.append(rate)
    tuple({1: Dies(1)}.values())
    results.append(rate)
    ",".join({"a": Dies(1)})
    results.append(rate)
    [*{1: Dies(1)}]
    {**{"a": Dies(1)}}
    results.append(rate)
    return results


def case_all(log):
    for function in (keys, values, items, backwards, of_a_set, kept_iterator, kept_container, emptied, changed_set, replaced, lists, tuples,
                     list_iterator, reversed_list, counted, zipped, mapped, generated, given, unpacked, functions):
        died.clear()
        results = []
        for i in range(14):
            results.append(function(i))
            died.append("round")
        log(function.__name__, results, died)
    died.clear()
