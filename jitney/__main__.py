"""`python -m jitney ...`, the same as the command `jitney`."""

from __future__ import annotations

import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        from .cli.run import run

        run(arguments[1:])  # the way that programs start, without click's import
    else:
        from .cli.commands import jitney

        jitney(prog_name="jitney")


if __name__ == "__main__":
    main()
