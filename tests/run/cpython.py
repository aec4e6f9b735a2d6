"""CPython's own tests under Jitney: `python cpython.py [--threshold N] test_x ...`, one process for each, a line for each that fails.

Without names: those that make sense. A test that fails without Jitney too is not counted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

NAMES = """test_grammar test_int test_float test_list test_dict test_tuple test_set test_scope test_generators test_exceptions test_traceback test_descr test_iter
test_enumerate test_range test_slice test_str test_bytes test_functools test_itertools test_dataclasses test_sort test_heapq test_json test_copy test_re
test_decimal test_fractions test_statistics test_random test_weakref test_gc test_sys_settrace test_raise test_with test_augassign test_bool test_builtin
test_class test_compare test_complex test_contains test_coroutines test_deque test_collections test_dictviews test_fstring test_index test_isinstance
test_long test_math test_named_expressions test_opcodes test_operator test_patma test_property test_richcmp test_string test_super test_unpack
test_unpack_ex test_userdict test_userlist test_listcomps test_genexps test_setcomps test_dictcomps test_array test_bisect test_struct test_textwrap
test_threading test_sys_setprofile test_monitoring test_frame test_cell test_closure test_call test_extcall test_keywordonlyarg test_types test_typing
test_enum test_ast test_tokenize test_difflib test_string_literals test_binop test_unary test_pow test_numeric_tower test_cmath test_memoryview
test_ordered_dict test_defaultdict test_queue test_signal test_inspect test_bdb test_trace test_contextlib test_abc test_except_star test_yield_from""".split()

START = """
import sys
{enable}
sys.argv = ["test"]
from test.libregrtest import main
main.main(["-q", {name!r}]) if hasattr(main, "main") else main()
"""
ENABLE = "import jitney; jitney.enable(threshold={threshold}, exit_threshold={exits}, llvm_level={level}, check={check})"


def run(name: str, enable: str, timeout: float) -> tuple[int, str]:
    source = f"import sys\n{enable}\nsys.argv = ['test', '-v']\nfrom test.libregrtest.main import main\nmain([{name!r}])\n"
    try:
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=timeout, errors="replace",
                              cwd="/tmp", env={**os.environ, "PYTHONFAULTHANDLER": "1"})
    except subprocess.TimeoutExpired as error:
        return 99, "timeout\n" + str((error.stderr or b"")[-500:])
    return done.returncode, done.stdout[-6000:] + done.stderr[-6000:]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threshold", default="2")
    parser.add_argument("--exits", default="2")
    parser.add_argument("--level", default="0")
    parser.add_argument("--check", default="0")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--log", default="")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    enable = ENABLE.format(threshold=options.threshold, exits=options.exits, level=options.level, check=options.check)
    failed = 0
    for name in options.names or NAMES:
        code, text = run(name, enable, options.timeout)
        if not code:
            continue
        plain, _ = run(name, "", options.timeout)
        if plain == code:
            continue
        failed += 1
        if options.log:
            with open(f"{options.log}.{name}.txt", "w") as file:
                file.write(text)
        lines = [line for line in text.splitlines() if line.startswith(("FAIL:", "ERROR:", "Fatal", "jitney:", "  File \"")) and "unittest" not in line]
        print(name, "status", code, *lines[:4], sep=" | ", flush=True)
    print("failed:", failed)


if __name__ == "__main__":
    main()
