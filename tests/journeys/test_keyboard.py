"""A residual block built, trained, grouped and taken back with nothing but the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.gui.widgets.fields import PairField, SwitchField
from cnnviz.network.graph import Edge, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.file import to_json
from cnnviz.project.project import Project
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

Key, Held = Qt.Key, Qt.KeyboardModifier
STEM = "relu1"
BLOCK = ("conv2", "norm1", "relu2", "conv3", "norm2", "add1", "relu3")


def small() -> Project:
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(4, (4, 4), (4, 4))),
        (STEM, ReLU()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    return Project(network, arrange(network))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(small())
    window.resize(1600, 1000)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    yield window
    window.editor.open(window.document._stored)
    window.close()
    application.deleteLater()


def press(*keys: Qt.Key | str, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    """Press keys, or type a text, wherever the keyboard is."""
    for key in keys:
        target = QApplication.focusWidget()
        assert target is not None
        if isinstance(key, str):
            QTest.keyClicks(target, key, held)
        else:
            QTest.keyClick(target, key, held)
        QApplication.processEvents()


def add(window: MainWindow, kind: str) -> None:
    press("/", kind, Key.Key_Return)
    assert window.canvas.hasFocus()


def add_convolution(window: MainWindow, channels: int) -> None:
    """One without a bias that keeps height and width: its settings are reached by Enter and left by Esc."""
    add(window, "conv2d")
    press(Key.Key_Return)
    press(Key.Key_A, held=Held.ControlModifier)
    press(str(channels))
    form = window.panel(SettingsPanel).form
    padding, bias = form.field("padding"), form.field("bias")
    assert isinstance(padding, PairField) and isinstance(bias, SwitchField)
    for wanted in (padding.same_button, bias.box):
        while QApplication.focusWidget() is not wanted:
            press(Key.Key_Tab)
        press(Key.Key_Space)
    press(Key.Key_Escape)
    assert window.canvas.hasFocus()


def test_a_residual_block_by_keyboard_alone(window: MainWindow) -> None:
    person, editor, selection = Person(window), window.editor, window.selection
    first = to_json(editor.project)
    press(Key.Key_1, held=Held.ControlModifier)
    while selection.current != STEM:
        press(Key.Key_Right)
    for joint in ("relu", "add"):
        add_convolution(window, 4)
        add(window, "batchnorm")
        add(window, joint)
    add(window, "relu")
    assert [problem.code for problem in editor.report.problems] == ["single_input"]

    while selection.current != STEM:
        press(Key.Key_Left)
    press("c", Key.Key_Return)
    network = editor.project.network
    assert not editor.report.problems
    assert network.order[3:10] == BLOCK
    assert network.inputs["add1"] == ("norm2", STEM)
    assert network.edges >= {Edge("add1", "relu3"), Edge("relu3", "flatten"), Edge(STEM, "conv2")}
    assert network["conv2"] == network["conv3"] == Conv2d(4, padding="same", bias=False)

    session = window.bridge.session
    person.until(lambda: session.standing.project.network == network, "the session")
    for step in (1, 2, 3):
        press(".")
        person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "a batch")  # noqa: B023

    while selection.current != BLOCK[0]:
        press(Key.Key_Right)
    while selection.current != BLOCK[-1]:
        press(Key.Key_Right, held=Held.ShiftModifier)
    assert selection.nodes == set(BLOCK)
    press(Key.Key_G, held=Held.ControlModifier)
    press("residual", Key.Key_Return)
    (block,) = editor.project.layout.blocks.values()
    assert (block.name, block.members, block.folded) == ("residual", frozenset(BLOCK), False)
    press(Key.Key_Return)
    assert window.canvas.block_item(block.id).title() == "residual"
    press(Key.Key_Return)
    assert window.canvas.block_frame(block.id).name == "residual"
    assert session.status.step == 3 and editor.project.network is network

    last = to_json(editor.project)
    steps = editor.undo_stack.count()
    for _ in range(steps):
        press(Key.Key_Z, held=Held.ControlModifier)
    assert to_json(editor.project) == first and not editor.undo_stack.canUndo()
    for _ in range(steps):
        press(Key.Key_Z, held=Held.ControlModifier | Held.ShiftModifier)
    assert to_json(editor.project) == last
