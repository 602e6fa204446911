"""The legend of a colour scale: its number changes with many snapshots, and moves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layouts_kit import Layouts
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cnnviz.gui.theme import DARK
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
    layouts = Layouts(window)
    pictures = []
    for beyond in (10, 500, 3):
        legend.show_scale(0.5, True, "layer", beyond)
        QApplication.processEvents()
        pictures.append(window.grab().toImage())
        assert legend.text().endswith(f"{beyond} values outside have the last colour.")
    assert not layouts.count
    assert pictures[0] != pictures[1]
