"""Objects that a region knows as constants get another class, or their class says something else: what they do changes at once."""

log = []


class A:
    def __call__(self, i):
        return i

    def method(self):
        return 1

    def __add__(self, other):
        return other

    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        log.append((key, value))

    def __lt__(self, other):
        return True

    def __bool__(self):
        return truth[0]

    def __contains__(self, item):
        return True

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([1])

    def __neg__(self):
        return 5


class B:
    def __call__(self, i):
        return -i

    def method(self):
        return 2

    def __add__(self, other):
        return -other

    def __getitem__(self, key):
        return -key

    def __setitem__(self, key, value):
        log.append((value, key))

    def __lt__(self, other):
        return False

    def __bool__(self):
        return not truth[0]

    def __contains__(self, item):
        return False

    def __len__(self):
        return 4

    def __iter__(self):
        return iter([2])

    def __neg__(self):
        return 6


class Meta(type):
    def __bool__(cls):
        return truth[0]

    def __call__(cls, i):
        return i


class Other(Meta):
    def __bool__(cls):
        return not truth[0]

    def __call__(cls, i):
        return -i


class Made(metaclass=Meta):
    pass


truth = [True]
a = A()


def change(i):
    a.__class__ = B
    Made.__class__ = Other


def change_truth(i):
    truth[0] = False


def called(i):
    return a(i), Made(i)


def added(i):
    return a + i


def item(i):
    return a[i]


def compared(i):
    return a < i


def true(i):
    return 1 if a else 0, "made" if Made else "not made"


def true_of_local(i):
    x = a if i % 3 else None
    return bool(x and i)


def contained(i):
    return i in a


def length(i):
    return len(a)


def iterated(i):
    return [x for x in a]


def negated(i):
    return -a


def item_set(i):
    a[i] = 1
    return len(log)


def asked(i):
    return isinstance(a, A), type(a) is A, a.__class__.__name__


def method(i):
    return a.method()


def matched(i):
    match a:
        case A():
            return 1
        case B():
            return 2


def one_of_two(i):
    x = a
    for _ in range(3):
        x = a if i % 2 else x
    return x.method()


def loop_over(function, change):
    names = {"change": change, "function": function}
    exec("""
def loop(n):
    results = []
    for i in range(n):
        if i == n - 9:
            change(i)
        results.append(function(i))
    return results
""", names)
    return names["loop"](60)


for function in (called, added, item, compared, true, true_of_local, contained, length, iterated, negated, item_set, asked, method, matched,
                 one_of_two):
    for how in (change, change_truth):
        a.__class__, Made.__class__, truth[0] = A, Meta, True
        print(function.__name__, how.__name__, loop_over(function, how))
print(log)
