"""Attributes asked for by getattr and hasattr, and methods of C classes: of the class, of the instance, of neither, and changed on the way."""

import io
import struct


class Plain:
    kind = "class"

    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("a", "b")


class Answering:
    def __getattr__(self, name):
        if name == "lost":
            raise AttributeError(name)
        return name * 2


class Asking:
    def __getattribute__(self, name):
        return 7


class Buffer(io.BytesIO):
    extra = 1


class Dying:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log("dead", self.name)


def case_getattr(log):
    objects = [Plain(1), Plain(2), Slotted(), Answering(), Asking(), io.BytesIO(), Buffer(), 5, "text", Plain, io]
    for thing in objects:
        found = []
        for i in range(30):
            if i == 20 and isinstance(thing, (Plain, Buffer)):
                thing.y = "own"
            if i == 26 and isinstance(thing, (Plain, Buffer)):
                del thing.y
            found.append((getattr(thing, "y", None), hasattr(thing, "y"), hasattr(thing, "x"), getattr(thing, "kind", 0), hasattr(thing, "lost"),
                          getattr(thing, "a", "none")))
        log(found)


def case_mixed(log):
    objects = [Plain(i) for i in range(8)]
    for i, thing in enumerate(objects):
        if i % 3 == 0:
            thing.y = i
    total = []
    for i in range(64):
        thing = objects[i % 8]
        total.append(getattr(thing, "y", -1))
        total.append(hasattr(thing, "y"))
    log(total)


def case_class_gets_one(log):
    class Local:
        pass

    thing, found = Local(), []
    for i in range(60):
        found.append((getattr(thing, "later", "no"), hasattr(thing, "later")))
        if i == 30:
            Local.later = property(lambda self: "property")
        if i == 45:
            Local.later = 3
        if i == 50:
            Local.__getattr__ = lambda self, name: name
            del Local.later
    log(found)


def case_defaults_die(log):
    thing = Plain(1)
    for i in range(12):
        getattr(thing, "nothing", Dying(log, i))
        log("after", i)
        kept = getattr(thing, "nothing", Dying(log, -i))
        log(kept.name)


def case_errors(log):
    thing, errors = Plain(1), 0
    for i in range(30):
        try:
            getattr(thing, "nothing")
        except AttributeError as error:
            errors += 1
            log(str(error))
        try:
            getattr(thing, 5, None)
        except TypeError as error:
            log(str(error))
    log(errors)


def case_streams(log):
    out, text = io.BytesIO(), io.StringIO()
    for i in range(60):
        log(out.write(struct.pack("<BI", i, i * 70000)), out.tell(), text.write(str(i)), text.tell())
        if i == 40:
            out.write = lambda data: log("own", data)  # shadows the method
        if i == 50:
            del out.write
    log(out.getvalue(), text.getvalue())
    out.close()
    for i in range(20):
        try:
            out.write(b"x")
        except ValueError as error:
            log(i, str(error))


def case_derived_streams(log):
    class Loud(io.BytesIO):
        def write(self, data):
            log("loud", data)
            return super().write(data)

    for kind in (Buffer, Loud, io.BytesIO):
        out = kind()
        for i in range(25):
            log(out.write(b"ab"), out.tell(), getattr(out, "extra", None))
            if i == 10:
                out.extra = "own"
        log(out.getvalue())


def case_packing(log):
    for i in range(40):
        try:
            log(struct.pack("<B", i * 8), struct.pack(">d", i), struct.pack("hf", i, 0.5))
        except struct.error as error:
            log(i, str(error))
