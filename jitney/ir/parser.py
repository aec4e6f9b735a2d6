"""Reads the text that the printer writes.

    region = parse(show(region), constants_of(region))

Names in angle brackets, and the names of code objects in snapshots, are looked up in `constants`, then among the built-ins. Values may
be used before the line that
defines them.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping
from typing import Any

from .ops import OPS
from .printer import ACTIONS
from .types import VOID, Type
from .values import (
    GUARD,
    PUSH,
    RAISE,
    RETURN,
    SYNCED,
    Block,
    Const,
    Edge,
    FrameState,
    Op,
    Region,
    Snapshot,
    Value,
    Virtual,
    const_f64,
    const_i1,
    const_i64,
    const_obj,
)

_TOKEN = re.compile(r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<number>-?(?:inf|nan)\b|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)
  | (?P<object><[A-Za-z_][\w.]*>)
  | (?P<arrow>->)
  | (?P<name>[A-Za-z_?][\w.?]*)
  | (?P<mark>[][(){}:,=|@~<>\#])
)""", re.VERBOSE)
_TYPES = {"obj": Type.OBJ, "i64": Type.I64, "f64": Type.F64, "i1": Type.I1}


class ParseError(ValueError):
    """The text is not a region."""


def parse(text: str, constants: Mapping[str, Any] | None = None) -> Region:
    """The region that the text shows."""
    return _Parser(constants or {}).region(text)


class _Line:
    """The tokens of one line and a place among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ParseError(f"cannot read {text[position:]!r} in {text!r}")
            self.tokens.append((str(match.lastgroup), match.group(match.lastgroup or 0)))
            position = match.end()

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.tokens[index][1] if index < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise ParseError(f"{self.text!r} ends too early")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, text: str) -> bool:
        if self.peek() == text and self.kind() != "string":
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise ParseError(f"{text!r} expected, not {self.peek()!r}, in {self.text!r}")


class _Parser:
    def __init__(self, constants: Mapping[str, Any]) -> None:
        self.constants = constants
        self.objects: dict[int, Const] = {}
        self.values: dict[str, Value] = {}
        self.blocks: dict[str, Block] = {}
        self.virtuals: dict[str, Virtual] = {}

    def region(self, text: str) -> Region:
        lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith(("^", "#"))]
        region = Region("region")
        block: Block | None = None
        bodies: list[tuple[Block, Op, _Line]] = []
        for raw in lines:
            if raw.startswith("region "):
                self.header(region, _Line(raw))
            elif raw.startswith("depends("):
                region.dependencies.append(self.dependency(_Line(raw)))
            elif not raw[0].isspace():
                block = self.block_header(raw)
                region.blocks.append(block)
            elif block is None:
                raise ParseError(f"an op outside a block: {raw!r}")
            else:
                bodies.append((block, *self.declare(block, _Line(raw))))
        for block, op, line in bodies:
            self.body(block, op, line)
        return region

    def header(self, region: Region, line: _Line) -> None:
        line.expect("region")
        region.name = ast.literal_eval(line.take())
        while line.at < len(line.tokens):
            key = line.take()
            line.expect("=")
            if key not in ("code", "offset", "inline_depth"):
                raise ParseError(f"a region has no {key}")
            setattr(region, key, self.attr(line))

    def dependency(self, line: _Line) -> tuple[Any, ...]:
        line.expect("depends")
        line.expect("(")
        parts = []
        while not line.accept(")"):
            parts.append(self.attr(line))
            line.accept(",")
        return tuple(parts)

    def block_header(self, raw: str) -> Block:
        text, _, where = raw.partition("#")
        line = _Line(text)
        name = line.take()
        if name in self.blocks:
            raise ParseError(f"block {name} is there twice")
        block = self.blocks[name] = Block(where.strip())
        line.expect("(")
        while not line.accept(")"):
            param = line.take()
            line.expect(":")
            self.define(param, block.add_param(_TYPES[line.take()]))
            line.accept(",")
        line.expect(":")
        block.cold = line.accept("cold")
        return block

    def define(self, name: str, value: Value) -> None:
        if name in self.values:
            raise ParseError(f"{name} is defined twice")
        self.values[name] = value

    def declare(self, block: Block, line: _Line) -> tuple[Op, _Line]:
        type = VOID
        name = ""
        if line.peek(1) == ":":
            name = line.take()
            line.take()
            type = _TYPES[line.take()]
            line.expect("=")
        op = Op(line.take(), type, [])
        if op.name not in OPS:
            raise ParseError(f"there is no op {op.name}")
        if name:
            self.define(name, op)
        block.ops.append(op)
        return op, line

    def body(self, block: Block, op: Op, line: _Line) -> None:
        if op.name == "jump":
            block.edges.append(self.edge(line))
        else:
            line.expect("(")
            while not line.accept(")"):
                if line.peek(1) == "=" and line.kind() == "name":
                    key = line.take()
                    line.take()
                    op.attrs[key] = self.attr(line)
                else:
                    value = self.value(line)
                    if value is None:
                        raise ParseError(f"NULL as an operand in {line.text!r}")
                    op.args.append(value)
                line.accept(",")
        if op.name == "branch":
            block.edges.append(self.edge(line))
            line.expect("else")
            block.edges.append(self.edge(line))
        if line.accept("->"):
            op.snapshot = self.snapshot(line)
        if line.at != len(line.tokens):
            raise ParseError(f"{line.peek()!r} not understood in {line.text!r}")

    def edge(self, line: _Line) -> Edge:
        name = line.take()
        if name not in self.blocks:
            raise ParseError(f"there is no block {name}")
        line.expect("(")
        return Edge(self.blocks[name], self.items(line, ")"))  # type: ignore[arg-type]

    def items(self, line: _Line, end: str) -> list[Value | None]:
        values: list[Value | None] = []
        while not line.accept(end):
            values.append(self.value(line))
            line.accept(",")
        return values

    def value(self, line: _Line) -> Value | None:
        kind, text = line.kind(), line.take()
        if kind == "object":
            return self.object(text[1:-1])
        if kind == "number":
            return const_f64(float(text)) if any(c in text for c in ".enf") else const_i64(int(text))
        if text in ("true", "false"):
            return const_i1(text == "true")
        if text == "_":
            return None
        if text == "~":
            return SYNCED
        if text == "#":
            return self.labelled(line)
        if line.peek() == "{":
            line.take()
            return Virtual(text, tuple(self.items(line, "}")))
        value = self.values.get(text)
        if value is None:
            raise ParseError(f"{text} is not defined (in {line.text!r})")
        return value

    def labelled(self, line: _Line) -> Virtual:
        label = line.take()
        if line.accept("="):
            virtual = self.value(line)
            assert isinstance(virtual, Virtual)
            self.virtuals[label] = virtual
        return self.virtuals[label]

    def lookup(self, name: str) -> Any:
        if name in self.constants:
            return self.constants[name]
        if name in ("None", "True", "False"):
            return ast.literal_eval(name)
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise ParseError(f"no constant is named {name}")

    def object(self, name: str) -> Const:
        item = self.lookup(name)
        const = self.objects.get(id(item))
        if const is None:
            const = self.objects[id(item)] = const_obj(item)
        return const

    def attr(self, line: _Line) -> Any:
        kind, text = line.kind(), line.take()
        if kind in ("string", "number"):
            return ast.literal_eval(text)
        return self.lookup(text[1:-1] if kind == "object" else text)

    def snapshot(self, line: _Line) -> Snapshot:
        self.virtuals = {}
        kind = RAISE if line.accept("raise") else RETURN if line.accept("return") else GUARD
        shown = [self.frame(line)]
        while line.accept("<"):
            shown.append(self.frame(line))
        frame: FrameState | None = None
        for code, offset, after, action, func, locals, stack in reversed(shown):
            frame = FrameState(code, offset, tuple(locals), tuple(stack), frame, func, after, action)
        assert frame is not None
        owned: frozenset[Value] = frozenset()
        names: list[tuple[str, Value]] = []
        drops: list[Value] = []
        reason = ""
        if line.accept("owned"):
            line.expect("(")
            owned = frozenset(self.items(line, ")"))  # type: ignore[arg-type]
        if line.accept("names"):
            line.expect("(")
            while not line.accept(")"):
                name = line.take()
                line.expect("=")
                names.append((name, self.value(line)))  # type: ignore[arg-type]
                line.accept(",")
        if line.accept("drops"):
            line.expect("(")
            drops = self.items(line, ")")  # type: ignore[assignment]
        stands_at = int(line.take()) if line.accept("at") else -1
        if line.kind() == "string":
            reason = ast.literal_eval(line.take())
        return Snapshot(frame, kind, owned, tuple(names), tuple(drops), stands_at, reason)

    def frame(self, line: _Line) -> tuple[Any, int, int, int, Value | None, list[Value | None], list[Value | None]]:
        code = self.lookup(line.take())
        line.expect("@")
        offset = int(line.take())
        after, action, func = 0, PUSH, None
        if line.accept(">"):
            after = int(line.take())
            if line.accept(":"):
                action = ACTIONS.index(line.take())
        if line.accept("("):
            func = self.value(line)
            line.expect(")")
        line.expect("[")
        locals = self.items(line, "|")
        return code, offset, after, action, func, locals, self.items(line, "]")


