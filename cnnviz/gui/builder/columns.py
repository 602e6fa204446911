"""How far what hangs below the nodes of a scene reaches down, and how their facts are arranged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, FEWEST
from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.geometry.room import TALLEST, limits
from cnnviz.gui.builder.planning_facts import first_of_row, plan_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from PySide6.QtCore import QRectF

    from cnnviz.gui.builder.geometry.routes import Rail
    from cnnviz.gui.builder.items.node import NodeItem

AROUND = 12.0
"""What an item paints around its header and column, ports and signs, reaches no farther."""


class Columns:
    """Gives room to the items of a scene: down to the next node below each, or to ``bottom``.

    There is no room while ``bottom`` is None: no view has said yet how far down it shows the scene.
    """

    def __init__(self) -> None:
        self.bottom: float | None = None
        self.facts = COMPACT
        self.lines = FEWEST
        """So many rows of facts."""
        self._left = 0.0
        self._units: tuple[NodeItem, ...] = ()
        self._lefts: NDArray[np.float64] = np.zeros(0)
        self._tops: NDArray[np.float64] = np.zeros(0)
        """Where what hangs below each of them begins."""
        self._limits: NDArray[np.float64] = np.zeros(0)
        self._given: NDArray[np.float64] = np.zeros(0)
        self._first: NodeItem | None = None

    def follow(
        self, units: Iterable[NodeItem], above: Mapping[str, float], rails: Mapping[int, Iterable[Rail]]
    ) -> None:
        """The items and their places are these; see :func:`limits`."""
        self._units = tuple(units)
        places = {item.key: item.place for item in self._units}
        self._limits = np.array([*limits(places, above, rails).values()], float)
        self._lefts = np.array([x for x, _ in places.values()], float)
        self._tops = np.array([y + HEADER for _, y in places.values()], float)
        self._first = first_of_row(self._units)

    def reach(self, bottom: float, left: float) -> bool:
        """What is in view ends at ``bottom`` and begins at ``left``; returns whether that gives other room.

        Titles of facts stand once where the first node is not beyond ``left``.
        """
        before = self.bottom, self._titled
        self.bottom, self._left = bottom, left
        return (self.bottom, self._titled) != before

    def give(self, *, facts: bool, every: bool) -> Iterator[NodeItem]:
        """Give each item its room; follows those of which anything is different by that.

        ``facts`` hang below the nodes, or maps. Only if ``every`` item is asked does one with as much room as before
        take what else it has to take: another shape, or another column.
        """
        if self.bottom is None:
            return
        rooms = np.minimum(np.minimum(self._limits, self.bottom) - self._tops, TALLEST)
        if facts:
            least = float(rooms.min(initial=TALLEST))
            plan = plan_facts(self._units, least, self.lines, self._first if self._titled else None)
            if plan != self.facts:
                self.facts, every = plan, True
            rooms = np.minimum(rooms, plan.room(self.lines))
        before, self._given = self._given, rooms
        if every or len(before) != len(rooms):
            before = np.full(len(rooms), np.nan)
        others = np.flatnonzero(rooms != before)
        for place, room in zip(others.tolist(), rooms[others].tolist(), strict=True):
            if self._units[place].set_room(room, self.facts):
                yield self._units[place]

    def within(self, area: QRectF) -> Iterator[NodeItem]:
        """The items of which anything is in an area: a header, its ports and signs, or what hangs below."""
        reach = self._given if len(self._given) == len(self._tops) else TALLEST
        near = area.adjusted(-AROUND, -AROUND, AROUND, AROUND)
        across = (self._lefts <= near.right()) & (self._lefts + WIDTH >= near.left())
        down = (self._tops - HEADER <= near.bottom()) & (self._tops + reach >= near.top())
        for place in np.flatnonzero(across & down).tolist():
            yield self._units[place]

    @property
    def _titled(self) -> bool:
        return self._first is not None and self._first.place[0] >= self._left
