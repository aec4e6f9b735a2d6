"""What is decided about hot places, and which code a recording may follow into. Pure logic over plain data: others act on the answers.

A *place* is ``(code, offset)``: a loop header, or 0 for a function's start. Each time its counter is full the policy is asked. A try that
failed is repeated after 4, then 16, then 64 times as many executions; then, or when trying again cannot help, the place is given up.

    policy.ask(code, offset)       # "record", "later" (count again) or "disable" (never ask again)
    policy.failed(code, offset, "too_long")
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from types import CodeType
from typing import Any

from jitney import _runtime, errors
from jitney.bytecode import BadBytecode, normalise

RECORD = "record"
LATER = "later"
DISABLE = "disable"

OPTIMIZED_NEWLOCALS = 0x3  # functions have both flags; modules and class bodies do not
GENERATOR = 0x20
SUSPENDS = GENERATOR | 0x80 | 0x100 | 0x200  # with coroutines and asynchronous generators
VARIADIC = 0x4 | 0x8  # *args, **kwargs

#: of a module that is not compiled: mypyc does not tell each of its own where it is
PACKAGE = os.path.dirname(os.path.abspath(str(errors.__file__))) + os.sep
#: code of ours that recordings go through: benchmarks, and what stands for C functions where compiled code was left
FOLLOWED = os.path.join(PACKAGE, "bench", ""), os.path.join(PACKAGE, "knowledge", "consumers.py")


def may_be_compiled(code: CodeType) -> bool:
    """Whether the function can be a region of its own, called with a value for each parameter."""
    return not (code.co_flags & (SUSPENDS | VARIADIC) or code.co_kwonlyargcount or code.co_cellvars or code.co_freevars)


class Limits:
    """TABLE of the policy's numbers."""

    __slots__ = ("back_off", "code_units", "slots", "tries")

    def __init__(self, tries: int = 4, back_off: int = 4, code_units: int = 2000, slots: int = 200) -> None:
        self.tries = tries  # failures after which a place is given up
        self.back_off = back_off  # each failure multiplies the executions before the next try by this
        self.code_units = code_units  # code longer than this is not followed into
        self.slots = slots  # nor code with more localsplus slots, nor with a deeper stack


class Place:
    """The history of one hot place. It does not keep the code alive."""

    __slots__ = ("_code", "asked", "compiled", "detail", "failures", "given_up", "offset", "postponed", "reason", "recordings",
                 "skip", "watched")

    def __init__(self, code: CodeType, offset: int) -> None:
        self._code = _runtime.loosen(code)
        self.offset = offset
        self.asked = 0
        self.recordings = 0
        self.failures = 0
        self.skip = 0  # times to answer "later"
        self.postponed = 0.0  # since when an enclosing loop is preferred; 0: it never was
        self.watched = False  # of a function: its calls are counted; of a loop: those of the functions around it are
        self.compiled = False
        self.given_up = False
        self.reason: str | None = None
        self.detail: object = None

    @property
    def code(self) -> Any:
        """None when it is dead."""
        return self._code()

    def __repr__(self) -> str:
        state = "compiled" if self.compiled else "given up" if self.given_up else f"{self.recordings} recordings"
        return f"<Place {getattr(self.code, 'co_qualname', 'gone')}@{self.offset}, {state}{f', {self.reason}' if self.reason else ''}>"


class Policy:
    """All places, and the code that is never to be compiled. `never` is asked with ``code in never``; membership there is not cached."""

    __slots__ = ("_accepted", "_blacklist", "_full", "_places", "limits", "never")

    def __init__(self, never: Container[object] = (), limits: Limits | None = None) -> None:
        self.never = never
        self.limits = limits or Limits()
        self._places: dict[tuple[int, int], Place] = {}
        self._blacklist: dict[int, tuple[Any, str]] = {}  # by id, with weak references: another code may get the address
        self._accepted: dict[int, tuple[Any, str | None]] = {}
        self._full = 256

    # --- hot places

    def place(self, code: CodeType, offset: int) -> Place:
        found = self._places.get((id(code), offset))
        if found is None or found.code is not code:
            self._make_room()
            found = self._places[id(code), offset] = Place(code, offset)
        return found

    def _make_room(self) -> None:
        """Forgets code that is dead, now and then."""
        if len(self._places) + len(self._accepted) < self._full:
            return
        for key in [key for key, place in self._places.items() if place.code is None]:
            del self._places[key]
        for known in [known for known, (code, _) in self._accepted.items() if code() is None]:
            del self._accepted[known]
        self._full = 2 * (len(self._places) + len(self._accepted)) + 256

    def places(self) -> Iterator[Place]:
        return iter(list(self._places.values()))

    def ask(self, code: CodeType, offset: int) -> str:
        """The place's counter is full: what now? The answer "record" counts as a recording begun."""
        place = self.place(code, offset)
        place.asked += 1
        if place.given_up or place.compiled:
            return DISABLE
        why_not = self.refusal_to_start(code, offset)
        if why_not is not None:
            self.give_up(code, offset, why_not)
            return DISABLE
        if place.skip > 0:
            place.skip -= 1
            return LATER
        place.recordings += 1
        return RECORD

    def failed(self, code: CodeType, offset: int, reason: str, detail: object = None, again: bool = True) -> Place:
        """Recording or compiling did not work out. `again` says whether another try may."""
        place = self.place(code, offset)
        place.failures += 1
        place.reason, place.detail = reason, detail
        place.skip = self.limits.back_off**place.failures - 1
        if not again or place.failures >= self.limits.tries:
            place.given_up = True
        return place

    def give_up(self, code: CodeType, offset: int, reason: str, detail: object = None) -> Place:
        return self.failed(code, offset, reason, detail, again=False)

    def succeeded(self, code: CodeType, offset: int) -> Place:
        place = self.place(code, offset)
        place.compiled, place.reason, place.detail = True, None, None
        return place

    def invalidated(self, code: CodeType, offset: int, reason: str = "invalidated", detail: object = None) -> Place:
        """The compiled code is gone: the place may become hot again, but not for ever."""
        place = self.failed(code, offset, reason, detail)
        place.compiled = False
        return place

    def forget(self, code: CodeType) -> None:
        """Begin anew with everything about `code`."""
        for key in [key for key, place in self._places.items() if place.code is code]:
            del self._places[key]
        self._blacklist.pop(id(code), None)
        self._accepted.pop(id(code), None)

    # --- code

    def blacklist(self, code: CodeType, reason: str) -> None:
        """Neither start in `code` nor follow into it."""
        self._blacklist[id(code)] = _runtime.loosen(code), reason

    def accept(self, code: CodeType) -> bool:
        """May a recording follow a call into `code`?"""
        return self.refusal(code) is None

    def refusal(self, code: CodeType) -> str | None:
        """Why a recording may not follow into `code`: a key of `jitney.reasons`, or None when it may."""
        barred = self._barred(code)
        if barred is not None:
            return barred
        known = self._accepted.get(id(code))
        if known is None or known[0]() is not code:
            self._make_room()
            known = self._accepted[id(code)] = _runtime.loosen(code), self._refusal_by_shape(code)
        return known[1]

    def refusal_to_start(self, code: CodeType, offset: int) -> str | None:
        """Why no recording may begin at this place."""
        barred = self._barred(code)
        if barred is not None:
            return barred
        try:
            normal = normalise(code)
        except BadBytecode:
            return "code_kind"
        if offset and offset not in normal.loops:
            return "unlinkable"
        if not offset and code.co_flags & SUSPENDS:
            return "generator"
        return None

    def _barred(self, code: CodeType) -> str | None:
        if code in self.never:
            return "never"
        listed = self._blacklist.get(id(code))
        if listed is not None and listed[0]() is code:
            return listed[1]
        if code.co_filename.startswith(PACKAGE) and not code.co_filename.startswith(FOLLOWED):
            return "code_kind"
        return None

    def _refusal_by_shape(self, code: CodeType) -> str | None:
        limits = self.limits
        if code.co_flags & SUSPENDS & ~GENERATOR:
            return "generator"
        if code.co_flags & OPTIMIZED_NEWLOCALS != OPTIMIZED_NEWLOCALS:
            return "code_kind"
        if len(code.co_code) > 2 * limits.code_units or code.co_stacksize > limits.slots:
            return "big_code"
        try:
            normal = normalise(code)
        except BadBytecode:
            return "code_kind"
        return "big_code" if normal.nlocalsplus > limits.slots else None
