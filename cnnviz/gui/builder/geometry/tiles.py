"""Decides which values of a node are shown below it, where, and with which colour levels. No graphics items."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QRect

from cnnviz.gui.builder.geometry.levels import ZERO_LEVEL
from cnnviz.gui.builder.geometry.metrics import FOOTER, GUTTER, INSET, ROW_HEIGHT, TILE, TILE_GAP
from cnnviz.inspection.answers.maps import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.network.paths import Frame
    from cnnviz.network.shape import Shape

MOST_TILES = 24
"""The most maps below a node."""
LOWEST, HIGHEST = 0.25, 2.0
"""The height of the box of a map that is not square, as a multiple of its width, at least and at most."""
CELL_GAP = 3.0
"""Gap between the numbered cells of a short vector."""
SHORT = 16
"""A vector up to this length is shown as one column of numbered cells."""
CELLS = (4, 5, 6, 8, 10, 12, 16, 20)
"""Possible numbers of columns for longer vectors; the first with which the whole vector fits is used."""


class PlacedPart(NamedTuple):
    """A part of a picture, in its pixels, and where it is drawn, in pixels of the screen."""

    source: QRect
    target: QRect


@lru_cache(maxsize=1024)
def spread(total: int, count: int) -> tuple[int, ...]:
    """``count`` of ``total`` indices of a vector, about evenly spaced, ascending.

    They are chosen in bit-reversed order, so that a larger count adds indices and removes none.
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
    """How a node's output is displayed: ``count`` of its ``total`` channels, in boxes of ``width`` × ``height``, in
    ``columns``.

    ``size`` is (H, W) of the map in one box. Lengths are in scene units.
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
        """The number of rows of boxes."""
        return -(-self.count // self.columns)

    @property
    def boxed(self) -> bool:
        """Whether boxes stand apart, each with a frame; the cells of a long vector do not."""
        return self.columns == 1

    @property
    def picture_size(self) -> tuple[int, int]:
        """Rows and columns of the picture of all values."""
        height, width = self.size
        return self.rows * height, self.columns * width

    def arranged(self, levels: NDArray[np.uint8], nothing: int) -> NDArray[np.uint8]:
        """The picture of the levels of all values, uint8 (n, H, W) or (n,): uint8 of :attr:`picture_size`.

        Boxes without a channel hold the level ``nothing``.
        """
        if self.columns == 1:
            return levels.reshape(self.picture_size)
        grid = np.full(self.rows * self.columns, nothing, np.uint8)
        grid[: levels.size] = levels.reshape(-1)
        return grid.reshape(self.picture_size)

    @property
    def numbered(self) -> bool:
        """Whether the number of the channel is shown beside each box."""
        return self.columns == 1 and self.total > 1

    @property
    def left(self) -> float:
        """The left edge of the boxes, from the left edge of the node."""
        return GUTTER if self.numbered else INSET

    @property
    def complete(self) -> bool:
        """Whether all channels are shown."""
        return self.count == self.total

    @property
    def extent(self) -> float:
        """The total height, with the line about the number of displayed channels if not all are displayed."""
        return self.rows * (self.height + self.gap) - self.gap + (0.0 if self.complete else FOOTER)

    def place(self, zoom: float) -> tuple[PlacedPart, ...]:
        """The parts of the picture, and where each is drawn, in whole pixels from the top left corner of the boxes."""
        if self.columns > 1:
            return self._place_cells(zoom)
        height, width = self.size
        box_width, box_height = max(1, int(self.width * zoom)), max(1, int(self.height * zoom))
        return tuple(
            PlacedPart(
                QRect(0, index * height, width, height),
                QRect(0, round(index * (self.height + self.gap) * zoom), box_width, box_height),
            )
            for index in range(self.count)
        )

    def _place_cells(self, zoom: float) -> tuple[PlacedPart, ...]:
        """The full rows as one part, and the rest of the last row; all cells have the same size in pixels."""
        cell = max(1, int(self.width * zoom))
        left = (int(TILE * zoom) - self.columns * cell) // 2
        full, rest = divmod(self.count, self.columns)
        parts = [PlacedPart(QRect(0, 0, self.columns, full), QRect(left, 0, self.columns * cell, full * cell))]
        if rest:
            parts.append(PlacedPart(QRect(0, full, rest, 1), QRect(left, full * cell, rest * cell, cell)))
        return tuple(parts)

    def index_at(self, x: float, y: float, zoom: float) -> int | None:
        """The index of the box at a point, in pixels from the top left corner of the boxes; None if there is none."""
        for index, (source, target) in enumerate(self.place(zoom)):
            if target.left() <= x <= target.right() and target.top() <= y <= target.bottom():
                if self.columns == 1:
                    return index
                cell = target.width() / source.width()
                row = source.top() + int((y - target.top()) / cell)
                return row * self.columns + int((x - target.left()) / cell)
        return None

    def value_at(self, x: float, y: float, zoom: float) -> tuple[int, int, int] | None:
        """The index of the box at a point, as :meth:`index_at`, and the row and column of the value there."""
        index = self.index_at(x, y, zoom)
        if index is None or self.columns > 1:
            return None if index is None else (index, 0, 0)
        target, (height, width) = self.place(zoom)[index].target, self.size
        row, column = (y - target.top()) * height / target.height(), (x - target.left()) * width / target.width()
        return index, min(height - 1, int(row)), min(width - 1, int(column))

    def framed(self, channels: tuple[int, ...], frame: Frame, zoom: float) -> tuple[QRect, ...]:
        """See :func:`framed`."""
        return framed(self, channels, frame, zoom)


@lru_cache(maxsize=256)
def framed(plan: Plan, channels: tuple[int, ...], frame: Frame, zoom: float) -> tuple[QRect, ...]:
    """Where the values of a frame are drawn, in whole pixels from the top left corner of the boxes.

    ``channels`` are those in the boxes, ascending. The cells of a long vector are joined in at most three rectangles.
    """
    places = plan.place(zoom)
    if plan.columns == 1:
        boxes = [target for channel, (_, target) in zip(channels, places, strict=False) if channel in frame.channels]
        return tuple(_part(box, plan.size, frame) for box in boxes)
    first, end = bisect_left(channels, frame.channels.start), bisect_left(channels, frame.channels.stop)
    grid, columns = places[0], plan.columns
    corner, cell = grid.target.topLeft(), grid.target.width() // grid.source.width()
    areas = []
    while first < end:
        row, column = divmod(first, columns)
        count = min(columns - column, end - first)
        rows = (end - first) // columns if column == 0 and count == columns else 1
        areas.append(QRect(corner.x() + column * cell, corner.y() + row * cell, count * cell, rows * cell))
        first += count * rows
    return tuple(areas)


def _part(box: QRect, size: tuple[int, int], frame: Frame) -> QRect:
    """The part of the box of a map with the values of a frame; as :class:`Mosaic` draws them, at least one pixel."""
    (left, right), (top, bottom) = (
        (ceil(axis.start * extent / values - 0.5), ceil(axis.stop * extent / values - 0.5))
        for axis, extent, values in ((frame.columns, box.width(), size[1]), (frame.rows, box.height(), size[0]))
    )
    return QRect(box.left() + left, box.top() + top, max(1, right - left), max(1, bottom - top))


@lru_cache(maxsize=1024)
def plan(shape: Shape, room: float) -> Plan | None:
    """The plan for an output of this shape in ``room``; None if nothing fits."""
    if len(shape) == 3:
        height = TILE * min(HIGHEST, max(LOWEST, shape[1] / shape[2]))
        pitch = height + TILE_GAP
        # one gap less than maps
        count = min(shape[0], MOST_TILES, int((room + TILE_GAP) // pitch))
        if count < shape[0]:
            count = min(count, int((room - FOOTER + TILE_GAP) // pitch))
        if count < 1:
            return None
        return Plan(count, shape[0], (shape[1], shape[2]), 1, TILE, height, TILE_GAP)
    total = shape[0]
    if total <= SHORT and total * ROW_HEIGHT <= room:
        return Plan(total, total, (1, 1), 1, TILE, ROW_HEIGHT - CELL_GAP, CELL_GAP)
    for columns in CELLS:
        cell = TILE / columns
        if columns * int(room // cell) >= total:
            return Plan(total, total, (1, 1), columns, cell, cell, 0)
    # not all values fit: full rows of the smallest cells
    columns, cell = CELLS[-1], TILE / CELLS[-1]
    count = columns * int((room - FOOTER) // cell)
    return Plan(count, total, (1, 1), columns, cell, cell, 0) if count >= columns else None


def shown(maps: Maps, plan: Plan, pinned: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The channels in the boxes of a plan, ascending: of maps the pinned and the strongest ones, of a long vector
    evenly spaced ones."""
    if plan.complete:
        # the maps have them in this order too, and thousands of numbers need not be written down and compared
        return maps.channels if len(maps.channels) == plan.total else tuple(range(plan.total))
    if maps.values.ndim == 1:
        return spread(plan.total, plan.count)
    return _chosen(maps.strongest, plan.count, pinned)


_chosen = lru_cache(maxsize=256)(choose)


def outdated(maps: Maps, plan: Plan, channels: tuple[int, ...], pinned: tuple[int, ...] = ()) -> bool:
    """Whether other maps than those of the ``channels`` in the boxes would be chosen now."""
    if not maps.strongest_now or plan.complete or maps.strongest_now is maps.strongest:
        return False
    return _chosen(maps.strongest_now, plan.count, pinned) != channels


def drawn_values(maps: Maps, plan: Plan, channels: tuple[int, ...]) -> NDArray[np.float32] | None:
    """The values of the ``channels`` in the boxes of a plan: float32 (n, H, W) or (n,); channels that are missing in
    the maps are 0. None if the maps do not fit the plan."""
    if maps.total != plan.total or (maps.values.shape[1:] or (1, 1)) != plan.size:
        return None
    return maps.values if maps.channels is channels or maps.channels == channels else _rows(maps, channels)


def picture(levels: NDArray[np.uint8], plan: Plan, signed: bool, before: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """The picture of a plan with these colour levels, uint8 (n, H, W) or (n,): uint8 (H, W).

    Returns ``before`` itself if nothing changed.
    """
    arranged = plan.arranged(levels, int(ZERO_LEVEL) if signed else 0)
    if before is not None and before.shape == arranged.shape and before.tobytes() == arranged.tobytes():
        return before
    return arranged


def _rows(maps: Maps, channels: tuple[int, ...]) -> NDArray[np.float32]:
    place = {channel: row for row, channel in enumerate(maps.channels)}
    values = np.zeros((len(channels), *maps.values.shape[1:]), np.float32)
    for row, channel in enumerate(channels):
        if channel in place:
            values[row] = maps.values[place[channel]]
    return values
