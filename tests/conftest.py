"""Options for the whole test suite."""

from __future__ import annotations

import signal

import pytest

# A shell has its background jobs, and all that they start, ignore Ctrl-C: then tests of it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-data", action="store_true", help="rewrite the results in tests/**/*.test")
