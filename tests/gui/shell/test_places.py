"""The sizes of the places come back as they were kept, and damaged ones leave the standard ones."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar, QToolButton

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.focus_ring import FocusRing

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.theme import Theme


def test_sizes_come_back(window: MainWindow) -> None:
    window.places._row.setSizes([300, 500, 200])
    window.places._moved(window.places._row)
    state, sizes = window.places.state(), window.places._row.sizes()
    window.places.standard()
    assert window.places.state() == ""
    window.places.restore(state)
    assert window.places._row.sizes() == sizes
    assert window.places.state() == state


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, b"\1"), (4, b"\x7f"), (8, b"\xff\xff\xff\xfe"), (11, b"\0"), (12, b"\x7f\xff\xff\xff"),
     (-5, b"\0\0\0\2"), (-14, b"x")],
)  # fmt: skip
def test_a_damaged_state_is_the_standard(window: MainWindow, at: int, value: bytes) -> None:
    window.places._moved(window.places._row)
    row, *rest = window.places.state().split(".")
    state = bytearray(b64decode(row))
    at %= len(state)
    state[at : at + len(value)] = value
    assert bytes(state) != b64decode(row)
    window.places.restore(".".join((b64encode(state).decode(), *rest)))
    assert window.places._row.orientation() == Qt.Orientation.Horizontal
    assert window.places.state() == ""


def test_looking_gives_the_maps_of_a_layer_more_room_than_training(window: MainWindow) -> None:
    window.resize(1600, 1000)
    window.arrange("train_view")
    right, bottom = window.places._row.sizes()[2], window.places._column.sizes()[1]
    window.arrange("look")
    assert window.places._row.sizes()[2] > 1.2 * right
    assert window.places._column.sizes()[1] < bottom
    window.arrange("train_view")
    assert (window.places._row.sizes()[2], window.places._column.sizes()[1]) == (right, bottom)
    # what the user has set stays
    window.places._row.setSizes([300, 700, 400])
    window.places._moved(window.places._row)
    sizes = window.places._row.sizes()
    window.arrange("look")
    assert window.places._row.sizes() == sizes


def _resized(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    Person(window).until(lambda: window.places.width() == width and window.height() == height, "the size")


def _widths(window: MainWindow) -> list[int]:
    return [place.width() for place in (window.places.left, window.places.middle, window.places.right)]


@pytest.mark.parametrize("dragged", ["row", "column", "inner"])
def test_in_a_narrower_window_the_sides_give_way_to_the_network_and_get_their_width_back(
    window: MainWindow, dragged: str
) -> None:
    places = window.places
    _resized(window, 1600, 1000)
    window.arrange("look")
    places._moved({"row": places._row, "column": places._column, "inner": window.bottom}[dragged])
    wide, bottom, divided = _widths(window), places.bottom.height(), window.bottom.sizes()
    _resized(window, 960, 600)
    assert _widths(window)[1] >= 400
    assert places._row.height() >= 336
    # what is stored is what the user has set
    state = places.state()
    _resized(window, 1600, 1000)
    assert (_widths(window), places.bottom.height(), window.bottom.sizes()) == (wide, bottom, divided)
    places.standard()
    places.restore(state)
    assert (_widths(window), places.bottom.height(), window.bottom.sizes()) == (wide, bottom, divided)
    assert places.state() == state


def test_a_network_that_the_user_has_made_narrow_stays_so(window: MainWindow) -> None:
    places = window.places
    _resized(window, 1600, 1000)
    window.arrange("look")
    places._moved(places._row)
    _resized(window, 960, 600)
    left, middle, right = places._row.sizes()
    # only the divider at the left is moved
    places._row.setSizes([left + 60, middle - 60, right])
    places._moved(places._row)
    narrow = places._row.sizes()
    _resized(window, 960, 640)
    assert places._row.sizes() == narrow
    _resized(window, 1600, 1000)
    assert places._row.sizes()[0] == left + 60
    assert places._row.sizes()[2] > right


@pytest.mark.parametrize("user_has_moved", [False, True])
def test_a_notice_that_disappears_in_a_window_made_large_leaves_the_bottom_place_high(
    window: MainWindow, user_has_moved: bool
) -> None:
    places, person = window.places, Person(window)
    _resized(window, 1600, 1000)
    if user_has_moved:
        places._moved(places._column)
    height = places.bottom.height()
    _resized(window, 960, 600)
    window.notice.post("short", "The network has changed since the start.")
    person.until(window.notice.isVisible, "the notice")
    _resized(window, 1600, 1000)
    window.notice.withdraw("short")
    person.until(lambda: not window.notice.isVisible(), "no notice")
    person.stay(0)
    assert places.bottom.height() == height


def test_the_keyboard_goes_from_place_to_place_and_shows_where_it_is(window: MainWindow) -> None:
    places, person = window.places, Person(window)
    person.until(window.sample.sample, "the images")
    window.canvas.setFocus(Qt.FocusReason.MouseFocusReason)
    ring = window.canvas.findChild(FocusRing)
    assert ring is not None and not ring.isVisible()
    for place in (places.right, places.bottom, places.left, places.middle):
        person.shortcut("next_place")
        focused = window.focusWidget()
        assert focused is not None and place.isAncestorOf(focused)
    assert window.focusWidget() is window.canvas and ring.isVisible()
    assert ring.mask().boundingRect() == window.canvas.rect()
    person.shortcut("previous_place")
    focused = window.focusWidget()
    assert focused is not None and places.left.isAncestorOf(focused) and not ring.isVisible()


def test_tab_reaches_the_maps_before_the_controls_below_them(window: MainWindow) -> None:
    person, maps = Person(window), window.panel(MapsPanel)
    window.arrange("look")
    person.until(lambda: maps.shown_maps() is not None, "the maps")
    assert window.places.right.take_focus()
    focused = window.focusWidget()
    assert focused is window.layer.tabBar()
    QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert window.focusWidget() is maps.grid
    QTest.keyClick(maps.grid, Qt.Key.Key_Tab)
    assert window.focusWidget() is maps.compare.box


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_buttons_that_scroll_tabs_have_arrows(window: MainWindow, qtbot: QtBot, theme: Theme) -> None:
    window.set_theme(theme)
    bar = QTabBar()
    qtbot.addWidget(bar)
    for title in ("Curves", "Mistakes", "Points", "Runs"):
        bar.addTab(title)
    bar.resize(120, 30)
    with qtbot.waitExposed(bar):
        bar.show()
    buttons = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
    assert len(buttons) == 2
    for button in buttons:
        picture = button.grab().toImage()
        columns, rows = range(4, picture.width() - 4), range(6, picture.height() - 6)
        assert len({picture.pixel(column, row) for column in columns for row in rows}) > 1


def test_the_titles_of_places_are_on_one_line(window: MainWindow) -> None:
    window.resize(1400, 900)
    for arrangement in ("build", "train_view", "look"):
        window.arrange(arrangement)
        QApplication.processEvents()
        places = (window.places.left, window.places.middle, window.places.right)
        titles = [place.title for place in places if place.title.isVisible()]
        middles = {title.mapTo(window, title.rect().center()).y() for title in titles}
        assert len(titles) > 1 and max(middles) - min(middles) <= 1, arrangement
