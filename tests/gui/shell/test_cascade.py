"""A further window never covers another one exactly, and stays on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, QSize

from cnnviz.gui.shell import cascade
from cnnviz.gui.shell.cascade import cascaded
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.gui.app import Application

LEAST = QSize(976, 648)
ROOM = QRect(0, 24, 1600, 976)


@pytest.mark.parametrize("size", [QSize(1600, 976), QSize(1300, 800), LEAST])
def test_windows_are_offset_and_stay_on_the_screen(size: QSize) -> None:
    places = [QRect(ROOM.topLeft(), size)]
    for _ in range(8):
        places.append(cascaded(size, LEAST, [place.topLeft() for place in places], ROOM))
    corners = {(place.x(), place.y()) for place in places}
    assert len(corners) == len(places)
    assert all(ROOM.contains(place) for place in places)
    assert places[1].topLeft() == ROOM.topLeft() + QPoint(28, 28)


def test_a_window_is_moved_before_it_is_made_smaller() -> None:
    size = QSize(1300, 800)
    corner = ROOM.bottomRight() - QPoint(1299, 799)
    assert cascaded(size, LEAST, [corner], ROOM) == QRect(ROOM.topLeft(), size)


def test_a_screen_without_room_changes_nothing() -> None:
    small = QRect(0, 0, 800, 600)
    assert cascaded(LEAST, LEAST, [QPoint(0, 0)], small) == QRect(QPoint(0, 0), LEAST)


def test_a_second_window_does_not_cover_the_first(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "available", lambda _: ROOM)
    first = application.open_window(TEMPLATES["fast"].project())
    first.setGeometry(ROOM)
    # a window that is left stores its geometry, which the next one gets
    second = application.open_window(TEMPLATES["fast"].project())
    second.move(first.pos())
    third = application.open_window(TEMPLATES["fast"].project())
    assert third.pos() not in (first.pos(), second.pos())
    assert ROOM.contains(QRect(third.pos(), third.size()))
