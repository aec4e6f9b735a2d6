"""Writes docs/reference from the tables in the code. `--check` only tells whether the pages are up to date.

    python tools/gen_docs.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from jitney.config import DUMP_LETTERS, OPTIONS  # noqa: E402
from jitney.reasons import REASONS  # noqa: E402
from jitney.statistics import SCHEMA  # noqa: E402

NOTE = "<!-- Written by tools/gen_docs.py from the table in {source}. Change it there. -->\n"


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def options() -> str:
    lines = [
        "# Options\n",
        NOTE.format(source="jitney/config.py"),
        "Each option has one name and one meaning: `jitney.enable(max_log=500)`, `jitney run --max-log 500 script.py`, ",
        "`JITNEY_MAX_LOG=500`. Code wins over the command line, the command line over the environment. A value that an option cannot",
        "have is an error in code and on the command line; in the environment it costs one line on stderr and the default is used.\n",
        "`JITNEY=1` turns Jitney on in every Python that is started, `JITNEY=0` keeps it off whatever the code or the command asks. Under",
        "`python -E` and `-I` the environment does not count; there `-X jitney` turns Jitney on and makes the variables count.",
    ]
    group = ""
    for option in OPTIONS.values():
        if option.group != group:
            group = option.group
            lines += [f"\n## {group[0].upper()}{group[1:]}\n", row("in code", "command line", "environment", "value", "default", "meaning"),
                      row(*["---"] * 6)]  # fmt: skip
        default = "off" if option.default is False else option.text(option.default)
        lines.append(row(f"`{option.name}`", f"`{option.flag}`", f"`{option.environment}`", option.expects(), default, option.help))
    lines += ["\n## Dump letters\n", row("letter", "shows"), row("---", "---")]
    lines += [row(f"`{letter}`", what) for letter, what in DUMP_LETTERS.items()]
    return "\n".join(lines) + "\n"


def reasons() -> str:
    lines = ["# Reasons\n",
             NOTE.format(source="jitney/reasons.py"),
             "What the statistics and dumps give as reasons, and what can be done about each."]  # fmt: skip
    titles = {"record": "Recording stopped", "build": "No region could be built", "guard": "Compiled code was left"}
    for kind, title in titles.items():
        lines += [f"\n## {title}\n", row("key", "what happened", "what you can do"), row("---", "---", "---")]
        lines += [row(f"`{reason.key}`", reason.sentence, reason.hint) for reason in REASONS.values() if reason.kind == kind]
    return "\n".join(lines) + "\n"


def statistics() -> str:
    lines = [
        "# Statistics\n",
        NOTE.format(source="jitney/statistics.py"),
        "What `jitney.stats()` returns and `--stats-json FILE` writes; `--stats` shows it as tables. `[]` stands for each",
        "entry of a list.\n",
        row("key", "type", "meaning"),
        row("---", "---", "---"),
    ]
    lines += [row(f"`{path}`", kind.__name__, meaning) for path, kind, meaning in SCHEMA]
    return "\n".join(lines) + "\n"


PAGES = {"options.md": options, "reasons.md": reasons, "statistics.md": statistics}


def main() -> int:
    stale = []
    for name, page in PAGES.items():
        path = ROOT / "docs" / "reference" / name
        text = page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale:
        print(("out of date: " if "--check" in sys.argv else "written: ") + ", ".join(stale))
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
