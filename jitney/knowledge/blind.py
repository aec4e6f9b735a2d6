"""Whether a C function called with arguments of known types runs no Python code and looks at no frame."""

from __future__ import annotations

from typing import Any

from .known import known


def is_blind(function: Any, types: list[type | None]) -> bool:
    """True when the table of known functions says so for exactly these argument types, whatever is in the containers among them."""
    if any(kind is None for kind in types):
        return False
    row = known(function)
    if row is None or not row.blind:
        return False
    signature = row.match([kind for kind in types if kind is not None])
    return signature is not None
