"""Tidies control flow: unreachable blocks go, a block joins its only predecessor, an empty block is skipped.

    b0(): jump b1(5)                           b0():
    b1(i0: i64):                                 i1: i64 = i64_add(5, 1)
      i1: i64 = i64_add(i0, 1)        ->         jump b3(i1)
      jump b2(i1)
    b2(i2: i64): jump b3(i2)
"""

from __future__ import annotations

from jitney.ir.flow import reverse_postorder
from jitney.ir.values import Block, Edge, Region, Value

from .replace import Replaced, replace_all, resolve


def simplify(region: Region) -> None:
    """Removes, merges and skips blocks; what is left is in reverse postorder."""
    region.blocks = reverse_postorder(region)
    _skip_empty(region)
    region.blocks = reverse_postorder(region)
    _merge(region)


def _skip_empty(region: Region) -> None:
    """Lets edges to a block that only jumps on lead to where it jumps."""
    uses = _used_in_other_blocks(region)
    for block in region.blocks:
        for index, edge in enumerate(block.edges):
            seen = {block}
            while edge.block not in seen and len(edge.block.ops) == 1 and len(edge.block.edges) == 1 and edge.block not in uses:
                target = edge.block
                seen.add(target)
                given: dict[Value, Value] = dict(zip(target.params, edge.args, strict=True))
                onward = target.edges[0]
                if onward.block is target:
                    break
                edge = Edge(onward.block, [given.get(arg, arg) for arg in onward.args])
            block.edges[index] = edge


def _used_in_other_blocks(region: Region) -> set[Block]:
    """The empty blocks whose parameters have uses beyond their own jump."""
    owner: dict[Value, Block] = {param: block for block in region.blocks if len(block.ops) == 1 for param in block.params}
    found: set[Block] = set()
    if not owner:
        return found
    for block in region.blocks:
        for op in block.ops:
            for arg in op.args:
                if arg in owner:
                    found.add(owner[arg])
            if op.snapshot is not None:
                found.update(owner[value] for value in op.snapshot.values() if value in owner)
        for edge in block.edges:
            found.update(owner[arg] for arg in edge.args if arg in owner and owner[arg] is not block)
    return found


def _merge(region: Region) -> None:
    """Joins a block to its predecessor when each is the other's only neighbour on that side."""
    count: dict[Block, int] = {}
    for block in region.blocks:
        for edge in block.edges:
            count[edge.block] = count.get(edge.block, 0) + 1
    replaced: Replaced = {}
    gone: set[Block] = set()
    for block in region.blocks:
        if block in gone:
            continue
        while len(block.edges) == 1 and count[block.edges[0].block] == 1 and block.edges[0].block is not region.blocks[0]:
            edge = block.edges[0]
            target = edge.block
            if target is block:
                break
            for param, arg in zip(target.params, edge.args, strict=True):
                replaced[param] = resolve(replaced, arg)
            block.ops.pop()
            block.ops.extend(target.ops)
            block.edges = target.edges
            block.cold = block.cold and target.cold
            gone.add(target)
    if gone:
        region.blocks = [block for block in region.blocks if block not in gone]
        replace_all(region, replaced)
