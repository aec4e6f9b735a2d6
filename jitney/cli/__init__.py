"""The command line: one module for each command. Nothing here is imported by a program that runs under Jitney."""
