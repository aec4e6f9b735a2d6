"""Attributes: module variables, class attributes, instance values, slots, methods, properties."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from ..ir.types import F64, OBJ
from ..ir.values import DISCARD, PUSH, Const, Value, Virtual, const_i64, const_obj
from ..knowledge.classes import HEAP_TYPE, MISSING, NOT_DATA, flags, is_a, is_strange, lookup, mro
from ..knowledge.instances import (
    TUPLE_FIELD,
    has_instance_dict,
    has_plain_dict,
    inline_index,
    keeps_dicts,
    reads_plainly,
    sets_plainly,
    shared_keys_count,
    slot_offset,
    tuple_field,
)
from ..reasons import OWN_ATTRIBUTE
from .handlers import handles
from .instances import depend_on, guard_class, is_new
from .numbers import push_result

if TYPE_CHECKING:
    from ..bytecode import Instr
    from .builder import Builder

def is_descriptor(b: Builder, found: object, *methods: str) -> bool:
    """Whether the class of what was found has one of the methods. If not, that it gets one, and that the object gets another class, is
    seen to."""
    kind = type(found)
    if any(lookup(kind, method) is not MISSING for method in methods):
        return True
    if flags(kind) & HEAP_TYPE:
        b.depend("type", kind)
    guard_class(b, found)
    return False


def push_attribute(b: Builder, value: Value, is_method: bool) -> None:
    """Pushes what LOAD_ATTR found, with the NULL that a method load adds."""
    state = b.state
    old = state.pop()
    if is_method and b.normal.null_first:
        state.push(None)
    state.push(value)
    if is_method and not b.normal.null_first:
        state.push(None)
    state.release(old)


def push_method(b: Builder, function: Value) -> None:
    state = b.state
    receiver = state.pop()
    state.push(function)
    state.push(receiver)
    state.release(receiver)


@handles("LOAD_ATTR")
def load_attr(b: Builder, instr: Instr) -> None:
    name, is_method = instr.arg[0], instr.arg[1]
    state = b.state
    value = state.peek(1)
    assert value is not None
    if not isinstance(value, Const):
        pairs = [entry for entry in b.observed(0) if type(entry) is tuple]
        owner = pairs[0][1] if len(pairs) == len(b.observed(0)) == 1 else None
        if value.type is OBJ and (is_a(owner, type) or is_a(owner, types.ModuleType)):
            known = const_obj(owner)
            b.emit("guard_is", value, known)
            state.push(known)
            old = state.popn(2)
            state.push(known)
            state.release(old[0])
            state.release(old[1])
            value = known
    if isinstance(value, Const) and type(value.value) is types.ModuleType:
        namespace = value.value.__dict__
        if name in namespace and not b.services.is_volatile(namespace, name):
            b.depend("dict", namespace, name)
            guard_class(b, value.value)
            push_attribute(b, const_obj(namespace[name]), is_method)
            return
    elif isinstance(value, Const) and is_a(value.value, type):
        attribute = class_attribute(b, value.value, name)
        if attribute is not None:
            push_attribute(b, attribute, is_method)
            return
    else:
        kind = b.want_type(1)
        if kind is not None and instance_attribute(b, kind, name, is_method):
            return
    push_attribute(b, b.call("get_attr", b.box_at(1), const_obj(name)), is_method)


#: descriptors that are what they give where a class is asked for them
GIVE_THEMSELVES = frozenset({types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType,
                             types.MemberDescriptorType, types.GetSetDescriptorType, property})


def class_attribute(b: Builder, cls: type, name: str) -> Value | None:
    """What a class gives for a name, as long as it stays as it is; None: that is not known."""
    found, of_metaclass = lookup(cls, name), lookup(type(cls), name)
    if found is MISSING or (of_metaclass is not MISSING and type(of_metaclass) not in NOT_DATA) or is_strange(cls):
        return None
    value: Value
    if type(found) is classmethod:
        if type(found.__func__) is not types.FunctionType:
            return None
        value = Virtual("method", (const_obj(found.__func__), const_obj(cls)))
    elif type(found) is staticmethod:
        value = const_obj(found.__func__)
    elif type(found) in GIVE_THEMSELVES or not is_descriptor(b, found, "__get__"):
        value = const_obj(found)
    else:
        return None
    depend_on(b, cls)
    return value


def guard_lacks(b: Builder, instance: Value, name: str) -> None:
    """Leaves where the instance has such an attribute of its own."""
    b.emit("guard_true", b.call("instance_lacks", instance, const_obj(name)), reason=OWN_ATTRIBUTE)


def instance_attribute(b: Builder, kind: type, name: str, is_method: bool) -> bool:
    state = b.state
    if issubclass(kind, type) or issubclass(kind, types.ModuleType):
        return False
    found = lookup(kind, name)
    if not reads_plainly(kind):
        # __getattr__ in Python comes into play only where nothing is found
        if (found is MISSING or lookup(kind, "__getattr__") is MISSING
                or lookup(kind, "__getattribute__") is not lookup(object, "__getattribute__")):
            return False
    value = state.peek(1)
    assert value is not None
    if isinstance(value, Virtual):
        value = b.box_at(1)
    elif value.type is not OBJ:
        if found is MISSING or type(found) is not types.MethodDescriptorType:
            return False
    if type(found) is property:
        from .inlining import inline_function

        if type(found.fget) is types.FunctionType:
            b.depend("type", kind)
            return inline_function(b, found.fget, 1, PUSH, is_method_load=is_method)
        return False
    if type(found) is types.MemberDescriptorType:
        offset = slot_offset(found)
        if offset is None or b.noted("slot_get"):
            return False
        b.depend("type", kind)
        push_attribute(b, b.fragile(b.emit("slot_get", value, offset=offset)), is_method)
        return True
    if type(found) is TUPLE_FIELD:
        if tuple not in mro(kind) or tuple_field(found) < 0:
            return False
        b.depend("type", kind)
        item = const_i64(tuple_field(found))
        b.emit("guard_true", b.emit("i64_lt", item, b.emit("tuple_len", value)), reason="index out of range")
        push_attribute(b, b.fragile(b.emit("tuple_get", value, item)), is_method)
        return True
    if found is not MISSING and is_descriptor(b, found, "__set__", "__delete__"):
        return False
    if has_plain_dict(kind) and found is not MISSING and is_method and not b.noted("missing"):  # a class made in C, or derived from one
        b.depend("type", kind)
        guard_lacks(b, value, name)
    elif has_instance_dict(kind):
        index = inline_index(kind, name)
        if b.noted("guard_inline_values") or keeps_dicts(kind) or (index is None and found is MISSING):
            # instances with a dict of their own
            if b.noted("missing") or not sets_plainly(kind):
                return False
            b.depend("type", kind)
            if index is None and found is not MISSING:
                guard_lacks(b, value, name)
            else:
                push_attribute(b, b.call("instance_get", value, const_obj(name)), is_method)
                return True
        elif index is not None:
            if b.noted("attr_get"):
                return False
            b.depend("type", kind)
            b.emit("guard_inline_values", value)
            push_attribute(b, b.fragile(b.emit("attr_get", value, index=index)), is_method)
            return True
        else:
            keys = shared_keys_count(kind)
            if keys is None:
                return False
            address, count = keys
            b.emit("guard_inline_values", value)
            b.emit("guard_true", b.emit("i64_eq", b.emit("memory_i64", address=address), const_i64(count)), reason="new attribute names")
    if found is MISSING:
        return False
    if type(found) is types.FunctionType or type(found) is types.MethodDescriptorType:
        b.depend("type", kind)
        if is_method:
            push_method(b, const_obj(found))
            return True
        if type(found) is types.FunctionType:
            push_result(b, 1, Virtual("method", (const_obj(found), value)))
            return True
        return False
    if type(found) is staticmethod:
        b.depend("type", kind)
        push_attribute(b, const_obj(found.__func__), is_method)
        return True
    if type(found) is classmethod and type(found.__func__) is types.FunctionType:
        b.depend("type", kind)
        push_attribute(b, Virtual("method", (const_obj(found.__func__), const_obj(kind))), is_method)
        return True
    if is_descriptor(b, found, "__get__"):
        return False
    b.depend("type", kind)
    push_attribute(b, const_obj(found), is_method)
    return True


@handles("STORE_ATTR")
def store_attr(b: Builder, instr: Instr) -> None:
    name = instr.arg
    state = b.state
    kind = b.want_type(1)
    if kind is not None and store_instance_attribute(b, kind, name):
        return
    receiver, value = b.box_at(1), b.box_at(2)
    b.call("set_attr", receiver, const_obj(name), value)
    for operand in reversed(state.popn(2)):
        state.release(operand)


def store_instance_attribute(b: Builder, kind: type, name: str) -> bool:
    """STORE_ATTR of [value, receiver]."""
    state = b.state
    receiver, value = state.peek(1), state.peek(2)
    assert receiver is not None and value is not None
    if isinstance(receiver, Virtual) or receiver.type is not OBJ or issubclass(kind, (type, types.ModuleType)):
        return False
    if not sets_plainly(kind):
        return False
    found = lookup(kind, name)
    if type(found) is property:
        from .inlining import inline_function

        if type(found.fset) is types.FunctionType:
            b.depend("type", kind)
            return inline_function(b, found.fset, 2, DISCARD)
        return False
    if type(found) is types.MemberDescriptorType:
        offset = slot_offset(found)
        if offset is None:
            return False
        b.depend("type", kind)
        if b.noted("slot_swap") or b.noted("slot_set_float") or initialises(b, receiver):
            store_first(b, "slot_init", receiver, offset)
            return True
        store_value(b, "slot", receiver, value, offset=offset)
        return True
    if found is not MISSING and is_descriptor(b, found, "__set__", "__delete__"):
        return False
    if not has_instance_dict(kind):
        return False
    index = inline_index(kind, name)
    if b.noted("missing"):
        return False
    if index is None or b.noted("guard_inline_values") or keeps_dicts(kind):
        b.depend("type", kind)
        boxed = b.box_at(2)
        old_value = b.call("instance_set", receiver, const_obj(name), boxed)
        state.retain(old_value)
        for operand in reversed(state.popn(2)):
            state.release(operand)
        state.release(old_value)
        return True
    b.depend("type", kind)
    b.emit("guard_inline_values", receiver)
    if b.noted("attr_swap") or b.noted("attr_set_float") or initialises(b, receiver):
        store_first(b, "attr_init", receiver, index)
        return True
    store_value(b, "attr", receiver, value, index=index)
    return True


def initialises(b: Builder, receiver: Value) -> bool:
    """Whether an attribute that is stored is probably a new one: it was when that was recorded, or the object is new."""
    return "unset" in b.observed(2) or is_new(receiver)


def store_first(b: Builder, helper: str, receiver: Value, place: int) -> None:
    """Stores where there may have been nothing."""
    state = b.state
    old = b.call(helper, receiver, const_i64(place), b.box_at(2))
    state.retain(old)
    for operand in reversed(state.popn(2)):
        state.release(operand)
    state.release(old)


def store_value(b: Builder, prefix: str, receiver: Value, value: Value, **attrs: Any) -> None:
    state = b.state
    if value.type is F64 and not isinstance(value, Const) and value not in state.box:
        b.clobber()
        b.emit(f"{prefix}_set_float", receiver, value, **attrs)
        old: Value | None = None
    else:
        boxed = b.box_at(2)
        b.clobber()
        old = b.emit(f"{prefix}_swap", receiver, boxed, **attrs)
        state.retain(old)
    for operand in reversed(state.popn(2)):
        state.release(operand)
    if old is not None:
        state.release(old)


__all__ = ["load_attr", "lookup", "store_attr"]
