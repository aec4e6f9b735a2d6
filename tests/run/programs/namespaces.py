"""Code that gets its own module's variables as a dict, or as an object, and changes them there, in loops that have them built in."""

import sys
import types

SOURCE = """
v, x, w = 1, 5, 0
class Owner:
    q = 1
def one():
    return 1
def two():
    return 2
function = one
def get():
    return v
def put(space, value):
    space["v"] = value
    return v
def loop(space, owner, n, out):
    for i in range(n):
        {body}
"""


class Plain:
    pass


def run(body, log, last="v"):
    """First with a dict and an object that have nothing to do with the module, then with those that are the module's namespace."""
    for n in (60, 9, 2):
        module = types.ModuleType("made")
        space = vars(module)
        exec(SOURCE.format(body=body), space)
        other = {"v": 1, "x": 2, "w": 3}
        space[last] = space.pop(last)
        for who in "oomomm":
            out = []
            try:
                space["loop"](*((space, module) if who == "m" else (other, Plain())), n, out)
            except NameError as error:
                out.append(str(error))
            log(who, out)


def case_stored(log):
    run("space['v'] = i; out.append(v)", log)


def case_stored_between(log):
    run("out.append(v); space['v'] = i; out.append(v)", log)


def case_stored_now_and_then(log):
    run("space['v' if i % 50 == 40 else 'w'] = i; out.append(v)", log)


def case_two_variables(log):
    run("space['v'] = i; out.append(v + x); space['x'] = i; out.append(v + x)", log)


def case_stored_in_an_inlined_function(log):
    run("out.append(put(space, i) + get())", log)


def case_a_function(log):
    run("space['function'] = two if i & 1 else one; out.append(function())", log)


def case_a_builtin(log):
    run("space['len'] = lambda x: i; out.append(len([])); del space['len']; out.append(len([]))", log)


def case_removed(log):
    run("out.append(v); del space['v']; space['w'] = i; out.append(v)", log)


def case_popped(log):
    run("out.append(v); space.pop('v', None); space.setdefault('x', i); out.append(v)", log)


def case_popped_last(log):
    run("out.append(v); space.popitem(); out.append(v)", log)


def case_popped_last_and_put_back(log):
    run("out.append(v); item = space.popitem(); out.append(x); space[item[0]] = i; out.append(x)", log, last="x")


def case_set_by_default(log):
    run("out.append(v); space.setdefault('len', lambda x: i); out.append(len([])); del space['len']", log)


def case_updated(log):
    run("out.append(v); space.update({'v': i}); out.append(v); space |= {'x': i}; out.append(x)", log)


def case_cleared(log):
    run("kept = dict(space); out.append(v); space.clear(); space.update(kept, v=i); out.append(v)", log)


def case_attributes(log):
    run("owner.v = i; out.append(v)", log)


def case_attributes_by_name(log):
    run("setattr(owner, 'v', i); out.append(v); vars(owner)['x'] = i; out.append(x)", log)


def case_globals(log):
    run("globals()['v'] = i; out.append(v); globals()['v'] += 1; out.append(v)", log)


class Space:
    def __init__(self):
        self.v = 1
        self.x = 5


def of_an_object(body, log):
    """An ordinary object's dict is the namespace: its attributes may lie in the object itself."""
    for n in (60, 9, 2):
        space, other = Space(), Space()
        exec("def loop(owner, n, out):\n    for i in range(n):\n        " + body, vars(space))
        loop = space.loop
        for who in "oosoos":
            out = []
            loop(space if who == "s" else other, n, out)
            log(who, out)


def case_an_object_as_namespace(log):
    of_an_object("owner.v = i; out.append(v)", log)


def case_an_object_as_namespace_between(log):
    of_an_object("out.append(v); owner.v = i; owner.x = i + 1; out.append(v + x)", log)


def case_an_object_with_another_dict(log):
    for n in (60, 9, 2):
        space = {"v": 1}
        exec("def loop(owner, n, out):\n    for i in range(n):\n        owner.v = i; out.append(v)", space)
        mine, other = Space(), Space()
        mine.__dict__ = space
        for owner in (other, other, mine, other, mine, mine):
            out = []
            space["loop"](owner, n, out)
            log(out)


def at_module_level(body, log, of=dict):
    """The loop's own variables are the namespace's."""
    for n in (60, 9, 2):
        code = compile("for i in range(n):\n    " + body + "\n", "made", "exec")
        space = of(v=1, x=5, w=0, n=n)
        other = of(v=1, x=5, w=0)
        names = space if of is dict else vars(space)
        for who in "oosoos":
            names["space"] = space if who == "s" else other
            names["out"] = out = []
            exec(code, names)
            log(who, out, names["v"], names["x"])


def case_module_level(log):
    at_module_level("space['v'] = i; out.append(v)", log)


def case_module_level_variable(log):
    at_module_level("v = i + 1; space['v'] = v * 2; out.append(v)", log)


def case_module_level_sum(log):
    at_module_level("v += i; out.append(v); space['v'] = i; space['x'] = v; x += 1; out.append(x)", log)


def case_module_level_builtin_methods(log):
    at_module_level("v = i; space.pop('v', 0); space.setdefault('v', 7); out.append(v); x += v; space.update(x=i); out.append(x)", log)


def case_module_level_popped_last(log):
    at_module_level("last = i; item = space.popitem(); item and space.setdefault(item[0], 5); out.append(v)", log)


def case_module_level_variables_alone(log):
    for n in (60, 59, 58, 9, 2, 1):
        code = compile("for space in spaces:\n    v += 1\n    space['v'] = v * 2\n    v += 1\n", "made", "exec")
        space, other = {"v": 1}, {"v": 1}
        for who in "oosoos":
            space["spaces"] = [space if who == "s" else other] * n
            space["v"] = 1
            exec(code, space)
            log(who, space["v"], other["v"])


def case_module_level_now_and_then(log):
    code = compile("for space in spaces:\n    v += 1\n    space['v'] = v * 2\n    v += 1\n", "made", "exec")
    space, other = {"v": 1}, {"v": 1}
    spaces = [other] * 50
    spaces[17] = spaces[43] = space
    for k in range(12):
        space["spaces"] = spaces
        space["v"] = 1
        exec(code, space)
        log(space["v"], other["v"])


def case_module_level_of_an_object(log):
    at_module_level("v = i + 1; space.v = v * 2; out.append(v)", log, types.SimpleNamespace)
    at_module_level("v = i + 1; space.v = v * 2; out.append(v)", log, Made)


def case_module_level_of_an_object_read(log):
    at_module_level("space.v = i; out.append(v); out.append(space.x); x += 1; out.append(space.x)", log, Made)


class Made:
    """Has all the names that the loops use: its dict goes on sharing their keys, and its values."""

    def __init__(self, **values):
        self.i = self.space = self.out = self.last = self.item = None
        self.__builtins__ = __builtins__
        self.n = 0
        self.v = values["v"]
        self.x = values["x"]
        self.w = values["w"]


class Loud:
    def __init__(self, log, n):
        self.log = log
        self.n = n

    def __del__(self):
        self.log("del", self.n, sys._getframe(1).f_code.co_name)

    def __add__(self, other):
        return replace(self.log, other)


loud = None


def replace(log, n):
    globals()["loud"] = Loud(log, n)
    return n


def case_what_dies_then(log):
    global loud
    loud = Loud(log, -1)
    for k in range(3):
        total = 0
        for i in range(40):
            total += loud.n
            total += Loud(log, i + 0.5) + i
        log(total)
    loud = None


def case_attributes_through_the_dict(log):
    for k in range(3):
        space = Space()
        names = vars(space)
        out = []
        for i in range(60):
            names["v"] = i
            out.append(space.v)
            space.v = i + 0.5
            out.append(names["v"])
            space.v += 1
            names["x"] = names["v"] + space.x
            out.append(space.x)
        log(out)


def case_a_cache_that_is_a_global(log):
    cache = {}
    space = {"cache": cache}
    exec("def get(n):\n    if n not in cache:\n        cache[n] = n * n\n    return cache[n]\n", space)
    log([sum(space["get"](i % 50) for i in range(j)) for j in range(60)], len(cache))
