"""The class of a tutorial is pasted, gets its weights, and is drawn for, taken apart, trained on and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from cnnviz.data.catalogue import load
from cnnviz.gui.app import Application
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.shell.export_dialog import ExportDialog
from cnnviz.gui.shell.paste_dialog import PasteDialog
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.snapshot import Snapshot

SOURCE = """import torch.nn as nn
import torch.nn.functional as F

class ConvBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.bn = nn.BatchNorm2d(cout)
    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = ConvBlock(1, 4)
        self.block2 = ConvBlock(4, 8)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(8 * 7 * 7, 32)
        self.fc2 = nn.Linear(32, 10)
    def forward(self, x):
        x = self.pool(self.block1(x))
        x = self.pool(self.block2(x))
        x = x.view(-1, 8 * 7 * 7)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)

model = Net()
"""
SEVEN = ((70, 60), (205, 60), (120, 230))
"""The corners of a 7, on a sheet of 280 pixels."""
IMAGES = 600
LONG = 200.0
"""Seconds; another program is started."""


@pytest.fixture
def window(qtbot: QtBot, recording: None, tmp_path: Path) -> Iterator[MainWindow]:
    """A window whose network was trained for a moment on a file of digits."""
    split = load("mnist").train
    names = np.array([str(label) for label in range(10)])
    images, labels = split.images[:IMAGES, 0], split.labels[:IMAGES]
    np.savez(tmp_path / "digits.npz", images=images, labels=labels, class_names=names)
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    window.activateWindow()
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready and window.canvas.hasFocus(), "torch")
    window.data.open(tmp_path / "digits.npz")
    page = window.data.page
    person.until(lambda: page.survey is not None, "the census")
    QTest.mouseClick(page.summary.use, LEFT)
    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    person.shortcut("batch")
    person.until_trained(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "a batch")
    yield window
    window.leave()
    application.deleteLater()


@pytest.fixture
def model(tmp_path: Path) -> Any:
    """The model of the source in torch; its weights are in a file."""
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(SOURCE, names)
    made = names["model"].eval()
    torch.save(made.state_dict(), tmp_path / "weights.pth")
    return made


def answers(window: MainWindow, person: Person, what: str) -> Snapshot:
    """The snapshot of the present sample and network, once it has the network's answer."""

    def answered() -> bool:
        shown = window.bridge.shown
        if shown is None or shown.sample is not window.sample.sample() or not shown.settled:
            return False
        return shown.network == window.editor.project.network and NetworkOutput() in shown.answers

    person.until(answered, what)
    shown = window.bridge.shown
    assert shown is not None
    return shown


def inputs(window: MainWindow, snapshot: Snapshot) -> torch.Tensor:
    """The sample as torch sees it, float32 (1, 1, 28, 28): Input's normalization is done by hand."""
    layer: Any = window.editor.project.network["input"]
    pixels = torch.from_numpy(snapshot.sample.image.copy()).float()[None] / 255
    normalized: torch.Tensor = (pixels - layer.mean[0]) / layer.std[0]
    return normalized


@pytest.mark.usefixtures("warm_program")
def test_from_the_class_of_a_tutorial_to_a_verified_export(window: MainWindow, model: Any, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    paste(window, person)
    import_weights(window, person, tmp_path / "weights.pth")
    draw(window, person, model)
    take_apart(window, person, model)
    person.shortcut("epoch")
    person.until_trained(lambda: session.status.epoch == 1 and session.status.state is State.PAUSED, "the epoch")
    export(window, person, tmp_path / "out")


def paste(window: MainWindow, person: Person) -> None:
    """The blocks of the class are on the canvas, and nothing on screen belongs to the network before."""
    QGuiApplication.clipboard().setText(SOURCE)
    person.shortcut("paste_code")
    (dialog,) = window.findChildren(PasteDialog)
    person.until(dialog.accept_button.isEnabled, "the reading")
    assert dialog.summary().startswith("PyTorch · 14 layers")
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert sorted(block.name for block in window.editor.project.layout.blocks.values()) == ["block1", "block2"]
    person.until(lambda: window.notice.says("pasted"), "the notice")
    assert window.top.play.text() == "Train" and window.bridge.session.status.state is State.UNTRAINED
    assert window.curves.history.as_array().size == 0 and "Curves appear" in window.curves.empty.text()
    answers(window, person, "the answer of the new network")


def import_weights(window: MainWindow, person: Person, path: Path) -> None:
    dialog = window.importing.open(path)
    person.until(dialog.accept_button.isEnabled, "the preview")
    assert dialog.headline.text() == "18 of 18 tensors fit"
    QTest.mouseClick(dialog.accept_button, LEFT)
    person.until(lambda: window.notice.says("imported"), "the notice about the weights")
    assert not window.notice.says("pasted") and not window.notice.says("kept")


def draw(window: MainWindow, person: Person, model: Any) -> None:
    """What the window answers to a drawn 7 is what torch answers."""
    person.shortcut("draw")
    surface = window.sample.drawing.surface
    points = [surface.place(corner).toPoint() for corner in SEVEN]
    QTest.mousePress(surface, LEFT, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(surface, point)
    QTest.mouseRelease(surface, LEFT, pos=points[-1])
    snapshot = answers(window, person, "the answer to the drawing")
    said = snapshot.answer(NetworkOutput())
    assert said is not None
    with torch.inference_mode():
        expected = model(inputs(window, snapshot)).exp()[0].numpy()
    assert said.probabilities == pytest.approx(expected, abs=1e-5)


def take_apart(window: MainWindow, person: Person, model: Any) -> None:
    """A value in the microscope is the one that torch computes; the Maps tab reads the same place."""
    scope, maps = window.panel(Microscope), window.panel(MapsPanel)
    person.click_node("block1_conv")
    window.show_panel("maps")
    person.until(lambda: maps.shown_maps() is not None, "the maps")
    centre = maps.grid.centre(2)
    assert centre is not None
    QTest.mouseClick(maps.grid.viewport(), LEFT, pos=centre.toPoint())
    person.until(lambda: scope.value() is not None, "the value")
    QTest.mouseMove(window.canvas, window.canvas.rect().center())
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(scope, key)
    place = scope.place
    assert place is not None and maps.grid.held == (2, place.row, place.column)
    snapshot = window.bridge.shown
    assert snapshot is not None and snapshot.answer(ValuesOf("block1_conv")) is not None
    with torch.inference_mode():
        output = model.block1.conv(inputs(window, snapshot))[0]
    value = scope.value()
    assert value is not None
    assert value.value == pytest.approx(float(output[place.channel, place.row, place.column]), abs=1e-5)
    QTest.keyClick(scope, Qt.Key.Key_Escape)


def export(window: MainWindow, person: Person, folder: Path) -> None:
    person.shortcut("export")
    dialog = window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    dialog.set_folder(folder)
    for name, box in dialog.formats.items():
        box.setChecked(name == "onnx")
    QTest.mouseClick(dialog.export, LEFT)
    person.until(lambda: not window.bench.exporting.running, "the export", LONG)
    (row,) = dialog.results
    assert row.said.text().startswith("Verified: onnxruntime") and row.said.property("role") == "good"
    assert "largest difference of a logit" in row.said.text()
    assert (folder / row.file.text()).is_file()
