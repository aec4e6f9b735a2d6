"""A program with nothing hot: start-up with many modules, then about a second spread over thousands of functions, each called a few times.

It shows what Jitney costs where it cannot help. `jitney bench nothing_hot` times the whole process.
"""

import argparse  # noqa: F401
import ast
import asyncio  # noqa: F401
import collections  # noqa: F401
import concurrent.futures  # noqa: F401
import csv  # noqa: F401
import dataclasses  # noqa: F401
import decimal  # noqa: F401
import email.message  # noqa: F401
import html.parser  # noqa: F401
import http.client  # noqa: F401
import json  # noqa: F401
import logging.config  # noqa: F401
import pathlib  # noqa: F401
import sqlite3  # noqa: F401
import sys
import typing
import unittest  # noqa: F401
import xml.dom.minidom  # noqa: F401

SOURCE = """
class C{n}:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def both(self):
        return self.a + self.b
    def names(self):
        return sorted(vars(self)) + [str(self.a)]
def f{n}(a, b={n}):
    thing = C{n}(a, b)
    out = {{}}
    for name in thing.names():
        out[name] = (name, thing.both(), len(name))
    if a % 2:
        return [out.get(key, key) for key in ("a", "b", "c{n}")]
    try:
        return g{n}(*[thing.a, thing.b], scale=out["x{n}"])
    except KeyError as error:
        return str(error)
def g{n}(x, y, scale=1):
    return "-".join([str(x), str(y), repr(scale)])
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    total = 0
    for start in range(0, count, 50):
        namespace: dict[str, typing.Any] = {}
        tree = ast.parse("".join(SOURCE.format(n=n) for n in range(start, min(count, start + 50))))
        exec(compile(tree, f"<part {start}>", "exec"), namespace)
        for _ in range(3):
            for n in range(start, min(count, start + 50)):
                total += len(namespace[f"f{n}"](n))
    print(total)


if __name__ == "__main__":
    main()
