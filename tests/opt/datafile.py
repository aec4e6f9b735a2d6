"""Reading and rewriting .test files.

    == a title
    passes: fold dce
    b0(): ...
    ->
    b0(): ...

Lines that begin with ``--`` are comments. The header line (``region "..."``) is left out in both texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEADER = 'region "t"\n'


@dataclass
class Case:
    path: Path
    title: str
    passes: list[str]
    before: str
    after: str

    def update(self, after: str) -> None:
        """Puts another result into the file."""
        text = self.path.read_text()
        start = text.index(f"== {self.title}\n")
        arrow = text.index("\n->\n", start) + 4
        end = text.find("\n== ", arrow)
        end = len(text) if end < 0 else end + 1
        self.path.write_text(text[:arrow] + after.rstrip("\n") + "\n" + ("" if end == len(text) else "\n") + text[end:])


def read_cases(path: Path) -> list[Case]:
    cases = []
    for chunk in ("\n" + path.read_text()).split("\n== ")[1:]:
        title, rest = chunk.split("\n", 1)
        before, _, after = rest.partition("\n->\n")
        lines = [line for line in before.split("\n") if not line.startswith("--")]
        passes = next(line for line in lines if line.startswith("passes:"))
        lines.remove(passes)
        cases.append(Case(path, title.strip(), passes.split()[1:], "\n".join(lines).strip("\n") + "\n", after.strip("\n") + "\n"))
    return cases
