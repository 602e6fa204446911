"""The climbed image excites a map more than any image of the data, and climbing leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import moment_of
from networks import valid_networks

from cnnviz.data.catalogue import load
from cnnviz.inspection.moment import Moment
from cnnviz.inspection.studies import climbing
from cnnviz.inspection.studies.climbing import climb
from cnnviz.inspection.studies.exciting import excite
from cnnviz.jobs import JobError
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.shapes import infer
from cnnviz.training.model import build, build_with

if TYPE_CHECKING:
    from cnnviz.inspection.studies.excitation import Climbed, Goal
    from cnnviz.network.graph import Network

NETWORK = chain(
    ("input", Input()),
    ("conv1", Conv2d(8, (3, 3))),
    ("norm", BatchNorm2d()),
    ("relu1", ReLU()),
    ("pool", MaxPool2d((2, 2), (2, 2))),
    ("conv2", Conv2d(12, (3, 3))),
    ("relu2", ReLU()),
    ("flat", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)


@cache
def trained() -> Moment:
    """A network after 60 steps of training."""
    shapes = infer(NETWORK)
    module = build(NETWORK, shapes).train()
    images = load("mnist").train
    optimizer = torch.optim.Adam(module.parameters(), 0.003)
    rng = np.random.default_rng(0)
    for _ in range(60):
        at = rng.integers(0, len(images), 64)
        logits = module.logits(torch.from_numpy(images.images[at]).float() / 255)
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(images.labels[at])).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
    tensors = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
    return Moment(NETWORK, shapes, tensors, 1, 60, True)


def climbed(moment: Moment, node: str, channel: int, goal: Goal = "value", seed: int = 0) -> Climbed:
    found = climb(moment, node, channel, goal, seed, lambda _: None, lambda: False)
    assert found is not None
    return found


def value_of(moment: Moment, found: Climbed, node: str, channel: int) -> torch.Tensor:
    """The map of the climbed image."""
    module = build_with(moment.network, moment.shapes, moment.tensors)
    with torch.no_grad():
        values = module(torch.from_numpy(found.image[None]).float() / 255, {node})[1][node][0, channel]
    assert isinstance(values, torch.Tensor)
    return values


@pytest.mark.parametrize("node", ["conv1", "conv2", "relu2", "fc"])
def test_the_climbed_image_excites_more_than_any_image_of_the_data(node: str) -> None:
    moment, images = trained(), load("mnist").validation
    study = excite(moment, images, node, lambda _: None, lambda: False)
    assert study is not None
    strongest = study.rankings["strongest"].values[:, 0]
    for channel in range(0, study.shape[0], 3):
        found = climbed(moment, node, channel)
        assert found.value == pytest.approx(float(value_of(moment, found, node, channel).max()), rel=1e-4)
        if node == "conv1":
            # images of black and white pixels may already be the best that nine pixels can do
            assert found.value > 0.98 * strongest[channel]
        else:
            assert found.value > strongest[channel]


def test_the_mean_of_a_map_is_climbed() -> None:
    moment = trained()
    one, whole = climbed(moment, "conv2", 3), climbed(moment, "conv2", 3, "map")
    means = [float(value_of(moment, found, "conv2", 3).mean()) for found in (one, whole)]
    assert means[1] > means[0] and one.value > whole.value


def test_the_image_grows_and_can_be_made_from_other_noise() -> None:
    moment = trained()
    grown: list[Climbed] = []
    found = climb(moment, "conv2", 0, "value", 0, grown.append, lambda: False)
    assert found is not None and found.step == found.steps == climbing.STEPS
    assert [one.step for one in grown] == list(range(0, climbing.STEPS, climbing.REPORTED))
    assert found.value > max(one.value for one in grown[:10])
    again, other = climbed(moment, "conv2", 0), climbed(moment, "conv2", 0, seed=1)
    assert np.array_equal(found.image, again.image) and not np.array_equal(found.image, other.image)


def test_a_relu_that_the_noise_does_not_reach_is_climbed_all_the_same() -> None:
    moment = trained()
    dark = replace(moment, tensors={**moment.tensors, "conv2.bias": moment.tensors["conv2.bias"] - 1.5})
    reports: list[Climbed] = []
    found = climb(dark, "relu2", 1, "value", 0, reports.append, lambda: False)
    assert found is not None and reports[0].value == 0 and found.value > 0


@settings(max_examples=25, deadline=None)
@given(valid_networks(most_layers=6), st.data())
def test_any_layer_of_any_network_is_climbed_without_a_trace(network: Network, data: st.DataObject) -> None:
    moment = moment_of(network)
    node = data.draw(st.sampled_from(moment.shapes.used))
    output = moment.shapes.nodes[node].output
    assert output is not None
    channel = data.draw(st.integers(0, output[0] - 1))
    goals: tuple[Goal, ...] = ("value", "map")
    goal = data.draw(st.sampled_from(goals))
    image = moment.shapes.nodes[moment.shapes.used[0]].output
    ending = data.draw(st.sampled_from(("whole", "cancelled", "broken")))
    before = {name: (tensor.clone(), tensor._version) for name, tensor in moment.tensors.items()}
    random, threads = torch.get_rng_state(), torch.get_num_threads()
    reports: list[Climbed] = []

    def report(made: Climbed) -> None:
        reports.append(made)
        if ending == "broken" and len(reports) == 2:
            raise KeyError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(climbing, "STEPS", 12)
        try:
            found = climb(moment, node, channel, goal, 0, report, lambda: ending == "cancelled" and len(reports) == 2)
        except KeyError:
            found = None
        except JobError as error:
            # drawn weights may overflow
            assert "not a number" in str(error)
            found = None
        else:
            assert (found is None) == (ending == "cancelled")
    for made in [*reports, *([] if found is None else [found])]:
        assert made.image.dtype == np.uint8 and made.image.shape == image
    assert all(
        torch.equal(tensor, old) and tensor._version == version and tensor.grad is None and not tensor.requires_grad
        for tensor, (old, version) in zip(moment.tensors.values(), before.values(), strict=True)
    )
    assert torch.equal(random, torch.get_rng_state()) and threads == torch.get_num_threads()
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


def test_outputs_that_are_not_finite_are_a_sentence() -> None:
    moment = trained()
    broken = {name: tensor.float() * float("nan") for name, tensor in moment.tensors.items()}
    with pytest.raises(JobError, match="conv2 is not a number"):
        climbed(replace(moment, tensors=broken), "conv2", 0)
