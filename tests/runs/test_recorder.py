"""Runs are recorded as they are trained: the same bits, and training learns the same as without it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from recording_kit import EPOCH, recorded, recorded_until
from training_kit import advance, assert_same, data, network, project, session, state_of, tensors

from cnnviz import settings
from cnnviz.network.graph import rename
from cnnviz.runs import folder as run_folder
from cnnviz.runs import rhythm
from cnnviz.runs.library import Library
from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import Recorder
from cnnviz.runs.summary import Facts, read_entries
from cnnviz.runs.writer import RunWriter
from cnnviz.training import checkpoint
from cnnviz.training.channels import BatchMetrics, Evaluation, State
from cnnviz.training.events import NetworkChanged

if TYPE_CHECKING:
    from pathlib import Path


def test_every_moment_has_the_bits_of_a_training_without_recorder(tmp_path: Path) -> None:
    one = project(epochs=4)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.session.play()
        watched.in_state(State.FINISHED)
        last = watched.tensors()
    assert recorder.trouble is None
    (run,) = Library(tmp_path).runs()
    folder = Library(tmp_path).folder(run.id)
    steps = [moment.step for moment in run.moments]
    assert {0, 1, 2, 4, EPOCH, 2 * EPOCH, 3 * EPOCH, 4 * EPOCH} <= set(steps) and run.moments[-1].exact
    state, images = state_of(one), data()
    for step in steps:
        advance(state, images, step - state.step) if step else None
        trained, kept = run_folder.weights(folder, step)
        assert (trained.network, trained.recipe, trained.dataset) == (one.network, one.recipe, one.dataset)
        assert_same(kept, tensors(state))
    assert_same(kept, last)


def test_numbers_facts_and_summary_are_those_of_the_run(tmp_path: Path) -> None:
    one = project(epochs=2)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.session.play()
        watched.in_state(State.FINISHED)
        metrics = watched.session.metrics.read()[0]
    (run,) = Library(tmp_path).runs()
    folder = recorder.folders[1]
    read = read_entries(folder)
    losses = [part.losses for part in metrics if isinstance(part, BatchMetrics)]
    kept = [part.losses for part in read.metrics if isinstance(part, BatchMetrics)]
    assert np.array_equal(np.concatenate(losses), np.concatenate(kept)) and not read.missing
    evaluations = [part for part in metrics if isinstance(part, Evaluation)]
    assert [part for part in read.metrics if isinstance(part, Evaluation)] == evaluations
    validation = max(part.accuracy for part in evaluations if part.split == "validation")
    numbers = run.numbers
    assert (numbers.steps, numbers.epochs, numbers.finished) == (2 * EPOCH, 2, True)
    assert numbers.validation_accuracy == validation and numbers.test_accuracy is not None
    assert numbers.validation_loss in [part.loss for part in evaluations if part.accuracy == validation]
    facts = run.facts
    assert (facts.network, facts.precision, facts.threads) == ("small", "float32", 1)
    assert facts.batch_size == one.recipe.batch_size
    assert run.images_per_second == pytest.approx(2 * EPOCH * one.recipe.batch_size / numbers.seconds)
    assert facts.parameters == sum(tensor.numel() for tensor in state_of(one).module.parameters())
    assert torch.__version__ in facts.versions
    # a summary that is missing or damaged is made again from the numbers
    older = {**asdict(numbers), "validation_loss": None}
    for damage in (b"", b"\xff{", json.dumps({"steps": 3, "log_bytes": 1}).encode(), json.dumps(older).encode()):
        (folder / run_folder.SUMMARY).write_bytes(damage)
        assert Library(tmp_path).runs() == [run]


def test_epochs_count_also_without_validation_images(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    writer = RunWriter(folder, project(), Facts("small", 1.0, 5), 10**9)
    writer.add([Evaluation(1, "test", 3, 9, 0.5, 0.75, 9.0)], [])
    writer.flush()
    writer.close()
    for _ in range(2):
        (run,) = Library(tmp_path).runs()
        assert (run.numbers.epochs, run.numbers.validation_accuracy, run.numbers.test_accuracy) == (3, None, 0.75)
        # made again from the numbers, they are the same
        (folder / run_folder.SUMMARY).unlink(missing_ok=True)


def test_training_goes_on_from_an_exact_moment_to_the_same_bits(tmp_path: Path) -> None:
    one = project(epochs=4, optimizer="adam", learning_rate=0.01)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.batches(7)
    folder = recorder.folders[1]
    assert run_folder.moments(folder)[7].exact
    _, state = checkpoint.load(run_folder.checkpoint_path(folder, 7))
    advance(state, data(), 6)
    without = state_of(one)
    advance(without, data(), 13)
    assert_same(tensors(state), tensors(without))


def test_an_exact_moment_that_is_asked_for_while_it_is_validated_is_that_of_the_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the first steps are not recorded either
    monkeypatch.setattr(rhythm, "CREDIT_SECONDS", 0.0)
    monkeypatch.setattr(rhythm, "SHARE", 1e-9)
    one = project(epochs=4)
    with recorded(one, tmp_path) as (watched, recorder):
        # hooks are called in the order in which they were added: the recorder has decided about this step before
        watched.session.at(lambda place: place.step == EPOCH and not place.evaluated, lambda *_: recorder.ask_exact())
        watched.batches(EPOCH + 2)
    folder = recorder.folders[1]
    moments = run_folder.moments(folder)
    assert {step: moment.exact for step, moment in moments.items()} == {0: False, EPOCH: True, EPOCH + 2: True}
    _, state = checkpoint.load(run_folder.checkpoint_path(folder, EPOCH))
    assert (state.epoch, state.batch) == (1, 0)
    advance(state, data(), 6)
    without = state_of(one)
    advance(without, data(), EPOCH + 6)
    assert_same(tensors(state), tensors(without))


def test_a_run_is_recorded_as_the_settings_say_where_it_begins(tmp_path: Path) -> None:
    settings.save(replace(settings.load(), record=False))
    with session(project(epochs=4)) as watched:
        recorder = Recorder(watched.session, lambda: "small", tmp_path)
        recorder.start()
        watched.batches(3)
        assert not recorder.records(1)
        # of a run that has begun nothing is recorded any more
        settings.save(replace(settings.load(), record=True))
        watched.batches(2)
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        assert not recorder.records(1) and recorder.records(2)
        watched.batches(2)
        settings.save(replace(settings.load(), record=False))
        watched.batches(2)
        assert recorder.records(2)
    assert recorder.close(30) and recorder.trouble is None
    (run,) = Library(tmp_path).runs()
    assert recorder.folders.keys() == {2} and run.numbers.steps == 4


def test_a_run_that_is_never_trained_leaves_no_folder(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with recorded(project(), home) as (watched, _):
        watched.session.apply(project(dropout=0.5))
        watched.until(lambda: watched.session.standing.project == project(dropout=0.5))
    assert not home.exists()


def test_each_run_has_a_folder_and_going_back_adds_to_the_first(tmp_path: Path) -> None:
    with recorded(project(epochs=4), tmp_path) as (watched, recorder):
        watched.batches(3)
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        watched.batches(4)
    runs = {run.id: run for run in Library(tmp_path).runs()}
    assert {number: runs[folder.name].numbers.steps for number, folder in recorder.folders.items()} == {1: 7, 2: 2}
    assert run_folder.project_at(recorder.folders[2], 2).recipe.learning_rate == 0.01


def test_a_run_that_was_edited_before_it_was_trained_is_recorded_as_it_was_trained(tmp_path: Path) -> None:
    with recorded(project(), tmp_path) as (watched, recorder):
        recorded_until(lambda: 1 in recorder._projects)
        edited = replace(project(), network=rename(network(), "conv1", "first"))
        watched.session.reset(edited)
        watched.until(lambda: watched.session.standing.project == edited and watched.session.status.ready)
        watched.batches(3)
    folder = recorder.folders[1]
    assert run_folder.project_at(folder, 0).network == edited.network
    for step in run_folder.moments(folder):
        trained, kept = run_folder.weights(folder, step)
        assert trained.network == edited.network and "first.weight" in kept


def test_a_moment_keeps_its_network_where_it_is_edited_at_the_same_step(tmp_path: Path) -> None:
    one, state = project(), state_of(project())
    writer = RunWriter(tmp_path / "run", one, Facts("small", 1.0, 5), 10**9)
    writer.write_weights(12, one, tensors(state))
    edited = replace(one, network=rename(one.network, "conv1", "first"))
    writer.add([], [NetworkChanged(1, 12, edited, (), ("first",))])
    writer.close()
    assert run_folder.project_at(tmp_path / "run", 12).network == edited.network
    trained, kept = run_folder.weights(tmp_path / "run", 12)
    assert trained.network == one.network
    assert_same(kept, tensors(state))


def test_starting_over_while_training_keeps_where_the_run_was(tmp_path: Path) -> None:
    one = project(epochs=200)
    with recorded(one, tmp_path) as (watched, recorder):
        watched.session.play()
        watched.until(lambda: watched.session.status.step > 3)
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 2)
        previous = watched.session.standing.previous
    assert previous is not None and run_folder.moments(recorder.folders[1])[previous.step].exact


def test_moments_take_no_more_than_the_budget(tmp_path: Path) -> None:
    one = project(epochs=4)
    size = sum(tensor.nbytes for tensor in state_of(one).module.state_dict().values())
    with recorded(one, tmp_path, Limits(run=6 * size, all=10**9)) as (watched, _):
        watched.session.play()
        watched.in_state(State.FINISHED)
    (run,) = Library(tmp_path).runs()
    steps = [moment.step for moment in run.moments]
    assert steps[0] == 0 and steps[-1] == 4 * EPOCH and run.numbers.best_step in steps
    exempt = {0, 4 * EPOCH, run.numbers.best_step}
    assert sum(moment.bytes for moment in run.moments if moment.step not in exempt) <= 6 * size
    assert len(steps) > 3


def test_old_runs_are_thinned_where_all_take_too_much(tmp_path: Path) -> None:
    one = project(epochs=3)
    for _ in range(2):
        with recorded(one, tmp_path, Limits(run=1000, all=1000)) as (watched, _):
            watched.batches(9)
    new, old = Library(tmp_path).runs()
    assert {0, 9} <= {moment.step for moment in new.moments}
    assert [moment.step for moment in old.moments] == sorted({0, old.numbers.best_step or 0, 9})


def test_a_training_of_the_command_line_is_in_the_library_unless_told_otherwise(home: Path, recording: None) -> None:
    from cnnviz.cli import main

    command = ["train", "fast", "--batches", "20", "--json", "--device", "cpu", "--threads", "1"]
    assert main([*command, "--no-record"]) == 0
    assert not (home / "data" / "runs").exists()
    assert main(command) == 0
    (run,) = Library(home / "data" / "runs").runs()
    assert (run.facts.network, run.numbers.steps, run.moments[0].step, run.moments[-1].step) == ("fast", 20, 0, 20)
