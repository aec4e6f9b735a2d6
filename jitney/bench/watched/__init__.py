"""Runs a program and writes down what it computed, for `jitney check`: in the process that is checked, plainly or under Jitney.

Nothing here imports anything of Jitney's, so that a plain process is plain. `main` describes the report.
"""
