"""The gradient of a weight is autograd's, and the sum over all positions at which the weight was used."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import answers, arrays, moment_of, sample_of
from networks import networks_with

from cnnviz.inspection.answers.weight_gradient import WEIGHTS, Index, WeightGradientOf
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, LayerNorm, Output
from cnnviz.training.model import build_with

pytestmark = pytest.mark.usefixtures("one_torch_thread")

KINDS = sorted(kind.__name__ for kind in WEIGHTS)


@pytest.mark.parametrize("kind", KINDS)
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
    assert answer is not None and answer.factors is not None
    assert answer.products.shape == (4, 4)
    first = answer.factors.place(0, 0)
    assert (first.node, first.channel, first.row, first.column) == ("input", 1, -1, 1)
    assert not answer.factors.values[0].any()  # the row above the image
    second = answer.gradients.place(2, 1)
    assert (second.node, second.channel, second.row, second.column) == ("conv", 3, 2, 1)


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
    """Ask for the gradients of a few weights of a node and compare them with autograd's."""
    moment, sample = moment_of(network, seed), sample_of(network, seed)
    module = build_with(network, moment.shapes, moment.tensors)
    pixels = torch.from_numpy(sample.image.copy()).float().div(255).unsqueeze(0)
    leaves = {
        parameter: moment.tensors[f"{name}.{parameter}"].clone().requires_grad_()
        for parameter in ("weight", "bias")
        if f"{name}.{parameter}" in moment.tensors
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
                size = max(abs(expected), float(np.abs(answer.products).sum()), 1e-30)
                assert abs(answer.gradient - expected) <= 1e-5 * size
                assert abs(answer.total - answer.gradient) <= 1e-5 * size
                assert answer.weight == float(leaf.detach()[answer.index])
