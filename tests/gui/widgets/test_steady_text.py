"""Rich text that changes many times a second: drawn like a QLabel, laid out only when its height changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from event_counts import EventCounts
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import RichLabel
from cnnviz.gui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FORMULA = "y<sub>k</sub> = 0.5 · 0.25 − <b>1.5</b> + 0.125 = <i>−1.25</i>"


def column(qtbot: QtBot, label: RichLabel) -> QWidget:
    window = QWidget()
    layout = QVBoxLayout(window)
    layout.addWidget(label)
    layout.addStretch(1)
    window.resize(150, 200)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_it_is_drawn_where_and_as_a_label_draws_it(qtbot: QtBot) -> None:
    usual, steady = RichLabel(), SteadyText()
    usual.setWordWrap(True)
    pictures = []
    for label in (usual, steady):
        window = column(qtbot, label)
        label.setText(FORMULA)
        QApplication.processEvents()
        pictures.append((label.geometry(), window.grab().toImage()))
    assert pictures[0] == pictures[1] and pictures[0][0].height() > 20
    assert steady.text() == FORMULA and steady.accessibleName() == "yk = 0.5 · 0.25 − 1.5 + 0.125 = −1.25"


def test_another_text_lays_nothing_out_before_it_needs_another_height(qtbot: QtBot) -> None:
    label = SteadyText()
    window = column(qtbot, label)
    label.setText(FORMULA)
    QApplication.processEvents()
    counts, before = EventCounts(window), label.height()
    for text in (FORMULA.replace("5", "7"), FORMULA.replace("2", "9")):
        seen = window.grab().toImage()
        label.setText(text)
        QApplication.processEvents()
        assert window.grab().toImage() != seen
    assert (counts.layouts, label.height()) == (0, before)
    label.setText(3 * FORMULA)
    QApplication.processEvents()
    assert counts.layouts == 1 and label.height() > before
