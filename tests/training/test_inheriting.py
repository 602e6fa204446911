"""New runs that begin with what another run has learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from training_kit import LONG, Watched, arranged_project, session, state_of, tensors

from cnnviz.data.choice import DatasetChoice
from cnnviz.data.description import Description, Origin
from cnnviz.project import edits
from cnnviz.training.events import Refused, RunStarted
from cnnviz.training.inheriting import inheritance, only_new_trained
from cnnviz.training.trained_weights import TrainedWeights

if TYPE_CHECKING:
    from cnnviz.project.project import Project

HERE = Origin(str(Path(__file__).parent), "image folder", "0" * 64)
LETTERS = Description("letters", "Letters", (1, 28, 28), tuple("abcdefghij"), 100, 10, (0.2,), (0.3,), origin=HERE)


def on_letters(one: Project) -> Project:
    """The project with images of ten other classes."""
    return replace(one, dataset=DatasetChoice("letters", 10, own=LETTERS))


def published(watched: Watched) -> int:
    """The run of the newest published weights."""
    weights = watched.session.weights.latest
    return 0 if weights is None else weights.run


def test_the_last_layer_starts_new_where_the_classes_are_others() -> None:
    one = arranged_project()
    went = inheritance(one, on_letters(one))
    assert (dict(went.kept), went.new) == ({"conv1": "conv1", "norm1": "norm1"}, ("fc1",))
    assert inheritance(one, one).new == ()
    # a classifier of two layers: only the last one tells the classes apart
    two = edits.insert(one, next(edge for edge in one.network.edges if edge.target == "fc1"), one.network["fc1"])[0]
    assert inheritance(two, on_letters(two)).new == ("fc1",)
    assert "fc2" in inheritance(two, on_letters(two)).kept


def test_layers_are_matched_by_node_and_shape() -> None:
    one = arranged_project()
    wider = edits.set_parameter(on_letters(one), "conv1", "out_channels", 6)
    assert inheritance(one, wider).kept == {}
    renamed = edits.rename(on_letters(one), "conv1", "first")
    assert inheritance(one, renamed).kept == {"first": "conv1", "norm1": "norm1"}


def test_what_is_kept_is_frozen_and_what_is_new_is_not() -> None:
    one = arranged_project()
    other = on_letters(edits.freeze(one, ["fc1"]))
    network = only_new_trained(other.network, inheritance(one, other))
    assert network.frozen == {"conv1", "norm1"}


def test_a_new_run_begins_with_what_the_run_has_learned() -> None:
    one = arranged_project(0.0, epochs=LONG)
    other = on_letters(one)
    with session(one) as watched:
        watched.batches(5)
        then = watched.tensors()
        watched.session.transfer(other)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.ready)
        started = watched.events(RunStarted)[-1]
        assert (started.run, started.inherited) == (2, ("conv1", "norm1"))
        # an edit before the first step keeps them
        still = edits.freeze(other, ["conv1", "norm1"])
        watched.session.apply(still)
        watched.batches(3)
        later = watched.tensors()
        assert (watched.session.status.run, watched.session.status.step) == (2, 3)
        for name in ("conv1.weight", "norm1.weight", "norm1.running_mean", "norm1.num_batches_tracked"):
            assert torch.equal(later[name], then[name]), name
        assert not torch.equal(later["fc1.weight"], then["fc1.weight"])
        # the run before is as it was
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        assert all(torch.equal(each, then[name]) for name, each in watched.tensors().items())


def test_without_a_frozen_layer_all_of_it_is_trained_from_there() -> None:
    one = arranged_project(0.0, epochs=LONG)
    with session(one) as watched:
        watched.batches(5)
        then = watched.tensors()
        watched.session.transfer(one)
        watched.until(lambda: published(watched) == 2)
        first = watched.tensors()
        assert all(torch.equal(each, then[name]) for name, each in first.items())
        watched.batches(1)
        assert not torch.equal(watched.tensors()["conv1.weight"], then["conv1.weight"])
        # starting over means the initial weights of the seed
        watched.session.reset(one)
        watched.until(lambda: published(watched) == 3)
        assert torch.equal(watched.tensors()["conv1.weight"], tensors(state_of(one))["conv1.weight"])


def test_weights_of_another_run_are_taken_over() -> None:
    one = arranged_project(0.0, epochs=LONG)
    given = {name: torch.full_like(each, 2) for name, each in tensors(state_of(one)).items()}
    with session(one) as watched:
        watched.session.transfer(on_letters(one), TrainedWeights(one, given))
        watched.until(lambda: any(event.inherited for event in watched.events(RunStarted)))
        watched.until(lambda: watched.session.standing.project == on_letters(one) and watched.session.status.ready)
        watched.batches(1)
        assert watched.session.status.run == 1
        assert not watched.tensors()["conv1.weight"].sub(2).abs().gt(0.2).any()


def test_there_is_nothing_to_keep_before_the_first_step() -> None:
    one = arranged_project()
    with session(one) as watched:
        watched.session.transfer(on_letters(one))
        watched.until(lambda: watched.events(Refused))
        assert "no weights to keep" in str(watched.events(Refused)[0].sentence)
        assert watched.session.standing.project == one
