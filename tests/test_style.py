"""What the code promises of itself, read from its sources and its tables."""

from __future__ import annotations

import ast
import dis
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitney.bytecode import opcodes
from jitney.bytecode.decode import VERSION
from jitney.config import DUMP_LETTERS, OPTIONS
from jitney.ir import ops
from jitney.reasons import OPS, PHRASES, REASONS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "jitney"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "stand_in" not in path.parts)
C_FILES = sorted([*PACKAGE.rglob("*.c"), *PACKAGE.rglob("*.h")])
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "programs")
MOST_LINES = 750

#: who may read the environment besides config.py: processes that are started with one, a terminal's width, the .pth line's own switch
ENVIRONMENT = {"jitney/config.py", "jitney/cli/run.py", "jitney/cli/report.py", "jitney/bench/measure.py",
               "jitney/cli/hook/sitecustomize.py", "jitney/bench/turns/jitney_turn.py"}  # the last two: in other interpreters

#: package -> packages of ours that it may import, besides itself and the tables at the top
ARROWS = {
    "ir": set(),
    "bytecode": {"record"},
    "record": {"bytecode"},
    "knowledge": {"bytecode"},
    "region": {"ir", "bytecode", "record", "knowledge"},
    "opt": {"ir", "knowledge"},
    "lower": {"ir", "bytecode", "knowledge"},
}
TOP = {"errors", "reasons", "marks", "config", "_runtime"}
NO_TABLES = {"ir"}  # imports nothing of ours at all


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Dotted names, below jitney, of our own modules that a module imports."""
    package = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("jitney.") for alias in node.names if alias.name.startswith("jitney."))
        elif isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == "jitney"):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += [part for part in (node.module or "").split(".") if part and part != "jitney"]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def literals(path: Path, call: str) -> Iterator[str]:
    """The texts given first, or as `reason`, to calls of `call`; any call's `reason` for ""."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        values = node.args[:1] if called == call else [word.value for word in node.keywords if word.arg == "reason"] if not call else []
        while values:
            value = values.pop()
            if isinstance(value, ast.IfExp):
                values += [value.body, value.orelse]
            elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


@pytest.mark.parametrize("path", [*MODULES, *C_FILES, *TESTS], ids=name_of)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_only_compat_asks_for_the_version() -> None:
    assert [name_of(path) for path in C_FILES if "PY_VERSION_HEX" in path.read_text() and path.name != "compat.h"] == []


def test_only_config_reads_the_environment() -> None:
    assert {name_of(path) for path in MODULES if re.search(r"\bos\.(environ|getenv)\b", path.read_text())} - ENVIRONMENT == set()


@pytest.mark.parametrize("package", ARROWS)
def test_arrows(package: str) -> None:
    allowed = ARROWS[package] | {package} | (set() if package in NO_TABLES else TOP)
    wrong = [f"{name_of(path)}: {name}" for path in sorted((PACKAGE / package).rglob("*.py")) for name in imported(path)
             if name.split(".")[0] not in allowed]  # fmt: skip
    assert wrong == []


def test_every_opcode_has_a_handler() -> None:
    """Each opcode of this CPython is decoded, and each op that decoding may give has one handler, be it the one that leaves."""
    for path in (PACKAGE / "region").glob("[a-z]*.py"):
        importlib.import_module(f"jitney.region.{path.stem}")
    from jitney.region.generic import LEAVING
    from jitney.region.handlers import HANDLERS

    specialised = set(getattr(dis, "_specialized_opmap", {}))
    for name, number in dis.opmap.items():
        if number > 255 or name.startswith("INSTRUMENTED_") or name in specialised:
            continue
        if name in VERSION.never_in_code or name == VERSION.call_prefix:
            continue  # pseudo-opcodes of the compiler, what monitoring and the specialising interpreter write over others
        assert name in VERSION.expansions, name
    unhandled = {op for op in opcodes.EFFECTS if op not in HANDLERS} - {"NOP", "END_FOR"}
    assert unhandled == set()
    assert set(LEAVING) <= HANDLERS.keys()


def test_options_and_reasons_are_documented() -> None:
    """The reference pages are what the tables give, and each row says something."""
    done = subprocess.run([sys.executable, "tools/gen_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (ROOT / "docs/reference/options.md").read_text()
    for option in OPTIONS.values():
        assert option.help.endswith(".") and f"`{option.flag}`" in page and f"`{option.environment}`" in page
    page = (ROOT / "docs/reference/reasons.md").read_text()
    for reason in REASONS.values():
        assert reason.sentence and reason.kind in ("record", "build", "guard") and f"`{reason.key}`" in page
    assert all(DUMP_LETTERS.values())


def test_every_reason_used_is_in_the_table() -> None:
    given_up = {text: name_of(path) for path in MODULES for text in literals(path, "GiveUp")}
    assert {text: where for text, where in given_up.items() if text not in REASONS} == {}
    assert {*PHRASES.values(), *OPS.values()} <= REASONS.keys()
    said = {text for path in (PACKAGE / "region").glob("*.py") for call in ("leave", "") for text in literals(path, call)}
    assert PHRASES.keys() - said == set()
    assert OPS.keys() - ops.OPS.keys() == set()


def test_versions_of_cpython_are_named_in_few_places() -> None:
    named = {name_of(path) for path in MODULES if re.search(r"sys\.(version_info|hexversion)", path.read_text())}
    assert {name for name in named if name.startswith(tuple(f"jitney/{package}/" for package in ("ir", "opt", "lower", "live")))} == set()
