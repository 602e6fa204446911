"""The gradient of a weight is autograd's, and the sum over all positions at which the weight was used."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import answers, arrays, moment_of, sample_of
from networks import networks_with, valid_networks

from cnnviz.inspection.answers.weight_gradient import WeightGradientOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.weight_uses import PARAMETERS, Index
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    Conv2d,
    Dense,
    Flatten,
    Input,
    LayerNorm,
    MultiheadSelfAttention,
    Output,
    PReLU,
)
from cnnviz.network.shapes import infer
from cnnviz.training.model import build_with

pytestmark = pytest.mark.usefixtures("one_torch_thread")

WITH_WEIGHTS = sorted({kind.__name__ for kind, _ in PARAMETERS})
TOLERANCE = 1e-5
"""Of the sum of the absolute products: where large products cancel, float32 leaves only so much of the sum."""
SMALLEST = 1e-37
"""Gradients are float32, whose numbers end about there."""


@given(valid_networks())
def test_every_parameter_of_a_network_has_its_positions(network: Network) -> None:
    shapes = infer(network)
    for name in network.order:
        assert {(type(network[name]), parameter) for parameter in shapes.nodes[name].parameters} <= PARAMETERS.keys()


@pytest.mark.parametrize("kind", WITH_WEIGHTS)
@settings(max_examples=settings().max_examples // 3)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_the_products_sum_to_autograds_gradient(kind: str, data: st.DataObject, seed: int) -> None:
    network = data.draw(networks_with(kind))
    name = next(name for name in ("one", *network.order) if name in network.nodes and network[name].kind == kind)
    look(network, name, seed)


def test_a_layer_norm_of_a_vector_has_a_weight_for_each_value() -> None:
    network = chain(
        ("input", Input((1, 4, 4))), ("flat", Flatten()), ("one", LayerNorm()), ("fc", Dense(10)), ("output", Output())
    )
    look(network, "one", 0)


def test_each_position_says_what_met_there() -> None:
    network = chain(
        ("input", Input((2, 7, 7))),
        ("conv", Conv2d(4, (3, 3), stride=(2, 2), padding=(1, 1), groups=2)),
        ("flat", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    (answer,) = answers(moment_of(network), sample_of(network), [WeightGradientOf("conv", (3, 0, 0, 2))])
    assert answer is not None
    (meeting,) = answer.meetings
    assert meeting.factors is not None and meeting.products.shape == (4, 4)
    assert meeting.factors.place(0, 0) == Place("input", 1, -1, 1)
    assert not meeting.factors.values[0].any()  # the row above the image
    assert meeting.gradients.place(2, 1) == Place("conv", 3, 2, 1)
    assert answer.shape == (4, 1, 3, 3) and answer.around.shape == (3, 3)
    assert answer.around[0, 2] == np.float32(answer.weight)


def test_a_slope_that_all_maps_share_has_positions_in_each() -> None:
    network = chain(
        ("input", Input((3, 5, 5), (0.5,))),
        ("act", PReLU(per_channel=False)),
        ("flat", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    look(network, "act", 0)
    (answer,) = answers(moment_of(network), sample_of(network), [WeightGradientOf("act", (0,))])
    assert answer is not None and answer.count == 75
    assert [meeting.gradients.channel for meeting in answer.meetings] == [0, 1, 2]
    for meeting in answer.meetings:
        assert meeting.factors is not None and meeting.factors.values.max() == 0 > meeting.factors.values.min()


def test_the_matrices_of_an_attention_meet_what_stands_inside() -> None:
    network = chain(
        ("input", Input((4, 3, 2))),
        ("att", MultiheadSelfAttention(2)),
        ("flat", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    look(network, "att", 0)
    asked = [
        WeightGradientOf("att", (5, 2), "in_proj_weight"),
        WeightGradientOf("att", (11,), "in_proj_bias"),
        WeightGradientOf("att", (1, 3), "out_proj.weight"),
    ]
    key, bias, output = (
        answer.meetings[0] for answer in answers(moment_of(network), sample_of(network), asked) if answer
    )
    assert key.factors is not None and key.factors.place(2, 1) == Place("input", 2, 2, 1)
    assert (key.gradients.inside, key.gradients.channel, key.gradients.place(0, 0)) == ("key", 1, None)
    assert bias.factors is None and (bias.gradients.inside, bias.gradients.channel) == ("value", 3)
    assert output.factors is not None and (output.factors.inside, output.factors.channel) == ("gathered", 3)
    assert output.gradients.place(2, 1) == Place("att", 1, 2, 1)


@pytest.mark.parametrize(
    "question",
    [
        WeightGradientOf("conv", (4, 0, 0, 0)),
        WeightGradientOf("conv", (0, 0)),
        WeightGradientOf("conv", (0,), "scale"),
        WeightGradientOf("flat", (0,)),
        WeightGradientOf("gone", (0,)),
    ],
)
def test_a_weight_that_is_not_there_has_no_answer(question: WeightGradientOf) -> None:
    network = chain(
        ("input", Input((1, 7, 7))), ("conv", Conv2d(4)), ("flat", Flatten()), ("fc", Dense(10)), ("output", Output())
    )
    assert answers(moment_of(network), sample_of(network), [question]) == [None]


def look(network: Network, name: str, seed: int) -> None:
    """Ask for the gradients of a few weights of each parameter of a node. Compare them with the sum of their products,
    and with autograd's for the same network in float64, up to the rounding of the largest gradient of the parameter:
    the values of a float32 network differ by so much."""
    moment, sample = moment_of(network, seed), sample_of(network, seed)
    module = build_with(network, moment.shapes, moment.tensors).double()
    pixels = torch.from_numpy(sample.image.copy()).double().div(255).unsqueeze(0)
    leaves = {
        parameter: moment.tensors[f"{name}.{parameter}"].double().requires_grad_()
        for parameter in moment.shapes.nodes[name].parameters
    }
    logits, _ = module(pixels, (), {f"{name}.{parameter}": leaf for parameter, leaf in leaves.items()})
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor([sample.label]))
    rng = np.random.default_rng(seed)
    for parameter, leaf in leaves.items():
        (true,) = torch.autograd.grad(loss, leaf, retain_graph=True)
        drawn = [tuple(int(rng.integers(size)) for size in leaf.shape) for _ in range(3)]
        indices: list[Index] = list(dict.fromkeys([tuple(0 for _ in leaf.shape), *drawn]))
        for answer in answers(moment, sample, [WeightGradientOf(name, index, parameter) for index in indices]):
            assert answer is not None and not any(array.flags.writeable for array in arrays(answer))
            expected = float(true[answer.index])
            if isfinite(expected):
                terms = sum(float(np.abs(meeting.products).sum()) for meeting in answer.meetings)
                assert abs(answer.total - answer.gradient) <= TOLERANCE * terms + SMALLEST, answer
                spread = float(true[true.isfinite()].abs().max())
                assert abs(answer.gradient - expected) <= TOLERANCE * max(terms, spread), answer
                assert answer.weight == np.float32(float(leaf.detach()[answer.index]))
