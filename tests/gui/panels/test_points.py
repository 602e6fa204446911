"""The Points tab: the map of points, its colours, its frame, and the image that becomes the sample."""

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
from cnnviz.gui.panels.points.colours import class_colour
from cnnviz.gui.panels.points.controls import PCA, TSNE
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.panels.points.plot import PointPlot
from cnnviz.gui.panels.points.side_column import LEAST_FOR_ALL, LEAST_FOR_FACTS, LEAST_WIDTH
from cnnviz.gui.panels.points.view import View
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.update_budget import COST, LEAST_BUSY, LEAST_COUNT, WHOLE_SECONDS, UpdateBudget
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.save import picture
from cnnviz.inspection.answers.point import PointOf
from cnnviz.inspection.axes import Axes, Principal
from cnnviz.inspection.studies.points import Chosen, Points
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.theme import Theme

LEFT = Qt.MouseButton.LeftButton
LEAST_DIFFERENCE = 8.0
"""The least distance of two colours in CIELAB; about 2.3 can just be seen."""


def made(count: int, classes: int) -> Points:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    principal = Principal(np.zeros(4, np.float32), np.eye(4, dtype=np.float32)[:2], np.array([2.0, 1.0]), 4.0, 60)
    chosen = Chosen(np.arange(count) * 2, np.zeros((count, 1, 2, 2), np.uint8), labels)
    predictions = Predictions("validation", 1, 7, probabilities, np.zeros(count, np.float32), labels)
    axes, steps, exact = Axes("fc1", 1, 7, principal), np.full(count, 7), np.full(count, True)
    return Points(axes, 1, 7, chosen, positions(count), predictions, (0.5, 0.25), steps, exact)


def positions(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(size=(count, 2)).astype(np.float32)


def test_each_point_is_in_one_group_of_each_colouring() -> None:
    points = made(60, 3)
    for colouring in state.colourings(3):
        drawn = state.state(points, points.positions, colouring, ("a", "b", "c"))
        assert sorted(np.concatenate([group.rows for group in drawn.groups]).tolist()) == list(range(60))
    by_class = state.state(points, points.positions, "class", ("a", "b", "c"))
    assert [group.name for group in by_class.groups] == ["a", "b", "c"]
    assert by_class.groups[1].middle == pytest.approx(np.median(points.positions[1::3], axis=0))
    right, wrong = state.state(points, points.positions, "right", ()).groups
    assert right.rows.tolist() == np.flatnonzero(points.predictions.right).tolist() and wrong.kind == "wrong"
    rest, one = state.state(points, points.positions, 2, ("a", "b", "c")).groups
    assert rest.kind == "rest" and one.rows.tolist() == list(range(2, 60, 3))


def test_a_class_without_images_is_not_drawn(qtbot: QtBot) -> None:
    few = made(60, 3)
    predictions = replace(few.predictions, probabilities=np.full((60, 10), 0.1, np.float32))
    drawn = state.state(replace(few, predictions=predictions), few.positions, "class", ("a\nb", "b", "c" * 500))
    assert [group.name for group in drawn.groups] == ["a b", "b", "c" * 500]
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.set_state(drawn, fit=True)
    # a picture on which painting fails would end the program
    assert not plot.grab().isNull()


def test_names_of_classes_do_not_lie_over_each_other(qtbot: QtBot) -> None:
    points = made(70, 7)
    # classes 0 to 4 in one place, of which class 0 has the most images; 5 and 6 apart
    labels = np.where(np.arange(70) < 10, 0, points.chosen.labels)
    middles = np.array([[0, 0], [0.2, 0], [0, 0.2], [0.1, 0.1], [0.1, 0], [60, 0], [0, 40]])
    positions = (middles[labels] + np.random.default_rng(1).normal(0, 5, (70, 2))).astype(np.float32)
    moved = replace(points, chosen=replace(points.chosen, labels=labels))
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show()
    plot.set_state(state.state(moved, positions, "class", tuple("abcdefg")), fit=True)
    names = plot.names()
    assert {"a", "f", "g"} <= {name.text for name in names} and len(names) < 7
    for number, name in enumerate(names):
        assert not any(name.area.intersects(other.area) for other in names[:number])


def test_of_many_classes_no_colour_has_to_be_told_apart() -> None:
    assert state.colourings(10)[0] == "class" and state.colourings(1000)[:2] == ("right", 0)
    assert len(state.colourings(1000)) == 1001


def test_a_frame_holds_what_a_loop_finds_and_arrows_go_to_the_next_point() -> None:
    points = made(200, 3)
    frame = (-0.5, -1.0, 0.7, 0.4)
    expected = [row for row, (x, y) in enumerate(points.positions) if -0.5 <= x <= 0.7 and -1.0 <= y <= 0.4]
    assert state.inside(points.positions, frame).tolist() == expected
    places = np.array([[0.0, 0.0], [5.0, 1.0], [20.0, 0.0], [0.0, -3.0], [-9.0, 8.0]])
    assert state.neighbour(places, 0, 0, 1) == 1 and state.neighbour(places, 0, -1, 0) == 3
    assert state.neighbour(places, 0, 0, -1) == 4 and state.neighbour(places, 2, 0, 1) == 2
    assert state.nearest(places, 6.0, 1.0, 2.0) == 1 and state.nearest(places, 6.0, 30.0, 2.0) is None


def test_pixels_and_coordinates_agree_and_the_view_holds_still() -> None:
    view, positions = View(), np.array([[0.0, 0.0], [10.0, 2.0]], np.float32)
    view.resize(400, 100)
    view.cover(positions, fit=True)
    assert view.coordinates(view.place(positions)) == pytest.approx(positions)
    (left, low), (right, high) = view.place(positions)
    assert low > high and (right - left) == pytest.approx(5 * (low - high)) and 0 <= left < right <= 400
    view.cover(positions * 0.7, fit=False)
    assert view.place(positions)[1] == pytest.approx([right, high])
    view.cover(positions * 2, fit=False)
    assert view.place(positions * 2).max() <= 400
    view.zoom(2.0, left, low)
    assert view.coordinates(view.place(positions)) == pytest.approx(positions)


def test_the_numbers_are_saved_with_the_names_of_classes() -> None:
    points = made(3, 2)
    lines = state.as_csv(points, points.positions, ("a", "b,b")).splitlines()
    assert lines[0] == "image,step,x,y,label,predicted,confidence"
    assert lines[2].startswith(f"2,7,{float(points.positions[1, 0])!r},") and '"b,b"' in lines[2]


def test_a_picture_is_as_sharp_as_its_file(qtbot: QtBot) -> None:
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(200, 120)
    points = made(60, 3)
    plot.set_state(state.state(points, points.positions, "class", ("a", "b", "c")), fit=True)
    plot.show()
    assert not plot.grab().isNull()
    image = picture(plot)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(120, 2, 200, 2, 4)
    # not enlarged from the screen, where each pixel would be a square of four
    assert (pixels.max((1, 3)) != pixels.min((1, 3))).any()


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


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_colours_of_classes_differ_for_each_kind_of_colour_vision(theme: Theme) -> None:
    # Machado, Oliveira, Fernandes, 2009: full protanopia, deuteranopia and tritanopia, in linear RGB
    simulations = (
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    )
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    for simulation in simulations:
        places = []
        for label in range(10):
            colour = class_colour(theme, label)
            values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
            linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
            xyz = to_xyz @ np.clip(np.asarray(simulation) @ linear, 0, 1) / [0.9505, 1, 1.089]
            f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
            places.append([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
        lab = np.array(places)
        distances = np.linalg.norm(lab[:, None] - lab, axis=2)[np.triu_indices(10, 1)]
        assert distances.min() > LEAST_DIFFERENCE
