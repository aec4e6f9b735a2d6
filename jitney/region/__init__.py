"""Bytecode plus what was recorded becomes a region: typed SSA in a graph of block versions."""
