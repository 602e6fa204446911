"""For every kind of layer the terms that are written out make the value that torch computes."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import answers, arrays, moment_of, places, sample_of
from networks import networks_with, valid_networks

from cnnviz.inspection.answers.value import Value, ValueOf
from cnnviz.inspection.arithmetic.forms import (
    Attended,
    Choice,
    Combined,
    Curve,
    Normalized,
    Pixel,
    Products,
)
from cnnviz.inspection.arithmetic.table import ARITHMETIC
from cnnviz.inspection.moment import Sample
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    KINDS,
    AdaptiveMaxPool2d,
    Conv2d,
    Dense,
    Flatten,
    GlobalMaxPool2d,
    Input,
    MaxPool2d,
    Output,
)
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.forms import Arithmetic, Place
    from cnnviz.network.layers import Layer

pytestmark = pytest.mark.usefixtures("one_torch_thread")

TOLERANCE = 1e-5
"""Of the sum of the absolute terms: where large terms cancel, float32 leaves only so much of the result."""


def test_every_kind_is_written_out() -> None:
    assert ARITHMETIC.keys() == set(KINDS.values())


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_the_terms_make_the_value(kind: str, data: st.DataObject, seed: int) -> None:
    network = data.draw(networks_with(kind))
    name = next(name for name in ("one", *network.order) if name in network.nodes and network[name].kind == kind)
    look(network, [name], seed)


@given(valid_networks(), st.integers(0, 1000))
def test_the_terms_make_the_value_in_any_network(network: Network, seed: int) -> None:
    look(network, list(network.order), seed)


@pytest.mark.parametrize("kernel", [(2, 2), (4, 3), (5, 6)])
def test_even_kernels_with_padding_that_keeps_the_size(kernel: tuple[int, int]) -> None:
    convolution = Conv2d(4, kernel, padding="same", dilation=(2, 1), groups=2)
    network = chain(
        ("input", Input((2, 9, 8))), ("one", convolution), ("flat", Flatten()), ("fc", Dense(10)), ("output", Output())
    )
    look(network, ["one"], seed=0)


@pytest.mark.parametrize(
    "layer", [MaxPool2d((3, 3), (2, 2), (1, 1)), AdaptiveMaxPool2d((2, 2)), GlobalMaxPool2d()], ids=lambda one: one.kind
)
def test_of_equal_values_the_one_wins_that_torchs_gradient_goes_to(layer: Layer) -> None:
    network = chain(("input", Input((2, 5, 5))), ("one", layer), ("flat", Flatten()), ("output", Output()))
    moment, sample = moment_of(network), Sample(np.full((2, 5, 5), 9, np.uint8))
    module = build_with(network, moment.shapes, {})
    pixels = torch.full((1, 2, 5, 5), 9 / 255, requires_grad=True)
    outputs = module(pixels, ["one"])[1]["one"]
    for value in answers(moment, sample, [ValueOf(place) for place in places(moment, "one", 5)]):
        assert value is not None and isinstance(value.arithmetic, Choice)
        assert value.arithmetic.ties.sum() == value.arithmetic.inside.sum()
        winner = value.arithmetic.place(*value.arithmetic.winner)
        assert winner is not None
        at = (0, value.place.channel, value.place.row, value.place.column)[: outputs.dim()]
        (gradient,) = torch.autograd.grad(outputs[at], pixels, retain_graph=True)
        assert gradient.nonzero().tolist() == [[0, winner.channel, winner.row, winner.column]]


def look(network: Network, names: list[str], seed: int) -> None:
    """Ask for a few values of each of these nodes and compare them with their terms."""
    moment, sample = moment_of(network, seed), sample_of(network, seed)
    asked = [ValueOf(place) for name in names if name in moment.shapes.taking_part for place in places(moment, name, 4)]
    for value in answers(moment, sample, asked):
        assert value is not None
        place, arithmetic = value.place, value.arithmetic
        at = (place.row, place.column) if value.map.ndim > 1 else (place.channel,)
        assert value.map[at] == np.float32(value.value) or not isfinite(value.value)
        assert not any(array.flags.writeable for array in arrays(value)), place
        if isfinite(value.value):
            size = max(abs(value.value), sum_of_sizes(arithmetic), 1e-30)
            assert abs(arithmetic.total - value.value) <= TOLERANCE * size, (place, arithmetic)
            sources_hold_the_terms(value)


def sum_of_sizes(arithmetic: Arithmetic) -> float:
    """The sum of the absolute terms."""
    match arithmetic:
        case Products() | Attended():
            return float(np.abs(arithmetic.products).sum()) + abs(arithmetic.bias or 0)
        case Combined(operation="sum"):
            return float(np.abs(arithmetic.values).sum())
        case Curve():
            return abs(arithmetic.x)
        case Pixel():
            return (arithmetic.scaled + abs(arithmetic.mean)) / arithmetic.std
        case Normalized():
            spread = (abs(arithmetic.x) + abs(arithmetic.mean)) / arithmetic.deviation
            return abs(1 if arithmetic.gamma is None else arithmetic.gamma) * spread + abs(arithmetic.beta or 0)
    return 0.0


def sources_hold_the_terms(value: Value) -> None:
    """Each term is the value at the place that it names."""
    arithmetic = value.arithmetic
    if isinstance(arithmetic, Products):
        count, high, wide = arithmetic.values.shape
        for at in {0, count - 1} if count and high and wide else ():
            place = arithmetic.place(at, high - 1, 0)
            held = 0 if place is None else value.inputs[place.node][index(value, place)]
            assert arithmetic.values[at, high - 1, 0] == held


def index(value: Value, place: Place) -> tuple[int, ...]:
    return (place.channel, place.row, place.column)[: value.inputs[place.node].ndim]
