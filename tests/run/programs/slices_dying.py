"""Objects that die, all references of a slice at once, when the slice is assigned to."""

import sys


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        frame = sys._getframe(1)
        log.append((self.name, counter[0], frame.f_lineno, [type(item) for item in frame.f_locals.get("items", ())]))


log = []
counter = [0]


def overwrite(n):
    for i in range(n):
        thing = Loud(i)
        items = [thing, 1, thing]
        del thing
        counter[0] = i
        items[0:3] = [1, 2, 3]
        counter[0] = -i
    return items


def shrink(n):
    for i in range(n):
        thing = Loud(i)
        items = [thing, thing, 5]
        del thing
        counter[0] = i
        items[:2] = []
        counter[0] = -i
    return items


def reverse(n):
    things = [Loud(-1), Loud(-2), Loud(-3)]
    things.append(things[0])
    for i in range(n):
        things[:3] = things[2::-1]
    counter[0] = 77
    return [thing.name for thing in things]


def lose(n):
    for i in range(n):
        inner = [Loud(i)]
        items = [inner, inner, [1], [2]]
        del inner
        other = [7, 8]
        counter[0] = i
        items[:2] = other[1::-1]
        counter[0] = -i
    return items


for function in overwrite, shrink, reverse, lose:
    print(function.__name__, function(30))
    print(log)
    log.clear()
