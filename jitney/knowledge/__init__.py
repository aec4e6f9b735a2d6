"""What is known of C functions and methods: how they can be called, whether they run Python code or look at frames, what they change.

`known(len)` gives the `Row`; `row.match([list])` the `Signature` for exact argument types, or None when nothing is known for them.
"""

from __future__ import annotations

from .functions import ROWS
from .known import KNOWN, known
from .rows import ANY, GROUPS, NEEDS, Row, Signature

__all__ = ["ANY", "GROUPS", "KNOWN", "NEEDS", "ROWS", "Row", "Signature", "known"]
