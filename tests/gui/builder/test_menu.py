"""The menu of the canvas: for nodes, wires and the empty ground, by the right button and by the menu key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from canvas_kit import Bench
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest

from cnnviz.network.graph import Edge
from cnnviz.project import edits

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

Make = Callable[..., Bench]
Reason = QContextMenuEvent.Reason


def opened(b: Bench, at: QPoint, reason: Reason = Reason.Mouse) -> QMenu:
    names = ("copy", "delete", "paste", "quick_add", "rename")
    b.canvas.menu.set_actions({name: QAction(name, b.canvas) for name in names})
    return b.canvas.menu.open(QContextMenuEvent(reason, at, b.port.mapToGlobal(at)))


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_on_a_node_it_selects_it_and_offers_what_can_be_done(bench: Make) -> None:
    b = bench()
    menu = opened(b, b.header("conv2"))
    assert b.selection.nodes == {"conv2"}
    assert texts(menu) == ["rename", "copy", "delete"]
    menu.close()
    b.selection.select({"conv2", "relu2"}, "relu2")
    opened(b, b.header("conv2")).close()
    assert b.selection.nodes == {"conv2", "relu2"}


def test_on_a_wire_and_on_the_ground(bench: Make) -> None:
    b = bench()
    ports = b.canvas.port_position("conv1", "out"), b.canvas.port_position("relu1", "in")
    menu = opened(b, (ports[0] + ports[1]) / 2)
    assert b.canvas.wire(Edge("conv1", "relu1")).selected and texts(menu) == ["delete"]
    menu.close()
    menu = opened(b, QPoint(b.port.width() - 4, b.port.height() - 4))
    assert texts(menu) == ["quick_add", "paste"]
    menu.close()


def test_a_remedy_is_shown_before_it_is_made(bench: Make) -> None:
    b = bench()
    b.editor.apply("break", edits.bypass(b.project, ["flatten"]))
    b.selection.select(["fc1"], "fc1")
    menu = opened(b, QPoint(1, 1), Reason.Keyboard)
    assert texts(menu)[0] == "Insert Flatten"
    steps = b.steps
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert b.canvas.previewed["flatten"].report.output == (1600,) and b.steps == steps
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert not b.canvas.previewed
    QTest.keyClick(menu, Qt.Key.Key_Up)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert b.editor.report.trainable and b.steps == steps + 1 and not b.canvas.previewed
