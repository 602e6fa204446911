"""What a value depends on is that of the paths of the network, and so is what a pixel reaches."""

from __future__ import annotations

import pytest

from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.tracing import Pixel, Trace, trace
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output
from cnnviz.network.paths import Frame, reached_from, seen_by
from cnnviz.network.shapes import infer


@pytest.fixture
def network() -> Network:
    return chain(
        ("input", Input((1, 12, 12))),
        ("conv1", Conv2d(3, (3, 3))),
        ("pool", MaxPool2d((2, 2), (2, 2))),
        ("conv2", Conv2d(4, (3, 3))),
        ("flat", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )


def test_a_value_of_the_second_convolution(network: Network) -> None:
    shapes = infer(network)
    found = trace(network, shapes, Place("conv2", 2, 1, 0))
    assert found is not None and not found.ahead
    assert found.frames == seen_by(network, shapes, "conv2", (2, 1, 0))
    # rows 1-3 of the pool are rows 2-7 of conv1, and with its kernel 2-9 of the image; columns 0-2 are 0-5 and 0-7
    assert found.frames["pool"] == Frame(range(3), range(1, 4), range(3))
    assert found.frames["conv1"] == Frame(range(3), range(2, 8), range(6))
    assert found.seen == (2, 0, 10, 8)
    assert found.sides["conv2"] == (4, 3, 3)


def test_a_pixel_reaches_values_of_every_later_layer(network: Network) -> None:
    shapes = infer(network)
    found = trace(network, shapes, Pixel(6, 5))
    assert found is not None and found.ahead and found.seen is None
    assert found.frames == reached_from(network, shapes, "input", (None, 6, 5))
    assert found.frames["conv1"] == Frame(range(3), range(4, 7), range(3, 6))
    assert found.sides["fc"] == (10, 1, 1)


def test_only_some_values_of_a_vector_are_reached(network: Network) -> None:
    found = trace(network, infer(network), Pixel(0, 0))
    assert found is not None
    # one value of each of the four maps of 3x3
    assert found.frames["flat"] == Frame(range(28), range(1), range(1))
    assert found.frames["flat"].channel_count == 4


def test_a_value_of_the_input_is_its_pixel(network: Network) -> None:
    shapes = infer(network)
    at_input, pixel = trace(network, shapes, Place("input", 0, 6, 5)), trace(network, shapes, Pixel(6, 5))
    assert isinstance(at_input, Trace) and pixel is not None
    assert at_input.ahead and at_input.frames == pixel.frames
    assert at_input.seen == (6, 5, 7, 6)


@pytest.mark.parametrize("target", [Pixel(12, 0), Place("conv2", 0, 3, 0), Place("flat", 36), Place("gone", 0)])
def test_there_is_no_trace_of_what_is_not_there(network: Network, target: Place | Pixel) -> None:
    assert trace(network, infer(network), target) is None
    assert trace(network, infer(Network()), target) is None
