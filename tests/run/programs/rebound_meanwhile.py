"""What a variable named dies when another function rebinds it, though compiled code that is under way had it built in."""

import weakref


class Loud:
    log = print

    def __init__(self, n):
        self.n = n

    def __del__(self):
        Loud.log("del", self.n)

    def get(self):
        return self.n

    def run(self, change, n):
        change(n)
        return self.n

    def __add__(self, other):
        replace(other)
        return self.n

    def __lt__(self, other):
        replace(other.n)
        return self.n < other.n


class Quiet:
    pass


present = None
other = None


class Holder:
    present = None


def replace(n):
    global present
    if n % 50 == 40:
        present = Loud(n)
        Loud.log("replaced", n)
    return n


def replace_twice(n):
    global present, other
    if n % 50 == 40:
        present = Loud(n)
        Loud.log("one", n)
        other = Loud(n + 0.5)
        Loud.log("both", n)
    return n


def remove(n):
    global present
    if n % 50 == 40:
        del present
        Loud.log("removed", n)
        present = Loud(n)
    return n


def begin(log):
    global present, other
    Loud.log = log
    present, other = Loud(-1), Loud(-2)


def end():
    global present, other
    present = other = Holder.present = None
    Loud.log = print


class Caller:
    """Not inlined: calls through C code."""

    def __call__(self, n):
        return list(map(replace, [n]))[0]


caller = Caller()


def case_through_c_code(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.n + present.get()
            total += list(map(replace, [i]))[0]
        log(total)
    end()


def case_through_an_object(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            c = present
            total += c.n + c.get()
            c = None
            total += caller(i)
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def case_a_plain_function(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.get()
            total += replace(i)
        log(total)
    end()


def case_held_in_a_variable(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            c = present
            total += caller(i)
            if i % 50 == 40:
                log("then", i)
            total += c.get()
            c = None
        log(total)
    end()


def case_within_its_method(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.run(caller, i)
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def consume(thing, n):
    caller(n)
    log = Loud.log
    if n % 50 == 40:
        log("in consume", thing.n)
    return thing.get()


def case_as_an_argument(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += consume(present, i)
        for i in range(150):
            total += list(map(consume, [present], [i]))[0]
        for i in range(150):
            total += sum(map(consume, (present,), (i,)))
        log(total)
    end()


def case_as_an_operand(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present + i
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def case_as_a_default_of_c_code(log):
    begin(log)
    for k in range(3):
        for i in range(150):
            try:
                log(getattr(present, "nothing" if i % 50 else "n", present).__class__.__name__) if i % 25 == 0 else replace(i)
                sorted([present, other], key=lambda thing: (replace(i), thing.n))
            except AttributeError as error:
                log(str(error))
    end()


def case_two_of_them(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.get() + other.n
            total += list(map(replace_twice, [i]))[0]
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def case_removed(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.get()
            total += list(map(remove, [i]))[0]
        log(total)
    end()


def replace_held(n):
    if n % 50 == 40:
        Holder.present = Loud(n)
        Loud.log("held", n)
    return n


def case_of_a_class(log):
    begin(log)
    Holder.present = Loud(-3)
    for k in range(3):
        total = 0
        for i in range(150):
            total += Holder.present.get()
            total += list(map(replace_held, [i]))[0]
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def deeper(n, depth):
    if depth:
        return present.n + deeper(n, depth - 1)
    return list(map(replace, [n]))[0] + present.get()


def case_in_recursion(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += deeper(i, 6)
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def items(n):
    for i in range(n):
        yield present.get() + list(map(replace, [i]))[0]
        if i % 50 == 40:
            Loud.log("after", i)


def case_in_a_generator(log):
    begin(log)
    for k in range(3):
        total = 0
        for item in items(150):
            total += item
        log(total, sum(items(120)))
    end()


watched = None


def rewatch(n):
    global watched
    if n % 50 == 40:
        watched = Quiet()
        watched.n = n
        Loud.log("rewatched", n)
        watched.ref = weakref.ref(watched, lambda ref: Loud.log("gone"))
        refs[:] = [watched.ref]
    return n


refs = []


def case_weak_references(log):
    global watched
    begin(log)
    rewatch(40)
    for k in range(3):
        total = 0
        for i in range(150):
            total += watched.n + list(map(rewatch, [i]))[0]
            if i % 50 == 40:
                log("then", i)
        log(total)
    watched = None
    refs.clear()
    end()


def failing(n):
    replace(n)
    if n % 50 == 40:
        raise ValueError(n)
    return n


def case_an_exception_after_it(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            try:
                total += present.get()
                total += list(map(failing, [i]))[0]
            except ValueError as error:
                log("caught", str(error), present.n)
        log(total)
    end()


class Walk:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return list(map(replace, [self.n]))[0]


def case_while_going_on(log):
    begin(log)
    for k in range(3):
        total = 0
        for item in Walk(150):
            total += present.get() + item
            if item % 50 == 40:
                log("then", item)
        log(total)
    end()


def case_compared(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            new = Loud(i)
            total += present < new
            if i % 50 == 40:
                log("then", i)
            new = None
            total += max([present, other], key=lambda thing: replace(i)).n
        log(total)
    end()


class Changing:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        replace(self.n)


def case_by_a_destructor(log):
    begin(log)
    for k in range(3):
        total = 0
        for i in range(150):
            total += present.get()
            changing = Changing(i)
            changing = None
            if i % 50 == 40:
                log("then", i)
        log(total)
    end()


def dropping(n):
    changing = Changing(n)
    total = present.get()
    del changing
    if n % 50 == 40:
        Loud.log("dropped", n)
    return total


def case_by_a_destructor_within(log):
    begin(log)
    for k in range(3):
        log(sum([dropping(i) for i in range(150)]))
    end()
