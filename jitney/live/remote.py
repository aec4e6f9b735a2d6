"""Regions made in a copy of the process, which takes neither the GIL nor the processor away from the program.

    parent                                      copy (`_runtime.copy_process`)
    ------                                      ----
    Presumed: watch all that the region          has the same objects at the same addresses
      may come to rely on
    wait, without the GIL                        build, optimise, translate; `encode`
    `decode`, verify, load                       end

Objects go back by address where they are the program's, by value where the compiler made them. An address is believed only if it is that of
something that has been watched since before the copy was made, or is kept alive by what was: everything else makes `Unforeseen`, and the
region is made in the process itself.
"""

from __future__ import annotations

import builtins
import marshal
import time
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..bytecode import Loop, NormalCode, changing_names, normalise
from ..knowledge.classes import HEAP_TYPE, flags, is_a, mro
from ..lower.image import ExitPlace, Guard, Image
from ..reasons import GiveUp
from .limits import has_copies, peak
from .lives import parts_of
from .services import MISSING, LiveServices, stand_in, watch

if TYPE_CHECKING:
    from .compile import Draft, Unit

#: bytes of address space for what a copy has to say; only what is used takes memory
MAILBOX = 1 << 26
#: seconds without any progress after which a copy is taken to hang
LIMIT = 5.0
#: copies that may crash or hang before no more are made
FAILURES = 3
#: resident memory in bytes, at its most, above which copying a process, page tables and then pages written to, is no longer cheap
LARGE = 2 << 30

VALUES = frozenset({int, float, complex, str, bytes, tuple, frozenset})
STORES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})
CO_NEWLOCALS = 2


Busy = tuple[tuple[Callable[[], bool], ...], dict[str, Any], frozenset[str]]
NOT_BUSY: Busy = (), {}, frozenset()


class Unforeseen(Exception):
    """The copy was of no use: the region is to be made in this process."""


class Copies:
    """Whether copies are made, and the one that is at work."""

    def __init__(self) -> None:
        self.failures = 0
        self.pid = 0
        self.made = 0
        self.ended = False  # the latest one, from here: that is no failure

    def possible(self) -> bool:
        return self.failures < FAILURES and has_copies() and peak() < LARGE

    def end(self) -> None:
        """Ends the one at work: there is no time to wait for it."""
        if self.pid:
            self.ended = True
            _runtime.end_copy(self.pid)

    def run(self, work: Callable[[], bytes], busy: Busy = NOT_BUSY) -> bytes | None:
        """What `work()` gives in a copy of the process. `busy`: for `_runtime.copy_process`; None: it was. Raises Unforeseen."""
        try:
            pid = _runtime.copy_process(MAILBOX, *busy)
        except OSError:
            self.failures = FAILURES
            raise Unforeseen("no process is to be had") from None
        if pid is None:
            return None
        if not pid:
            try:
                message = work()
            except Unforeseen as error:
                message = marshal.dumps(("unforeseen", str(error)))
            except BaseException as error:  # noqa: BLE001
                message = marshal.dumps(("error", f"{type(error).__name__}: {error}"))
            _runtime.send_and_exit(message)
        self.made += 1
        self.ended = False
        self.pid = pid
        try:
            answer: bytes | None = _runtime.call_unquiet(_runtime.await_copy, pid, LIMIT)
        finally:
            self.pid = 0
        if answer is None:
            self.failures += not self.ended
            raise Unforeseen("the copy crashed, or was ended")
        return answer


# -- what the region may rely on --------------------------------------------------------------------------------------
class Presumed:
    """What a region made of the recording is likely to rely on, watched from now on."""

    def __init__(self, unit: Unit, namespace: dict[str, Any], services: LiveServices) -> None:
        self.things = stand_in()  # invalid as soon as a class or function changes
        self.variables = stand_in()  # ... a variable
        self.keys: set[tuple[Any, ...]] = set()
        self.kept: dict[int, Any] = {}  # what the recording keeps alive, by address
        self.namespaces: dict[int, dict[str, Any]] = {}
        self.codes = unit.recording.codes()
        self._root = unit.code
        self._recursive = unit.recording.is_recursive()  # inlined into its own loop, too
        self._loop = normalise(unit.code).loops.get(unit.offset) if unit.offset else None
        self._of_code: dict[int, list[dict[str, Any]]] = {id(unit.code): [namespace]}
        for thing in unit.recording.things():
            self._see(thing)
        self._found_in_classes()
        self._variables(services)

    def _watch(self, dependency: tuple[Any, ...], key: tuple[Any, ...], region: Any) -> None:
        if key not in self.keys:
            self.keys.add(key)
            watch(dependency, region)

    def _see(self, thing: Any) -> None:
        if id(thing) in self.kept:
            return
        self.kept[id(thing)] = thing
        if is_a(thing, type):
            for base in mro(thing):
                self.kept[id(base)] = base
                if flags(base) & HEAP_TYPE:
                    self._watch(("type", base), ("type", id(base)), self.things)
        elif type(thing) is FunctionType:
            self._function(thing)
        elif type(thing) is ModuleType:
            self.namespaces[id(thing.__dict__)] = thing.__dict__

    def _function(self, function: FunctionType) -> None:
        self.kept[id(function)] = function
        self._watch(("function", function), ("function", id(function)), self.things)
        namespaces = self._of_code.setdefault(id(function.__code__), [])
        if not any([known is function.__globals__ for known in namespaces]):
            namespaces.append(function.__globals__)

    def _found_in_classes(self) -> None:
        """The kinds of descriptors, and functions: the recording has only their code."""
        recorded = {id(code) for code in self.codes}
        for thing in list(self.kept.values()):
            if not (is_a(thing, type) and flags(thing) & HEAP_TYPE):
                continue
            for value in list(type.__dict__["__dict__"].__get__(thing).values()):
                self._see(type(value))
                for part in (value, *parts_of(value)):
                    if type(part) is FunctionType and id(part.__code__) in recorded:
                        self._function(part)

    def _variables(self, services: LiveServices) -> None:
        names: dict[str, None] = {}
        changing: set[str] = set()
        if self._recursive:
            names.update(dict.fromkeys(self._root.co_names))
        for code in self.codes:
            normal = normalise(code)
            if code is self._root and self._loop is not None:
                changing |= changing_names(normal, self._loop)
                names.update(dict.fromkeys(names_in(normal, self._loop)))
            else:
                names.update(dict.fromkeys(code.co_names))
            if code.co_flags & CO_NEWLOCALS:
                changing.update([instr.arg for instr in normal.instrs if instr.op in STORES])
        for code in self.codes:
            for namespace in self._of_code.get(id(code), ()):
                self.namespaces[id(namespace)] = namespace
        self.namespaces[id(builtins.__dict__)] = builtins.__dict__
        for namespace in self.namespaces.values():
            if type(namespace) is not dict:
                continue
            for name in names:
                if name not in changing and not services.is_volatile(namespace, name):
                    self._watch(("dict", namespace, name), ("dict", id(namespace), name), self.variables)


def names_in(normal: NormalCode, loop: Loop) -> set[str]:
    """The names of variables and attributes that a loop's instructions have."""
    found: set[str] = set()
    for offset in loop.body:
        for instr in normal.parts(offset):
            found.update([part for part in (instr.arg if type(instr.arg) is tuple else (instr.arg,)) if type(part) is str])
    return found


# -- in the copy ------------------------------------------------------------------------------------------------------
def existing_values(presumed: Presumed) -> set[int]:
    """Addresses of the constants that a region may name and that are the program's own."""
    found: set[int] = set()

    def see(value: Any) -> None:
        if type(value) in VALUES and id(value) not in found:
            found.add(id(value))
            if type(value) is tuple or type(value) is frozenset:
                for part in value:
                    see(part)

    for code in presumed.codes:
        for value in code.co_consts + code.co_names:
            see(value)
        for instr in normalise(code).instrs:
            see(instr.arg)
    for thing in presumed.kept.values():
        if is_a(thing, type):
            for value in list(type.__dict__["__dict__"].__get__(thing).values()):
                see(value)
        elif type(thing) is FunctionType:
            see(thing.__defaults__)
            for value in list((thing.__kwdefaults__ or {}).values()):
                see(value)
    for namespace in presumed.namespaces.values():
        for value in list(namespace.values()):
            see(value)
    return found


def mover(presumed: Presumed) -> Callable[[Any], bool]:
    """Whether an object is the compiler's own, with another address (or none) in the parent."""
    existing = existing_values(presumed)

    def moves(value: Any) -> bool:
        if type(value) not in VALUES or id(value) in existing:
            return False
        if type(value) is int:
            return not -5 <= value <= 256
        return not (type(value) in (str, tuple, bytes) and not value)

    return moves


def goes_by_value(value: Any) -> bool:
    if type(value) is tuple or type(value) is frozenset:
        return all([goes_by_value(part) for part in value])
    return type(value) in VALUES or value is None or value is True or value is False or value is ...


def encode(draft: Draft, moves: Callable[[Any], bool]) -> bytes:
    image = draft.image

    def one(value: Any) -> tuple[bool, Any]:
        if not moves(value):
            return False, id(value)
        if not goes_by_value(value):
            raise Unforeseen("a constant that has objects of the program's")
        return True, value

    dependencies: list[tuple[Any, ...]] = []
    for dependency in draft.dependencies:
        if dependency[0] == "dict":
            _, namespace, name = dependency
            value = namespace.get(name, MISSING)
            dependencies.append(("dict", id(namespace), name, 0 if value is MISSING else id(value)))
        elif dependency[0] != "type" or flags(dependency[1]) & HEAP_TYPE:  # others never change
            dependencies.append((dependency[0], id(dependency[1])))
    return marshal.dumps((
        "draft", dependencies, [id(function) for function in draft.callees], draft.ops, draft.seconds, draft.dumps, time.thread_time(),
        image.file, image.blob, [one(value) for value in image.consts], image.pool, image.functions, image.buf_size, image.inline_depth,
        [(guard.op, guard.reason, guard.where, guard.line, guard.exit) for guard in image.guards],
        [([(offset, id(code)) for offset, code in place.path], place.offset, place.kind) for place in image.exits],
        image.seconds, image.code_bytes, image.llvm_instructions))


# -- in the parent again ----------------------------------------------------------------------------------------------
def decode(message: bytes, presumed: Presumed, services: LiveServices) -> Draft:
    """Raises GiveUp where the copy did, or where the world has changed; Unforeseen."""
    from .compile import Draft

    kind, *parts = marshal.loads(message)
    if kind == "give up":
        raise GiveUp(*parts)
    if kind == "unforeseen":
        raise Unforeseen(*parts)
    if kind == "error":
        raise RuntimeError(parts[0])
    dependencies, callees, ops, seconds, dumps, spent, *rest = parts
    verify(dependencies, presumed, services)
    at = _runtime.object_at
    file, blob, consts, pool, functions, buf_size, inline_depth, guards, exits, times, code_bytes, llvm_instructions = rest
    image = Image(
        blob, [value if own else at(value) for own, value in consts], pool, tuple(functions), buf_size, inline_depth,
        [Guard(*guard) for guard in guards],
        [ExitPlace(tuple([(offset, at(code)) for offset, code in path]), offset, kind) for path, offset, kind in exits])
    image.file, image.seconds, image.code_bytes, image.llvm_instructions = file, times, code_bytes, llvm_instructions
    found = [("dict", presumed.namespaces[key[1]], key[2]) if key[0] == "dict" else (key[0], at(key[1])) for key in dependencies]
    draft = Draft(image, found, [at(function) for function in callees], ops)
    draft.seconds, draft.dumps, draft.elsewhere = seconds, dumps, spent
    return draft


def verify(dependencies: list[Any], presumed: Presumed, services: LiveServices) -> None:
    """Whether all that the region relies on was watched, and is as it was when the copy was made."""
    for key in dependencies:
        if key[:3] not in presumed.keys:
            raise Unforeseen(f"{key[0]} {key[2] if key[0] == 'dict' else ''}")
    if not presumed.things.valid:
        raise GiveUp("invalidated", "while it was compiled")
    if presumed.variables.valid:
        return
    changed = False
    for key in dependencies:
        if key[0] == "dict":
            namespace = presumed.namespaces[key[1]]
            value = namespace.get(key[2], MISSING)
            if (0 if value is MISSING else id(value)) != key[3]:
                services.mark_volatile(namespace, key[2])
                changed = True
            elif key[3] and key[3] not in presumed.kept:
                changed = True  # or another object at the same address
    if changed:
        raise GiveUp("invalidated", "while it was compiled")


__all__ = ["Copies", "Presumed", "Unforeseen", "decode", "encode", "goes_by_value", "mover"]
