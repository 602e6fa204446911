"""From the worst cell of the confusion matrix to the arithmetic of a mistake, and back to where it was right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.inspection.adversarial.attack import Attack
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Products
from cnnviz.inspection.studies.explaining import explain
from cnnviz.inspection.studies.explanation import Asked
from cnnviz.inspection.studies.fooling import fool
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import weights
from cnnviz.training.channels import State
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.snapshot import Snapshot

Key, Held = Qt.Key, Qt.KeyboardModifier

BATCHES = 200

pytestmark = pytest.mark.usefixtures("recording")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1600, 1000)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    yield window
    window.leave()
    application.deleteLater()


def press(key: Qt.Key, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    """Press a key, wherever the keyboard is."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, key, held)
    QApplication.processEvents()


def shown(window: MainWindow) -> Snapshot:
    snapshot = window.bridge.shown
    assert snapshot is not None
    return snapshot


def said(snapshot: Snapshot) -> int:
    """The class that the network says."""
    prediction = snapshot.answer(NetworkOutput())
    assert prediction is not None
    return int(prediction.logits.argmax())


def train_until_most_are_right(window: MainWindow, person: Person) -> None:
    session = window.bridge.session
    session.batches(BATCHES)
    person.until_trained(
        lambda: session.status.state is State.PAUSED and session.status.step == BATCHES, "the training", 240
    )
    person.until(lambda: BATCHES in window.bench.past.steps, "the last recorded moment")


def choose_the_surest_mistake(window: MainWindow, person: Person) -> tuple[Sample, int]:
    """The sure mistake of the worst cell becomes the sample; returns it, and what the network takes it for."""
    person.shortcut("panel_mistakes")
    panel, study = window.panel(MistakesPanel), window.bench.predicting
    step = window.bridge.session.status.step
    person.until(lambda: study.latest is not None and study.latest.step == step, "the predictions")
    assert study.latest is not None
    cell = study.latest.worst_cell()
    assert cell is not None
    QTest.mouseClick(panel.matrix, LEFT, pos=panel.matrix.cell_rect(*cell).center().toPoint())
    spot = panel.gallery.visualRect(panel.gallery.images.index(0)).center()
    QTest.mouseClick(panel.gallery.viewport(), LEFT, pos=spot)
    sample = window.sample.sample()
    assert sample is not None and sample.label == cell[0]
    assert sample.index == int(study.latest.of_cell(*cell)[0])
    person.until(lambda: shown(window).sample is sample and shown(window).settled, "the mistake in all places")
    assert said(shown(window)) == cell[1]
    return sample, cell[1]


def compare_both_classes(window: MainWindow, person: Person, sample: Sample, taken_for: int) -> None:
    """The pixels that moved what it says, beside those that moved the label."""
    person.shortcut("why")
    body = window.sample.why.body()
    person.until(lambda: all(picture.values() is not None for picture in body.pictures), "both explanations")
    assert body.targets() == (taken_for, sample.label)
    assert "not a reason" in body.note.text()
    moment = shown(window).moment
    assert moment is not None
    for target, picture in zip(body.targets(), body.pictures, strict=True):
        expected = explain(moment, sample, Asked("integrated_gradients", target), lambda: False)
        assert expected is not None and picture.values() == pytest.approx(expected.values, abs=1e-5)


def fool_it(window: MainWindow, person: Person, sample: Sample) -> None:
    """The smallest change that makes the network say another class, seen in all places, and back."""
    before = said(shown(window))
    person.shortcut("fool")
    body = window.sample.fool.body()
    person.until(lambda: body.change.values() is not None and body.use.isEnabled(), "the adversarial image")
    moment = shown(window).moment
    assert moment is not None
    expected = fool(moment, sample, Attack(), lambda: False)
    pixels = body.image.pixels()
    assert expected is not None and expected.fooled and pixels is not None
    assert np.array_equal(pixels, expected.image[0])
    QTest.mouseClick(body.use, LEFT)
    person.until(lambda: np.array_equal(shown(window).sample.image, expected.image), "the changed image in all places")
    person.until(lambda: shown(window).answer(NetworkOutput()) is not None, "the answer")
    assert said(shown(window)) == expected.said != before
    QTest.mouseClick(body.use, LEFT)
    person.until(lambda: shown(window).sample is sample and shown(window).settled, "the original in all places")
    person.shortcut("fool")


def open_the_map_that_decided(window: MainWindow, person: Person, taken_for: int) -> int:
    """From the logit along the largest terms to a map of the last convolution; returns its number."""
    scope = window.panel(Microscope)
    window.canvas.setFocus()
    person.click_node("fc1")
    press(Key.Key_Return, Held.ControlModifier)
    person.until(lambda: scope.place is not None and scope.page() is not None, "a logit")
    while scope.place is not None and scope.place.channel != taken_for:
        before = scope.place.channel
        press(Key.Key_Right if before < taken_for else Key.Key_Left)
        assert scope.place.channel != before
        person.until(lambda: scope.page() is not None, "the next logit")
    while (place := scope.place) is not None and place.node != "conv3":
        press(Key.Key_Return)
        assert scope.place != place
        person.until(lambda: scope.page() is not None, "the value that it comes from")
    assert place is not None
    return place.channel


def see_what_excites_it(window: MainWindow, person: Person, channel: int) -> None:
    """The validation images with the largest values of the map."""
    window.show_panel("excites")
    panel = window.panel(ExcitesPanel)
    person.until(lambda: panel.study.latest is not None and panel.study.latest.node == "conv3", "what excites it")
    # the map that is open in the microscope
    assert panel.channel == channel and panel.tiles.shown
    moment, images = shown(window).moment, panel.study.images
    assert moment is not None and images is not None
    module = build_with(moment.network, moment.shapes, moment.tensors)
    strongest = panel.tiles.shown[0].image
    with torch.inference_mode():
        x = torch.from_numpy(np.array(images.images)).float() / 255
        parts = [x[start : start + 250] for start in range(0, len(x), 250)]
        maps = [module(part, ["conv3"])[1]["conv3"][:, channel] for part in parts]
    largest = torch.cat(maps).amax((1, 2))
    assert float(largest[strongest]) == pytest.approx(float(largest.max()), rel=1e-4)


def take_its_arithmetic_apart(window: MainWindow, person: Person) -> None:
    """The products sum to the value."""
    scope = window.panel(Microscope)
    person.until(lambda: "products" in scope.text(), "the products")
    place, known = scope.place, shown(window).answer(ValuesOf("conv3"))
    assert place is not None and known is not None
    value = known.at(place)
    assert value is not None and isinstance(value.arithmetic, Products)
    assert value.value == known.output[place.channel, place.row, place.column]
    values, weighing = value.arithmetic.factors
    total = float(np.sum(values.astype(np.float64) * weighing)) + (value.arithmetic.bias or 0.0)
    assert total == pytest.approx(value.value, rel=1e-4, abs=1e-4)
    lines = scope.sheet.table.lines()
    written = lines[f"conv3[{place.channel}, {place.row}, {place.column}]"].replace("−", "-")
    assert float(written) == pytest.approx(value.value, rel=1e-2, abs=1e-2)


def answered_in_the_past(window: MainWindow) -> bool:
    """Whether the window shows the network's answer at the moment of the past that was asked for."""
    snapshot = shown(window)
    recorded = snapshot.moment is not None and snapshot.moment.recorded
    return recorded and snapshot.step == window.bench.past.step and snapshot.answer(NetworkOutput()) is not None


def scrub_to_where_it_was_right(window: MainWindow, person: Person, sample: Sample) -> None:
    """Back along the recorded moments to the last one at which the answer was right, or to the start of the run."""
    past, recorder = window.bench.past, window.bridge.recorder
    assert recorder is not None
    folder = recorder.folders[window.bridge.session.status.run]
    right = []
    for step in past.steps:
        project, tensors = weights(folder, step)
        module = build_with(project.network, infer(project.network), tensors)
        with torch.inference_mode():
            logits = module(torch.from_numpy(np.array(sample.image)).float()[None] / 255)[0]
        if int(logits.argmax()) == sample.label:
            right.append(step)
    wanted = right[-1] if right else past.steps[0]
    window.show_panel("curves")
    timeline = window.curves.timeline
    person.until(lambda: timeline.isVisible() and timeline.state.steps == past.steps, "the dots")
    timeline.setFocus()
    while past.step != wanted:
        before = past.step
        QTest.keyClick(timeline, Key.Key_Left)
        assert past.step is not None and past.step != before
        person.until(partial(answered_in_the_past, window), "the moment before")
        assert past.step == wanted or said(shown(window)) != sample.label
    snapshot = shown(window)
    assert snapshot.step == past.step == wanted and snapshot.sample is sample
    assert (said(snapshot) == sample.label) == bool(right)


def test_a_mistake_is_followed_to_its_arithmetic_and_to_where_it_was_right(window: MainWindow) -> None:
    person = Person(window)
    train_until_most_are_right(window, person)
    sample, taken_for = choose_the_surest_mistake(window, person)
    compare_both_classes(window, person, sample, taken_for)
    fool_it(window, person, sample)
    channel = open_the_map_that_decided(window, person, taken_for)
    see_what_excites_it(window, person, channel)
    take_its_arithmetic_apart(window, person)
    scrub_to_where_it_was_right(window, person, sample)
