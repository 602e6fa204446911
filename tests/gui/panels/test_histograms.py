"""The Spread tab: what an answer looks like, and the panel in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor

from cnnviz.gui.panels.histograms.panel import HistogramsPanel
from cnnviz.gui.panels.histograms.state import bars
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.histogram_bars import HistogramBars
from cnnviz.inspection.answers.histograms import BINS, HistogramsOf, histogram

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def test_bars_are_as_high_as_their_counts_and_zeros_have_none() -> None:
    values = np.array([-1.0] * 2 + [0.0] * 14 + [0.001] * 4 + [1.0] * 1, np.float32)
    shown = bars(histogram(values))
    assert (shown.heights[0], shown.heights[BINS // 2], shown.heights[-1]) == (0.5, 1.0, 0.25)
    assert shown.highest == 4
    assert sum(height > 0 for height in shown.heights) == 3
    assert (shown.zero, shown.least, shown.most) == (0.5, "−1", "+1")
    assert shown.zeros == pytest.approx(14 / 21)
    assert bars(histogram(np.array([2.0, 3.0], np.float32))).zero == -2.0
    assert bars(histogram(np.array([0.0, 3.0], np.float32))).least == "0"


def test_the_picture_has_the_bars(qtbot: QtBot) -> None:
    chart = HistogramBars(DARK)
    qtbot.addWidget(chart)
    chart.resize(310, 120)
    chart.show_bars((0.5, 0.0, 1.0), 0.5, "−1", "+1", "4 values")
    picture = chart.grab().toImage()
    line = chart.fontMetrics().height()
    bottom = 120 - line - 3

    def colour(place: int, height: float) -> QColor:
        return picture.pixelColor(round((place + 0.25) * 310 / 3), round(bottom - height * (bottom - line - 2)))

    ground = QColor(DARK.surface)
    assert colour(0, 0.4) == QColor(DARK.negative) and colour(0, 0.7) == ground
    assert colour(1, 0.2) == ground
    assert colour(2, 0.8) == QColor(DARK.positive)
    below = bars(histogram(np.array([-3.0, -2.0], np.float32)))
    chart.show_bars((0.5, 0.0, 1.0), below.zero, below.least, below.most, "1 value")
    picture = chart.grab().toImage()
    assert colour(0, 0.4) == colour(2, 0.8) == QColor(DARK.negative)


def test_the_panel_asks_only_in_front_and_shows_the_current_layer(window: MainWindow) -> None:
    person, panel = Person(window), window.panel(HistogramsPanel)
    assert panel.questions() == frozenset()
    node = window.selection.current
    assert node is not None
    person.shortcut("panel_spread")
    assert panel.isVisible() and panel.questions() == {HistogramsOf(node)}
    person.until(lambda: not panel.weights.isHidden(), "the histograms")
    assert f"{node} at step 0" in panel.text() and "Weights: mean" in panel.text()
    (flat,) = (name for name in window.editor.project.network.nodes if name == "flatten")
    window.selection.select([flat])
    person.until(lambda: "flatten at step 0" in panel.text(), "those of another layer")
    assert panel.weights.isHidden() and not panel.outputs.isHidden()
    window.selection.select([])
    assert "Select a layer" in panel.text()
