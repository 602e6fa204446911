"""Classes over the epochs and suspicious labels: drawn from predictions at recorded moments, which are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from moments_kit import go_to, train
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.mistakes.class_plot import ClassPlot
from cnnviz.gui.panels.mistakes.epochs_state import MOST_LINES, class_curves
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.mistakes.state import Filter
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.past import moment_at
from cnnviz.gui.theme import DARK
from cnnviz.inspection.studies.epochs import EpochResult
from cnnviz.inspection.studies.predicting import predict
from cnnviz.runs.folder import study_path
from cnnviz.runs.writer import delete_moment
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.studies.predictions import Predictions

LEFT = Qt.MouseButton.LeftButton


def result(epoch: int, accuracies: list[float]) -> EpochResult:
    values = np.array(accuracies)
    return EpochResult(epoch, 10 * epoch, np.zeros(4, np.int32), values, 1 - values, float(np.nanmean(values)), 0.5)


def test_the_axis_holds_all_values_and_of_many_classes_the_weakest_are_drawn() -> None:
    assert class_curves([], (), "accuracy") is None
    drawn = class_curves([result(1, [0.62, 0.9]), result(3, [0.8, 1.0])], ("a", "b"), "accuracy")
    assert drawn is not None
    assert drawn.epochs == (1, 3) and drawn.low == pytest.approx(0.6) and drawn.high == 1
    assert [(line.name, line.values) for line in drawn.lines] == [("a", (0.62, 0.8)), ("b", (0.9, 1.0))]
    loss = class_curves([result(1, [0.62, 0.9])], ("a", "b"), "loss")
    assert loss is not None and (loss.low, loss.high) == (0, 0.5)
    many = [0.9] * 1000
    many[700], many[701] = 0.1, float("nan")
    found = class_curves([result(1, many)], (), "accuracy")
    assert found is not None and len(found.lines) == MOST_LINES and found.of == 1000
    assert 700 in [line.label for line in found.lines] and 701 not in [line.label for line in found.lines]
    # a network with another number of classes has lines of its own
    changed = class_curves([result(1, [0.5, 0.5, 0.5]), result(2, [0.5, 0.6])], (), "accuracy")
    assert changed is not None and changed.epochs == (2,)


def test_a_class_is_highlighted_by_a_click_on_its_line_and_by_keys(qtbot: QtBot) -> None:
    plot = ClassPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(600, 150)
    plot.set_state(class_curves([result(1, [0.62, 0.9]), result(2, [0.8, 1.0])], ("a", "b"), "accuracy"))
    QTest.mouseClick(plot, LEFT, pos=plot.point(0, 1).toPoint())
    assert list(plot.highlighted) == [0]
    assert plot.accessibleDescription() == "a: 80.0 % right after epoch 2"
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Space):
        QTest.keyClick(plot, key)
    assert list(plot.highlighted) == [0, 1]
    QTest.mouseClick(plot, LEFT, pos=plot.point(0, 0).toPoint())
    assert list(plot.highlighted) == [1]


def test_the_keys_begin_at_the_top_if_there_are_fewer_classes_than_before(qtbot: QtBot) -> None:
    plot = ClassPlot(DARK)
    qtbot.addWidget(plot)
    plot.set_state(class_curves([result(1, [0.5, 0.6, 0.7])], (), "accuracy"))
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Down)
    plot.set_state(class_curves([result(1, [0.5, 0.6])], (), "accuracy"))
    QTest.keyClick(plot, Qt.Key.Key_Space)
    assert list(plot.highlighted) == []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Space):
        QTest.keyClick(plot, key)
    assert list(plot.highlighted) == [0]


def folder_of(window: MainWindow) -> Path:
    folder = window.bench.past.run_folder
    assert folder is not None
    return folder


def train_and_predict(window: MainWindow, batches: int) -> Predictions:
    """Train so many more, and predict at the end."""
    window.show_panel("curves")
    train(window, batches)
    window.show_panel("mistakes")
    study, step = window.bench.predicting, window.bridge.session.status.step
    Person(window).until(lambda: study.latest is not None and study.latest.step == step, "the predictions")
    assert study.latest is not None
    return study.latest


def end_epochs(window: MainWindow, *steps: int) -> None:
    """Report that epochs have ended at these steps."""
    run = window.bridge.session.status.run
    ended = [Evaluation(run, "validation", at + 1, step, 2.0, 0.2, 1.0) for at, step in enumerate(steps)]
    window.bridge.metrics.emit(ended)


def test_all_epochs_are_predicted_on_request_and_kept(window: MainWindow, recording: None) -> None:
    for batches in (1, 2):
        train(window, batches)
    train_and_predict(window, 2)
    panel, person, epochs = window.panel(MistakesPanel), Person(window), window.bench.epoch_predictions
    panel.show_view("classes")
    assert "at least one epoch" in panel.text() and not panel.epochs_row.button.isVisible()
    end_epochs(window, 1, 3, 5, 7)
    # the moment on screen is known, step 7 is not recorded
    assert epochs.missing == (1, 3) and [each.step for each in epochs.results] == [5]
    assert panel.epochs_row.button.text() == "Predict 2 more epochs"
    QTest.mouseClick(panel.epochs_row.button, LEFT)
    assert panel.epochs_row.button.text() == "Cancel"
    person.until(lambda: not epochs.running, "the predictions")
    assert [each.step for each in epochs.results] == [1, 3, 5] and not epochs.missing
    folder, images = folder_of(window), epochs.images
    assert images is not None
    for each in epochs.results:
        found = predict(moment_at(folder, each.step, 1, []), images, "validation", lambda _: None, lambda: False)
        assert found is not None
        assert each.predicted.tolist() == found.predicted.tolist()
        assert each.accuracies == pytest.approx(found.recall) and each.losses == pytest.approx(found.class_losses)
        assert study_path(folder, each.step, "predictions-validation").is_file()
    assert panel.plot.isVisible() and panel.text().startswith("Validation images by class after 3 epochs")
    panel.show_filter(Filter("labels"))
    shown = panel.gallery.images
    said = np.stack([each.predicted for each in epochs.results])
    denied = (said != images.labels).sum(0)
    assert panel.text().startswith(f"{(denied == 3).sum():,} labels that at least 3 of 3 epochs deny")
    assert sorted(shown.rows.tolist()) == np.flatnonzero(denied == 3).tolist()
    assert shown.caption(0).above == f"{images.labels[shown.rows[0]]}? 3 of 3"
    panel.gallery.setCurrentIndex(shown.index(0))
    sample = window.sample.sample()
    assert sample is not None and (sample.index, sample.split) == (shown.rows[0], "validation")


def test_a_run_of_the_library_is_predicted_at_its_epochs(window: MainWindow, recording: None) -> None:
    person, session = Person(window), window.bridge.session
    train(window, 2)
    session.metrics.append(Evaluation(session.status.run, "validation", 1, 2, 2.0, 0.2, 1.0))
    train(window, 2)
    folder, epochs, past = folder_of(window), window.bench.epoch_predictions, window.bench.past
    steps = past.steps
    person.until(lambda: epochs.missing == (2,), "the epoch")
    epochs.start()
    person.until(lambda: not epochs.running, "the predictions")
    (live,) = epochs.results
    person.shortcut("start_over")
    person.until(lambda: not epochs.results and not epochs.missing, "another run")
    past.open(folder, steps)
    assert epochs.missing == (2,) and not epochs.results
    epochs.start()
    person.until(lambda: not epochs.running, "the predictions")
    (found,) = epochs.results
    assert found.epoch == 1 and found.predicted.tolist() == live.predicted.tolist()
    past.now()
    assert not epochs.results


def test_a_moment_that_was_predicted_is_shown_at_once_also_from_its_file(window: MainWindow, recording: None) -> None:
    person, study = Person(window), window.bench.predicting
    first = train_and_predict(window, 1)
    train_and_predict(window, 2)
    go_to(window, 1)
    assert study.latest is first, "no thread was needed"
    folder = folder_of(window)
    path = study_path(folder, 1, "predictions-validation")
    assert path.is_file()
    window.bench.past.now()
    person.until(lambda: study.latest is not None and study.latest.step == 3, "the present")
    for content in (path.read_bytes(), b"damaged"):
        path.write_bytes(content)
        study._kept.clear()
        go_to(window, 1)
        person.until(lambda: study.latest is not None and study.latest.step == 1, "the predictions")
        assert study.latest is not None and study.latest is not first
        assert study.latest.probabilities.tobytes() == first.probabilities.tobytes()
        window.bench.past.now()
        person.until(lambda: study.latest is not None and study.latest.step == 3, "the present")
    delete_moment(folder, 1)
    assert not path.exists() and study_path(folder, 3, "predictions-validation").is_file()


def test_looking_at_epochs_leaves_no_trace_also_when_it_is_cancelled(window: MainWindow, recording: None) -> None:
    for batches in (1, 1, 1):
        train(window, batches)
    session, epochs = window.bridge.session, window.bench.epoch_predictions
    weights = session.weights.latest
    assert weights is not None
    before = {name: tensor.clone() for name, tensor in weights.tensors.items()}
    generator = torch.get_rng_state()
    files = {path: path.read_bytes() for path in (folder_of(window) / "moments").rglob("*") if path.is_file()}
    end_epochs(window, 1, 2, 3)
    done: list[int] = []
    epochs.progressed.connect(lambda images, _: done.append(images) or (epochs.cancel() if images else None))  # type: ignore[func-returns-value]
    epochs.start()
    Person(window).until(lambda: not epochs.running, "the end")
    assert done and len(epochs.results) < 3 and epochs.missing
    latest = session.weights.latest
    assert latest is not None
    assert all(torch.equal(before[name], tensor) for name, tensor in latest.tensors.items())
    assert torch.equal(generator, torch.get_rng_state())
    assert files == {path: path.read_bytes() for path in files}
    assert not list(folder_of(window).rglob("*.part"))
