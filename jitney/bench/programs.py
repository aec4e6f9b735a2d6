"""The programs that can be measured: TABLE of pyperformance's by name, the built-in ones, and scripts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..errors import JitneyError

HERE = Path(__file__).parent


class BenchError(JitneyError):
    """A program or an interpreter that cannot be measured."""


@dataclass(frozen=True, slots=True)
class Program:
    """`kind`: "pyperf" (a script that uses pyperf), "script" (any, run again and again in one process), "process" (timed whole),
    "import" (the time that `import jitney` takes)."""

    name: str
    kind: str
    path: Path
    arguments: tuple[str, ...] = ()
    task: int = 0  # which of the script's measurements


#: name: (directory, arguments, which measurement), where a name is not simply bm_<name> or where the script measures several things.
VARIANTS: dict[str, tuple[str, tuple[str, ...], int]] = {
    **{f"scimark_{part}": ("scimark", (part,), 0) for part in ("sor", "lu", "fft", "monte_carlo", "sparse_mat_mult")},
    **{f"logging_{part}": ("logging", (part,), 0) for part in ("silent", "simple", "format")},
    **{f"xml_etree_{part}": ("xml_etree", (part,), 0) for part in ("parse", "iterparse", "generate", "process")},
    **{f"sympy_{part}": ("sympy", (part,), 0) for part in ("expand", "integrate", "sum", "str")},
    "deepcopy": ("deepcopy", (), 0),
    "deepcopy_reduce": ("deepcopy", (), 1),
    "deepcopy_memo": ("deepcopy", (), 2),
    "pprint_safe_repr": ("pprint", (), 0),
    "pprint_pformat": ("pprint", (), 1),
    "quadtree_nbody": ("barnes_hut", (), 0),
    "argparse_many_optionals": ("argparse", ("many_optionals",), 0),
}

PURE = """nbody spectral_norm fannkuch scimark_sor scimark_lu scimark_fft scimark_monte_carlo scimark_sparse_mat_mult richards
richards_super deltablue raytrace chaos float go hexiom nqueens pyflate crypto_pyaes quadtree_nbody generators coroutines
async_generators comprehensions unpack_sequence deepcopy deepcopy_memo logging_silent logging_simple logging_format
pickle_pure_python unpickle_pure_python regex_compile pprint_safe_repr pprint_pformat mdp telco tomli_loads bpe_tokeniser
meteor_contest pidigits""".split()

APPLICATIONS = """django_template mako genshi chameleon html5lib docutils sphinx sympy_expand sympy_integrate sympy_sum sympy_str sqlglot_v2
sqlglot_v2_parse sqlglot_v2_transpile sqlglot_v2_optimize xdsl networkx networkx_connected_components networkx_k_core sqlalchemy_declarative
sqlalchemy_imperative dulwich_log 2to3 tornado_http async_tree async_tree_io async_tree_memoization xml_etree_parse xml_etree_iterparse
xml_etree_generate xml_etree_process json_dumps json_loads pathlib typing_runtime_protocols python_startup argparse_many_optionals
argparse_subparsers""".split()

BUILT_IN = {
    "nothing_hot": Program("nothing_hot", "process", HERE / "nothing_hot.py"),
    "import_jitney": Program("import_jitney", "import", HERE / "nothing_hot.py"),
}
EXAMPLES = HERE.parent.parent / "examples"


def suite() -> Path:
    """Where pyperformance keeps its programs."""
    spec = find_spec("pyperformance")
    if spec is None or spec.origin is None:
        raise BenchError("pyperformance is not installed; python -m pip install 'jitney[bench]'")
    return Path(spec.origin).parent / "data-files" / "benchmarks"


def _manifest(directory: Path) -> dict[str, str]:
    """name: bm_ directory without the prefix, as pyperformance's own manifest has it."""
    found = {}
    for line in (directory / "MANIFEST").read_text().splitlines():
        name, _, where = line.partition("\t")
        if not name.startswith("#") and where.startswith("<local"):
            found[name] = where[len("<local:") : -1] if ":" in where else name
    return found


def known() -> dict[str, list[str]]:
    """Names by group, for `--list`."""
    try:
        others = set(_manifest(suite())) | set(VARIANTS)
    except BenchError:
        others = set(VARIANTS)
    return {
        "pure": PURE,
        "apps": APPLICATIONS,
        "built-in": list(BUILT_IN),
        "examples": [program.name for program in examples()],
        "others of pyperformance": sorted(others - set(PURE) - set(APPLICATIONS)),
    }


def examples() -> list[Program]:
    """Those of the source tree, or of the current directory where only the wheel is installed: what lies beside it is another package's."""
    directory = EXAMPLES if (EXAMPLES.parent / "pyproject.toml").is_file() else Path("examples").resolve()
    return [Program(path.stem, "script", path) for path in sorted(directory.glob("*.py"))]


def named(name: str) -> Program:
    """One of pyperformance's programs."""
    directory = suite()
    if name in VARIANTS:
        base, arguments, task = VARIANTS[name]
        return Program(name, "pyperf", directory / f"bm_{base}" / "run_benchmark.py", arguments, task)
    base = _manifest(directory).get(name, name)
    home = directory / f"bm_{base}"
    if not (home / "run_benchmark.py").exists():
        raise BenchError(f"no program is called {name!r}; jitney bench --list shows the names, and a path to a script will do too")
    settings = home / f"bm_{name}.toml"
    if not settings.exists():
        settings = home / "pyproject.toml"
    options = tomllib.loads(settings.read_text()).get("tool", {}).get("pyperformance", {}).get("extra_opts", [])
    return Program(name, "pyperf", home / "run_benchmark.py", tuple(options))


def checkable(words: tuple[str, ...]) -> list[Program]:
    """As `find`, but all programs where no words are given, and each script once with the same arguments: it runs all that it measures."""
    once: dict[tuple[Path, tuple[str, ...]], Program] = {}
    for program in find(words or ("all", "others", "examples", "nothing_hot")):
        if program.kind != "import":
            once.setdefault((program.path, program.arguments), program)
    return list(once.values())


def find(words: tuple[str, ...]) -> list[Program]:
    """The programs that the words of a command line mean: names, groups and paths, each program once."""
    found: dict[str, Program] = {}

    def add(program: Program) -> None:
        found.setdefault(program.name, program)

    groups = {"pure": PURE, "apps": APPLICATIONS, "all": PURE + APPLICATIONS, "default": [*PURE, *BUILT_IN]}
    for word in words or ("default",):
        if word in groups:
            for name in groups[word]:
                add(BUILT_IN[name] if name in BUILT_IN else named(name))
        elif word == "others":
            for name in known()["others of pyperformance"]:
                add(named(name))
        elif word == "examples":
            if not examples():
                raise BenchError("the examples are in Jitney's source tree: run this there")
            for program in examples():
                add(program)
        elif word in BUILT_IN:
            add(BUILT_IN[word])
        elif word.endswith(".py") or "/" in word:
            path = Path(word).resolve()
            if not path.is_file():
                raise BenchError(f"there is no script {word}")
            add(Program(path.stem, "script", path))
        else:
            try:
                add(named(word))
            except BenchError:
                own = {program.name: program for program in examples()}
                if word not in own:
                    raise
                add(own[word])
    return list(found.values())
