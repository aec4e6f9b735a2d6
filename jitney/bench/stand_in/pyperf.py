"""A stand-in for pyperf's worker, for interpreters that pyperf is not installed in (PyPy). Same arguments, same JSON, nothing else.

It is on PYTHONPATH in those processes only.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import subprocess
import sys
import time

perf_counter = time.perf_counter


def python_implementation():
    return sys.implementation.name


def python_has_jit():
    return sys.implementation.name == "pypy"


class Runner:
    def __init__(self, add_cmdline_args=None, values=None, processes=None, loops=0, min_time=0.1, metadata=None, **ignored):
        self.metadata = metadata if metadata is not None else {}
        self.args = None
        self._task = -1
        self._benchmarks = []
        self.argparser = parser = argparse.ArgumentParser()
        parser.add_argument("--worker", action="store_true")
        parser.add_argument("--worker-task", type=int, default=0)
        parser.add_argument("--calibrate-loops", action="store_true")
        parser.add_argument("--min-time", type=float, default=min_time)
        parser.add_argument("-l", "--loops", type=int, default=1)
        parser.add_argument("-w", "--warmups", type=int, default=0)
        parser.add_argument("-n", "--values", type=int, default=3)
        parser.add_argument("-o", "--output")
        parser.add_argument("-q", "--quiet", action="store_true")
        parser.add_argument("--hook")

    def parse_args(self, args=None):
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_time_func(self, name, time_func, *args, inner_loops=None, metadata=None, **ignored):
        options = self.parse_args()
        self._task += 1
        if self._task != options.worker_task:
            return None
        inner = inner_loops or 1
        warmups, values = [], []

        hook = importlib.import_module(options.hook).Turn if options.hook else contextlib.nullcontext

        def measure(loops):
            with hook():
                return time_func(loops, *args) / (loops * inner)

        if options.calibrate_loops:
            loops = 1
            while True:
                value = measure(loops)
                warmups.append([loops, value])
                if value * loops * inner >= options.min_time or loops >= 1 << 30:
                    break
                loops *= 2
            values = []
        else:
            loops = options.loops
            warmups = [[loops, measure(loops)] for _ in range(options.warmups)]
            values = [measure(loops) for _ in range(options.values)]
        benchmark = {"metadata": {"name": name, "inner_loops": inner, "loops": loops}, "runs": [{"warmups": warmups, "values": values}]}
        if options.output:
            with open(options.output, "w") as file:
                json.dump({"benchmarks": [benchmark]}, file)
        return None

    def bench_func(self, name, func, *args, inner_loops=None, metadata=None, **ignored):
        def time_func(loops):
            start = perf_counter()
            for _ in range(loops):
                func(*args)
            return perf_counter() - start

        return self.bench_time_func(name, time_func, inner_loops=inner_loops)

    def bench_async_func(self, name, func, *args, inner_loops=None, loop_factory=None, metadata=None, **ignored):
        def time_func(loops):
            async def main():
                start = perf_counter()
                for _ in range(loops):
                    await func(*args)
                return perf_counter() - start

            if loop_factory is None:
                return asyncio.run(main())
            loop = loop_factory()
            try:
                return loop.run_until_complete(main())
            finally:
                loop.close()

        return self.bench_time_func(name, time_func, inner_loops=inner_loops)

    def bench_command(self, name, command):
        return self.bench_func(name, lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
