"""A column that scrolls leaves a gap between its parts and the scroll bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor
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


def test_a_full_bar_and_a_long_logit_have_a_gap(qtbot: QtBot) -> None:
    bars = ClassBars(DARK)
    qtbot.addWidget(bars)
    bars.set_names(("0", "1"))
    bars.resize(190, 40)
    ground = QColor(DARK.surface)
    for logits in ((75.6, 103.1), (-1203.5, 138.5), (2.0, 3.0)):
        bars.show_answer(((0.0, logits[0]), (1.0, logits[1])))
        picture = bars.grab().toImage()
        lower = range(picture.height() // 2, picture.height() - 4)
        accent = [x for x in range(picture.width()) if any(picture.pixelColor(x, y) == DARK.accent for y in lower)]
        after = range(max(accent) + 1, max(accent) + 5)
        assert all(picture.pixelColor(x, y) == ground for x in after for y in lower)
