"""Watchers: who is told of which change."""

from __future__ import annotations

from typing import Any

from jitney import _runtime
from jitney.live.services import stand_in


def watching(namespace: dict[str, Any], name: str) -> Any:
    region = stand_in()
    _runtime.watch_dict(namespace, name, region)
    return region


def test_a_change_that_nobody_cared_for_until_now() -> None:
    """The watcher remembers the variables that changed last and that no valid region relies on."""
    namespace: dict[str, Any] = dict.fromkeys("abc", 0)
    first = watching(namespace, "b")
    for round in range(3):
        namespace["a"] = namespace["c"] = round
    assert first.valid
    for round in range(3):
        region = watching(namespace, "a")
        namespace["c"] = 10 + round
        assert region.valid
        namespace["a"] = 10 + round
        assert not region.valid and first.valid
        namespace["a"] = 20 + round
    del namespace["b"]
    assert not first.valid


def test_many_variables_change_in_turn() -> None:
    namespace = {f"name{number}": 0 for number in range(100)}
    regions = {name: watching(namespace, name) for name in list(namespace)[::2]}
    for _ in range(2):
        for name in list(namespace)[1::2]:
            namespace[name] += 1
    assert all(region.valid for region in regions.values())
    for name, region in regions.items():
        namespace[name] += 1
        assert not region.valid
    again = {name: watching(namespace, name) for name in namespace}
    for name, region in again.items():
        assert region.valid
        namespace[name] += 1
        assert not region.valid


def test_a_dict_at_the_address_of_another() -> None:
    for round in range(50):
        namespace = {"a": round}
        region = watching(namespace, "a")
        namespace["a"] = -1
        assert not region.valid
        namespace["a"] = -2
        del namespace
