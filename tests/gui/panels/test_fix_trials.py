"""Fixes are tried after an edit is painted, and all of them arrive; until they do, nothing jumps and nothing is clicked
that does not help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.after_painting import AfterPainting
from cnnviz.gui.document import fixing
from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.document.fix_trials import AFTER_MILLISECONDS
from cnnviz.gui.panels.problems.panel import ProblemsPanel
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.settled_window import NESTED_LAYOUTS
from cnnviz.network import fixes, trial
from cnnviz.network.check import check
from cnnviz.network.layers import ReLU
from cnnviz.network.report import Facts
from cnnviz.project import edits

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.selection import Selection
    from cnnviz.network.graph import Network
    from cnnviz.network.problems import Edit
    from cnnviz.project.project import Project

MNIST = Facts((1, 28, 28), 10)


@pytest.fixture
def panel(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> ProblemsPanel:
    made = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(made)
    made.resize(700, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def broken(editor: ProjectEditor) -> Project:
    """A convolution that is too large, and a layer that is not connected."""
    project = edits.set_parameter(editor.project, "conv2", "kernel_size", (99, 99))
    return edits.add_layer(project, ReLU())[0]


def tried(editor: ProjectEditor) -> bool:
    return not editor.trials.under_way


def test_fixes_of_the_first_project_wait_for_whoever_shows_it(qtbot: QtBot, editor: ProjectEditor) -> None:
    first = ProjectEditor(broken(editor), MNIST)
    told: list[object] = []
    first.trials.tried.connect(told.append)
    later = AfterPainting(AFTER_MILLISECONDS, first)

    with qtbot.waitSignal(later.due):
        later.start()
    assert not told and first.trials.under_way

    first.trials.start()
    qtbot.waitUntil(lambda: tried(first))
    assert told


def test_an_edit_tries_no_fix_and_all_arrive_afterwards(
    qtbot: QtBot, editor: ProjectEditor, panel: ProblemsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[object] = []

    def counted(network: Network, edit: Edit) -> Network:
        applied.append(edit)
        return fixes.applied(network, edit)

    monkeypatch.setattr("cnnviz.network.trial.applied", counted)
    editor.apply("break", broken(editor))
    wanted = check(editor.project.network, MNIST).problems
    applied.clear()
    editor.undo()
    editor.redo()
    assert [row.sentence.text() != "" for row in panel.problems.rows] == [True] * len(wanted)
    assert not applied and all(problem.untried for problem in editor.report.problems)
    qtbot.waitUntil(lambda: tried(editor))
    assert applied and editor.report.problems == wanted
    labels = [[fix.label() for fix in problem.fixes] for problem in wanted]
    assert [[button.accessibleName() for button in row.buttons] for row in panel.problems.rows] == [
        [label.replace("kernel_size", "kernel size") for label in one] for one in labels
    ]


def test_rows_keep_the_place_for_buttons_that_are_to_come(
    qtbot: QtBot, editor: ProjectEditor, panel: ProblemsPanel
) -> None:
    editor.apply("break", broken(editor))
    rows = list(panel.problems.rows)

    def places() -> list[QRect]:
        """As the window lays them out before it paints."""
        for _ in range(NESTED_LAYOUTS):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        return [row.geometry() for row in rows]

    before = places()
    qtbot.waitUntil(lambda: tried(editor) and all(button.isVisible() for row in rows for button in row.buttons))
    assert panel.problems.rows == rows and all(row.buttons for row in rows)
    assert places() == before


def test_fixes_that_mended_a_problem_before_stay_while_they_are_tried_again(
    qtbot: QtBot, editor: ProjectEditor, panel: ProblemsPanel
) -> None:
    editor.apply("break", broken(editor))
    qtbot.waitUntil(lambda: tried(editor))
    buttons = [row.buttons for row in panel.problems.rows]
    labels = [button.text() for button in buttons[0]]
    editor.apply("add", edits.add_layer(editor.project, ReLU())[0])
    assert editor.report.errors[0].untried
    assert [row.buttons for row in panel.problems.rows][: len(buttons)] == buttons
    assert [button.text() for button in buttons[0]] == labels
    qtbot.waitUntil(lambda: tried(editor))
    assert [row.buttons for row in panel.problems.rows][: len(buttons)] == buttons


def test_a_fix_that_no_longer_helps_is_refused_with_a_sentence(editor: ProjectEditor) -> None:
    project = edits.set_parameter(editor.project, "conv2", "kernel_size", (15, 15))
    editor.apply("break", edits.set_parameter(project, "pool2", "kernel_size", (1, 1)))
    editor.finish_trials()
    padding = next(fix for fix in editor.report.errors[0].fixes if "padding" in fix.label())
    # with so little padding nothing is left for a larger pooling
    editor.apply("larger", edits.set_parameter(editor.project, "pool2", "kernel_size", (4, 4)))
    project = editor.project
    assert padding in editor.report.errors[0].fixes
    assert fixing.apply(editor, padding) == "“Set padding 1” would not help any more."
    assert editor.project is project and padding not in editor.report.errors[0].fixes


def test_a_button_that_comes_to_stand_for_another_fix_while_it_is_pressed_does_nothing(
    editor: ProjectEditor, panel: ProblemsPanel
) -> None:
    editor.apply("break", broken(editor))
    editor.finish_trials()
    project = editor.project
    button, other = panel.problems.rows[0].buttons[0], panel.problems.rows[1].buttons[0]
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    button.show_fix(other.fix)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert editor.project is project
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert editor.project is not project


def test_problems_beyond_the_budget_are_tried_when_their_layer_is_chosen(
    qtbot: QtBot, editor: ProjectEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "NODE_BUDGET", 0)
    editor.apply("break", broken(editor))
    qtbot.waitUntil(lambda: tried(editor))
    assert not any(problem.fixes for problem in editor.report.errors)
    editor.try_first("conv2")
    qtbot.waitUntil(lambda: tried(editor))
    assert len(editor.report.errors[0].fixes) == 2
