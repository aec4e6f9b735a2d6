"""Turns Jitney on before a program starts when Jitney is not installed (a source checkout): `jitney run` puts this directory on PYTHONPATH.

It leaves `sys.path` and the user's own `sitecustomize`, if there is one, as they would be without it.
"""

import os
import sys


def _start() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != here]
    sys.path.insert(0, root)
    try:
        import jitney._startup  # noqa: F401
    finally:
        sys.path.remove(root)


def _users_own() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_start()
_users_own()
