"""On and off: what the public functions do. The compiler itself (`jitney.live`) is imported when it is first turned on."""

from __future__ import annotations

from . import config as configuration
from . import support
from .errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any

    from .config import Config


class Status:
    """Whether Jitney is on; why not; with which options. True in a condition when it is on."""

    __slots__ = ("enabled", "options", "reason", "version")

    def __init__(self, enabled: bool, reason: str, options: dict[str, Any]) -> None:
        from . import __version__

        self.enabled = enabled
        self.reason = reason
        self.options = options
        self.version = __version__

    def __bool__(self) -> bool:
        return self.enabled

    def __repr__(self) -> str:
        return f"Status(enabled={self.enabled}, reason={self.reason!r}, version={self.version!r}, options={self.options!r})"


_config: Config | None = None  # the options in force; None while off
_manager: ModuleType | None = None  # jitney.live.manager, once it was needed
_reason = "not enabled; call jitney.enable(), or start the program with `jitney run` or JITNEY=1"
_report_at_exit = False


def enable(options: Mapping[str, Any]) -> None:
    global _config, _reason
    if configuration.switch() is False:
        configuration.resolve(options)  # a wrong option is a mistake all the same
        _reason = "JITNEY=0 in the environment keeps it off"
        return
    wanted = configuration.resolve(options, _config)
    if _config is not None:
        if wanted == _config:
            return
        disable()
    try:
        support.require(wanted.backend)
        manager = _load()
        manager.start(wanted)
    except UnsupportedError as error:
        _reason = str(error)
        raise
    _config = wanted
    _reason = ""
    if wanted.stats or wanted.stats_json:
        _arrange_report()


def disable() -> None:
    global _config, _reason
    if _config is None:
        return
    assert _manager is not None
    _manager.stop()
    _config = None
    _reason = "turned off by jitney.disable()"


def status() -> Status:
    reason = _reason
    if _config is None and configuration.switch() is False:
        reason = "JITNEY=0 in the environment keeps it off"
    return Status(_config is not None, reason, (_config or configuration.Config()).as_dict())


def stats() -> dict[str, Any]:
    from .statistics import complete

    return complete(_manager.statistics() if _manager is not None else {})


def start_from_environment() -> None:
    """What `JITNEY=1`, `-X jitney` and `jitney run` do before the program starts: on, or one line on stderr and go on plainly."""
    if not configuration.switch():
        return
    global _reason
    try:
        enable({})
    except Exception as error:
        _reason = str(error)
        if not support.in_sub_interpreter():
            what = str(error) if isinstance(error, UnsupportedError) else f"could not start ({type(error).__name__}: {error})"
            configuration.say(f"{what}. The program runs without Jitney.")


def _load() -> ModuleType:
    global _manager
    if _manager is None:
        from importlib import import_module

        try:
            _manager = import_module("jitney.live.manager")
        except ImportError as error:
            raise UnsupportedError(f"Jitney's compiler could not be imported ({error}); reinstall it") from error
    return _manager


def _arrange_report() -> None:
    """Registered once. `atexit` runs the earliest last, so that the program's own exit handlers are part of the figures."""
    global _report_at_exit
    if not _report_at_exit:
        _report_at_exit = True
        import atexit

        atexit.register(_report)


def _report() -> None:
    config = _config
    if config is None:
        return
    figures = stats()
    disable()  # what follows is not the program's
    from .cli.report import write

    write(figures, config)
