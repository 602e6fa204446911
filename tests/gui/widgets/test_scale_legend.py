"""The legend of a colour scale: its number changes with many snapshots, and moves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from event_counts import EventCounts
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.scale_menu import ScaleLegend

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_another_number_of_values_beyond_the_scale_lays_nothing_out(qtbot: QtBot) -> None:
    window, legend = QWidget(), ScaleLegend(DARK)
    column = QVBoxLayout(window)
    column.addWidget(legend)
    column.addStretch(1)
    window.resize(300, 200)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    legend.show_scale(0.5, True, "layer", 9)
    QApplication.processEvents()
    counts = EventCounts(window)
    pictures = []
    for clipped in (10, 500, 3):
        legend.show_scale(0.5, True, "layer", clipped)
        QApplication.processEvents()
        pictures.append(window.grab().toImage())
        assert legend.text().endswith(f"{clipped} values outside have the last colour.")
    assert not counts.layouts
    assert pictures[0] != pictures[1]


def test_the_upper_limit_and_the_button_have_a_gap(qtbot: QtBot) -> None:
    legend = ScaleLegend(DARK)
    qtbot.addWidget(legend)
    legend.resize(240, 80)
    legend.show_scale(57, True, "layer", 0)
    with qtbot.waitExposed(legend):
        legend.show()
    (bar,) = legend.findChildren(ColourBar)
    assert legend.button.x() - bar.geometry().right() > 6


def test_a_limit_with_the_same_digits_paints_nothing(qtbot: QtBot) -> None:
    bar = ColourBar(DARK)
    qtbot.addWidget(bar)
    with qtbot.waitExposed(bar):
        bar.show()
    painted: list[str] = []

    def paint(limit: float | None, signed: bool = True) -> bool:
        painted.clear()
        bar.set_scale(limit, signed)
        QApplication.processEvents()
        return bool(painted)

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(bar.accessibleName())
            return False

    watch = Watch()
    bar.installEventFilter(watch)
    assert paint(0.501) and painted == ["Colour scale from −0.5 to +0.5"]
    assert not paint(0.502)
    assert paint(0.52) and painted == ["Colour scale from −0.52 to +0.52"]
    assert paint(0.52, False) and paint(None) and paint(0.52)
