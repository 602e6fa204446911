from __future__ import annotations

import numpy as np

from cnnviz.gui.panels.sample.history import MOST_STEPS, Drawing
from cnnviz.gui.panels.sample.strokes import NARROWEST, WIDEST, Strokes, Tool


def strokes() -> Strokes:
    return Strokes(Drawing((280, 280)))


def stroke(on: Strokes, *points: tuple[float, float]) -> None:
    on.begin(points[0])
    for point in points[1:]:
        on.extend(point)
    on.end()


def test_a_stroke_is_one_step_however_long_it_is() -> None:
    on = strokes()
    drawing = on.drawing
    assert drawing.empty and not drawing.can_undo and not drawing.can_redo
    stroke(on, (50, 50), (100, 60), (200, 200))
    first = drawing.sheet.copy()
    stroke(on, (30, 200), (90, 220))
    second = drawing.sheet.copy()
    assert (second >= first).all() and not np.array_equal(first, second)
    on.undo()
    assert np.array_equal(drawing.sheet, first)
    on.undo()
    assert drawing.empty and not drawing.can_undo
    on.redo()
    on.redo()
    assert np.array_equal(drawing.sheet, second) and not drawing.can_redo


def test_undo_takes_back_the_stroke_that_is_under_way() -> None:
    on = strokes()
    on.begin((50, 50))
    on.extend((150, 150))
    assert on.down and not on.drawing.empty
    on.undo()
    assert not on.down and on.drawing.empty and on.drawing.can_redo
    on.extend((10, 10))
    assert on.drawing.empty


def test_a_sheet_that_comes_during_a_stroke_ends_it() -> None:
    on = strokes()
    stroke(on, (50, 50), (100, 60))
    before = on.drawing.sheet.copy()
    on.tool = Tool.MOVE
    on.begin((50, 50))
    on.extend((60, 60))
    moved = on.drawing.sheet.copy()
    picture = np.full_like(before, 9)
    on.replace(picture)
    assert not on.down
    on.extend((90, 90))
    assert np.array_equal(on.drawing.sheet, picture)
    on.undo()
    assert np.array_equal(on.drawing.sheet, moved)
    on.undo()
    assert np.array_equal(on.drawing.sheet, before)


def test_a_new_step_forgets_what_was_undone_and_nothing_is_no_step() -> None:
    on = strokes()
    stroke(on, (50, 50), (100, 60))
    on.undo()
    on.clear()
    assert on.drawing.can_redo
    stroke(on, (200, 50), (100, 60))
    assert not on.drawing.can_redo
    stroke(on, (-500, -500), (-400, -400))
    on.undo()
    assert on.drawing.empty and not on.drawing.can_undo


def test_every_tool_does_what_it_is_for() -> None:
    on = strokes()
    stroke(on, (60, 140), (220, 140))
    ink = on.drawing.sheet.sum(dtype=int)
    on.tool = Tool.ERASER
    stroke(on, (140, 140))
    assert on.drawing.sheet[140, 140] == 0 and on.drawing.sheet[140, 70] == 255
    on.undo()
    on.tool = Tool.MOVE
    stroke(on, (10, 10), (14, 40), (20, 50))
    assert on.drawing.sheet[180, 100] == 255 and on.drawing.sheet.sum(dtype=int) == ink
    on.nudge(-1, 0)
    assert on.drawing.sheet[180, 50] == 255 and on.drawing.sheet.sum(dtype=int) == ink
    on.invert()
    assert on.drawing.sheet[180, 100] == 0 and on.drawing.sheet[0, 0] == 255
    for _ in range(4):
        on.undo()
    assert on.drawing.empty
    on.tool = Tool.PEN
    on.begin((140, 140), erase=True)
    assert on.drawing.empty


def test_the_width_stays_within_its_limits() -> None:
    on = strokes()
    assert on.width(erasing=True) == 2 * on.width()
    on.change_width(1000)
    assert on.width() == WIDEST * 280
    on.change_width(0.0001)
    assert on.width() == NARROWEST * 280


def test_the_oldest_steps_are_forgotten() -> None:
    on = strokes()
    for number in range(MOST_STEPS + 5):
        stroke(on, (number, 2 * number))
    for _ in range(MOST_STEPS):
        on.undo()
    assert not on.drawing.can_undo and not on.drawing.empty
