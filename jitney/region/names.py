"""Globals, builtins, and the variables of module-level code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir.values import const_obj
from .handlers import handles
from .state import LEAF_TYPES

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder


def globals_of(b: Builder) -> dict[str, Any] | None:
    """The global namespace of the innermost frame."""
    frame = b.state.frame
    return b.globals if frame.func is None else frame.namespace


@handles("LOAD_GLOBAL")
def load_global(b: Builder, instr: Instr) -> None:
    name, with_null = instr.arg
    namespace = globals_of(b)
    if namespace is None:
        b.leave("unknown globals")
    assert namespace is not None
    if with_null and b.normal.null_first:
        b.state.push(None)
    push_global(b, namespace, name)
    if with_null and not b.normal.null_first:
        b.state.push(None)


def push_global(b: Builder, namespace: dict[str, Any], name: str) -> None:
    """Pushes a global variable: as a constant that a watcher protects, or loaded if it changes."""
    if namespace is b.globals and (name in b.state.names or name in b.variables):
        push_variable(b, name)
        return
    if name in namespace:
        if name in b.stored_globals or b.services.is_volatile(namespace, name):
            b.state.push(b.call("dict_get", const_obj(namespace), const_obj(name)))
            return
        b.depend("dict", namespace, name)
        b.state.push(const_obj(namespace[name]))
        return
    builtins = b.builtins
    if name not in builtins or b.services.is_volatile(builtins, name) or b.services.is_volatile(namespace, name):
        b.leave("unknown name")
    b.depend("dict", namespace, name)
    b.depend("dict", builtins, name)
    b.state.push(const_obj(builtins[name]))


def push_variable(b: Builder, name: str) -> None:
    """Pushes a variable of module-level code that the loop, or one around it, changes."""
    known = b.state.names.get(name)
    if known is not None:
        b.state.push(known[0])
        return
    value = b.call("dict_get", const_obj(b.globals), const_obj(name))
    b.state.names[name] = (value, False)
    b.state.retain(value)
    b.state.push(value)


@handles("LOAD_NAME")
def load_name(b: Builder, instr: Instr) -> None:
    if len(b.state.frames) > 1 or not is_module(b):
        b.leave("class body")
    push_global(b, b.globals, instr.arg)


@handles("STORE_NAME")
def store_name(b: Builder, instr: Instr) -> None:
    if len(b.state.frames) > 1 or not is_module(b):
        b.leave("class body")
    store_variable(b, instr.arg)


@handles("STORE_GLOBAL")
def store_global(b: Builder, instr: Instr) -> None:
    namespace = globals_of(b)
    if namespace is None:
        b.leave("unknown globals")
    assert namespace is not None
    if namespace is b.globals and len(b.state.frames) == 1 and instr.arg in b.variables:
        store_variable(b, instr.arg)
        return
    value = b.box_at(1)
    b.call("namespace_set", const_obj(namespace), const_obj(instr.arg), value)
    b.state.release(b.state.pop())


def store_variable(b: Builder, name: str) -> None:
    state = b.state
    if name not in b.globals:
        b.leave("new name")
    old = state.names.get(name)
    if old is None or not old[1] and state.type_of(old[0]) not in LEAF_TYPES:
        # what the namespace holds may run code when it dies, which is now
        b.call("namespace_set", const_obj(b.globals), const_obj(name), b.box_at(1))
        state.release(state.pop())
        return
    value = state.pop()
    assert value is not None
    state.retain(value)
    state.names[name] = (value, True)
    state.release(value)
    state.release(old[0])


def is_module(b: Builder) -> bool:
    code = b.normal.code
    return not code.co_flags & 0x2  # not CO_NEWLOCALS; the runtime checks that locals are the globals
