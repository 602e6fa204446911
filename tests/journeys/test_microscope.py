"""Train, pause, take a value of the second convolution apart, follow it to the pixels, turn round, and go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.page import Amount
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.network.paths import Frame, seen_by
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.inspection.answers.values import Values

Key, Held = Qt.Key, Qt.KeyboardModifier
WHOLE = Frame(range(64), range(11), range(11))
BACK = ("conv2", "pool1", "relu1", "conv1", "input")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["pytorch-tutorial"].project())
    window.resize(1600, 1000)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    yield window
    window.leave()
    application.deleteLater()


def press(*keys: Qt.Key, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    """Press keys, wherever the keyboard is."""
    for key in keys:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClick(target, key, held)
        QApplication.processEvents()


def values(window: MainWindow, node: str) -> Values | None:
    shown = window.bridge.shown
    return None if shown is None else shown.answer(ValuesOf(node))


def total(page: Page) -> float:
    """The sum of all rows and the row for the rest."""
    amounts = [cell.value for row in page.rows for cell in row.cells if isinstance(cell, Amount)]
    return sum(amounts) + (page.rest.amount.value if page.rest is not None and page.rest.amount is not None else 0.0)


def train(window: MainWindow, person: Person) -> None:
    """A few batches, then a pause."""
    session = window.bridge.session
    press(Key.Key_Space)
    person.until_trained(lambda: session.status.state is State.RUNNING and session.status.step >= 3, "a few batches")
    press(Key.Key_Space)
    person.until_trained(lambda: session.status.state is State.PAUSED, "the pause")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.settled, "the paused network")


def read_products(window: MainWindow, scope: Microscope) -> None:
    """All 288 products and the bias make the value that is shown."""
    page, place, known = scope.page(), scope.place, values(window, "conv2")
    assert page is not None and place is not None and known is not None
    assert "288 products (32 maps × 3 × 3)" in scope.text()
    value = known.at(place)
    assert value is not None and value.value == known.output[place.channel, place.row, place.column]
    bias = getattr(value.arithmetic, "bias", None)
    assert bias is not None and total(page) + bias == pytest.approx(value.value, rel=1e-5)
    lines = scope.sheet.table.lines()
    name = f"conv2[{place.channel}, {place.row}, {place.column}]"
    assert float(lines[name].replace("−", "-")) == pytest.approx(value.value, rel=1e-2, abs=1e-2)


def test_a_value_is_taken_apart_with_the_mouse(window: MainWindow) -> None:
    person, scope, maps = Person(window), window.panel(Microscope), window.panel(MapsPanel)
    train(window, person)
    person.shortcut("look")
    person.click_node("conv2")
    person.until(lambda: maps.shown_maps() is not None and values(window, "conv2") is not None, "the maps")

    centre = maps.grid.centre(0)
    assert centre is not None
    QTest.mouseClick(maps.grid.viewport(), LEFT, pos=centre.toPoint())
    assert scope.place is not None and scope.place.channel == 0
    known = values(window, "conv2")
    assert known is not None
    row, column = (int(at) for at in np.unravel_index(int(known.output[0].argmax()), known.output[0].shape))
    QTest.mouseClick(scope.sheet.map, LEFT, pos=scope.sheet.map.centre(row, column).toPoint())
    assert (scope.place.row, scope.place.column) == (row, column)
    read_products(window, scope)

    for node in BACK[1:]:
        page = scope.page()
        assert page is not None
        wanted = page.rows[0].leads
        bar = scope.sheet.rows.cell_frame(0, len(page.rows[0].cells) - 1)
        QTest.mouseClick(scope.sheet.rows.viewport(), LEFT, pos=bar.center().toPoint())
        assert scope.place == wanted and scope.place.node == node == window.selection.current
        person.until(lambda: scope.page() is not None, f"the values of {node}")
    assert window.sample.image.region() is not None
    assert "Here it begins" in scope.text()

    window.middle.open(known.strongest(0))
    person.until(lambda: "288 products" in scope.text(), "the value again")
    backward = next(one for one in scope.bar.direction.buttons() if one.objectName() == "backward")
    QTest.mouseClick(backward, LEFT)
    person.until(lambda: "How the loss changes" in scope.text(), "the gradient")
    QTest.mouseClick(window.middle.path.buttons()[0], LEFT)
    assert window.canvas.isVisible() and not window.middle.is_deep


def test_pointing_frames_what_a_value_sees_and_what_a_pixel_reaches(window: MainWindow) -> None:
    person, canvas, maps, traces = Person(window), window.canvas, window.panel(MapsPanel), window.bench.traces
    person.until(
        lambda: window.bridge.shown is not None and canvas.node_item("conv2").below.framed(WHOLE, 1.0), "the maps"
    )
    below = canvas.node_item("conv2").below
    assert isinstance(below, MapsItem)
    boxes = below.framed(Frame(range(64), range(3, 4), range(4, 5)), canvas.zoom)
    QTest.mouseMove(canvas.viewport(), canvas.mapFromScene(below.scenePos()) + boxes[0].center())
    shown = window.bridge.shown
    assert shown is not None and shown.moment is not None and traces.trace is not None
    assert traces.trace.frames == seen_by(shown.network, shown.moment.shapes, "conv2", (below.channels[0], 3, 4))
    assert window.sample.image.region() == (6, 8, 14, 16)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert traces.trace is None and window.sample.image.region() is None

    window.sample.image.setFocus()
    press(Key.Key_Up, Key.Key_Left, held=Held.ShiftModifier)
    assert traces.trace is not None and traces.trace.ahead
    assert traces.trace.frames["conv1"] == Frame(range(32), range(12, 15), range(11, 14))
    canvas.setFocus()
    assert traces.trace is None

    person.shortcut("look")
    person.click_node("conv2")
    person.until(lambda: maps.shown_maps() is not None, "the maps of the layer")
    maps.grid.setFocus()
    press(Key.Key_Right)
    assert traces.trace is not None and traces.trace.target == Place("conv2", 0, 5, 5)
    assert window.sample.image.region() == (10, 10, 18, 18)
    press(Key.Key_Escape)
    assert traces.trace is None and window.sample.image.region() is None


def test_a_value_is_taken_apart_by_keyboard_alone(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    train(window, person)
    while window.selection.current != "conv2":
        press(Key.Key_Right)
    press(Key.Key_Return, held=Held.ControlModifier)
    person.until(lambda: scope.page() is not None and values(window, "conv2") is not None, "the strongest value")
    known = values(window, "conv2")
    assert known is not None and scope.place == known.strongest()
    read_products(window, scope)

    for node in BACK[1:]:
        press(Key.Key_Return)
        assert scope.place is not None and scope.place.node == node
        person.until(lambda: scope.page() is not None, f"the values of {node}")

    press(Key.Key_Escape, Key.Key_Escape)
    assert window.canvas.hasFocus()
    while window.selection.current != "conv2":
        press(Key.Key_Right)
    press(Key.Key_Return, held=Held.ControlModifier)
    person.until(lambda: "288 products" in scope.text(), "the value again")
    press(Key.Key_B)
    person.until(lambda: "How the loss changes" in scope.text(), "the gradient")
    press(Key.Key_B)
    person.until(lambda: "288 products" in scope.text(), "the value again")
    press(Key.Key_W)
    person.until(lambda: "positions contributed" in scope.text(), "the gradient of a weight")
    press(Key.Key_Escape, Key.Key_Escape, Key.Key_Escape)
    assert window.canvas.hasFocus() and window.selection.current == "conv2"
