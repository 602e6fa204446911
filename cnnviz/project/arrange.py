"""Automatic layout: the flow goes from left to right, parallel paths are below each other."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cnnviz.project.layout import COLUMN, ROW, Block, Layout

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

Cell = tuple[int, int]
"""(column, lane)"""


def arrange(network: Network, blocks: Mapping[str, Block] | Iterable[Block] = ()) -> Layout:
    """A layered layout (Sugiyama, Tagawa and Toda, 1981): columns by longest path, then lanes.

    A node gets the lane of its first source if that is free, so that the main path is straight; wires are led around
    nodes that they skip. The nodes of a block are arranged first; then the block is placed like a single large node
    that overlaps no other. A folded block has the size of a node.
    """
    if not isinstance(blocks, Mapping):
        blocks = {block.id: block for block in blocks}
    layout = Layout(dict.fromkeys(network.nodes, (0.0, 0.0)), blocks)
    cells, _ = _Arrangement(network, layout).inside(None)
    return layout.placed({name: (column * COLUMN, lane * ROW) for name, (column, lane) in cells.items()})


class _Arrangement:
    def __init__(self, network: Network, layout: Layout) -> None:
        self.network, self.layout = network, layout
        self.rank = {name: rank for rank, name in enumerate(network.order)}
        self.direct: dict[str | None, list[str]] = {None: [], **{name: [] for name in layout.blocks}}
        for name in network.order:
            self.direct[layout.block_of.get(name)].append(name)

    def inside(self, block: str | None) -> tuple[dict[str, Cell], Cell]:
        """The cell of every node in a block (None: the whole canvas), relative to its corner; and the size of the
        block in columns and lanes."""
        children = self.layout.children[block]
        inner = {child: self.inside(child) for child in children}
        owner = {name: name for name in self.direct[block]}
        for child in children:
            owner.update(dict.fromkeys(self.layout.inside[child], child))
        sizes = {unit: self._size(unit, inner) for unit in {**dict.fromkeys(self.direct[block]), **inner}}
        corners = self._corners(owner, sizes)
        cells = {name: corners[name] for name in self.direct[block]}
        for child, (places, _) in inner.items():
            column, lane = corners[child]
            cells.update({name: (column + x, lane + y) for name, (x, y) in places.items()})
        width = max((corners[unit][0] + sizes[unit][0] for unit in corners), default=0)
        height = max((corners[unit][1] + sizes[unit][1] for unit in corners), default=0)
        return cells, (width, height)

    def _size(self, unit: str, inner: Mapping[str, tuple[dict[str, Cell], Cell]]) -> Cell:
        if unit not in inner or self.layout.blocks[unit].folded:
            return 1, 1
        _, size = inner[unit]
        return size

    def _corners(self, owner: Mapping[str, str], sizes: Mapping[str, Cell]) -> dict[str, Cell]:
        """The top left cell of every unit, which is a node or a block; ``owner`` maps each node to its unit."""
        feeding: dict[str, dict[str, None]] = {unit: {} for unit in sizes}
        for name in sorted(owner, key=self.rank.__getitem__):
            for source in self.network.inputs[name]:
                unit = owner.get(source)
                if unit is not None and unit != owner[name]:
                    feeding[owner[name]][unit] = None
        sources = {unit: list(units) for unit, units in feeding.items()}
        corners: dict[str, Cell] = {}
        taken: defaultdict[int, _TakenLanes] = defaultdict(_TakenLanes)
        for unit in self._order(owner, sources):
            before = [source for source in sources[unit] if source in corners]
            column = max((corners[source][0] + sizes[source][0] for source in before), default=0)
            lane = min((corners[source][1] for source in before), default=0)
            width, height = sizes[unit]
            columns = [taken[column + x] for x in range(width)]
            lane = _first_free(columns, lane, height)
            for lanes in columns:
                lanes.take(lane, height)
            corners[unit] = (column, lane)
        return corners

    def _order(self, owner: Mapping[str, str], sources: Mapping[str, list[str]]) -> list[str]:
        """The units in topological order; of blocks that feed each other, the block of the earlier node comes first."""
        first: dict[str, int] = {}
        for name, unit in owner.items():
            first[unit] = min(self.rank[name], first.get(unit, self.rank[name]))
        following: dict[str, list[str]] = {unit: [] for unit in sources}
        for unit, before in sources.items():
            for source in before:
                following[source].append(unit)
        waiting = {unit: len(before) for unit, before in sources.items()}
        ready = [(first[unit], unit) for unit, count in waiting.items() if count == 0]
        heapq.heapify(ready)
        earliest = iter(sorted(sources, key=first.__getitem__))
        order: dict[str, None] = {}
        while len(order) < len(sources):
            unit = heapq.heappop(ready)[1] if ready else next(other for other in earliest if other not in order)
            if unit in order:
                continue
            order[unit] = None
            for target in following[unit]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    heapq.heappush(ready, (first[target], target))
        return list(order)


class _TakenLanes:
    """The lanes of one column that are taken, as runs of neighbouring lanes."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        """For each run the first lane after it."""

    def first_free(self, lane: int, height: int) -> int:
        """The first of ``height`` neighbouring free lanes, from ``lane`` on."""
        at = bisect_right(self.ends, lane)
        while at < len(self.starts) and self.starts[at] < lane + height:
            lane = self.ends[at]
            at += 1
        return lane

    def take(self, lane: int, height: int) -> None:
        """Mark ``height`` free lanes, from ``lane`` on, as taken."""
        at = bisect_left(self.ends, lane)
        if at == len(self.ends) or self.ends[at] > lane:
            self.starts.insert(at, lane)
            self.ends.insert(at, lane + height)
        else:
            self.ends[at] = lane + height
        if at + 1 < len(self.starts) and self.starts[at + 1] == self.ends[at]:
            del self.ends[at], self.starts[at + 1]


def _first_free(columns: list[_TakenLanes], lane: int, height: int) -> int:
    """The first of ``height`` neighbouring lanes, from ``lane`` on, that are free in all of these columns."""
    while (free := max(lanes.first_free(lane, height) for lanes in columns)) > lane:
        lane = free
    return lane
