"""The line at which a destructor sees its caller: that of the instruction which let go of the last reference."""

import sys
import warnings

died = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        frame = sys._getframe(1)
        died.append((self.name, frame.f_code.co_name, frame.f_lineno, frame.f_lasti if self.name == "lasti" else None))

    def __getitem__(self, index):
        return index

    def __lt__(self, other):
        return True

    def __add__(self, other):
        return 1

    def __call__(self, value):
        return value

    def method(self):
        return 2


class Warns:
    def __del__(self):
        warnings.warn("died", stacklevel=2)


def alone(n):
    for i in range(n):
        Dies(i)
        x = 1
    return x


def replaced(n):
    d = None
    for i in range(n):
        d = Dies(i)

        d = 1
        x = d
    return x


def overwritten(n):
    d = None
    for i in range(n):
        d = Dies(
            i
        )
        x = i
    return x


def both(n):
    for i in range(n):
        a, b = Dies(i), Dies(-i)
        x = 0

        a = b = x
    return a, b


def deleted(n):
    for i in range(n):
        d = Dies(i)

        del d

        x = i
    return x


def index(n):
    for i in range(n):
        x = (
            Dies(i)[
                0
            ]
        )
        y = x
    return y


def compared(n):
    for i in range(n):
        if (
            Dies(i)
            <
            Dies(-i)
        ):
            x = 1
    return x


def added(n):
    x = 0
    for i in range(n):
        x += (
            Dies(i)
            +
            Dies(-i)
        )
    return x


def measured(n):
    x = 0
    for i in range(n):
        x += len(
            [
                Dies(i)
            ]
        )
    return x


def called(n):
    x = 0
    for i in range(n):
        x += (
            Dies(i)(
                1
            )
        )
        x += Dies(
            -i
        ).method()
    return x


def local_of_callee(i):
    d = Dies(i)
    return (
        i
    )


def callee_ends(n):
    x = 0
    for i in range(n):
        x += (
            local_of_callee(
                i
            )
        )
        x += 1
    return x


def callee_lets_go(i):
    d = Dies(i)

    d = None
    return i


def inside_callee(n):
    x = 0
    for i in range(n):
        x += callee_lets_go(i)
        x += 1
    return x


def branches(n):
    d = None
    for i in range(n):
        if i % 3:
            d = Dies(i)
        else:
            d = None

        if d:
            d = 0
    return d


def at_the_end(n):
    for i in range(n):
        x = 1
        if i % 2:
            x = Dies(i)


def offsets(n):
    for i in range(n):
        Dies("lasti")
        d = Dies("lasti")
        d = 1
    return d


def items(n):
    held = [None]
    for i in range(n):
        held[0] = Dies(i)
        x = i
        held.pop()
        held.append(
            Dies(-i)
        )
    return x


class Holder:
    pass


def attributes(n):
    holder = Holder()
    for i in range(n):
        holder.value = Dies(i)
        x = i
        del holder.value
        x += i
    return x


def warned(n):
    for i in range(n):
        Warns()
        x = 1
    return x


for function in (alone, replaced, overwritten, both, deleted, index, compared, added, measured, called, callee_ends, inside_callee, branches,
                 at_the_end, offsets, items, attributes):
    died.clear()
    function(40)
    print(function.__name__, died)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warned(30)
print([warning.lineno for warning in caught])

for number in range(40):
    d = Dies(number)
    e = Dies(-number)

    e = 1
    Dies(
        "in the module"
    )
print(died[-100:])
del d, e
