"""From a recording to installed machine code."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from .. import _runtime
from ..bytecode import changing_names, normalise
from ..knowledge.classes import HEAP_TYPE, flags, is_a
from ..lower.image import Image
from ..reasons import GiveUp
from ..record import Recording
from .intact import may_load, require_intact
from .limits import require_memory
from .lives import Lives
from .loading import BUSY, BUSY_IF_LOADED, is_loaded
from .rebind import Different, Movable, belongs_to
from .remote import Copies, Presumed, Unforeseen, decode, encode, mover
from .services import MISSING, LiveServices, stand_in, watch

if TYPE_CHECKING:
    from .judging import Pace

Path = tuple[tuple[int, CodeType], ...]


class NotLoaded(Exception):
    """The compiler is to be loaded into this process first."""


class Unit:
    """A hot place with all that belongs to it: its recording, its region, how often it was compiled. It keeps nothing of the program
    alive."""

    def __init__(self, code: CodeType, offset: int, kind: str, namespace: dict[str, Any]) -> None:
        self._code = _runtime.loosen(code)
        self.offset = offset
        self.kind = kind
        self.where = f"{code.co_filename}:{line_of(code, offset)} {code.co_qualname}"
        self.name = code.co_qualname
        self.namespace = namespace
        self.in_use = False  # its recording is, by the thread that compiles it in the foreground: another one comes too late
        self.watched = False  # a function that is entered where the interpreter calls it
        self.movable = False  # its region is invalid because its globals are gone: it may serve others
        self.recording = Recording(code, offset)
        self.recording.rest()
        self._callees: list[Any] = []
        self.notes: dict[tuple[Any, int], set[str]] = {}  # the paths with weak references to the code
        self.versions = 0
        self.region: Any = None
        self.compiled: Any = None
        self.ops = 0
        self.moves = 0  # to other globals, where it had to be made anew
        self.moved = 0.0  # when it was last tried to move it as it is, and where to
        self.moved_to: Any = None  # weak reference
        self.tried_before = 0.0  # cycles that its regions that are gone saved, as trials told
        self.gain = 0.0  # saved for each second in machine code, as far as is certain
        self.speed: float | None = None  # as many times as fast as the interpreter, when last looked at
        self.logs: list[Any] = []  # recorded, until there are enough; with weak references
        self.hasten = False  # records what exits lead to at once: as it is, the region does not pay
        self.resting = False  # the region is set aside
        self.rests = 0
        self.closed = 0  # how often the interpreter was kept from entering the function,
        self.entered_since: Any = None  # and the region's pace when it was let in again
        self.call_speed: float | None = None  # the same, by a trial of this region's calls
        self.trying_calls = False
        self.speeds: list[float] = []  # the same, from each trial of this region
        self.ratios: list[float] = []  # from each of their windows
        self.doubts = 0  # trials lost in a row
        self.lost = 0  # times that it was compiled again for that
        self.trial_since: Pace | None = None  # the present region's when the trial under way began
        self.last_seconds = 0.0
        self.llvm_seconds = 0.0
        self.beside = 0.0  # of `last_seconds`, without the GIL
        self.elsewhere = 0.0  # in another process, besides
        self.unforeseen = ""  # why it cannot be made in a copy of the process
        self.quick = False  # compiled with the least effort
        self.settled = False  # worth LLVM's full effort from now on
        self.recorded_exits: set[int] = set()  # of the present region: what their recordings say is on its way
        self.loaded = 0.0  # when its region was
        self.use: Any = None  # of it, for `Room`
        self.is_evicted = False
        self.evictions = self.times_hot = 0
        self.entries_before = 0
        self.exits_before: dict[tuple[str, str, str], int] = {}
        self.seconds = dict.fromkeys(("recording", "building", "optimising", "lowering", "llvm", "machine"), 0.0)

    @property
    def instructions(self) -> float:
        """Of bytecode, in one iteration; about."""
        total = sum([observation.count for context in self.recording.contexts() for observation in context.observations.values()])
        return total / max(1, self.recording.passes)

    @property
    def code(self) -> Any:
        """None when it is dead."""
        return self._code()

    @property
    def namespace(self) -> Any:
        """Its globals; None when they are gone."""
        return self._namespace()

    @namespace.setter
    def namespace(self, namespace: dict[str, Any]) -> None:
        self._namespace = _runtime.loosen(namespace)
        self.globals_id = id(namespace)

    @property
    def callees(self) -> list[FunctionType]:
        """Those that the present region calls, to be compiled as a whole."""
        return [function for known in self._callees if (function := known()) is not None]

    @callees.setter
    def callees(self, functions: list[FunctionType]) -> None:
        self._callees = _runtime.loosen(functions)

    def noted(self) -> dict[tuple[Path, int], set[str]]:
        """The notes, for the builder."""
        found = {}
        for (path, offset), notes in list(self.notes.items()):
            with suppress(ReferenceError):
                found[_runtime.tighten(path), offset] = notes
        return found


def replaces_settled(unit: Unit, units: Iterable[Unit]) -> bool:
    """Whether what the unit's region will do is partly done by one that was worth LLVM's full effort."""
    codes = {id(code) for code in unit.recording.codes()}
    return any([other is not unit and other.settled and not other.quick and other.region is not None and id(other.code) in codes
                for other in units])


def line_of(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno


class Draft:
    """A region that is not in memory yet, wherever it was made."""

    def __init__(self, image: Image, dependencies: list[tuple[Any, ...]], callees: list[FunctionType], ops: int) -> None:
        self.image = image
        self.dependencies = dependencies
        self.callees = callees
        self.ops = ops
        self.seconds: dict[str, float] = {}
        self.dumps: list[tuple[str, str]] = []
        self.beside = 0.0  # seconds of processor time that it took without the GIL
        self.elsewhere = 0.0  # that it took in another process


def compile_unit(unit: Unit, services: LiveServices, config: Any, checkpoint: Callable[[], None] | None = None, quick: bool = False,
                 copies: Copies | None = None) -> Any:
    """Builds, optimises and compiles a region; gives the `_runtime.Region`, not installed yet. Raises GiveUp. In the compile thread,
    which has a `checkpoint`, the program runs meanwhile: the region is invalid from the beginning when something that it relies on changed.
    """
    try:
        return _compile_unit(unit, services, config, checkpoint, quick, copies)
    finally:
        services.spent.append(services.watched)
        services.watched = []


def _compile_unit(unit: Unit, services: LiveServices, config: Any, checkpoint: Callable[[], None] | None, quick: bool,
                  copies: Copies | None) -> Any:
    require_intact()
    namespace = unit.namespace  # the unit may be moved to another one meanwhile
    if namespace is None or unit.code is None:
        raise GiveUp("invalidated", "it is gone")
    services.spent += [namespace, unit.code, unit.recording.things()]
    if checkpoint is not None:
        checkpoint()
    if copies is not None and may_be_made_in_copy(unit, copies):
        if not (is_loaded() or may_load()):
            raise NotLoaded
        try:
            return compile_in_copy(unit, namespace, services, config, quick, copies)
        except Unforeseen as error:
            if not copies.ended:
                unit.unforeseen = str(error)
        finally:
            assert checkpoint is not None
            checkpoint()
    if not is_loaded():
        raise NotLoaded
    from .draft import make_draft

    require_memory()
    stand_in = watch_recorded(unit.recording)  # in the foreground, too: other threads run while LLVM works
    services.stand_in, services.watched = stand_in, []

    def check() -> None:
        assert checkpoint is not None
        checkpoint()
        require_intact()
        still_true(services, stand_in)

    often = partial(_runtime.call_hidden, check) if checkpoint is not None else None
    draft = make_draft(unit, namespace, services, config, quick, often, belongs_to(namespace))
    machine = finish(unit, draft, namespace, services.watched, config, services)
    services.stand_in = None
    if not stand_in.valid:
        machine.invalidate()
    return machine


def may_be_made_in_copy(unit: Unit, copies: Copies) -> bool:
    return not unit.unforeseen and copies.possible()


def compile_in_copy(unit: Unit, namespace: dict[str, Any], services: LiveServices, config: Any, quick: bool, copies: Copies) -> Any:
    """The same in a copy of the process."""
    presumed = Presumed(unit, namespace, services)
    services.spent += [presumed.kept, presumed.namespaces]
    services.stand_in = None

    def work() -> bytes:
        try:
            from .draft import make_draft, make_ready

            make_ready()
        except Exception as error:
            raise Unforeseen(f"{type(error).__name__}: {error}") from None
        own, moves = mover(presumed), belongs_to(namespace)
        try:
            return encode(make_draft(unit, namespace, services, config, quick, None, lambda value: own(value) or moves(value)), own)
        except GiveUp as error:
            return marshal.dumps(("give up", error.key, "" if error.detail is None else str(error.detail)))

    message = copies.run(work, BUSY_IF_LOADED if is_loaded() else BUSY)
    if message is None:
        raise NotLoaded
    require_intact()
    draft = decode(message, presumed, services)
    watched = [(key[1], key[2], key[1].get(key[2], MISSING)) for key in draft.dependencies if key[0] == "dict"]
    services.spent.append(watched)
    machine = finish(unit, draft, namespace, watched, config, services)
    if not (presumed.things.valid and (presumed.variables.valid or not services.compare(watched, often=True))):
        machine.invalidate()
    return machine


def finish(unit: Unit, draft: Draft, namespace: dict[str, Any], watched: list[tuple[dict[str, Any], str, Any]], config: Any,
           services: LiveServices) -> Any:
    """Puts the code into memory and has it become invalid when something changes that it relies on."""
    for title, text in draft.dumps:
        dump(config, f"{unit.where}: {title}", text)
    services.spent.append(draft.image.consts)
    machine = to_memory(unit, draft.image, namespace, draft.dependencies, watched, services, draft.callees)
    for name, seconds in draft.seconds.items():
        unit.seconds[name] += seconds
    unit.ops = draft.ops
    unit.llvm_seconds = sum([value for key, value in draft.image.seconds.items() if key not in ("lower", "beside")])
    unit.beside, unit.elsewhere = draft.beside, draft.elsewhere
    unit.seconds["llvm"] += unit.llvm_seconds
    if draft.elsewhere:
        unit.llvm_seconds = min(unit.llvm_seconds, draft.elsewhere)  # it had to wait for a processor
    unit.callees = draft.callees
    return machine


def move_unit(unit: Unit, namespace: dict[str, Any], services: LiveServices) -> Any:
    """The unit's region for another namespace; from now on that is the unit's. Raises Different."""
    movable = unit.compiled.movable
    if movable is None:
        raise Different
    image, dependencies, watched, callees = movable.rebind(unit.compiled.image, namespace)
    try:
        machine = to_memory(unit, image, namespace, dependencies, watched, services, callees)
    except (ReferenceError, GiveUp):
        raise Different from None
    if not movable.elsewhere.valid or any([where.get(name, MISSING) is not value for where, name, value in watched]):
        machine.invalidate()
        raise Different
    unit.namespace, unit.callees = namespace, callees
    return machine


def to_memory(unit: Unit, image: Image, namespace: dict[str, Any], dependencies: list[tuple[Any, ...]],
              watched: list[tuple[dict[str, Any], str, Any]], services: LiveServices, callees: list[FunctionType]) -> Any:
    consts = image.consts
    image.consts = []  # the region has them
    codes: list[CodeType] = _runtime.tighten(unit.recording.codes())
    lives = Lives(namespace, services.is_volatile)
    lives.see(watched, dependencies, codes)
    compiled = services.load(unit, image, consts)
    machine = _runtime.Region(compiled.address, compiled.blob, tuple(consts), compiled.buf_size, compiled.inline_depth,
                              code=compiled.linked)
    compiled.linked = None  # the region has it, while it can run
    for dependency in dependencies:
        watch(dependency, machine)
    for where, name, _ in lives.more:
        _runtime.watch_dict(where, name, machine)
    if has_names(unit):
        _runtime.watch_namespace(namespace, machine)
    namespaces = {id(function.__globals__) for function in consts if type(function) is FunctionType}
    namespaces.update([id(dependency[1]) for dependency in dependencies if dependency[0] == "dict"])
    if machine.valid:  # a class that was changed too often cannot be watched
        machine.borrow(lives.ways(consts, namespaces), namespace, tuple([code for code in codes if code is not unit.code]))
    variables = watched + lives.more
    compiled.variables = [(_runtime.loosen(where), name) for where, name, _ in variables]
    compiled.values = [id(value) for _, _, value in variables]
    with suppress(Different):
        compiled.movable = Movable(namespace, consts, watched, dependencies, callees)
    for exit in image.exits:
        exit.path = _runtime.loosen(exit.path)
    machine.data = compiled
    machine.called = unit.kind == "function"
    machine.entered = machine.called and (unit.watched or recurses(unit.recording))
    if any([where.get(name, MISSING) is not value for where, name, value in lives.more]):
        machine.invalidate()
    return machine


def has_names(unit: Unit) -> bool:
    """Whether the region has variables of its namespace in registers."""
    normal = normalise(unit.code)
    loop = normal.loops.get(unit.offset) if unit.kind == "loop" else None
    return loop is not None and bool(changing_names(normal, loop))


#: instructions of bytecode that a recursive function executes, without those of its callees, for entering it to pay
WORTH_ENTERING = 40


def recurses(recording: Recording) -> bool:
    """Whether the function calls itself, and each call does enough."""
    executed = sum([observation.count for observation in recording.root.observations.values()])
    return recording.is_recursive() and executed >= WORTH_ENTERING * max(1, recording.passes)


def still_true(services: LiveServices, stand_in: Any) -> None:
    """Raises GiveUp when what the region relies on has changed: there is no use in going on."""
    if services.compare(services.watched, often=True) or (stand_in is not None and not stand_in.valid):
        raise GiveUp("invalidated", "while it was compiled")


def watch_recorded(recording: Recording) -> Any:
    """A region of no code that becomes invalid when a class or function changes that was recorded."""
    region = stand_in()
    for thing in recording.things():
        if is_a(thing, type):
            if flags(thing) & HEAP_TYPE:
                _runtime.watch_type(thing, region)
        elif type(thing) is FunctionType:
            _runtime.watch_function(thing, region)
    return region


def dump(config: Any, title: str, text: str) -> None:
    out = open(config.log, "a") if config.log else sys.stderr
    print(f"--- {title}", text, sep="\n", file=out)
    if config.log:
        out.close()


__all__ = ["Draft", "NotLoaded", "Unit", "compile_unit", "dump", "line_of", "may_be_made_in_copy", "move_unit"]
