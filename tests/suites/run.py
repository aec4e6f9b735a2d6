"""Test suites of pure-Python libraries, plainly, with everything compiled, and as a user has Jitney.

    python -m tests.suites.run [--mode compiled] [--tool coverage] [LIBRARY ...]

`libraries.toml` names them. Each is fetched as a source package from PyPI and installed into an environment of its own in `build/suites/`.
A test that ends otherwise under Jitney is a difference, unless its plain ends vary. A run that was interrupted goes on where it was; plain
outcomes are taken again for another CPython or child.py, Jitney's after Jitney changed.
The table at the end tells what each suite took (in brackets: of processors).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from tests.outcomes import COMPILE_ALL, PACKAGE, STORE, WHOLE, Outcome, Results, environment_without, fingerprint, reason_for, run

HERE = Path(__file__).resolve().parent
SUITES = STORE / "suites"
TAG = sys.implementation.cache_tag
WAIT = 400.0  # seconds without an event
#: CI: hypothesis then has no deadlines and draws the same examples each time.
SAME_EACH_TIME = {"PYTHONHASHSEED": "0", "CI": "1", "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"}
TOOLS = ("none", *[tool + how for tool in ("coverage", "coverage-sysmon", "cProfile") for how in ("", "-alternately")])
MODES = {"plain": {}, "compiled": COMPILE_ALL, "default": {"JITNEY": "1"}}


@dataclass(frozen=True)
class Library:
    """A row of `libraries.toml`."""

    name: str
    version: str
    tests: list[str]
    requires: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    excused: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return SUITES / TAG / f"{self.name}-{self.version}"

    @property
    def python(self) -> Path:
        return self.root / "venv" / "bin" / "python"

    @property
    def source(self) -> Path:
        return self.root / "source"

    def set_up(self) -> None:
        """Its sources, and an environment with it, what its tests need and Jitney as it is here."""
        done = self.root / "installed"
        wanted = repr((self.requires, str(PACKAGE)))
        if done.exists() and done.read_text() == wanted:
            return
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        packages = SUITES / "sdists"
        pip = [sys.executable, "-m", "pip"]
        if not self.sdist(packages):
            quietly([*pip, "download", "--no-deps", "--no-binary", self.name, "-d", str(packages), f"{self.name}=={self.version}"])
        with tarfile.open(self.sdist(packages)) as archive:
            archive.extractall(self.root / "unpacked", filter="data")
        next((self.root / "unpacked").iterdir()).rename(self.source)
        (self.root / "pytest.ini").touch()  # where the library has no configuration: not that of this repository
        venv.create(self.root / "venv", with_pip=False, symlinks=True)
        quietly([*pip, "--python", str(self.python), "install", str(self.source), "pytest", "coverage", *self.requires])
        shutil.rmtree(self.source / "build", ignore_errors=True)  # pip's copy of what has just been installed
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        there = Path(subprocess.check_output([self.python, "-c", where], text=True).strip())
        llvmlite = find_spec("llvmlite")
        assert llvmlite is not None and llvmlite.origin is not None
        for package in (PACKAGE, Path(llvmlite.origin).parent):
            (there / package.name).symlink_to(package)
        shutil.copy(PACKAGE.parent / "packaging" / "jitney.pth", there)
        done.write_text(wanted)

    def sdist(self, packages: Path) -> Path | None:
        wanted = f"{self.name}-{self.version}.tar.gz".replace("-", "_")
        return next((path for path in packages.glob("*.tar.gz") if path.name.replace("-", "_").lower() == wanted), None)

    def run(self, mode: str, tool: str, wait: float) -> Outcome:
        """After a crash it goes on behind the test that crashed."""
        environment = {**environment_without(("PYTHONPATH",)), **SAME_EACH_TIME, **MODES[mode]}
        if tool != "none":  # some tests call a function for each variable
            environment = {**COMPILE_ALL, "JITNEY": "0", **environment, "COVERAGE_CORE": "sysmon" if "sysmon" in tool else "ctrace"}

        def start(events: Path, so_far: Outcome) -> list[str]:
            skipped = events.with_name("skip")
            skipped.write_text("\n".join(so_far.tests))
            child = ["-X", "faulthandler", str(HERE / "child.py"), str(events), str(skipped), tool]
            return [str(self.python), *child, "--rootdir=.", *self.tests, *self.arguments]

        return run(start, environment, wait, self.source)


def apart(end: str, expected: str) -> str:
    """What is in one and not in the other, of the lines that were executed."""
    if not set(end + expected) <= set("0123456789 "):
        return f"{end}, plainly {expected}"
    lines, expected_lines = set(end.split()), set(expected.split())
    return f"more: {sorted(lines - expected_lines, key=int)}, less: {sorted(expected_lines - lines, key=int)}"


def quietly(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}")


def libraries() -> dict[str, Library]:
    table = tomllib.loads((HERE / "libraries.toml").read_text())
    return {name: Library(name, **row) for name, row in table.items()}


class Comparison:
    """The outcomes of one library's suite in each mode, from disk or taken now."""

    def __init__(self, library: Library, results: Results, kinds: dict[str, str], options: argparse.Namespace) -> None:
        self.library = library
        self.results = results
        self.kinds = kinds
        self.options = options
        self.outcomes: dict[str, Outcome] = {}

    def outcome(self, mode: str, kind: str, again: bool = False) -> Outcome:
        kept = self.results.get(kind, self.library.name)
        if kept is None or again:
            kept = self.library.run(mode, self.options.tool, self.options.wait)
            self.results.put(kind, self.library.name, kept)
        return kept

    def differences(self, mode: str) -> dict[str, tuple[str, str]]:
        """test -> (plain end, end in this mode), of tests whose plain ends agree."""
        plain = self.outcomes["plain"] = self.outcome("plain", self.kinds["plain"])
        other = self.outcomes[mode] = self.outcome(mode, self.kinds[mode], self.options.again)
        tests = {*plain.tests, *other.tests}
        found = {test: (plain.tests.get(test, "not run"), other.tests.get(test, "not run")) for test in sorted(tests)
                 if plain.tests.get(test) != other.tests.get(test)}  # fmt: skip
        if found:
            second = self.outcome("plain", self.kinds["plain"] + " second")
            found = {test: ends for test, ends in found.items() if second.tests.get(test, "not run") == ends[0]}
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="also what was run under Jitney before")
    parser.add_argument("--mode", choices=("compiled", "default"), action="append", help="only these of Jitney's modes; default: both")
    parser.add_argument("--tool", choices=TOOLS, default="none", help="what watches meanwhile, and has to see the same")
    parser.add_argument("--verbose", action="store_true", help="the traceback of each difference")
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS", help="for one test")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY")
    options = parser.parse_args()
    known = libraries()
    chosen = [known[name] for name in options.libraries or known]
    results = Results(SUITES / f"{TAG}-{options.tool}.json")
    child = sha256((HERE / "child.py").read_bytes()).hexdigest()[:8]
    plain, mark = f"plain {sys.version} {child}", fingerprint()
    kinds = {"plain": plain, "compiled": f"compiled {mark}", "default": f"default {mark}"}
    results.keep_only(*kinds.values(), f"{plain} second")
    table, found = [], 0
    for library in chosen:
        library.set_up()
        comparison = Comparison(library, results, kinds, options)
        for mode in options.mode or ("compiled", "default"):
            differences = comparison.differences(mode)
            for test, (expected, end) in differences.items():
                reason = reason_for(test, library.excused)
                found += reason is None
                if end == "not run" and WHOLE in differences:
                    continue
                print(f"    {library.name} {mode}: {test}: {apart(end, expected)}" + (f" (excused: {reason})" if reason else ""))
                if options.verbose and reason is None:
                    print(comparison.outcomes[mode].details.get(test, ""))
        passed = sum(end == "ok" for end in comparison.outcomes["plain"].tests.values())
        line = f"{library.name + ' ' + library.version:28}{passed:6} of {len(comparison.outcomes['plain'].tests):6} tests pass; "
        table.append(line + ", ".join(f"{mode} {outcome.seconds:.1f} s ({outcome.processor:.1f} s)"
                                      for mode, outcome in comparison.outcomes.items()))  # fmt: skip
        print(f"[{len(table)}/{len(chosen)}] {table[-1]}", flush=True)
    print("", *table, f"{found} differences", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
