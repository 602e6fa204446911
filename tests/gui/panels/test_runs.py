"""The Runs tab: what was recorded is listed, looked at, named, opened, deleted and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.runs.model import COLUMNS, NAME, NOTES
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def trained(window: MainWindow, batches: int) -> RunsPanel:
    """Train so many batches and show the runs once that one is listed."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: batches in window.bench.past.steps, "the recorded moment")
    panel = window.panel(RunsPanel)
    window.show_panel("runs")
    panel.reload()
    person.until(lambda: any(run.numbers.steps == batches for run in panel.model.runs), "the list")
    return panel


def cell(panel: RunsPanel, title: str) -> str:
    column = next(number for number, one in enumerate(COLUMNS) if one.title == title)
    return str(panel.model.index(0, column, QModelIndex()).data())


def test_a_run_is_listed_and_looked_at_in_another_window(
    application: Application, window: MainWindow, recording: None
) -> None:
    panel = trained(window, 3)
    assert (cell(panel, "steps"), cell(panel, "test"), cell(panel, "name")) == ("3", "", window.document.name)
    run = panel.model.runs[0]
    other = application.open_window(window.editor.project)
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    runs = other.panel(RunsPanel)
    other.show_panel("runs")
    person.until(lambda: runs.model.runs, "the list")
    assert not runs.look.isEnabled()
    runs.choose(run.id)
    QTest.mouseClick(runs.look, Qt.MouseButton.LeftButton)
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 3, "its last moment")
    assert other.places.middle.past.text() == "PAST · step 3 of a recorded run" and other.curves.isVisible()
    assert len(other.curves.history) == 3 and set(other.bench.past.steps) >= {0, 3}
    other.bench.past.now()
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 0, "the present")
    assert len(other.curves.history) == 0


def test_a_run_is_named_opened_deleted_and_brought_back(
    application: Application, window: MainWindow, recording: None
) -> None:
    panel, person = trained(window, 2), Person(window)
    run = panel.model.runs[0]
    panel.model.setData(panel.model.index(0, NAME, QModelIndex()), "first try")
    person.until(lambda: panel.model.runs[0].name == "first try", "the name")
    panel.model.setData(panel.model.index(0, NOTES, QModelIndex()), "rate 0.1")
    person.until(lambda: panel.model.runs[0].notes == "rate 0.1", "the notes")
    panel.choose(run.id)
    before = list(application.windows)
    QTest.mouseClick(panel.open, Qt.MouseButton.LeftButton)
    (opened,) = [one for one in application.windows if one not in before]
    assert opened.editor.project.network == window.editor.project.network
    QTest.mouseClick(panel.delete, Qt.MouseButton.LeftButton)
    assert not panel.model.runs and not Library(runs_folder()).runs() and panel.restore.isVisible()
    QTest.mouseClick(panel.restore, Qt.MouseButton.LeftButton)
    person.until(lambda: panel.model.runs, "the run")
    assert panel.model.runs[0].name == "first try" and panel.restore.isHidden()


def test_a_run_that_was_deleted_elsewhere_is_said(window: MainWindow, recording: None) -> None:
    panel = trained(window, 2)
    run = panel.model.runs[0]
    panel.choose(run.id)
    Library(runs_folder()).delete(run.id)
    QTest.mouseClick(panel.look, Qt.MouseButton.LeftButton)
    assert "There is no recorded run" in window.notice.text() and window.bench.past.step is None
