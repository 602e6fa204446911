"""Distributes the room below the nodes: how far down maps or facts may reach, and how facts are arranged."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, FEWEST, TITLES
from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.geometry.room import TALLEST, column_limits
from cnnviz.gui.builder.planning_facts import first_of_row, plan_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from PySide6.QtCore import QRectF

    from cnnviz.gui.builder.geometry.routes import Rail
    from cnnviz.gui.builder.items.node import NodeItem

AROUND = 12.0
"""How far an item paints outside of its header and column, such as ports and signs."""


class Columns:
    """Gives each item of a scene the room down to the next node below it, or to ``bottom``, the end of the view.

    While ``bottom`` is None, because no view has set it yet, there is no room.
    """

    def __init__(self) -> None:
        self.bottom: float | None = None
        self.facts = COMPACT
        self.lines = FEWEST
        """The number of rows of facts."""
        self._view_left = 0.0
        self._units: tuple[NodeItem, ...] = ()
        self._lefts: NDArray[np.float64] = np.zeros(0)
        self._tops: NDArray[np.float64] = np.zeros(0)
        """For each unit the height at which its column begins."""
        self._limits: NDArray[np.float64] = np.zeros(0)
        self._given: NDArray[np.float64] = np.zeros(0)
        """The room that each unit was given; NaN where it was given none yet."""
        self.first: NodeItem | None = None
        """The first node, if the titles of facts can be shown once, left of it."""

    def follow(
        self, units: Iterable[NodeItem], above: Mapping[str, float], rails: Mapping[int, Iterable[Rail]]
    ) -> None:
        """Set the items; ``above`` and ``rails`` are as in :func:`column_limits`."""
        before, self._units = self._units, tuple(units)
        if before != self._units:
            rooms = dict(zip(before, self._given.tolist(), strict=True))
            self._given = np.array([rooms.get(item, nan) for item in self._units], float)
        places = {item.key: item.place for item in self._units}
        self._limits = np.array([*column_limits(places, above, rails).values()], float)
        self._lefts = np.array([x for x, _ in places.values()], float)
        self._tops = np.array([y + HEADER for _, y in places.values()], float)
        self.first = first_of_row(self._units)

    def reach(self, bottom: float, left: float) -> bool:
        """Set the bottom and left edge of the view; returns whether this changes the room.

        The titles of facts are shown once, left of the first node, if they are not left of the view.
        """
        before = self.bottom, self.titled
        self.bottom, self._view_left = bottom, left
        return (self.bottom, self.titled) != before

    def give(self, reported: Iterable[NodeItem], *, facts: bool) -> Iterator[NodeItem]:
        """Give each item its room, and yield the items that changed.

        ``facts`` says whether facts or maps are shown below the nodes. Items with the same room as before are skipped
        unless they are among ``reported``; these also adopt another shape or another kind of column.
        """
        if self.bottom is None:
            return
        available = np.minimum(np.minimum(self._limits, self.bottom) - self._tops, TALLEST)
        if facts:
            least = float(available.min(initial=TALLEST))
            plan = plan_facts(self._units, least, self.lines, once=self.titled is not None)
            if plan != self.facts:
                self.facts, reported = plan, self._units
            available = np.minimum(available, plan.room(self.lines))
        before, self._given = self._given, available
        new = frozenset(reported)
        has_new_report = np.array([item in new for item in self._units], bool)
        to_fit = np.flatnonzero((available != before) | has_new_report)
        for index, room in zip(to_fit.tolist(), available[to_fit].tolist(), strict=True):
            if self._units[index].set_room(room, self.facts):
                yield self._units[index]

    def within(self, area: QRectF) -> Iterator[NodeItem]:
        """The items that have a part in an area: header, ports, signs, or the column below."""
        reach = np.nan_to_num(self._given, nan=TALLEST)
        nearby = area.adjusted(-AROUND, -AROUND, AROUND, AROUND)
        across = (self._lefts <= nearby.right()) & (self._lefts + WIDTH >= nearby.left())
        down = (self._tops - HEADER <= nearby.bottom()) & (self._tops + reach >= nearby.top())
        for index in np.flatnonzero(across & down).tolist():
            yield self._units[index]

    @property
    def titled(self) -> tuple[float, float] | None:
        """The place of the first node if the titles of facts are shown once, left of it."""
        if self.first is None:
            return None
        x, _ = self.first.place
        return self.first.place if x - TITLES >= self._view_left else None
