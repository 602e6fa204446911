"""The plan of a flattened vector, such as the output of a Flatten: its values are drawn in the maps they came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect

from cnnviz.gui.builder.geometry.metrics import TILE
from cnnviz.gui.builder.geometry.tiles import HIGHEST, LOWEST, PlacedPart, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.network.paths import Frame
    from cnnviz.network.shape import Shape

MAP_GAP = 2.0
"""Between two maps, in scene units."""
LEAST_MAP = 3.0
"""The least width of a map, in scene units."""
MOST_FRAMED = 64
"""A frame over more maps than this is drawn as a single rectangle around them."""


@dataclass(frozen=True)
class FlattenedPlan(Plan):
    """All values of a vector, as the maps of ``shape`` (C, H, W) that they came from, with ``columns`` maps in a row.

    Each map is a box of the plan, ``width`` wide and ``height`` high. ``count`` and ``total`` are numbers of values.
    """

    shape: tuple[int, int, int] = (1, 1, 1)

    @property
    def rows(self) -> int:
        """See :attr:`Plan.rows`."""
        return -(-self.shape[0] // self.columns)

    @property
    def boxed(self) -> bool:
        """See :attr:`Plan.boxed`."""
        return True

    @property
    def numbered(self) -> bool:
        """See :attr:`Plan.numbered`."""
        return False

    @property
    def picture_size(self) -> tuple[int, int]:
        """See :attr:`Plan.picture_size`."""
        return self.rows * self.shape[1], self.columns * self.shape[2]

    def arranged(self, levels: NDArray[np.uint8], nothing: int) -> NDArray[np.uint8]:
        """See :meth:`Plan.arranged`."""
        channels, height, width = self.shape
        boxes = np.full((self.rows * self.columns, height, width), nothing, np.uint8)
        boxes[:channels] = levels.reshape(self.shape)
        return boxes.reshape(self.rows, self.columns, height, width).swapaxes(1, 2).reshape(self.picture_size)

    def place(self, zoom: float) -> tuple[PlacedPart, ...]:
        """See :meth:`Plan.place`."""
        return _places(self, zoom)

    def index_at(self, x: float, y: float, zoom: float) -> int | None:
        """The index of the value at a point, in pixels from the top left corner of the boxes; None if there is none."""
        _, height, width = self.shape
        for number, (_, target) in enumerate(self.place(zoom)):
            if target.left() <= x < target.right() + 1 and target.top() <= y < target.bottom() + 1:
                row = int((y - target.top()) * height / target.height())
                column = int((x - target.left()) * width / target.width())
                return number * height * width + row * width + column
        return None

    def value_at(self, x: float, y: float, zoom: float) -> tuple[int, int, int] | None:
        """See :meth:`Plan.value_at`: the index in the vector."""
        index = self.index_at(x, y, zoom)
        return None if index is None else (index, 0, 0)

    def framed(self, channels: tuple[int, ...], frame: Frame, zoom: float) -> tuple[QRect, ...]:
        """See :meth:`Plan.framed`: in each map the rows with values of the frame."""
        _, height, width = self.shape
        size, first, end = height * width, frame.channels.start, frame.channels.stop
        maps = range(first // size, -(-end // size))
        places = self.place(zoom)
        if len(maps) > MOST_FRAMED:
            whole = QRect()
            for number in maps:
                whole = whole.united(places[number].target)
            return (whole,)
        return tuple(
            _part(places[number].target, self.shape, max(0, first - number * size), min(size, end - number * size))
            for number in maps
        )


@lru_cache(maxsize=64)
def _places(plan: FlattenedPlan, zoom: float) -> tuple[PlacedPart, ...]:
    channels, height, width = plan.shape
    size = max(1, int(plan.width * zoom)), max(1, int(plan.height * zoom))
    across, down = plan.width + plan.gap, plan.height + plan.gap
    parts = []
    for number in range(channels):
        row, column = divmod(number, plan.columns)
        source = QRect(column * width, row * height, width, height)
        parts.append(PlacedPart(source, QRect(round(column * across * zoom), round(row * down * zoom), *size)))
    return tuple(parts)


def _part(box: QRect, shape: tuple[int, int, int], first: int, end: int) -> QRect:
    """The part of the box of a map with its values from ``first`` to, not including, ``end``: whole rows, or a part of
    one row."""
    _, height, width = shape
    top, bottom = first // width, (end - 1) // width + 1
    left, right = (first % width, (end - 1) % width + 1) if bottom - top == 1 else (0, width)
    y0, y1 = (round(edge * box.height() / height) for edge in (top, bottom))
    x0, x1 = (round(edge * box.width() / width) for edge in (left, right))
    return QRect(box.left() + x0, box.top() + y0, max(1, x1 - x0), max(1, y1 - y0))


@lru_cache(maxsize=256)
def flattened_plan(shape: Shape, room: float) -> FlattenedPlan | None:
    """The plan for maps of ``shape`` in ``room``, as large as fit; None if they do not fit, or are single values."""
    channels, map_height, map_width = shape
    if map_height * map_width == 1:
        return None
    # several maps never stand in one column, as live maps do
    for columns in range(min(2, channels), channels + 1):
        width = (TILE - (columns - 1) * MAP_GAP) / columns
        if width < LEAST_MAP:
            return None
        height = width * min(HIGHEST, max(LOWEST, map_height / map_width))
        rows = -(-channels // columns)
        if rows * (height + MAP_GAP) - MAP_GAP <= room:
            return FlattenedPlan(
                count=prod(shape),
                total=prod(shape),
                size=(1, 1),
                columns=columns,
                width=width,
                height=height,
                gap=MAP_GAP,
                shape=(channels, map_height, map_width),
            )
    return None
