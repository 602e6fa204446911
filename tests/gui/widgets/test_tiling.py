from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cnnviz.gui.widgets.tiling import NO_TILE, Placement, Tiling, place


@pytest.mark.parametrize("count", [1, 3, 10, 32, 64, 500])
@pytest.mark.parametrize("size", [(220, 400), (280, 640), (900, 300)])
@pytest.mark.parametrize("below", [0, 13])
def test_tiles_stay_inside_the_view_and_legible(count: int, size: tuple[int, int], below: int) -> None:
    tiling = Tiling(count, (13, 13), below=below)
    placed = place(tiling, *size)
    height, width = placed.size
    assert width <= size[0] and height <= size[1]
    assert placed.width >= tiling.least_width * 0.9
    assert placed.rows * placed.columns >= count > (placed.rows - 1) * placed.columns


def test_few_tiles_are_shown_whole_and_as_large_as_fits() -> None:
    assert place(Tiling(2, (5, 5), most_width=100), 220, 300).width == 100
    many = place(Tiling(300, (5, 5)), 220, 300)
    assert many.shown_rows < many.rows


def test_stacks_keep_their_slices_in_one_row() -> None:
    placed = place(Tiling(64 * 32, (3, 3), columns=32, least_width=28, most_width=40), 270, 400)
    assert placed.columns == 32 and placed.rows == 64
    assert placed.gutter + placed.size[1] <= 270
    positions = placed.positions(3, 2).reshape(placed.shown_rows, placed.shown_columns)
    assert positions[0, 0] == 3 * 32 + 2 and positions[1, 0] == 4 * 32 + 2


@pytest.mark.parametrize("below", [0, 13])
def test_each_pixel_shows_the_value_that_hit_names(below: int) -> None:
    placed = place(Tiling(7, (4, 6), below=below), 300, 300)
    pixels = placed.pixels()
    assert pixels.shape == placed.size
    values = placed.tiling.tile[0] * placed.tiling.tile[1]
    for y, x in np.ndindex(*placed.size):
        hit = placed.hit(x + 0.5, y + 0.5)
        if hit is None:
            assert pixels[y, x] == -1
        else:
            row, column, inner_row, inner_column = hit
            tile = row * placed.shown_columns + column
            assert pixels[y, x] == tile * values + inner_row * 6 + inner_column


def test_numbers_of_many_rows_have_room() -> None:
    few, many = (
        place(Tiling(rows * 8, (1, 1), columns=8, least_width=11, most_width=14), 270, 400) for rows in (10, 4096)
    )
    assert few.gutter == 26 and many.gutter >= few.gutter + 7
    assert many.gutter + many.size[1] <= 270


def test_captions_have_room_of_their_own_below_each_row() -> None:
    placed = place(Tiling(7, (5, 5), most_width=60, row_gap=2, below=13), 200, 300)
    assert placed.size[0] == placed.shown_rows * (placed.height + 13) + (placed.shown_rows - 1) * 2
    values = np.flatnonzero((placed.pixels() != -1).any(axis=1))
    for row in range(placed.shown_rows):
        top = row * placed.pitch[0]
        assert not ((values >= top + placed.height) & (values < top + placed.height + 13)).any()


def test_places_behind_the_last_tile_are_empty() -> None:
    placed = place(Tiling(5, (1, 1), least_width=20, most_width=20), 50, 200)
    positions = placed.positions(0, 0)
    assert sorted(position for position in positions.tolist() if position != NO_TILE) == [0, 1, 2, 3, 4]


def test_values_have_as_many_decimals_as_there_is_room_and_need_for() -> None:
    def decimals(width: int, limit: float, tile: tuple[int, int] = (3, 3)) -> int:
        return Placement(Tiling(1, tile), 1, 1, 1, 1, width, width, 0).decimals(limit)

    assert [decimals(3 * each, 0.1) for each in (30, 31, 41, 42)] == [0, 2, 2, 3]
    assert decimals(3 * 50, 1.0) == decimals(3 * 50, 0.0) == 2
    assert [decimals(each, 1.0, (1, 1)) for each in (43, 44)] == [0, 2]


def test_the_picture_of_a_whole_screen_needs_no_memory_beside_its_own() -> None:
    placed = place(Tiling(512, (28, 28)), 1900, 1100)
    tracemalloc.start()
    try:
        lines, rows = placed.lines()
        assert tracemalloc.get_traced_memory()[1] < 1.1 * lines.nbytes
    finally:
        tracemalloc.stop()
    assert (len(rows), lines.shape[1]) == placed.size
    assert len(lines) <= placed.shown_rows * 28 + 1 < len(rows)
