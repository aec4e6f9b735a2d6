"""The shape of a row of knowledge: what `functions.py` is made of.

A row's `calls` is text: ``"list int -> any; list -> any"``, each signature with the exact types of its arguments (a subclass is another
type), self first for methods. ``any`` is any object at all. Names of groups (`GROUPS`) stand for several types. A result of ``any`` is an
object of unknown type.
"""

from __future__ import annotations

import builtins
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

GROUPS: dict[str, str] = {
    "number": "int float bool",
    "integer": "int bool",
    "plain": "int float bool str NoneType complex",
    "array": "list tuple",
    "text": "str bytes",
    "sized": "list tuple dict set frozenset str bytes bytearray",
    "iterated": "list tuple str bytes bytearray range dict set frozenset",
}

NEEDS: dict[str, str] = {
    "": "nothing more: the argument types are enough",
    "plain_items": "every item (key, element) of the containers is of a `plain` type: comparing, hashing or dropping it runs no code",
    "unicode_keys": "the dict's keys are all exact strings, and the key looked for is one: no `__eq__` or `__hash__` can run",
    "plain_class": "the second argument's type is exactly `type`; the first one's has `object.__getattribute__` and no own `__class__`",
}
"""What may have to be known beyond the types. Bytes are not `plain`: under ``python -b``, comparing them with strings warns."""

IMMUTABLE = frozenset({int, float, bool, str, bytes, complex, tuple, range, frozenset, type(None)})

ANY = None
"""The type of an argument or result that may be anything."""

_EXTRA: dict[str, type] = {"NoneType": type(None), "function": type(lambda: None)}


def type_named(name: str) -> type:
    """An exact type by its name; iterators and views by the names they give themselves."""
    found = getattr(builtins, name, None) or _EXTRA.get(name)
    if isinstance(found, type):
        return found
    _fill_extra()
    return _EXTRA[name]


def _fill_extra() -> None:
    samples: tuple[object, ...] = (
        {}.keys(), {}.values(), {}.items(), iter([]), iter(()), iter(range(0)), iter(range(1 << 70)), iter(""), iter("é"), iter(b""),
        io.BytesIO(), io.StringIO(), iter({}), iter({}.values()), iter({}.items()), iter(set()), reversed([]), iter(bytearray()),
    )  # fmt: skip
    for sample in samples:
        _EXTRA[type(sample).__name__] = type(sample)


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call: exact argument types (ANY: no matter) and the exact type of the result (ANY: not known)."""

    arguments: tuple[type | None, ...]
    result: type | None

    def matches(self, types: Sequence[type | None]) -> bool:
        if len(types) != len(self.arguments):
            return False
        return all(want is ANY or want is got for want, got in zip(self.arguments, types, strict=True))


@dataclass(frozen=True, slots=True)
class Row:
    """One C function, method or type (called to make an instance).

    * `needs`: a key of NEEDS, what must be known beyond the types for the call to be *blind* (run no Python code, look at no frame);
    * `calls` are positional: nothing is said of calls with keywords;
    * `reads`, `changes`: memory classes that the call reads and writes, by spaces: the IR's, and "set", "file", "clock", "random",
      "identity";
    * `raises`: it may raise for arguments of these types (MemoryError aside);
    * `example`: an expression that calls it.
    """

    key: str
    calls: str
    doc: str
    example: str
    needs: str = ""
    reads: str = ""
    changes: str = ""
    raises: bool = False
    _signatures: list[Signature] = field(default_factory=list, repr=False, compare=False)

    @property
    def blind(self) -> bool:
        """Is it blind whatever the values are, for the argument types of `calls`? A dict may be a module's, whose variables are watched."""
        return not self.needs and self.changes != "dict"

    @property
    def pure(self) -> bool:
        """Equal arguments give equal results at any time, and nothing else happens (but perhaps an exception)."""
        return self.blind and not self.reads and not self.changes and not self.fresh

    @property
    def fresh(self) -> bool:
        """Is the result, for some signature, a new object that can change or whose identity matters?"""
        return any(signature.result is not ANY and signature.result not in IMMUTABLE for signature in self.signatures)

    @property
    def module(self) -> str:
        return self.key.partition(".")[0] if self._is_in_module() else "builtins"

    @property
    def path(self) -> list[str]:
        """The names that lead from the module to the object."""
        return self.key.split(".")[1 if self._is_in_module() else 0 :]

    @property
    def signatures(self) -> list[Signature]:
        if not self._signatures:
            self._signatures.extend(parse_calls(self.calls))
        return self._signatures

    @property
    def result(self) -> type | None:
        """The exact type of the result where all signatures agree."""
        results = {signature.result for signature in self.signatures}
        return results.pop() if len(results) == 1 else ANY

    def match(self, types: Sequence[type | None]) -> Signature | None:
        """The signature for arguments of exactly these types (None: a type that is not known, or NULL)."""
        for signature in self.signatures:
            if signature.matches(types):
                return signature
        return None

    def _is_in_module(self) -> bool:
        return "." in self.key and not isinstance(getattr(builtins, self.key.partition(".")[0], None), type)


def parse_calls(calls: str) -> list[Signature]:
    signatures = []
    for call in calls.split(";"):
        arguments, _, result = call.partition("->")
        choices = [GROUPS.get(word, word).split() for word in arguments.split()]
        for names in product(*choices):
            signatures.append(Signature(tuple(map(_type_or_any, names)), _type_or_any(result.strip())))
    return signatures


def _type_or_any(name: str) -> type | None:
    return ANY if name == "any" else type_named("NoneType" if name == "None" else name)
