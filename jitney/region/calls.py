"""Calls: Python functions inlined, classes instantiated, known C functions (`functions.py`), everything else through its own convention."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from ..bytecode import waits_at
from ..ir.types import OBJ
from ..ir.values import CALLED, PUSH, Const, Op, Value, Virtual, const_i64, const_obj
from ..knowledge.blind import is_blind
from ..knowledge.classes import HEAP_TYPE, flags, is_a, is_strange, lookup, mro, stays
from ..knowledge.instances import method_definition
from ..knowledge.native import native_function
from ..record import may_be_compiled
from ..record.recording import identity, is_template, template
from .consumers import inline_consumer
from .functions import known_class, known_function, result_of
from .generators import call_closure, call_generator
from .handlers import handles
from .inlining import (
    CO_GENERATOR,
    CO_GENERATOR_LIKE,
    Site,
    bind,
    direct_arguments,
    enter_frame,
    has_usual_builtins,
    inlinable,
    inline_call,
    inline_closure,
)
from .instances import instantiate
from .numbers import push_result
from .splits import SplitIdentity
from .state import OWNED

if TYPE_CHECKING:

    from ..bytecode import Instr
    from .builder import Builder

MAX_CALLEES = 4  # more callables than that at one place: a generic call


def read_site(b: Builder, count: int, keywords: tuple[str, ...], extra: int = 0) -> Site:
    """The call at hand; `extra`: entries above the arguments (3.13's tuple of keyword names)."""
    stack = b.state.frame.stack
    end = len(stack) - extra
    args = list(stack[end - count:end])
    lower, upper = stack[end - count - 2], stack[end - count - 1]
    if b.normal.null_first:
        if lower is None:
            callee = upper
        else:
            callee = lower
            args.insert(0, upper)
    else:
        callee = lower
        if upper is not None:
            args.insert(0, upper)
    assert callee is not None
    return Site(callee, args, keywords, count + 2 + extra)  # type: ignore[arg-type]


@handles("CALL")
def call(b: Builder, instr: Instr) -> None:
    do_call(b, instr.arg, ())


@handles("CALL_KW_NAMES")
def call_kw_names(b: Builder, instr: Instr) -> None:
    do_call(b, instr.arg[0], instr.arg[1])


@handles("CALL_KW")
def call_kw(b: Builder, instr: Instr) -> None:
    names = b.state.peek(1)
    if not isinstance(names, Const):
        b.leave("keyword names")
    assert isinstance(names, Const)
    do_call(b, instr.arg, names.value, extra=1)


def do_call(b: Builder, count: int, keywords: tuple[str, ...], extra: int = 0) -> None:
    site = read_site(b, count, keywords, extra)
    callee = site.callee
    if isinstance(callee, Virtual) and callee.kind == "method":
        function, receiver = callee.fields
        assert function is not None and receiver is not None
        site.args.insert(0, receiver)
        site.callee = callee = function
    if isinstance(callee, Virtual) and callee.kind == "function":
        if not call_made(b, site, callee):
            generic_call(b, site)  # another function each time
        return
    if not isinstance(callee, Const):
        if len(site.args) == count and recorded_with_self(b):
            generic_call(b, site)  # what was recorded as a method and its object is a bound method here
            return
        found = recorded_callee(b, callee)
        if found is not None:
            if found[0] == "object" and is_template(found[1]):
                if inline_closure(b, found[1], site):
                    return
                generator = call_closure(b, found[1], site)
                if generator is not None:
                    push_result(b, site.consumed, generator)
                    return
            else:
                guard_callee(b, site, found)
            callee = site.callee
    if isinstance(callee, Const):
        target = callee.value
        if inline_consumer(b, site):
            return
        if type(target) is types.FunctionType:
            if inline_call(b, target, site, PUSH) or compiled_call(b, target, site):
                return
            generator = call_generator(b, target, site)
            if generator is not None:
                push_result(b, site.consumed, generator)
                return
        elif is_a(target, type):
            if not is_strange(target) and (known_class(b, target, site) or instantiate(b, target, site)):
                return
        elif known_function(b, target, site):
            return
    if not call_one_of_several(b, site) and not call_instance(b, site):
        generic_call(b, site)


def call_made(b: Builder, site: Site, callee: Virtual) -> bool:
    """Calls a generator expression's function: it makes the generator, and nothing of it is run (RETURN_GENERATOR)."""
    code, namespace, *_ = callee.fields
    if not isinstance(code, Const) or not isinstance(namespace, Const) or len(site.args) != 1:
        return False
    if code.value.co_argcount != 1 or code.value.co_flags & CO_GENERATOR_LIKE != CO_GENERATOR:
        return False
    generator = call_generator(b, template(code.value, namespace.value), site, callee)
    return result_of(b, site, generator or b.call("call_plain", b.boxed(callee), b.boxed(site.args[0])))


def call_one_of_several(b: Builder, site: Site) -> bool:
    """Calls what was a different Python function each time: one that has a region of its own is entered directly."""
    recorded = b.state.frame.recorded
    if isinstance(site.callee, Const) or site.method is not None or site.keywords or recorded is None:
        return False
    functions: list[types.FunctionType] = []
    for entry in callee_entries(b):
        if type(entry) is not tuple or type(entry[1]) is not types.FunctionType or is_template(entry[1]):
            return False
        functions.append(entry[1])
    if not functions:
        return False
    for function in functions:
        code = function.__code__
        if may_be_compiled(code) and not b.is_never(code) and recorded.child(b.state.frame.offset, code) is not None:
            add_callee(b, function)
    boxed: list[Value] = [b.boxed(value) for value in (site.callee, *site.args)]
    taking_call(b, "call_function", site.consumed, boxed, python=True)
    return True


def add_callee(b: Builder, function: types.FunctionType) -> None:
    if function not in b.region.callees:
        b.region.callees.append(function)


def call_instance(b: Builder, site: Site) -> bool:
    """Calls an object whose class says in Python how that is done. The operands stay on the stack until it is (Objects/typeobject.c,
    slot_tp_call), so that they die after what the method leaves behind."""
    from .operators import is_plain

    if site.method is not None:
        return False
    kind = b.state.type_of(site.callee) or recorded_class(b)
    if kind is None or type(kind) is not type or not flags(kind) & HEAP_TYPE or not is_plain(kind):
        return False
    method = lookup(kind, "__call__")
    if type(method) is not types.FunctionType or not has_usual_builtins(b, method):
        return False
    instance = site.callee
    bound = Site(const_obj(method), [instance, *site.args], site.keywords, site.consumed)
    recorded = inlinable(b, method)
    locals = bind(b, method, bound) if recorded is not None else None
    if locals is None and direct_arguments(b, method, bound) is None:
        return False
    if b.state.type_of(instance) is not kind:
        b.guard_type(instance, kind)
    b.depend("type", kind)
    if locals is not None:
        enter_frame(b, method, recorded, locals, 0, CALLED)
        return True
    return compiled_call(b, method, bound, taking=False)


def recorded_class(b: Builder) -> type | None:
    """The one class of the objects called here, where these are nothing that the recorder knows by name."""
    kinds = {identity(entry): entry for entry in callee_entries(b)}
    kind = next(iter(kinds.values())) if len(kinds) == 1 else None
    return kind if is_a(kind, type) else None


def callee_entries(b: Builder) -> list[Any]:
    """What was recorded in the callable slot; nothing where that is not known of each time."""
    entries: list[Any] = []
    for operands in b.observation.operands if b.observation is not None else ():
        if len(operands) < 2:
            return []
        first = operands[0]
        entries.append(first if first is not None or not b.normal.null_first else operands[1])
    return entries


def recorded_with_self(b: Builder) -> bool:
    """Whether each time there was a function and, apart, the object that it is a method of."""
    operands = b.observation.operands if b.observation is not None else ()
    return bool(operands) and all(len(entries) >= 2 and entries[0] is not None and entries[1] is not None for entries in operands)


def recorded_callee(b: Builder, splittable: Value | None = None) -> tuple[str, Any] | None:
    """The one callable recorded in the callable slot: ("object", f), ("method", (function, type of self)) or ("bound", (method descriptor,
    type of self, type of the bound method: there are two, `METH_METHOD` has its own))."""
    seen: dict[Any, tuple[type, Any]] = {}
    for entry in callee_entries(b):
        if type(entry) is not tuple:
            return None
        seen[identity(entry)] = entry
    if (1 < len(seen) <= MAX_CALLEES and splittable is not None and splittable.type is OBJ and splittable in b.state.uses
            and not isinstance(splittable, Virtual)):
        things = [thing for _, thing in seen.values()]
        if all(is_function_or_class(thing) and not is_template(thing) for thing in things):
            raise SplitIdentity(splittable, things)
    if len(seen) != 1:
        return None
    kind, thing = next(iter(seen.values()))
    if kind is types.MethodType:
        return "method", thing
    if type(thing) is tuple:
        return "bound", (*thing, kind)
    return "object", thing


def is_function_or_class(thing: object) -> bool:
    return type(thing) is types.FunctionType or type(thing) is types.BuiltinFunctionType or is_a(thing, type)


def guard_callee(b: Builder, site: Site, found: tuple[str, Any]) -> None:
    """Makes the callee a constant by a guard."""
    state = b.state
    callee = site.callee
    if callee.type is not OBJ or isinstance(callee, Virtual):
        return
    what, thing = found
    if what == "object":
        if type(thing) is types.BuiltinMethodType and thing.__self__ is not None and not is_a(thing.__self__, types.ModuleType):
            return
        if is_template(thing):
            return  # see inline_closure
        b.emit("guard_is", callee, const_obj(thing))
        site.callee = const_obj(thing)
        return
    if what == "bound":
        function, kind, bound = thing
        if type(function) is not types.MethodDescriptorType or types.BuiltinMethodType not in mro(bound):
            return
        if state.types.get(callee) is not bound:
            b.guard_type(callee, bound)
        definition = b.emit("field_i64", callee, offset=16)  # PyCFunctionObject.m_ml, and m_self behind it
        b.emit("guard_true", b.emit("i64_eq", definition, const_i64(method_definition(function))), reason="other callee")
        receiver = b.fragile(b.emit("field_obj", callee, offset=24))
        b.guard_type(receiver, kind)
        site.args.insert(0, receiver)
        site.callee = const_obj(function)
        return
    function, _ = thing
    if type(function) is not types.FunctionType:
        return
    if state.types.get(callee) is not types.MethodType:
        b.guard_type(callee, types.MethodType)
    func_field = b.fragile(b.emit("field_obj", callee, offset=16))
    b.emit("guard_is", func_field, const_obj(function))
    receiver = b.fragile(b.emit("field_obj", callee, offset=24))
    site.args.insert(0, receiver)
    site.callee = const_obj(function)
    site.method = callee


def compiled_call(b: Builder, function: types.FunctionType, site: Site, taking: bool = True) -> bool:
    """Calls a function that is too large to be inlined, or recursive, and has a region of its own. `taking`: see `taking_call`."""
    args = direct_arguments(b, function, site)
    if args is None or (site.method is not None and b.state.refs.get(site.method) is OWNED):  # with which the receiver may die
        return False
    if len(args) > len(site.args) or site.keywords:
        b.depend("function", function)  # its defaults and names
    frame = b.state.frame
    recorded = frame.recorded is not None and frame.recorded.child(frame.offset, function.__code__) is not None
    if recorded:
        add_callee(b, function)
    boxed: list[Value] = [b.boxed(value) for value in args]
    taking_call(b, "call_function", site.consumed, [const_obj(function), *boxed], python=taking, most=MOST_TAKEN if taking else 0)
    return True


MOST_TAKEN = 32  # bits beside the number of arguments


# -- everything else --------------------------------------------------------------------------------------------------
def generic_call(b: Builder, site: Site) -> None:
    state = b.state
    if isinstance(site.callee, Const) and site.callee.value is sys.getrefcount:
        b.leave("reference counts")  # only the interpreter has a reference for each slot
    python = isinstance(site.callee, Const) and type(site.callee.value) is types.FunctionType
    if site.method is not None:
        site.callee = site.method
        del site.args[0]
    # box in place, so that the stack stays what the snapshots say
    method = site.callee
    blind = isinstance(method, Const) and is_blind(method.value, [state.type_of(arg) for arg in site.args])
    helper = ("call_plain" if blind else "call") if not site.keywords else "call_kw"
    boxed: list[Value] = [b.boxed(value) for value in (site.callee, *site.args)]
    if site.keywords:
        boxed.append(const_obj(site.keywords))
    native = is_native(b, site)
    if blind:
        result = b.call(helper, *boxed)
        push_result(b, site.consumed, result)
    else:
        result = taking_call(b, helper, site.consumed, boxed, python, most=0 if native else MOST_TAKEN)
    if native:
        result.attrs["native"] = True


def is_native(b: Builder, site: Site) -> bool:
    """Whether machine code can call the C function by its convention: the arguments are as many, and the object is of the class."""
    function: Any = site.callee.value if isinstance(site.callee, Const) else None
    found = native_function(function)
    if found is None:
        return False
    given = len(site.args) - len(site.keywords)
    if found.is_method:
        kind = b.state.type_of(site.args[0]) if given else None
        if kind is None or not stays(kind) or not any(base is function.__objclass__ for base in mro(kind)):
            return False
        given -= 1
    return found.takes(given, bool(site.keywords))


def taking_call(b: Builder, helper: str, consumed: int, values: list[Value], python: bool = False, most: int = MOST_TAKEN) -> Op:
    """Calls with the operands off the stack, as in the interpreter: frames show it so meanwhile, and what only the stack had is the
    callee's, to be let go of when that likes, for the first `most` of the values. `python`: the interpreter calls a Python
    function here by itself."""
    state = b.state
    frame = state.frame
    begun = frame.offset
    b.escape_frames()
    b.clobber()
    for operand in state.popn(consumed):
        state.release(operand)
    b.show_stack()
    for value in values:
        hand_over_contents(b, value, values)
    taken = 0
    for index, value in enumerate(values[:most]):
        if value in state.pending and state.refs.get(value) is OWNED:
            state.pending.remove(value)
            b.forget_box(value)
            state.disown(value)
            taken |= 1 << index
    if python:
        frame.offset = waits_at(frame.normal.code, begun, b.next_offset)
    result = b.call(helper, *values)
    frame.offset = begun
    if taken:
        result.attrs["taken"] = taken
    state.push(result)
    return result


def hand_over_contents(b: Builder, value: Value, operands: list[Value]) -> None:
    """Of an object that this instruction has made of a virtual one: what it contains is its own from now on, to die when it lets go;
    unless that is an operand itself, which must live as long as the call."""
    state = b.state
    for content in b.contents.get(value, ()):
        if content is None:
            continue
        content = state.current(content) if isinstance(content, Virtual) else content
        hand_over_contents(b, content, operands)
        if content in state.pending and content not in operands and state.refs.get(content) is OWNED:
            state.pending.remove(content)
            b.forget_box(content)
            state.disown(content)
            b.emit("decref", content)


__all__ = ["do_call", "taking_call"]
