"""LLVM metadata: type-based alias classes, branch weights, ranges.

Each memory class below is disjoint from all others; helpers in C are opaque to LLVM, so the classes only have to be true of what the
lowering itself emits. A float's payload is not invariant: it is overwritten in place where nobody else sees it.
"""

from __future__ import annotations

CLASSES = (
    "type pointer", "reference count", "var size", "list length", "list item pointer", "list items", "list capacity", "tuple items",
    "float payload", "int contents", "frame slots", "frame instruction", "values buffer",
    "attribute pointer", "attribute values", "slots",
    "fields", "bytes contents", "bytearray pointer", "bytearray length", "bytearray contents", "str contents",
    "array pointer", "array length", "array data",
    "cell content", "function fields", "context", "region", "ticks", "arguments", "dict pointer", "thread state",
)

LIKELY, UNLIKELY, LENGTH, NONNULL = " !prof !0", " !prof !1", ", !range !2", ", !nonnull !3"
INVARIANT = ", !invariant.load !3"

#: what a C function may touch that stores a float over a box or frees an object without running code: a common parent of these classes
TOUCHED = ("reference count", "list items", "attribute values", "slots", "cell content", "frame slots", "float payload")

_FIRST = 8
_NUMBERS = {name: _FIRST + 2 * i for i, name in enumerate(CLASSES)}

#: class -> what follows a load or store of it
TBAA = {name: ", !tbaa !" + str(number + 1) for name, number in _NUMBERS.items()}
TOUCHES = ", !tbaa !6"


def _definitions() -> str:
    lines = [
        '!0 = !{!"branch_weights", i32 2000, i32 1}',
        '!1 = !{!"branch_weights", i32 1, i32 2000}',
        "!2 = !{i64 0, i64 9223372036854775807}",
        "!3 = !{}",
        '!4 = !{!"jitney"}',
        '!5 = !{!"touched", !4, i64 0}',
        "!6 = !{!5, !5, i64 0}",
    ]
    for name, number in _NUMBERS.items():
        parent = 5 if name in TOUCHED else 4
        lines.append(f'!{number} = !{{!"{name}", !{parent}, i64 0}}')
        lines.append(f"!{number + 1} = !{{!{number}, !{number}, i64 0}}")
    return "\n".join(lines) + "\n"


#: the module's last lines
DEFINITIONS = _definitions()
