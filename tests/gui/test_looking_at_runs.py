"""A run of the library is looked at, and gone on with, in a window of its network, and here only if this window draws
that network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moments_kit import shown, train

from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.summary import name_in
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def trained(window: MainWindow) -> Path:
    """The folder of a run of two steps."""
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    return recorder.folders[1]


def listed(window: MainWindow, run: str) -> RunsPanel:
    """The Runs tab with a run selected."""
    window.show_panel("runs")
    panel = window.panel(RunsPanel)
    Person(window).until(lambda: run in [each.id for each in panel.model.runs], "the list")
    panel.choose(run)
    return panel


@pytest.mark.parametrize(("command", "front"), [("look", "curves"), ("mistakes", "mistakes")])
def test_a_run_of_another_network_is_looked_at_in_a_window_of_its_own(
    application: Application, window: MainWindow, recording: None, command: str, front: str
) -> None:
    run = trained(window)
    window.leave()
    here = application.open_window(TEMPLATES["lenet-5"].project())
    before, title = here.editor.project, here.windowTitle()
    listed(here, run.name).actions_by_id[command].trigger()
    *others, opened = application.windows
    assert others == [here] and here.bench.past.folder is None and here.bench.past.step is None
    assert here.editor.project == before and here.windowTitle() == title
    assert here.run.currentWidget() is here.panels["runs"]
    assert opened.document.path is None and name_in(run) in opened.document.name
    person = Person(opened)
    person.until(lambda: opened.bridge.shown is not None and shown(opened).step == 2, "its last moment")
    assert opened.bench.past.folder == run and shown(opened).network == opened.editor.project.network
    assert opened.run.currentWidget() is opened.panels[front]
    # a run that begins there begins in that window
    opened.bench.going_on.new_run()
    person.until(lambda: opened.bench.past.step is None and opened.bridge.session.status.step == 2, "the new run")
    assert here.editor.project == before and here.bridge.session.status.step == 0


def test_a_run_of_the_drawn_network_is_looked_at_here(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    other = application.open_window(TEMPLATES["fast"].project())
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    # other names are the same network
    other.editor.apply("Rename", edits.rename(other.editor.project, "conv1", "first"))
    listed(other, run.name).look()
    person.until(lambda: shown(other).step == 2, "its last moment")
    assert other.bench.past.folder == run and application.windows == [window, other]


def test_the_present_run_is_looked_at_here_after_an_edit(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    window.editor.apply("Break", edits.remove(window.editor.project, ["flatten"]))
    listed(window, run.name).look()
    assert window.bench.past.folder == run and application.windows == [window]


def test_a_run_is_looked_at_again_in_the_window_that_was_opened_for_it(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    window.leave()
    here = application.open_window(TEMPLATES["lenet-5"].project())
    panel = listed(here, run.name)
    panel.look()
    opened = application.windows[-1]
    person = Person(opened)
    person.until(lambda: opened.bridge.shown is not None and shown(opened).step == 2, "its last moment")
    opened.showMinimized()
    panel.look()
    assert application.windows == [here, opened] and not opened.isMinimized()
    # also after its present was shown, and with another panel
    opened.bench.past.now()
    panel.see_mistakes()
    assert application.windows == [here, opened] and opened.bench.past.folder == run
    assert opened.run.currentWidget() is opened.panels["mistakes"]
    # but not after its network has changed
    opened.editor.apply("Remove", edits.remove(opened.editor.project, ["flatten"]))
    panel.look()
    assert len(application.windows) == 3 and application.windows[-1].bench.past.folder is None
    third = application.windows[-1]
    Person(third).until(lambda: third.bench.past.folder == run, "the run")
    # a closed window is forgotten
    third.leave()
    panel.look()
    assert len(application.windows) == 3 and application.windows[-1] is not third


def test_a_run_is_looked_at_in_the_window_that_trains_it(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    here = application.open_window(TEMPLATES["lenet-5"].project())
    listed(here, run.name).look()
    assert application.windows == [window, here] and window.bench.past.folder == run


def test_a_run_of_another_network_is_continued_in_a_window_of_its_own(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    window.leave()
    here = application.open_window(TEMPLATES["lenet-5"].project())
    person = Person(here)
    person.until(lambda: here.bridge.session.status.ready, "torch")
    before = here.editor.project
    panel = listed(here, run.name)
    panel.go_on()
    opened = application.windows[-1]
    assert opened is not here and name_in(run) in opened.document.name
    Person(opened).until(lambda: opened.bridge.session.status.step == 2, "the new run")
    Person(opened).until(lambda: opened.notice.says("kept"), "how it begins")
    assert "This is a new run: it begins at step 2" in opened.notice.text() and "Changed" not in opened.notice.text()
    assert opened.editor.undo_stack.count() == 0 and opened.bench.past.step is None
    assert here.editor.project is before and here.bridge.session.status.run == 1 and not here.notice.says("kept")
    # again: in the same window, unless it trains
    panel.go_on()
    Person(opened).until(lambda: opened.bridge.session.status.step == 2, "the new run")
    assert application.windows == [here, opened]
    opened.bridge.session.pace(10.0)
    opened.bridge.session.play()
    Person(opened).until(lambda: opened.bridge.session.status.state is State.RUNNING, "training")
    panel.go_on()
    assert application.windows[:2] == [here, opened] and len(application.windows) == 3
    assert opened.bridge.session.status.state is State.RUNNING


def test_new_run_from_here_of_another_network_begins_and_trains_in_a_window_of_its_own(
    application: Application, window: MainWindow, recording: None
) -> None:
    run = trained(window)
    window.leave()
    other = application.open_window(TEMPLATES["fast"].project())
    listed(other, run.name).look()
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None and shown(other).step == 2, "its last moment")
    # the drawn network is another one now
    other.editor.apply("Set", edits.set_parameter(other.editor.project, "conv1", "out_channels", 5))
    edited = other.editor.project
    person.shortcut("batch")
    person.until(lambda: other.notice.says("train"), "the question")
    next(button for button in other.notice.buttons() if button.text() == "New run from here").click()
    opened = application.windows[-1]
    assert opened is not other and not other.notice.says("train")
    session = opened.bridge.session
    # a window that trains would be left alone
    Person(opened).until(
        lambda: session.status.step == 3 and session.status.state is State.PAUSED, "the batch of the new run"
    )
    assert other.editor.project is edited and other.bridge.session.status.step == 0
    other.bench.going_on.new_run()
    assert other.editor.project is edited and application.windows == [other, opened]


def test_a_new_run_from_the_present_one_begins_here_after_an_edit(
    application: Application, window: MainWindow, recording: None
) -> None:
    trained(window)
    person = Person(window)
    window.bench.past.go_to(1)
    window.editor.apply("Set", edits.set_parameter(window.editor.project, "conv1", "out_channels", 5))
    window.bench.going_on.new_run()
    person.until(lambda: window.bridge.session.status.run == 2, "the new run")
    past = window.bench.past
    person.until(lambda: past.step is None and 0 in past.steps, "the moments of the run before")
    # nor does one from the run that this one went on from, before it is trained
    window.editor.undo()
    past.go_to(0)
    assert past.step == 0
    window.bench.going_on.new_run()
    person.until(lambda: window.bridge.session.status.step == 0 and past.step is None, "the new run")
    assert application.windows == [window]
