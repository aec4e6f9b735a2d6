"""Small functions of a module's own, for what most ops of a region do: where regions are large, calling these takes LLVM a fraction of
the time that so many copies of their bodies would. They keep the caller's registers (`preserve_mostcc`), all but a few; what is rare is
done by functions of its own, to which they jump, so that they have no registers to save themselves.

Code that is made quickly calls C functions of the same names: it keeps nothing in registers over calls anyway, and LLVM's fast instruction
selection knows the C calling convention only.
"""

from __future__ import annotations

from ..ir.flow import Flow
from ..ir.values import Block
from .layout import Layout
from .metadata import LIKELY, TBAA, UNLIKELY

#: ops in a region from which on it is compact, but for as many ops in its inner loops
COMPACT = 400

#: name -> result, argument, C functions that it calls
SHARED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "release": ("void", "ptr", ("dealloc",)),
    "release_quietly": ("i1", "ptr", ("drop_quiet",)),
    "read_int": ("{ i64, i64 }", "ptr", ("int_slow",)),
    "at_random": ("i1", "i64", ()),
}


def define(name: str, layout: Layout) -> str:
    """LLVM text of one of them."""
    if name == "at_random":
        return _function(name, _at_random(layout))
    return _function(name, _read_int(layout) if name == "read_int" else _release(name, layout)) + _function(name, RARE[name], "_rare")


def _function(name: str, body: str, suffix: str = "") -> str:
    result, argument, _ = SHARED[name]
    return f"define internal preserve_mostcc {result} @{name}{suffix}({argument} %a) noinline nounwind {{\n{body}}}\n"


RARE = {
    "release": "  call void @jitney_dealloc(ptr %a)\n  ret void\n",
    "release_quietly": "  %q = call i32 @jitney_drop_quiet(ptr %a)\n  %r = icmp ne i32 %q, 0\n  ret i1 %r\n",
    "read_int": "  %s = call { i64, i64 } @jitney_int_slow(ptr %a)\n  ret { i64, i64 } %s\n",
}


def _release(name: str, layout: Layout) -> str:
    count = TBAA["reference count"]
    last, kept = {
        "release": ("  musttail call preserve_mostcc void @release_rare(ptr %a)\n  ret void\n", "  ret void\n"),
        "release_quietly": ("  %r = musttail call preserve_mostcc i1 @release_quietly_rare(ptr %a)\n  ret i1 %r\n", "  ret i1 true\n"),
    }[name]
    return (f"  %p = getelementptr inbounds i8, ptr %a, i64 {layout.ob_refcnt}\n  %n = load i32, ptr %p{count}\n"
            f"  %one = icmp eq i32 %n, 1\n  br i1 %one, label %last, label %more,{UNLIKELY}\n"
            f"last:\n{last}more:\n  %mortal = icmp sgt i32 %n, 0\n  %m = zext i1 %mortal to i32\n  %less = sub i32 %n, %m\n"
            f"  store i32 %less, ptr %p{count}\n{kept}")


def _read_int(layout: Layout) -> str:
    """The value, and whether it fits."""
    contents = TBAA["int contents"]
    return (f"  %p = getelementptr inbounds i8, ptr %a, i64 {layout.int_tag}\n  %t = load i64, ptr %p{contents}\n"
            f"  %small = icmp ult i64 %t, 16\n  br i1 %small, label %one, label %more,{LIKELY}\n"
            "more:\n  %s = musttail call preserve_mostcc { i64, i64 } @read_int_rare(ptr %a)\n  ret { i64, i64 } %s\n"
            f"one:\n  %d = getelementptr inbounds i8, ptr %a, i64 {layout.int_digits}\n  %n = load i32, ptr %d{contents}\n"
            "  %z = zext i32 %n to i64\n  %b = and i64 %t, 3\n  %sign = sub i64 1, %b\n  %v = mul nsw i64 %z, %sign\n"
            "  %r = insertvalue { i64, i64 } { i64 undef, i64 1 }, i64 %v, 0\n  ret { i64, i64 } %r\n")


def _at_random(layout: Layout) -> str:
    """Whether the next random number (of 32 bits, Knuth's generator) is not below the argument."""
    place, ticks = f"inttoptr (i64 {layout.random_state} to ptr)", TBAA["ticks"]
    return (f"  %s = load i64, ptr {place}{ticks}\n  %m = mul i64 %s, 6364136223846793005\n  %n = add i64 %m, 1442695040888963407\n"
            f"  store i64 %n, ptr {place}{ticks}\n  %h = lshr i64 %n, 32\n  %r = icmp uge i64 %h, %a\n  ret i1 %r\n")


def inner_blocks(flow: Flow) -> set[Block]:
    """The blocks of the inner loops, those in most loops first, as many as have `COMPACT` ops between them."""
    loops = flow.loops()
    depths = [len([outer for outer in loops if loop.header in outer.body]) for loop in loops]
    found: set[Block] = set()
    left = COMPACT
    for _, _, loop in sorted([(-depth, index, loop) for index, (depth, loop) in enumerate(zip(depths, loops, strict=True))]):
        new = loop.body - found
        ops = sum([len(block.ops) for block in new])
        if ops <= left:
            found |= new
            left -= ops
    return found


__all__ = ["COMPACT", "SHARED", "define", "inner_blocks"]
