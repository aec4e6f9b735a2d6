"""What an attribute names gets another class in the middle of the loop, one with `__get__` or `__set__`; so do modules and metaclasses.

Nothing else changes then: no class, no namespace, no watched value.
"""

import types


class Value:
    pass


class Got(Value):
    def __get__(self, one, owner=None):
        return "got", one is None


class Set(Value):
    def __set__(self, one, value):
        one.__dict__["said"] = value


class Both(Got, Set):
    pass


class Holder:
    value = Value()

    def __init__(self):
        self.other = 1


class Derived(Holder):
    def read(self):
        return super().value


class Named(type):
    pass


class OtherNamed(Named):
    @property
    def name(cls):
        return "the metaclass's"


class WithName(metaclass=Named):
    name = "the class's"


class Module(types.ModuleType):
    def __getattribute__(self, name):
        return "asked" if name == "variable" else super().__getattribute__(name)


def shown(results):
    return [result if not isinstance(result, Value) else type(result).__name__ for result in results]


def case_attribute_of_instance(log):
    value = Holder.__dict__["value"]
    one, results = Holder(), []
    value.__class__ = Value
    for i in range(40):
        results.append(one.value)
        if i == 31:
            Holder.__dict__["value"].__class__ = Got
    value.__class__ = Value
    return shown(results)


def case_attribute_of_class(log):
    value = Holder.__dict__["value"]
    results = []
    for i in range(40):
        results.append(Holder.value)
        if i == 31:
            Holder.__dict__["value"].__class__ = Got
    value.__class__ = Value
    return shown(results)


def case_attribute_of_super(log):
    value = Holder.__dict__["value"]
    one, results = Derived(), []
    for i in range(40):
        results.append(one.read())
        if i == 31:
            Holder.__dict__["value"].__class__ = Got
    value.__class__ = Value
    return shown(results)


def case_method_of_instance(log):
    class Called:
        def __call__(self, *args):
            return len(args)

    class Bound(Called):
        def __get__(self, one, owner=None):
            return lambda *args: -len(args)

    class Owner:
        call = Called()

    one, results = Owner(), []
    for i in range(40):
        results.append(one.call(1))
        if i == 31:
            Owner.__dict__["call"].__class__ = Bound
    return results


def case_hidden_by_own_attribute(log):
    value = Holder.__dict__["value"]
    one, results = Holder(), []
    one.value = "own"
    for i in range(40):
        results.append(one.value)
        if i == 31:
            Holder.__dict__["value"].__class__ = Both
    value.__class__ = Value
    return results


def case_stored(log):
    value = Holder.__dict__["value"]
    one = Holder()
    for i in range(40):
        one.value = i
        if i == 31:
            Holder.__dict__["value"].__class__ = Set
    value.__class__ = Value
    return one.__dict__


def case_class_of_metaclass(log):
    results = []
    for i in range(40):
        results.append(WithName.name)
        if i == 31:
            WithName.__class__ = OtherNamed
    WithName.__class__ = Named
    return results


def case_variable_of_module(log):
    module = types.ModuleType("module")
    module.variable = "stored"
    results = []
    for i in range(40):
        results.append(module.variable)
        if i == 31:
            module.__class__ = Module
    return results


module = types.ModuleType("module")
module.variable = "stored"


def case_variable_of_known_module(log):
    results = []
    for i in range(40):
        results.append(module.variable)
        if i == 31:
            module.__class__ = Module
    module.__class__ = types.ModuleType
    return results


def case_compared(log):
    class Other:
        __eq__ = Value()

    results = []
    for i in range(40):
        try:
            results.append(Other() == 1)
        except TypeError as error:
            results.append(str(error))
        if i == 31:
            Other.__dict__["__eq__"].__class__ = Got
    return results
