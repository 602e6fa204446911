"""A notice moves nothing, and in a high window hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.robot.person import Person
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

SHORT = "The network has changed since the start."
LOW = [(960, 600), (1000, 650), (1280, 720)]
HIGH = [(1280, 800), (1600, 1000)]


def _area(window: MainWindow, part: QWidget) -> QRect:
    return QRect(part.mapTo(window, QPoint(0, 0)), part.size())


def _resized(window: MainWindow, size: tuple[int, int]) -> Person:
    person = Person(window)
    person.until(window.sample.sample, "the images")
    window.places.standard()
    window.resize(*size)
    person.until(lambda: (window.width(), window.height()) == size and window.places.width() == size[0], "the size")
    return person


@pytest.mark.parametrize("size", LOW)
def test_nothing_moves_in_a_low_window_and_the_notice_covers_only_the_status_line(
    window: MainWindow, size: tuple[int, int]
) -> None:
    person, notice, status = _resized(window, size), window.notice, window.status
    parts = (window.canvas, window.run, window.table, window.layer, window.sample)
    before = [_area(window, part) for part in parts]
    status_line = _area(window, status)
    # no line is kept for it
    assert status_line.top() - _area(window, window.places.bottom).bottom() < notice.sizeHint().height()
    notice.post("short", SHORT, ("Undo the change", lambda: None))
    person.until(lambda: notice.isVisible() and notice.height() == window.places.notice.line, "the notice")
    assert [_area(window, part) for part in parts] == before
    assert window.rect().contains(notice.geometry()) and notice.geometry().contains(status_line.center())
    assert notice.geometry().top() > _area(window, window.places.bottom).bottom()
    assert all(notice.rect().contains(button.geometry()) for button in notice.buttons())
    # the keyboard does not go to what cannot be seen
    assert status.problems.focusPolicy() == Qt.FocusPolicy.NoFocus
    notice.withdraw("short")
    assert [_area(window, part) for part in parts] == before
    assert status.problems.focusPolicy() == Qt.FocusPolicy.StrongFocus


@pytest.mark.parametrize("size", HIGH)
@pytest.mark.parametrize("alone", [None, "middle", "bottom"])
def test_nothing_moves_in_a_high_window_and_the_notice_covers_nothing(
    window: MainWindow, size: tuple[int, int], alone: str | None
) -> None:
    person, notice, status, places = _resized(window, size), window.notice, window.status, window.places
    if alone is not None:
        places.enlarge(getattr(places, alone))
    person.stay(0)
    bodies = (window.canvas, window.run, window.table, window.layer, window.left)
    parts = [part for part in bodies if part.isVisible()]
    before = [_area(window, part) for part in parts]
    # the status line is directly below the places
    assert _area(window, status).top() - _area(window, places).bottom() == 1
    notice.post("short", SHORT, ("Undo the change", lambda: None))
    person.until(lambda: notice.isVisible() and notice.height() == places.notice.line, "the notice")
    assert [_area(window, part) for part in parts] == before
    assert not any(area.intersects(notice.geometry()) for area in (*before, _area(window, status)))
    assert status.problems.focusPolicy() == Qt.FocusPolicy.StrongFocus
    status.show_message("The picture was copied.")
    assert not places.notice.message.isVisible() and status.currentMessage() == "The picture was copied."
    notice.withdraw("short")
    person.stay(0)
    assert [_area(window, part) for part in parts] == before


@pytest.mark.parametrize(("size", "stays"), [((960, 600), False), ((1600, 1000), True)])
def test_a_notice_that_offers_a_way_back_does_not_cover_the_status_line_for_long(
    window: MainWindow, size: tuple[int, int], stays: bool
) -> None:
    _resized(window, size)
    notice = window.notice
    notice.tell("done", "Started over.", ("Back to it", lambda: None))
    assert notice._timer.isActive() is not stays
    # also once the window becomes low
    notice.set_covering(True)
    assert notice._timer.isActive()
    # the pointer of an offscreen window stands somewhere
    notice.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    notice._expire()
    assert not notice.says("done")
    notice.post("question", SHORT, ("Undo the change", lambda: None))
    assert not notice._timer.isActive()


def test_the_bottom_place_makes_way_for_further_lines_and_is_then_as_high_as_before(window: MainWindow) -> None:
    person, notice = _resized(window, (1280, 800)), window.notice
    canvas, height = _area(window, window.canvas), window.run.height()
    notice.post("long", f"{SHORT} " * 20, ("Undo the change", lambda: None))
    person.until(lambda: notice.isVisible() and notice.height() > window.places.notice.line, "the notice")
    person.until(lambda: _area(window, window.run).bottom() < notice.geometry().top(), "the room")
    assert _area(window, window.canvas) == canvas
    notice.withdraw("long")
    person.until(lambda: window.run.height() == height, "the height before")


def test_a_message_of_a_covered_status_line_is_shown_over_the_text_of_the_notice(window: MainWindow) -> None:
    person, message = _resized(window, (960, 600)), window.places.notice.message
    window.notice.post("short", SHORT, ("Undo the change", lambda: None))
    person.until(window.notice.isVisible, "the notice")
    window.status.show_message("The picture was copied.")
    assert message.isVisible()
    assert message.text() == "The picture was copied."
    for text in ("Something else was done. " * 20, "The picture was copied."):
        window.status.show_message(text)
        assert window.notice.geometry().contains(message.geometry())
        assert not any(message.geometry().intersects(_area(window, button)) for button in window.notice.buttons())
    # a notice that comes later is what counts
    window.notice.post("newer", SHORT)
    assert not message.isVisible()
    window.notice.withdraw("newer")
    window.status.show_message("")
    assert not message.isVisible()
    window.status.show_message("Done.")
    assert message.isVisible()
    window.notice.withdraw("short")
    person.until(lambda: not message.isVisible(), "the status line")
    assert window.status.currentMessage() == "Done."


def test_three_rows_of_maps_have_room_in_the_smallest_window(application: Application) -> None:
    window = application.open_window(TEMPLATES["pytorch-tutorial"].project())
    _resized(window, (960, 600))
    maps = window.canvas.node_item("conv1").below
    assert isinstance(maps, MapsItem)
    Person(window).until(lambda: maps.plan is not None and maps.plan.count == 3, "three rows")
    window.notice.post("short", SHORT)
    Person(window).until(window.notice.isVisible, "the notice")
    assert maps.plan is not None and maps.plan.count == 3
