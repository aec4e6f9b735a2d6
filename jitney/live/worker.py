"""The compile thread: takes one job at a time, hottest first, within a budget of processor time.

It is a bare thread that no hook of `threading` sees, with every tool's events muted and automatic garbage collection paused while it runs
Python code, so that none of the program's code ever runs in it. Machine code is installed under the GIL. The thread is ended before a fork
and at the end of the process, after the stage of compilation that it is in.
"""

from __future__ import annotations

import _thread
import atexit
import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .. import _runtime
from .intact import intact
from .limits import processors
from .remote import Copies

if TYPE_CHECKING:
    from .compile import Unit

#: seconds of processor time that the compiler may take beside its share of the time the process has run since, and of what it saved; and
#: the part of that time which it takes of them at the most: a program may be over soon
ALLOWANCE = 0.15
EARLY = 0.25
OF_SAVED = 0.5
#: after so many seconds the share is so much of what it was: what has not paid by then is not likely to
LATER = ((3.0, 0.4), (10.0, 0.1))
#: the part of the time without the GIL that is not counted where there are more processors: the program goes on beside it
FREE = 0.75 if processors() > 1 else 0.0
#: what a second of processor time in another process counts: it is of low priority there, and there are more processors; but two of them
#: are often two threads of one
ELSEWHERE = 0.15 / max(2, processors())
#: a region is compiled again only after this many times what compiling it took last: exits found meanwhile are compiled with it
PAUSE = 0.5
#: seconds that the thread sleeps when there is nothing to do, at least and at the most
IDLE = 0.02
LONGEST = 0.5
#: seconds between two looks at the budget
CHECK = 0.001
#: when a running region is looked at that may have been entered for good, seconds after it was installed
LOOKS = (0.1, 0.4, 1.6)


class Job:
    """What was recorded for a unit and is not compiled yet. `heat` counts the signs of life of the place meanwhile."""

    __slots__ = ("heat", "logs", "not_before", "unit", "waited")

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.logs: list[Any] = []
        self.heat = 0
        self.not_before = 0.0
        self.waited = 0  # times, for the compiler


class Halted(BaseException):
    """The thread is to end now; the job begins anew later."""


class Worker:
    """Runs `run(job)` in its thread for each unit something was put for; the thread lives while there are jobs."""

    def __init__(self, run: Callable[[Job], None], share: int, saved: Callable[[], float], spent: list[Any] | None = None) -> None:
        self.run = run
        self.spent_objects = [] if spent is None else spent
        self.saved = saved  # seconds that compiled code has saved so far
        self.share = share / 100
        self.jobs: dict[int, Job] = {}
        self.current: Job | None = None
        self.looks: list[tuple[float, Any, Callable[[Any, str], None]]] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.bell = _thread.allocate_lock()  # released to wake the thread
        self.bell.acquire()
        self.running = False
        self.native_id = 0
        self.copies = Copies()
        self.halting = False
        self.stopped = False
        self.since = time.perf_counter()
        self.spent = 0.0
        self.began = 0.0  # the present job, in the thread's time
        self.next_check = 0.0

    def put(self, unit: Unit, logs: Iterable[Any] = ()) -> None:
        """Has the unit compiled (again), with what else was recorded."""
        if self.stopped:
            return
        job = self.jobs.get(id(unit))
        if job is None:
            job = Job(unit)
            job.not_before = time.perf_counter() + PAUSE * unit.last_seconds
            self.jobs[id(unit)] = job
        job.logs += logs
        job.heat += 1
        self.ring()
        self.start()

    def postpone(self, job: Job, seconds: float) -> None:
        """Has the job that is being done begin anew later."""
        if not self.stopped:
            late = self.jobs.get(id(job.unit))
            if late is not None:
                job.logs += late.logs
            job.not_before = time.perf_counter() + seconds
            self.jobs[id(job.unit)] = job

    def is_waiting(self, unit: Unit) -> bool:
        """Whether something of the unit is still to be compiled, or being compiled."""
        job = self.jobs.get(id(unit))
        if job is not None:
            job.heat += 1
            self.start()
            return True
        return self.current is not None and self.current.unit is unit

    def look_at(self, region: Any, tell: Callable[[Any, str], None]) -> None:
        """Has `tell(region, "busy")` called when it is, though it may never be left."""
        now = time.perf_counter()
        self.looks += [(now + delay, region, tell) for delay in LOOKS]

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Has it called in the thread, some time later."""
        if not self.stopped:
            self.timers.append((time.perf_counter() + seconds, call))
            self.start()

    def look(self) -> None:
        now = time.perf_counter()
        for timer in [timer for timer in self.timers if timer[0] <= now]:
            self.timers.remove(timer)
            timer[1]()
        for look in [look for look in self.looks if look[0] <= now]:
            self.looks.remove(look)
            _, region, tell = look
            if region.valid and 0 < region.ask_cycles <= region.cycles:
                tell(region, "busy")

    def start(self) -> None:
        if not self.running and not self.halting and (self.jobs or self.timers):
            self.running = True
            watch_process(self)
            try:
                _thread.start_new_thread(self._thread, ())
            except RuntimeError:  # no thread to be had, or the interpreter is going down
                self.running = False

    def ring(self) -> None:
        """Wakes the thread."""
        if self.bell.locked():
            try:
                self.bell.release()
            except RuntimeError:  # it woke just now
                pass

    def halt(self) -> None:
        """Has the thread end as soon as may be, and waits for that."""
        self.halting = True
        if not self.running:
            return
        self.ring()
        while self.running:
            self.copies.end()
            time.sleep(0.0005)
        path = f"/proc/self/task/{self.native_id}"  # its last instructions, which need no GIL
        for _ in range(100):
            if not os.path.exists(path):
                break
            time.sleep(0.0005)

    def go_on(self) -> None:
        """Allows it again. It begins when next there is something to do: `os.fork` warns of threads that there are just after."""
        self.halting = self.stopped

    def stop(self) -> None:
        """For good; does not wait."""
        self.stopped = self.halting = True
        self.copies.end()
        self.jobs.clear()
        self.looks.clear()
        self.timers.clear()

    # -- in the thread ------------------------------------------------------------------------------------------------
    def checkpoint(self) -> None:
        """Between the stages of compilation, and often within them: calling it gives way to other threads."""
        now = time.perf_counter()
        if now < self.next_check and not self.halting:
            return
        self.next_check = now + CHECK
        while not self.halting and (seconds := self.overdrawn(time.thread_time() - self.began)):
            self.sleep(seconds)  # what is due meanwhile waits for the job to be done
        if self.halting:
            raise Halted

    def rest(self, overdrawn: float) -> None:
        """Sleeps until there is something to do."""
        now = time.perf_counter()
        moments = [timer[0] for timer in self.timers] + [look[0] for look in self.looks]
        moments += [now + overdrawn] if overdrawn else [job.not_before for job in list(self.jobs.values())]
        self.sleep(min([LONGEST, *[moment - now for moment in moments]]))

    def sleep(self, seconds: float) -> None:
        """Each time that this thread wakes up costs the program two changes of the GIL's owner."""
        _runtime.call_unquiet(self.bell.acquire, True, max(IDLE, min(LONGEST, seconds)))

    def overdrawn(self, more: float = 0.0) -> float:
        """Seconds until the budget allows to go on, if nothing is saved meanwhile; 0: it does now."""
        spent, elapsed = self.spent + more, time.perf_counter() - self.since
        if self.share and EARLY * elapsed < ALLOWANCE:
            early = EARLY + self.share
            return 0.0 if spent <= early * elapsed else min(spent / early, ALLOWANCE / EARLY) - elapsed
        share, allowance = self.share, ALLOWANCE
        for since, part in LATER:
            if elapsed > since:
                share, allowance = self.share * part, allowance + (share - self.share * part) * since
        if not self.share or spent <= allowance + share * elapsed or spent <= ALLOWANCE + OF_SAVED * min(self.saved(), elapsed):
            return 0.0
        return (spent - allowance) / share - elapsed

    def _thread(self) -> None:
        _runtime.mute_thread()
        try:
            self.native_id = _thread.get_native_id()
            while (self.jobs or self.looks or self.timers) and not self.halting:
                _runtime.quiet_collector(True)
                self.look()
                job = self._next()
                if job is None:
                    self.rest(self.overdrawn())
                else:
                    self._do(job)
                    job = None
                _runtime.quiet_collector(False)
        except BaseException:  # noqa: BLE001  (the interpreter is going down: there is nobody to tell)
            pass
        finally:
            _runtime.quiet_collector(False)
            self.running = False

    def _do(self, job: Job) -> None:
        self.began = time.thread_time()
        job.unit.beside = job.unit.elsewhere = 0.0
        _runtime.begin_hiding()
        try:
            self.run(job)
        except Halted:
            self.postpone(job, 0.0)
        finally:
            _runtime.end_hiding()
            _runtime.release(self.spent_objects)
            self.current = None
            unit = job.unit
            here = time.thread_time() - self.began
            if self.jobs.get(id(unit)) is not job:  # else it is still to be done
                unit.last_seconds = here + ELSEWHERE * unit.elsewhere
            self.spent += max(0.0, here - FREE * unit.beside) + ELSEWHERE * unit.elsewhere

    def _next(self) -> Job | None:
        now = time.perf_counter()
        if self.overdrawn() or not intact():
            return None
        ready = [job for job in list(self.jobs.values()) if job.not_before <= now]
        if not ready:
            return None
        job = max(ready, key=lambda job: job.heat)
        self.current = job
        del self.jobs[id(job.unit)]
        return job


_worker: Worker | None = None
_watching = False


def watch_process(worker: Worker) -> None:
    """The thread is ended before the process forks, so that a child never has half a compiler, and when it ends."""
    global _worker, _watching
    _worker = worker
    if not _watching:
        _watching = True
        os.register_at_fork(before=_halt, after_in_parent=_go_on, after_in_child=_in_child)
        atexit.register(_halt)


def _halt() -> None:
    if _worker is not None:
        _runtime.call_undisturbed(_worker.halt)


def _go_on() -> None:
    if _worker is not None:
        _runtime.call_undisturbed(_worker.go_on)


def _in_child() -> None:
    worker = _worker
    if worker is not None:
        places = [(job.unit.code, job.unit.offset) for job in worker.jobs.values() if job.unit.code is not None]
        worker.jobs = {key: job for key, job in worker.jobs.items() if job.unit.kind == "function"}
        worker.looks.clear()
        worker.go_on()
        for code, offset in places:  # what was to be compiled is counted anew
            if _runtime.rouse(code, offset):
                _runtime.restart_events(code)


__all__ = ["Halted", "Job", "Worker"]
