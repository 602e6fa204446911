"""Save with weights: one file that opens, trained, on another machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from cnnviz.files import shown
from cnnviz.gui.robot.person import Person
from cnnviz.runs import archive
from cnnviz.runs.folder import moments
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("recording")


def train(window: MainWindow, batches: int) -> dict[str, Tensor]:
    """Train so many more; the weights after that."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    person.until(lambda: window.bench.archives.possible, "the recorded run")
    latest = session.weights.latest
    assert latest is not None and latest.settled and latest.step == step
    return dict(latest.tensors)


def saved(window: MainWindow, path: Path) -> None:
    window.status.clearMessage()
    window.bench.archives.save(path)
    Person(window).until(lambda: window.status.currentMessage().endswith(f"as “{shown(path)}”."), "the archive")


def opened(application: Application, path: Path, beside: MainWindow, step: int) -> MainWindow:
    window = application.open_file(path, beside)
    assert window is not None
    session = window.bridge.session
    Person(window).until(lambda: session.status.step == step and session.status.state is State.PAUSED, "the run")
    return window


def test_an_archive_opens_trained_on_another_machine(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "with weights.cnnviz-run"
    last = train(window, 6)
    project = window.editor.project
    edited = replace(project, recipe=replace(project.recipe, batch_size=77))
    window.editor.apply("Batch size", edited)
    saved(window, path)
    monkeypatch.setenv("CNNVIZ_HOME", str(tmp_path / "other machine"))
    other = opened(application, path, window, 6)
    # as it was on the canvas, with what was trained
    assert other.editor.project == edited and other.bridge.session.standing.project == project
    latest = other.bridge.session.weights.latest
    assert latest is not None and all(torch.equal(latest.tensors[name], tensor) for name, tensor in last.items())
    person = Person(other)
    person.until(lambda: len(other.curves.history) == 6, "the curves")
    assert other.document.name == "with weights (untitled)"
    (run,) = Library(runs_folder()).runs()
    assert {0, 6} <= {moment.step for moment in run.moments} and run.moments[-1].exact
    # a second time nothing is added
    opened(application, path, other, 6)
    assert len(Library(runs_folder()).runs()) == 1


def test_while_training_the_archive_has_a_moment_from_then(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "running.cnnviz-run"
    train(window, 2)
    session, person = window.bridge.session, Person(window)
    session.play()
    person.until(lambda: session.status.step > 10, "training")
    before = session.status.step
    saved(window, path)
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    identifier = archive.read(path, tmp_path / "elsewhere")
    newest = max(moment.step for moment in moments(tmp_path / "elsewhere" / identifier).values() if moment.exact)
    assert before <= newest <= session.status.step


def test_a_run_that_was_only_opened_is_written_as_it_is_shown(window: MainWindow, tmp_path: Path) -> None:
    train(window, 5)
    past, session, person = window.bench.past, window.bridge.session, Person(window)
    person.until(lambda: 4 in past.steps, "the moments")
    recorder = window.bridge.recorder
    assert recorder is not None
    window.bench.going_on.continue_run(recorder.folders[1], 4)
    person.until(lambda: session.status.run == 2, "the new run")
    person.until(lambda: window.bench.project_run.name == f"{recorder.folders[1].name}@4", "its name")
    saved(window, tmp_path / "opened.cnnviz-run")
    identifier = archive.read(tmp_path / "opened.cnnviz-run", tmp_path / "elsewhere")
    assert sorted(moments(tmp_path / "elsewhere" / identifier)) == [0, 4]


def test_what_is_no_archive_and_one_that_is_damaged_are_said(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.cnnviz-run"
    train(window, 2)
    saved(window, path)
    content = bytearray(path.read_bytes())
    # in the weights, which are read beside the window
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    monkeypatch.setenv("CNNVIZ_HOME", str(tmp_path / "other machine"))
    other = application.open_file(path, window)
    assert other is not None
    person = Person(other)
    person.until(lambda: other.notice.says("past"), "the sentence")
    assert "is damaged, or no archive" in other.notice.text()
    person.until(lambda: other.bridge.session.status.ready, "torch")
    assert other.bridge.session.status.step == 0 and Library(runs_folder()).runs() == []
    path.write_bytes(b"PK\x03\x04 and no more")
    assert application.open_file(path, other) is None
    assert "damaged, or no archive" in other.notice.text()


def test_a_failure_to_write_is_said(window: MainWindow, tmp_path: Path) -> None:
    train(window, 2)
    window.bench.archives.save(tmp_path / "gone" / "p.cnnviz-run")
    Person(window).until(lambda: window.notice.says("past"), "the sentence")
    assert "could not be written" in window.notice.text()
    assert summarize(runs_folder() / window.bench.project_run.name).numbers.steps == 2


def test_an_archive_is_dropped_on_the_window(application: Application, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "dropped.cnnviz-run"
    train(window, 3)
    saved(window, path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)), QUrl.fromLocalFile(str(tmp_path / "picture.png"))])
    place, actions = QPointF(window.rect().center()), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # on the canvas, which takes layers only
    viewport = window.canvas.viewport()
    middle = viewport.rect().center()
    enter = QDragEnterEvent(middle, actions, data, buttons, keys)
    QApplication.sendEvent(viewport, enter)
    assert enter.isAccepted()
    drop = QDropEvent(place, actions, data, buttons, keys)
    QApplication.sendEvent(window, drop)
    assert drop.isAccepted()
    person = Person(window)
    person.until(lambda: len(application.windows) == 2, "the window")
    other = application.windows[-1]
    session = other.bridge.session
    person.until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "the run")
    assert other.document.name == "dropped (untitled)"


def test_an_archive_is_said_with_its_folder_and_is_a_recent_file(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept here"
    folder.mkdir()
    path = folder / "first.cnnviz-run"
    began: list[str] = []

    def accept(dialog: QFileDialog) -> int:
        began.append(dialog.directory().path())
        dialog.setDirectory(str(folder))
        dialog.selectFile(path.name)
        return 1

    monkeypatch.setattr(QFileDialog, "exec", accept)
    train(window, 2)
    person = Person(window)
    for _ in range(2):
        window.status.clearMessage()
        window.bench.archives.ask(window.document.beside(""))
        person.until(lambda: window.status.currentMessage() == f"Saved with weights as “{shown(path)}”.", "the archive")
    assert began[1] == str(folder)
    assert window.recent_menu is not None
    assert [action.text() for action in window.recent_menu.actions()] == [shown(path)]
    other = opened(application, path, window, 2)
    assert other.document.suggested_folder().parent == folder


def test_an_archive_does_not_take_the_name_of_a_plain_project(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "plain.cnnviz"
    train(window, 2)
    window.bench.archives.save(path)
    assert "Choose a name that ends in .cnnviz-run." in window.notice.text()
    assert not path.exists()


def test_a_kept_training_is_in_the_menu_at_once(window: MainWindow, tmp_path: Path) -> None:
    train(window, 2)
    window.keeper.keep(tmp_path / "kept")
    Person(window).until(lambda: "is kept in" in window.status.currentMessage(), "the folder")
    assert window.recent_menu is not None
    assert shown(tmp_path / "kept") in [action.text() for action in window.recent_menu.actions()]
