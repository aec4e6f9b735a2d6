"""Without the C runtime there is nothing to call."""

from __future__ import annotations

import pytest

pytest.importorskip("jitney._runtime", exc_type=ImportError)
