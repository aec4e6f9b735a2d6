"""Makes a failing program small: statements and parts of expressions are taken away as long as the rest still fails."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator

BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def reduce(source: str, fails: Callable[[str], bool], seconds: float = 120.0) -> str:
    """The smallest program found within the time for which `fails` is true; `source` itself if its parsed form does not fail."""
    end = time.monotonic() + seconds
    best = ast.unparse(ast.parse(source))
    if not fails(best):
        return source
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for candidates in (without_statements, without_wrappers, with_smaller_expressions):
            index = 0
            while time.monotonic() < end:
                tree = ast.parse(best)
                text = candidate(tree, candidates, index)
                if text is None:
                    break
                if text != best and len(text) <= len(best) and fails(text):
                    best, changed = text, True
                else:
                    index += 1
    return best


def candidate(tree: ast.Module, candidates: Callable[[ast.Module], Iterator[None]], index: int) -> str | None:
    """The text after the index-th change; None when there are fewer. The tree is changed in place."""
    for number, _ in enumerate(candidates(tree)):
        if number == index:
            try:
                text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
                compile(text, "candidate", "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError):
                return ""
            return text
    return None


def lists(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in BODIES:
            body = getattr(node, field, None)
            if isinstance(body, list) and body:
                yield body


def without_statements(tree: ast.Module) -> Iterator[None]:
    """Halves, quarters, ... of each list of statements away; from large to small, from the end."""
    for body in list(lists(tree)):
        size = len(body)
        while size:
            for start in range(len(body) - size, -1, -size):
                kept = body[:]
                body[start : start + size] = [] if len(body) > size else [ast.Pass()] if isinstance(body[0], ast.stmt) else []
                if kept != body and not (len(kept) == 1 and isinstance(kept[0], ast.Pass)):
                    yield
                body[:] = kept
            size //= 2


def without_wrappers(tree: ast.Module) -> Iterator[None]:
    """A compound statement's body in its place."""
    for body in list(lists(tree)):
        for index, statement in enumerate(body):
            inner = getattr(statement, "body", None)
            if isinstance(statement, (ast.If, ast.For, ast.While, ast.Try, ast.With)) and isinstance(inner, list):
                for part in (inner, getattr(statement, "orelse", []), getattr(statement, "finalbody", [])):
                    if part:
                        body[index : index + 1] = part
                        yield
                        body[index : index + len(part)] = [statement]


def with_smaller_expressions(tree: ast.Module) -> Iterator[None]:
    """An expression's operand, or a plain constant, in its place; lists of operands made shorter."""
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                for smaller in replacements(value):
                    setattr(node, field, smaller)
                    yield
                setattr(node, field, value)
            elif isinstance(value, list):
                for index, item in enumerate(list(value)):
                    if isinstance(item, (ast.expr, ast.keyword, ast.comprehension)) and (len(value) > 1 or isinstance(node, ast.Call)):
                        del value[index]
                        yield
                        value.insert(index, item)
                    if isinstance(item, ast.expr):
                        for smaller in replacements(item):
                            value[index] = smaller
                            yield
                        value[index] = item


def replacements(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, (ast.Name, ast.Constant)):
        if isinstance(value, ast.Constant) and isinstance(value.value, int) and abs(value.value) > 1:
            yield ast.Constant(1)
        return
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr):
            yield child
    for constant in (0, 1, None):
        yield ast.Constant(constant)
