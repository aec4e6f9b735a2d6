"""TABLE of the numbers that the decisions rest on (`decisions.py`, `judging.py`; docs/regions.md, "When compiling pays")."""

from __future__ import annotations

CYCLES = 2.5e9  # about so many make a second
#: a region compiled quickly is compiled well once it has run for this many times what LLVM took for it, and for these seconds
SETTLED = 3
LEAST = 0.002

#: instructions of bytecode that an entry must do to save more than entering and leaving cost
WORTH = 60
ENOUGH = 64  # measurements of a pace
FEW = 4  # back edges taken in the code
LONG = 50  # back edges in an entry
CALLBACK = 200  # cycles that counting a back edge costs in the interpreter, at the most
INTERPRETED = 5  # cycles that an instruction of bytecode takes there, at the least
#: recordings of a loop before it is first compiled: one takes in few of the ways that there are through it
SAMPLES = 2
SAMPLE = 4000  # instructions in a recording that is enough by itself: going through them takes some 2 us for each
CALL_SAMPLES = 6  # of a function
WINDOWS = 12  # of a trial
FEWEST = 4  # of them that must have been measured
NUDGE, SELDOM = 0.003, 0.2  # seconds from one nudge to the next, so many in a trial
NUDGES = 100
ENTERED_OFTEN = 8  # times from one nudge to the next
#: A trial's windows with those before it, as many as this at the most, tell that a region is faster than the interpreter, or slower, if
#: their median is by so many standard deviations; where the difference is so small that as many have not told, the median decides.
REMEMBERED = 96
SIGMAS = 2
GAINS = 1.0
SPEEDS = 8  # trials whose median says what a region has saved
CLEARLY = 0.75  # one trial is enough
DOUBTS = 2  # trials in a row that a region must lose: another thread, or the compiler's, may have made one of them meaningless
PAYS = 1.08  # times as fast as the interpreter: else its exits are recorded at once, or, where no windows were measured, it loses
#: cycles that entering and leaving a region takes, at the most; a part of the whole that is next to nothing
ENTERING = 1000
SLIGHT = 0.005
REST = 0.5  # seconds, times 4 each time, for which a loop's region that loses is set aside
MAX_RESTS = 6
OFTEN = 0.1  # of its entries
AGAIN = 0.02  # seconds in the region after which that is looked at again
#: as fast as the interpreter at the most, when that was last measured: set aside without a trial. Waiting for a processor counts, too.
LOSES = 0.5
#: quick code that is this many times as fast as the interpreter is compiled well rather than set aside, once it has run for long enough
NEARLY = 0.85

#: seconds, times 4 for each failure of a place, until it is tried again
NAP = 0.05
PATIENT = 10  # naps, each twice as long, for a moment in which the compiler can be imported
#: Compiling in the background pays when what it would have saved so far is about what it costs ("ski rental"). A loop is recorded once it
#: has taken so many seconds in the interpreter, or so many rounds; a region is compiled again once an exit has cost this part of what
#: compiling took last.
WARM = 0.01
WARM_ROUNDS = 4000
EXIT_COST = 2e-6
AT_STAKE = 0.3

#: An enclosing loop is compiled instead of the one that got hot if it goes round within so many cycles, and begins within so many seconds.
OUTER = 150_000
PATIENCE = 0.5
SAMPLED = 5_000_000  # cycles between two recordings of a slow loop

#: times that a region is made anew because its code runs with other globals, and seconds between two moves of one that serves there, too
MAX_MOVES = 100
BETWEEN_MOVES = 0.02
MOVED_AGAIN = 3  # times that a region is made while its code moves

#: times that a function is compiled that keeps being left before its end, or a loop that keeps losing its trials
CHANCES = 3
#: windows of a trial of a function, and how much faster its calls have to be
CALL_WINDOWS = 16
CALLS_PAY = 1.03
#: as fast as the interpreter's calls: tried again when it was entered not twice, but so many times as often
SURELY = 1.2
SELDOM_AGAIN = 8
#: cycles that entering a recursive function from the interpreter has to be good for
WORTH_ENTERING = 20_000
SOON = 256  # entries after which one that was let in again is looked at
#: seconds that an instruction of bytecode takes in compiled code; about
INSTRUCTION = 5e-9

SLOWER = "slower than the interpreter"
