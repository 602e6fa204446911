from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from cnnviz.gui.theme import DARK, LIGHT, Theme, colour_map
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.image_grid import ImageGrid
from cnnviz.gui.widgets.levels import GAP_LEVEL, levels, lookup_table
from cnnviz.gui.widgets.tiling import Tiles, Tiling
from cnnviz.numerals import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from cnnviz.inspection.questions import Array


def tiles(values: Array, limit: float = 1.0, signed: bool = True, tiling: Tiling | None = None) -> Tiles:
    def read(positions: NDArray[np.intp]) -> Array:
        return values[positions]

    tiling = tiling or Tiling(len(values), (values.shape[1], values.shape[2]))
    return Tiles(tiling, read, limit, signed, str, lambda position: f"map {position}")


@pytest.fixture
def grid(qtbot: QtBot) -> ImageGrid:
    grid = ImageGrid(DARK)
    qtbot.addWidget(grid)
    grid.resize(280, 400)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def random_maps(count: int, size: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, size)).astype(np.float32)


def test_every_pixel_on_screen_is_the_level_of_its_value(grid: ImageGrid) -> None:
    values = random_maps(9, 7)
    grid.show_tiles(tiles(values))
    placed, picture = grid.placement(), grid.picture()
    assert placed is not None and picture is not None
    wanted = levels(values, 1.0, True)
    for y, x in np.ndindex(picture.shape):
        hit = placed.hit(x + 0.5, y + 0.5)
        position = None if hit is None else hit[0] * placed.columns + hit[1]
        if hit is None or position is None or position >= len(values):
            assert picture[y, x] == GAP_LEVEL
        else:
            assert picture[y, x] == wanted[position, hit[2], hit[3]]


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_colours_on_screen_are_those_of_the_theme(grid: ImageGrid, theme: Theme) -> None:
    grid.set_theme(theme)
    values = np.stack([np.full((4, 4), value, np.float32) for value in (-1, 0, 1)])
    grid.show_tiles(tiles(values))
    image = grid.grab().toImage()
    ratio = image.devicePixelRatio()
    for position, stop in ((0, theme.negative), (1, theme.surface), (2, theme.positive)):
        centre = grid.centre(position)
        assert centre is not None
        assert image.pixelColor((centre * ratio).toPoint()).name() == stop


def test_levels_span_the_scale_and_mark_what_is_no_number() -> None:
    values = np.array([-2, -1, 0, 1, 2, np.nan], np.float32)
    assert levels(values, 1.0, True).tolist() == [0, 0, 127, 254, 254, GAP_LEVEL]
    assert levels(values, 1.0, False).tolist() == [0, 0, 0, 254, 254, GAP_LEVEL]
    for signed in (True, False):
        table = lookup_table(LIGHT, signed)
        assert (table[0] == colour_map(LIGHT, signed)[0]).all() and (table[254] == colour_map(LIGHT, signed)[255]).all()


def test_the_line_reads_the_exact_value_and_a_click_holds_it(grid: ImageGrid, qtbot: QtBot) -> None:
    values = random_maps(4, 5)
    grid.show_tiles(tiles(values))
    centre = grid.centre(3)
    assert centre is not None
    with qtbot.waitSignal(grid.clicked) as clicked:
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    assert clicked.args == [3]
    assert grid.line() == f"map 3\nrow 2, column 2: {exact(float(values[3, 2, 2]))}"
    grid.show_tiles(tiles(-values))
    assert grid.line().endswith(exact(float(-values[3, 2, 2])))


def test_keys_move_from_tile_to_tile_and_scroll(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.show_tiles(tiles(random_maps(200, 5)))
    placed = grid.placement()
    assert placed is not None and placed.shown_rows < placed.rows
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.line().startswith("map 1\n")
    for _ in range(placed.shown_rows):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.visible()[0].start == 1
    with qtbot.waitSignal(grid.clicked) as clicked:
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert clicked.args == [placed.columns * placed.shown_rows + 1]


def test_with_shift_keys_move_from_value_to_value_and_it_is_framed(grid: ImageGrid) -> None:
    picked: list[tuple[int, int, int]] = []
    entered: list[int] = []
    grid.picked.connect(lambda *at: picked.append(at))
    grid.entered.connect(entered.append)
    grid.show_tiles(tiles(np.zeros((4, 5, 5), np.float32)))
    placed = grid.placement()
    assert placed is not None
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(grid, key, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert entered == [0] and picked == [(0, 3, 0)]
    assert grid.held == (0, 3, 0) and "row 3, column 0" in grid.line()
    image = grid.viewport().grab().toImage()
    accent = QColor(DARK.accent)
    found = [(x, y) for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y) == accent]
    side, ratio = placed.height / 5, image.devicePixelRatio()
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*found, strict=True))
    assert (top / ratio, bottom / ratio) == pytest.approx((3 * side, 4 * side), abs=2.5)
    assert (left / ratio, right / ratio) == pytest.approx((placed.gutter, placed.gutter + side), abs=2.5)
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert grid.held is None


def test_only_the_rows_on_screen_are_read(grid: ImageGrid) -> None:
    asked: list[int] = []

    def read(positions: NDArray[np.intp]) -> Array:
        asked.append(len(positions))
        return np.zeros((len(positions), 1, 1), np.float32)

    grid.show_tiles(Tiles(Tiling(10**9, (1, 1), least_width=10, most_width=10), read, 1.0, True, str, str))
    assert 0 < max(asked) < 3000


def test_no_caption_lies_on_a_tile(grid: ImageGrid) -> None:
    tiling = Tiling(6, (6, 6), below=caption_height(grid.font()))
    grid.show_tiles(tiles(np.zeros((6, 6, 6), np.float32), tiling=tiling))
    placed = grid.placement()
    assert placed is not None
    image = grid.grab().toImage()

    def inks(top: int, bottom: int) -> set[str]:
        inside = range(2, placed.width - 2)
        return {image.pixelColor(x, y).name() for x in inside for y in range(top, bottom)}

    assert inks(2, placed.height - 2) == {DARK.surface}
    assert len(inks(placed.height + 1, placed.height + tiling.below)) > 1


def test_numbers_stay_readable_on_another_scale(grid: ImageGrid) -> None:
    values = np.full((1, 2, 2), 0.9, np.float32)
    for limit in (100.0, 1.0):
        grid.show_tiles(tiles(values, limit, tiling=Tiling(1, (2, 2), least_width=120)))
    after = grid.grab().toImage()
    grid.clear()
    grid.show_tiles(tiles(values, 1.0, tiling=Tiling(1, (2, 2), least_width=120)))
    assert after == grid.grab().toImage()


def test_a_new_tiling_starts_at_its_top_and_the_same_one_stays(grid: ImageGrid) -> None:
    grid.show_tiles(tiles(random_maps(200, 5)))
    grid.scroll_to(4)
    grid.show_tiles(tiles(random_maps(200, 5, seed=1)))
    assert grid.visible()[0].start == 4
    grid.show_tiles(tiles(random_maps(300, 5)))
    assert grid.visible()[0].start == 0


def test_clear_leaves_nothing(grid: ImageGrid) -> None:
    grid.show_tiles(tiles(random_maps(4, 5)))
    grid.clear()
    assert grid.picture() is None and grid.line() == "" and grid.placement() is None
    qpoint = QPoint(20, 20)
    assert grid.grab().toImage().pixelColor(qpoint).name() == DARK.surface


def test_the_legend_says_its_limits(qtbot: QtBot) -> None:
    bar = ColourBar(DARK)
    qtbot.addWidget(bar)
    bar.set_scale(0.312, signed=True)
    assert bar.limits() == ("−0.31", "+0.31")
    bar.set_scale(2.44, signed=False)
    assert bar.limits() == ("0", "2.4")
