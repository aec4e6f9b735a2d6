"""The policy of the running process: what becomes of hot places.

    hot ─▶ record ─▶ compile ─▶ install ─▶ hot exit ─▶ record from there ─▶ compile again ...

Everything here is called by the C runtime inside monitoring callbacks, in the program's own threads. No exception may leave it: a failure
of the compiler is a reason to give a place up. No function is made here, as a generator expression is one: where there is no memory for it,
CPython 3.12 and 3.13 release what they do not own.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from .. import _runtime
from ..bytecode import forget as forget_cached_code
from ..bytecode import normalise
from ..config import say_not_loaded
from ..marks import never_codes
from ..reasons import OWN_ATTRIBUTE, GiveUp
from ..record import Limits, Place, Policy, Recording, may_be_compiled
from ..record.recording import revived
from .compile import NotLoaded, Path, Unit, compile_unit, dump, line_of, may_be_made_in_copy, move_unit, replaces_settled
from .figures import FINAL_REASONS, exit_key, saved_by_trials, saved_in_code, show_log, statistics
from .intact import intact, require_intact
from .judging import Judge
from .limits import TO_LOAD, require_memory
from .loading import OFTEN, Loader, is_loaded
from .numbers import (  # fmt: skip
    AT_STAKE,
    BETWEEN_MOVES,
    CALL_SAMPLES,
    CYCLES,
    EXIT_COST,
    LEAST,
    MAX_MOVES,
    MOVED_AGAIN,
    NAP,
    PATIENCE,
    PATIENT,
    SAMPLE,
    SAMPLED,
    SAMPLES,
    SETTLED,
    WARM,
    WARM_ROUNDS,
)
from .outward import Outward
from .rebind import Different
from .room import Room
from .services import LiveServices
from .worker import Job, Worker


class Manager:
    """One for the process, while Jitney is on."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.policy = Policy(never_codes, Limits(tries=config.max_attempts))
        self.room = Room(self)
        self.services = LiveServices(self.room)
        self.units: dict[tuple[int, int], Unit] = {}
        self.of_region: dict[int, Unit] = {}
        self.given_up: dict[tuple[str, ...], int] = {}  # by place, reason and detail
        self.stopped = False
        self.since = time.perf_counter()
        self.recordings = 0
        self.compilations = 0
        self.invalidated = 0
        self.saved_before = 0.0  # cycles, by regions that are gone: in their code
        self.tried_before = 0.0  # and by all of one unit, as its trials told
        self.recording_since = 0.0
        self.compiling = 0  # the thread that does in the foreground, where others would share what a compilation keeps
        self.recording_code = 0  # id: where recording begins, any code may be followed
        self.full = 16
        self.judge = Judge(self)
        self.outward = Outward(self)
        self.loader = Loader()
        background = config.background and config.threshold > 2
        self.worker = Worker(self.work, config.budget, self.saved, self.services.spent) if background else None

    # -- called by the runtime ----------------------------------------------------------------------------------------
    def on_hot(self, kind: str, code: CodeType, offset: int, namespace: Any) -> str:
        if not intact():
            return "later"
        try:
            if self.loader.wanted and not self.load_compiler():
                return "disable"
            return self.decide(kind, code, offset, namespace)
        except Exception as error:
            self.note_failure(code, offset, error)
            return "disable"

    def decide(self, kind: str, code: CodeType, offset: int, namespace: Any) -> str:
        if type(namespace) is not dict or (kind == "function" and not may_be_compiled(code)):
            return "disable"
        key = (id(code), offset)
        unit = self.unit_of(code, offset)
        if len(self.units) >= self.config.max_regions:
            return "disable"
        if unit is not None and unit.namespace is not namespace:
            self.services.inherit(unit.globals_id, namespace)
        if unit is not None and (unit.region is not None or unit.movable) and unit.namespace is not namespace and not unit.resting:
            if self.moved(unit, namespace):
                return "later"
            if unit.moves > MAX_MOVES:
                return "disable"
            moves = unit.moves + 1
            if unit.region is not None:
                self.retire(unit)
            self.policy.place(code, offset).compiled = False
            unit = self.units[key] = Unit(code, offset, kind, namespace)
            unit.moves = moves
        if unit is not None and unit.is_evicted and unit.namespace is namespace:
            return self.room.again(unit)
        if unit is not None and self.worker is not None and (unit.resting or self.worker.is_waiting(unit)):
            return "disable"  # counting costs, too: until it is installed, or failed
        place = self.policy.place(code, offset)
        if offset and not place.watched:
            place.watched = True
            self.outward.watch(code)
        if self.worker is not None and unit is None and (offset or place.watched):
            if offset and not self.is_warm(code, offset):
                return "later"
            if self.outward.prefers_outer(code, offset):
                self.worker.after(PATIENCE / 2, partial(self.rouse, place))
                return "disable"  # counting costs, too
        answer = self.policy.ask(code, offset)
        if answer == "later" and self.worker is not None:
            return "disable"  # until `rouse`
        if answer == "record":
            if unit is None or unit.namespace is not namespace:
                unit = self.units[key] = Unit(code, offset, kind, namespace)
                unit.watched = place.watched and not offset
            self.recordings += 1
            self.recording_since = time.perf_counter()
            self.recording_code = id(code)
        self.log(f"hot {kind} {code.co_qualname}:{offset} -> {answer}")
        return str(answer)

    def unit_of(self, code: CodeType, offset: int) -> Unit | None:
        """The unit of the place. Those of code that is dead are forgotten."""
        found = self.units.get((id(code), offset))
        if found is not None and found.code is code:
            return found
        if found is not None or len(self.units) >= min(self.full, self.config.max_regions):
            for key, unit in list(self.units.items()):
                if unit.code is None:
                    del self.units[key]
                    if unit.region is not None:
                        self.of_region.pop(id(unit.region), None)
            self.full = len(self.units) * 3 // 2 + 16
        return None

    def moved(self, unit: Unit, namespace: dict[str, Any]) -> bool:
        """The same code runs with other globals now, as when a script is executed again: whether its region serves there, too."""
        now = time.perf_counter()
        if now - unit.moved < BETWEEN_MOVES:
            return unit.moved_to is not _runtime.loosen(namespace)  # two namespaces in turn: one of them has to wait
        unit.moved, unit.moved_to = now, _runtime.loosen(namespace)
        before = unit.region
        try:
            region = move_unit(unit, namespace, self.services)
        except Different:
            return False
        callees = unit.callees
        if before is not None:
            if before.entries < before.look_at < before.entries * 4:
                region.look_at = max(region.look_at, before.look_at - before.entries)
            if before.ask_cycles:
                region.ask_cycles = max(1, before.ask_cycles - before.cycles)
            self.retire(unit)
        unit.movable = False
        self.put_in_place(unit, region)
        self.log(f"moved {unit.where} to other globals")
        for function in callees:
            self.want_callee(unit, function)
        return True

    def put_in_place(self, unit: Unit, region: Any) -> None:
        unit.compiled = region.data
        unit.region = region
        unit.trial_since = None  # a trial under way was another region's
        self.of_region[id(region)] = unit
        if _runtime.install(unit.code, unit.offset, region) and (unit.offset or region.entered):
            self.restart(unit.code)

    def nap(self, place: Place) -> None:
        """After a failure the place's back edges are not even counted for a while."""
        if place.given_up:
            return
        again = self.rouse if place.offset else self.retry
        if self.worker is not None:
            self.worker.after(NAP * 4.0**place.failures, partial(again, place))
        elif not place.offset:
            self.retry(place)

    def retry(self, place: Place) -> None:
        """Compiles a function again whose region is gone."""
        code = place.code
        unit = None if code is None else self.unit_of(code, place.offset)
        if unit is None or unit.region is not None or self.stopped:
            return
        if self.worker is not None:
            self.begin_callee(unit)
        else:  # the program's own thread, in the middle of a call
            self.compile_here(self.begin_callee, unit)

    def compile_here(self, work: Callable[..., object], *arguments: Any) -> bool:
        """Does what compiles in the program's own thread. False: another thread does, and this was not done."""
        me = _thread.get_ident()
        if self.compiling == me:
            work(*arguments)
            return True
        if self.compiling:
            return False
        self.compiling = me
        try:
            _runtime.begin_hiding()
            work(*arguments)
            _runtime.end_hiding()
            self.services.spent.clear()
        finally:
            self.compiling = 0
        return True

    def begin_callee(self, unit: Unit) -> None:
        if self.worker is not None:
            self.worker.put(unit)
        else:
            self.work(Job(unit))

    def want_callee(self, caller: Unit, function: FunctionType) -> None:
        """A function that the caller's region calls gets a region of its own, of what was recorded there."""
        code, namespace = function.__code__, function.__globals__
        key = id(code), 0
        unit = self.unit_of(code, 0)
        moves = 0
        if unit is not None:
            moves = unit.moves + 1
            movable = unit.region is not None or unit.movable
            if unit.namespace is namespace or (movable and self.moved(unit, namespace)) or moves > MAX_MOVES:
                return
            if unit.region is not None:
                self.retire(unit)
        if len(self.units) >= self.config.max_regions or type(namespace) is not dict or self.policy.place(code, 0).given_up:
            return
        unit = self.units[key] = Unit(code, 0, "function", namespace)
        unit.moves = moves
        was_resting = caller.recording.resting
        if caller.recording.wake():
            unit.recording = Recording.of_callee(code, [context for context in caller.recording.contexts() if context.code is code])
            unit.recording.rest()
            if was_resting:
                caller.recording.rest()
            self.begin_callee(unit)

    def restart(self, code: CodeType | None) -> None:
        """Has the events of code come again where they were disabled."""
        if not self.stopped and code is not None:
            _runtime.restart_events(code)

    def rouse(self, place: Place) -> None:
        place.skip = 0
        code = place.code
        if not self.stopped and code is not None and _runtime.rouse(code, place.offset):
            self.restart(code)

    def is_warm(self, code: CodeType, offset: int) -> bool:
        """Whether the loop has taken a while already, as far as that is known."""
        time, rounds, median = _runtime.pace(code, offset)
        time = min(time, 3 * median * rounds)  # between two runs of a short loop other code runs
        return not self.config.threshold * 0.8 <= rounds < WARM_ROUNDS or time > WARM * CYCLES

    def accept_code(self, code: CodeType) -> bytes | None:
        if not intact():
            return None
        try:
            if id(code) != self.recording_code and not self.policy.accept(code):
                return None
            return normalise(code).depths
        except Exception:
            return None

    def on_recorded(self, code: CodeType, offset: int, log: list[Any], why: str, exit: Any = None) -> None:
        if self.worker is not None:
            self.note_recorded(code, offset, log, why, exit)
        else:  # where another thread compiles, this place will be recorded again
            self.compile_here(self.note_recorded, code, offset, log, why, exit)

    def note_recorded(self, code: CodeType, offset: int, log: list[Any], why: str, exit: Any) -> None:
        try:
            self.recorded(code, offset, log, why, exit)
        except GiveUp as error:
            self.give_up(code, offset, error)
        except ReferenceError:
            self.give_up(code, offset, GiveUp("invalidated", "something of it is gone"))
        except Exception as error:
            self.note_failure(code, offset, error)

    def recorded(self, code: CodeType, offset: int, log: list[Any], why: str, exit: Any) -> None:
        require_intact()
        self.recording_code = 0
        spent = time.perf_counter() - self.recording_since
        path: Path = ()
        found = self.unit_of(code, offset) if exit is None else self.of_region.get(id(exit[0]))
        if found is None:
            return
        unit = found
        if exit is not None:
            region, number = exit
            path = region.data.exits[number].path  # with weak references
            unit.recorded_exits.add(number)
        if "b" in self.config.dump:
            dump(self.config, f"recorded {unit.where}{f' from exit {exit[1]}' if exit else ''} ({why})", show_log(revived(log)))
        unit.seconds["recording"] += spent
        if self.worker is not None:
            self.worker.spent += spent
            unit.logs.append((log, path, exit is not None, why))
            samples = SAMPLES if offset else CALL_SAMPLES
            if not unit.versions and len(unit.logs) < samples and sum([len(known[0]) for known in unit.logs]) < SAMPLE:
                _runtime.hasten(code, offset, int(SAMPLED / (1 + _runtime.pace(code, offset)[2])) + 1)
                return
            self.worker.put(unit, unit.logs)
            unit.logs = []
            if unit.hasten and unit.lost and unit.region is not None:
                self.retire(unit)  # it loses: until it is compiled with this
        elif not unit.in_use:
            unit.in_use = True
            try:
                unit.recording.wake()
                self.digest(unit, log, _runtime.tighten(path), exit is not None, why)
                self.compile(unit)
            finally:
                unit.recording.rest()
                unit.in_use = False

    def digest(self, unit: Unit, log: list[Any], path: Path, from_exit: bool, why: str) -> None:
        unit.recording.add(log, path, len(path))  # the log's depths count from the outermost frame
        if not from_exit and not unit.recording.passes and why != "closed":
            raise GiveUp("left_early" if why == "left" else "too_long" if why == "too long" else "recorder", why)

    def work(self, job: Job) -> None:
        """In the compile thread."""
        unit = job.unit
        code = unit.code
        if code is None or unit.in_use or not unit.recording.wake():
            return
        unit.in_use = True
        failed: GiveUp | None = None
        try:
            while job.logs:
                try:
                    log, path, from_exit, why = job.logs.pop(0)
                    self.digest(unit, log, _runtime.tighten(path), from_exit, why)
                except GiveUp as error:
                    failed = error
                except ReferenceError:  # something of it is gone
                    failed = failed or GiveUp("invalidated", "while it was recorded")
            if failed is not None and not unit.recording.passes:
                raise failed
            self.compile(unit)
        except NotLoaded:
            try:
                self.wait_for_compiler(job)
            except GiveUp as error:
                self.give_up(code, unit.offset, error)
        except GiveUp as error:
            self.give_up(code, unit.offset, error)
        except ReferenceError:
            self.give_up(code, unit.offset, GiveUp("invalidated", "something of it is gone"))
        except Exception as error:  # noqa: BLE001
            self.note_failure(code, unit.offset, error)
        finally:
            failed = None  # its traceback refers to this frame
            unit.recording.rest()
            unit.in_use = False
            if self.worker is None:
                self.services.spent.clear()

    def wait_for_compiler(self, job: Job) -> None:
        """It is to be loaded here; or no copy can be made just now. Raises GiveUp when that has lasted for long."""
        assert self.worker is not None
        unit = job.unit
        if not may_be_made_in_copy(unit, self.worker.copies) or job.waited > PATIENT / 2:
            self.want_compiler(unit)
        if job.waited > PATIENT:
            require_memory(TO_LOAD)
            raise GiveUp("builtins")
        self.worker.postpone(job, NAP * 2.0**job.waited)
        job.waited += 1

    def load_compiler(self) -> bool:
        """If this is the moment. False: it cannot be."""
        try:
            self.loader.look(sys._getframe())
        except Exception as error:  # noqa: BLE001
            if self.compilations:  # copies can do so
                self.loader.put_off()
                return True
            say_not_loaded(error)
            _runtime.configure(on_hot=None)
            if self.worker is not None:
                self.worker.stop()
            return False
        return True

    def want_compiler(self, unit: Unit) -> None:
        """Has the compiler loaded by the thread that next finds a place hot: this one is to be counted for that."""
        if not is_loaded():
            self.loader.wanted = True
            self.rouse(self.policy.place(unit.code, unit.offset))

    def compile(self, unit: Unit) -> None:
        checkpoint = None
        if self.worker is not None:
            checkpoint = self.worker.checkpoint
        elif unit.region is not None:
            self.retire(unit)
        unit.settled = unit.settled or replaces_settled(unit, list(self.units.values()))
        quick = self.worker is not None and not unit.settled
        copies = self.worker.copies if self.worker is not None else None
        for _ in range(MOVED_AGAIN):
            namespace = unit.namespace
            region = compile_unit(unit, self.services, self.config, checkpoint, quick, copies)
            if unit.namespace is namespace:
                break
            region.invalidate()  # it was made for other globals than the code runs with now
        else:
            raise GiveUp("invalidated", "while it was compiled")
        if self.stopped:
            return  # turned off meanwhile
        if not region.valid:
            self.services.compare_former(region.data.variables, region.data.values)
            raise GiveUp("invalidated", "while it was compiled")
        if unit.region is not None:
            self.retire(unit)
        unit.resting = unit.hasten = unit.movable = False
        unit.doubts = 0
        unit.speeds.clear()
        unit.ratios = []
        unit.call_speed = unit.entered_since = None
        unit.trying_calls = False
        unit.versions += 1
        unit.recorded_exits.clear()
        unit.quick = quick
        if self.worker is not None:
            region.ask_cycles = int(CYCLES * SETTLED * max(LEAST, unit.llvm_seconds))
            self.worker.look_at(region, self.on_region)
        self.compilations += 1
        if copies is not None and copies.made >= OFTEN:
            self.want_compiler(unit)
        self.policy.succeeded(unit.code, unit.offset)
        self.put_in_place(unit, region)
        self.judge.nudge(unit, None)
        self.log(f"compiled {unit.where}: {unit.ops} ops, version {unit.versions}{', quick' if quick else ''}, "
                 f"{unit.llvm_seconds * 1e3:.0f} ms in LLVM, {unit.elsewhere * 1e3:.0f} ms in a copy{unit.unforeseen and ', not: '}"
                 f"{unit.unforeseen}")
        for function in unit.callees:
            self.want_callee(unit, function)

    def on_region(self, region: Any, what: str) -> None:
        try:
            unit = self.of_region.get(id(region))
            if unit is None or unit.region is not region or unit.code is None:
                return
            self.judge.look(unit, what)
        except Exception as error:  # noqa: BLE001
            self.log(f"decision failed: {error!r}")

    def saved(self) -> float:
        """Seconds that compiled code has saved so far; about, and negative where it lost some. Trials time what lies between two entries,
        in which the other regions are, too: only the unit that saved most counts of those."""
        units = list(self.of_region.values())
        tried = [unit.tried_before + saved_by_trials(unit) for unit in units if unit.speed is not None]
        cycles: float = self.saved_before + sum([saved_in_code(unit) for unit in units]) + max([self.tried_before, *tried])
        return cycles / CYCLES

    def drop(self, unit: Unit, reason: str, detail: str) -> None:
        """Compiled code that does not pay is taken away; the place is tried again later, and less and less."""
        self.retire(unit)
        self.nap(self.policy.invalidated(unit.code, unit.offset, reason, detail))
        self.count_given_up(unit.where, reason, detail)

    def retire(self, unit: Unit) -> None:
        """The unit's region is replaced: keep its figures."""
        saved, tried = saved_in_code(unit), saved_by_trials(unit)
        region, unit.region = unit.region, None
        if region is None:
            return  # another thread has just done it
        self.saved_before += saved
        unit.tried_before += tried
        self.tried_before = max(self.tried_before, unit.tried_before)
        unit.entries_before += region.entries
        for number, count in region.guards.items():
            guard = region.data.guards[number]
            key = exit_key(guard)
            unit.exits_before[key] = unit.exits_before.get(key, 0) + count
        self.of_region.pop(id(region), None)
        if unit.code is not None:
            _runtime.uninstall(unit.code, unit.offset)
        region.invalidate()

    def on_hot_exit(self, region: Any, number: int) -> bool | None:
        if not intact():
            return None
        try:
            if self.loader.wanted and not self.load_compiler():
                return False
            return self.decide_exit(region, number)
        except Exception as error:
            self.log(f"exit decision failed: {error!r}")
            return False

    def decide_exit(self, region: Any, number: int) -> bool | None:
        """Whether to record from there; None: not now."""
        unit = self.of_region.get(id(region))
        if unit is None or unit.region is not region:
            return False
        if number in unit.recorded_exits:
            if self.worker is not None:
                self.worker.is_waiting(unit)
            return None
        cost = max(region.exits[number] * EXIT_COST, region.after[number] / CYCLES / 2)
        if self.worker is not None and not unit.hasten and cost < AT_STAKE * unit.last_seconds:
            return None
        place = region.data.exits[number]
        guards = [region.data.guards[guard] for guard in region.guards if region.data.guards[guard].exit == number]
        if any([guard.reason in FINAL_REASONS for guard in guards]) or place.kind:
            return False
        if unit.versions > self.config.max_rebuilds:
            return False
        notes = unit.notes.setdefault((place.path, place.offset), set())
        interesting = False
        for guard in guards:
            self.log(f"hot exit {number} of {unit.where}: {guard}")
            if guard.op.startswith("unsupported") or guard.reason.startswith("unsupported"):
                continue
            interesting = True
            if guard.op.endswith("_ovf"):
                notes.add("overflow")
            elif guard.op in ("guard_inline_values", "attr_get", "slot_get", "attr_swap", "slot_swap",
                              "attr_set_float", "slot_set_float", "int_value"):
                notes.add(guard.op)
            elif guard.op == "drop":
                notes.add("drop")
            elif guard.op == "call":
                notes.add("missing")
            elif guard.reason == OWN_ATTRIBUTE:
                notes.add("missing")
            elif guard.reason == "range step":
                notes.add("range step")
            elif guard.op in ("poll", "check_valid"):
                interesting = False
        if interesting:
            self.recordings += 1
            self.recording_since = time.perf_counter()
            self.recording_code = id(unit.code)
        return interesting

    def on_invalidated(self, region: Any) -> None:
        unit = self.of_region.pop(id(region), None)
        if unit is None or unit.region is not region:
            return
        self.invalidated += 1
        self.log(f"invalidated {unit.where}")
        unit.entries_before += region.entries
        unit.region = None
        if unit.namespace is None:
            unit.movable = True  # the code may run with others
            return
        self.services.compare_former(region.data.variables, region.data.values)
        self.nap(self.policy.invalidated(unit.code, unit.offset))

    def stop(self) -> dict[str, Any]:
        """For good: lets go of all that is the program's. Gives the statistics."""
        self.stopped = True
        if self.worker is not None:
            self.worker.stop()
        figures = self.statistics()
        for unit in list(self.units.values()):
            if unit.region is not None:
                self.retire(unit)
        self.units.clear()
        self.of_region.clear()
        self.services.forget()
        self.policy = Policy(never_codes)
        self.recording_code = 0
        _runtime.forget_codes()
        forget_cached_code()
        return figures

    # -- bookkeeping --------------------------------------------------------------------------------------------------
    def give_up(self, code: CodeType, offset: int, error: GiveUp) -> None:
        reason, detail = error.key, "" if error.detail is None else str(error.detail)
        self.count_given_up(f"{code.co_filename}:{line_of(code, offset)} {code.co_qualname}", str(reason), detail)
        self.nap(self.policy.failed(code, offset, str(reason), detail))

    def count_given_up(self, *key: str) -> None:
        self.given_up[key] = self.given_up.get(key, 0) + 1
        self.log(f"given up {key}")

    def note_failure(self, code: CodeType, offset: int, error: Exception) -> None:
        if self.config.check:
            sys.__excepthook__(type(error), error, error.__traceback__)  # `traceback` may be just being imported
        self.give_up(code, offset, GiveUp("compile_error", f"{type(error).__name__}: {error}"))

    def log(self, text: str) -> None:
        if "d" in self.config.dump:
            dump(self.config, f"decision at {time.perf_counter() - self.since:.3f} s", text)

    def statistics(self) -> dict[str, Any]:
        return statistics(self)
