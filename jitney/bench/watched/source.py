"""Rewrites a program so that what its timing functions throw away is seen.

    t0 = pyperf.perf_counter()                t0 = pyperf.perf_counter()
    for _ in range(loops):              ->    for _ in range(loops):
        parse_one(SQL)                            __seen__(parse_one(SQL), 12)

Only functions that ask for `perf_counter` are changed, and in them only expressions that stand as statements. What those functions put into
variables is seen when they ask for the time: `runner.perf_counter` looks at them.
"""

from __future__ import annotations

import ast
from types import CodeType

SEEN = "__seen__"


def compiled(path: str) -> CodeType:
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and asks_for_time(node):
            node.body = [Discarded().visit(statement) for statement in node.body]
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def asks_for_time(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "perf_counter" for node in ast.walk(function))


class Discarded(ast.NodeTransformer):
    """Wraps each call, await or operation whose value is thrown away; `time.perf_counter` becomes the one that looks."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        value = node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == SEEN:
            return node  # of a function inside a function: once
        if isinstance(value, ast.Constant | ast.Yield | ast.YieldFrom):
            return node
        line = ast.Constant(node.lineno)
        node.value = ast.copy_location(ast.Call(ast.Name(SEEN, ast.Load()), [value, line], []), value)
        return node
