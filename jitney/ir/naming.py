"""Names for the values, blocks and object constants of a region, as IR text shows them.

Numbers follow the order of definition, so two equal regions print the same. An object constant gets a readable name (``<len>``) that is
unique in
its region; `constants_of` gives the table that the parser needs to read the text back.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

from .types import F64, I1, I64, OBJ, VOID, Type
from .values import Block, Const, Region, Value

PREFIX: dict[Type, str] = {OBJ: "o", I64: "i", F64: "f", I1: "c", VOID: "v"}
_PLAIN = (int, float, str, bytes, bool, type(None), complex)


class Naming:
    """Hands out names; ask `value` and `block` for those of a region given to `of_region`."""

    def __init__(self) -> None:
        self.values: dict[Value, str] = {}
        self.blocks: dict[Block, str] = {}
        self.constants: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}

    @classmethod
    def of_region(cls, region: Region) -> Naming:
        names = cls()
        for number, block in enumerate(region.blocks):
            names.blocks[block] = f"b{number}"
            for param in block.params:
                names.define(param)
            for op in block.ops:
                if op.type is not VOID:
                    names.define(op)
        return names

    def define(self, value: Value) -> None:
        if value not in self.values:
            self.values[value] = f"{PREFIX[value.type]}{len(self.values)}"

    def block(self, block: Block) -> str:
        return self.blocks.get(block) or "b?"

    def value(self, value: Value | None) -> str:
        """A value as an operand; one that the region does not define shows with a question mark."""
        if value is None:
            return "_"
        if isinstance(value, Const):
            return self.constant(value)
        name = self.values.get(value)
        if name is None:
            name = self.values[value] = f"{PREFIX.get(value.type, 'x')}?{len(self.values)}"
        return name

    def constant(self, const: Const) -> str:
        if const.type is OBJ:
            return f"<{self.object(const.value)}>"
        if const.type is I1:
            return "true" if const.value else "false"
        if const.type is F64:
            return repr(float(const.value))
        return str(int(const.value))

    def object(self, item: Any) -> str:
        """The name of a Python object: the same for the same object, unique in the region."""
        name = self._by_id.get(id(item))
        if name is None:
            base = name = readable_name(item)
            count = 1
            while name in self.constants:
                count += 1
                name = f"{base}.{count}"
            self.constants[name] = item
            self._by_id[id(item)] = name
        return name


def readable_name(item: Any) -> str:
    """A name for an object made of letters, digits, dots and underscores; runs none of the program's code."""
    if item is None or isinstance(item, bool):
        return str(item)
    if isinstance(item, CodeType):
        text = item.co_name
    elif isinstance(item, type):
        text = type.__dict__["__name__"].__get__(item)
    elif isinstance(item, FunctionType):
        text = item.__name__
    elif type(item) in _PLAIN:
        text = f"{type(item).__name__}_{str(item)[:20]}"
    elif type(item).__name__ in ("builtin_function_or_method", "method_descriptor", "module", "wrapper_descriptor"):
        text = item.__name__
    else:
        text = f"a_{type(item).__name__}"
    clean = "".join(c if c.isascii() and (c.isalnum() or c in "._") else "_" for c in text)
    return clean if clean and not clean[0].isdigit() else f"x{clean}"


def constants_of(region: Region) -> dict[str, Any]:
    """The table of the objects that `show(region)` names, for `parse`."""
    from .printer import show_with
    names = Naming.of_region(region)
    show_with(region, names)
    return names.constants


