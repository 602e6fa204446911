"""Which values of a node are shown below it, where, and as which picture. No items, no painting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect

from cnnviz.gui.builder.geometry.metrics import FOOTER, GUTTER, INSET, ROW_HEIGHT, TILE, TILE_GAP
from cnnviz.gui.widgets.map_scales import own_limits
from cnnviz.inspection.answers.maps import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.network.shape import Shape

MOST_TILES = 24
SHORT = 16
"""A vector up to this length stands as one column of numbered cells."""
CELLS = (4, 5, 6, 8, 10, 12, 16, 20)
"""How many cells of a longer vector stand side by side; the first that shows all of it is taken."""


@lru_cache(maxsize=1024)
def spread(total: int, count: int) -> tuple[int, ...]:
    """``count`` of ``total`` places of a vector, about evenly spaced, ascending.

    They are taken in the order of reversed bits, so that more room adds places and moves none.
    """
    if count >= total:
        return tuple(range(total))
    bits = (total - 1).bit_length()
    chosen: list[int] = []
    step = 0
    while len(chosen) < count:
        channel = int(f"{step:0{bits}b}"[::-1], 2)
        if channel < total:
            chosen.append(channel)
        step += 1
    return tuple(sorted(chosen))


@dataclass(frozen=True)
class Plan:
    """What is shown of a node's output: ``count`` of ``total`` channels in boxes of ``width`` × ``height``, ``columns``
    side by side.

    ``size`` is (H, W) of the picture in one box. Lengths are in scene units.
    """

    count: int
    total: int
    size: tuple[int, int]
    columns: int
    width: float
    height: float
    gap: float

    @property
    def rows(self) -> int:
        """How many boxes stand upon each other."""
        return -(-self.count // self.columns)

    @property
    def numbered(self) -> bool:
        """Whether beside each box stands the number of its channel."""
        return self.columns == 1 and self.total > 1

    @property
    def left(self) -> float:
        """Where the boxes begin, from the left edge of the node."""
        return GUTTER if self.numbered else INSET

    @property
    def complete(self) -> bool:
        """Whether nothing is left out."""
        return self.count == self.total

    @property
    def extent(self) -> float:
        """Height of all of it, with the line below that says how much is shown where that is not all."""
        return self.rows * (self.height + self.gap) - self.gap + (0.0 if self.complete else FOOTER)

    def place(self, zoom: float) -> tuple[tuple[QRect, QRect], ...]:
        """Which part of the picture goes where, in whole pixels of the screen from the top left corner of a tile."""
        if self.columns > 1:
            return self._place_cells(zoom)
        height, width = self.size
        size = (max(1, int(self.width * zoom)), max(1, int(self.height * zoom)))
        return tuple(
            (
                QRect(0, index * height, width, height),
                QRect(0, round(index * (self.height + self.gap) * zoom), size[0], size[1]),
            )
            for index in range(self.count)
        )

    def _place_cells(self, zoom: float) -> tuple[tuple[QRect, QRect], ...]:
        """All full rows in one piece, and the rest of the last one; every cell equally many pixels large."""
        cell = max(1, int(self.width * zoom))
        left = (int(TILE * zoom) - self.columns * cell) // 2
        full, rest = divmod(self.count, self.columns)
        pieces = [(QRect(0, 0, self.columns, full), QRect(left, 0, self.columns * cell, full * cell))]
        if rest:
            pieces.append((QRect(0, full, rest, 1), QRect(left, full * cell, rest * cell, cell)))
        return tuple(pieces)

    def index_at(self, x: float, y: float, zoom: float) -> int | None:
        """Which of the boxes is at a point, in pixels of the screen from the top left corner of a tile."""
        for index, (source, target) in enumerate(self.place(zoom)):
            if target.left() <= x <= target.right() and target.top() <= y <= target.bottom():
                if self.columns == 1:
                    return index
                cell = target.width() / source.width()
                row = source.top() + int((y - target.top()) / cell)
                return row * self.columns + int((x - target.left()) / cell)
        return None

    def value_at(self, x: float, y: float, zoom: float) -> tuple[int, int, int] | None:
        """Which of the boxes is at a point as of :meth:`index_at`, and row and column of the value there."""
        index = self.index_at(x, y, zoom)
        if index is None or self.columns > 1:
            return None if index is None else (index, 0, 0)
        target, (high, wide) = self.place(zoom)[index][1], self.size
        row, column = (y - target.top()) * high / target.height(), (x - target.left()) * wide / target.width()
        return index, min(high - 1, int(row)), min(wide - 1, int(column))


@lru_cache(maxsize=1024)
def plan(shape: Shape, room: float) -> Plan | None:
    """What of an output of this shape is shown in ``room``; None where nothing fits."""
    if len(shape) == 3:
        height = TILE * min(2.0, max(0.25, shape[1] / shape[2]))
        pitch = height + TILE_GAP
        count = min(shape[0], MOST_TILES, int((room + TILE_GAP) // pitch))
        if count < shape[0]:
            count = min(count, int((room - FOOTER + TILE_GAP) // pitch))
        if count < 1:
            return None
        return Plan(count, shape[0], (shape[1], shape[2]), 1, TILE, height, TILE_GAP)
    total = shape[0]
    if total <= SHORT and total * ROW_HEIGHT <= room:
        return Plan(total, total, (1, 1), 1, TILE, ROW_HEIGHT - 3, 3)
    for columns in CELLS:
        cell = TILE / columns
        if columns * int(room // cell) >= total:
            return Plan(total, total, (1, 1), columns, cell, cell, 0)
    fitting = columns * int((room - FOOTER) // cell)
    if fitting < columns:
        return None
    return Plan(fitting, total, (1, 1), columns, cell, cell, 0)


def shown(maps: Maps, plan: Plan, pinned: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The channels in the boxes of a plan, ascending: of maps the pinned and the strongest, of a long vector evenly
    spaced ones."""
    if plan.complete:
        return tuple(range(plan.total))
    if maps.values.ndim == 1:
        return spread(plan.total, plan.count)
    return choose(maps.strongest, plan.count, pinned)


def outdated(maps: Maps, plan: Plan, pinned: tuple[int, ...] = ()) -> bool:
    """Whether other maps than those in the boxes would be chosen by now, as far as that is known."""
    if not maps.strongest_now or plan.complete:
        return False
    return choose(maps.strongest_now, plan.count, pinned) != choose(maps.strongest, plan.count, pinned)


def levels(values: NDArray[np.float32], limit: float | NDArray[np.float32], signed: bool) -> NDArray[np.uint8]:
    """Values as levels of a colour table: signed from -limit to limit with 0 at 128, others from 0 to limit.

    What is not a number counts as 0, what is beyond the limit as the limit. An array of limits is broadcast.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.multiply(values, (127.0 if signed else 255.0) / limit, dtype=np.float32)
        if not np.isfinite(scaled).all():
            np.nan_to_num(scaled, copy=False, nan=0.0)
        np.rint(scaled, out=scaled)
        if signed:
            scaled += 128.0
        np.clip(scaled, 0.0, 255.0, out=scaled)
    return scaled.astype(np.uint8)


def drawn_values(maps: Maps, plan: Plan, channels: tuple[int, ...]) -> NDArray[np.float32] | None:
    """The values of ``channels``, those in the boxes of a plan, float32 (n, H, W) or (n,); 0 for what the maps lack of
    them. None where the maps do not fit the plan."""
    if maps.total != plan.total or (maps.values.shape[1:] or (1, 1)) != plan.size:
        return None
    return maps.values if maps.channels == channels else _rows(maps, channels)


def picture(
    values: NDArray[np.float32], plan: Plan, limit: float, signed: bool, before: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    """The levels of what a plan shows, uint8 (H, W), on a scale with this limit; at 0 each map has one of its own.

    ``before`` itself comes back where nothing changed.
    """
    height, width = plan.size
    made = levels(values, limit or own_limits(values), signed).reshape(len(values) * height, width)
    if plan.columns > 1:
        grid = np.zeros(plan.rows * plan.columns, np.uint8)
        grid[: made.size] = made.reshape(-1)
        made = grid.reshape(plan.rows, plan.columns)
    return before if before is not None and np.array_equal(made, before) else made


def _rows(maps: Maps, channels: tuple[int, ...]) -> NDArray[np.float32]:
    place = {channel: row for row, channel in enumerate(maps.channels)}
    values = np.zeros((len(channels), *maps.values.shape[1:]), np.float32)
    for row, channel in enumerate(channels):
        if channel in place:
            values[row] = maps.values[place[channel]]
    return values
