"""Which functions are not inlined: those that would show the frames of the inlining path again and again."""

from __future__ import annotations

import json

import pytest

from tests.run.processes import run

PROGRAM = """
import binascii, json, struct, zlib
import jitney
def often(x):
    packed = struct.pack("<I", x)
    text = binascii.hexlify(packed)
    return len(text) + zlib.crc32(packed) % 7 + zlib.adler32(text) % 5
def once(x):
    return zlib.crc32(struct.pack("<I", x)) % 7
def work(n):
    total = 0
    for i in range(n):
        total += {called}(i)
    return total
plain = work(3000)
jitney.enable(threshold=2, exit_threshold=2)
for _ in range(4):
    assert work(3000) == plain
regions = {{region["where"].rpartition(" ")[2] for region in jitney.stats()["regions"]}}
print(json.dumps(sorted(regions & {{"work", "often", "once"}})))
"""


@pytest.mark.parametrize(("called", "apart"), [("often", True), ("once", False)])
def test_a_function_that_shows_its_frame_often_has_one_of_its_own(called: str, apart: bool) -> None:
    assert json.loads(run(PROGRAM.format(called=called))) == (["often", "work"] if apart else ["work"])
