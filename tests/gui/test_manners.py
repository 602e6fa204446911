"""What a window must not do: overwrite, undo what was not meant, forget a focus, say what no longer holds."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog

from cnnviz.files import write_atomically
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.keeping import ask_kept_folder, ask_new_folder
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.notice_bar import NoticeBar
from cnnviz.project import edits
from cnnviz.project.file import load
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

FAST = TEMPLATES["fast"].project()


def wider(window: MainWindow, channels: int) -> None:
    window.editor.apply("Widen", edits.set_parameter(window.editor.project, "conv1", "out_channels", channels))


def test_save_as_knows_the_suffix_so_that_it_asks_before_it_overwrites(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suffixes: list[str] = []

    def chosen(dialog: QFileDialog) -> int:
        suffixes.append(dialog.defaultSuffix())
        dialog.selectFile(str(tmp_path / "mine"))
        return 1

    monkeypatch.setattr(QFileDialog, "exec", chosen)
    assert window.document.save_as()
    assert suffixes == ["cnnviz"]
    assert load(tmp_path / "mine.cnnviz") == FAST


def test_dialogs_for_files_begin_in_the_folder_used_last_for_that_kind(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = {name: tmp_path / name for name in ("project", "code", "picture", "training")}
    for folder in folders.values():
        folder.mkdir()
    began: list[Path] = []
    answer = [tmp_path]

    def chosen(dialog: QFileDialog) -> int:
        began.append(Path(dialog.directory().path()))
        dialog.selectFile(str(answer[0]))
        return 1

    def asked(*arguments: object) -> str:
        began.append(Path(str(arguments[2])))
        return ""

    monkeypatch.setattr(QFileDialog, "exec", chosen)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (asked(*arguments), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", asked)
    monkeypatch.setattr(window.picture, "write", lambda _: None)
    window.arrange("build")
    window.run.setCurrentWidget(window.code)
    dialogs: dict[str, tuple[Callable[[], object], str]] = {
        "project": (window.document.save_as, "net.cnnviz"),
        "code": (window.code.save_button.click, "net.py"),
        "picture": (window.picture.ask, "net.svg"),
        "training": (lambda: ask_new_folder(window.document.suggested_folder(), window), "kept"),
    }
    for kind, (ask, name) in dialogs.items():
        # before the first time beside the project, which has been stored since the first of them
        answer[0] = folders[kind] / name
        ask()
        assert began.pop() == (Path.home() if kind == "project" else folders["project"])
        ask()
        assert began.pop() == folders[kind]
    assert window.document.ask_for_file() is None and began.pop() == folders["project"]
    assert ask_kept_folder(tmp_path, window) is None and began.pop() == folders["training"]
    # a folder that is gone is not offered; a picture of a panel knows no project of its own
    folders["picture"].rmdir()
    answer[0] = tmp_path / "curves.png"
    window.curves.menu._ask("png")
    assert began.pop() == folders["project"]


def test_quitting_asks_every_window_before_it_closes_one(
    application: Application, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = application.open_window(FAST)
    wider(other, 8)
    asked: list[str] = []

    def cancel(dialog: ClosingDialog) -> int:
        asked.append(dialog.windowTitle())
        return QDialog.DialogCode.Rejected

    monkeypatch.setattr(ClosingDialog, "exec", cancel)
    window.actions_by_id["quit"].trigger()
    assert application.windows == [window, other]
    assert len(asked) == 1


def test_going_back_to_the_run_looks_ahead_as_well(window: MainWindow) -> None:
    wider(window, 8)
    trained = window.editor.project
    window.editor.undo()
    assert window.editor.go_to(lambda project: project == trained)
    assert window.editor.project == trained
    wider(window, 4)
    assert window.editor.go_to(lambda project: project == FAST)
    assert not window.editor.go_to(lambda project: not project.network.nodes)
    assert window.editor.project == FAST


def test_a_notice_that_was_closed_stays_closed_and_others_come_forward(qtbot: QtBot) -> None:
    bar = NoticeBar(DARK)
    qtbot.addWidget(bar)
    bar.post("one", "First")
    bar.post("two", "Second")
    assert bar.text() == "Second"
    bar._dismiss()
    assert bar.text() == "First"
    bar.withdraw("one")
    assert bar.text() == ""


def test_the_notice_of_a_changed_network_can_be_closed_while_training(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    person.shortcut("play")
    person.until(lambda: session.status.step > 0, "a step")
    wider(window, 8)
    person.until(lambda: window.notice.text(), "the notice")
    window.notice._dismiss()
    step = session.status.step
    person.until(lambda: session.status.step > step + 5, "more steps")
    assert window.notice.text() == ""
    assert session.status.state is State.RUNNING


def test_a_click_on_a_button_leaves_the_focus_on_the_canvas(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    person.shortcut("batch")
    person.until(lambda: session.status.step == 1 and window.top.start_over.isEnabled(), "a batch")
    window.canvas.setFocus()
    QTest.mouseClick(window.top.start_over, Qt.MouseButton.LeftButton)
    person.until(lambda: session.status.state is State.UNTRAINED and not window.top.start_over.isEnabled(), "run 2")
    assert window.focusWidget() is window.canvas


def test_a_network_that_can_no_longer_run_gives_no_answer(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: "predicts" in window.sample.says(), "an answer")
    window.editor.apply("Remove", edits.remove(window.editor.project, ["conv1"]))
    person.until(lambda: "predicts" not in window.sample.says(), "no answer")
    assert window.scale.text() == ""
    assert window.panel(KernelsPanel).shown_weights() is None
    assert "cannot be trained" in window.top.play.toolTip()


def test_a_saved_file_keeps_its_permissions(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    mask = os.umask(0o022)
    try:
        write_atomically(new, "text")
    finally:
        os.umask(mask)
    old.write_text("before", encoding="utf-8")
    old.chmod(0o664)
    write_atomically(old, "after")
    assert (stat.S_IMODE(new.stat().st_mode), stat.S_IMODE(old.stat().st_mode)) == (0o644, 0o664)
