"""``pytest --update-data`` rewrites what the passes give in the .test files."""

from __future__ import annotations

from pathlib import Path

import pytest

from .datafile import read_cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = [case for path in sorted(Path(__file__).parent.glob("*.test")) for case in read_cases(path)]
        metafunc.parametrize("case", cases, ids=[f"{case.path.stem}-{case.title.replace(' ', '-')}" for case in cases])
