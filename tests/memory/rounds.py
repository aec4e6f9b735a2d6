"""Memory over rounds of making, compiling and dropping functions and classes, as a table (`make memory`).

    python -m tests.memory.rounds [--rounds 10000] [--threshold 2]
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time

import jitney

SOURCE = """
class Item:
    def __init__(self, x):
        self.x = x
    def more(self):
        return Item(self.x + FACTOR)

def work(n):
    item, total = Item(0), 0
    for i in range(n):
        item = item.more()
        total += item.x * i % 7
    return total
"""


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@jitney.never
def one_round(number: int) -> None:
    namespace: dict[str, object] = {"FACTOR": number % 5 + 1}
    exec(compile(SOURCE, "round", "exec"), namespace)
    work = namespace["work"]
    assert work(40) == work(40)


def regions() -> tuple[int, int]:
    """Alive, and bytes of machine code of all that were compiled."""
    found = [thing for thing in gc.get_objects() if type(thing).__name__ == "Region" and type(thing).__module__ == "jitney._runtime"]
    return len(found), sum([getattr(region.data, "code_bytes", 0) for region in found])


@jitney.never
def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10000)
    parser.add_argument("--threshold", type=int, default=2)
    options = parser.parse_args()
    jitney.enable(threshold=options.threshold, background=False)
    marks = sorted({options.rounds * part // 100 for part in (1, 3, 10, 20, 50, 100)})
    print("rounds      RSS  regions  machine code  allocated blocks  seconds")
    begun = time.monotonic()
    for number in range(1, options.rounds + 1):
        one_round(number)
        if number in marks:
            gc.collect()
            alive, size = regions()
            print(f"{number:6} {resident() / 1e6:5.1f} MB  {alive:7} {size / 1e3:10.1f} kB  {sys.getallocatedblocks():16} "
                  f"{time.monotonic() - begun:8.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
