"""Lowering of calls into the C runtime.

Where a helper may run anything, the frames of the inlining path must be seen: when the outermost frame is the only one and all its slots
are physically current, it is enough to say where it stands; else the exit record of the op's snapshot tells the runtime what to build.
"""

from __future__ import annotations

from ..ir.helpers import HELPERS, Helper
from ..ir.references import is_immortal
from ..ir.types import OBJ
from ..ir.values import SYNCED, Const, Op, Snapshot
from ..knowledge.native import METH_KEYWORDS, METH_METHOD, METH_NOARGS, METH_O, native_function
from .containers import fill_arguments
from .declarations import LEADING
from .emit import TYPES, Emitter
from .metadata import LIKELY, UNLIKELY
from .objects import begin_opaque, decref, decref_but_last, end_opaque, lower_drop
from .table import lowers

HINT_WORDS = 4  # csrc/call.c, CallHint


@lowers("call")
def lower_call(emit: Emitter, op: Op, *operands: str) -> str | None:
    helper = HELPERS[op.attrs["helper"]]
    framed = False
    begin_opaque(emit, op)
    if helper.lazy:
        result = _call_lazily(emit, op, helper, operands)
        end_opaque(emit, op)
        return _check(emit, op, helper, result)
    if helper.effect == "any" and op.snapshot is not None:
        framed = not is_physical(op.snapshot)
        if framed:
            _push(emit, op)
        else:
            _stand(emit, op.snapshot)
    if op.attrs.get("native"):
        result = _native(emit, op, operands, helper)
    else:
        result = emit.call(helper.name, *_arguments(emit, op, helper, operands))
    end_opaque(emit, op)
    if framed:
        emit.call("pop_frames", "ptr %cx")
    return _check(emit, op, helper, result)


def _arguments(emit: Emitter, op: Op, helper: Helper, operands: tuple[str, ...]) -> list[str]:
    typed = [TYPES[value.type] + " " + text for value, text in zip(op.args, operands, strict=True)]
    if helper.hint:
        return [*typed, "ptr " + emit.hint()]
    if not helper.signature.startswith("*"):
        return typed
    leading = LEADING[helper.name]
    others = list(operands[leading:])
    count = len(others) | op.attrs.get("taken", 0) << 32
    return [*typed[:leading], "ptr " + fill_arguments(emit, others), "i64 " + str(count)]


@lowers("drop_any")
def lower_drop_any(emit: Emitter, op: Op, a: str) -> None:
    """Where the frames can be seen already, it need not be known whether the death runs code."""
    if op.snapshot is None or not is_physical(op.snapshot) or emit.force_exits:
        lower_drop(emit, op, a)
        return
    if is_immortal(op.args[0]):
        return
    last, done = decref_but_last(emit, a)
    emit.begin(last)
    _stand(emit, op.snapshot)
    begin_opaque(emit, op)
    emit.call("dealloc_any", "ptr " + a)
    end_opaque(emit, op)
    emit.jump(done)
    emit.begin(done)


def _native(emit: Emitter, op: Op, operands: tuple[str, ...], helper: Helper) -> str:
    """Calls a C function by its convention."""
    callee = op.args[0]
    assert isinstance(callee, Const)
    function = native_function(callee.value)
    assert function is not None
    rest = operands[1:]
    if function.is_method:
        self, rest = rest[0], rest[1:]
    else:
        self = _address(function.self)
    given = ["ptr " + self]
    if function.flags in (METH_O, METH_NOARGS):
        given.append("ptr " + (rest[0] if rest else "null"))
    else:
        names = ["ptr null"] if function.flags & METH_KEYWORDS else []
        count = len(rest)
        if helper.name == "call_kw":
            rest, names = rest[:-1], ["ptr " + rest[-1]]
            count = len(rest) - len(op.args[-1].value)  # type: ignore[attr-defined]
        if function.flags & METH_METHOD:
            given.append("ptr " + _address(function.owner))
        given += ["ptr " + fill_arguments(emit, list(rest)), "i64 " + str(count), *names]
        if not function.flags & METH_METHOD:
            return emit.call_address(function.address, *given)
    # as in the interpreter, calls of these conventions count for the recursion limit
    place, offset = emit.tstate(), emit.layout.tstate_c_recursion_remaining
    direct, general, done = emit.new_label(), emit.new_label(), emit.new_label()
    remaining = emit.load("i32", place, offset, "thread state")
    emit.branch(emit.let("icmp sgt i32 " + remaining + ", 0"), direct, general, LIKELY)
    emit.begin(direct)
    emit.store("i32", emit.let("sub i32 " + remaining + ", 1"), place, offset, "thread state")
    one = emit.call_address(function.address, *given)
    emit.store("i32", emit.let("add i32 " + emit.load("i32", place, offset, "thread state") + ", 1"), place, offset, "thread state")
    emit.jump(done)
    emit.begin(general)
    other = emit.call(helper.name, *_arguments(emit, op, helper, operands))
    emit.jump(done)
    emit.begin(done)
    return emit.phi("ptr", (one, direct), (other, general))


def _address(number: int) -> str:
    return "inttoptr (i64 " + str(number) + " to ptr)" if number else "null"


def is_physical(snapshot: Snapshot) -> bool:
    """Whether the frames that a looker would see are there already."""
    frame = snapshot.frame
    return frame.parent is None and not snapshot.names and all(value is SYNCED or value is None for value in frame.locals)


def _call_lazily(emit: Emitter, op: Op, helper: Helper, operands: tuple[str, ...]) -> str:
    """Says whose frames are to be seen during the call, should somebody look, and has the runtime keep what it finds there."""
    assert op.snapshot is not None
    frames = -1
    if is_physical(op.snapshot):
        _set_instruction(emit, op.snapshot)
        _clear_unbound(emit, op.snapshot)
    else:
        record = emit.exit_of(op)
        emit.store_live(record)
        frames = record.number
    return emit.call(helper.name, *_arguments(emit, op, helper, operands), "ptr %cx", "i64 " + str(frames), "ptr " + emit.hint(HINT_WORDS))


def _stand(emit: Emitter, snapshot: Snapshot) -> None:
    """The outermost frame, the only one, is to be seen where it stands."""
    _set_instruction(emit, snapshot)
    _clear_unbound(emit, snapshot)
    if emit.header:
        return
    unseen, done = emit.new_label(), emit.new_label()  # a function's: compiled code may have called it (csrc/call.c)
    linked = emit.load("i64", "%cx", emit.layout.cx_linked, "context")
    emit.branch(emit.let("icmp eq i64 " + linked + ", 0"), unseen, done)
    emit.begin(unseen)
    emit.call("link", "ptr %cx")
    emit.jump(done)
    emit.begin(done)


def _clear_unbound(emit: Emitter, snapshot: Snapshot) -> None:
    """Takes away what variables held that have been deleted since: whoever looks at the frame would find it."""
    for slot, value in enumerate(snapshot.frame.locals):
        if value is None and slot in emit.filled:
            some, done = emit.new_label(), emit.new_label()
            old = emit.load("ptr", "%localsplus", 8 * slot, "frame slots")
            emit.branch(emit.let("icmp eq ptr " + old + ", null"), done, some)
            emit.begin(some)
            emit.store("ptr", "null", "%localsplus", 8 * slot, "frame slots")
            decref(emit, old, leaf=True)  # all else has been taken out before
            emit.jump(done)
            emit.begin(done)


def _set_instruction(emit: Emitter, snapshot: Snapshot) -> None:
    """Says where the outermost frame stands."""
    layout, frame = emit.layout, snapshot.frame
    emit.consts.number(frame.code)
    offset = frame.offset if snapshot.stands_at < 0 else snapshot.stands_at
    place = "inttoptr (i64 " + str(id(frame.code) + layout.code_start + offset) + " to ptr)"
    emit.store("ptr", place, emit.hoisted("frame", "%cx", layout.cx_frame), layout.frame_instruction, "frame instruction")


def _push(emit: Emitter, op: Op) -> None:
    record = emit.exit_of(op)
    emit.store_live(record)
    failed = emit.call("push_frames", "ptr %cx", "i64 " + str(record.number))
    emit.guard(op, emit.let("icmp eq i32 " + failed + ", 0"))


def _check(emit: Emitter, op: Op, helper: Helper, result: str) -> str | None:
    letter = helper.signature[-1]
    if letter == "o":
        if helper.name == "iter_next":
            _check_exhausted(emit, op, result)
        elif helper.name == "iter_next_plain":
            emit.guard(op, emit.let("icmp ne ptr " + result + ", inttoptr (i64 1 to ptr)"))
        elif helper.raises or helper.maybe:
            emit.guard(op, emit.let("icmp ne ptr " + result + ", null"))
        return result
    if helper.raises:
        emit.guard(op, emit.let("icmp sge i32 " + result + ", 0"))
    if letter == "b":
        return emit.let("icmp ne i32 " + result + ", 0")
    if letter == "i" and helper.raises:
        return emit.let("sext i32 " + result + " to i64")
    return result or None


def _check_exhausted(emit: Emitter, op: Op, result: str) -> None:
    """NULL goes on as a value unless an exception is set."""
    ended, done = emit.new_label(), emit.new_label()
    emit.branch(emit.let("icmp eq ptr " + result + ", null"), ended, done, UNLIKELY)
    emit.begin(ended)
    error = emit.let("icmp ne i32 " + emit.call("error_occurred") + ", 0")
    emit.branch(error, emit.leave_label(op), done, UNLIKELY)
    emit.begin(done)


__all__ = ["LIKELY", "OBJ", "SYNCED", "is_physical"]
