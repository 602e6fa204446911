"""The line that reads the value at the pointer: it looks as a label does, and a new text lays nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from event_counts import EventCounts
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.reading_line import ReadingLine

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

TEXT = "conv2, map 17, (4, 9): +0.123456, before ReLU\nA click takes it apart & shows <b>how</b>."


def test_it_looks_as_a_label_with_the_same_text_does(qtbot: QtBot) -> None:
    line, label = ReadingLine(), PlainLabel(TEXT)
    qtbot.addWidget(line)
    qtbot.addWidget(label)
    line.show_text(TEXT)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setProperty("role", "muted")
    for width in (120, 400, 900):
        line.resize(width, line.height())
        label.resize(line.size())
        assert line.grab().toImage() == label.grab().toImage()


def test_a_new_text_neither_lays_out_nor_paints_the_tab_around_it(qtbot: QtBot) -> None:
    tabs, page, other, line = QTabWidget(), QWidget(), PlainLabel("beside it"), ReadingLine()
    qtbot.addWidget(tabs)
    column = QVBoxLayout(page)
    column.addWidget(other)
    column.addWidget(line)
    tabs.addTab(page, "Maps")
    tabs.show()
    qtbot.waitExposed(tabs)
    line.show_text("+0.1")
    QCoreApplication.processEvents()
    around, beside, own = EventCounts(tabs), EventCounts(other), EventCounts(line)
    line.show_text(TEXT)
    QCoreApplication.processEvents()
    assert (around.layouts, beside.paints) == (0, 0)
    qtbot.waitUntil(lambda: own.paints == 1)
    assert line.text() == TEXT == line.accessibleName()
