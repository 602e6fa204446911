"""What a killed process leaves is offered at the next start: edits and training together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from recording_kit import recorded_until

from cnnviz.gui.recovering import left_behind
from cnnviz.gui.robot.person import Person
from cnnviz.project.recovery import recoverable
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs import folder as run_folder
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.library import Library
from cnnviz.runs.ownership import OWNER
from cnnviz.runs.recorder import runs_folder
from cnnviz.settings import folders
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from warm_python import WarmPython

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("recording")


def train(window: MainWindow, batches: int) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: batches in window.bench.past.steps, "the recorded moment")


def orphaned(window: MainWindow, *, edits: bool) -> None:
    """Close a window so that all it was doing looks like that of a process that was killed."""
    recorder = window.bridge.recorder
    assert recorder is not None
    notes = {folder / OWNER: (folder / OWNER).read_text() for folder in recorder.folders.values()}
    window.leave(keep_aside=edits)
    for path in [*notes, *folders().recovery.glob("*.recovery")]:
        entry = json.loads(notes.get(path) or path.read_text())
        path.write_text(json.dumps(entry | {"pid": 2**22 + 1, "started": 1.0}))


def offered(application: Application) -> MainWindow:
    window = application.open_first(None)
    application.offer_recovery(window)
    return window


def test_edits_and_training_come_back_together(application: Application, window: MainWindow) -> None:
    train(window, 5)
    before = window.editor.project
    edited = replace(before, recipe=replace(before.recipe, batch_size=77))
    window.editor.apply("Batch size", edited)
    orphaned(window, edits=True)
    (left,) = left_behind()
    assert left.copy is not None and left.start is not None and left.start.origin.step == 5
    first = offered(application)
    name = Library(runs_folder()).runs()[0].title
    assert "Unsaved work was kept: Untitled. Training can go on: " in first.notice.text()
    assert f"“{name}” from step 5" in first.notice.text()
    first.notice.buttons()[0].click()
    brought = application.windows[-1]
    session = brought.bridge.session
    Person(brought).until(lambda: session.status.step == 5 and session.status.state is State.PAUSED, "the run")
    assert brought.editor.project == edited and brought.document.unsaved
    assert session.standing.project == before
    assert left_behind() == [] and recoverable(folders().recovery) == []


def test_a_training_without_edits_is_offered_alone_and_may_be_left(
    application: Application, window: MainWindow
) -> None:
    train(window, 3)
    orphaned(window, edits=False)
    first = offered(application)
    assert first.notice.buttons()[1].text() == "Leave it in the library"
    first.notice.buttons()[1].click()
    assert left_behind() == [] and len(Library(runs_folder()).runs()) == 1
    Person(first).until(lambda: first.bridge.session.status.ready, "torch")


def test_a_training_of_a_saved_project_comes_back_in_its_file(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "saved.cnnviz"
    assert window.document.save_to(path)
    train(window, 3)
    orphaned(window, edits=False)
    offered(application).notice.buttons()[0].click()
    brought = application.windows[-1]
    session = brought.bridge.session
    Person(brought).until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "the run")
    assert brought.document.path == path and not brought.document.unsaved


def test_a_training_that_was_finished_is_not_offered(application: Application, window: MainWindow) -> None:
    train(window, 3)
    session = window.bridge.session
    session.stop()
    Person(window).until(lambda: session.status.state is State.FINISHED, "the test")
    orphaned(window, edits=False)
    assert left_behind() == []
    assert not list(runs_folder().glob(f"*/{OWNER}"))


def test_a_command_that_was_killed_is_offered_too(
    application: Application, home: Path, warm_python: WarmPython
) -> None:
    command = [*warm_python.line, "-m", "cnnviz", "train", "fast", "--json", "--device", "cpu", "--threads", "1"]
    environment = {name: value for name, value in os.environ.items() if name != "CNNVIZ_RECORD"}
    program = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    recorded_until(lambda: program.poll() is not None or list(runs_folder().glob("*/moments/*.json")))
    program.send_signal(signal.SIGKILL)
    # until nothing can write to its output any more
    program.communicate()
    (left,) = left_behind()
    assert left.network == "fast" and left.title.startswith("fast · ") and left.start is not None
    first = offered(application)
    first.notice.buttons()[0].click()
    brought = application.windows[-1]
    session = brought.bridge.session
    Person(brought).until(lambda: session.status.state is State.PAUSED, "the run")
    assert brought.editor.project.network == TEMPLATES["fast"].project().network
    assert session.status.step == left.start.origin.step
    assert left_behind() == []


def test_a_run_that_lost_its_moments_is_not_offered(application: Application, window: MainWindow) -> None:
    train(window, 3)
    orphaned(window, edits=False)
    (folder,) = Library(runs_folder()).folders()
    for step in run_folder.moments(folder):
        run_folder.seal_path(folder, step).unlink(missing_ok=True)
        for file in run_folder.checkpoint_path(folder, step).glob("*"):
            file.unlink()
    with pytest.raises(run_folder.RunError):
        recorded_start(folder)
    assert left_behind() == []
