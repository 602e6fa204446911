from __future__ import annotations

import numpy as np

from cnnviz.data.ink import draw_line, moved, sheet_size


def test_a_sheet_is_a_whole_multiple_of_the_image() -> None:
    assert sheet_size((1, 28, 28)) == (280, 280)
    assert sheet_size((3, 32, 32)) == (288, 288)
    assert sheet_size((3, 224, 224)) == (448, 448)
    assert sheet_size((1, 600, 300)) == (600, 300)
    assert sheet_size((1, 14, 28)) == (140, 280)


def test_a_line_covers_what_is_nearer_than_half_its_width() -> None:
    sheet = np.zeros((60, 80), np.uint8)
    draw_line(sheet, (20.0, 30.0), (60.0, 30.0), 10.0)
    assert (sheet[26:34, 20:60] == 255).all()
    assert not sheet[:24].any() and not sheet[36:].any() and not sheet[:, :14].any()
    # the area of the stroke and of its two round ends
    assert abs(sheet.sum() / 255 - (40 * 10 + np.pi * 25)) < 2


def test_a_point_is_a_disc_wherever_it_is() -> None:
    for x, y in ((30.0, 30.0), (30.4, 29.7)):
        sheet = np.zeros((60, 60), np.uint8)
        draw_line(sheet, (x, y), (x, y), 12.0)
        assert abs(sheet.sum() / 255 - np.pi * 36) < 1.5


def test_what_is_drawn_outside_leaves_the_sheet_alone() -> None:
    sheet = np.zeros((20, 20), np.uint8)
    draw_line(sheet, (-50.0, -50.0), (-30.0, 90.0), 10.0)
    assert not sheet.any()
    draw_line(sheet, (-50.0, 10.0), (90.0, 10.0), 4.0)
    assert (sheet[9:11] == 255).all()


def test_the_eraser_takes_away_what_the_pen_has_drawn() -> None:
    sheet = np.zeros((60, 60), np.uint8)
    draw_line(sheet, (10.0, 30.0), (50.0, 30.0), 8.0)
    draw_line(sheet, (30.0, 5.0), (30.0, 55.0), 12.0, erase=True)
    assert not sheet[:, 25:35].any() and sheet[30, 15] == sheet[30, 45] == 255
    draw_line(sheet, (0.0, 30.0), (60.0, 30.0), 14.0, erase=True)
    assert not sheet.any()


def test_moving_keeps_what_stays_on_the_sheet() -> None:
    sheet = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(moved(sheet, 1, -1), [[0, 0, 0, 0], [1, 2, 3, 0], [5, 6, 7, 0]])
    assert np.array_equal(moved(sheet, 0, 0), sheet) and not moved(sheet, 5, 0).any() and not moved(sheet, 0, -9).any()
