"""A network that somebody trained in PyTorch is imported, looked at, tested, draws on, and trained on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.data.catalogue import load
from cnnviz.gui.app import Application
from cnnviz.gui.panels.sample.state import best_of
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import Evaluation, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.data.catalogue import Split
    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
SEVEN = ((70, 60), (205, 60), (120, 230))
"""The corners of a 7, on a sheet of 280 pixels."""


class Net(nn.Module):
    """A network as a tutorial has it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, stride=2)
        self.second = nn.Conv2d(16, 32, 3, stride=2)
        self.out = nn.Linear(32 * 6 * 6, 10)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, 28, 28) -> (N, 10)."""
        x = functional.relu(self.first(x))
        x = functional.relu(self.second(x))
        logits: Tensor = self.out(x.flatten(1))
        return logits


def images_of(split: Split) -> Tensor:
    """float32 (N, 1, 28, 28), normalized as Input does."""
    return (torch.from_numpy(split.images.copy()).float() / 255 - 0.1307) / 0.3081


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A checkpoint of a short training, and its accuracy on the test images."""
    torch.manual_seed(0)
    data, net = load("mnist"), Net()
    images, labels = images_of(data.train)[:20_000], torch.from_numpy(data.train.labels.copy())[:20_000]
    optimizer = torch.optim.Adam(net.parameters(), 0.002)
    for start in range(0, len(images), 100):
        optimizer.zero_grad()
        functional.cross_entropy(net(images[start : start + 100]), labels[start : start + 100]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.inference_mode():
        right = net(images_of(data.test)).argmax(1) == torch.from_numpy(data.test.labels.copy())
    path = tmp_path_factory.mktemp("elsewhere") / "net.pth"
    torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1}, path)
    return path, right.float().mean().item()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    import_module("torch")
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(16, (3, 3), stride=(2, 2))),
        ("relu1", ReLU()),
        ("conv2", Conv2d(32, (3, 3), stride=(2, 2))),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    recipe = Recipe("adam", 0.001, batch_size=1000, precision="float32", epochs=2)
    application = Application(make_qt())
    window = application.open_window(Project(network, arrange(network), recipe))
    window.resize(1280, 720)
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    yield window
    window.leave()
    application.deleteLater()


@pytest.mark.usefixtures("recording")
def test_a_network_of_pytorch_is_imported_tested_drawn_on_and_trained_on(
    window: MainWindow, trained: tuple[Path, float]
) -> None:
    path, accuracy = trained
    person, session = Person(window), window.bridge.session
    dialog = window.importing.open(path)
    person.until(dialog.accept_button.isEnabled, "the preview")
    assert dialog.headline.text() == "6 of 6 tensors fit"
    QTest.mouseClick(dialog.accept_button, LEFT)
    person.until(lambda: session.status.begun, "the imported weights")

    # a 7 is drawn
    person.shortcut("draw")
    surface = window.sample.drawing.surface
    points = [surface.place(corner).toPoint() for corner in SEVEN]
    QTest.mousePress(surface, LEFT, pos=points[0])
    QTest.mouseMove(surface, points[1])
    QTest.mouseMove(surface, points[2])
    QTest.mouseRelease(surface, LEFT, pos=points[2])

    def answered() -> int | None:
        answer = window.sample.bars.answer()
        return None if answer is None else best_of(answer)

    person.until(lambda: answered() == 7, "the 7 is named")

    # it is tested as it came
    person.shortcut("stop")
    person.until(lambda: session.status.state is State.FINISHED, "the test")
    tested = [each for each in session.metrics.read()[0] if isinstance(each, Evaluation) and each.split == "test"]
    assert tested[-1].accuracy == pytest.approx(accuracy, abs=2e-4)
    assert tested[-1].step == 0

    # and trained on for an epoch
    person.shortcut("epoch")
    person.until(lambda: session.status.epoch == 1 and session.status.state is State.PAUSED, "the epoch", 240)
    evaluated = [each for each in session.metrics.read()[0] if isinstance(each, Evaluation)]
    assert evaluated[-1].accuracy > 0.9
    assert session.status.source == "net.pth"
