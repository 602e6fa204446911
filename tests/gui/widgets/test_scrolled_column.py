"""A column that scrolls leaves a gap between its parts and the scroll bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStyle, QStyleOptionSlider, QWidget

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.class_bars import ClassBars
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application


def test_the_bar_does_not_touch_the_parts(application: Application, qtbot: QtBot) -> None:
    part = QWidget()
    part.setMinimumHeight(400)
    column = ScrolledColumn(part)
    qtbot.addWidget(column)
    column.resize(200, 100)
    with qtbot.waitExposed(column):
        column.show()
    bar, option = column.verticalScrollBar(), QStyleOptionSlider()
    bar.initStyleOption(option)
    handle = bar.style().subControlRect(
        QStyle.ComplexControl.CC_ScrollBar, option, QStyle.SubControl.SC_ScrollBarSlider, bar
    )
    assert bar.isVisible() and handle.left() >= 4 and handle.width() >= 6


def test_rows_of_classes_are_apart_where_there_is_least_room(qtbot: QtBot) -> None:
    bars = ClassBars(DARK)
    qtbot.addWidget(bars)
    bars.set_names(tuple("0123456789"))
    bars.resize(bars.minimumSizeHint())
    # digits are as high as capital letters
    assert bars._row_height() >= bars.fontMetrics().capHeight() + 4
