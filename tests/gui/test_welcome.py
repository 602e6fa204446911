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
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import QRect

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


def test_who_closed_while_training_goes_on_with_one_click(
    application: Application, window: MainWindow, recording: None
) -> None:
    first = application.open_template("fast")
    person, session = Person(first), first.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(3)
    person.until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "three batches")
    first.leave()
    # a newer run of another network is not what this window is about
    (run,) = Library(runs_folder()).runs()
    other = runs_folder() / "29990102-030405-0a0b0c0d"
    other.mkdir()
    (other / "run.json").write_text("{}")
    again = application.open_template("fast")
    person, session = Person(again), again.bridge.session
    welcome(again)
    person.until(lambda: len(again.notice.buttons()) == 2, "the run before")
    assert not again.notice._timer.isActive(), "the offer stays until it is taken up"
    go_on, show = again.notice.buttons()
    assert (go_on.text(), show.text()) == ("Go on with it", "Show the runs")
    go_on.click()
    assert not again.notice.says("welcome")
    person.until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "the run goes on")
    assert again.editor.project.network == first.editor.project.network
    opened = again.bench.project_run._opened
    person.until(lambda: session.status.run in opened, "the window to hear of the run")
    assert opened[session.status.run].run == run.id


def test_the_offer_ends_where_the_new_network_is_trained(window: MainWindow) -> None:
    (runs_folder() / "20260102-030405-0a0b0c0d").mkdir(parents=True)
    welcome(window)
    assert [each.text() for each in window.notice.buttons()] == ["Show the runs"]
    window.actions_by_id["play"].trigger()
    Person(window).until(lambda: not window.notice.says("welcome"), "the end of the offer")


def test_runs_are_read_after_the_first_paint_and_nothing_moves_where_the_last_one_is_found(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runs_folder() / "20260102-030405-0a0b0c0d"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    painted: list[list[QRect]] = []
    seen: list[tuple[bool, str]] = []

    def last_run(network: str, runs: Sequence[Path]) -> Path:
        seen.append((bool(painted), network))
        return runs[0]

    monkeypatch.setattr("cnnviz.gui.welcome._last_run", last_run)
    window = application.open_template("fast")
    window.painted.connect(lambda: painted.append(places(window)))
    welcome(window)
    assert seen == [] and [one.text() for one in window.notice.buttons()] == ["Show the runs"]
    Person(window).until(lambda: len(window.notice.buttons()) == 2, "the run before")
    assert seen == [(True, window.document.network)] and window.notice.buttons()[0].text() == "Go on with it"
    Person(window).until(lambda: window.notice.buttons()[0].x() > 0, "the layout")
    assert places(window) == painted[0]


def places(window: MainWindow) -> list[QRect]:
    """Where the notice is, and the last of its buttons, and the place above it."""
    return [window.notice.geometry(), window.notice.buttons()[-1].geometry(), window.canvas.geometry()]


def test_a_choice_that_is_added_leaves_a_newer_notice_in_front(window: MainWindow) -> None:
    notice = window.notice
    notice.add_choice("old", ("Nothing", lambda: None))
    assert notice.text() == ""
    notice.post("old", "Something.", ("Yes", lambda: None))
    notice.post("new", "Something newer.")
    notice.add_choice("old", ("No", lambda: None))
    assert notice.text() == "Something newer." and not notice.buttons()
    notice.withdraw("new")
    assert [one.text() for one in notice.buttons()] == ["No", "Yes"]
