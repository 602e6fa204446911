"""A sweep from the dialog to the best trial: filled in, run beside the window, followed, and looked into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from small_images import small_images
from sweep_kit import add, study_at

from cnnviz.data.sources.own import describe_path
from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.shell.sweep_dialog import SweepDialog
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.sweeps import beside
from cnnviz.sweeps.storage import sweeps_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

LONG = 120.0
"""Seconds; a process is started, and it trains."""


@pytest.fixture
def application(qtbot: QtBot) -> Iterator[Application]:
    application = Application(make_qt())
    yield application
    for window in list(application.windows):
        window.leave()
    application.deleteLater()


@pytest.fixture
def window(application: Application, tmp_path: Path) -> MainWindow:
    project = TEMPLATES["lenet-5"].project()
    choice = describe_path(small_images(tmp_path)).choice
    choice = replace(choice, validation=100)
    window = application.open_window(replace(project, dataset=choice, recipe=replace(project.recipe, epochs=1)))
    window.resize(1600, 1000)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    return window


def test_from_the_recipe_to_the_run_of_the_best_trial(
    application: Application, window: MainWindow, recording: None
) -> None:
    person = Person(window)
    window.selection.select(["conv1"])
    window.panels.make("recipe")
    QTest.mouseClick(window.recipe.sweep, LEFT)
    dialog = window.findChild(SweepDialog)
    assert dialog is not None
    QTest.mouseClick(dialog.add, LEFT)
    assert dialog.rows.over == ("learning_rate=log:0.0004:0.04", "conv1.out_channels=3,6,12")
    row = dialog.rows.rows[1]
    row.values.setText("2,6,x")
    assert "takes a whole number" in row.complaint and not dialog.start.isEnabled()
    row.values.setText("2,4")
    dialog.trials.set_value(3)
    dialog.name.setText("tiny")
    QTest.mouseClick(dialog.copy, LEFT)
    command = QApplication.clipboard().text()
    assert command == dialog.command.toPlainText() and "--over conv1.out_channels=2,4 --trials 3 --name tiny" in command
    assert beside.project_file("tiny").is_file()
    QTest.mouseClick(dialog.start, LEFT)
    page = window.sweeps.page
    assert page.isVisible() and window.middle.path.parts() == ("Network", "Sweep")
    person.until(lambda: page.end.isVisible(), "the process", LONG)
    person.until(lambda: page.model.rowCount() == 3 and not page.end.isVisible(), "three trials", LONG)
    assert page.trouble.isHidden() and page.summary.text().startswith("3 trials · best ")
    assert [page.sweeps.itemText(at) for at in range(page.sweeps.count())] == ["tiny"]
    assert "complete so far: 3" in page.importance.sentence and not page.importance.shares

    header = page.table.horizontalHeader()
    hidden = [page.model.columns[column].title for column in range(header.count()) if header.isSectionHidden(column)]
    assert header.sortIndicatorSection() == 1 and hidden == ["why"]
    # the best is on top; Enter shows its curves, and its values come into the project
    page.table.selectRow(0)
    best = page.table.chosen()
    assert best is not None and best.number == page.model.best and best.epochs == 1
    assert page.model.data(page.shown.mapToSource(page.shown.index(0, 0))) == f"best · {best.number}"
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    # a trial with another number of filters has a window of its own
    run = Library(runs_folder()).folder(best.run)
    _, looking = application.windows
    Person(looking).until(lambda: looking.bench.past.folder == run, "the run")
    assert looking.run.current() is looking.curves and len(looking.curves.history) > 0
    assert window.bench.past.folder is None
    QTest.mouseClick(page.take, LEFT)
    assert window.editor.project.recipe.learning_rate == best.values["learning_rate"]
    assert window.editor.project.network["conv1"].out_channels == best.values["conv1.out_channels"]  # type: ignore[attr-defined]
    window.editor.undo()
    assert window.editor.project.network["conv1"].out_channels == 6  # type: ignore[attr-defined]


def test_lines_points_and_rows_show_the_same_trial(window: MainWindow) -> None:
    add(study := study_at(str(sweeps_folder() / "sweep.journal"), most=40), 24)
    window.sweeps.open()
    page, person = window.sweeps.page, Person(window)
    person.until(lambda: page.model.rowCount() == 24, "the trials")
    person.until(lambda: bool(page.importance.shares), "what mattered")
    assert {target for target, _ in page.importance.shares} == {"learning_rate", "batch_size", "optimizer"}
    # pointing at a line
    best = page.parallel.place(page.model.best or 0, 3).toPoint()
    QTest.mouseMove(page.parallel, best - QPoint(4, 0))
    assert page.model.pointed is not None and page.reading.text().startswith(f"Trial {page.model.pointed} · ")
    # and at a row
    cell = page.table.visualRect(page.shown.index(1, 0)).center()
    QTest.mouseMove(page.table.viewport(), cell)
    assert page.model.pointed == page.shown.result(1).number
    # a part of an axis: the lower half of the rates
    top, middle = page.parallel.axis_place(0, 0.0), page.parallel.axis_place(0, 0.5)
    QTest.mousePress(page.parallel, LEFT, pos=top)
    QTest.mouseMove(page.parallel, middle)
    QTest.mouseRelease(page.parallel, LEFT, pos=middle)
    shown = [page.shown.result(row) for row in range(page.shown.rowCount())]
    assert 0 < len(shown) < 24 and all(float(each.values["learning_rate"]) <= 0.0101 for each in shown)
    QTest.mouseClick(page.parallel, LEFT, pos=middle)
    assert page.shown.rowCount() == 24
    # a trial that another process adds
    add(study, 1)
    person.until(lambda: page.model.rowCount() == 25, "the next trial")
