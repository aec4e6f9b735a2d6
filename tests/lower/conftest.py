import importlib
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))


def pytest_collection_modifyitems(items):
    try:
        importlib.import_module("jitney._runtime")
    except ImportError:
        for item in items:
            if "lower" in item.nodeid:
                item.add_marker(pytest.mark.skip(reason="the C runtime is not built"))
