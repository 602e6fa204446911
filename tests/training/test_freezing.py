"""Training with frozen layers: what stays, and that the rest trains as it does in torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from training_kit import (
    LONG,
    advance,
    arranged_project,
    assert_same,
    data,
    project,
    session,
    state_of,
    tensors,
    with_recipe,
)

from cnnviz.project import edits
from cnnviz.training import checkpoint
from cnnviz.training.changes import compare
from cnnviz.training.channels import State
from cnnviz.training.events import NetworkChanged
from cnnviz.training.loop import batches_per_epoch
from cnnviz.training.state import sample_order

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.project.project import Project


IDLE = {("conv1", "bias"), ("norm1", "running_mean")}


def torch_network() -> nn.Sequential:
    """The network of the kit without dropout, in plain torch."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    )


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("still", [("conv1", "norm1"), ("conv1",), ("norm1",), ("fc1",), ("conv1", "fc1")])
def test_it_trains_as_torch_does_where_gradients_are_not_required(still: tuple[str, ...], optimizer: str) -> None:
    one = edits.freeze(project(0.0, optimizer=optimizer, momentum=0.9, weight_decay=0.01, clip_norm=0.5), still)
    state, images = state_of(one), data()
    begun = tensors(state)
    modules = torch_network()
    places = {"conv1": 0, "norm1": 1, "fc1": 5}
    for name, at in places.items():
        modules[at].load_state_dict({key[len(name) + 1 :]: each for key, each in begun.items() if key.startswith(name)})
    modules.train()
    for name in still:
        modules[places[name]].requires_grad_(False).eval()
    parameters = [each for each in modules.parameters() if each.requires_grad]
    if optimizer == "sgd":
        steps: torch.optim.Optimizer = torch.optim.SGD(parameters, 0.05, 0.9, weight_decay=0.01)
    else:
        steps = torch.optim.Adam(parameters, 0.05, weight_decay=0.01)
    recipe, count = one.recipe, len(images.train)
    order = sample_order(recipe.seed, 0, count)
    mean, std = images_moments(one)
    batches = batches_per_epoch(count, recipe.batch_size)
    for batch in range(batches):
        chosen = order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
        pixels, labels = images.train.batch(chosen)
        steps.zero_grad()
        loss = nn.functional.cross_entropy(modules((pixels.float() / 255 - mean) / std), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 0.5)
        steps.step()
    advance(state, images, batches)
    after = tensors(state)
    for name, at in places.items():
        for key, tensor in modules[at].state_dict().items():
            # in front of a normalization the gradient of a bias is rounding alone, which Adam makes whole steps of
            if not (optimizer == "adam" and "norm1" not in still and (name, key) in IDLE):
                torch.testing.assert_close(after[f"{name}.{key}"], tensor, rtol=2e-4, atol=2e-6)
            if name in still:
                assert torch.equal(after[f"{name}.{key}"], begun[f"{name}.{key}"]), (name, key)


def images_moments(one: Project) -> tuple[float, float]:
    """Mean and deviation of the Input."""
    layer = one.network["input"]
    return layer.mean[0], layer.std[0]  # type: ignore[attr-defined]


def test_nothing_is_computed_below_the_lowest_trained_layer() -> None:
    state = state_of(edits.freeze(project(0.0), ["conv1", "norm1"]))
    x = torch.rand(2, 1, 28, 28)
    _, seen = state.module.train()(x, ["norm1", "pool1", "fc1"])
    assert not seen["pool1"].requires_grad and seen["fc1"].requires_grad
    assert not state.module._modules["norm1"].training  # type: ignore[union-attr]


def test_a_frozen_network_is_evaluated_and_learns_nothing() -> None:
    one = edits.freeze(project(0.0), ["conv1", "norm1", "fc1"])
    state = state_of(one)
    before = tensors(state)
    advance(state, data(), 7)
    assert_same(before, tensors(state))


def test_freezing_is_no_restart() -> None:
    one = arranged_project()
    still = edits.freeze(one, ["conv1"])
    change = compare(one, still)
    assert change.refrozen and not change.restart and not change.renamed and not change.live
    named = edits.rename(still, "conv1", "first")
    assert compare(still, named).renamed and not compare(still, named).refrozen
    assert not compare(still, still).refrozen
    other = compare(one, edits.set_parameter(still, "fc1", "bias", False))
    assert other.restart and other.continuable


def test_layers_are_frozen_and_freed_while_it_trains() -> None:
    one = arranged_project(0.0, epochs=LONG, momentum=0.9)
    with session(one) as watched:
        watched.batches(3)
        then = watched.tensors()
        still = edits.freeze(one, ["conv1", "norm1"])
        watched.session.apply(still)
        watched.batches(4)
        later = watched.tensors()
        assert all(
            torch.equal(then[name], tensor) == (name.partition(".")[0] in ("conv1", "norm1"))
            for name, tensor in later.items()
        )
        (event,) = watched.events(NetworkChanged)
        assert event.new == () and event.project.network.frozen == {"conv1", "norm1"}
        assert event.frozen == ("conv1", "norm1")
        assert watched.session.standing.project == still
        watched.session.apply(edits.rename(one, "conv1", "first"))
        watched.batches(2)
        assert not watched.session.standing.project.network.frozen
        free = watched.tensors()
        assert not torch.equal(free["first.weight"], later["conv1.weight"])


def test_an_untrained_network_is_frozen_before_its_first_step() -> None:
    one = arranged_project(0.0, epochs=LONG)
    with session(one) as watched:
        watched.session.apply(edits.freeze(one, ["fc1"]))
        watched.batches(2)
        weights = watched.tensors()
    begun = tensors(state_of(one))
    assert torch.equal(begun["fc1.weight"], weights["fc1.weight"])
    assert not torch.equal(begun["conv1.weight"], weights["conv1.weight"])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_with_frozen_layers_goes_on_from_its_checkpoint(optimizer: str, tmp_path: Path) -> None:
    one = edits.freeze(arranged_project(optimizer=optimizer, momentum=0.9, epochs=3), ["conv1"])
    state, images = state_of(one), data()
    advance(state, images, 4)
    checkpoint.save(state, one, tmp_path / "kept")
    read, again = checkpoint.load(tmp_path / "kept")
    assert read == one
    for each in (state, again):
        advance(each, images, 3)
    assert_same(tensors(state), tensors(again))


def test_the_precision_is_compared_with_the_frozen_layers() -> None:
    from cnnviz.network.check import examine
    from cnnviz.training.comparison import _twin
    from cnnviz.training.facts import facts_of_data

    one = edits.freeze(project(0.0), ["conv1"])
    report = examine(one.network, facts_of_data(one))
    twin = _twin(state_of(one), report)
    assert {name for name, each in twin.named_parameters() if not each.requires_grad} == {"conv1.weight", "conv1.bias"}


def test_a_finished_run_goes_on_with_other_layers_frozen() -> None:
    one = arranged_project(0.0, epochs=1)
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        then = watched.tensors()
        watched.session.apply(with_recipe(replace(one, network=edits.freeze(one, ["conv1"]).network), epochs=2))
        watched.session.play()
        watched.until(lambda: watched.session.status.epoch == 2 and watched.session.status.state is State.FINISHED)
        later = watched.tensors()
    assert torch.equal(then["conv1.weight"], later["conv1.weight"])
    assert not torch.equal(then["fc1.weight"], later["fc1.weight"])
