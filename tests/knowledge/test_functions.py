"""Every row of knowledge against reality: result types, blindness, examples."""

from __future__ import annotations

import _bisect
import _heapq
import _io
import _random
import _struct
import gc
import math
import sys
import time
from collections.abc import Iterator
from itertools import islice, product
from types import FrameType, ModuleType
from typing import Any

import pytest

from jitney.knowledge.functions import ROWS
from jitney.knowledge.known import KNOWN, Known, known
from jitney.knowledge.rows import ANY, NEEDS, Row

MODULES: dict[str, Any] = {module.__name__: module for module in (math, time, _bisect, _heapq, _random, _io, _struct)}
OBJECTS = {row.key: thing for thing, row in KNOWN.objects()}


class Nasty:
    """Tells whatever is done to it, once armed. All have the same hash, so that dicts and sets would compare them."""

    armed = False
    seen: list[str] = []

    def __hash__(self) -> int:
        self.note("hash")
        return 5

    def __del__(self) -> None:
        self.note("del")

    def __getattribute__(self, name: str) -> Any:
        if name != "note":
            Nasty.note(self, name)
        return object.__getattribute__(self, name)

    def note(self, what: str) -> None:
        if Nasty.armed:
            Nasty.seen.append(what)


def _noting(name: str) -> Any:
    def method(self: Nasty, *arguments: object) -> Any:
        self.note(name)
        return NotImplemented

    return method


NAMES = """
    eq ne lt le gt ge bool len iter next index int float str repr format call contains add radd getitem buffer round abs floor ceil trunc
    bytes length_hint reversed
"""
for _name in NAMES.split():
    setattr(Nasty, f"__{_name}__", _noting(_name))


PLAIN_SAMPLES: dict[Any, list[str]] = {
    int: ["2", "0", "-3", "1 << 70"],
    float: ["2.5", "0.0", "-3.5", "float('nan')", "1e300"],
    bool: ["True", "False"],
    str: ["'ab'", "''", "'3'", "'b'", "'big'", "'é€'"],
    bytes: ["b'ab'", "b''", "b'3'"],
    bytearray: ["bytearray(b'ab')", "bytearray()"],
    complex: ["1j"],
    type(None): ["None"],
    tuple: ["(1, 2)", "()", "('a', 'b')"],
    list: ["[2, 1, 3]", "[]", "['a', 'b']"],
    dict: ["{'a': 1, 'b': 2}", "{}", "{1: 2, 'a': 3}"],
    set: ["{1, 2}", "set()"],
    frozenset: ["frozenset((1, 2))", "frozenset()"],
    range: ["range(3)", "range(1 << 70, 1 << 71)"],
    type: ["int", "str"],
    _io.BytesIO: ["_io.BytesIO(b'ab')"],
    _io.StringIO: ["_io.StringIO('ab')"],
}
LONG = {"range(1 << 70, 1 << 71)"}
SIZES = {
    "factorial",
    "comb",
    "perm",
    "pow",
    "bytes",
    "bytearray",
    "zfill",
    "ljust",
    "rjust",
    "center",
    "to_bytes",
}  # a large int is too much
NASTY_SAMPLES: dict[Any, list[str]] = {
    tuple: ["(Nasty(), Nasty())"],
    list: ["[Nasty(), Nasty(), Nasty()]"],
    dict: ["{Nasty(): Nasty()}"],
    set: ["{Nasty()}"],
    frozenset: ["frozenset((Nasty(),))"],
}


def samples(kind: type | None, row: Row) -> list[str]:
    if kind is ANY:
        if row.key == "_random.Random.random":
            return ["_random.Random()"]
        return ["'a'", "1"] if row.needs in {"plain_items", "plain_class"} else ["Nasty()", "None"]
    found = PLAIN_SAMPLES[kind]
    if row.blind and kind in NASTY_SAMPLES:
        found = found + NASTY_SAMPLES[kind]
    if row.key in {"list", "tuple", "sorted", "sum", "list.extend"}:
        found = [text for text in found if text not in LONG]
    if row.path[-1] in SIZES:
        found = [text for text in found if text != "1 << 70"]
    return found


def calls_of(row: Row) -> Iterator[tuple[tuple[str, ...], type | None]]:
    for signature in row.signatures:
        choices = [samples(kind, row) for kind in signature.arguments]
        for texts in islice(product(*choices), 60):
            yield texts, signature.result


def call_and_watch(thing: Any, arguments: list[Any]) -> tuple[Any, Exception | None]:
    """The result or exception. Python code that runs meanwhile is in `Nasty.seen`."""
    result: Any = None
    error: Exception | None = None

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and Nasty.armed:
            Nasty.seen.append(frame.f_code.co_qualname)

    gc.disable()  # what earlier calls left is not this one's
    Nasty.seen.clear()
    sys.setprofile(profile)
    Nasty.armed = True
    try:
        result = thing(*arguments)
    except Exception as exception:
        error = exception
    finally:
        Nasty.armed = False
        sys.setprofile(None)
        gc.enable()
    return result, error


@pytest.mark.parametrize("key", ROWS)
def test_row(key: str) -> None:
    row = ROWS[key]
    thing = OBJECTS[key]
    assert known(thing) is row and KNOWN[thing] is row and thing in KNOWN
    assert row.needs in NEEDS and row.doc.endswith(".") and row.doc[0].isupper()
    succeeded = 0
    for texts, expected in calls_of(row):
        arguments = [eval(text, {**MODULES, "Nasty": Nasty}) for text in texts]
        types = [type(argument) for argument in arguments]
        assert row.match(types) is not None
        result, error = call_and_watch(thing, arguments)
        assert not Nasty.seen, (texts, Nasty.seen)
        if error is not None:
            assert row.raises, (texts, error)
            continue
        succeeded += 1
        assert expected is ANY or type(result) is expected, (texts, result)
    assert succeeded
    example = eval(row.example, dict(MODULES))
    assert type(example) in {signature.result for signature in row.signatures} or ANY in {signature.result for signature in row.signatures}
    assert row.path[-1] in row.example


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.pure])
def test_pure_rows_answer_the_same_twice(key: str) -> None:
    row = ROWS[key]
    for texts, _ in calls_of(row):
        if not any("Nasty" in text for text in texts):
            arguments = [eval(text, dict(MODULES)) for text in texts]
            first, second = (call_and_watch(OBJECTS[key], arguments) for _ in range(2))
            assert repr(first) == repr(second)


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if not row.changes])
def test_rows_that_change_nothing(key: str) -> None:
    row = ROWS[key]
    for texts, _ in calls_of(row):
        if not any("Nasty" in text for text in texts):
            arguments = [eval(text, dict(MODULES)) for text in texts]
            before = repr(arguments)
            call_and_watch(OBJECTS[key], arguments)
            assert repr(arguments) == before


def test_what_is_not_known() -> None:
    assert known(print) is None and known(test_row) is None and known([].append) is None and known(object()) is None
    with pytest.raises(KeyError):
        KNOWN[print]


def test_exact_types_only() -> None:
    class Items(list):  # type: ignore[type-arg]
        pass

    row = KNOWN[len]
    assert row.match([list]) is not None and row.match([Items]) is None and row.match([list, list]) is None and row.match([None]) is None
    assert row.result is int and KNOWN[list.pop].result is ANY and KNOWN[str.split].result is list
    assert KNOWN[list.append].match([list, Items]) is not None


def test_a_rebound_name_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = ModuleType("math")
    fake.sqrt = math.sin  # type: ignore[attr-defined]
    fake.cos = lambda x: x  # type: ignore[attr-defined]
    fake.tan = math.tan  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "math", fake)
    found = [row.key for _, row in Known([ROWS["math.sqrt"], ROWS["math.cos"], ROWS["math.tan"], ROWS["math.exp"]]).objects()]
    assert found == ["math.tan"]


def test_enough_rows() -> None:
    assert len(ROWS) >= 80 and set(OBJECTS) == set(ROWS)
