"""Two runs are trained and noted, the past is looked at, a third run goes on from it; after a restart all is there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.app import Application
from cnnviz.gui.panels.compare.panel import ComparePanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.past_bar import PastBar
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
SEVEN = ((70, 60), (205, 60), (120, 230))
"""The corners of a 7, on a sheet of 280 pixels."""

pytestmark = pytest.mark.usefixtures("recording", "asks_about_trainings")


@pytest.fixture
def application(qtbot: QtBot) -> Iterator[Application]:
    import_module("torch")
    application = Application(make_qt())
    yield application
    for window in list(application.windows):
        window.leave()
    application.deleteLater()


def train(window: MainWindow, batches: int) -> None:
    """Train so many more, and wait until they are recorded."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    person.until(lambda: step in window.bench.past.steps, "the recorded moment")


def note(window: MainWindow, run: str, name: str, notes: str) -> None:
    """Write name and notes of a run into its row of the table."""
    panel, person = window.panel(RunsPanel), Person(window)
    person.until(lambda: run in [one.id for one in panel.model.runs], "the row")
    for title, text in (("name", name), ("notes", notes)):
        row = [one.id for one in panel.model.runs].index(run)
        column = next(
            number
            for number in range(panel.model.columnCount())
            if panel.model.headerData(number, Qt.Orientation.Horizontal) == title
        )
        panel.model.setData(panel.model.index(row, column, QModelIndex()), text, Qt.ItemDataRole.EditRole)
    assert _written(run) == (name, notes)


def _written(run: str) -> tuple[str, str]:
    found = next(one for one in Library(runs_folder()).runs() if one.id == run)
    return found.name, found.notes


def test_the_past_of_a_training(application: Application, tmp_path: Path) -> None:
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    person, session, past = Person(window), window.bridge.session, window.bench.past
    path = tmp_path / "journey.cnnviz"
    # two runs with two rates
    train(window, 12)
    person.set_recipe("learning_rate", "0.05")
    person.shortcut("start_over")
    person.until(lambda: session.status.run == 2 and session.status.ready, "the second run")
    train(window, 8)
    recorder = window.bridge.recorder
    assert recorder is not None
    first, second = (recorder.folders[number].name for number in (1, 2))
    # they are noted
    window.show_panel("runs")
    note(window, first, "usual rate", "a good beginning")
    note(window, second, "high rate", "it jumps")
    # and compared: what differs in their projects is said, and each has its own loss
    runs_panel = window.panel(RunsPanel)
    runs_panel.choose(first, second)
    runs_panel.actions_by_id["compare"].trigger()
    compare = window.panel(ComparePanel)
    person.until(lambda: compare.isVisible() and all(side.loaded for side in compare.sides), "both sides")
    person.until(lambda: "learning rate" in compare.results.differences.text(), "what differs")
    results = {title: (a, b) for title, a, b in compare.results.texts()}
    assert sorted(results["step"]) == ["12", "8"] and results["parameters"][0] == results["parameters"][1]
    # back to the first weights, where a digit is drawn
    window.show_panel("curves")
    timeline = window.curves.timeline
    person.until(lambda: timeline.isVisible() and timeline.state.steps == past.steps, "the dots")
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 0, "step 0")
    person.shortcut("draw")
    surface = window.sample.drawing.surface
    QTest.mousePress(surface, LEFT, pos=surface.place(SEVEN[0]).toPoint())
    for corner in SEVEN[1:]:
        QTest.mouseMove(surface, surface.place(corner).toPoint())
    QTest.mouseRelease(surface, LEFT, pos=surface.place(SEVEN[-1]).toPoint())
    drawn = window.sample.sample()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is drawn, "the drawn 7")
    shown = window.bridge.shown
    assert shown is not None and shown.moment is not None
    assert shown.step == 0 and past.step == 0 and shown.by_node(MapsOf)
    trained = weights(recorder.folders[2], 0)[1]
    assert all(torch.equal(shown.moment.tensors[name], tensor) for name, tensor in trained.items())
    # a new run from another moment of the first run
    person.shortcut("back_to_run")
    person.until(lambda: session.status.run == 1, "the first run")
    person.until(lambda: 12 in past.steps and past.step is None, "its moments")
    past.go_to(4)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 4, "step 4")
    bar = next(child for child in window.top.children() if isinstance(child, PastBar))
    QTest.mouseClick(bar.new_run, LEFT)
    person.until(lambda: (session.status.run, session.status.step) == (3, 4), "the third run")
    train(window, 3)
    latest = session.weights.latest
    assert latest is not None and latest.step == 7
    # closed without a question, and opened again
    assert window.document.save_to(path)
    project = window.editor.project
    assert window.close()
    again = application._open(path)
    again.resize(1280, 720)
    person, session = Person(again), again.bridge.session
    person.until(lambda: session.status.step == 7 and session.status.state is State.PAUSED, "the third run")
    now = session.weights.latest
    assert now is not None and all(torch.equal(now.tensors[name], tensor) for name, tensor in latest.tensors.items())
    assert again.editor.project == project and not again.document.unsaved
    again.show_panel("runs")
    panel = again.panel(RunsPanel)
    person.until(lambda: len(panel.model.runs) == 3, "the runs")
    runs = {run.title: run for run in panel.model.runs}
    assert runs["usual rate"].notes == "a good beginning" and runs["high rate"].notes == "it jumps"
    assert {run.numbers.steps for run in runs.values()} == {12, 8, 7}
    (third,) = (run for run in panel.model.runs if run.facts.parent)
    assert (third.facts.parent, third.facts.parent_step) == (first, 4)
    person.until(lambda: len(again.curves.history) == 7, "the curves")
