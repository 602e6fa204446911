"""A new run from a recorded moment, from the bar of the past, by the command and by Train."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.past_bar import PastBar
from cnnviz.runs.folder import checkpoint_path, weights
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QPushButton

    from cnnviz.gui.main_window import MainWindow


def train(window: MainWindow, batches: int) -> None:
    """Train so many more, and wait until they are recorded."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    person.until(lambda: step in window.bench.past.steps, "the recorded moment")


def look_at(window: MainWindow, step: int) -> None:
    past = window.bench.past
    past.go_to(step)
    Person(window).until(lambda: window.bridge.shown is not None and window.bridge.shown.step == step, "the moment")
    assert past.step == step


def button(window: MainWindow, text: str) -> QPushButton:
    return next(button for button in window.notice.buttons() if button.text() == text)


def run_folder(window: MainWindow, run: int) -> Path:
    recorder = window.bridge.recorder
    assert recorder is not None
    return recorder.folders[run]


def begun(window: MainWindow, run: int, step: int) -> None:
    """Wait until a new run stands at a step, in the present."""
    session = window.bridge.session
    Person(window).until(lambda: (session.status.run, session.status.step) == (run, step), "the new run")
    Person(window).until(lambda: window.bench.past.step is None, "the present")


def test_the_bar_of_the_past_begins_a_run_of_its_own(window: MainWindow, recording: None) -> None:
    train(window, 5)
    assert not window.actions_by_id["branch"].isEnabled()
    look_at(window, 4)
    assert window.actions_by_id["branch"].isEnabled()
    before = window.editor.project
    window.editor.apply("Rate", replace(before, recipe=replace(before.recipe, learning_rate=0.5)))
    bar = next(child for child in window.top.children() if isinstance(child, PastBar))
    QTest.mouseClick(bar.new_run, Qt.MouseButton.LeftButton)
    begun(window, 2, 4)
    person = Person(window)
    person.until(lambda: window.notice.says("kept"), "the bar")
    said = window.notice.text()
    assert "This is a new run: it begins at step 4" in said and "goes on with a new optimizer" in said
    assert "Changed on screen: learning rate." in said and "is kept as it was after step 5." in said
    assert window.editor.project == before
    latest = window.bridge.session.weights.latest
    assert latest is not None
    kept = weights(run_folder(window, 1), 4)[1]
    assert all(torch.equal(latest.tensors[name], tensor) for name, tensor in kept.items())
    train(window, 2)
    facts = summarize(run_folder(window, 2)).facts
    assert (facts.parent, facts.parent_step) == (run_folder(window, 1).name, 4)
    window.editor.undo()
    assert window.editor.project.recipe.learning_rate == 0.5


def in_training(window: MainWindow, more: int) -> None:
    """Begin to train, slowly, and wait for so many steps."""
    session = window.bridge.session
    step = session.status.step
    session.pace(10.0)
    session.play()
    Person(window).until(lambda: session.status.step >= step + more, "training")
    assert session.status.state is State.RUNNING


def paused_at(window: MainWindow, run: int) -> int:
    """The step at which the strip says that a run, which was being trained, was paused; it says so once."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.run == run and "was being trained" in window.notice.text(), "the strip")
    previous = session.standing.previous
    assert previous is not None and session.status.state is not State.RUNNING
    said = f"was being trained: it was paused at step {previous.step} and is kept."
    assert window.notice.text().count(said) == 1 and "is kept as it was" not in window.notice.text()
    return previous.step


def test_a_new_run_says_that_it_pauses_a_training_and_nothing_of_it_is_lost(
    window: MainWindow, recording: None
) -> None:
    train(window, 3)
    look_at(window, 2)
    person, session = Person(window), window.bridge.session
    begins: tuple[Callable[[], object], ...] = (
        window.actions_by_id["branch"].trigger,
        lambda: window.bench.going_on.continue_run(run_folder(window, 1)),
    )
    for number, begin in enumerate(begins, 2):
        in_training(window, 2)
        begin()
        step = paused_at(window, number)
        last = run_folder(window, 1), step
        # the library can continue it exactly from there
        person.until(lambda last=last: checkpoint_path(*last).is_dir(), "its last moment")  # type: ignore[misc]
        button(window, "Back to it").click()
        person.until(lambda step=step: (session.status.run, session.status.step) == (1, step), "the run before")  # type: ignore[misc]
        assert session.status.state is State.PAUSED
        train(window, 1)


def test_starting_over_says_that_it_pauses_a_training(window: MainWindow, recording: None) -> None:
    train(window, 1)
    in_training(window, 1)
    window.actions_by_id["start_over"].trigger()
    person, session = Person(window), window.bridge.session
    step = paused_at(window, 2)
    button(window, "Back to it").click()
    person.until(lambda: (session.status.run, session.status.step) == (1, step), "the run before")
    # that one did not move, so there is nothing to be said of it
    person.until(lambda: "was being trained" not in window.notice.text(), "the strip")


def test_train_in_the_past_asks_from_where(window: MainWindow, recording: None) -> None:
    train(window, 5)
    person, session = Person(window), window.bridge.session
    look_at(window, 2)
    person.shortcut("batch")
    person.until(lambda: window.notice.says("train"), "the question")
    assert "Step 2 is shown. Train from where?" in window.notice.text()
    assert "with a new optimizer" in window.notice.text() and session.status.step == 5
    button(window, "Go on from now").click()
    person.until(lambda: session.status.step == 6 and session.status.state is State.PAUSED, "the batch")
    assert session.status.run == 1 and window.bench.past.step is None and not window.notice.says("train")
    person.until(lambda: 6 in window.bench.past.steps, "its moment")
    look_at(window, 5)
    assert checkpoint_path(run_folder(window, 1), 5).is_dir()
    person.shortcut("batch")
    person.until(lambda: window.notice.says("train"), "the question")
    assert "optimizer" not in window.notice.text()
    # the question is about the moment that is shown
    look_at(window, 0)
    assert not window.notice.says("train")
    look_at(window, 5)
    person.shortcut("batch")
    button(window, "New run from here").click()
    begun(window, 2, 6)
    person.until(lambda: session.status.state is State.PAUSED, "the batch of the new run")
    assert session.standing.previous is not None and session.standing.previous.step == 6


def test_a_run_of_the_library_is_continued(window: MainWindow, recording: None) -> None:
    train(window, 3)
    folder, going_on = run_folder(window, 1), window.bench.going_on
    going_on.continue_run(folder)
    begun(window, 2, 3)
    Person(window).until(lambda: window.notice.says("kept"), "the bar")
    # a moment that is gone is said, and the present run stays
    going_on.continue_run(folder, 77)
    Person(window).until(lambda: window.notice.says("past"), "the sentence")
    assert "has no moment at step 77; the nearest is at step 3" in window.notice.text()
    assert window.bridge.session.status.run == 2


def test_the_table_of_runs_goes_on_with_a_run(window: MainWindow, recording: None) -> None:
    train(window, 3)
    identifier = run_folder(window, 1).name
    panel, person = window.panel(RunsPanel), Person(window)
    window.show_panel("runs")
    person.until(lambda: identifier in [run.id for run in panel.model.runs], "the row")
    assert not panel.actions_by_id["go_on"].isEnabled()
    panel.choose(identifier)
    panel.actions_by_id["go_on"].trigger()
    begun(window, 2, 3)
    train(window, 1)
    assert summarize(run_folder(window, 2)).facts.parent == identifier


def test_pausing_in_the_past_asks_nothing(window: MainWindow, recording: None) -> None:
    train(window, 3)
    person, session = Person(window), window.bridge.session
    look_at(window, 1)
    session.play()
    person.until(lambda: session.status.step > 4, "training")
    person.shortcut("play")
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    assert not window.notice.says("train") and window.bench.past.step == 1
