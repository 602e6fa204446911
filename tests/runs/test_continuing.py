"""A run goes on from a moment of a recorded one: exactly where that is possible, else from its weights."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import torch
from recording_kit import EPOCH, branch, losses, recorded, trained
from training_kit import advance, assert_same, data, project, state_of, tensors

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, GlobalAvgPool2d, Input, Output
from cnnviz.network.report import Facts
from cnnviz.project.project import Project
from cnnviz.runs import folder as run_folder
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.folder import RunError
from cnnviz.runs.library import Library
from cnnviz.runs.marks import MomentMark, read_marks, write_mark
from cnnviz.runs.summary import Facts as RunFacts
from cnnviz.runs.summary import read_entries, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.model import build
from cnnviz.training.origin import Origin

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.training.state import TrainingState


@pytest.mark.parametrize("interrupted_at", [3, EPOCH, 7])
def test_from_an_exact_moment_training_goes_on_to_the_same_bits(tmp_path: Path, interrupted_at: int) -> None:
    one = project(epochs=4, optimizer="adam", learning_rate=0.01)
    parent = trained(one, tmp_path, interrupted_at)
    write_mark(parent, 1, MomentMark("first"))
    start = recorded_start(parent)
    assert start.origin == Origin(parent.name, interrupted_at, exact=True)
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, start)
        assert watched.session.standing.project.recipe == one.recipe
        watched.batches(6)
        last = watched.tensors()
    without = state_of(one)
    expected = [loss.item() for loss in advance(without, data(), interrupted_at + 6)]
    assert_same(last, tensors(without))
    # the run that goes on is complete in itself: it has the numbers from before, and its beginning can be gone on from
    child = recorder.folders[1]
    assert losses(child) == expected
    validated = [part.step for part in read_entries(child).metrics if isinstance(part, Evaluation)]
    assert validated == [step for step in (EPOCH, 2 * EPOCH) if step < interrupted_at + 6]
    facts = summarize(child).facts
    assert (facts.parent, facts.parent_step) == (parent.name, interrupted_at)
    before = {step: moment for step, moment in run_folder.moments(child).items() if step <= interrupted_at}
    assert before == run_folder.moments(parent) and min(before) == 0
    assert read_marks(child) == {1: MomentMark("first")}
    assert recorded_start(child, interrupted_at).origin.exact
    # the first run is as it was
    assert summarize(parent).numbers.steps == interrupted_at and not summarize(parent).facts.parent


def test_from_weights_alone_the_place_in_the_epoch_is_known_and_the_optimizer_is_new(tmp_path: Path) -> None:
    # without momentum and dropout the weights and the place are all there is: the same bits follow
    plain = project(dropout=0.0, epochs=4, momentum=0.0)
    parent = trained(plain, tmp_path, 7)
    # a checkpoint that was begun, and is not complete, is none
    unfinished = run_folder.checkpoint_path(parent, 4)
    unfinished.mkdir()
    (unfinished / "tensors-0123456789abcdef.safetensors").write_bytes(b"half of the tensors")
    assert not run_folder.moments(parent)[4].exact
    start = recorded_start(parent, 4)
    assert start.origin == Origin(parent.name, 4, exact=False)
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, start)
        assert (watched.session.status.epoch, watched.session.status.batch) == (0, 4)
        watched.batches(5)
        last = watched.tensors()
    without = state_of(plain)
    expected = [loss.item() for loss in advance(without, data(), 9)]
    assert_same(last, tensors(without))
    child = recorder.folders[1]
    assert losses(child) == expected
    assert not run_folder.moments(child)[4].exact and run_folder.moments(child).keys() >= {0, 1, 2, 4}
    assert_same(run_folder.weights(child, 4)[1], run_folder.weights(parent, 4)[1])


def test_a_run_that_began_from_weights_alone_goes_on_from_there_to_its_own_bits(tmp_path: Path) -> None:
    parent = trained(project(epochs=4, optimizer="adam", learning_rate=0.01), tmp_path, 7)
    found = []
    start = recorded_start(parent, 4)
    for _ in range(2):
        with recorded(project(), tmp_path) as (watched, recorder):
            branch(watched, start)
            watched.batches(5)
            found.append(watched.tensors())
        start = recorded_start(recorder.folders[1], 4)
        assert start.origin.exact
    assert_same(*found)


def test_from_weights_alone_the_optimizer_remembers_nothing(tmp_path: Path) -> None:
    parent = trained(project(optimizer="adam", learning_rate=0.01), tmp_path, 7)
    with recorded(project(), tmp_path / "other") as (watched, _):
        branch(watched, recorded_start(parent, 4))
        found: list[int] = []
        done = threading.Event()

        def look(state: TrainingState | None) -> None:
            assert state is not None
            found.append(len(state.optimizer.state))
            done.set()

        watched.session.visit(look)
        assert done.wait(30)
        assert found == [0]


def test_step_0_is_a_moment_to_go_on_from_exactly(tmp_path: Path) -> None:
    one = project(epochs=4, optimizer="adam", learning_rate=0.01)
    parent = trained(one, tmp_path, 3)
    start = recorded_start(parent, 0)
    assert start.origin.exact
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, start)
        watched.batches(4)
        last = watched.tensors()
    without = state_of(one)
    advance(without, data(), 4)
    assert_same(last, tensors(without))
    assert (summarize(recorder.folders[1]).facts.parent_step, min(run_folder.moments(recorder.folders[1]))) == (0, 0)


def test_a_run_that_is_only_opened_leaves_no_folder(tmp_path: Path) -> None:
    parent = trained(project(), tmp_path, 3)
    with recorded(project(), tmp_path) as (watched, recorder):
        branch(watched, recorded_start(parent))
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.ready)
        watched.batches(1)
        # the run that was left comes back, is trained, and still says where it comes from
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        assert [folder.name for folder in Library(tmp_path).folders() if folder == recorder.folders.get(1)] == []
        watched.batches(2)
    assert summarize(recorder.folders[1]).facts.parent == parent.name
    assert not summarize(recorder.folders[2]).facts.parent
    assert len(Library(tmp_path).runs()) == 3


def test_a_run_that_begins_with_the_weights_of_another_names_it(tmp_path: Path) -> None:
    before = trained(project(), tmp_path, 3)
    with recorded(project(), tmp_path) as (watched, recorder):
        # of a run that was opened and not trained since: it has no folder of its own
        branch(watched, recorded_start(before))
        watched.session.transfer(project())
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.ready)
        watched.batches(2)
        # of a run of this session
        watched.session.transfer(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 3 and watched.session.status.ready)
        watched.batches(1)
        # with initial weights
        watched.session.reset(project())
        watched.until(lambda: watched.session.status.run == 4 and watched.session.status.ready)
        watched.batches(1)
    facts = {number: summarize(folder).facts for number, folder in recorder.folders.items()}
    assert facts[2].inherited == facts[3].inherited == "conv1, norm1, fc1"
    assert (facts[2].weights_from, facts[2].weights_step, facts[2].parent) == (before.name, 3, "")
    assert (facts[3].weights_from, facts[3].weights_step) == (recorder.folders[2].name, 2)
    assert (facts[4].inherited, facts[4].weights_from) == ("", "")


def test_without_a_step_the_newest_exact_moment_is_chosen(tmp_path: Path) -> None:
    parent = trained(project(epochs=4), tmp_path, 7)
    assert recorded_start(parent).origin.step == 7
    with recorded(project(epochs=4), tmp_path) as (watched, recorder):
        branch(watched, recorded_start(parent, 4))
        watched.batches(1)
    child = recorder.folders[1]
    # its only exact moment is where it was paused
    assert recorded_start(child).origin.step == 5
    for moment in run_folder.moments(child).values():
        if moment.exact:
            (run_folder.checkpoint_path(child, moment.step) / "state.json").unlink()
    # it began at step 4 with a new optimizer, as it can again; what is before that belongs to the other run
    assert recorded_start(child).origin == Origin(child.name, 4, exact=True)


def test_what_cannot_be_gone_on_from_is_said_and_the_present_run_stays(tmp_path: Path) -> None:
    parent = trained(project(), tmp_path, 7)
    with pytest.raises(RunError, match=r"has no moment at step 6; the nearest is at step [57]"):
        recorded_start(parent, 6)
    start = recorded_start(parent, 7)
    (file,) = run_folder.checkpoint_path(parent, 7).glob("*.safetensors")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with recorded(project(), tmp_path / "other") as (watched, _):
        watched.batches(2)
        watched.session.branch(start)
        watched.until(lambda: watched.session.trouble())
        assert "Training cannot go on from step 7 of the recorded run" in watched.session.trouble()
        assert "its tensors have changed" in watched.session.trouble()
        assert (watched.session.status.run, watched.session.status.step) == (1, 2)
    with pytest.raises(RunError, match="has no moments to go on from"):
        recorded_start(tmp_path / "gone")


def test_a_run_that_cannot_be_trained_here_leaves_the_present_one_its_images_and_threads(tmp_path: Path) -> None:
    small = chain(("input", Input()), ("pool", GlobalAvgPool2d()), ("only", Dense(1000)), ("output", Output()))
    other = Project(small, recipe=project().recipe, dataset=DatasetChoice("imagenet"))
    report = check(small, Facts((3, 224, 224), 1000))
    module = build(small, report, 0)
    writer = RunWriter(tmp_path / "other", other, RunFacts("other", 1.0, 5, "CPU", "float32", 3), 10**9)
    writer.write_weights(2, other, dict(module.state_dict()))
    writer.close()
    one = project(epochs=2)
    with recorded(one, tmp_path / "home") as (watched, _):
        watched.batches(2)
        watched.session.branch(recorded_start(tmp_path / "other", 2))
        watched.until(lambda: watched.session.trouble())
        threads: list[int] = []
        watched.session.visit(lambda _: threads.append(torch.get_num_threads()))
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert threads == [1]
        last = watched.tensors()
    without = state_of(one)
    advance(without, data(), 2 * EPOCH)
    assert_same(last, tensors(without))
