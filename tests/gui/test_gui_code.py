"""Source code in the window: live beside the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.gui.main_window import MainWindow
from cnnviz.project.templates import TEMPLATES

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_code_goes_with_building_and_stays_there(window: MainWindow) -> None:
    window.actions_by_id["build"].trigger()
    assert not window.code.head.isVisible()
    window.run.setCurrentWidget(window.code)
    assert window.code.head.isVisible() and window.code.text()
    window.actions_by_id["train_view"].trigger()
    assert window.run.currentWidget() is window.curves and not window.code.head.isVisible()
    window.actions_by_id["build"].trigger()
    assert window.run.currentWidget() is window.code


def test_a_line_brings_its_layer_into_view_and_ctrl_c_copies_text(window: MainWindow, qtbot: QtBot) -> None:
    window.editor.open(TEMPLATES["vgg-16-28"].project())
    window.actions_by_id["build"].trigger()
    window.run.setCurrentWidget(window.code)
    with qtbot.waitActive(window):
        window.activateWindow()
    assert window.code.source is not None
    window.canvas.zoom_in()
    last = window.code.source.lines["output"][0] - 1
    window.code.code.setFocus()
    window.code.code.setTextCursor(QTextCursor(window.code.code.document().findBlockByNumber(last)))
    area = window.canvas.selected_area()
    assert area is not None and window.canvas.visible().contains(area)
    for key, modifier in ((Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier), (Qt.Key.Key_C, CONTROL)):
        QTest.keyClick(window.code.code, key, modifier)
    assert QGuiApplication.clipboard().text() == window.code.text().split("\n")[last]
