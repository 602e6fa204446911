"""Compare's page of curves: both runs on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from training_kit import project, state_of, tensors

from cnnviz.gui.panels.compare.curves_page import CurvesPage
from cnnviz.gui.panels.compare.panel import CURVES, ComparePanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.sides import Side
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import BatchMetrics, Evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def write_run(folder: Path, steps: int, loss: float) -> Path:
    """A recorded run whose loss is constant, with a moment at its beginning."""
    one = project()
    writer = RunWriter(folder, one, Facts("small", 1.0, 5, batch_size=64), 10**9)
    losses = np.full(steps, loss, np.float32)
    writer.add([BatchMetrics(1, 1, losses, np.full(steps, loss / 4, np.float32), 10.0)], [])
    writer.add([Evaluation(1, "validation", 1, steps, loss, 0.9, 10.0)], [])
    writer.write_weights(0, one, tensors(state_of(one)))
    writer.settle()
    writer.close()
    return folder


def test_both_runs_are_drawn_on_one_scale(window: MainWindow) -> None:
    person = Person(window)
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.show_page(CURVES)
    page = panel.curves
    # nothing was trained yet
    assert page.plot is None
    for place, (steps, loss) in enumerate(((400, 2.0), (100, 0.5))):
        folder = write_run(runs_folder() / f"20260101-00000{place}-aaaaaaaa", steps, loss)
        window.bench.sides.choose(place, Side(folder))
    person.until(lambda: [each.name for each in page.shown] == ["A", "B"], "both runs")
    assert page.plot is not None and page.plot.visible()[1] >= 400
    assert [each.loss[0][-1] for each in page.shown] == [400, 100]
    assert [float(each.loss[1][-1]) for each in page.shown] == pytest.approx([2.0, 0.5])
    assert [float(each.accuracy[1][-1]) for each in page.shown] == pytest.approx([0.5, 0.125])
    assert [float(each.evaluated[1][-1]) for each in page.shown] == pytest.approx([0.9, 0.9])
    # the axis holds the higher of both losses
    heights = {text: height for height, text in page.plot.shown_ticks("left")}
    assert heights["2"] == pytest.approx(1 / 1.02) and heights["0"] == 0
    page.set_theme(LIGHT)
    # another run on one side alone is drawn anew
    window.bench.sides.swap()
    person.until(lambda: [len(each.loss[0]) for each in page.shown][:1] == [100], "the sides exchanged")


def test_the_present_run_on_both_sides_is_drawn_once(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(3)
    person.until(lambda: session.status.step == 3, "training")
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.show_page(CURVES)
    window.bench.sides.choose(0, Side())
    person.until(lambda: [each.name for each in panel.curves.shown] == ["A, B"], "one pair of curves")


def test_in_a_low_page_the_legend_gives_way_to_the_curves(qtbot: QtBot, tmp_path: Path) -> None:
    page = CurvesPage(DARK)
    qtbot.addWidget(page)
    page._names, page._histories = ("A",), (recorded_history(write_run(tmp_path / "run", 40, 2.0)),)
    page._stack.setCurrentWidget(page._made())
    with qtbot.waitExposed(page):
        page.show()
    for height, legend in ((200, True), (76, False)):
        page.resize(600, height)
        assert page._legend.isVisible() is legend
    plot = page.plot
    assert plot is not None
    qtbot.waitUntil(lambda: plot.tall() >= 40)
