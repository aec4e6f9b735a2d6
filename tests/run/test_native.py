"""The compiled form of the compiler's own modules, and whether it is that of the sources."""

from __future__ import annotations

import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from jitney.live import native


def test_a_source_changed_after_it_was_compiled_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "jitney"
    (package / "ir").mkdir(parents=True)
    monkeypatch.setattr(native, "PACKAGE", str(package))
    source, compiled = package / "ir" / "values.py", package / "ir" / ("values" + EXTENSION_SUFFIXES[0])
    source.touch()
    assert native.describe().startswith("interpreted") and not native.stale()
    compiled.touch()
    assert native.describe() == "compiled"
    os.utime(compiled, (1000, 1000))
    os.utime(source, (2000, 2000))
    native.warn_if_stale()
    assert capsys.readouterr().err == ""  # installed: nobody changes it there
    (tmp_path / "setup.py").touch()
    native.warn_if_stale()
    assert "values.py was changed after it was compiled" in capsys.readouterr().err
    os.utime(compiled, (3000, 3000))
    assert not native.stale()
