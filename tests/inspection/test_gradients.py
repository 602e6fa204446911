"""The gradient of a value is autograd's, and the sum over all that the value feeds."""

from __future__ import annotations

from math import isfinite, log
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import answers, arrays, moment_of, places, sample_of
from networks import gated, networks_with, valid_networks

from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.network.graph import Network, chain, connect
from cnnviz.network.layers import KINDS, Add, Conv2d, Dense, Dropout, Flatten, Input, Multiply, Output, ReLU
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.moment import Moment, Sample

pytestmark = pytest.mark.usefixtures("one_torch_thread")

TOLERANCE = 1e-5
"""Of the sum of the absolute terms."""
SMALLEST = 1e-37
"""Gradients are float32, whose numbers end about there."""


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Input"}))
@settings(max_examples=settings().max_examples // 3)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_the_terms_of_what_a_layer_reads_sum_to_autograds_gradient(kind: str, data: st.DataObject, seed: int) -> None:
    network = data.draw(networks_with(kind))
    name = next(name for name in ("one", *network.order) if name in network.nodes and network[name].kind == kind)
    look(network, list(network.inputs[name])[:1], seed)


@given(valid_networks(), st.integers(0, 1000))
def test_the_terms_sum_to_autograds_gradient_in_any_network(network: Network, seed: int) -> None:
    look(network, list(network.order), seed)


def test_ways_that_part_and_meet_again_are_counted_once_each() -> None:
    look(gated(), list(gated().order), seed=1)
    network = chain(
        ("input", Input((1, 6, 6))),
        ("conv", Conv2d(3, (3, 3))),
        ("relu", ReLU()),
        ("drop", Dropout(0.5)),
        ("sum", Add()),
        ("square", Multiply()),
        ("flat", Flatten()),
        ("fc", Dense(4)),
        ("output", Output()),
    )
    network = connect(connect(network, "relu", "sum"), "sum", "square")
    look(network, list(network.order), seed=2)
    moment, sample = moment_of(network), sample_of(network)
    asked = [GradientOf(place) for place in places(moment, "sum", 0)]
    for answer in answers(moment, sample, asked):
        assert answer is not None and [(fed.node, fed.port) for fed in answer.feeds] == [("square", 0), ("square", 1)]


@pytest.mark.parametrize("label", [None, 99])
def test_without_a_label_the_loss_is_that_of_the_class_the_network_says(label: int | None) -> None:
    network = gated()
    moment, sample = moment_of(network), sample_of(network, label=label)
    asked = [GradientOf(place) for place in places(moment, "output", 8)]
    found = [answer for answer in answers(moment, sample, asked) if answer is not None]
    best = max(found, key=lambda answer: answer.value)
    for answer in found:
        assert not answer.labelled and answer.probability is not None
        assert answer.gradient == pytest.approx(answer.probability - (answer.place == best.place), abs=1e-6)
        assert answer.loss == pytest.approx(-log(best.probability or 0))


def look(network: Network, names: list[str], seed: int) -> None:
    """Ask for the gradients of a few values of each node. Compare them with the sum of their terms, and with autograd's
    for the same network in float64, up to the rounding of the node's largest gradient: the values of a float32 network
    differ by so much."""
    moment, sample = moment_of(network, seed), sample_of(network, seed)
    for name in names:
        if name not in moment.shapes.taking_part:
            continue
        true = gradient_of(moment, sample, name)[0].numpy()
        for answer in answers(moment, sample, [GradientOf(place) for place in places(moment, name, 2, seed)]):
            assert answer is not None
            assert not any(array.flags.writeable for array in arrays(answer))
            place = answer.place
            at = (place.channel, place.row, place.column)[: true.ndim]
            if not isfinite(true[at]):
                continue
            spread = float(np.abs(true[np.isfinite(true)]).max())
            assert answer.map.shape == (true.shape[1:] or true.shape)
            size = max(abs(answer.gradient), *(float(np.abs(fed.products).sum()) for fed in answer.feeds), 1e-30, 0)
            for fed in answer.feeds:
                channels, sums = fed.by_channel
                assert float(sums.sum()) == pytest.approx(fed.total, rel=1e-9, abs=1e-12 * size)
                assert set(channels) == set(fed.channels) and list(np.abs(sums)) == sorted(np.abs(sums), reverse=True)
            allowed = TOLERANCE * size + SMALLEST
            assert abs(answer.total - answer.gradient) <= allowed, (place, answer.total, answer.gradient)
            assert abs(answer.gradient - true[at]) <= TOLERANCE * max(size, spread), (place, answer.gradient, true[at])


def gradient_of(moment: Moment, sample: Sample, name: str) -> Tensor:
    """The gradient of the loss for what is added to the output of a node, float64 (1, C, H, W) or (1, n)."""
    module = build_with(moment.network, moment.shapes, moment.tensors).double()
    values: dict[str, Tensor] = {}
    for node in moment.shapes.used:
        inputs = [values[source] for source in moment.network.inputs[node]]
        pixels = torch.from_numpy(sample.image.copy()).double().div(255).unsqueeze(0)
        function = module._modules[node]
        assert function is not None
        value = function(*(inputs or [pixels]))
        if node == name:
            added = torch.zeros_like(value, requires_grad=True)
            value = value + added
        values[node] = value
    loss = torch.nn.functional.cross_entropy(values[moment.shapes.used[-1]], torch.tensor([sample.label]))
    (gradient,) = torch.autograd.grad(loss, added, materialize_grads=True)
    return gradient
