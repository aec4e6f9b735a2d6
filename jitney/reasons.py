"""TABLE of reasons: why a recording stopped, why a loop was given up, why compiled code was left.

Each reason has a key (used in code, in statistics and in dumps), a sentence for people, and a hint: what the author of the program can
do about it, empty when there is nothing to do. The reference page is generated from this table.

    raise GiveUp("opcode", "LOAD_SUPER_ATTR")
"""

from __future__ import annotations


class Reason:
    """One row. `kind`: "record" (recording stopped), "build" (no region could be made), "guard" (compiled code was left)."""

    __slots__ = ("again", "hint", "key", "kind", "sentence")

    def __init__(self, key: str, kind: str, sentence: str, hint: str = "", again: bool = True) -> None:
        self.key = key
        self.kind = kind
        self.sentence = sentence
        self.hint = hint
        self.again = again  # whether trying again later may help


REASONS: dict[str, Reason] = {
    reason.key: reason
    for reason in (
        # --- recording stopped
        Reason("too_long", "record", "the recording grew past `max_log` instructions",
               "split the loop's body into functions, or raise `max_log`"),
        Reason("left_early", "record", "the loop or function was left before one whole pass was recorded"),
        Reason("exception", "record", "an exception was raised while recording"),
        Reason("frame_left", "record", "the frame that was being recorded returned or was suspended"),
        Reason("yield", "record", "the frame being recorded yielded to its caller",
               "move the hot work out of the generator into a function that it calls"),
        Reason("generator", "record", "a generator is compiled only in the loop that goes through it, a coroutine not at all",
               "consume the generator in the loop that creates it, or use a list"),
        Reason("recursion", "record", "the recording followed a recursion deeper than `max_inline_depth`"),
        Reason("tool_active", "record", "a debugger, profiler, tracer or coverage tool is active for this code",
               "run without the tool to have the code compiled", again=True),
        Reason("other_thread", "record", "another thread was recording at that time"),
        Reason("no_space", "record", "the limit `max_regions` has been reached", "raise `max_regions`"),
        Reason("recorder", "record", "the recorder met a state that it does not understand", "please report this with `--dump d`"),
        # --- a region could not be built
        Reason("opcode", "build", "an instruction that Jitney cannot compile here", again=False),
        Reason("never", "build", "the function is marked `@jitney.never`", again=False),
        Reason("code_kind", "build", "the code is of a kind that is not compiled (class body, exec with an odd namespace)", again=False),
        Reason("unlinkable", "build", "the recorded paths did not join into a loop"),
        Reason("big_code", "record", "the function has more code, or more variables, than what is recorded", "split the function",
               again=False),
        Reason("polymorphic", "build", "too many different types or functions were seen at one place",
               "give a variable one type throughout the loop"),
        Reason("too_large", "build", "the region grew past `max_region_ops` operations", "split the function, or raise `max_region_ops`",
               again=False),
        Reason("virtual escapes", "build", "an object that was not to be allocated got out", "please report this", again=False),
        Reason("internal", "build", "the builder met a state that it does not understand", "please report this", again=False),
        Reason("too_many_versions", "build", "too many combinations of types were seen at one place",
               "give a variable one type throughout the loop"),
        Reason("unseen", "build", "no recorded path leads through the region"),
        Reason("unstable", "build", "the loop was compiled again and again and kept being left"),
        Reason("builtins", "build", "the program has replaced built-in functions, which the compiler uses, too"),
        Reason("namespace", "build", "the code's globals or builtins are not plain dicts", again=False),
        Reason("compile_error", "build", "the compiler failed; the program went on in the interpreter", "please report this"),
        Reason("lowering", "build", "the code generator has no translation for an operation", "please report this", again=False),
        Reason("no_room", "build", "the limit `max_code` has been reached, and all other machine code was in use", "raise `max_code`"),
        Reason("evicted", "build", "its machine code was let go of, being used least, to stay within `max_code`", "raise `max_code`"),
        Reason("memory", "build", "no memory for the compiled code"),
        # --- compiled code was left
        Reason("type", "guard", "a value had another type than was recorded", "give a variable one type throughout the loop"),
        Reason("value", "guard", "a value was not the one recorded (a function, a class, a constant)"),
        Reason("branch", "guard", "a branch went a way not seen while recording"),
        Reason("overflow", "guard", "an integer left the 64-bit range"),
        Reason("bounds", "guard", "an index was out of range"),
        Reason("exhausted", "guard", "a loop ended"),
        Reason("returned", "guard", "the function returned"),
        Reason("raised", "guard", "an exception was raised"),
        Reason("zero", "guard", "a division by zero"),
        Reason("missing", "guard", "a key, attribute or variable was not there"),
        Reason("lookup", "guard", "a key, item or attribute was not there, or only code of the program's can tell"),
        Reason("version", "guard", "a class, dict or function changed", "do not change classes or globals while the loop runs"),
        Reason("shared", "guard", "an object expected to be private was shared"),
        Reason("shape", "guard", "a container or instance was laid out differently"),
        Reason("callee", "guard", "another function was called than was recorded", "call fewer different functions from one place"),
        Reason("eval_breaker", "guard", "a signal, another thread, the collector or a pending call wanted its turn"),
        Reason("recursion_limit", "guard", "the recursion limit was near"),
        Reason("invalidated", "guard", "something that the compiled code relied on changed"),
        Reason("tool_started", "guard", "a debugger, profiler, tracer or coverage tool was turned on"),
        Reason("end", "guard", "the region ends here: the rest runs in the interpreter"),
        Reason("releases", "guard", "releasing an object would have run other code"),
        Reason("operands", "guard", "an operation that is not compiled for these values"),
    )
}  # fmt: skip


#: An instance had an attribute where its class was asked: what is said of the guard, and noted for the next time.
OWN_ATTRIBUTE = "attribute of its own"

#: What `jitney.region` says of a guard -> the key, where the phrase says no more than the sentence. Others: "operands", with the phrase.
PHRASES = {
    "loop left": "exhausted",
    "loop entered": "branch",
    "never recorded": "branch",
    "branch": "branch",
    "return": "returned",
    "new name": "missing",
    "unbound local": "missing",
    "unknown name": "missing",
    "division by zero": "zero",
    "other callee": "callee",
    "new attribute names": "shape",
    "shared iterator": "shared",
    "exhausted iterator": "exhausted",
    "index out of range": "bounds",
}

#: IR op that left, where nothing was said -> the key.
OPS = {
    "guard_type": "type",
    "guard_is": "value",
    "guard_code": "callee",
    "guard_unbound": "missing",
    "frame_local": "missing",
    "cell_get": "missing",
    "attr_get": "missing",
    "slot_get": "missing",
    "int_value": "overflow",
    "poll": "eval_breaker",
    "check_valid": "invalidated",
    "drop": "releases",
    "drop_any": "releases",
    "call": "raised",
    "leave": "end",
}


def guard_reason(op: str, phrase: str) -> tuple[str, str]:
    """(key, detail) of a guard: of its op and of what the builder said of it."""
    if phrase in REASONS:
        return phrase, ""
    if phrase in PHRASES:
        return PHRASES[phrase], ""
    if phrase.startswith("unsupported "):
        return "opcode", phrase.removeprefix("unsupported ")
    if phrase:
        return "operands", phrase
    if op.endswith("_ovf"):
        return "overflow", ""
    return OPS.get(op, "shape"), ""


class GiveUp(Exception):
    """Raised by whoever records, builds or lowers a region to abandon it. The program goes on in the interpreter."""

    def __init__(self, key: str, detail: object = None) -> None:
        self.reason = REASONS.get(key) or Reason(key, "build", key)  # a key left out of the table must not hurt the program
        self.key = key
        self.detail = detail
        super().__init__(key, detail)

    def __str__(self) -> str:
        return describe(self.key, self.detail)


def describe(key: str, detail: object = None) -> str:
    """One line for people: the sentence, with the detail if there is one. Unknown keys are shown as they are."""
    reason = REASONS.get(key)
    sentence = reason.sentence if reason else key
    return sentence if detail is None or detail == "" else f"{sentence}: {detail}"


def hint(key: str) -> str:
    reason = REASONS.get(key)
    return reason.hint if reason else ""
