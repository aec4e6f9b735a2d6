"""The C runtime takes the records as they are written."""

from __future__ import annotations

from jitney.ir.values import FrameState, Snapshot, Virtual, const_i64
from jitney.lower.engine import compile

from .machine import CODE, Builder


def test_region_takes_the_blob() -> None:
    from jitney import _runtime

    b = Builder()
    x, i = b.argument(0, "o"), b.argument(1, "i")
    caller = FrameState(CODE, 2, (), (i,), return_offset=4)
    callee = FrameState(CODE, 2, (), (Virtual("range_iter", (i, const_i64(9), const_i64(1))), x), parent=caller, func=x)
    b.op("leave", snapshot=Snapshot(callee, names=(("n", i),)))
    code = compile(b.region)
    region = _runtime.Region(code.address, code.blob, code.consts, code.buf_size, code.inline_depth)
    assert region.valid
