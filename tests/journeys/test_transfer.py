"""A trained network gets other images: its trained layers are kept, and a new last layer is trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from torch import Tensor

    from cnnviz.gui.main_window import MainWindow

KEPT = {"conv1", "norm1", "conv2", "norm2", "conv3", "norm3"}


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    window.activateWindow()
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    train(window, person, 4)
    yield window
    window.leave()
    application.deleteLater()


def train(window: MainWindow, person: Person, count: int) -> None:
    session = window.bridge.session
    step, run = session.status.step, session.status.run
    session.batches(count)
    person.until_trained(lambda: session.status.run > run or session.status.step == step + count, f"{count} batches")
    person.until(lambda: window.notices._status.step == step + count, "the notices")


def weights(window: MainWindow) -> dict[str, Tensor]:
    found = window.bridge.session.weights.latest
    assert found is not None
    return {name: tensor.clone() for name, tensor in found.tensors.items()}


def use_letters(window: MainWindow, person: Person, folder: Path) -> None:
    """Drop a file of images of three letters on the window, and fit the network to it."""
    generator = np.random.default_rng(3)
    images, labels = generator.integers(0, 256, (300, 28, 28), np.uint8), np.arange(300) % 3
    np.savez(folder / "letters.npz", images=images, labels=labels, class_names=np.array(["a", "b", "c"]))
    window.data.open(folder / "letters.npz")
    page = window.data.page
    person.until(lambda: page.survey is not None, "the census")
    QTest.mouseClick(page.summary.use, LEFT)
    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    person.until(window.notice.buttons, "the notice")


def press(window: MainWindow, label: str) -> None:
    """Press the button of the notice that begins with a text."""
    button = next(each for each in window.notice.buttons() if each.text().startswith(label))
    QTest.mouseClick(button, LEFT)


def test_a_new_last_layer_is_trained_on_what_was_learned(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    before = weights(window)
    assert not window.actions_by_id["train_new"].isEnabled()
    use_letters(window, person, tmp_path)
    assert "The images have changed" in window.notice.text() and "fc1 would start new" in window.notice.text()
    assert [button.text() for button in window.notice.buttons()] == [
        "Keep the weights, train only fc1", "Keep the weights, train all", "Train from scratch", "Undo the change",
    ]  # fmt: skip
    assert window.actions_by_id["train_new"].isEnabled()
    press(window, "Keep the weights, train only fc1")
    person.until_trained(lambda: session.status.run == 2 and session.status.step > 2, "a new run")
    person.until(lambda: "learned before" in window.notice.text(), "the notice")
    assert window.editor.project.network.frozen == KEPT and session.standing.project == window.editor.project
    assert "with what was learned before: conv1" in window.notice.text()
    session.pause()
    person.until(lambda: session.status.state in (State.PAUSED, State.FINISHED), "a pause")
    after = weights(window)
    assert after["fc1.weight"].shape[0] == 3
    for name, tensor in before.items():
        if name.partition(".")[0] in KEPT:
            assert torch.equal(tensor, after[name]), name
    # the locks are taken off again while it trains, by one undo
    window.editor.undo()
    assert not window.editor.project.network.frozen
    person.until(lambda: not session.standing.project.network.frozen, "free layers")
    assert session.status.run == 2


def test_all_of_it_is_trained_from_what_was_learned(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    use_letters(window, person, tmp_path)
    press(window, "Keep the weights, train all")
    person.until_trained(lambda: session.status.run == 2 and session.status.step > 1, "a new run")
    assert not window.editor.project.network.frozen
    # the run before, with its images and all of its layers, is there to go back to
    person.until(lambda: any(button.text() == "Back to it" for button in window.notice.buttons()), "the way back")
    press(window, "Back to it")
    person.until(lambda: session.status.run == 1, "the run before")
    person.until(lambda: window.editor.project.dataset.name == "mnist", "its project")


def test_another_last_layer_goes_on_in_the_same_run(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    project, name = edits.add_after(window.editor.project, "flatten", window.editor.project.network["fc1"])
    window.editor.apply("one more", project)
    person.until(window.notice.buttons, "the notice")
    labels = [button.text() for button in window.notice.buttons()]
    assert labels[0].startswith("Continue with the change") and f"train only {name}" in labels[1]
    step = session.status.step
    press(window, "Keep the weights, train only")
    person.until_trained(lambda: session.status.run == 1 and session.status.step > step, "the same run")
    assert window.editor.project.network.frozen >= KEPT and name not in window.editor.project.network.frozen


def test_a_frozen_layer_that_starts_new_is_named(window: MainWindow) -> None:
    person = Person(window)
    window.editor.apply("freeze", edits.freeze(window.editor.project, ["conv2"]))
    person.until(lambda: window.bridge.session.standing.project.network.frozen == {"conv2"}, "the lock")
    assert not window.notice.buttons()
    window.editor.apply("wider", edits.set_parameter(window.editor.project, "conv2", "out_channels", 12))
    person.until(window.notice.buttons, "the notice")
    assert "Frozen, so it would stay untrained: conv2." in window.notice.text()
