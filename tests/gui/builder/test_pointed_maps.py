"""Maps on the canvas that are pointed at, pinned and clicked: their numbers, signs, menus and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from canvas_kit import LEFT, Bench, snapshot
from canvas_maps_kit import maps_of, tiles, wanted_channels
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.builder.tooltip import tooltip
from cnnviz.gui.document.pins import Pins
from cnnviz.inspection.answers.maps import Maps, MapsOf, choose

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]


def test_a_pinned_map_stays_among_those_shown_with_a_sign(bench: Make) -> None:
    b = bench()
    pins = Pins()
    b.canvas.set_pins(pins)
    count = len(wanted_channels(b, "conv1"))
    pins.toggle("conv1", 31)
    pins.toggle("conv1", 0)
    assert MapsOf("conv1", count, (0, 31)) in b.canvas.questions()
    values = np.random.default_rng(0).uniform(-1, 1, (32, 26, 26)).astype(np.float32)
    order = (7, 3, 31, *(channel for channel in range(32) if channel not in (7, 3, 31)))
    shown = choose(order, count, pins.of("conv1"))
    b.canvas.show_snapshot(snapshot(b, {"conv1": Maps(values[list(shown)], shown, 32, True, 1.0, order)}))
    item = b.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem) and item.channels == shown and {0, 3, 7, 31} <= set(shown)
    b.canvas.actual_size()
    shown, before = item.channels, b.port.grab().toImage()
    assert {0, 3, 7, 31} <= set(shown)
    pins.toggle("conv1", 7)
    assert item.channels == shown
    assert b.port.grab().toImage() != before


def test_where_the_pointer_rests_on_a_map_its_number_is_said(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    values = np.ones((len(shown), 26, 26), np.float32)
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(values, shown, 32, True)}))
    item = b.canvas.node_item("conv1").below
    first, last = tiles(b, "conv1")[shown[1]]
    at = item.mapFromScene(b.canvas.mapToScene((first + last) / 2))
    assert item.tooltip_at(at, b.canvas.zoom) == f"map {shown[1]} of conv1"
    assert item.tooltip_at(QPointF(-5, -5), b.canvas.zoom) == ""
    above = b.canvas.node_item("conv1")
    said = tooltip(item.mapToScene(at), [], above, lambda: None, None, b.canvas.zoom)
    assert "Double-click" in said
    assert "Double-click" not in tooltip(above.scenePos(), [], above, lambda: None, None, b.canvas.zoom)


def test_the_menu_of_a_map_pins_it(bench: Make) -> None:
    b = bench()
    pins = Pins()
    b.canvas.set_pins(pins)
    shown = wanted_channels(b, "conv1")
    values = np.ones((len(shown), 26, 26), np.float32)
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(values, shown, 32, True)}))
    first, last = tiles(b, "conv1")[shown[1]]
    at = (first + last) / 2
    menu = b.canvas.menu.open(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, b.port.mapToGlobal(at)))
    pin = next(action for action in menu.actions() if action.text() == f"Pin map {shown[1]}")
    pin.trigger()
    menu.close()
    assert pins.of("conv1") == (shown[1],)


def test_a_map_is_pinned_with_keys_alone(bench: Make) -> None:
    b = bench()
    pins = Pins()
    b.canvas.set_pins(pins)
    shown = wanted_channels(b, "conv1")
    values = np.ones((len(shown), 26, 26), np.float32)
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(values, shown, 32, True)}))
    b.selection.select(["conv1"])
    for chosen in ((shown[1],), ()):
        QTest.keyClick(b.canvas, Qt.Key.Key_P)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu) and len(menu.actions()) == len(shown)
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        assert pins.of("conv1") == chosen
    # a vector has no maps
    b.selection.select(["fc1"])
    QTest.keyClick(b.canvas, Qt.Key.Key_P)
    assert QApplication.activePopupWidget() is None


def test_a_click_on_a_map_names_its_channel(bench: Make, qtbot: QtBot) -> None:
    b = bench()
    shown = wanted_channels(b, "relu2")
    values = np.ones((len(shown), 11, 11), np.float32)
    b.canvas.show_snapshot(snapshot(b, {"relu2": maps_of(values, shown, 64, False)}))
    channel, (first, last) = list(tiles(b, "relu2").items())[3]
    with qtbot.waitSignal(b.canvas.mapClicked) as caught:
        QTest.mouseClick(b.port, LEFT, pos=(first + last) / 2)
    assert caught.args == ["relu2", channel]
    assert b.selection.current == "relu2"
    assert b.said == ["relu2 is selected. Click the value again to see how it is computed."]
    with qtbot.waitSignal(b.canvas.valueClicked):
        QTest.mouseClick(b.port, LEFT, pos=(first + last) / 2)
    QTest.mouseClick(b.port, LEFT, pos=b.header("conv1"))
    with qtbot.waitSignal(b.canvas.mapClicked):
        QTest.mouseClick(b.port, LEFT, pos=(first + last) / 2)
    assert len(b.said) == 1, "who has looked inside need not be told again"
    with qtbot.assertNotEmitted(b.canvas.mapClicked):
        QTest.mouseClick(b.port, LEFT, pos=b.header("relu2"))


def test_a_click_on_a_cell_of_a_vector_names_its_unit(bench: Make, qtbot: QtBot) -> None:
    b = bench()
    item = b.canvas.node_item("fc1").below
    assert isinstance(item, MapsItem)
    assert item.plan is not None
    source, target = item.places(b.canvas.zoom)[0]
    cell = target.width() // source.width()
    origin = b.canvas.mapFromScene(item.scenePos()) + target.topLeft()
    with qtbot.waitSignal(b.canvas.mapClicked) as caught:
        QTest.mouseClick(b.port, LEFT, pos=origin + QPoint(2 * cell + cell // 2, 3 * cell + cell // 2))
    assert caught.args == ["fc1", 3 * item.plan.columns + 2]
