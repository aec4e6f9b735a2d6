"""The fuzzer: generates programs, compares what they do plainly and under Jitney, makes those that differ small and keeps them.

    python -m tests.fuzz --count 1000                    # or --seconds 600
    python -m tests.fuzz --first 4711 --count 1 --show    # one program again
    python -m tests.fuzz --settings hot,forced-3 found/*.py

Each program runs plainly and under one of the settings or --number (chosen by its seed), in a forked process that takes --batch of them, so
that one that crashes or hangs is known at once. Programs found are written to --out, with what differs in their first lines.

Differences that are known: which of two equal numbers above the small ints `is` the other, asked by other code than the loop that
carried them (no program asks). A function or class that a global variable names and a function rebinds that compiled code calls dies when
that code has been left, some instructions later.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import multiprocessing
import os
import random
import re
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .generate import generate
from .observe import SETTINGS, WEIGHTS, examine, examine_batch, prepare
from .reduce import reduce

HERE = Path(__file__).parent


def settings_of(seed: int, wanted: list[str], number: int) -> list[str]:
    """Some of them, by their weights."""
    chance = random.Random(seed ^ 0x5EED)
    if wanted:
        return chance.sample(wanted, min(number, len(wanted)))
    chosen: dict[str, None] = {}
    while len(chosen) < number:
        chosen.update(dict.fromkeys(chance.choices(list(WEIGHTS), list(WEIGHTS.values()))))
    return list(chosen)


def examine_seeds(first: int, step: int, options: argparse.Namespace, queue: Any) -> None:
    """One job: programs first, first + step, ... until told to end."""
    warnings.simplefilter("ignore")
    prepare()
    seeds: Iterator[int] = iter(range(first, options.first + options.count, step))
    if options.only:
        seeds = (seed for seed in seeds if re.search(options.only, generate(seed)))
    while batch := list(itertools.islice(seeds, options.batch)):
        for message in examine_batch([(seed, settings_of(seed, options.settings, options.number)) for seed in batch]):
            queue.put(message)
    queue.put(None)


def still_fails(found: dict[str, Any]) -> Any:
    """Whether a program fails in the same way."""

    def fails(source: str) -> bool:
        if not source:
            return False
        try:
            again = examine(source, [found["setting"]])
        except TypeError:  # what a process says whose memory is damaged
            return bool(found["kind"] == "crash")
        return bool(again["valid"]) and any(other["kind"] == found["kind"] for other in again["found"])

    return fails


def keep(seed: int, source: str, found: dict[str, Any], out: Path, seconds: float) -> Path:
    small = reduce(source, still_fails(found), seconds)
    again = examine(small, [found["setting"]])["found"]
    what = (again or [found])[0]["what"].strip().splitlines()
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"seed_{seed}_{found['setting'].replace('-', '_')}.py"
    head = [f"# seed {seed}, setting {found['setting']}: {found['kind']}", *(f"# {line}" for line in what[:12])]
    path.write_text("\n".join([*head, small]) + "\n")
    return path


class Totals:
    def __init__(self) -> None:
        self.started = time.monotonic()
        self.programs = self.invalid = self.failed = 0
        self.sums: collections.Counter[str] = collections.Counter()
        self.given_up: collections.Counter[str] = collections.Counter()
        self.settings: collections.Counter[str] = collections.Counter()
        self.errors: collections.Counter[str] = collections.Counter()

    def add(self, settings: list[str], result: dict[str, Any]) -> None:
        self.programs += 1
        self.failed += bool(result["found"])
        if not result["valid"]:
            self.invalid += 1
            return
        self.settings.update(settings)
        self.errors[result["error"]] += 1
        for key in ("compilations", "entries", "exits"):
            self.sums[key] += result[key]
        self.given_up.update(reason for reason, _ in result["given_up"])

    def text(self) -> str:
        seconds = time.monotonic() - self.started
        return (f"{self.programs} programs in {seconds:.0f} s ({self.programs / max(seconds, 0.01):.1f}/s), {self.failed} differ, "
                f"{self.invalid} unusable; " + ", ".join(f"{value} {key}" for key, value in self.sums.items()))  # fmt: skip


def fuzz(options: argparse.Namespace) -> int:
    queue: Any = multiprocessing.SimpleQueue()
    jobs = [multiprocessing.Process(target=examine_seeds, args=(options.first + job, options.jobs, options, queue))
            for job in range(options.jobs)]  # fmt: skip
    for job in jobs:
        job.start()
    totals, ended, shown = Totals(), 0, time.monotonic()
    while ended < len(jobs):
        message = queue.get()
        if message is None:
            ended += 1
            continue
        seed, settings, result = message
        totals.add(settings, result)
        for found in result["found"]:
            print(f"seed {seed}, {found['setting']}: {found['kind']}: {found['what'].strip()[:300]}", flush=True)
        if result["found"] and options.reduce > 0:
            path = keep(seed, generate(seed), result["found"][0], options.out, options.reduce)
            print(f"    {path}", flush=True)
        if time.monotonic() - shown > options.every:
            shown = time.monotonic()
            print(totals.text(), flush=True)
        if (options.seconds and time.monotonic() - totals.started > options.seconds) or totals.failed >= options.most:
            for job in jobs:
                job.terminate()
            break
    print(totals.text())
    if options.stats:
        print(json.dumps({"settings": totals.settings, "given up": totals.given_up, "errors": totals.errors}, indent=1))
    return int(totals.failed > 0)


def check_files(options: argparse.Namespace) -> int:
    failed = 0
    for path in options.files:
        source = path.read_text()
        result = examine(source, options.settings or list(SETTINGS))
        failed += bool(result["found"])
        print(f"{path}: " + ("unusable" if not result["valid"] else "differs" if result["found"] else "same"))
        for found in result["found"]:
            print(f"    {found['setting']}: {found['kind']}: {found['what'].strip()[:2000]}")
        if result["found"] and options.reduce > 0:
            print(f"    {keep(0, source, result['found'][0], options.out, options.reduce)}")
    return int(failed > 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="programs to compare, instead of new ones")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--count", type=int, default=1_000_000_000, help="how many programs")
    parser.add_argument("--only", default="", help="passes over programs in whose text this regular expression is not found")
    parser.add_argument("--seconds", type=float, default=0, help="how long; 0: until --count")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--settings", type=lambda text: text.split(","), default=[], help="names, commas between: " + ", ".join(SETTINGS))
    parser.add_argument("--batch", type=int, default=20, help="programs for each process")
    parser.add_argument("--number", type=int, default=1, help="settings for each program")
    parser.add_argument("--reduce", type=float, default=60, help="seconds for making a program small; 0: not")
    parser.add_argument("--most", type=int, default=1000, help="ends after so many programs that differ")
    parser.add_argument("--every", type=float, default=30, help="seconds between lines of progress")
    parser.add_argument("--out", type=Path, default=HERE / "new", help="where programs that differ go")
    parser.add_argument("--show", action="store_true", help="only prints the programs")
    parser.add_argument("--stats", action="store_true", help="at the end, what was given up and why, and how programs ended")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONHASHSEED", "0")
    warnings.simplefilter("ignore")
    if sys.flags.hash_randomization and os.environ["PYTHONHASHSEED"] == "0":
        os.execv(sys.executable, [sys.executable, "-m", "tests.fuzz", *sys.argv[1:]])
    if options.show:
        for seed in range(options.first, options.first + min(options.count, 1000)):
            print(generate(seed))
        return 0
    prepare()
    return check_files(options) if options.files else fuzz(options)
