"""The figures of one run of `jitney bench`: saved as JSON, and what is worked out from them."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .programs import BenchError

FORMAT = 1


@dataclass(slots=True)
class Ratio:
    """How many times as fast as plain CPython: the mean over the rounds, and the least and the most of them
    (of one round: where its median is with 95 % certainty)."""

    value: float
    low: float
    high: float


def median_interval(values: list[float], certainty: float = 0.95) -> tuple[float, float]:
    """Between which two of the values the median of what they are drawn from lies, whatever its distribution (order statistics: of n
    values, each is below it with a chance of 1/2). Of fewer than six values, these are the least and the greatest."""
    ordered = sorted(values)
    chance, rank = 0.5 ** len(ordered), 0
    while chance <= (1 - certainty) / 2:
        rank += 1
        chance += math.comb(len(ordered), rank) * 0.5 ** len(ordered)
    low = max(0, rank - 1)
    return ordered[low], ordered[-1 - low]


class Results:
    """`data["programs"][name][interpreter]` has `first` (seconds, one for each cold start), `rounds` (the steady values of each round),
    `warmup` (seconds to 90 % of the steady speed, or null) and `error`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @staticmethod
    def load(path: str) -> Results:
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BenchError(f"{path}: {error}") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BenchError(f"{path} is not a file that `jitney bench --json` wrote")
        return Results(data)

    def save(self, path: str) -> None:
        Path(path).write_text(json.dumps(self.data, indent=1) + "\n", encoding="utf-8")

    @property
    def names(self) -> list[str]:
        return [name for name in self.data["programs"] if name != "import_jitney"]

    @property
    def others(self) -> list[str]:
        """The interpreters that are compared with the plain one."""
        return [name for name in self.data["interpreters"] if name != "plain"]

    def of(self, program: str, interpreter: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data["programs"].get(program, {}).get(interpreter, {})
        return found

    def error(self, program: str, interpreter: str) -> str:
        return str(self.of(program, interpreter).get("error", ""))

    def steady(self, program: str, interpreter: str) -> float | None:
        medians = [statistics.median(values) for values in self.of(program, interpreter).get("rounds", ()) if values]
        return statistics.median(medians) if medians and not self.error(program, interpreter) else None

    def first(self, program: str, interpreter: str) -> float | None:
        values = self.of(program, interpreter).get("first", ())
        return statistics.median(values) if values and not self.error(program, interpreter) else None

    def warmup(self, program: str, interpreter: str) -> float | None:
        values = [value for value in self.of(program, interpreter).get("warmup", ()) if value is not None]
        return statistics.median(values) if values else None

    def ratio(self, program: str, interpreter: str) -> Ratio | None:
        """Steady; each value against the plain one next to it in time."""
        if self.error(program, "plain") or self.error(program, interpreter):
            return None
        pairs = list(zip(self.of(program, "plain").get("rounds", ()), self.of(program, interpreter).get("rounds", ()), strict=False))
        pairs = [(base, other) for base, other in pairs if base and other]
        if not pairs:
            return None
        ratios = [statistics.median(a / b for a, b in zip(base, other, strict=False)) for base, other in pairs]
        if len(pairs) == 1:
            (base, other), *_ = pairs
            single = [a / b for a, b in zip(base, other, strict=False)]
            return Ratio(ratios[0], *median_interval(single))
        return Ratio(statistics.geometric_mean(ratios), min(ratios), max(ratios))

    def first_ratio(self, program: str, interpreter: str) -> float | None:
        base, other = self.first(program, "plain"), self.first(program, interpreter)
        return base / other if base and other else None

    def geomean(self, interpreter: str, *, first: bool = False) -> float | None:
        ratios = []
        for name in self.names:
            if name == "nothing_hot":
                continue
            ratio = self.ratio(name, interpreter)
            value = self.first_ratio(name, interpreter) if first else ratio and ratio.value
            if value:
                ratios.append(value)
        return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None

    def import_time(self) -> float | None:
        """Median of the seconds that `import jitney` takes."""
        return self.steady("import_jitney", "jitney")
