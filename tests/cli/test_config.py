"""Options: one meaning in code, on the command line and in the environment; who wins; what is said of bad values."""

from __future__ import annotations

import pytest

from jitney import config
from jitney.config import OPTIONS, Config
from jitney.errors import OptionError

from .conftest import Run


def test_the_class_and_the_table_agree() -> None:
    assert list(Config.__annotations__) == list(OPTIONS)
    for option in OPTIONS.values():
        assert option.check(option.default) == option.default
        assert option.check(option.text(option.default)) == option.default


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("threshold", "2", 2),
        ("threshold", 0, 0),
        ("dump", "oi", "io"),
        ("disable_passes", "a, b_c", ("a", "b_c")),
        ("disable_passes", ["a"], ("a",)),
        ("stats", "yes", True),
        ("stats", "0", False),
        ("stats", "", False),
        ("backend", "interpreter", "interpreter"),
        ("log", "", ""),
    ],
)
def test_values(name: str, given: object, value: object) -> None:
    assert getattr(Config(**{name: given}), name) == value
    assert OPTIONS[name].check(OPTIONS[name].text(value)) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [("threshold", -1), ("threshold", 1.5), ("threshold", True), ("threshold", "many"), ("check", 3), ("dump", "z"), ("dump", 3),
     ("backend", "fast"), ("stats", "maybe"), ("disable_passes", "a b")],
)  # fmt: skip
def test_bad_values(name: str, given: object) -> None:
    with pytest.raises(OptionError, match=name):
        Config(**{name: given})


def test_unknown_option() -> None:
    with pytest.raises(OptionError, match="did you mean 'threshold'"):
        config.resolve({"treshold": 3})


def test_environment(capsys: pytest.CaptureFixture[str]) -> None:
    values = config.from_environment({"JITNEY_THRESHOLD": "2", "JITNEY_CHECK": "9", "JITNEY_STATS": "1", "HOME": "/"})
    assert values == {"threshold": 2, "stats": True}
    assert capsys.readouterr().err == "jitney: JITNEY_CHECK='9': expected 0 to 2; using 0\n"
    assert config.from_environment(config.to_environment(values)) == values


@pytest.mark.parametrize(("text", "meaning"), [("1", True), ("on", True), ("0", False), ("OFF", False), ("", None), ("perhaps", None)])
def test_switch(text: str, meaning: bool | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert config.switch({"JITNEY": text}) is meaning
    assert ("neither 1 nor 0" in capsys.readouterr().err) == (text == "perhaps")


SHOW = "import pretend_manager, jitney; jitney.enable({}); s = jitney.status(); "
SHOW += "print(s.enabled, s.options['threshold'], s.options['check'])"


def test_code_wins_over_command_over_environment(run: Run, pretend: dict[str, str]) -> None:
    environ = {**pretend, "JITNEY_THRESHOLD": "5", "JITNEY_CHECK": "1"}
    assert run("-c", SHOW.format(""), env=environ).stdout == "True 5 1\n"
    assert run("-c", SHOW.format("threshold=9"), env=environ).stdout == "True 9 1\n"
    command = ["-m", "jitney", "run", "--threshold", "7", "-c"]
    assert run(*command, SHOW.format(""), env=environ).stdout == "True 7 1\n"
    assert run(*command, SHOW.format("threshold=9"), env=environ).stdout == "True 9 1\n"


def test_zero_keeps_it_off_whoever_asks(run: Run, pretend: dict[str, str]) -> None:
    environ = {**pretend, "JITNEY": "0"}
    assert run("-c", SHOW.format(""), env=environ).stdout == "False 300 0\n"
    done = run("-m", "jitney", "run", "-c", SHOW.format("") + "; print(s.reason)", env=environ)
    assert done.stdout == "False 300 0\nJITNEY=0 in the environment keeps it off\n"
    assert done.stderr == ""
    assert "OptionError" in run("-c", SHOW.format("nonsense=1"), env=environ).stderr


def test_environment_is_ignored_under_isolation(run: Run) -> None:
    show = "from jitney import config; print(config.switch(), config.from_environment())"
    path = f"import sys; sys.path.insert(0, {str(config.__file__)[: -len('/jitney/config.py')]!r}); "
    environ = {"JITNEY": "1", "JITNEY_CHECK": "2"}
    assert run("-c", show, env=environ).stdout.splitlines()[-1] == "True {'check': 2}"
    assert run("-I", "-c", path + show, env=environ).stdout.splitlines()[-1] == "None {}"
    assert run("-I", "-X", "jitney", "-c", path + show, env=environ).stdout.splitlines()[-1] == "True {'check': 2}"
