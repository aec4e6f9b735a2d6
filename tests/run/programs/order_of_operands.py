"""In which order the operands of an instruction die, where it succeeds and where it raises. (Not of `isinstance` and
`dict[key] = value`: there it depends on whether the interpreter has specialised the instruction.)"""

died = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        died.append(self.name)


class Mute(Dies):
    """Has special methods, in Python."""

    def answer(self, *others):
        return None

    __getitem__ = __setitem__ = __delitem__ = __add__ = __iadd__ = __sub__ = __lt__ = __eq__ = __pow__ = __call__ = answer

    @property
    def p(self):
        return 1

    @p.setter
    def p(self, value):
        pass

    def __contains__(self, other):
        return True

    def __iter__(self):
        return iter(())

    __hash__ = object.__hash__


class Raises(Dies):
    def answer(self, *others):
        raise ValueError

    __getitem__ = __setitem__ = __delitem__ = __add__ = __iadd__ = __sub__ = __lt__ = __eq__ = __pow__ = __call__ = answer
    __contains__ = __iter__ = __hash__ = __setattr__ = answer
    p = property(answer, answer)

    def __init__(self, name):
        object.__setattr__(self, "name", name)


class Key(Dies):
    def __index__(self):
        return 1


class Wrong(Dies):
    def __index__(self):
        raise ValueError

    def __hash__(self):
        raise ValueError


TEXT = '''
def {name}(n):
    for i in range(n):
        try:
            {statement}
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            died.append(type(error).__name__)
        died.append("round")
'''

EXPRESSIONS = """
{a} + {b}
{a} - {b}
{a} ** {b}
{a} < {b}
{a} == {b}
{a} in {b}
{b} in {a}
{a} is {b}
{a}[{b}]
{a}[{b}:{c}]
{a}[{b}:{c}:{d}]
{a}[{b}] = {c}
{a}[{b}:{c}] = {d}
{a}[{b}:{c}:{d}] = {e}
del {a}[{b}]
del {a}[{b}:{c}]
{a}.x = {b}
{a}.p = {b}
{a}.p += {b}
{a}.p
{a}.x
{a}({b}, {c})
{a}({b}, x={c})
{a}(*[{b}, {c}])
{a}.answer({b}, {c})
x = {a}; x += {b}; x = None
{a}[{b}] += {c}
{a}.x += {b}
[*{a}, {b}]
{{{a}: {b}, {c}: {d}}}
{{**{{'a': {b}}}, **{a}}}
({a}, {b})[{c}]
[{a}, {b}][{c}]
{{'x': {a}, 'y': {b}}}[{c}]
[{a}, {b}][{c}:]
[{a}, {b}][{c}] = {d}
[1, 2][{c}] = {d}
[1, 2][{c}:{c}] = {d}
[1, 2, 3][0:2] = [{a}, {b}]
[1, 2, 3][0:2] = {a}
f'{{{a}:{{1}}}}{{{b}}}'
x, y = {a}, {b}; x = y = None
x, y = ({a}, {b}, {c})
x, *y = {a}, {b}, {c}; x = y = None
x, y = {a}
{a} and {b}
{a} or {b}
not {a}
{a} if {b} else {c}
{a} < {b} < {c}
len({a})
max({a}, {b})
min({a}, {b}, key={c})
sorted([{a}, {b}])
'ab'.join([{a}, {b}])
[].extend({a})
[].append({a})
{{}}.get({a}, {b})
{{}}.setdefault({a}, {b})
{{'a': {a}}}.update(b={b})
{{'a': {a}}}.pop('a', {b})
[{a}, {b}].pop({c})
[{a}, {b}].insert({c}, {d})
[{a}, {b}].index({c})
getattr({a}, 'x', {b})
getattr({a}, {b})
setattr({a}, 'x', {b})
hasattr({a}, 'x')
divmod({a}, {b})
pow({a}, {b})
range({a}, {b})
slice({a}, {b})
zip({a}, {b})
dict([({a}, {b})])
dict(a={a}, b={b})
tuple([{a}, {b}])
list(({a}, {b}))
enumerate({a}, {b})
int({a}, {b})
str({a}, {b})
print({a}, file={b}, end={c})
sum([{a}], {b})
any([{a}, {b}])
map({a}, {b})
type({a})
type({a}, {b}, {c})
(lambda x, y: None)({a}, {b})
(lambda x, y: None)({a}, {b}, {c})
(lambda x, y: x[y])({a}, {b})
(lambda x, *y, **z: None)({a}, {b}, c={c}, d={d})
(lambda x: None)(*({a}, {b}))
super({a}, {b}).x
1 + {a}
{a} + 1
{a} * 2
1.5 < {a}
'%s' % {a}
'x' + {a}
[1] + {a}
[{a}] + [{b}]
[{a}] * 2
({a},) + ({b},)
({a},) < ({b},)
[{a}] == [{b}]
{a} in ({b}, {c})
{a} in [{b}, {c}]
{a} in {{'a': {b}}}
'abc'[{a}]
'abc'[{a}:{b}]
(1, 2, 3)[{a}]
b'abc'[{a}]
range(9)[{a}]
"""

functions = []
KINDS = [(first, "Dies") for first in ("Dies", "Mute", "Raises", "Key", "Wrong")] + [("Dies", "Key"), ("Dies", "Wrong"), ("Mute", "Key")]
number = 0
for line in EXPRESSIONS.strip().splitlines():
    for first, rest in KINDS:
        number += 1
        operands = {letter: f"{rest if letter != 'a' else first}('{letter}')" for letter in "abcde"}
        functions.append((f"f{number}", line, TEXT.format(name=f"f{number}", statement=line.format(**operands))))


def case_all(log):
    space = {"died": died, "Dies": Dies, "Mute": Mute, "Raises": Raises, "Key": Key, "Wrong": Wrong}
    for name, line, text in functions:
        exec(compile(text, name, "exec"), space)
        died.clear()
        space[name](9)
        log(name, line, died)
        died.clear()
