"""A hook of pyperf's: the process waits for its turn before each value, so that what is measured beside it does not run meanwhile.

The measuring process (`workers.py`) gives two ends of pipes by the variable JITNEY_BENCH_TURN ("reading,writing"). Imports nothing of
Jitney's; works on PyPy with the stand-in `pyperf`, too.
"""

import os

reading, writing = map(int, os.environ.pop("JITNEY_BENCH_TURN").split(","))  # not for children


class Turn:
    def __enter__(self):
        os.write(writing, b"?")
        if os.read(reading, 1) != b"!":
            raise SystemExit("nobody measures any more")

    def __exit__(self, *error):
        os.write(writing, b".")

    def teardown(self, metadata):
        pass
