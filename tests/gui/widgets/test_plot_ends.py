"""The texts at the ends of curves cover neither each other nor a curve."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QGuiApplication

from cnnviz.gui.widgets.plot_ends import GAP, MARGIN, End, Line, place

AREA = QRectF(0, 0, 400, 120)


def boxes(placed: list[End | None]) -> list[QRectF]:
    """The rectangles of the placed texts."""
    metrics = QFontMetricsF(QGuiApplication.font())
    found = []
    for end in placed:
        assert end is not None
        pitch = metrics.ascent()
        found.append(QRectF(end.x + MARGIN, end.y - pitch / 2, metrics.horizontalAdvance(end.text), pitch))
    return found


def flat(y: float, last: float, first: float = 0.0) -> Line:
    """A level curve."""
    return Line(np.array([first, last]), np.array([y, y]))


@pytest.mark.usefixtures("qapp")
def test_texts_of_curves_that_end_at_one_place_stand_side_by_side() -> None:
    placed = place([End(300, 60, text, "#e69f00") for text in "ABC"], [flat(60, 300)] * 3, AREA)
    assert [end and end.text for end in placed] == ["A", "B", "C"] and {end.y for end in placed if end} == {60}
    a, b, c = boxes(placed)
    assert a.left() == 300 + MARGIN and b.left() == a.right() + GAP and c.left() == b.right() + GAP


@pytest.mark.usefixtures("qapp")
def test_without_room_beside_each_other_they_stand_above_each_other() -> None:
    ends = [End(375, 60, text, "#e69f00") for text in ("one", "two", "three")]
    found = boxes(place(ends, [flat(60, 375)] * 3, AREA))
    assert not any(one.intersects(other) for one, other in combinations(found, 2))
    assert all(AREA.contains(box) and not flat(60, 375).crosses(box) for box in found)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("y", [4.0, 60.0, 116.0])
def test_a_text_is_not_written_onto_a_longer_curve(y: float) -> None:
    longer = flat(y, 390)
    short, end = place([End(200, y, "A", "#e69f00"), End(390, y, "B", "#cc79a7")], [flat(y, 200), longer], AREA)
    assert short is not None and end is not None and end.y == y
    (box,) = boxes([short])
    assert not longer.crosses(box) and box.left() == 200 + MARGIN and abs(box.center().y() - y) < 20


@pytest.mark.usefixtures("qapp")
def test_what_is_outside_and_what_has_no_place_is_left_out() -> None:
    assert place([End(401, 60, "A", "#e69f00"), End(-1, 60, "B", "#e69f00")], [], AREA) == [None, None]
    low = QRectF(0, 0, 24, 10)
    placed = place([End(4, 5, text, "#e69f00") for text in ("one", "two")], [], low)
    assert placed[1] is None


def test_a_curve_with_gaps_and_steep_parts_is_where_it_is_drawn() -> None:
    steep = Line(np.array([0.0, 99.0, 101.0, 200.0]), np.array([10.0, 10.0, 110.0, 110.0]))
    assert steep.crosses(QRectF(95, 50, 10, 10)) and not steep.crosses(QRectF(20, 50, 10, 10))
    assert steep.crosses(QRectF(20, 5, 10, 10)) and not steep.crosses(QRectF(201, 105, 10, 10))
    broken = Line(np.array([0.0, 10.0, 20.0]), np.array([np.nan] * 3))
    assert not broken.crosses(QRectF(5, 0, 10, 100)) and not Line(np.empty(0), np.empty(0)).crosses(AREA)
