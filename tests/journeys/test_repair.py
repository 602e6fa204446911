"""A network with six planted mistakes, repaired with nothing but the buttons of its problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.network.check import check
from cnnviz.network.layers import Conv2d, Dense, MaxPool2d, Output, ReLU
from cnnviz.project import edits
from cnnviz.project.file import to_json
from cnnviz.project.project import Project
from cnnviz.training.channels import State
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.widgets.problem_row import FixButton

MISTAKES = {"no_input", "kernel_too_large", "pool_padding", "needs_flat", "output_classes", "activation_at_end"}


def botched() -> Project:
    """No Input, a kernel larger than what it gets, a pool with too much padding, no Flatten, 7 classes, a last ReLU."""
    project = Project()
    for layer in (
        Conv2d(8),
        ReLU(),
        Conv2d(16, kernel_size=(40, 40)),
        MaxPool2d(kernel_size=(2, 2), padding=(2, 2)),
        Dense(7),
        ReLU(),
        Output(),
    ):
        last = project.network.order[-1] if project.network.nodes else None
        project, name = edits.add_layer(project, layer)
        if last is not None:
            project = edits.connect(project, last, name)
    return project


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(botched())
    window.resize(1600, 1000)
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    yield window
    window.editor.open(window.document._stored)
    window.close()
    application.deleteLater()


def first_button(window: MainWindow) -> FixButton:
    """The first remedy of the first problem that has one, scrolled into view."""
    # what was said last is laid out and drawn before anybody can point at it
    Person(window).stay(0.1)
    button = next(button for row in window.problems.problems.rows for button in row.buttons)
    window.problems.findChildren(QScrollArea)[0].ensureWidgetVisible(button)
    return button


def test_six_mistakes_are_repaired_by_their_buttons_alone(window: MainWindow) -> None:
    person, editor, canvas = Person(window), window.editor, window.canvas
    person.shortcut("build")
    before = to_json(editor.project)
    assert not window.actions_by_id["play"].isEnabled()
    met: set[str] = set()
    steps = 0
    while editor.report.problems:
        met |= {problem.code for problem in editor.report.problems}
        shown, steps = editor.project, steps + 1
        assert steps <= len(MISTAKES), "more fixes than mistakes"
        items = canvas.items_shown()
        button = first_button(window)
        if steps % 2:
            QTest.mouseMove(button, QPoint(2, 2))
            QTest.mouseMove(button, button.rect().center())
        else:
            button.setFocus(Qt.FocusReason.TabFocusReason)
        person.until(lambda: canvas.previewed, "the preview")
        expected = edits.apply_fix(shown, button.fix)
        after = check(expected.network, facts_for(expected)).nodes
        for name, item in canvas.previewed.items():
            assert (item.layer, item.report.output) == (expected.network[name], after[name].output)
        assert editor.project is shown and editor.undo_stack.index() == steps - 1
        assert canvas.items_shown() == items

        if steps % 2:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(button, Qt.Key.Key_Return)
        assert editor.project == expected and editor.undo_stack.index() == steps
        # the pointer or the focus may stand on the next remedy by now
        window.canvas.setFocus()
        QTest.mouseMove(canvas.viewport(), QPoint(5, 5))
        person.until(lambda: not canvas.previewed, "the end of the preview")
    # a layer without an Input before it has nothing to work on; that goes with the Input
    assert met == MISTAKES | {"input_missing"}
    assert steps == len(MISTAKES)

    assert editor.report.trainable and window.actions_by_id["play"].isEnabled()
    person.until(lambda: window.bridge.session.standing.project.network == editor.project.network, "the session")
    person.shortcut("batch")
    status = window.bridge.session
    person.until(lambda: status.status.step == 1 and status.status.state is State.PAUSED, "a batch of the repaired one")

    repaired = to_json(editor.project)
    while editor.undo_stack.canUndo():
        person.shortcut("undo")
    assert to_json(editor.project) == before
    while editor.undo_stack.canRedo():
        person.shortcut("redo")
    assert to_json(editor.project) == repaired
