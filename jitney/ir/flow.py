"""The shape of a region's control flow: order, predecessors, dominators, loops.

    graph = Flow(region)
    graph.order            # reachable blocks in reverse postorder
    graph.dominator[b]     # the immediate dominator (None for the entry)
"""

from __future__ import annotations

from .values import Block, Edge, Region


class Flow:
    """A snapshot of a region's control flow; make a new one when edges have changed."""

    __slots__ = ("region", "order", "number", "predecessors", "dominator", "children", "_in", "_out")

    def __init__(self, region: Region) -> None:
        self.region = region
        self.order = reverse_postorder(region)
        self.number: dict[Block, int] = {block: number for number, block in enumerate(self.order)}
        #: for each reachable block the edges that lead to it, with their source
        self.predecessors: dict[Block, list[tuple[Block, Edge]]] = {block: [] for block in self.order}
        for block in self.order:
            for edge in block.edges:
                self.predecessors[edge.block].append((block, edge))
        self.dominator = self._dominators()
        self.children: dict[Block, list[Block]] = {block: [] for block in self.order}
        for block, above in self.dominator.items():
            if above is not None:
                self.children[above].append(block)
        self._in: dict[Block, int] = {}
        self._out: dict[Block, int] = {}
        self._number_tree()

    def _dominators(self) -> dict[Block, Block | None]:
        """Immediate dominators, by Cooper, Harvey and Kennedy."""
        number, order = self.number, self.order
        above = [-1] * len(order)
        above[0] = 0
        changed = True
        while changed:
            changed = False
            for index in range(1, len(order)):
                new = -1
                for source, _ in self.predecessors[order[index]]:
                    other = number[source]
                    if above[other] < 0:
                        continue
                    if new < 0:
                        new = other
                    while new != other:
                        if new > other:
                            new = above[new]
                        else:
                            other = above[other]
                if above[index] != new:
                    above[index] = new
                    changed = True
        return {block: order[above[index]] if index else None for index, block in enumerate(order)}

    def _number_tree(self) -> None:
        clock = 0
        stack: list[tuple[Block, bool]] = [(self.order[0], False)]
        while stack:
            block, leaving = stack.pop()
            clock += 1
            if leaving:
                self._out[block] = clock
                continue
            self._in[block] = clock
            stack.append((block, True))
            stack.extend((child, False) for child in self.children[block])

    def dominates(self, upper: Block, lower: Block) -> bool:
        """Whether every path to `lower` passes `upper` (a block dominates itself)."""
        return self._in[upper] <= self._in[lower] and self._out[lower] <= self._out[upper]

    def tree_preorder(self) -> list[Block]:
        """The dominator tree, parents first."""
        result: list[Block] = []
        stack = [self.order[0]]
        while stack:
            block = stack.pop()
            result.append(block)
            stack.extend(reversed(self.children[block]))
        return result

    def between(self, block: Block) -> set[Block]:
        """The blocks on paths from `block`'s immediate dominator to `block`, without the dominator (with `block` itself when it is in a
        loop among them)."""
        stop = self.dominator[block]
        found: set[Block] = set()
        pending = [source for source, _ in self.predecessors[block]]
        while pending:
            source = pending.pop()
            if source is not stop and source not in found:
                found.add(source)
                pending.extend(above for above, _ in self.predecessors[source])
        return found

    def loops(self) -> list[Loop]:
        """The natural loops, inner ones first; back edges to one header make one loop."""
        bodies: dict[Block, set[Block]] = {}
        for block in self.order:
            for edge in block.edges:
                if self.dominates(edge.block, block):
                    body = bodies.setdefault(edge.block, {edge.block})
                    pending = [block]
                    while pending:
                        member = pending.pop()
                        if member not in body:
                            body.add(member)
                            pending.extend(source for source, _ in self.predecessors[member])
        return sorted((Loop(header, body) for header, body in bodies.items()), key=lambda loop: len(loop.body))


class Loop:
    """A natural loop."""

    __slots__ = ("header", "body")

    def __init__(self, header: Block, body: set[Block]) -> None:
        self.header = header
        self.body = body


def reverse_postorder(region: Region) -> list[Block]:
    """The reachable blocks; every block comes before its successors but for back edges."""
    entry = region.blocks[0]
    seen = {entry}
    result: list[Block] = []
    stack = [(entry, 0)]
    while stack:
        block, index = stack.pop()
        if index < len(block.edges):
            stack.append((block, index + 1))
            target = block.edges[-1 - index].block
            if target not in seen:
                seen.add(target)
                stack.append((target, 0))
        else:
            result.append(block)
    result.reverse()
    return result
