"""Lowering of what watches the outside world: the eval breaker, invalidation, tools turned on."""

from __future__ import annotations

from ..ir.values import Op
from .emit import Emitter
from .table import lowers


@lowers("poll")
def lower_poll(emit: Emitter, op: Op) -> None:
    layout = emit.layout
    base = emit.interpreter() if layout.breaker_in_interpreter else emit.tstate()
    word = emit.let("load volatile i32, ptr " + emit.address(base, layout.breaker) + emit.of("context"))
    bits = emit.let("and i32 " + word + ", " + str(layout.breaker_bits & 0xFFFF_FFFF))
    region = emit.hoisted("region", "%cx", layout.cx_region)
    assert op.snapshot is not None
    frame = op.snapshot.frame
    if frame.parent is None and frame.offset == emit.header:
        ticks = emit.let("add i64 " + emit.load("i64", region, layout.region_ticks, "ticks") + ", 1")
        emit.store("i64", ticks, region, layout.region_ticks, "ticks")
    if not emit.quick:
        emit.guard(op, emit.let("icmp eq i32 " + bits + ", 0"))
        return
    valid = emit.let("icmp ne i64 " + emit.load("i64", region, layout.region_valid, "region") + ", 0")
    emit.guard(op, emit.let("and i1 " + valid + ", " + emit.let("icmp eq i32 " + bits + ", 0")))


@lowers("check_valid")
def lower_check_valid(emit: Emitter, op: Op) -> None:
    layout = emit.layout
    region = emit.hoisted("region", "%cx", layout.cx_region)
    emit.guard(op, emit.let("icmp ne i64 " + emit.load("i64", region, layout.region_valid, "region") + ", 0"))
    base = emit.interpreter() if layout.monitoring_version_in_interpreter else emit.tstate()
    at_entry = emit.entry_value("version", [
        "  %version.at = getelementptr inbounds i8, ptr " + base + ", i64 " + str(layout.monitoring_version) + "\n",
        "  %version = load i64, ptr %version.at" + emit.of("region") + "\n",
    ])
    changed = emit.let("xor i64 " + at_entry + ", " + emit.load("i64", base, layout.monitoring_version, "region"))
    kept = emit.let("and i64 " + changed + ", " + str(layout.monitoring_version_mask))
    emit.guard(op, emit.let("icmp eq i64 " + kept + ", 0"))
