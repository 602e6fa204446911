"""Sweeps in a window: what the dialog refuses, what is said without Optuna, and the question when the window closes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from sweep_kit import study_at, under_way

from cnnviz.gui.document.sentences import about
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.run.sweep_plan import Plan
from cnnviz.gui.shell.sweep_dialog import SweepDialog
from cnnviz.network.graph import remove
from cnnviz.project import edits
from cnnviz.sweeps import beside
from cnnviz.sweeps.results import Result
from cnnviz.sweeps.storage import sweeps_folder
from cnnviz.training.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def dialog(window: MainWindow) -> SweepDialog:
    Person(window).shortcut("sweep_settings")
    found = window.findChild(SweepDialog)
    assert isinstance(found, SweepDialog)
    return found


def press(dialog: QMessageBox, text: str) -> None:
    """Click a button of a question."""
    (button,) = (each for each in dialog.buttons() if each.text().replace("&", "") == text)
    QTest.mouseClick(button, LEFT)


@contextmanager
def answering(*answers: str) -> Iterator[list[str]]:
    """Press one button after the other, each while its question is on screen; yields the questions."""
    seen: list[str] = []
    timer = QTimer()

    def look() -> None:
        question = QApplication.activeModalWidget()
        if isinstance(question, QMessageBox) and len(seen) < len(answers):
            seen.append(question.text())
            press(question, answers[len(seen) - 1])

    timer.timeout.connect(look)
    timer.start(10)
    yield seen
    timer.stop()
    assert len(seen) == len(answers)


def test_a_row_says_what_is_wrong_with_it(dialog: SweepDialog) -> None:
    assert dialog.start.isEnabled() and dialog.copy.isEnabled()
    (first,) = dialog.rows.rows
    first.low.setText("1")
    assert "is no range that can be tried" in first.complaint and not dialog.start.isEnabled()
    first.kind.setCurrentIndex(first.kind.findData("values"))
    first.values.setText("0.1, 0.01")
    assert not first.complaint and dialog.rows.over == ("learning_rate=0.1, 0.01",)
    second = dialog.rows.add("learning_rate")
    assert "Another row" in second.complaint and not dialog.start.isEnabled()
    second.target.setCurrentIndex(second.target.findData("optimizer"))
    assert second.over == "optimizer=sgd,adam,adamw,rmsprop,adagrad" and dialog.start.isEnabled()
    for row in (first, second):
        QTest.mouseClick(row.remove, LEFT)
    assert not dialog.rows.rows and not dialog.start.isEnabled() and not dialog.copy.isEnabled()


def test_a_complaint_moves_nothing(window: MainWindow, dialog: SweepDialog) -> None:
    QTest.mouseClick(dialog.add, LEFT)
    first, second = dialog.rows.rows
    person = Person(window)
    person.until(lambda: dialog._area.height() == dialog._area.inside.sizeHint().height(), "the height of two rows")
    parts = (first, second, dialog.add, dialog.name, dialog.command, dialog.start)

    def places() -> list[QRect]:
        QApplication.processEvents()
        return [QRect(part.mapTo(dialog, QPoint()), part.size()) for part in parts]

    before = places()
    first.low.setText("200")
    assert "is no range" in dialog.hindrance.text() and dialog.hindrance.isVisible() and places() == before
    assert first.low.property("invalid") and not second.values.property("invalid")
    assert dialog.hindrance.height() >= dialog.hindrance.heightForWidth(dialog.hindrance.width())
    first.low.setText("0.001")
    assert not dialog.hindrance.text() and not first.low.property("invalid") and places() == before
    dialog.name.setText("a/b")
    assert "has letters" in dialog.hindrance.text() and places() == before
    study_at(None, "mine")
    dialog.name.setText("mine")
    assert dialog.remark.isVisible() and not dialog.hindrance.isVisible() and places() == before


def test_the_dialog_is_as_high_as_its_rows(window: MainWindow, dialog: SweepDialog) -> None:
    area = dialog._area
    held = area.inside
    person = Person(window)
    person.until(lambda: area.height() == held.sizeHint().height(), "the height of its row")
    low = dialog.height()
    QTest.mouseClick(dialog.add, LEFT)
    assert dialog.height() > low
    person.until(lambda: area.height() == held.sizeHint().height(), "the height of two rows")
    for _ in range(20):
        QTest.mouseClick(dialog.add, LEFT)
    assert dialog.height() <= 560


def test_the_dialog_says_how_long_the_sweep_takes(
    window: MainWindow, dialog: SweepDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window.forecast, "seconds", lambda project, _: Estimate(50.0, 70.0) * project.recipe.epochs)
    dialog.trials.set_value(20)
    dialog.epochs.set_value(3)
    dialog.epochs.edited.emit(3)
    assert about(Estimate(3000.0, 4200.0)) in dialog.about.text()
    monkeypatch.setattr(window.forecast, "seconds", lambda _project, _report: None)
    dialog.trials.edited.emit(20)
    assert dialog.about.text().endswith("better trials.")


def test_names_that_cannot_be_or_are_taken(dialog: SweepDialog) -> None:
    assert dialog.plan.name == "sweep" and dialog.remark.isHidden()
    dialog.name.setText("a/b")
    assert "has letters" in dialog.hindrance.text() and not dialog.start.isEnabled() and not dialog.copy.isEnabled()
    study_at(None, "mine")
    dialog.name.setText("mine")
    assert "it goes on" in dialog.remark.text() and dialog.start.isEnabled()


def test_a_sweep_is_kept_in_another_storage(
    window: MainWindow, dialog: SweepDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_at(None, "mine")
    dialog.name.setText("mine")
    for wrong, why in (
        ("nothing://me:secret@host/sweeps", "that is not the URL of a database, such as postgresql://"),
        ("postgresql:host", "that is neither a file nor the URL of a database"),
        ("postgresql://host:port/name", "that is not the URL of a database"),
        (str(tmp_path), "that is a folder, and a sweep is kept in a file"),
    ):
        dialog.storage.setText(wrong)
        assert why in dialog.hindrance.text() and "secret" not in dialog.hindrance.text()
        assert not dialog.start.isEnabled()
    monkeypatch.chdir(tmp_path)
    dialog.storage.setText("shared.journal")
    where = str(tmp_path / "shared.journal")
    # the sweep of that name on this machine is another one
    assert dialog.start.isEnabled() and dialog.remark.isHidden()
    assert f"--storage {where} --name mine" in dialog.command.toPlainText()
    commands: list[list[str]] = []

    class Process:
        pid = 1

        def __init__(self, command: list[str], **_: object) -> None:
            commands.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr("cnnviz.gui.run.sweeping.subprocess.Popen", Process)
    study_at(where, "mine")
    QTest.mouseClick(dialog.start, LEFT)
    assert commands[0][-4:] == ["--storage", where, "--name", "mine"]
    page = window.sweeps.page
    person = Person(window)
    person.until(lambda: page._watch.state.snapshot is not None, "the sweep")
    assert (page._watch.storage, page._watch.state.process) == (where, "mine")
    # the note is about that sweep only
    assert not beside.noted_as(str(sweeps_folder() / "mine.sqlite"), "mine")
    assert not beside.noted_as(where, "other")


def test_the_dialog_follows_the_project(window: MainWindow, dialog: SweepDialog) -> None:
    dialog.rows.add("conv1.out_channels")
    project = window.editor.project
    window.editor.apply("Rate", replace(project, recipe=replace(project.recipe, epochs=7)))
    assert "--epochs" in dialog.command.toPlainText()
    dialog.epochs.set_value(7)
    window.editor.apply("Remove", edits.use_network(project, remove(project.network, ["conv1"]), ()))
    assert "has no layer “conv1”" in dialog.rows.rows[1].complaint and not dialog.start.isEnabled()


def test_a_network_that_cannot_be_trained_is_not_swept(window: MainWindow) -> None:
    project = window.editor.project
    window.editor.apply("Remove", edits.use_network(project, remove(project.network, ["conv1"]), ()))
    window.sweeps.ask()
    dialog = window.findChild(SweepDialog)
    assert isinstance(dialog, SweepDialog)
    assert dialog.hindrance.text() and not dialog.start.isEnabled()


def test_without_optuna_dialog_and_page_name_the_command(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    study_at(None)
    monkeypatch.setitem(sys.modules, "optuna", None)
    window.sweeps.ask()
    dialog = window.findChild(SweepDialog)
    assert isinstance(dialog, SweepDialog)
    assert "pip install optuna" in dialog.hindrance.text()
    assert not dialog.start.isEnabled() and dialog.copy.isEnabled()
    dialog.close()
    Person(window).shortcut("sweeps")
    page = window.sweeps.page
    Person(window).until(lambda: not page.trouble.isHidden(), "the sentence")
    assert "pip install optuna" in page.trouble.text()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert window.middle.on_canvas


def test_closing_asks_about_a_sweep_that_was_started_here(window: MainWindow) -> None:
    assert window.may_close()
    plan = Plan("lenet-5", "long", ("learning_rate=log:1e-4:1",), 1000)
    assert window.bench.sweeping.start(plan, window.editor.project)
    window.sweeps.ask()
    dialog = window.findChild(SweepDialog)
    assert isinstance(dialog, SweepDialog)
    dialog.name.setText("long")
    assert "runs already" in dialog.hindrance.text()
    dialog.close()
    with answering("Cancel", "Let it go on", "End it") as seen:
        assert not window.may_close()
        assert window.may_close() and beside.running("long")
        assert window.may_close()
    assert seen == ["The sweep “long” still runs."] * 3
    person = Person(window)
    person.until(lambda: not beside.running("long"), "the end of the process")
    assert window.may_close()
    # its command is known
    page = window.sweeps.page
    page.goOnAsked.emit("long")
    assert beside.running("long") and page.isVisible()
    page.endAsked.emit("long")
    person.until(lambda: not beside.running("long"), "the end of the process")


def test_a_process_that_ends_with_an_error_says_why(window: MainWindow) -> None:
    window.sweeps.ask()
    plan = Plan("lenet-5", "wrong", ("rate=5",), 1)
    assert window.bench.sweeping.start(plan, window.editor.project)
    page = window.sweeps.page
    assert page.isVisible() and page.trouble.isHidden()
    Person(window).until(lambda: not page.trouble.isHidden(), "the sentence")
    assert page.trouble.text().startswith("The process of this sweep has ended: ")
    assert "“rate” is no setting of the recipe" in page.trouble.text()


def test_values_of_another_network_are_not_taken(window: MainWindow) -> None:
    said: list[str] = []
    window.bench.requests.message.connect(said.append)
    page, project = window.sweeps.page, window.editor.project
    page.taken.emit(Result(3, "complete", 0.9, {"conv9.out_channels": 8}))
    page.taken.emit(Result(3, "complete", 0.9, {"learning_rate": 1e9}))
    assert "has no layer “conv9”" in said[0] and "The learning rate must be from" in said[1]
    assert window.editor.project is project


def test_a_trial_under_way_has_no_run_yet(window: MainWindow) -> None:
    under_way(study_at(str(sweeps_folder() / "sweep.journal")))
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    beside.note("sweep", process.pid, ["sweep", "fast"])
    said: list[str] = []
    window.bench.requests.message.connect(said.append)
    window.sweeps.open()
    page = window.sweeps.page
    Person(window).until(lambda: page.model.rowCount() == 1, "the trial")
    assert page.summary.text() == "0 of 20 trials · 1 under way" and not page.look.isEnabled()
    assert page.go_on.isVisible() and not page.end.isVisible()
    page.table.selectRow(0)
    QTest.mouseClick(page.look, LEFT)
    assert "still trained" in said[-1]
