"""A run of the library is looked at in a window of its network, and here only if this window draws that network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moments_kit import shown, train

from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.summary import name_in

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
    here = application.open_window(TEMPLATES["lenet-5"].project())
    before, title = here.editor.project, here.windowTitle()
    listed(here, run.name).actions_by_id[command].trigger()
    *others, opened = application.windows
    assert others == [window, here] and here.bench.past.folder is None and here.bench.past.step is None
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
