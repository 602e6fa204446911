"""The Points tab in its window: its axes, its room, its embedding, its updates, and the image that is clicked."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from moments_kit import train
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.points import state
from cnnviz.gui.panels.points.controls import PCA, TSNE
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.panels.points.side_column import LEAST_FOR_ALL, LEAST_FOR_FACTS, LEAST_WIDTH
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.update_budget import COST, LEAST_BUSY, LEAST_COUNT, WHOLE_SECONDS, UpdateBudget
from cnnviz.inspection.answers.point import PointOf
from cnnviz.inspection.studies.points import Embedding
from cnnviz.training.channels import BatchMetrics, State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow, batches: int) -> PointsPanel:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == batches, "the snapshot")
    person.shortcut("panel_points")
    study = window.bench.projecting
    person.until(lambda: study.latest is not None and study.latest.step == batches, "the points")
    return window.panel(PointsPanel)


def test_points_appear_when_a_network_that_was_deleted_is_back(window: MainWindow) -> None:
    person, bridge = Person(window), window.bridge
    # the images come before the panel is made: their arrival would choose a layer too
    person.until(lambda: bridge.images is not None and bridge.shown is not None, "the network")
    window.canvas.setFocus()
    person.shortcut("select_all")
    person.shortcut("delete")
    person.until(lambda: bridge.shown is None, "that nothing is shown")
    window.show_panel("points")
    panel, study = window.panel(PointsPanel), window.bench.projecting
    assert panel.isVisible() and study.node is None and not study.layers
    person.shortcut("undo")
    person.until(lambda: panel.plot.isVisible(), "the points")
    assert study.node in study.layers


def test_other_weights_at_the_start_have_their_own_points(window: MainWindow) -> None:
    """A run without a step leaves its number to the next one."""
    window.show_panel("points")
    person, study = Person(window), window.bench.projecting

    def of_newest(after: int) -> bool:
        """Whether all points are there, of the newest weights, which began after the start ``after``."""
        points, newest, shown = study.latest, window.bridge.source.newest, study._shown
        complete = points is not None and study.chosen is not None and len(points.chosen) == len(study.chosen)
        return complete and shown is not None and newest is not None and shown.start == newest.start > after

    person.until(partial(of_newest, 0), "the points")
    for _ in range(2):
        before, newest = study.latest, window.bridge.source.newest
        assert before is not None and newest is not None
        person.shortcut("new_weights")
        person.until(partial(of_newest, newest.start), "other points")
        assert study.latest is not None and not np.allclose(study.latest.positions, before.positions)


def test_points_and_an_embedding_of_another_run_go_at_once(window: MainWindow) -> None:
    panel, study = opened(window, 3), window.bench.projecting
    points, snapshot = study.latest, window.bridge.shown
    assert points is not None and snapshot is not None and snapshot.moment is not None
    study.embedding.latest = Embedding(points, points.positions, 1, 1, 0.5)
    later = replace(snapshot, step=9, moment=replace(snapshot.moment, step=9))
    study._follow(later)
    assert study.latest is points and study.embedding.latest is not None
    study.watch(False)
    study._follow(replace(later, run=7, moment=replace(snapshot.moment, run=7)))
    assert study.latest is None and study.embedding.latest is None and "step 3" not in panel.text()


def test_a_click_on_a_point_makes_its_image_the_sample_and_a_frame_lists_images(window: MainWindow) -> None:
    panel, person = opened(window, 3), Person(window)
    study, bridge = window.bench.projecting, window.bridge
    found = study.latest
    assert found is not None and len(found.positions) == 2000
    assert "of 2,000 images wrong · validation set · step 3" in panel.text() and "axes of step 3" in panel.text()
    farthest = int(found.positions[:, 0].argmax())
    QTest.mouseMove(panel.plot, panel.plot.place(farthest).toPoint())
    # the image that is pointed at may take room from the points
    QApplication.processEvents()
    place = panel.plot.place(farthest).toPoint()
    # of points that touch the one nearest to the pixel is chosen
    places = [panel.plot.place(row) - place for row in range(2000)]
    row = min(range(2000), key=lambda row: np.hypot(places[row].x(), places[row].y()))
    QTest.mouseClick(panel.plot, LEFT, pos=place)
    sample = window.sample.sample()
    assert sample is not None and sample.index == found.chosen.indices[row]
    person.until(lambda: bridge.shown is not None and bridge.shown.sample is sample, "the snapshot")
    person.until(lambda: panel.plot.sample_place() is not None, "the point of the sample")
    # the sample is one of the images: it lies where its image lies
    assert bridge.shown is not None
    answer = bridge.shown.answer(PointOf(found.axes.node, found.axes))
    assert answer == pytest.approx(found.positions[row], rel=1e-3, abs=1e-3)

    start, end = QPoint(2, 2), QPoint(panel.plot.width() // 2, panel.plot.height() - 3)
    QTest.mousePress(panel.plot, LEFT, pos=start)
    QTest.mouseMove(panel.plot, end)
    # another button leaves the frame as it is
    QTest.mouseClick(panel.plot, Qt.MouseButton.MiddleButton, pos=end)
    QTest.mouseRelease(panel.plot, LEFT, pos=end)
    corners = panel.plot.view.coordinates(np.array([[2.0, 2.0], [end.x(), end.y()]]))
    expected = state.inside(found.positions, (corners[0, 0], corners[1, 1], corners[1, 0], corners[0, 1]))
    right = found.predictions.right
    expected = np.array(sorted(expected, key=lambda row: (right[row], found.chosen.indices[row])))
    assert panel.gallery.images.rows.tolist() == expected.tolist() and len(expected)
    panel.gallery.setCurrentIndex(panel.gallery.images.index(0))
    assert window.sample.sample().index == found.chosen.indices[expected[0]]  # type: ignore[union-attr]
    assert f"Image {found.chosen.indices[expected[0]]:,}:" in panel.gallery.images.caption(0).sentence


def test_texts_and_the_image_that_is_pointed_at_give_way_in_a_low_panel(window: MainWindow) -> None:
    panel = opened(window, 1)
    side = panel._side
    parts = (side._heading, side._facts, side.pointed, side._listed)
    for height, row, shown in (
        (LEAST_FOR_ALL, None, (True, True, True, True)),
        (LEAST_FOR_ALL - 1, None, (True, True, False, True)),
        (LEAST_FOR_ALL - 1, 0, (True, False, True, False)),
        (LEAST_FOR_FACTS - 1, 0, (True, False, False, False)),
    ):
        panel.setFixedHeight(height)
        panel._point(row)
        assert panel.height() == height
        assert tuple(part.isVisibleTo(panel) for part in parts) == shown
    panel._set_frame((-1e6, -1e6, 1e6, 1e6))
    assert side._listed.isVisibleTo(panel)


@pytest.mark.parametrize("size", [(960, 600), (1000, 650)])
def test_points_and_a_row_of_images_are_seen_in_a_small_window(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    panel = opened(window, 3)
    person, side, plot = Person(window), panel._side, panel.plot
    for arrangement in ("train_view", "look"):
        window.arrange(arrangement)
        window.show_panel("points")
        person.until(lambda: panel.isVisible() and len(plot._places) == 2000, "the points")
        choices = side.choices
        parts = (plot, panel.gallery, choices.layer, choices.methods, choices.colouring, choices.fit_again)
        for part in parts:
            area = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
            assert part.isVisible() and window.run.rect().translated(window.run.mapTo(window, QPoint())).contains(area)
        for button in (choices.methods, choices.fit_again):
            assert button.width() >= button.minimumSizeHint().width()
        # the points fill most of the plot, in one direction at least, and the plot the height of the panel
        filled = np.ptp(plot._places, axis=0) / [plot.width(), plot.height()]
        assert filled.max() >= 0.85 and plot.height() == panel.height()
        first = panel.gallery.visualRect(panel.gallery.images.index(0))
        assert panel.gallery.viewport().rect().contains(first)


def test_what_is_said_of_the_points_is_not_cut_through(window: MainWindow) -> None:
    side = opened(window, 1)._side
    wrong = side.text().partition(" of ")[0]
    for width in (LEAST_WIDTH, 380, 440, 700):
        side.setFixedWidth(width)
        side.grab()
        assert side.choices.methods.width() >= side.choices.methods.sizeHint().width()
        for label in (side._heading, side._facts):
            assert "…" not in label.shown_text()
            assert label.shown_text() == label.text() or side.text() == label.toolTip()
        assert side._heading.shown_text().startswith(f"{wrong} of 2,000 images wrong")


def test_axes_are_held_for_the_run_until_they_are_fitted_again(window: MainWindow) -> None:
    panel, person = opened(window, 1), Person(window)
    study, session = window.bench.projecting, window.bridge.session
    first = study.latest
    assert first is not None
    session.batches(2)
    person.until(lambda: study.latest is not None and study.latest.step == 3, "the points of step 3")
    assert study.latest is not None and study.latest.axes is first.axes
    QTest.mouseClick(panel.choices.fit_again, LEFT)
    person.until(lambda: study.latest is not None and study.latest.axes is not first.axes, "new axes")
    assert study.latest is not None and study.latest.axes.step == 3
    assert (study.latest.axes.components.directions * first.axes.components.directions).sum(1).min() > 0
    window.bench.selection.select(["fc1"])
    assert study.latest is None
    person.until(lambda: study.latest is not None, "the points of another layer")
    assert study.latest is not None and study.latest.axes.node == "fc1"
    assert panel.choices.layer.currentText() == "fc1"


def test_beside_training_few_points_appear_first_then_all_and_the_oldest_are_renewed(window: MainWindow) -> None:
    person, session, study = Person(window), window.bridge.session, window.bench.projecting
    person.until(lambda: session.status.ready, "torch")
    session.play()
    person.until(lambda: session.status.step >= 2, "training")
    counts: list[int] = []
    study.changed.connect(lambda: counts.append(0 if study.latest is None else len(study.latest.chosen)))
    person.shortcut("panel_points")
    person.until(lambda: study.latest is not None and len(study.latest.chosen) == 2000, "all points")
    first = next(count for count in counts if count)
    assert first == 256 and counts == sorted(counts)
    before = study.latest
    assert before is not None and before.axes.components.rows == 256
    assert before.chosen.indices[:256].tolist() == study.chosen.indices[:256].tolist()  # type: ignore[union-attr]
    oldest = int(before.steps.argmin())
    person.until(lambda: study.latest is not None and study.latest is not before, "an update")
    after = study.latest
    assert after is not None and after.axes is before.axes and after.steps[oldest] > before.steps[oldest]
    # beside training the points are computed in the precision of the training, at rest in float32
    assert after.exact[oldest] == (session.status.precision != "bfloat16")
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    person.until(
        lambda: (
            study.latest is not None
            and study.latest.whole
            and study.latest.step == session.status.step
            and bool(study.latest.exact.all())
        ),
        "the points of the last step",
    )
    assert study.latest is not None and len(study.latest.chosen) == 2000 and study.latest.axes is before.axes
    assert "from 256 images" in window.panel(PointsPanel).text() and "s old" not in window.panel(PointsPanel).text()


def test_the_age_of_the_oldest_point_is_that_of_a_clock(window: MainWindow) -> None:
    panel, study = opened(window, 3), window.bench.projecting
    points = study.latest
    assert points is not None and points.whole and "s old" not in panel.text()
    values = np.ones(40, np.float32)
    seconds = max(each.seconds for each in window.bridge.session.metrics.read(0)[0] if isinstance(each, BatchMetrics))
    newest = replace(points, step=43, steps=np.where(np.arange(len(points.chosen)) < 100, 3, 43))

    def train_until(first: int, passed: float) -> None:
        window.bridge.metrics.emit([BatchMetrics(points.run, first, values, values, seconds + passed)])
        study.latest = newest
        study.changed.emit()

    train_until(4, 3.5)
    assert "up to 4 s old" in panel.text()
    # while no training goes on no point grows older
    study.changed.emit()
    assert "up to 4 s old" in panel.text()
    train_until(44, 10.5)
    assert "up to 11 s old" in panel.text()
    study.latest = replace(newest, steps=np.full(len(points.chosen), 43))
    study.changed.emit()
    assert "s old" not in panel.text()


def test_updates_renew_as_much_as_they_may_cost() -> None:
    budget = UpdateBudget()
    assert budget.ready and budget.begin(256, 2000, growing=True) == 256
    budget.end(0.0, 0.0, 0)
    assert not budget.ready and budget.begin(256, 2000, growing=True) == 256
    budget.end(20.0, 0.0, 1000)
    assert not budget.ready
    budget.hurry()
    assert budget.ready
    growing, usual = (budget.begin(256, 2000, growing=each) for each in (True, False))
    assert 2000 > growing >= usual >= LEAST_COUNT
    assert budget.whole_seconds(2000) >= 20.0 * 2 / COST / (os.cpu_count() or 1) * 0.9
    budget.end(1000.0, 0.0, 1)
    assert budget.begin(256, 2000, growing=False) == LEAST_COUNT


def test_all_is_renewed_at_once_where_that_does_not_make_updates_too_rare() -> None:
    budget = UpdateBudget()
    budget.begin(256, 2000, growing=False)
    affordable = LEAST_BUSY * COST * WHOLE_SECONDS
    budget.end(affordable * 0.4, affordable * 0.5, 2000)
    assert budget.begin(256, 2000, growing=False) == 2000 and budget.whole_seconds(2000) <= WHOLE_SECONDS


def test_what_an_update_costs_whatever_it_renews_does_not_make_updates_ever_smaller() -> None:
    budget, counts = UpdateBudget(), []
    for _ in range(20):
        counts.append(budget.begin(256, 2000, growing=False))
        budget.end(counts[-1] * 1e-3, 0.1, counts[-1])
    assert counts[1:] == [100] * 19


def test_an_embedding_is_drawn_while_it_grows_can_be_cancelled_and_takes_the_sample_among_its_neighbours(
    window: MainWindow,
) -> None:
    panel, person = opened(window, 2), Person(window)
    study, embedding = window.bench.projecting, window.bench.projecting.embedding
    before = {name: tensor.clone() for name, tensor in window.bridge.session.weights.latest.tensors.items()}  # type: ignore[union-attr]
    tsne = next(button for button in panel.choices.methods.buttons() if button.objectName() == TSNE)
    QTest.mouseClick(tsne, LEFT)
    assert panel.choices.cancel.isVisible() and not panel.choices.fit_again.isVisible()
    person.until(lambda: embedding.latest is not None and embedding.latest.step >= 20, "some growth", 60)
    assert f"t-SNE of {study.node}: step" in panel.text()
    QTest.mouseClick(panel.choices.cancel, LEFT)
    assert not embedding.running and panel.choices.fit_again.isVisible() and panel.choices.fit_again.isEnabled()
    grown = embedding.latest
    assert grown is not None and not grown.done and grown.positions.shape == (2000, 2)
    assert embedding._job is not None and embedding._job.wait(20) and embedding._job.latest.result is None
    # an image that is one of the points lies at its own point
    sample = grown.points.positions[17]
    assert grown.place(sample) == pytest.approx(grown.positions[17], rel=1e-3, abs=1e-6)
    weights = window.bridge.session.weights.latest
    assert weights is not None and all(torch.equal(weights.tensors[name], one) for name, one in before.items())
    pca = next(button for button in panel.choices.methods.buttons() if button.objectName() == PCA)
    QTest.mouseClick(pca, LEFT)
    person.until(lambda: "axes of step" in panel.text(), "the principal components again")
    assert study.latest is not None and panel.plot.place(0) is not None


def test_an_embedding_is_always_of_the_layer_that_the_box_names(window: MainWindow) -> None:
    panel, person = opened(window, 2), Person(window)
    study, embedding = window.bench.projecting, window.bench.projecting.embedding
    tsne, pca = (
        next(each for each in panel.choices.methods.buttons() if each.objectName() == one) for one in (TSNE, PCA)
    )

    def grown(node: str) -> None:
        person.until(lambda: embedding.latest is not None and embedding.latest.step >= 5, "some growth", 60)
        assert panel.choices.layer.currentText() == study.node == node
        assert f"t-SNE of {node}: step" in panel.text()

    panel.choices.layerChosen.emit("flatten")
    QTest.mouseClick(tsne, LEFT)
    grown("flatten")
    window.selection.select(["conv2"], "conv2")
    grown("flatten")
    QTest.mouseClick(panel.choices.cancel, LEFT)
    window.selection.select(["conv3"], "conv3")
    window.selection.select(["conv2"], "conv2")
    grown("flatten")
    QTest.mouseClick(pca, LEFT)
    person.until(lambda: study.latest is not None and study.latest.axes.node == "conv2", "the layer selected elsewhere")
    assert panel.choices.layer.currentText() == "conv2"
    QTest.mouseClick(tsne, LEFT)
    assert embedding.running and "flatten" not in panel.text()
    grown("conv2")
    QTest.mouseClick(panel.choices.cancel, LEFT)


def test_the_past_shows_the_points_of_its_moment_on_the_axes_of_the_run(window: MainWindow, recording: None) -> None:
    train(window, 1)
    train(window, 2)
    person, study, past = Person(window), window.bench.projecting, window.bench.past
    person.shortcut("panel_points")
    person.until(lambda: study.latest is not None and study.latest.step == 3, "the points")
    present = study.latest
    past.go_to(1)
    person.until(lambda: study.latest is not None and study.latest.step == 1, "the points of the past")
    assert present is not None and study.latest is not None and study.latest.axes is present.axes
    assert study.latest.whole and not np.allclose(study.latest.positions, present.positions, atol=1e-4)
    past.now()
    person.until(lambda: study.latest is present, "the points of the present")
