"""Measuring programs on plain CPython, under Jitney and on PyPy, side by side: what `jitney bench` does.

`programs` finds what to run, `measure` runs it in processes of its own, `results` keeps and compares the figures, `table` shows them.
"""
