"""The column of a Flatten: its values in the maps that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor

from cnnviz.gui.builder.geometry.flattened import FlattenedPlan, flattened_plan
from cnnviz.gui.builder.geometry.levels import Scaled, levels_of
from cnnviz.gui.builder.geometry.metrics import TILE
from cnnviz.gui.builder.geometry.mosaic import Mosaic
from cnnviz.gui.builder.geometry.tiles import picture
from cnnviz.gui.theme import DARK, colour_table
from cnnviz.network.paths import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZOOMS = (0.5, 1.0, 1.37, 2.0)


def drawn(values: NDArray[np.float32], one: FlattenedPlan, limit: float, signed: bool) -> NDArray[np.uint8]:
    (made,) = levels_of([Scaled(values, limit, signed)])
    return picture(made.levels, one, signed, None)


def planned(shape: tuple[int, ...], room: float = 400.0) -> FlattenedPlan:
    one = flattened_plan(shape, room)
    assert one is not None
    return one


@pytest.mark.parametrize("shape", [(7, 3, 4), (1, 6, 6), (64, 5, 5), (5, 2, 1)])
@pytest.mark.parametrize("zoom", ZOOMS)
def test_each_value_is_drawn_and_found_in_its_map(shape: tuple[int, int, int], zoom: float) -> None:
    one = planned(shape)
    values = np.random.default_rng(3).permutation(one.total).astype(np.float32)
    levels = drawn(values, one, float(one.total), False)
    mosaic = Mosaic(one, zoom, 1.0)
    image = mosaic.draw(levels, False, DARK)
    table = colour_table(DARK, False)
    assert image.width() <= TILE * zoom + 1 and image.height() <= 400 * zoom + 1
    seen = set()
    for number, (source, target) in enumerate(one.place(zoom)):
        assert (source.width(), source.height()) == shape[:0:-1]
        for y in range(target.top(), target.bottom() + 1):
            for x in range(target.left(), target.right() + 1):
                index = one.index_at(x + 0.5, y + 0.5, zoom)
                assert index is not None and index // (shape[1] * shape[2]) == number
                seen.add(index)
                level = round(float(values[index]) * 255 / one.total)
                at = QPoint(x, y) - mosaic.corner
                assert image.pixel(at) == table[level]
    if one.width * zoom >= shape[2] and one.height * zoom >= shape[1]:
        assert seen == set(range(one.total))


def test_maps_stand_apart_and_the_last_row_ends_with_the_ground() -> None:
    one = planned((7, 3, 3), 100)
    assert one.columns > 1 and 7 % one.columns
    places = [target for _, target in one.place(1.0)]
    assert not any(
        first.adjusted(0, 0, 1, 1).intersects(second) for first in places for second in places if first is not second
    )
    levels = drawn(np.full(63, -1, np.float32), one, 1.0, True)
    image = Mosaic(one, 1.0, 1.0).draw(levels, True, DARK)
    last = places[-1]
    beside = last.center() + QPoint(places[1].left() - places[0].left(), 0)
    assert image.pixelColor(last.center()) != image.pixelColor(beside)
    assert image.pixel(beside) == QColor(colour_table(DARK, True)[128]).rgb()
    assert one.index_at(beside.x(), beside.y(), 1.0) is None


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize(("first", "end"), [(26, 27), (25, 50), (30, 35), (24, 26), (0, 1600)])
def test_a_frame_goes_around_the_values_in_each_map(zoom: float, first: int, end: int) -> None:
    one = planned((64, 5, 5))
    boxes = one.framed((), Frame(range(first, end), range(1), range(1)), zoom)
    for index in range(first, end):
        assert any(box.contains(_centre(one, index, zoom)) for box in boxes)
    assert len(boxes) == -(-end // 25) - first // 25
    if end - first == 1:
        assert not boxes[0].contains(_centre(one, first + 1, zoom))


def test_a_frame_around_very_many_maps_is_one() -> None:
    one = planned((200, 2, 2))
    (box,) = one.framed((), Frame(range(800), range(1), range(1)), 1.0)
    assert all(box.contains(target) for _, target in one.place(1.0))


def test_what_does_not_fit_or_consists_of_single_values_is_a_vector() -> None:
    assert flattened_plan((1600, 1, 1), 400) is None
    assert flattened_plan((2048, 7, 7), 200) is None


def _centre(one: FlattenedPlan, index: int, zoom: float) -> QPoint:
    _, high, wide = one.shape
    number, place = divmod(index, high * wide)
    target: QRect = one.place(zoom)[number][1]
    row, column = divmod(place, wide)
    return QPoint(
        target.left() + int((column + 0.5) * target.width() / wide),
        target.top() + int((row + 0.5) * target.height() / high),
    )
