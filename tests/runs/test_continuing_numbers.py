"""Numbers and changed rates from before a moment are those of the run that goes on from it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from recording_kit import branch, losses, recorded, recorded_until, trained
from training_kit import project

from cnnviz.runs import folder as run_folder
from cnnviz.runs.continuing import recorded_start, until
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.summary import read_entries, summarize
from cnnviz.training.channels import BatchMetrics, Evaluation, State
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.training.state import TrainingState


def test_metrics_end_at_the_step_and_the_epochs_that_are_done() -> None:
    numbers = np.linspace(0, 1, 10, dtype=np.float32)
    ends, times = np.array([4, 10], np.int32), np.array([1.0, 3.0])
    part = BatchMetrics(1, 1, numbers, numbers, 3.0, ends, times)
    evaluation = Evaluation(1, "validation", 1, 6, 0.5, 0.5, 2.0)
    cut, *evaluations = until([part, evaluation], 6, 1)
    assert isinstance(cut, BatchMetrics) and cut.losses.tolist() == numbers[:6].tolist()
    assert list(cut.pieces()) == [(4, 1.0), (6, 3.0)] and evaluations == [evaluation]
    # the moment at the end of the epoch was recorded before its validation
    assert len(until([part, evaluation], 6, 0)) == 1
    assert until([part, evaluation], 0, 0) == []
    assert until([part], 10, 1) == [part]


def test_rates_that_were_changed_before_a_moment_and_at_it_are_those_of_the_run_that_goes_on(tmp_path: Path) -> None:
    one = project(epochs=4, learning_rate=0.05)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.batches(2)
        watched.session.apply(project(epochs=4, learning_rate=0.01))
        watched.batches(2)
    parent = recorder.folders[1]
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, recorded_start(parent, 4))
        # before anything is trained, so before the run has a folder
        watched.session.apply(project(epochs=4, learning_rate=0.001))
        watched.until(lambda: watched.session.standing.project.recipe.learning_rate == 0.001)
        recorded_until(lambda: recorder._events_read == watched.session.events.read()[1])
        watched.batches(2)
    child = recorder.folders[1]
    changes = [event for event in read_entries(child).events if isinstance(event, SettingChanged)]
    assert [(event.step, event.before, event.value) for event in changes] == [(2, 0.05, 0.01), (4, 0.01, 0.001)]
    assert summarize(parent).learning_rates == (0.05, 0.01)
    assert summarize(child).learning_rates == (0.05, 0.001)
    assert [change.step for change in recorded_history(child).changes] == [2, 4]


def test_a_rate_that_was_changed_at_the_moment_but_after_it_is_not_that_of_the_run_that_goes_on(
    tmp_path: Path,
) -> None:
    one = project(epochs=4, learning_rate=0.05)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.batches(3)
        recorded_until(lambda: 3 in recorder.moments(1))
        watched.session.apply(project(epochs=4, learning_rate=0.01))
        watched.batches(1)
    with recorded(project(), tmp_path) as (watched, again):
        branch(watched, recorded_start(recorder.folders[1], 3))
        watched.batches(1)
    assert summarize(recorder.folders[1]).learning_rates == (0.05, 0.01)
    assert summarize(again.folders[1]).learning_rates == (0.05,)


def test_a_rate_that_was_changed_before_the_first_step_is_that_of_the_whole_run(tmp_path: Path) -> None:
    with recorded(project(learning_rate=0.05), tmp_path) as (watched, recorder):
        recorded_until(lambda: 1 in recorder._projects and watched.session.status.ready)
        watched.session.apply(project(learning_rate=0.01))
        watched.until(lambda: watched.session.standing.project.recipe.learning_rate == 0.01)
        watched.batches(2)
    assert summarize(recorder.folders[1]).learning_rates == (0.01,)
    assert run_folder.project_at(recorder.folders[1], 2).recipe.learning_rate == 0.01


def test_a_rate_that_was_changed_after_the_last_step_is_not_that_of_the_run(tmp_path: Path) -> None:
    with recorded(project(learning_rate=0.05), tmp_path) as (watched, recorder):
        watched.batches(2)
        watched.session.apply(project(learning_rate=0.01))
        watched.until(lambda: watched.session.standing.project.recipe.learning_rate == 0.01)
        recorded_until(lambda: recorder._events_read == watched.session.events.read()[1])
    folder = recorder.folders[1]
    assert [event.value for event in read_entries(folder).events if isinstance(event, SettingChanged)] == [0.01]
    assert summarize(folder).learning_rates == (0.05,)


def test_a_run_that_is_only_tested_is_recorded_with_the_numbers_from_before_and_its_test(tmp_path: Path) -> None:
    parent = trained(project(epochs=4), tmp_path, 4)
    with recorded(project(), tmp_path) as (watched, recorder):
        before = time.time()
        branch(watched, recorded_start(parent, 4))
        recorded_until(lambda: recorder.resumed.origin(1) is not None)
        begun = time.time()
        watched.session.stop()
        watched.until(lambda: watched.session.status.state is State.FINISHED)
        recorded_until(lambda: 1 in recorder.folders and recorder.resumed.untrained(1) is None)
        # the run after it writes nothing into its folder
        watched.session.reset(project())
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.ready)
        watched.batches(6)
    child, other = recorder.folders[1], recorder.folders[2]
    summary = summarize(child)
    assert losses(child) == losses(parent) and summary.numbers.steps == 4
    assert summary.numbers.test_accuracy is not None and summary.numbers.finished
    assert recorded_history(child).tested and len(recorded_history(child)) == 4
    assert before <= summary.facts.created <= begun
    assert summarize(other).numbers.steps == 6


def test_a_run_that_is_paused_before_its_first_step_is_recorded_with_the_numbers_from_before(tmp_path: Path) -> None:
    parent = trained(project(epochs=4), tmp_path, 4)
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, recorded_start(parent, 4))

        def play_and_pause(_: TrainingState | None) -> None:
            watched.session.play()
            watched.session.pause()

        # the training thread finds both commands at once, and so trains nothing between them
        watched.session.visit(play_and_pause)
        recorded_until(lambda: 1 in recorder.folders)
    child = recorder.folders[1]
    assert losses(child) == losses(parent) and run_folder.moments(child)[4].exact
