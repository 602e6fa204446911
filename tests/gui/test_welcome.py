"""What a new user reads first, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QToolButton

from cnnviz import settings
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.welcome import welcome
from cnnviz.project.file import save
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def test_it_says_what_this_is_until_it_is_closed(window: MainWindow) -> None:
    welcome(window)
    assert window.notice.text().startswith("Build a network, train it, look inside")
    assert [one.text() for one in window.notice.buttons()] == ["Change its layers", "Train it", "Look at its maps"]
    # a notice that came later is closed first, and that is no answer
    window.notice.post("file", "Something else.")
    close = window.notice.findChild(QToolButton)
    assert close is not None
    close.click()
    assert not settings.load().welcomed
    close.click()
    assert settings.load().welcomed and window.notice.text() == ""
    welcome(window)
    assert window.notice.text() == ""


@pytest.mark.parametrize(("button", "arrangement"), [(0, "build"), (2, "look")])
def test_what_is_tried_is_shown_and_it_is_gone_for_good(window: MainWindow, button: int, arrangement: str) -> None:
    welcome(window)
    window.notice.buttons()[button].click()
    assert window.actions_by_id[arrangement].isChecked()
    assert settings.load().welcomed and window.notice.text() == ""


@pytest.mark.parametrize("command", ["build", "play", "look"])
def test_it_is_gone_once_one_of_the_three_is_tried_in_another_way(window: MainWindow, command: str) -> None:
    welcome(window)
    window.actions_by_id[command].trigger()
    assert settings.load().welcomed and window.notice.text() == ""


def test_training_is_one_click_away(window: MainWindow) -> None:
    welcome(window)
    window.notice.buttons()[1].click()
    Person(window).until(lambda: window.bridge.session.status.step > 0, "a step")


def test_who_has_worked_before_is_offered_the_last_file_and_the_runs(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    welcome(window)
    assert window.notice.text().startswith("Build a network")
    path = tmp_path / "shapes.cnnviz"
    save(window.editor.project, path)
    settings.save(settings.load().with_recent(tmp_path / "gone.cnnviz").with_recent(path))
    (runs_folder() / "20260102-030405-0a0b0c0d").mkdir(parents=True)
    welcome(window)
    assert window.notice.text() == "This is a new network. The file that was open last is “shapes.cnnviz”."
    first, second = window.notice.buttons()
    assert first.text() == "Open recent: shapes.cnnviz"
    second.click()
    assert window.panel(RunsPanel).isVisible()
    welcome(window)
    window.notice.buttons()[0].click()
    (opened,) = [each for each in application.windows if each is not window]
    assert opened.document.path == path
    Person(opened).until(lambda: application.windows == [opened], "the end of the unused window")
    # a file that is open needs no offer
    welcome(opened)
    assert opened.notice.text() == ""
    # the file is gone, the runs are there
    path.unlink()
    other = application.open_template("fast")
    welcome(other)
    assert other.notice.text() == "This is a new network. What was trained before is listed in Runs."
    assert [each.text() for each in other.notice.buttons()] == ["Show the runs"]
