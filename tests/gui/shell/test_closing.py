"""Closing asks about what would be lost, once: unsaved changes, and a training that no folder holds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QSessionManager
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from cnnviz import settings
from cnnviz.files import shown
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.keeping import Unkept
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.project.file import load
from cnnviz.training.channels import State
from cnnviz.training.checkpoint import project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("asks_about_trainings")


@contextmanager
def answering(*answers: Callable[[ClosingDialog], object]) -> Iterator[list[str]]:
    """Give one answer after the other while the question is on screen; yields what was read there each time."""
    seen: list[str] = []
    left = list(answers)
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        # a question that waits for the training has no answer yet, and one that is just being shown has no focus
        if isinstance(dialog, ClosingDialog) and dialog.discard.isEnabled() and dialog.focusWidget().hasFocus():
            seen.append(" ".join(label.text() for label in dialog.findChildren(type(dialog.error)) if label.text()))
            # a question too many is not waited for
            (left.pop(0) if left else ClosingDialog.reject)(dialog)

    timer.timeout.connect(look)
    timer.start(20)
    yield seen
    timer.stop()
    assert len(seen) == len(answers), seen


def edit(window: MainWindow) -> None:
    project = window.editor.project
    window.editor.apply("Seed", replace(project, recipe=replace(project.recipe, seed=project.recipe.seed + 1)))


def train(window: MainWindow, *, pause: bool = True) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    window.bridge.toggle()
    person.until(lambda: session.status.step > 2, "some batches")
    if pause:
        window.bridge.toggle()
        person.until(lambda: session.status.state is State.PAUSED, "the pause")


def choose(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """What the user chooses in dialogs for files, one after the other."""
    left = list(paths)

    def chosen(dialog: QFileDialog) -> int:
        dialog.selectFile(str(left.pop(0)))
        return 1

    monkeypatch.setattr(QFileDialog, "exec", chosen)


@pytest.mark.parametrize(
    ("answer", "closes", "stored"),
    [("cancel", False, False), ("discard", True, False), ("keep", True, True)],
)
def test_unsaved_changes_are_asked_about_once(
    application: Application, window: MainWindow, tmp_path: Path, answer: str, closes: bool, stored: bool
) -> None:
    path = tmp_path / "asked.cnnviz"
    assert window.document.save_to(path)
    edit(window)
    edited = window.editor.project
    with answering(lambda dialog: getattr(dialog, answer).click()) as seen:
        assert window.close() is closes
    assert len(seen) == 1 and "asked" in seen[0] and "training" not in seen[0]
    assert (load(path) == edited) is stored
    assert (window in application.windows) is not closes


def test_where_nothing_was_trained_or_changed_nothing_is_asked(window: MainWindow) -> None:
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    with answering():
        assert window.close()


def test_the_question_about_changes_says_that_a_recorded_run_stays(window: MainWindow, recording: None) -> None:
    edit(window)
    with answering(lambda dialog: dialog.cancel.click()) as before:
        assert not window.close()
    train(window)
    with answering(lambda dialog: dialog.cancel.click()) as after:
        assert not window.close()
    assert "Runs" not in before[0]
    assert after[0].startswith("Save the changes to") and after[0].endswith("What was trained is kept in Runs.")


@pytest.mark.parametrize(("answer", "closes"), [("cancel", False), ("discard", True)])
def test_a_training_is_asked_about(window: MainWindow, answer: str, closes: bool) -> None:
    train(window, pause=False)
    with answering(lambda dialog: getattr(dialog, answer).click()) as seen:
        assert window.close() is closes
    assert "has not been kept" in seen[0] and "“run 1”, " in seen[0]
    if not closes:
        assert window.bridge.session.status.state is State.RUNNING


def test_a_running_training_is_kept_and_opened_again_where_it_was(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = application.open_window(window.editor.project)
    train(window, pause=False)
    session, project = window.bridge.session, window.editor.project
    folder = tmp_path / "kept"
    choose(monkeypatch, folder)
    with answering(lambda dialog: dialog.keep.click()):
        assert window.close()
    assert project_of(folder) == project
    assert settings.load().recent[0] == str(folder)
    opened = application.open_file(folder, stays)
    assert opened is not None and opened.editor.project == project
    person, again = Person(opened), opened.bridge.session
    person.until(lambda: again.status.state is State.PAUSED, "the training")
    assert (again.status.run, again.status.step) == (1, session.status.step)
    assert opened.document.name == "kept" and opened.windowTitle().startswith("kept[*]")
    # what has just been opened is kept as it is
    assert list(opened.keeper.unkept) == []
    assert not opened.document.unsaved and opened.may_close()
    person.until(lambda: opened.actions_by_id["batch"].isEnabled(), "the window's news of it")
    opened.actions_by_id["batch"].trigger()
    person.until(lambda: again.status.step == session.status.step + 1, "a batch more")
    assert list(opened.keeper.unkept) == [Unkept(1, again.status.step)]


def test_changes_and_training_are_one_question(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "both.cnnviz", tmp_path / "both training"
    assert window.document.save_to(path)
    edit(window)
    train(window)
    edited = window.editor.project
    choose(monkeypatch, folder)
    with answering(lambda dialog: dialog.keep.click()) as seen:
        assert window.close()
    assert len(seen) == 1 and "changes" in seen[0] and "training" in seen[0]
    assert load(path) == project_of(folder) == edited


def test_only_the_project_can_be_saved(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "only.cnnviz"
    assert window.document.save_to(path)
    edit(window)
    train(window)
    edited = window.editor.project
    with answering(lambda dialog: dialog.only_save.click()):
        assert window.close()
    assert load(path) == edited


def test_a_folder_that_cannot_be_written_leads_back_with_a_sentence(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(window)
    (tmp_path / "file").touch()
    choose(monkeypatch, tmp_path / "file" / "kept", tmp_path / "kept")
    with answering(lambda dialog: dialog.keep.click(), lambda dialog: dialog.keep.click()) as seen:
        assert window.close()
    assert "could not be saved" not in seen[0]
    assert "could not be saved: " in seen[1]
    assert (tmp_path / "kept" / "state.json").exists()


def test_a_training_that_was_kept_from_the_menu_is_not_asked_about(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not window.actions_by_id["keep_training"].isEnabled()
    train(window)
    person = Person(window)
    person.until(lambda: window.actions_by_id["keep_training"].isEnabled(), "the action")
    choose(monkeypatch, tmp_path / "kept")
    window.actions_by_id["keep_training"].trigger()
    person.until(lambda: not window.keeper.unkept, "the folder")
    with answering():
        assert window.close()


def test_saving_says_once_that_the_training_is_not_in_the_file(window: MainWindow, tmp_path: Path) -> None:
    person, path = Person(window), tmp_path / "saved.cnnviz"
    assert window.document.save_to(path)
    assert window.status.currentMessage() == f"Saved as “{shown(path)}”.", "there is no training yet"
    train(window)
    person.shortcut("save")
    missing = "The training is not in this file: File > Keep the training …"
    assert window.status.currentMessage() == f"Saved as “{shown(path)}”. {missing}"
    window.status.clearMessage()
    person.shortcut("save")
    assert window.status.currentMessage() == f"Saved as “{shown(path)}”."


def test_a_kept_training_is_not_told_of_when_the_project_is_saved(window: MainWindow, tmp_path: Path) -> None:
    train(window)
    window.keeper.keep(tmp_path / "kept")
    Person(window).until(lambda: not window.keeper.unkept, "the kept training")
    window.status.clearMessage()
    assert window.document.save_to(tmp_path / "saved.cnnviz")
    assert "not in this file" not in window.status.currentMessage()


def test_a_training_that_was_kept_comes_back_with_its_curves(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(window)
    person, step = Person(window), window.bridge.session.status.step
    person.until(lambda: len(window.curves.history) == step, "the curves")
    window.keeper.keep(tmp_path / "kept")
    person.until(lambda: not window.keeper.unkept, "the folder")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "kept"))
    window.actions_by_id["open_training"].trigger()
    again = application.windows[-1]
    Person(again).until(lambda: len(again.curves.history) == step, "the curves of the kept training")
    assert np.array_equal(again.curves.history.loss.values(), window.curves.history.loss.values())
    again.curves.redraw()
    assert len(again.curves.drawn("loss")[0]) == step


def test_the_run_before_is_told_of_too(window: MainWindow) -> None:
    train(window)
    person, session = Person(window), window.bridge.session
    person.until(lambda: window.actions_by_id["start_over"].isEnabled(), "the window's news of it")
    person.shortcut("start_over")
    person.until(lambda: session.status.run == 2 and session.status.ready, "the second run")
    with answering(lambda dialog: dialog.cancel.click()) as seen:
        assert not window.close()
    assert "“run 1”, " in seen[0] and "go back to it" in seen[0]


@pytest.mark.parametrize("unsaved", [False, True])
def test_a_run_that_was_left_is_named_where_the_present_one_is_kept(
    window: MainWindow, tmp_path: Path, unsaved: bool
) -> None:
    train(window)
    person, session = Person(window), window.bridge.session
    person.shortcut("start_over")
    person.until(lambda: session.status.run == 2 and session.status.ready, "the second run")
    train(window)
    person.shortcut("back_to_run")
    person.until(lambda: session.status.run == 1, "the first run again")
    window.keeper.keep(tmp_path / "kept")
    person.until(lambda: [one.run for one in window.keeper.unkept] == [2], "the folder")
    assert window.document.save_to(tmp_path / "mine.cnnviz")
    if unsaved:
        edit(window)

    def press_enter(dialog: ClosingDialog) -> None:
        assert dialog.cancel.isDefault() and dialog.cancel.hasFocus() and dialog.keep.isHidden()
        assert dialog.only_save.isHidden() is not unsaved
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    with answering(press_enter) as seen:
        assert not window.close()
    assert "“run 2”, which you left for “run 1”, has not been kept." in seen[0]
    assert "training of" not in seen[0] and ("“mine” are not saved" in seen[0]) is unsaved


def test_a_folder_without_a_training_is_a_sentence(
    application: Application, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.actions_by_id["open_training"].trigger()
    assert application.windows == [window]
    assert tmp_path.name in window.notice.text()


class Logout(QSessionManager):
    """A session that ends, and lets the user be asked."""

    def __init__(self) -> None:
        self.cancelled = self.released = False

    def allowsInteraction(self) -> bool:
        return True

    def cancel(self) -> None:
        self.cancelled = True

    def release(self) -> None:
        self.released = True


@pytest.mark.parametrize(("answer", "stays"), [("cancel", True), ("discard", False)])
def test_the_end_of_a_session_asks_too(
    application: Application, window: MainWindow, home: Path, answer: str, stays: bool
) -> None:
    edit(window)
    train(window)
    manager = Logout()
    with answering(lambda dialog: getattr(dialog, answer).click()) as seen:
        application._end_session(manager)
    assert len(seen) == 1
    assert (manager.cancelled, manager.released) == (stays, True)
    # written aside before anybody is asked
    assert bool(list(home.rglob("*.recovery")))
    if not stays:
        QApplication.processEvents()
    assert (application.windows == [window]) is stays


def test_quitting_that_is_cancelled_forgets_what_was_agreed(application: Application, window: MainWindow) -> None:
    other = application.open_window(window.editor.project)
    edit(window)
    edit(other)
    with answering(lambda dialog: dialog.discard.click(), lambda dialog: dialog.cancel.click()):
        assert not application.quit()
    with answering(lambda dialog: dialog.cancel.click()):
        assert not window.close()
