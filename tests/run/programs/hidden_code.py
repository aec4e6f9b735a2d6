"""Code of the program's that C functions run: comparisons, hashes, truth, destructors. It sees where its caller is, and changes what the loop
relies on."""

import sys

counter = 0
seen = []


class Sly:
    def __init__(self, n):
        self.n = n

    def note(self, *others):
        global counter
        counter += 1
        frame = sys._getframe(1)
        if frame.f_code.co_filename == __file__:
            frame = frame.f_back
        seen.append((frame.f_code.co_name, frame.f_lineno))
        if counter % 50 == 0:
            Sly.rate += 1
        return False

    rate = 1

    def __eq__(self, other):
        self.note()
        return self is other

    def __lt__(self, other):
        self.note()
        return self.n < (other.n if isinstance(other, Sly) else other)

    __gt__ = __lt__

    def __hash__(self):
        self.note()
        return hash(self.n)

    def __bool__(self):
        self.note()
        return True

    def __add__(self, other):
        self.note()
        return 1

    __radd__ = __add__

    def __index__(self):
        self.note()
        return self.n & 1

    def __iter__(self):
        self.note()
        return iter((self.n, 2))

    def __len__(self):
        self.note()
        return 2

    def __str__(self):
        self.note()
        return "sly"

    def __format__(self, spec):
        self.note()
        return "sly"

    def __float__(self):
        self.note()
        return 1.5


class Dies:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        global counter
        counter += 10
        frame = sys._getframe(1)
        seen.append((frame.f_code.co_name, frame.f_lineno, self.n))


TEXT = '''
def {name}(i):
    a, b, items, things, names, s = Sly(i), Sly(i + 1), [1, 5, i, Sly(2)], {{1, i}}, {{"a": 1, i: 2}}, Sly(i)
    x = counter
    try:
        (
            {statement}
        )
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        seen.append(type(error).__name__)
    return x, counter, Sly.rate, a.n
def {name}_loop(n):
    result = []
    for i in range(n):
        before = counter + Sly.rate
        result.append({name}(i))
        result.append(counter + Sly.rate - before)
    return result
'''

STATEMENTS = """
items.index(a)
items.count(7)
items.remove(5)
items.remove(a)
items.remove(77)
[a, b].index(b)
[a].count(3)
[a, 1].remove(1)
(a, b).index(b)
(a, 2).count(2)
items.sort()
[b, a].sort()
sorted([b, a])
min([b, a])
max([b, a])
min(a, b)
max(1, a)
sum([a, b])
sum([1, 2, a])
any([0, a])
all([a, b])
1 in [a, 2]
a in [1, b]
3 in (a, b)
a in {1: 2, 3: 4}
things.add(a)
things.add(i)
things.discard(a)
things.discard(i)
things.remove(i)
things.update({a, b})
things.union([a])
{a, 1}.discard(i)
{a, 1}.add(i)
{a, 1}.remove(1)
{a: 1}.get(i)
{a: 1}.pop(i, 3)
{a: 1}.setdefault(i, 3)
{a: 1}.update({i: 2})
{a: 1} == {i: 1}
names.get(a)
names.pop(i)
names.pop(a, None)
names.setdefault(a, 3)
names.update({a: 1})
dict([(a, 1), (i, 2)])
dict({a: 1})
{a: 1}.copy()
dict.fromkeys([a, b])
set([a, b, i])
frozenset([a])
heapq.heappush([a, b], Sly(i))
heapq.heappop([a, b, Sly(1)])
bisect.bisect_left([a, b], i)
bisect.insort([a, b], Sly(3))
[a] == [b]
(a,) < (b,)
[1, a] < [1, b]
[Dies(i)].clear()
[Dies(i), Dies(-i)].clear()
{"a": Dies(i)}.clear()
{i}.clear()
{"a": Dies(i)}.update(a=1)
{"a": Dies(i)}.pop("a")
{"a": Dies(i)}.setdefault("a", 1)
[Dies(i)].pop()
[1, Dies(i)].remove(1)
[Dies(i)].reverse()
[Dies(i)].sort()
[Dies(i), 3].__delitem__(0)
[Dies(i)].__setitem__(0, 1)
[Dies(i)].__init__()
collections.deque([Dies(i)]).clear()
collections.deque([Dies(i)], 1).append(1)
collections.deque([a]).remove(a)
collections.deque([a, 1]).count(1)
items.extend(a)
list(a)
tuple(a)
len(a)
str(a)
f"{a}"
f"{a!s:>5}"
"%s" % a
"".join([str(a)])
float(a)
int(a)
range(a)
[4, 5][a]
bool(a)
not a
1 if a else 2
hash(a)
isinstance(a, Sly)
list(map(str, [a, b]))
list(filter(None, [a, b]))
list(zip(a, b))
list(enumerate(a))
dict(zip(a, b))
divmod(i, a)
pow(a, 2)
[*a, *b]
{**{a: 1}, "z": 2}
print(a, end="")
"abc".index(a)
"abc".startswith("a", a)
[1, 2, 3][a:]
[0] * a
bytes([a])
bytearray(3).pop(a)
collections.Counter([a, b])
collections.OrderedDict([(a, 1)]).move_to_end(a)
items.insert(a, 3)
items.pop(a)
s.__class__
"""


def case_all(log):
    space = globals()
    for number, statement in enumerate(STATEMENTS.strip().splitlines()):
        name = f"f{number}"
        exec(compile(TEXT.format(name=name, statement=statement), "text", "exec"), space)
        seen.clear()
        result = space[name + "_loop"](9)
        log(statement, result, seen)
        seen.clear()
