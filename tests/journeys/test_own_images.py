"""A folder of colour pictures is dropped on the window, looked at, used with one click, and trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from folders_of_pictures import coloured
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.sources import registry
from cnnviz.gui.app import Application
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.network.layers import Input
from cnnviz.project.file import read
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.kernels.panel import KernelsPanel

NAMES = ("Kätzchen", "犬", "bird")


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


def drop(window: MainWindow, path: Path) -> None:
    """Drag a path over the canvas and drop it on the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    viewport = window.canvas.viewport()
    enter = QDragEnterEvent(viewport.rect().center(), actions, data, buttons, keys)
    QApplication.sendEvent(viewport, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(window.rect().center()), actions, data, buttons, keys)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()


def test_from_a_dropped_folder_to_kernels_and_maps_in_colour(window: MainWindow, tmp_path: Path) -> None:
    person = Person(window)
    folder = coloured(tmp_path / "pets", NAMES, sides=(32, 32))
    (folder / "bird" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    drop(window, folder)
    person.until(lambda: window.panels.is_made("data"), "the data page")
    page, before = window.data.page, window.editor.project
    person.until(lambda: page.survey is not None, "the census")
    look_at_the_page(window, person)
    assert registry.names() == ["pets"] and window.editor.project is before

    QTest.mouseClick(page.summary.use, LEFT)
    project = window.editor.project
    assert window.editor.report.trainable and window.editor.undo_stack.count() == 1
    assert window.editor.report.nodes["input"].output == (3, 32, 32)
    assert project.dataset.own is not None and project.dataset.own.classes == ("bird", "Kätzchen", "犬")
    assert window.top.dataset.text() == "pets"
    assert not page.summary.use.isVisible() and "images of the network" in page.summary.said.text()
    window.editor.undo()
    assert window.editor.project == before and page.summary.use.isVisible()
    window.editor.redo()
    assert window.editor.project == project

    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    assert window.canvas.isVisible() and window.canvas.hasFocus()
    train(window, person)
    see_colours(window, person)
    window.document.save_to(tmp_path / "pets.cnnviz")
    assert read(tmp_path / "pets.cnnviz").project == project


def look_at_the_page(window: MainWindow, person: Person) -> None:
    """Everything that the page says of the folder is true."""
    page = window.data.page
    summary = page.summary
    assert page.isVisible() and not window.canvas.isVisible()
    rows = summary.classes.classes.rows
    assert [row.name for row in rows] == ["bird", "Kätzchen", "犬"]
    assert [row.train + row.validation + row.test for row in rows] == [20, 20, 20]
    assert "torn.png" in summary.troubles.item(0).text()
    assert "1×28×28 → 3×32×32" in summary.said.text() and "10 → 3" in summary.said.text()
    person.until(lambda: not page.previewing.running, "the pictures of each way to fit")
    assert all(not button.icon().isNull() for button in summary.options.fits.values())
    assert summary.options.sizes.text() == "The pictures have 32 × 32 pixels"


def train(window: MainWindow, person: Person) -> None:
    session = window.bridge.session
    person.until(lambda: session.status.state is not State.STARTING, "the images")
    person.shortcut("batch")
    person.until_trained(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "a batch")
    session.batches(5)
    person.until_trained(lambda: session.status.step == 6 and session.status.state is State.PAUSED, "five more")


def see_colours(window: MainWindow, person: Person) -> None:
    """Kernels have a slice for each colour, the sample is coloured, and the input has three maps."""
    window.selection.select(["conv1"])
    window.show_panel("kernels")
    kernels = cast("KernelsPanel", window.panels["kernels"])

    def coloured_kernels() -> bool:
        weights = kernels.shown_weights()
        return weights is not None and weights.shape[1] == 3

    person.until(coloured_kernels, "the kernels")
    window.selection.select(["input"])
    window.show_panel("maps")

    maps = window.panel(MapsPanel)

    def input_maps() -> bool:
        values, snapshot = maps.shown_maps(), window.bridge.shown
        there = values is not None and values.shape == (3, 32, 32)
        return there and snapshot is not None and snapshot.step == 6 and snapshot.sample.image.shape == (3, 32, 32)

    person.until(input_maps, "the maps of the input")
    shown, values, layer = window.bridge.shown, maps.shown_maps(), window.editor.project.network["input"]
    assert shown is not None and isinstance(layer, Input)
    mean, std = (np.array(numbers)[:, None, None] for numbers in (layer.mean, layer.std))
    assert values == pytest.approx((shown.sample.image / 255 - mean) / std, abs=1e-4)
    # the names of the classes are longer than digits: label and answer have a row each
    said = window.sample.answer.says
    assert said.rows == 2 and said.shown_text() == said.text()
    assert "label " in said.text() and "predicts " in said.text()
