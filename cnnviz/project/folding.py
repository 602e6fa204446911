"""Folding and unfolding of blocks in a layout: other nodes move aside when a block unfolds, and back when it folds.
The edits of blocks use it, and the placing of new nodes uses its units.

A unit is drawn as one item: a node that no folded block hides, or a folded block.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.project.layout import COLUMN, ROW, Layout, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CLEARANCE = ROW / 2
"""The least vertical distance between units in the same columns, in scene units."""


@dataclass(frozen=True)
class Box:
    """The rectangle that contains the top left corners of some units."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, at: Point) -> bool:
        """Whether a unit at a position would overlap the units in the box, or be too close to them."""
        x, y = at
        return self.left - COLUMN < x < self.right + COLUMN and self.top - CLEARANCE < y < self.bottom + CLEARANCE


def units(layout: Layout, within: str | None = None) -> dict[str, Point]:
    """All units with their positions.

    If ``within`` is given, only the units in that block, as if it and the blocks around it were unfolded.
    """
    nodes = layout.positions if within is None else layout.inside[within]
    hidden = layout.hidden_by if within is None else {node: _hiding(layout, node, within) for node in nodes}
    drawn: dict[str, Point] = {}
    for node in nodes:
        block = hidden.get(node)
        if block is None:
            drawn[node] = layout.positions[node]
        elif block not in drawn:
            drawn[block] = layout.place(block)
    return drawn


def _hiding(layout: Layout, node: str, within: str) -> str | None:
    """The outermost folded block around a node that is inside the block ``within``."""
    found = None
    for block in layout.around(node):
        if block == within:
            break
        found = block if layout.blocks[block].folded else found
    return found


def fold(layout: Layout, block: str) -> Layout:
    """The layout with a block folded; units behind it move closer as far as nothing else is in the way."""
    if layout.blocks[block].folded:
        return layout
    folded = layout.with_block(replace(layout.blocks[block], folded=True))
    inner, others = _parted(layout, block)
    box = _box(inner.values())
    # first to the left, then up; a unit begins ``gap`` behind the box if it is behind, and takes up ``size``
    for axis, low, high, gap, size in (
        (0, box.left, box.right, COLUMN, COLUMN),
        (1, box.top, box.bottom, CLEARANCE, ROW),
    ):
        # 1 less, for rounded positions
        behind = {unit for unit, place in others.items() if place[axis] >= high + gap - 1}
        ends_of_staying = [place[axis] + size for unit, place in others.items() if unit not in behind]
        limit = min((others[unit][axis] for unit in behind), default=high) - max(ends_of_staying, default=low)
        shift = min(high - low, limit)
        if shift > 0:
            moved = {unit: _shifted(others[unit], axis, -shift) for unit in behind}
            if not crowded({**others, **moved, block: layout.place(block)}, moved):
                folded = moved_units(folded, moved)
                others = {**others, **moved}
    return folded


def unfold(layout: Layout, block: str) -> Layout:
    """The layout with a block unfolded at its position; units in the way move down or to the right."""
    if not layout.blocks[block].folded:
        return layout
    unfolded = layout.with_block(replace(layout.blocks[block], folded=False))
    inner, others = _parted(unfolded, block)
    box = _box(inner.values())

    def in_the_way(test: Callable[[Point], bool]) -> dict[str, Point]:
        return {unit: place for unit, place in others.items() if test(place) and box.meets(place)}

    below = in_the_way(lambda place: place[1] >= box.top + CLEARANCE)
    if below:
        # these and all units below them move down, by the height of the box
        start = min(y for _, y in below.values())
        shift = box.bottom - box.top
        moved = {unit: (x, y + shift) for unit, (x, y) in others.items() if y >= start}
        unfolded, others = moved_units(unfolded, moved), {**others, **moved}
    right = in_the_way(lambda place: place[0] > box.left)
    if right:
        # these and all units right of them move to the right, to the column after the box
        start = min(x for x, _ in right.values())
        moved = {unit: (x + box.right + COLUMN - start, y) for unit, (x, y) in others.items() if x >= start}
        unfolded = moved_units(unfolded, moved)
    return unfolded


def _parted(layout: Layout, block: str) -> tuple[dict[str, Point], dict[str, Point]]:
    """The units inside a block, and those outside of it; if a folded block is around it, only those in that block."""
    inside = layout.inside[block]
    drawn = units(layout, next((outer for outer in layout.around(block) if layout.blocks[outer].folded), None))
    inner = {unit: place for unit, place in drawn.items() if nodes_of(layout, unit) <= inside}
    return inner, {unit: place for unit, place in drawn.items() if unit not in inner}


def nodes_of(layout: Layout, unit: str) -> frozenset[str]:
    """The nodes of a unit: all nodes of a block, or the node itself."""
    return layout.inside[unit] if unit in layout.blocks else frozenset({unit})


def moved_units(layout: Layout, places: Mapping[str, Point]) -> Layout:
    """The layout with these units at other positions; the nodes in a block move with it."""
    positions: dict[str, Point] = {}
    for unit, (x, y) in places.items():
        if unit in layout.blocks:
            left, top = layout.place(unit)
            for node in layout.inside[unit]:
                x_node, y_node = layout.positions[node]
                positions[node] = (x_node + x - left, y_node + y - top)
        else:
            positions[unit] = (x, y)
    return layout.placed(positions)


def _box(places: Iterable[Point]) -> Box:
    nodes = list(places)
    return Box(min(x for x, _ in nodes), min(y for _, y in nodes), max(x for x, _ in nodes), max(y for _, y in nodes))


def _shifted(place: Point, axis: int, by: float) -> Point:
    return (place[0] + by, place[1]) if axis == 0 else (place[0], place[1] + by)


def crowded(places: Mapping[str, Point], moved: Mapping[str, Point]) -> bool:
    """Whether one of the moved units would be too close to a unit that was not moved."""
    staying: dict[int, list[Point]] = defaultdict(list)
    for unit, place in places.items():
        if unit not in moved:
            staying[int(place[0] // COLUMN)].append(place)
    return any(
        abs(x - x_other) < COLUMN and abs(y - y_other) < CLEARANCE
        for x, y in moved.values()
        for column in range(int(x // COLUMN) - 1, int(x // COLUMN) + 2)
        for x_other, y_other in staying.get(column, ())
    )
