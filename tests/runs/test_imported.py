"""Weights from elsewhere in the library: a run with a single moment, from which training goes on, also after edits."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from full_disk import full_disk
from recording_kit import recorded, recorded_until
from training_kit import PATIENCE, Watched, assert_same, project, state_of, tensors

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import rename, set_parameter
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.folder import RunError, moments, weights
from cnnviz.runs.imported import add_imported
from cnnviz.runs.library import Library
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import State
from cnnviz.training.events import Refused

PROJECT = project()
SOURCE = Path("elsewhere/weights.pth")


def _foreign() -> dict[str, torch.Tensor]:
    """Weights that no seed gives."""
    found = tensors(state_of(PROJECT))
    return {name: tensor if tensor.ndim == 0 else torch.full_like(tensor, 0.25) for name, tensor in found.items()}


def _obeyed(watched: Watched) -> None:
    """Wait until the session has carried out all commands."""
    obeyed = threading.Event()
    watched.session.visit(lambda _: obeyed.set())
    assert obeyed.wait(PATIENCE)


def _imported(home: Path) -> Path:
    return home / add_imported(home, PROJECT, _foreign(), "small", SOURCE, "a note")


def test_a_run_with_one_moment_is_added(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    (run,) = Library(tmp_path).runs()
    assert (run.id, run.facts.network, run.facts.source, run.notes) == (folder.name, "small", "weights.pth", "a note")
    assert [moment.step for moment in run.moments] == [0]
    read, found = weights(folder, 0)
    assert read.network == PROJECT.network
    assert_same(found, _foreign())


def test_nothing_is_added_to_a_full_disk(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(RunError, match="could not be kept"):
        _imported(tmp_path)
    assert not list(tmp_path.iterdir())


def test_training_goes_on_from_the_weights(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    with recorded(PROJECT, tmp_path) as (watched, _):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        status = watched.session.status
        assert (status.state, status.step, status.source) == (State.PAUSED, 0, "weights.pth")
        assert_same(watched.tensors(), _foreign())
        watched.batches(3)
    trained = Library(tmp_path).runs()[0]
    assert (trained.facts.parent, trained.facts.source) == (folder.name, "weights.pth")
    assert min(moments(tmp_path / trained.id)) == 0
    assert_same(weights(tmp_path / trained.id, 0)[1], _foreign())


def test_imported_weights_that_are_only_tested_are_recorded_with_their_test(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    with recorded(PROJECT, tmp_path) as (watched, recorder):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        recorded_until(lambda: recorder.resumed.origin(1) is not None)
        later = time.time()
        watched.session.stop()
        watched.in_state(State.FINISHED)
    tested = summarize(recorder.folders[1])
    assert tested.numbers.test_accuracy is not None and tested.numbers.steps == 0
    # its name is not that of the weights, which has the time of the import
    assert tested.facts.created >= later > summarize(folder).facts.created


def test_an_edit_does_not_replace_the_weights(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    edited = replace(PROJECT, network=set_parameter(PROJECT.network, "fc1", "bias", False))
    with recorded(PROJECT, tmp_path) as (watched, _):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        watched.session.apply(edited)
        _obeyed(watched)
        assert_same(watched.tensors(), _foreign())
        watched.session.go_on(edited)
        watched.in_state(State.RUNNING)
        watched.session.pause()
        watched.in_state(State.PAUSED)
        assert watched.session.standing.project.network == edited.network
    child = Library(tmp_path).runs()[0]
    assert child.facts.parent == folder.name


def test_starting_over_keeps_the_weights_as_the_run_before(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    with recorded(PROJECT, tmp_path) as (watched, _):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        watched.session.reset(PROJECT)
        watched.in_state(State.UNTRAINED)
        assert not watched.session.status.begun
        watched.session.back()
        watched.until(lambda: watched.session.status.begun)
        assert_same(watched.tensors(), _foreign())


def test_weights_can_be_looked_at_without_images_and_training_says_what_is_missing(tmp_path: Path) -> None:
    # 1,000 classes of an ImageNet that is not here
    one = replace(PROJECT, dataset=DatasetChoice("imagenet", validation=0))
    folder = tmp_path / add_imported(tmp_path, one, _foreign(), "small", SOURCE)
    with recorded(PROJECT, tmp_path) as (watched, _):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        assert_same(watched.tensors(), _foreign())
        watched.session.play()
        _obeyed(watched)
        assert "images of ImageNet" in str(watched.events(Refused)[-1].sentence)
        named = replace(one, network=rename(one.network, "fc1", "last"))
        watched.session.apply(named)
        _obeyed(watched)
        assert watched.session.standing.project.network == named.network
        assert torch.equal(watched.tensors()["last.weight"], _foreign()["fc1.weight"])
        # the same network with images that are here
        watched.session.transfer(replace(PROJECT, network=named.network))
        _obeyed(watched)
        watched.batches(2)


def test_the_last_layer_alone_is_trained_on(tmp_path: Path) -> None:
    folder = _imported(tmp_path)
    frozen = replace(PROJECT, network=with_frozen(PROJECT.network, ["conv1", "norm1"]))
    with recorded(PROJECT, tmp_path) as (watched, _):
        watched.session.branch(recorded_start(folder))
        watched.until(lambda: watched.session.status.begun)
        watched.session.apply(frozen)
        watched.batches(3)
        now, before = watched.tensors(), _foreign()
    assert torch.equal(now["conv1.weight"], before["conv1.weight"])
    assert not torch.equal(now["fc1.weight"], before["fc1.weight"])
