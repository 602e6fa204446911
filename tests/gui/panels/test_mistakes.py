"""The Mistakes tab in its window: the images of a cell, the one that becomes the sample, and when they are renewed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.catalogue import Split
from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.mistakes.state import Filter
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.studies.predicting import predict
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.events import Event


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


def test_in_the_smallest_window_the_whole_matrix_is_in_view_and_its_numbers_can_be_read(window: MainWindow) -> None:
    window.resize(960, 600)
    panel, person = trained(window, 3), Person(window)
    matrix = panel.matrix
    person.until(lambda: matrix.height() >= matrix.minimumSizeHint().height(), "its height")
    person.until(lambda: matrix.visibleRegion().boundingRect() == matrix.rect(), "all of it in view")
    cell = matrix.cell_rect(9, 9)
    assert cell.bottom() <= matrix.height() and cell.height() >= 9
    assert matrix._font(cell.height()).pixelSize() >= 7
    assert matrix.term_at(cell.center().toPoint()) == "confusion matrix"
    window.resize(1600, 1000)
    person.until(lambda: matrix.cell_rect(9, 9).height() >= 15, "larger cells")
    assert matrix.cell_rect(0, 0).top() >= 2 * matrix.cell_rect(0, 0).height()
