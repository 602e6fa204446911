"""A project keeps what it learned: its file names the run, and opening it shows the network trained."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.project_run import CONTINUED, kept_share
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Output
from cnnviz.project.arrange import arrange
from cnnviz.project.file import read, save
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("recording", "asks_about_trainings")


def train(window: MainWindow, batches: int) -> dict[str, Tensor]:
    """Train so many more; the weights after that."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    latest = session.weights.latest
    assert latest is not None and latest.settled and latest.step == step
    return dict(latest.tensors)


def reopened(application: Application, path: Path, step: int) -> MainWindow:
    """The window of a project file, as soon as it stands at a step."""
    window = application._open(path)
    told = []
    window.bench.project_run.opening.connect(
        lambda on: told.append((on, "OPENING" in window.top.state.text(), "being opened" in window.curves.empty.text()))
    )
    session = window.bridge.session
    Person(window).until(lambda: session.status.step == step and session.status.state is State.PAUSED, "the run")
    Person(window).until(lambda: told[-1] == (False, False, False), "the end of opening")
    assert told[0] == (True, True, True)
    return window


def assert_shows(window: MainWindow, expected: dict[str, Tensor]) -> None:
    latest = window.bridge.session.weights.latest
    assert latest is not None and latest.tensors.keys() == expected.keys()
    assert all(torch.equal(latest.tensors[name], tensor) for name, tensor in expected.items())


def test_a_saved_project_opens_trained(application: Application, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    train(window, 3)
    recorder = window.bridge.recorder
    assert recorder is not None
    Person(window).until(lambda: 1 in recorder.folders, "the run")
    assert window.document.save_to(path)
    assert read(path).run == recorder.folders[1].name
    # without an edit the file stays as it is, and nothing is asked
    last = train(window, 2)
    assert window.close()
    other = reopened(application, path, 5)
    assert_shows(other, last)
    person = Person(other)
    person.until(lambda: len(other.curves.history) == 5, "the curves")
    assert other.editor.undo_stack.count() == 0 and not other.document.unsaved and not other.notice.text()
    # its past can be looked at before it goes on, and after that
    person.until(lambda: {0, 1, 5} <= set(other.bench.past.steps), "the moments of the run before")
    other.bench.past.go_to(1)
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 1, "a moment of it")
    other.bench.past.now()
    # going on is a run of its own; the file, which was not saved again, still leads to it
    last = train(other, 2)
    person.until(lambda: {0, 1, 5, 7} <= set(other.bench.past.steps), "all moments")
    assert other.close()
    runs = {run.facts.parent: run for run in Library(runs_folder()).runs()}
    assert runs[recorder.folders[1].name].facts.parent_step == 5 and runs[""].numbers.steps == 5
    assert_shows(reopened(application, path, 7), last)


def test_training_of_an_opened_run_is_said_to_go_on_in_a_new_run(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "p.cnnviz"
    train(window, 3)
    person = Person(window)
    person.until(lambda: window.bench.project_run.name, "the run")
    assert window.document.save_to(path) and window.close()
    (before,) = Library(runs_folder()).runs()
    other = reopened(application, path, 3)
    assert not other.notice.text()
    train(other, 1)
    person = Person(other)
    person.until(lambda: other.notice.says(CONTINUED), "the sentence")
    (now,) = (run for run in Library(runs_folder()).runs() if run.facts.parent)
    assert other.notice.text() == (
        f"Training goes on from step 3 in a new run, “{now.title}”. “{before.title}” stays in the library as it was."
    )
    other.notice.withdraw(CONTINUED)
    train(other, 2)
    person.until(lambda: 6 in other.bench.past.steps, "the next moment")
    assert not other.notice.says(CONTINUED), "it is said once"


def test_a_project_that_was_saved_before_it_was_trained_opens_trained(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "p.cnnviz"
    assert window.document.save_to(path) and read(path).run == ""
    last = train(window, 3)
    assert window.close() and read(path).run == ""
    assert_shows(reopened(application, path, 3), last)


def test_an_edit_that_was_saved_after_training_is_as_it_was_left(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "p.cnnviz"
    last = train(window, 3)
    Person(window).until(lambda: window.bench.project_run.name, "the run")
    project = window.editor.project
    edited = replace(project, recipe=replace(project.recipe, batch_size=77))
    window.editor.apply("Batch size", edited)
    assert window.document.save_to(path) and window.close()
    other = reopened(application, path, 3)
    assert other.editor.project == edited and other.bridge.session.standing.project == project
    assert_shows(other, last)
    Person(other).until(lambda: other.notice.says("changed"), "the difference")


@pytest.mark.parametrize("how", ["gone", "damaged", "other layers"])
def test_a_run_that_cannot_be_shown_is_said(
    application: Application, window: MainWindow, tmp_path: Path, how: str
) -> None:
    path = tmp_path / "p.cnnviz"
    train(window, 3)
    Person(window).until(lambda: window.bench.project_run.name, "the run")
    assert window.document.save_to(path) and window.close()
    folder = runs_folder() / read(path).run
    if how == "gone":
        shutil.rmtree(folder)
        expected = "There is no recorded run"
    elif how == "damaged":
        (folder / "moments" / "000000000003" / "state.json").write_text("{}")
        expected = "Training cannot go on from step 3"
    else:
        network = chain(("input", Input()), ("flatten", Flatten()), ("only", Dense(10)), ("output", Output()))
        save(replace(window.editor.project, network=network, layout=arrange(network)), path, folder.name)
        expected = "has other layers"
    other = application._open(path)
    person = Person(other)
    person.until(lambda: expected in other.notice.text(), "the sentence")
    person.until(lambda: other.bridge.session.status.ready, "torch")
    assert other.bridge.session.status.step == 0 and other.bridge.session.status.state is State.UNTRAINED
    train(other, 1)
    # what could not be shown is not forgotten
    assert json.loads(path.read_text())["run"] == folder.name


def test_what_is_recorded_is_closed_without_a_question(window: MainWindow) -> None:
    train(window, 2)
    assert window.keeper.unkept == () and window.close()
    (run,) = Library(runs_folder()).runs()
    assert run.numbers.steps == 2 and summarize(runs_folder() / run.id).moments[-1].exact


def test_what_is_no_longer_recorded_is_asked_about(window: MainWindow) -> None:
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    recorder._stopped.add(1)
    assert [unkept.step for unkept in window.keeper.unkept] == [2]


def test_how_many_layers_of_another_network_keep_what_was_learned(window: MainWindow) -> None:
    project = window.editor.project
    assert kept_share(project, project) == 1.0
    # the first convolution of a tutorial may be this one
    layers = ("conv1", project.network["conv1"]), ("flatten", Flatten()), ("fc3", Dense(32)), ("fc4", Dense(10))
    network = chain(("input", Input()), *layers, ("output", Output()))
    assert kept_share(project, replace(project, network=network)) == 1 / 3
    nothing = chain(("input", Input()), ("flatten", Flatten()), ("output", Output()))
    assert kept_share(replace(project, network=nothing), project) == 1.0
    assert kept_share(project, replace(project, network=nothing)) == 0.0
