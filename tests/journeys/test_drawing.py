"""A network is trained for a moment, a 7 is drawn, by mouse and by keyboard alone, and the network says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.panels.sample.state import best_of
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

Key, Held, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
SEVEN = ((70, 60), (205, 60), (120, 230))
"""The corners of a 7, on a sheet of 280 pixels."""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """With a network that has learned digits in 150 batches, paused."""
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
    recipe = Recipe("adam", 0.002, batch_size=100, precision="float32", epochs=1)
    application = Application(make_qt())
    window = application.open_window(Project(network, arrange(network), recipe))
    window.resize(1280, 720)
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(150)
    person.until(lambda: session.status.step >= 150 and session.status.state is State.PAUSED, "the training", 240)
    yield window
    window.leave()
    application.deleteLater()


def answered(window: MainWindow) -> int | None:
    """The class that the place names for the drawing on screen."""
    answer = window.sample.bars.answer()
    return None if answer is None else best_of(answer)


def test_a_seven_drawn_by_mouse_is_named_and_its_maps_are_shown(window: MainWindow) -> None:
    person, panel = Person(window), window.sample
    person.shortcut("draw")
    surface = panel.drawing.surface
    assert surface.hasFocus() and panel.says() == "nothing drawn: no answer"
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.blank, "the blank sample")
    assert window.bridge.shown is not None and window.bridge.shown.answer(NetworkOutput()) is None

    QTest.mousePress(surface, LEFT, pos=surface.place(SEVEN[0]).toPoint())
    QTest.mouseMove(surface, surface.place(SEVEN[1]).toPoint())
    person.until(lambda: answered(window) is not None, "an answer while the stroke is drawn")
    QTest.mouseMove(surface, surface.place(SEVEN[2]).toPoint())
    QTest.mouseRelease(surface, LEFT, pos=surface.place(SEVEN[2]).toPoint())
    sample = panel.sample()
    assert sample is not None
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is sample, "the drawn 7")
    shown = window.bridge.shown
    assert shown is not None and answered(window) == 7
    seen = shown.by_node(MapsOf)["input"].values[0]
    assert np.allclose(seen, (sample.image[0] / 255 - 0.1307) / 0.3081, atol=1e-4)
    before = window.editor.project
    QTest.keyClick(surface, Key.Key_Z, Held.ControlModifier)
    assert surface.drawing.empty and window.editor.project is before
    assert window.editor.undo_stack.count() == 0


def test_a_seven_by_keyboard_alone(window: MainWindow) -> None:
    person = Person(window)

    def press(key: Qt.Key, times: int = 1, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
        for _ in range(times):
            target = QApplication.focusWidget()
            assert target is not None
            QTest.keyClick(target, key, held)
            QApplication.processEvents()

    window.activateWindow()
    window.canvas.setFocus()
    press(Key.Key_D, held=Held.ControlModifier | Held.ShiftModifier)
    assert window.sample.drawing.surface.hasFocus()
    press(Key.Key_Up, 8)
    press(Key.Key_Left, 7)
    press(Key.Key_Space)
    press(Key.Key_Right, 13)
    for _ in range(8):
        press(Key.Key_Down, 2)
        press(Key.Key_Left)
    press(Key.Key_Space)
    state = window.bridge.session.status.state
    person.until(lambda: answered(window) == 7, "the answer")
    assert state is State.PAUSED
    press(Key.Key_Delete)
    assert answered(window) is None
    press(Key.Key_Z, held=Held.ControlModifier)
    person.until(lambda: answered(window) == 7, "the answer again")
