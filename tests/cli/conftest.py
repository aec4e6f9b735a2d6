"""The compiler is not what is tested here: a pretend manager stands in for it where Jitney must be on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]

# Put in the place of jitney.live.manager (and of the checks for what it needs) by a sitecustomize in the processes under test.
PRETEND = """
import sys, types
manager = types.ModuleType("jitney.live.manager")
manager.log = []
manager.start = lambda config: manager.log.append(("start", config))
manager.stop = lambda: manager.log.append(("stop",))
manager.statistics = lambda: {
    "recordings": 3,
    "seconds": {"llvm": 0.25},
    "regions": [{"where": "a.py:3 f", "kind": "loop", "versions": 1, "entries": 7,
                 "exits": [{"guard": 4, "reason": "type", "line": "a.py:5", "count": 2, "compiled": False}]}],
    "given_up": [{"where": "b.py:9 g", "reason": "opcode", "detail": "SEND", "count": 5}],
}
import jitney.support
jitney.support.CHECKS = ()
sys.modules["jitney.live.manager"] = manager
"""


@pytest.fixture
def clean() -> dict[str, str]:
    """The environment without anything of Jitney's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JITNEY") and name not in ("PYTHONPATH", "COLUMNS")}


@pytest.fixture
def run(clean: dict[str, str], tmp_path: Path) -> Run:
    """Runs this Python in an empty directory; `env` adds to the clean environment."""

    def start(*arguments: str, env: dict[str, str] | None = None, **more: object) -> subprocess.CompletedProcess[str]:
        environ = {**clean, "PYTHONPATH": str(ROOT), **(env or {})}
        return subprocess.run([sys.executable, *arguments], env=environ, cwd=tmp_path, capture_output=True, text=True,  # type: ignore[call-overload,no-any-return]
                              timeout=60, **{"stdin": subprocess.DEVNULL, **more} if "input" not in more else more)  # fmt: skip

    return start


@pytest.fixture
def pretend(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables with which Jitney starts, with the pretend manager."""
    directory = tmp_path_factory.mktemp("pretend")
    (directory / "pretend_manager.py").write_text(PRETEND)
    return {"PYTHONPATH": os.pathsep.join([str(directory), str(ROOT)])}
