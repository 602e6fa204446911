"""The axes of the Curves tab: zoomed, logarithmic, in epochs and seconds, around peaks, with ticks that have room."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from curves_kit import batches
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsItem

from cnnviz.gui.widgets.plot_items import keep_drawn
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Evaluation
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.curves.panel import CurvesPanel


@pytest.fixture
def panel(curves_panel: CurvesPanel) -> CurvesPanel:
    return curves_panel


def test_zooming_in_shows_single_steps(panel: CurvesPanel) -> None:
    losses = np.random.default_rng(0).random(100_000).astype(np.float32)
    panel.add_metrics([batches(losses)])
    panel.redraw()
    panel.plot.zoom(50_000, 50_100)
    panel.redraw()
    x, y = panel.drawn("loss raw")
    assert 100 <= len(x) <= 110 and (np.diff(x) == 1).all()
    shown = np.array([panel.value_at(height) for height in y])
    assert np.allclose(shown, losses[x.astype(int) - 1], atol=1e-6)


def test_a_zoom_stays_until_a_double_click(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.ones(100))])
    panel.redraw()
    panel.plot.zoom(10, 20)
    panel.add_metrics([batches(np.ones(1000), first=101)])
    panel.redraw()
    assert panel.plot.visible() == pytest.approx((10, 20))
    panel.plot.fit()
    low, high = panel.plot.visible()
    assert low == 0 and high >= 1100


def test_curves_are_drawn_anew_on_another_axis_of_accuracy(panel: CurvesPanel) -> None:
    losses = 0.9 * np.exp(-np.arange(250) / 20) + 0.05 * np.random.default_rng(0).random(250)
    panel.add_metrics([batches(losses)])
    panel.redraw()
    panel.plot.grab()
    for high in (True, False):
        QTest.mouseClick(panel.head.high, Qt.MouseButton.LeftButton)
        assert panel.head.high.isChecked() == high
        panel.redraw()
        drawn = panel.plot.grab().toImage()
        for curve in panel._drawing.curves.values():
            for part in (curve.curve, curve.scatter):
                # without the picture that is kept of it
                part.setCacheMode(QGraphicsItem.CacheMode.NoCache)
                keep_drawn(part)
        assert panel.plot.grab().toImage() == drawn


def test_texts_of_ticks_do_not_touch_where_the_plot_is_low(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.linspace(2.4, 0.1, 100))])
    panel.redraw()
    letters = QFontMetricsF(QApplication.font()).ascent()
    counts = []
    for height in (400, 120, 60, 45, 35, 400):
        panel.plot.setFixedHeight(height)
        QApplication.processEvents()
        for axis in ("left", "right"):
            places = [panel.plot.height_of(tick) for tick, _ in panel.plot.shown_ticks(axis)]
            assert all(lower - upper >= letters for lower, upper in itertools.pairwise(places)), (height, places)
        counts.append(len(panel.plot.shown_ticks("right")))
    assert counts[0] == counts[-1] == 3 and min(counts) < 3


def test_axes_in_epochs_and_seconds(panel: CurvesPanel) -> None:
    panel.set_run(50, "bfloat16")
    panel.add_metrics(
        [batches(np.ones(100), seconds=8.0), Evaluation(1, "validation", 2, 100, 0.5, 0.9, 8.0)],
    )
    for axis, end in (("steps", 100.0), ("epochs", 2.0), ("seconds", 8.0)):
        panel.head.axis.setCurrentIndex(panel.head.axis.findData(axis))
        panel.redraw()
        assert panel.drawn("loss")[0][-1] == pytest.approx(end)
        assert panel.drawn("loss validation")[0].tolist() == pytest.approx([end])


def test_the_log_scale_keeps_values(panel: CurvesPanel) -> None:
    losses = np.geomspace(2.0, 0.001, 80)
    panel.add_metrics([batches(losses)])
    panel.head.log.setChecked(True)
    panel.redraw()
    shown = [panel.value_at(height) for height in panel.drawn("loss raw")[1]]
    assert np.allclose(shown, losses, rtol=1e-5)


def test_a_peak_does_not_flatten_the_loss_of_the_run_and_is_marked(panel: CurvesPanel) -> None:
    losses = 2.3 * np.exp(-np.arange(1000) / 100) + 0.05
    losses[4:7] = (30, 80, 20)
    panel.add_events([RunStarted(1, TEMPLATES["fast"].project())])
    panel.add_metrics([batches(losses)])
    panel.redraw()
    assert 2.3 < panel.value_at(1.0) < 5
    (step,) = panel.drawn("loss beyond")[0]
    assert 5 <= step <= 8
    assert "▲ higher than the axis, up to 80" in panel.legend_text()
    assert panel.drawn("loss")[1].max() < 1.05
    panel.head.log.setChecked(True)
    panel.redraw()
    assert panel.value_at(1.0) > 80 and not len(panel.drawn("loss beyond")[0])


def test_a_loss_that_stays_high_is_shown_whole(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, TEMPLATES["fast"].project())])
    panel.add_metrics([batches(np.linspace(60, 50, 400))])
    panel.redraw()
    assert panel.value_at(1.0) >= 60 and not len(panel.drawn("loss beyond")[0])


def test_the_accuracy_axis_can_begin_at_90_percent(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.full(100, 0.02)), Evaluation(1, "validation", 1, 100, 0.1, 0.97, 3.0)])
    panel.head.high.setChecked(True)
    panel.redraw()
    assert panel.drawn("accuracy")[1] == pytest.approx(np.full(100, 0.8), abs=1e-6)
    assert panel.drawn("accuracy validation")[1] == pytest.approx([0.7])


def test_zooming_ends_and_home_leads_back(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.add_metrics([batches(np.ones(1000))])
    panel.redraw()
    assert not panel.head.whole.isVisibleTo(panel.head)
    panel.plot.zoom(500, 500.001)
    panel.redraw()
    low, high = panel.plot.visible()
    assert high - low >= 9 and panel.head.whole.isVisibleTo(panel.head)
    panel.plot.zoom(-5000, 90_000)
    low, high = panel.plot.visible()
    assert low >= 0 and high <= 1500
    panel.plot.zoom(100, 200)
    qtbot.keyClick(panel, Qt.Key.Key_Home)
    panel.redraw()
    low, high = panel.plot.visible()
    assert low == 0 and 1000 <= high <= 1500 and not panel.head.whole.isVisibleTo(panel.head)
