"""The microscope in windows of several sizes: nothing is cut, and free room is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from event_counts import EventCounts
from microscope_kit import looked_into
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.measures import heading, small
from cnnviz.gui.panels.microscope.page import Line, text
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.microscope.seen_strip import SeenStrip
from cnnviz.gui.panels.microscope.sums import SumTable
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def window(application: Application) -> MainWindow:
    return looked_into(application)


@pytest.mark.parametrize("width", [1600, 1280, 960])
def test_no_head_of_the_rows_and_no_number_in_the_map_is_cut(window: MainWindow, width: int) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.resize(width, 720)
    person.until(lambda: window.width() == width, "the width")
    for place, weight, backward in (
        (Place("pool1", 3, 5, 5), None, True),
        (Place("pool2", 3, 2, 2), None, True),
        (Place("conv2", 3, 5, 5), (3, 0, 1, 1), False),
        (Place("output", 3), None, True),
    ):
        window.middle.open(place)
        scope.turn(backward=backward)
        if weight is not None:
            scope.open_weight(weight)
        kind = "The gradient of" if weight else "How the loss changes"
        person.until(lambda kind=kind: kind in scope.text(), "the page")  # type: ignore[misc]
        rows, view = scope.sheet.rows, scope.sheet.map
        metrics = QFontMetricsF(heading(rows.font()))
        for head, area, _ in rows.head_areas():
            wrapped = metrics.boundingRect(area, int(Qt.TextFlag.TextWordWrap), spelled(head))
            assert wrapped.height() <= area.height() + 1, (spelled(head), width)
        page = scope.page()
        assert page is not None
        if (decimals := view.decimals()) is not None:
            room = view.area().width() / page.map.values.shape[1]
            numbers = [fixed(float(value), decimals) for value in page.map.values.ravel() if value == value]
            assert max(QFontMetricsF(small(view.font())).horizontalAdvance(number) for number in numbers) <= room
    scope.turn(backward=False)


def test_numbers_of_the_rows_and_the_formula_are_in_view_in_the_smallest_window(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    rows, formula = scope.sheet.rows, scope.sheet._symbols

    def in_view() -> bool:
        columns = rows._columns
        fits = columns is not None and columns.lefts[-1] + columns.widths[-1] <= rows.viewport().width()
        return fits and formula.visibleRegion().boundingRect().height() == formula.height()

    window.show_panel("kernels")
    window.resize(960, 600)
    window.places.standard()
    for place in (Place("conv1", 3, 5, 5), Place("conv2", 3, 5, 5)):
        window.middle.open(place)
        person.until(lambda place=place: scope.place == place and scope.page() is not None, "the page")  # type: ignore[misc]
        person.until(in_view, "numbers and formula")


def test_the_layers_that_a_value_sees_fill_the_room_below_few_rows(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    sheet = scope.sheet
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: sheet.rows.spare() < 40 and scope.page() is not None, "as many rows as fit")
    page = scope.page()
    assert page is not None
    many = len(page.rows)
    window.middle.open(Place("pool2", 3, 2, 2))
    usual = SeenStrip(DARK).sizeHint().height()
    person.until(lambda: sheet.strip.height() > usual + 10, "larger outlines")
    person.until(lambda: len(sheet.strip.shown()) == len(sheet.strip.layers()), "all layers")
    person.until(lambda: sheet.rows.verticalScrollBar().maximum() == 0, "room for the rows of the pooling")
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: sheet.rows.verticalScrollBar().maximum() == 0, "room for the rows")
    person.until(lambda: (page := scope.page()) is not None and len(page.rows) == many, "as many rows as before")


def test_the_frame_of_the_chosen_value_has_a_dark_and_a_light_line(window: MainWindow) -> None:
    view = window.panel(Microscope).sheet.map
    window.middle.open(Place("conv2", 3, 5, 5))
    centre, drawn = view.centre(5, 5), view.grab().toImage()
    half = (view.centre(5, 6).x() - centre.x()) / 2
    at = {drawn.pixelColor(int(centre.x() - half - away), int(centre.y())).lightness() for away in range(-2, 4)}
    assert max(at) > 200 and min(at) < 60


@pytest.mark.parametrize("width", [1600, 1280, 1024, 960])
def test_no_control_of_the_microscope_is_cut(window: MainWindow, width: int) -> None:
    person, bar = Person(window), window.panel(Microscope).bar
    window.resize(width, 640)
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: window.width() == width, "the width")
    shown = [
        part for part in (bar.sort, bar.step_back, bar.sweep, bar.step_on, *bar.direction.buttons()) if part.isVisible()
    ]
    person.until(lambda: all(part.width() >= part.sizeHint().width() for part in shown), "room for all that they say")
    assert all(part.toolTip() and (part.text() or not part.icon().isNull()) for part in shown)
    assert bar.sweep in shown


@pytest.mark.parametrize("width", [1280, 1000, 960])
def test_no_name_in_the_sum_and_no_invitation_is_cut(window: MainWindow, width: int) -> None:
    person, scope = Person(window), window.panel(Microscope)
    table = scope.sheet.table
    window.resize(width, 700)
    window.show_panel("maps")
    person.until(lambda: window.width() == width, "the width")
    # at no number
    QTest.mouseMove(window, QPoint(1, 1))
    for place in (Place("conv2", 3, 5, 5), Place("pool2", 3, 2, 2), Place("output", 3)):
        window.middle.open(place)
        person.until(lambda place=place: scope.page() is not None and place.node in scope.text(), "the page")  # type: ignore[misc]
        for at, line in enumerate(table._lines):
            name = QFontMetrics(table._font_of(line)).horizontalAdvance(spelled(line.name))
            own = at in table._above
            assert name <= (table.width() if own else table._room(line)), (spelled(line.name), width)
            assert table.line_frame(at).height() >= (2 if own else 1) * table._pitch()
        said = scope.sheet._reading.shown_text()
        assert said.startswith("Point at a number for all its digits") and "…" not in said
    invitation = window.panel(MapsPanel).bars._line
    person.until(lambda: "Click it to take it apart." in invitation.text(), "the invitation")
    lines = invitation.text().splitlines()
    assert max(map(invitation.fontMetrics().horizontalAdvance, lines)) <= invitation.width()


def test_a_name_keeps_its_row_while_its_number_changes(qtbot: QtBot) -> None:
    table = SumTable(DARK)
    qtbot.addWidget(table)
    name = text("partial sums of {count} maps", count=16)
    table.show_lines((Line(name, "+3.014"), Line(text("bias"), "+0.1")))
    metrics = table.fontMetrics()
    table.resize(metrics.horizontalAdvance(spelled(name)) + 8 + metrics.horizontalAdvance("+3.014"), 80)
    low = table.sizeHint().height()
    table.show_lines((Line(name, "−1003.014"), Line(text("bias"), "+0.1")))
    high = table.sizeHint().height()
    assert high > low and table.line_frame(1).top() == table.line_frame(0).height() > table.line_frame(1).height()
    table.show_lines((Line(name, "+3.0"), Line(text("bias"), "+0.1")))
    assert table.sizeHint().height() == high and not table.grab().isNull()
    table.resize(400, 80)
    # Qt tells a widget its size when it is drawn
    assert not table.grab().isNull() and table.sizeHint().height() == low


def test_a_value_that_is_opened_is_laid_out_and_painted_once(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    rows, strip = scope.sheet.rows, scope.sheet.strip
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: scope.page() is not None and rows.height() > 300, "the first value")
    person.stay(0.2)
    heights = (rows.height(), strip.height())
    window.middle.to_network()
    QApplication.processEvents()
    events = EventCounts(rows)
    painted: list[float] = []
    window.repainted.connect(painted.append)
    window.middle.open(Place("conv2", 4, 5, 5))
    assert len(painted) == 1 and events.resizes <= 2
    assert (rows.height(), strip.height()) == heights
    window.repainted.disconnect(painted.append)
