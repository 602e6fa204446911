"""A vector keeps the maps it came from apart, and says what the Dense behind it makes of each value."""

from __future__ import annotations

import numpy as np
import pytest
from inspection_kit import answers, moment_of, sample_of

from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.value import ValueOf
from cnnviz.inspection.answers.vector import VectorOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Dropout, Flatten, Input, Output, ReLU, Softmax

pytestmark = pytest.mark.usefixtures("one_torch_thread")

NETWORK = chain(
    ("input", Input((1, 6, 6))),
    ("conv", Conv2d(3, (3, 3))),
    ("flat", Flatten()),
    ("drop", Dropout()),
    ("fc1", Dense(5)),
    ("relu", ReLU()),
    ("fc2", Dense(4)),
    ("shares", Softmax()),
    ("output", Output()),
)


def test_a_flatten_keeps_the_maps_apart() -> None:
    moment, sample = moment_of(NETWORK), sample_of(NETWORK)
    for node in ("flat", "drop"):
        (vector,) = answers(moment, sample, [VectorOf(node)])
        assert vector is not None and vector.origin is not None and vector.maps is not None
        place = vector.origin.place(2 * 16 + 4 * 1 + 3)
        assert place == Place("conv", 2, 1, 3)
        (value,) = answers(moment, sample, [ValueOf(place)])
        assert value is not None and value.value == vector.values[2 * 16 + 4 * 1 + 3] == vector.maps[2, 1, 3]


def test_a_dense_shows_what_leads_to_each_output_of_the_next() -> None:
    moment, sample = moment_of(NETWORK), sample_of(NETWORK)
    (vector, last) = answers(moment, sample, [VectorOf("fc1"), VectorOf("fc2")])
    assert vector is not None and vector.onward is not None and vector.origin is None
    assert vector.onward.node == "fc2" and vector.onward.weights.shape == (4, 5)
    assert np.array_equal(vector.onward.inputs, np.maximum(vector.values, 0))
    (logit,) = answers(moment, sample, [ValueOf(Place("fc2", 1))])
    assert logit is not None
    bias = float(moment.tensors["fc2.bias"][1])
    assert logit.value == pytest.approx(float(vector.onward.products[1].sum()) + bias, rel=1e-5)
    assert last is not None and last.onward is None


@pytest.mark.parametrize("node", ["conv", "gone"])
def test_what_is_no_vector_has_no_answer(node: str) -> None:
    assert answers(moment_of(NETWORK), sample_of(NETWORK), [VectorOf(node)]) == [None]


@pytest.mark.parametrize("place", [Place("conv", 3), Place("conv", 0, 4), Place("conv", 0, 0, -1), Place("fc1", 0, 1)])
def test_a_place_that_is_not_there_has_no_answer(place: Place) -> None:
    moment, sample = moment_of(NETWORK), sample_of(NETWORK)
    assert answers(moment, sample, [ValueOf(place)]) == [None]
    assert answers(moment, sample, [GradientOf(place)]) == [None]
