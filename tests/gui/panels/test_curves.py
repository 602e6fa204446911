"""The Curves tab: its runs, the values that are read from it, how it draws, and what is saved of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from curves_kit import batches
from pyqtgraph import PlotCurveItem
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.run.moments import KnownMoment, KnownMoments
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dropout, Input, Output
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.histories.run_history import RunHistory
from cnnviz.runs.histories.series import SMOOTHED_OVER
from cnnviz.training.channels import Evaluation
from cnnviz.training.events import RunResumed, RunStarted

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.curves.panel import CurvesPanel


@pytest.fixture
def panel(curves_panel: CurvesPanel) -> CurvesPanel:
    return curves_panel


def test_a_million_steps_are_drawn_with_few_points(panel: CurvesPanel) -> None:
    losses = np.random.default_rng(0).random(1_000_000).astype(np.float32)
    panel.add_metrics([batches(losses)])
    panel.redraw()
    for name in ("loss", "loss raw", "accuracy", "accuracy raw"):
        x, y = panel.drawn(name)
        assert 100 < len(x) <= 2 * panel.width() and len(x) == len(y)
    x, y = panel.drawn("loss raw")
    heights = [panel.value_at(height) for height in (y.min(), min(1.0, y.max()))]
    assert heights[0] == pytest.approx(losses.min(), abs=1e-6)
    values = panel.current_values()
    assert values is not None and values.step == 1_000_000
    assert values.smooth_loss == pytest.approx(losses[-SMOOTHED_OVER:].astype(np.float64).mean(), rel=1e-9)
    assert values.loss == losses[-1]


def test_a_new_run_starts_empty_and_an_old_one_is_dropped(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project())])
    panel.add_metrics([batches(np.ones(100)), Evaluation(1, "validation", 1, 100, 0.5, 0.9, 3.0)])
    panel.add_events([RunStarted(2, Project())])
    assert panel.current_values() is None
    panel.add_metrics([batches(np.ones(5), first=101, run=1), batches(np.full(3, 0.5), run=2)])
    values = panel.current_values()
    assert values is not None and values.step == 3 and values.validation is None
    panel.redraw()
    assert len(panel.drawn("loss")[0]) == 3 and len(panel.drawn("loss validation")[0]) == 0


def test_the_precision_stands_beside_what_was_measured_in_it(panel: CurvesPanel) -> None:
    panel.set_run(50, "bfloat16")
    panel.add_metrics([batches(np.ones(50)), Evaluation(1, "validation", 1, 50, 0.5, 0.9, 3.0)])
    panel.redraw()
    assert "validation 90.0 %, loss 0.5000 (epoch 1, bfloat16)" in panel.reading_text()


def test_a_number_that_comes_again_after_going_back_is_another_run(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project())])
    panel.add_metrics([batches(np.ones(4), run=1)])
    panel.add_events([RunStarted(2, Project()), RunResumed(1, 4, Project())])
    assert len(panel.history) == 4
    panel.add_events([RunStarted(2, Project())])
    assert (panel.history.run, len(panel.history)) == (2, 0)
    panel.add_metrics([batches(np.ones(3), run=2)])
    panel.add_events([RunResumed(1, 4, Project())])
    assert (panel.history.run, len(panel.history)) == (1, 4)
    panel.add_events([RunResumed(2, 3, Project())])
    assert (panel.history.run, len(panel.history)) == (2, 3)


def test_the_run_before_a_new_run_from_one_of_its_moments_is_still_known_after_going_back(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project())])
    panel.add_metrics([batches(np.ones(4), run=1)])
    # a new run from a recorded moment has a number of its own
    panel.add_events([RunResumed(2, 3, Project())])
    assert (panel.history.run, len(panel.history)) == (2, 0)
    panel.add_events([RunResumed(1, 4, Project())])
    assert (panel.history.run, len(panel.history)) == (1, 4)
    panel.add_events([RunResumed(2, 3, Project())])
    panel.add_metrics([batches(np.ones(3), run=2)])
    panel.add_events([RunResumed(1, 4, Project())])
    assert (panel.history.run, len(panel.history)) == (1, 4)


def test_metrics_that_come_before_their_event_are_kept(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.ones(4), run=3)])
    panel.add_events([RunStarted(3, Project())])
    assert len(panel.history) == 4


def test_without_curves_it_is_said_what_brings_them(panel: CurvesPanel) -> None:
    assert panel.empty.text() == "Curves appear when training starts: press Train."
    panel.set_training(True)
    assert panel.empty.text() == "Curves appear after the first batches."
    panel.set_training(False)
    panel.empty.set_hindrance("Connect the output.")
    assert panel.empty.text() == "Curves appear when training starts. Connect the output."


def test_a_run_without_recorded_curves_is_not_drawn_with_those_of_the_present_one(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.linspace(2, 0, 100))])
    panel.redraw()
    assert len(panel.drawn("loss")[0]) and panel._stack.currentWidget() is panel.plot
    panel.show_run(RunHistory())
    panel.show_past(80)
    panel.redraw()
    assert not len(panel.drawn("loss")[0]) and "loss" not in panel.reading_text()
    assert panel._stack.currentWidget() is panel.empty
    assert panel.empty.text() == "No curves of this run are recorded."
    assert panel.current_values() is None and not panel.history.as_array().size
    # why the present run cannot be trained is not told of another one
    panel.empty.set_hindrance("Connect the output.")
    assert panel.empty.text() == "No curves of this run are recorded."
    panel.show_run(None)
    panel.show_past(None)
    panel.redraw()
    assert len(panel.drawn("loss")[0]) and panel.empty.text().endswith("Connect the output.")


def test_pointing_reads_exact_values_and_says_how_they_are_measured(panel: CurvesPanel) -> None:
    losses = np.linspace(1, 0.1, 60, dtype=np.float32)
    panel.add_metrics([batches(losses), Evaluation(1, "validation", 1, 40, 0.25, 0.9, 3.0)])
    panel.redraw()
    assert panel.reading_text().startswith("validation 90.0 %, loss 0.2500 (epoch 1) · now, step 60: ")
    panel.plot.pointed.emit(20.2)
    mean = losses[17:20].astype(np.float64).mean()
    text = panel.reading_text()
    assert text.startswith("step 20: training ") and f"loss {mean:.4f} · while learning, mean of the last 3" in text
    assert text.endswith(f"; this batch {1 - losses[19]:.1%}, {losses[19]:.4f}".replace("%", " %"))
    assert "validation" not in text


def test_while_training_goes_on_the_newest_step_has_no_number_beside_that_of_the_bar(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.linspace(1, 0.1, 60, dtype=np.float32))])
    panel.set_training(True)
    panel.redraw()
    assert panel.reading_text().startswith("now: training ")
    panel.plot.pointed.emit(20.2)
    assert panel.reading_text().startswith("step 20: training ")
    panel.plot.pointed.emit(float("nan"))
    panel.set_training(False)
    panel.redraw()
    assert panel.reading_text().startswith("now, step 60: training ")


def test_the_training_measures_of_a_past_step_are_seen_where_there_is_no_room_for_how_they_were_measured(
    panel: CurvesPanel,
) -> None:
    panel.add_metrics(
        [batches(np.linspace(1, 0.1, 600, dtype=np.float32)), Evaluation(1, "validation", 1, 400, 0.2, 0.94, 3.0)]
    )
    panel.redraw()
    panel.show_past(480)
    line = panel.row._text
    words, first = line.fontMetrics().horizontalAdvance, panel.reading_text().split(" · while learning")[0]
    line.resize(words(first) + 20, line.height())
    assert words(panel.reading_text()) > line.width()
    assert line.shown_text() == first and "step 480: training " in first


def test_the_newest_step_is_read_again_where_the_pointer_has_left(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.linspace(1, 0.1, 60, dtype=np.float32))])
    panel.redraw()
    newest = panel.reading_text()
    assert newest.startswith("now, step 60: ")
    for click in (False, True):
        panel.plot.pointed.emit(45.0)
        if click:
            panel.plot.held.emit(45.0)
        assert panel.reading_text().startswith("step 45: ")
        QApplication.sendEvent(panel.plot._widget.viewport(), QEvent(QEvent.Type.Leave))
        assert panel.reading_text() == newest


def test_arrow_keys_go_on_from_the_step_that_was_clicked(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.ones(60))])
    panel.redraw()
    panel.plot.pointed.emit(45.0)
    panel.plot.held.emit(45.0)
    QTest.keyClick(panel, Qt.Key.Key_Left)
    assert panel.reading_text().startswith("step 44: ")
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.reading_text().startswith("now, step 60: ")


def test_arrow_keys_go_on_from_the_first_moment(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.ones(60))])
    panel._reader.past = 0
    QTest.keyClick(panel, Qt.Key.Key_Right)
    assert panel.reading_text().startswith("step 1: ")


def test_how_a_training_figure_was_measured_is_said_of_this_network(panel: CurvesPanel) -> None:
    plain = TEMPLATES["pytorch-tutorial"].project()
    dropping = replace(plain, network=chain(("input", Input()), ("drop", Dropout(0.2)), ("output", Output())))
    shifted = replace(plain, recipe=replace(plain.recipe, shift=2))
    for run, (project, dropout, augmented) in enumerate(
        ((plain, False, False), (dropping, True, False), (shifted, False, True)), 1
    ):
        panel.add_events([RunStarted(run, project)])
        panel.add_metrics([batches(np.ones(20), run=run)])
        panel.redraw()
        panel.plot.pointed.emit(10.0)
        text = panel.reading_text()
        assert ("dropout on" in text, "images augmented" in text) == (dropout, augmented)


def test_it_draws_by_itself_while_visible_and_not_while_hidden(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.add_metrics([batches(np.ones(10))])
    qtbot.waitUntil(lambda: len(panel.drawn("loss")[0]) == 10)
    panel.hide()
    panel.add_metrics([batches(np.ones(10), first=11)])
    assert not panel._timer.isActive()
    panel.show()
    assert len(panel.drawn("loss")[0]) == 20


def test_a_moved_line_does_not_draw_the_curves_again(
    panel: CurvesPanel, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    drawn: list[object] = []
    paint = PlotCurveItem.paint

    def count(item: object, *of_qt: object) -> None:
        drawn.append(item)
        paint(item, *of_qt)

    monkeypatch.setattr(PlotCurveItem, "paint", count)
    panel.add_metrics([batches(np.linspace(2, 0.5, 60))])
    panel.set_moments(KnownMoments(tuple(KnownMoment(step, exact=False) for step in (10, 20, 30))))
    panel.redraw()
    panel.show_past(10)
    seen = panel.grab().toImage()
    assert drawn
    drawn.clear()
    for step in (20, 30):
        panel.show_past(step)
        before, seen = seen, panel.grab().toImage()
        assert seen != before
    assert drawn == []
    panel.add_metrics([batches(np.full(3, 0.5), 60)])
    panel.redraw()
    assert panel.grab().toImage() != seen and drawn


def test_a_saved_drawing_holds_curves_and_no_images_of_them(panel: CurvesPanel, tmp_path: Path) -> None:
    panel.add_metrics([batches(np.linspace(2, 0.5, 60))])
    panel.redraw()
    seen = panel.grab().toImage()
    panel.menu.save(path := tmp_path / "curves.svg")
    # the background of the plot
    assert path.read_text("utf-8").count("<image") == 1
    assert panel.grab().toImage() == seen


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_saved_files_hold_the_curves(panel: CurvesPanel, tmp_path: Path, suffix: str) -> None:
    panel.add_metrics([batches(np.full(3, 0.5)), Evaluation(1, "validation", 1, 3, 0.25, 0.9, 3.0)])
    panel.redraw()
    path = tmp_path / panel.menu.suggested(suffix)
    assert path.name == f"curves-run-1-step-3.{suffix}"
    panel.menu.save(path)
    data = path.read_bytes()
    if suffix == "csv":
        lines = data.decode().splitlines()
        assert lines[1] == "training,1,3.333,0.5,0.5,0.5,0.5" and lines[4] == "validation,3,3.000,0.25,0.9,,"
    else:
        assert data.startswith(b"\x89PNG" if suffix == "png" else b"<?xml") and len(data) > 2000


def test_a_folder_that_is_not_there_is_an_error(panel: CurvesPanel, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        panel.menu.save(tmp_path / "nowhere" / "curves.csv")


def test_another_theme_repaints(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.ones(10))])
    for theme in (LIGHT, DARK):
        panel.set_theme(theme)
        panel.redraw()
        canvas = panel.plot.canvas().grab().toImage()
        assert canvas.pixelColor(canvas.width() - 2, canvas.height() // 2).name() == theme.surface


def test_the_signs_of_moments_follow_the_curves_when_the_panel_gets_narrower(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.add_metrics([batches(np.linspace(1, 0, 100))])
    panel.set_moments(KnownMoments((KnownMoment(40), KnownMoment(100))))
    panel.redraw()

    def offsets() -> list[float]:
        """How far each sign is from the step on the axis above it, in pixels."""
        (low, high), (left, width) = panel.plot.visible(), panel.plot.span()
        state = panel.timeline.state
        places = [*zip(state.steps, state.places, strict=True), (100, state.now)]
        return [abs(left + (step - low) / (high - low) * width - place) for step, place in places]

    assert max(offsets()) < 0.5
    before = panel.timeline.state.places
    panel.resize(500, 220)
    qtbot.waitUntil(lambda: panel.timeline.state.places != before)
    assert panel.plot.span()[1] < 500 and len(panel.timeline.state.steps) == 2 and max(offsets()) < 0.5


def test_the_handle_stands_where_the_curves_end_until_they_are_drawn_further(panel: CurvesPanel) -> None:
    panel.add_metrics([batches(np.linspace(1, 0, 360))])
    panel.redraw()
    panel.add_metrics([batches(np.zeros(15), first=361)])
    # a moment is recorded before the curves are drawn again
    panel.set_moments(KnownMoments((KnownMoment(100), KnownMoment(360), KnownMoment(370))))

    def step_of(place: float) -> float:
        left, _ = panel.plot.span()
        return panel.plot.visible()[0] + (place - left) * panel.plot.per_pixel()

    assert panel.drawn("loss")[0][-1] == 360 == pytest.approx(step_of(panel.timeline.state.handle), abs=0.5)
    assert list(panel.timeline.state.steps) == [100, 360]
    panel.redraw()
    assert panel.drawn("loss")[0][-1] == 375 == pytest.approx(step_of(panel.timeline.state.handle), abs=0.5)
    assert list(panel.timeline.state.steps) == [100, 360, 370]
