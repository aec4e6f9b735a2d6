"""Calls of Python functions become frames of the inlining path."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from ..bytecode import normalise
from ..ir.types import OBJ
from ..ir.values import DISCARD, PUSH, Value, Virtual, const_obj
from ..knowledge.classes import MISSING, lookup
from ..record import may_be_compiled

if TYPE_CHECKING:
    from .builder import Builder

MAX_INLINE_DEPTH = 10
MAX_RECURSION = 2
CO_VARARGS, CO_VARKEYWORDS, CO_GENERATOR = 0x4, 0x8, 0x20
CO_GENERATOR_LIKE = CO_GENERATOR | 0x80 | 0x100 | 0x200


class Site:
    """A call as the stack has it: `callee`, `args` (values), and how many stack entries the call consumes. Where the callee is a bound
    method's function and the first argument its receiver, `method` is that object."""

    __slots__ = ("callee", "args", "keywords", "consumed", "method")

    def __init__(self, callee: Value, args: list[Value], keywords: tuple[str, ...], consumed: int) -> None:
        self.callee = callee
        self.args = args
        self.keywords = keywords
        self.consumed = consumed
        self.method: Value | None = None


def bind(b: Builder, function: types.FunctionType, site: Site, generator: bool = False) -> list[Value | None] | None:
    """The callee's locals from the arguments (PyFunction's binding rules), or `None` when the call is left to the interpreter."""
    code = function.__code__
    if code.co_flags & CO_GENERATOR_LIKE and not generator:
        return None
    positional = len(site.args) - len(site.keywords)
    args = site.args[:positional]
    names = code.co_varnames
    total = code.co_argcount + code.co_kwonlyargcount
    slots: list[Value | None] = [None] * total
    extra: list[Value] = []
    if len(args) > code.co_argcount:
        if not code.co_flags & CO_VARARGS:
            return None
        extra = args[code.co_argcount:]
        args = args[:code.co_argcount]
    slots[:len(args)] = args
    more: list[Value] = []  # for **keywords: names and values in turn
    for name, value in zip(site.keywords, site.args[positional:], strict=True):
        if name not in names[code.co_posonlyargcount:total]:
            if not code.co_flags & CO_VARKEYWORDS:
                return None
            more += [const_obj(name), value]
            continue
        index = names.index(name)
        if slots[index] is not None:
            return None
        slots[index] = value
    defaults = function.__defaults__ or ()
    first_default = code.co_argcount - len(defaults)
    for index in range(code.co_argcount):
        if slots[index] is None:
            if index < first_default:
                return None
            slots[index] = const_obj(defaults[index - first_default])
    for index in range(code.co_argcount, total):
        if slots[index] is None:
            keywords = function.__kwdefaults__ or {}
            default = keywords.get(names[index], site)
            if default is site:
                return None
            b.depend("dict", keywords, names[index])  # it may be changed in place
            slots[index] = const_obj(default)
    if code.co_flags & CO_VARARGS:
        slots.append(Virtual("tuple", tuple(extra)) if extra else const_obj(()))
    if code.co_flags & CO_VARKEYWORDS:
        slots.append(Virtual("dict", tuple(more)))
    normal = normalise(code)
    return slots + [None] * (normal.nlocalsplus - len(slots))


#: instructions that look something up in the frame's builtins, whatever the globals have
LOOKS_IN_BUILTINS = frozenset({"IMPORT_NAME", "LOAD_BUILD_CLASS", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})


def builtins_of(function: Any) -> Any:
    return function.__builtins__


def has_usual_builtins(b: Builder, function: types.FunctionType) -> bool:
    """Whether the function looks names up in the module `builtins`, where it looks there at all: where it was made may say otherwise."""
    if builtins_of(function) is b.builtins:
        return True
    return all(instr.op not in LOOKS_IN_BUILTINS and (instr.op != "LOAD_GLOBAL" or instr.arg[0] in function.__globals__)
               for instr in normalise(function.__code__).instrs)


def direct_arguments(b: Builder, function: types.FunctionType, site: Site) -> list[Value] | None:
    """The arguments for each parameter of a function that may have a region of its own; `None` when it may not."""
    code = function.__code__
    if not may_be_compiled(code) or b.is_never(code) or not has_usual_builtins(b, function):
        return None
    slots = bind(b, function, site)
    return None if slots is None else [value for value in slots[:code.co_argcount] if value is not None]


#: ops that one instruction of bytecode becomes, all its versions together; about
OPS_PER_INSTRUCTION = 4


#: instructions of a function, with those of what it calls, that are inlined though it could have a region of its own
MAX_SIZE = 150


def is_deep(b: Builder, code: types.CodeType) -> bool:
    """Whether the inlining path is as long as it may be, or has the code as often."""
    frames = b.state.frames
    return len(frames) > MAX_INLINE_DEPTH or sum([frame.normal.code is code for frame in frames]) >= MAX_RECURSION


def size_of(recorded: Any) -> int:
    """Instructions recorded, with those of what was called."""
    return sum([len(context.observations) for context in recorded])


def has_room(b: Builder, size: int) -> bool:
    """Whether the region may become larger by so many instructions."""
    return b.op_count + OPS_PER_INSTRUCTION * size <= b.max_inlined


def inlinable(b: Builder, function: types.FunctionType) -> Any:
    """The recording's context for the callee here, if it was recorded and may be inlined."""
    code = function.__code__
    frame = b.state.frame
    if is_deep(b, code):
        return None
    recorded = frame.recorded.child(frame.offset, code) if frame.recorded is not None else None
    if recorded is None or not recorded.observations or b.is_never(code):
        return None
    if code.co_cellvars or not has_usual_builtins(b, function):
        return None
    if may_be_compiled(code) and any(context.code is code for child in recorded.children.values() for context in child):
        return None  # its own region calls itself, with one frame at a time to be there
    size = size_of(recorded)
    if not has_room(b, size) or (size > MAX_SIZE and may_be_compiled(code)):
        return None
    return recorded


def enter_frame(b: Builder, function: types.FunctionType, recorded: Any, locals: list[Value | None], consumed: int, action: int,
                below: Value | None = None, func: Value | None = None) -> None:
    """Replaces `consumed` stack entries by a new innermost frame. `below` is pushed under the call's result.
    `func`: the function object itself, where `function` only describes it."""
    state = b.state
    frame = state.frame
    if func is None:
        b.depend("function", function)
        func = const_obj(function)
    context = frame.context + ((frame.offset, function.__code__),)
    callee = b.new_frame(normalise(function.__code__), context, func, tuple(locals))
    callee.recorded = recorded
    callee.namespace = function.__globals__
    operands = state.popn(consumed)
    if below is not None:
        state.push(below)
    for operand in operands:
        state.release(operand)
    frame.return_offset = b.next_offset
    frame.return_action = action
    state.frames.append(callee)
    b.region.inline_depth = max(b.region.inline_depth, len(state.frames) - 1)
    b.next_offset = 0


#: byte offsets in PyFunctionObject (Include/cpython/funcobject.h)
FUNCTION_GLOBALS, FUNCTION_BUILTINS, FUNCTION_CODE, FUNCTION_CLOSURE = 16, 24, 48, 72


def inline_closure(b: Builder, template: types.FunctionType, site: Site) -> bool:
    """Inlines a call of a closure, of which only the code and the globals are known: closures come and go."""
    recorded = inlinable(b, template)
    callee = site.callee
    if recorded is None or callee.type is not OBJ or isinstance(callee, Virtual) or bind(b, template, site) is None:
        return False
    guard_closure(b, template, callee)
    locals = bind(b, template, site)
    assert locals is not None
    enter_frame(b, template, recorded, locals, site.consumed, PUSH, func=callee)
    return True


def guard_closure(b: Builder, template: types.FunctionType, callee: Value) -> None:
    if b.state.types.get(callee) is not types.FunctionType:
        b.guard_type(callee, types.FunctionType)
    known = ((FUNCTION_CODE, template.__code__), (FUNCTION_GLOBALS, template.__globals__), (FUNCTION_BUILTINS, builtins_of(template)))
    for offset, content in known:
        b.emit("guard_is", b.emit("field_obj", callee, offset=offset), const_obj(content))


def inline_call(b: Builder, function: types.FunctionType, site: Site, action: int) -> bool:
    recorded = inlinable(b, function)
    if recorded is None or function.__code__ in b.apart:
        return False
    locals = bind(b, function, site)
    if locals is None:
        return False
    enter_frame(b, function, recorded, locals, site.consumed, action)
    if may_be_compiled(function.__code__):
        b.showing.setdefault(b.state.frame.context, set())
    return True


def inline_function(b: Builder, function: types.FunctionType, count: int, action: int, is_method_load: bool = False) -> bool:
    """Inlines a function called implicitly on the top `count` stack entries (a property, a special method). What stores (`DISCARD`) finds
    the value to be stored below the others, and takes it last; it leaves the operands on the stack until the function has returned."""
    recorded = inlinable(b, function)
    if recorded is None or is_method_load:
        return False
    args = list(b.state.frame.stack[-count:])
    if action == DISCARD:
        args.append(args.pop(0))
    site = Site(const_obj(function), args, (), count if action != DISCARD else 0)  # type: ignore[arg-type]
    locals = bind(b, function, site)
    if locals is None:
        return False
    enter_frame(b, function, recorded, locals, site.consumed, action)
    return True


def inline_special(b: Builder, kind: type, name: str, count: int) -> bool:
    """Inlines a special method of a Python class: __getitem__ of [container, key], __setitem__ of [value, container, key]."""
    found = lookup(kind, name)
    if found is MISSING or type(found) is not types.FunctionType:
        return False
    if inline_function(b, found, count, DISCARD if name == "__setitem__" else PUSH):
        b.depend("type", kind)
        return True
    return False
