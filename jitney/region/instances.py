"""Classes called: `__new__` and `__init__` as `type.__call__` has them run (Objects/typeobject.c, type_call), and objects just made."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from ..ir.values import INIT, NEW, Const, Op, Value, Virtual, const_obj
from ..knowledge.classes import HEAP_TYPE, NOT_DATA, flags, lookup, mro, next_base, stays
from .inlining import Site, bind, enter_frame, inlinable
from .numbers import push_result

if TYPE_CHECKING:
    from .builder import Builder
    from .state import Frame

IS_ABSTRACT, UNMAKEABLE = 1 << 20, 1 << 7  # Py_TPFLAGS_IS_ABSTRACT, Py_TPFLAGS_DISALLOW_INSTANTIATION


def instantiate(b: Builder, cls: type, site: Site) -> bool:
    """cls(...) for a class with a Python `__init__` and object's `__new__`, or the other way round."""
    if not flags(cls) & HEAP_TYPE or lookup(type(cls), "__call__") is not lookup(type, "__call__"):
        return False
    initialiser = lookup(cls, "__init__")
    if lookup(cls, "__new__") is not object.__new__:
        return initialiser is lookup(object, "__init__") and begin_new(b, cls, site)
    if not is_made_by(cls, object):
        return False
    if initialiser is lookup(object, "__init__"):
        if site.args:
            return False
        depend_on(b, cls)
        push_result(b, site.consumed, new_instance(b, cls))
        return True
    if type(initialiser) is not types.FunctionType:
        return False
    recorded = inlinable(b, initialiser)
    if recorded is None:
        return False
    placeholder = const_obj(None)
    trial = Site(const_obj(initialiser), [placeholder, *site.args], site.keywords, site.consumed)
    if bind(b, initialiser, trial) is None:
        return False
    depend_on(b, cls)
    instance = new_instance(b, cls)
    trial.args[0] = instance
    # arguments may have been boxed meanwhile; read them again from the stack
    locals = bind(b, initialiser, trial)
    assert locals is not None
    enter_frame(b, initialiser, recorded, locals, site.consumed, INIT, below=instance)
    b.state.types[instance] = cls
    return True


def depend_on(b: Builder, cls: type) -> None:
    """Relies on what the class says, and on whose instance it is."""
    if type(cls) is not type:
        b.depend("type", type(cls))
        guard_class(b, cls)
    b.depend("type", cls)


def guard_class(b: Builder, known: object) -> None:
    """Leaves where an object that the region knows has got another class meanwhile, if it can."""
    if not stays(type(known)):
        b.emit("guard_type", const_obj(known), type=type(known))


def begin_new(b: Builder, cls: type, site: Site) -> bool:
    """Begins the Python `__new__` of a class that is called, with the operands still on the stack."""
    maker: Any = lookup(cls, "__new__")
    if type(maker) is not staticmethod or type(maker.__func__) is not types.FunctionType or site.keywords:
        return False
    if type(lookup(type(cls), "__new__")) not in NOT_DATA or None not in b.state.frame.stack[-site.consumed:][:2]:
        return False
    recorded = inlinable(b, maker.__func__)
    if recorded is None:
        return False
    locals = bind(b, maker.__func__, Site(const_obj(maker.__func__), [const_obj(cls), *site.args], (), 0))
    if locals is None:
        return False
    depend_on(b, cls)
    operands = b.state.popn(site.consumed)
    for index, operand in enumerate(operands):
        b.state.push(const_obj(cls) if index < 2 and operand is not None else operand)  # as a constant, for `guard_made`
    for operand in operands:
        b.state.release(operand)
    enter_frame(b, maker.__func__, recorded, locals, 0, NEW)
    return True


def guard_made(b: Builder, caller: Frame) -> None:
    """The `__new__` inlined is about to return what is on top of the stack: leaves where that would have to be initialised."""
    lowest = caller.normal.parts(caller.return_offset)[0].depth - 1
    operand = caller.stack[lowest] or caller.stack[lowest + 1]
    if not isinstance(operand, Const):
        b.leave("several classes")
    assert isinstance(operand, Const)
    cls = operand.value
    value = b.state.peek(1)
    assert value is not None
    kind = b.want_type(1)
    if kind is None:
        if isinstance(value, Virtual):
            b.leave("result of __new__")
        b.guard_type(value, cls)
        kind = cls
    if cls in mro(kind):
        if lookup(kind, "__init__") is not lookup(object, "__init__"):
            b.leave("__init__ after __new__")
        b.depend("type", kind)


def new_instance(b: Builder, cls: type) -> Value:
    return b.call("new_instance", const_obj(cls), type=cls)


def is_new(value: Value) -> bool:
    """Whether it is an object made in this block, with no attributes so far, about."""
    return isinstance(value, Op) and value.name == "call" and value.attrs["helper"] == "new_instance"


def is_made_by(cls: type, maker: type) -> bool:
    """Whether `__new__` of `maker`, object or tuple, makes an object of the class (Objects/typeobject.c, tp_new_wrapper and object_new)."""
    for base in mro(cls):  # classes made in C may lack it, though a base has it
        if base is not object and base is not maker and flags(base) & (HEAP_TYPE | UNMAKEABLE) != HEAP_TYPE:
            return False
    base = cls
    while base is not object and type(lookup(base, "__new__")) is staticmethod:
        base = next_base(base) or object
    return lookup(base, "__new__") is maker.__new__ and not flags(cls) & IS_ABSTRACT
