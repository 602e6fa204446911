"""The Runs tab: what was recorded is listed, looked at, named, opened, deleted and brought back."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from runs_table_kit import cell, names

from cnnviz.files import shown
from cnnviz.gui.panels.runs.columns import NAME, NOTES
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.runs.archive import SUFFIX
from cnnviz.runs.folder import FACTS, FORMAT, VERSION
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import RECORD, runs_folder
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def panel(runs_panel: RunsPanel) -> RunsPanel:
    return runs_panel


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


def test_a_run_is_listed_and_looked_at_in_another_window(
    application: Application, window: MainWindow, recording: None
) -> None:
    panel = trained(window, 3)
    run = panel.model.runs[0]
    name = f"{window.document.name} · {datetime.fromtimestamp(run.facts.created):%H:%M:%S}"
    assert (cell(panel, "steps"), cell(panel, "test"), cell(panel, "name")) == ("3", "", f"{name} (present run)")
    recipe = window.editor.project.recipe
    assert cell(panel, "recipe") == f"AdamW · {recipe.learning_rate:g}" and cell(panel, "from") == ""
    other = application.open_window(window.editor.project)
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    runs = other.panel(RunsPanel)
    other.show_panel("runs")
    person.until(lambda: runs.model.runs, "the list")
    assert not runs.buttons["look"].isEnabled()
    # it is the present run of the first window only
    assert cell(runs, "name") == name
    runs.choose(run.id)
    runs.actions_by_id["look"].trigger()
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 3, "its last moment")
    assert other.places.middle.past.text() == f"PAST · step 3 of “{run.title}”" and other.curves.isVisible()
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
    panel.actions_by_id["open"].trigger()
    (opened,) = [one for one in application.windows if one not in before]
    assert opened.editor.project.network == window.editor.project.network
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not panel.model.runs and not Library(runs_folder()).runs() and panel.search.restore.isVisible()
    QTest.mouseClick(panel.search.restore, Qt.MouseButton.LeftButton)
    person.until(lambda: panel.model.runs, "the run")
    assert panel.model.runs[0].name == "first try" and panel.search.restore.isHidden()


def test_a_run_that_was_deleted_elsewhere_is_said(window: MainWindow, recording: None) -> None:
    panel = trained(window, 2)
    run = panel.model.runs[0]
    panel.choose(run.id)
    Library(runs_folder()).delete(run.id)
    panel.actions_by_id["look"].trigger()
    assert "There is no recorded run" in window.notice.text() and window.bench.past.step is None


def test_the_recipe_of_a_run_that_did_not_note_it_is_read_from_its_project(window: MainWindow, recording: None) -> None:
    panel = trained(window, 2)
    folder = runs_folder() / panel.model.runs[0].id
    noted = summarize(folder).facts
    raw = json.loads((folder / FACTS).read_text())
    old = {name: value for name, value in raw["facts"].items() if name not in ("optimizer", "learning_rate")}
    (folder / FACTS).write_text(json.dumps({"format": FORMAT, "version": VERSION, "facts": old}))
    assert noted.optimizer == "adamw" and summarize(folder).facts == noted


def test_the_table_does_not_move_when_a_run_is_deleted(panel: RunsPanel) -> None:
    panel.resize(900, 300)
    QApplication.processEvents()
    before = panel.table.geometry()
    panel.choose("20260101-000001-aaaaaaaa")
    panel.delete()
    QApplication.processEvents()
    assert panel.search.restore.isVisible() and panel.table.geometry() == before


def test_several_runs_are_deleted_and_brought_back_together_by_keys(panel: RunsPanel, qtbot: QtBot) -> None:
    QTest.keyClick(panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.chosen()) == 3 and not panel.buttons["look"].isEnabled()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not panel.model.runs and not Library(runs_folder()).runs()
    # the table is away where there is no run, the button is there
    restore = panel.search.restore
    assert restore.isVisible() and restore.text() == "Bring back 3 runs" and "with dropout" in restore.toolTip()
    QTest.mouseClick(restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 3)
    # what is back is selected
    assert len(panel.chosen()) == 3
    panel.choose("20260101-000001-aaaaaaaa")
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert len(panel.model.runs) == 2 and restore.text() == "Bring back “with dropout”"
    QTest.keyClick(panel.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 3)
    assert [run.title for run in panel.chosen()] == ["with dropout"]
    assert len(Library(runs_folder()).runs()) == 3


def test_a_run_is_renamed_by_key_while_the_selection_stays(panel: RunsPanel, qtbot: QtBot) -> None:
    run = panel.found.run(0).id
    panel.choose(run)
    panel.actions_by_id["rename"].trigger()
    editor = panel.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "a deep run")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "a deep run" in names(panel))
    assert [each.id for each in panel.chosen()] == [run]


def test_a_folder_that_comes_or_goes_elsewhere_is_followed(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.choose(panel.model.runs[1].id)
    kept = panel.chosen()
    shutil.rmtree(runs_folder() / panel.model.runs[0].id)
    panel.reload()
    qtbot.waitUntil(lambda: len(panel.model.runs) == 2)
    assert panel.chosen() == kept


def test_no_mistakes_are_shown_of_a_run_whose_folder_is_gone(panel: RunsPanel, qtbot: QtBot) -> None:
    asked: list[str] = []
    panel.looked.connect(lambda _, shown: asked.append(shown))
    panel.choose(panel.model.runs[0].id)
    panel.see_mistakes()
    assert asked == ["mistakes"]
    shutil.rmtree(runs_folder() / panel.model.runs[0].id)
    with qtbot.waitSignal(panel.failed):
        panel.see_mistakes()
    assert asked == ["mistakes"]


def test_the_folder_is_shown_in_the_file_manager(panel: RunsPanel) -> None:
    shown: list[str] = []

    class Manager(QObject):
        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            shown.append(url.toLocalFile())

    manager = Manager()
    QDesktopServices.setUrlHandler("file", manager, "open")  # type: ignore[arg-type]
    try:
        panel.choose(panel.found.run(0).id)
        panel.actions_by_id["folder"].trigger()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert shown == [str(runs_folder() / panel.found.run(0).id)]


def dropped(panel: RunsPanel, *paths: Path) -> None:
    """Drop files on the panel."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), copy, data, left, plain)
    QApplication.sendEvent(panel, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(panel, QDropEvent(QPointF(5, 5), copy, data, left, plain))


def test_a_run_is_written_as_an_archive_and_comes_back_where_it_is_dropped(
    panel: RunsPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    run = panel.model.runs[1]
    path = tmp_path / f"one{SUFFIX}"
    said: list[str] = []
    panel.message.connect(said.append)
    panel.archives.write(Library(runs_folder()).folder(run.id), path)
    qtbot.waitUntil(lambda: f"“{shown(path)}” is written." in said)
    dropped(panel, path)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 4)
    assert [each.title for each in panel.model.runs].count("with dropout") == 2
    # the new run is selected
    assert [each.title for each in panel.chosen()] == ["with dropout"] and panel.chosen()[0].id != run.id


def test_files_that_are_no_archives_are_refused_in_a_sentence(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no archive")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    for name, sentence in (("notes.txt", "That is no archive"), ("broken.zip", "“broken.zip” is damaged")):
        with qtbot.waitSignal(panel.failed) as failed:
            dropped(panel, tmp_path / name)
        assert failed.args[0].startswith(sentence)
    assert len(panel.model.runs) == 3


def test_an_empty_library_says_what_fills_it(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, recording: None) -> None:
    for value, said in (("1", "once it has been trained"), ("0", "switched off")):
        monkeypatch.setenv(RECORD, value)
        empty = RunsPanel(DARK)
        qtbot.addWidget(empty)
        qtbot.addWidget(empty.controls())
        assert empty._empty.text() == "Reading the runs …"
        with qtbot.waitSignal(empty._listing.read):
            empty.reload()
        assert said in empty._empty.text() and not empty.table.isVisible() and empty.close_reading()
