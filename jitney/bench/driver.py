"""Runs any script again and again under pyperf, its output thrown away. Started by `measure` in the interpreter that is measured.

It imports nothing of Jitney's, and works on PyPy with the stand-in `pyperf`.
"""

import os
import sys
import types

import pyperf


def main():
    runner = pyperf.Runner()
    runner.argparser.add_argument("script")
    runner.argparser.add_argument("arguments", nargs="*")
    options = runner.parse_args()
    path = options.script
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    sys.path.insert(0, os.path.dirname(path))

    def run(loops):
        total = 0.0
        for _ in range(loops):
            module = types.ModuleType("__main__")
            module.__file__ = path
            saved = sys.modules["__main__"], sys.argv, sys.stdout
            sys.modules["__main__"] = module
            sys.argv = [path, *options.arguments]
            sys.stdout = open(os.devnull, "w")
            start = pyperf.perf_counter()
            try:
                exec(code, module.__dict__)
            except SystemExit:
                pass
            finally:
                total += pyperf.perf_counter() - start
                sys.stdout.close()
                sys.modules["__main__"], sys.argv, sys.stdout = saved
        return total

    runner.bench_time_func(os.path.basename(path), run)


if __name__ == "__main__":
    main()
