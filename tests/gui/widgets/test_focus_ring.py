"""The line around a widget shows that the keyboard is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QListWidget, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.widgets.focus_ring import FocusRing

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def click(button: QPushButton) -> None:
    """Click as a mouse does, whose events go to the window first."""
    window, button_of = button.window().windowHandle(), Qt.MouseButton
    at = QPointF(button.mapTo(button.window(), button.rect().center()))
    for kind, held in (
        (QEvent.Type.MouseButtonPress, button_of.LeftButton),
        (QEvent.Type.MouseButtonRelease, button_of.NoButton),
    ):
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, button.mapToGlobal(at), button_of.LeftButton, held, modifiers)
        QApplication.sendEvent(window, event)


def press(widget: QWidget, key: Qt.Key) -> None:
    """Press a key, whose events go to the window first."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget.window().windowHandle(), event)


def test_the_focus_of_a_button_that_a_click_disabled_or_hid_is_not_framed(qtbot: QtBot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    first, second, table = QPushButton("Look at it"), QPushButton("Overlay"), QListWidget()
    for part in (first, second, table):
        column.addWidget(part)
    ring = FocusRing(table)
    first.clicked.connect(lambda: first.setEnabled(False))
    second.clicked.connect(second.hide)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    table.setFocus(Qt.FocusReason.OtherFocusReason)
    click(second)
    assert table.hasFocus() and not ring.isVisible(), "Qt moved the focus on after a click"
    second.show()
    second.setEnabled(False)
    click(first)
    assert table.hasFocus() and not ring.isVisible()
    first.setEnabled(True)
    press(table, Qt.Key.Key_Tab)
    assert first.hasFocus()
    press(first, Qt.Key.Key_Tab)
    assert table.hasFocus() and ring.isVisible()
