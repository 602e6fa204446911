"""The list of problems: rows that select and fix, kept while their problems stay, many of them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.document.sentences import fix_label, problem_sentence
from cnnviz.gui.panels.problems.panel import ProblemsPanel
from cnnviz.gui.run.loss_watch import Course
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.problem_row import ProblemRow
from cnnviz.gui.widgets.problem_rows import PAGE_ROWS
from cnnviz.network.layers import KINDS, Dense
from cnnviz.project import edits
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection


def broken(editor: ProjectEditor) -> None:
    """A kernel that does not fit."""
    editor.apply("break", edits.set_parameter(editor.project, "conv2", "kernel_size", (99, 99)))


def test_warnings_of_the_network_are_not_told_as_if_they_were_what_is_wrong_with_the_run(
    qtbot: QtBot, editor: ProjectEditor, selection: Selection
) -> None:
    panel = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    dense = editor.project.network.of_kind(Dense)[-1]
    editor.apply("warn", edits.add_after(editor.project, dense, Dense(10))[0])
    assert panel.text() == "1 warning: this network can be trained."
    panel.set_course(Course.TOO_HIGH)
    assert panel.text() == "1 warning in the network, but the loss is too high."


def test_the_list_of_problems_selects_and_fixes(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> None:
    panel = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.text() == "0 problems: this network can be trained."
    panel.show_status(Status(State.FAILED))
    assert panel.text() == "0 problems in the network, but this run failed."
    panel.show_status(Status(State.UNTRAINED))
    editor.apply("break", edits.set_parameter(editor.project, "pool2", "padding", (2, 2)))
    assert panel.text() == "1 error: this network cannot be trained yet."
    (row,) = panel.problems.rows
    assert row.sentence.text() == problem_sentence(editor.report.problems[0])
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert selection.nodes == {"pool2"} and selection.current == "pool2"
    editor.finish_trials()
    label = fix_label(editor.report.problems[0].fixes[0])
    row.buttons[0].click()
    assert editor.undo_stack.undoText() == label and editor.report.trainable
    assert panel.problems.rows == []


def test_many_problems_come_one_after_the_other_in_their_order(
    qtbot: QtBot, editor: ProjectEditor, selection: Selection
) -> None:
    panel = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.show()
    project = editor.project
    for _ in range(40):
        project, _ = edits.add_layer(project, KINDS["ReLU"]())
    editor.apply("many", project)
    assert 0 < len(panel.problems.rows) < 10
    qtbot.waitUntil(lambda: len(panel.problems.rows) == 40)
    assert tuple(row.problem for row in panel.problems.rows) == editor.report.problems
    qtbot.waitUntil(lambda: (tops := [row.y() for row in panel.problems.rows]) == sorted(set(tops)))
    middle = panel.problems.rows[20].problem.node
    assert middle is not None
    editor.apply("one less", edits.remove(editor.project, [middle]))
    assert len(panel.problems.rows) == 39
    editor.undo()
    qtbot.waitUntil(lambda: len(panel.problems.rows) == 40)
    assert tuple(row.problem for row in panel.problems.rows) == editor.report.problems
    QTest.keyClick(panel.problems.rows[19], Qt.Key.Key_Down)
    assert panel.problems.rows[20].hasFocus()


def test_rows_of_problems_that_stay_are_kept(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> None:
    panel = ProblemsPanel(editor, selection, LIGHT)
    qtbot.addWidget(panel)
    broken(editor)
    (row,) = panel.problems.rows
    project, _ = edits.add_layer(editor.project, Dense(3))
    editor.apply("add", project)
    assert len(panel.problems.rows) == 2 and row in panel.problems.rows


def test_of_hundreds_of_problems_the_first_are_shown_and_the_others_when_asked_for(
    qtbot: QtBot, editor: ProjectEditor, selection: Selection
) -> None:
    panel = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.show()
    project = editor.project
    for _ in range(2 * PAGE_ROWS + 7):
        project, _ = edits.add_layer(project, KINDS["ReLU"]())
    editor.apply("many", project)
    qtbot.waitUntil(lambda: len(panel.problems.rows) == PAGE_ROWS)
    assert panel.problems.more.isVisible() and str(PAGE_ROWS + 7) in panel.problems.more.text()
    assert len(panel.problems.findChildren(ProblemRow)) == PAGE_ROWS
    panel.problems.rows[-1].setFocus()
    QTest.keyClick(panel.problems.rows[-1], Qt.Key.Key_Down)
    QTest.keyClick(panel.problems.more, Qt.Key.Key_Space)
    assert panel.problems.rows[PAGE_ROWS].hasFocus()
    qtbot.waitUntil(lambda: len(panel.problems.rows) == 2 * PAGE_ROWS)
    panel.problems.more.click()
    qtbot.waitUntil(lambda: len(panel.problems.rows) == 2 * PAGE_ROWS + 7)
    assert tuple(row.problem for row in panel.problems.rows) == editor.report.problems
    assert not panel.problems.more.isVisible()
    editor.undo()
    assert panel.problems.rows == []
    editor.redo()
    qtbot.waitUntil(lambda: len(panel.problems.rows) == PAGE_ROWS)
    assert panel.problems.more.isVisible()


def test_a_button_stands_beside_the_sentence_where_there_is_room_and_else_below_it(
    qtbot: QtBot, editor: ProjectEditor, selection: Selection
) -> None:
    panel = ProblemsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.resize(700, 200)
    panel.show()
    editor.apply("break", edits.set_parameter(editor.project, "pool2", "padding", (2, 2)))
    editor.finish_trials()
    row = panel.problems.rows[0]
    qtbot.waitUntil(lambda: bool(row.buttons) and row.buttons[0].isVisible())

    def places() -> tuple[int, int]:
        """Where the button begins from the left, and below the upper edge of the sentence."""
        at = row.buttons[0].mapTo(row, row.buttons[0].rect().topLeft())
        return at.x(), at.y() - row.sentence.y()

    qtbot.waitUntil(lambda: places()[0] > row.sentence.geometry().right())
    assert places()[1] < row.sentence.height()
    panel.resize(300, 400)
    qtbot.waitUntil(lambda: places()[1] >= row.sentence.height())
    assert places()[0] < row.sentence.geometry().right()
