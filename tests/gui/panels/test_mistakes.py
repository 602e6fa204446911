"""The Mistakes tab: the matrix, the images of a cell, and the image that becomes the sample."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.catalogue import Split
from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.panels.mistakes import state, words
from cnnviz.gui.panels.mistakes.matrix import COLUMN_GAP, LARGEST_FONT, ConfusionMatrix
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.mistakes.state import MOST_CLASSES, Filter
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.gallery import Gallery
from cnnviz.gui.widgets.glossary import term_at
from cnnviz.gui.widgets.terms import TERMS
from cnnviz.inspection.studies.predicting import predict
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.events import Event


def made(labels: list[int], predicted: list[int], classes: int = 3) -> Predictions:
    shares = np.full((len(labels), classes), 0.1, np.float32)
    shares[np.arange(len(labels)), predicted] = np.linspace(0.6, 0.9, len(labels))
    return Predictions("validation", 1, 7, shares, np.ones(len(labels), np.float32), np.array(labels))


def test_the_matrix_counts_labels_by_row_and_predictions_by_column() -> None:
    shown = state.matrix(made([0, 0, 0, 1, 2], [0, 1, 1, 1, 2]), ("a", "b", "c"), rates=False)
    assert [[cell.count for cell in row] for row in shown.cells] == [[1, 2, 0], [0, 1, 0], [0, 0, 1]]
    assert list(shown.recall) == pytest.approx([1 / 3, 1, 1])
    assert list(shown.precision) == pytest.approx([1, 1 / 3, 1])
    assert shown.cells[0][1].share == pytest.approx(2 / 3)
    # the most frequent mistake has the full colour
    assert (shown.cells[0][1].strength, shown.cells[0][2].strength) == (1, 0)


def test_of_many_classes_those_with_most_mistakes_are_shown() -> None:
    labels = [*range(1000), 500, 500, 7]
    shown = state.matrix(made(labels, [*range(1000), 7, 7, 900], 1000), (), rates=False)
    assert len(shown.classes) == MOST_CLASSES and shown.of == 1000
    assert {7, 500, 900} <= set(shown.classes) and list(shown.classes) == sorted(shown.classes)
    assert shown.cells[shown.classes.index(500)][shown.classes.index(7)].count == 2


def test_the_classes_of_the_most_frequent_mistakes_are_shown_in_pairs() -> None:
    # class 3 has most mistakes, each of them another one; 5 is often taken for 8
    labels, predicted = [3] * 9 + [5, 5, 5], [*range(20, 29), 8, 8, 8]
    assert state.chosen_classes(made(labels, predicted, 40).confusion, 4) == (3, 5, 8, 20)


@pytest.mark.parametrize(("classes", "size"), [(2, (150, 150)), (10, (320, 145)), (40, (500, 900)), (1000, (420, 160))])
def test_the_matrix_has_its_cells_in_view_whatever_the_number_of_classes(
    qtbot: QtBot, classes: int, size: tuple[int, int]
) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(*size)
    matrix.show()
    labels = np.arange(classes).repeat(2)
    found = made(labels.tolist(), ((labels + np.tile([0, 1], classes)) % classes).tolist(), classes)
    names = tuple(f"a rather long name {at}" for at in range(classes))
    drawn = state.matrix(found, names, rates=False, most=min(matrix.room, MOST_CLASSES))
    matrix.set_state(drawn)
    assert len(drawn.classes) == min(classes, matrix.room, MOST_CLASSES) and drawn.of == classes
    for label in drawn.classes:
        assert matrix.rect().contains(matrix.cell_rect(label, label).toAlignedRect())


def test_columns_are_as_wide_as_their_names_where_there_is_room(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    names = ("circles", "squares", "triangles")
    matrix.set_state(state.matrix(made([0, 0, 1, 2], [0, 2, 1, 2]), names, rates=False))
    matrix.resize(matrix.sizeHint().width(), 170)
    font = QFont(matrix.font())
    font.setPixelSize(LARGEST_FONT)
    needed = QFontMetrics(font).horizontalAdvance("triangles")
    assert matrix.cell_rect(0, 0).width() >= needed + COLUMN_GAP
    assert matrix.cell_rect(0, 0).x() >= needed + 4
    # without room the cells are narrower than the names, and all of them are in view
    matrix.resize(220, 170)
    assert matrix.cell_rect(2, 2).right() <= 220 and matrix.cell_rect(0, 0).width() < needed


@pytest.mark.parametrize("height", [150, 190, 300])
def test_two_precisions_side_by_side_have_a_gap(qtbot: QtBot, height: int) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    labels = np.arange(10).repeat(500).tolist()
    matrix.set_state(state.matrix(made(labels, labels, 10), tuple("0123456789"), rates=False))
    matrix.resize(matrix.sizeHint().width(), height)
    cell = matrix.cell_rect(0, 0)
    assert QFontMetrics(matrix._font(cell.height())).horizontalAdvance("100") + COLUMN_GAP <= cell.width()


def test_a_cell_is_chosen_by_click_and_by_keys(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(300, 120)
    matrix.set_state(state.matrix(made([0, 0, 0, 1, 2], [0, 1, 1, 1, 2]), ("a", "b", "c"), rates=False))
    found: list[tuple[int, int | None]] = []
    matrix.chosen.connect(lambda *cell: found.append(cell))
    cell = matrix.cell_rect(2, 2)
    right, below = (
        QPoint(round(cell.right()) + 9, round(cell.y()) + 3),
        QPoint(round(cell.x()) + 3, round(cell.bottom()) + 3),
    )
    for point, term in ((cell.center().toPoint(), "confusion matrix"), (right, "recall"), (below, "precision")):
        assert term_at(matrix, matrix.mapToGlobal(point)) == term and term in TERMS
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(0, 1).center().toPoint())
    assert found.pop() == (0, 1)
    assert matrix.accessibleDescription() == "2 images of a are taken for b (66.7 % of a)"
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert found.pop() == (1, 1)
    assert matrix.accessibleDescription() == "1 image of b is recognized (100.0 % of b)"
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(2, round(matrix.cell_rect(2, 0).center().y())))
    assert found.pop() == (2, None)


def test_the_reliability_diagram_has_the_figures_of_the_calibration() -> None:
    found = made([0, 0, 1, 2, 2], [0, 1, 1, 2, 0])
    drawn = state.calibration(found, words.calibration_lines(state.facts(found)))
    curve = found.calibration
    assert [each.count for each in drawn.bins] == curve.counts.tolist() and sum(curve.counts) == 5
    for each, accuracy, confidence in zip(drawn.bins, curve.accuracy, curve.confidence, strict=True):
        assert np.array_equal([each.accuracy, each.confidence], [accuracy, confidence], equal_nan=True)
        assert each.height == (
            0 if not each.count else pytest.approx(np.log1p(each.count) / np.log1p(max(curve.counts)))
        )
    assert drawn.lines[0] == "It calls no image at least 95 % sure."
    sure = replace(found, probabilities=np.where(found.probabilities > 0.5, 0.97, 0.01).astype(np.float32))
    lines = words.calibration_lines(state.facts(sure))
    assert lines[0] == "Of the 5 that it calls at least 95 % sure, 60.00 % are right."


def test_no_share_below_all_is_called_100_percent(qtbot: QtBot) -> None:
    found = replace(made([1], [1]), probabilities=np.array([[0.001, 0.997, 0.002]], np.float32))
    gallery = Gallery(DARK)
    qtbot.addWidget(gallery)
    gallery.show_images(found, np.array([0]), np.zeros((1, 1, 8, 8), np.uint8), ("a", "b", "c"))
    caption = gallery.images.caption(0)
    assert caption.addition == "(> 99 %)" and caption.sentence.endswith("predicts b (99.7 %)")
    assert words.facts(replace(state.facts(found), accuracy=0.99999)).startswith("> 99.99 % right")


def test_numbers_are_saved_with_the_names_of_classes() -> None:
    lines = state.as_csv(made([0, 1], [0, 2]), ("a", "b,b", "c")).splitlines()
    assert lines[0] == "image,label,predicted,confidence,loss"
    assert lines[2].startswith('1,"b,b",c,0.8')


def trained(window: MainWindow, batches: int) -> MistakesPanel:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    panel = window.panel(MistakesPanel)
    assert "Train the network" in panel.text()
    person.shortcut("panel_mistakes")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    study = window.bench.predicting
    person.until(lambda: study.latest is not None and study.latest.step == step, "the predictions")
    return panel


def test_every_row_of_the_matrix_can_be_scrolled_into_view_beside_a_notice(window: MainWindow) -> None:
    window.resize(1587, 952)
    panel = trained(window, 1)
    window.arrange("look")
    window.show_panel("mistakes")
    window.notice.post("run", "Started over.")
    QApplication.processEvents()
    matrix, below = panel.matrix, panel.matrix.cell_rect(9, 9).bottomLeft().toPoint()
    # by a click on the first row and by keys down to the last
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(0, 0).center().toPoint())
    for _ in range(9):
        QTest.keyClick(matrix, Qt.Key.Key_Down)
    QApplication.processEvents()
    assert matrix.mapTo(panel, below).y() <= panel.height()
    assert not matrix.visibleRegion().isEmpty() and matrix.visibleRegion().contains(below - QPoint(-2, 3))


def test_the_surest_mistake_becomes_the_sample_of_all_places(window: MainWindow) -> None:
    panel, person = trained(window, 3), Person(window)
    found = window.bench.predicting.latest
    assert found is not None and len(found) == 5000
    wrong = int((~found.right).sum())
    assert f"{wrong:,} of 5,000 validation images are wrong" in panel.text()
    assert panel.gallery.images.rowCount() == wrong
    cell = found.worst_cell()
    assert cell is not None
    QTest.mouseClick(panel.matrix, Qt.MouseButton.LeftButton, pos=panel.matrix.cell_rect(*cell).center().toPoint())
    assert panel.gallery.images.rowCount() == found.confusion[cell]
    first = panel.gallery.images.index(0)
    spot = panel.gallery.visualRect(first).center()
    QTest.mouseClick(panel.gallery.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    surest = int(found.of_cell(*cell)[0])
    sample = window.sample.sample()
    assert sample is not None and (sample.index, sample.label) == (surest, cell[0])
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is sample, "the snapshot")
    assert str(cell[1]) in window.sample.says()
    assert panel.gallery.chosen == surest
    panel.show_filter(Filter("right"))
    assert panel.gallery.images.rowCount() == 5000 - wrong
    calibration = next(button for button in panel.orders.buttons() if button.objectName() == "calibration")
    QTest.mouseClick(calibration, Qt.MouseButton.LeftButton)
    assert panel.calibration.isVisible() and not panel.gallery.isVisible()
    fullest = int(found.calibration.counts.argmax())
    spot = panel.calibration.bin_rect(fullest).center().toPoint()
    QTest.mouseClick(panel.calibration, Qt.MouseButton.LeftButton, pos=spot)
    assert panel.gallery.isVisible() and panel.gallery.images.rowCount() == found.calibration.counts[fullest]
    QTest.keyClick(panel.calibration, Qt.Key.Key_Left)
    assert f"{found.calibration.counts[fullest - 1]:,}" in panel.calibration.accessibleDescription()
    panel.show_filter(Filter("mistakes", *cell))
    panel.gallery.setCurrentIndex(panel.gallery.images.index(0))
    window.sample.choose(3)
    person.until(lambda: panel.gallery.chosen is None, "another sample")


def test_an_epoch_and_a_pause_renew_the_predictions_and_test_images_wait_for_the_end(window: MainWindow) -> None:
    panel = trained(window, 1)
    assert not panel.split.isEnabled()
    before = window.bench.predicting.latest
    window.bridge.session.batches(1)
    Person(window).until(lambda: window.bench.predicting.latest is not before, "new predictions")
    assert window.bench.predicting.latest is not None and window.bench.predicting.latest.step == 2
    panel.set_finished(finished=True)
    panel.split.setCurrentIndex(1)
    panel.split.activated.emit(1)
    Person(window).until(lambda: window.bench.predicting.latest is not None, "the test images")
    assert len(window.bench.predicting.latest) == 10_000 and "test images" in panel.text()


def test_the_panel_says_why_training_has_counted_another_number_of_wrong_images(window: MainWindow) -> None:
    project = window.editor.project
    window.editor.apply("Precision", replace(project, recipe=replace(project.recipe, precision="bfloat16")))
    window.notices.start_over()
    panel, session = trained(window, 1), window.bridge.session
    Person(window).until(lambda: session.status.precision == "bfloat16", "the precision")
    found = window.bench.predicting.latest
    assert found is not None
    wrong = len(found) - int(found.right.sum())

    def evaluated(count: int) -> None:
        accuracy = 1 - count / len(found)
        window.bridge.metrics.emit([Evaluation(session.status.run, "validation", 1, 1, 0.1, accuracy, 1.0)])

    evaluated(wrong)
    assert "bfloat16" not in panel.text()
    evaluated(wrong - 2)
    said = f"Computed in float32 here; while training, in bfloat16, {wrong - 2:,} were wrong."
    assert panel.text().endswith(said) and panel._rounding.isVisible()
    panel.show_view("calibration")
    assert not panel._rounding.isVisible()


def test_mistakes_of_a_run_that_was_started_over_are_gone(window: MainWindow) -> None:
    panel, person = trained(window, 1), Person(window)
    person.shortcut("start_over")
    person.until(
        lambda: window.bench.predicting.latest is None or window.bench.predicting.latest.step == 0, "the start"
    )
    assert "step 1 " not in panel.text()


def has_mistakes_of_the_newest(window: MainWindow, start: int) -> bool:
    """Whether the mistakes of weights that began after ``start`` are there."""
    study, newest = window.bench.predicting, window.bridge.source.newest
    of = study.shown
    return study.latest is not None and newest is not None and of is not None and of.start == newest.start > start


def assert_mistakes_of_the_newest(window: MainWindow) -> None:
    study, moment = window.bench.predicting, window.bridge.source.newest
    images, made = study.images, study.latest
    assert moment is not None and images is not None and made is not None
    found = predict(moment, images, "validation", lambda _: None, lambda: False)
    assert found is not None and made.losses == pytest.approx(found.losses, rel=1e-3, abs=1e-5)


def test_other_weights_at_the_start_have_their_own_mistakes(window: MainWindow) -> None:
    """A run without a step leaves its number to the next one."""
    person = Person(window)
    window.show_panel("mistakes")
    person.until(lambda: has_mistakes_of_the_newest(window, 0), "the predictions", 120)
    for _ in range(2):
        newest = window.bridge.source.newest
        assert newest is not None
        person.shortcut("new_weights")
        person.until(partial(has_mistakes_of_the_newest, window, newest.start), "other predictions", 120)
        assert_mistakes_of_the_newest(window)


def test_a_snapshot_that_comes_late_leaves_no_mistakes_to_the_next_run(window: MainWindow) -> None:
    person, bridge, study = Person(window), window.bridge, window.bench.predicting
    window.show_panel("mistakes")
    person.until(lambda: study.latest is not None, "the predictions", 120)
    late = bridge.shown

    def come_late(events: Sequence[Event]) -> None:
        if any(isinstance(event, RunStarted) for event in events):
            bridge.snapshot.emit(late)

    bridge.events.connect(come_late)
    person.shortcut("new_weights")
    person.until(lambda: bridge.shown is not late, "the snapshot of the new weights")
    person.until(lambda: study.latest is not None and not study.running, "the predictions", 120)
    assert_mistakes_of_the_newest(window)


def test_without_validation_images_no_tab_studies_them_and_each_says_so(window: MainWindow) -> None:
    person, session, bench = Person(window), window.bridge.session, window.bench
    person.until(lambda: session.status.ready, "torch")
    session.batches(1)
    person.until(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "training")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 1, "the snapshot")
    dataset = window.bridge.images
    assert dataset is not None
    none = Split(dataset.validation.images[:0], dataset.validation.labels[:0])
    window.selection.select(["conv2"])
    window.show_panel("excites")
    exciting = window.panel(ExcitesPanel).study
    for study in (bench.predicting, bench.projecting, exciting):
        study._set_dataset(replace(dataset, validation=none))
        study.watch(True)
    for name, text in (
        ("mistakes", window.panel(MistakesPanel).text),
        ("points", window.panel(PointsPanel).text),
        ("excites", window.panel(ExcitesPanel).text),
    ):
        window.show_panel(name)
        person.until(lambda: "no validation images" in text(), name)  # noqa: B023 # called at once
    for study in (bench.predicting, bench.projecting, exciting):
        assert study.latest is None and not study.running
