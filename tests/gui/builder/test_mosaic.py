"""The picture of a node's maps, pixel by pixel against what the plan says."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from cnnviz.gui.builder.geometry.metrics import TILE
from cnnviz.gui.builder.geometry.mosaic import Mosaic
from cnnviz.gui.builder.geometry.tiles import Plan, plan
from cnnviz.gui.theme import DARK, LIGHT, Theme, colour_table

CLEAR = 0


def expected(one: Plan, zoom: float, picture: np.ndarray, signed: bool, theme: Theme) -> dict[tuple[int, int], int]:
    """The colour of each pixel where a value is shown, from the top left corner of all places."""
    whole = QRect()
    for _, target in one.place(zoom):
        whole = whole.united(target)
    table, found = colour_table(theme, signed), {}
    for source, target in one.place(zoom):
        for y in range(target.height()):
            for x in range(target.width()):
                row = source.top() + int((y + 0.5) * source.height() / target.height())
                column = source.left() + int((x + 0.5) * source.width() / target.width())
                place = target.left() + x - whole.left(), target.top() + y - whole.top()
                found[place] = table[picture[row, column]]
    return found


def values(one: Plan) -> np.ndarray:
    shape = (one.rows * one.size[0], one.columns * one.size[1])
    return np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8)


def colours(image: QImage) -> dict[tuple[int, int], int]:
    return {
        (x, y): int(image.pixel(x, y)) & 0xFFFFFFFF if QColor(image.pixelColor(x, y)).alpha() else CLEAR
        for y in range(image.height())
        for x in range(image.width())
    }


def planned(shape: tuple[int, ...], room: float) -> Plan:
    one = plan(shape, room)
    assert one is not None
    return one


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("zoom", [0.3, 1.0, 1.37])
def test_maps_stand_upon_each_other_with_room_between_them(zoom: float, signed: bool, theme: Theme) -> None:
    one = planned((3, 7, 5), 500)
    picture = values(one)
    image = Mosaic(one, zoom, 1.0).draw(picture, signed, theme)
    drawn, wanted = colours(image), expected(one, zoom, picture, signed, theme)
    assert {place: colour for place, colour in drawn.items() if colour != CLEAR} == wanted
    assert CLEAR in drawn.values()


def test_a_larger_map_is_thinned_out() -> None:
    one = planned((1, 90, 90), 500)
    picture = values(one)
    image = Mosaic(one, 0.5, 1.0).draw(picture, False, DARK)
    assert image.width() == int(TILE * 0.5) < 90
    assert colours(image) == expected(one, 0.5, picture, False, DARK)


def test_cells_of_a_vector_are_parted_by_lines_where_they_are_large_enough() -> None:
    one = planned((30,), 200)
    assert one.columns > 1 and one.count % one.columns
    picture = values(one)
    for zoom, lined in ((0.2, False), (1.0, True)):
        mosaic = Mosaic(one, zoom, 1.0)
        image = mosaic.draw(picture, False, LIGHT)
        drawn, wanted = colours(image), expected(one, zoom, picture, False, LIGHT)
        cell = mosaic.places[0][1].width() // one.columns
        surface = QColor(LIGHT.surface).rgb()
        for (x, y), colour in drawn.items():
            if (x, y) not in wanted:
                # behind the last value of the last row nothing is drawn
                assert colour == CLEAR
            elif lined and (x % cell == cell - 1 or y % cell == cell - 1):
                assert colour == surface
            else:
                assert colour == wanted[x, y]


@pytest.mark.parametrize("ratio", [1.25, 2.0])
def test_a_finer_screen_gets_more_pixels_of_the_same(ratio: float) -> None:
    one = planned((2, 6, 6), 500)
    picture = values(one)
    plain = Mosaic(one, 1.0, 1.0).draw(picture, True, DARK)
    fine = Mosaic(one, 1.0, ratio).draw(picture, True, DARK)
    assert fine.devicePixelRatio() == ratio
    assert (fine.width(), fine.height()) == (round(plain.width() * ratio), round(plain.height() * ratio))
    if ratio == 2.0:
        coarse, drawn = colours(plain), colours(fine)
        # every value as wide and high as it was, twice
        for x, y in ((1, 1), (plain.width() - 2, 1), (plain.width() // 2, plain.height() - 2)):
            assert {drawn[2 * x + dx, 2 * y + dy] for dx in (0, 1) for dy in (0, 1)} == {coarse[x, y]}
