"""The receptive field is from where a NaN in the image arrives, and where a gradient reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from networks import facts, valid_networks
from oracle import module_of, modules_of, run, run_network
from torch import Tensor, nn

from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Input,
    Layer,
    MaxPool2d,
    Reshape,
    Upsample,
)
from cnnviz.network.receptive_field import LONGEST_PERIOD, ReceptiveField
from cnnviz.network.report import Facts, Report
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

pytestmark = pytest.mark.usefixtures("one_torch_thread")

IMAGE = (1, 24, 24)


def test_the_seen_part_of_the_image_is_no_larger_than_the_image() -> None:
    network = chain(("input", Input(IMAGE)), ("conv", Conv2d(2, (29, 5), padding=(14, 2))))
    node = check(network, Facts(IMAGE, 10)).nodes["conv"]
    assert node.receptive_field is not None and node.receptive_field.size == (29, 5)
    assert node.seen == (24, 5)


ROWS = 96
COLUMN = (1, ROWS, 1)
"""An image as high as that and one pixel wide holds regions that no edge cuts off."""
LEFT_OUT = 30
"""So many rows at the end may be read by no window of a layer."""


@st.composite
def layers_along_rows(draw: st.DrawFn, height: int, padded: bool) -> Layer:
    """A layer that moves or gathers rows, and leaves columns alone.

    What is told of a position in the padding is a guess: where layers have padding, none is a transposed convolution,
    whose rows that are cut off or read nothing would be guessed to see something else.
    """
    kernel, stride, dilation = draw(st.integers(1, min(4, height))), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    padding = draw(st.integers(0, kernel // 2)) if padded else 0
    match draw(st.sampled_from(["Conv2d", "MaxPool2d", "ConvTranspose2d", "Upsample", "AdaptiveAvgPool2d"])):
        case "Conv2d" if dilation * (kernel - 1) < height:
            return Conv2d(1, (kernel, 1), (stride, 1), (padding, 0), (dilation, 1))
        case "ConvTranspose2d" if height <= ROWS and not padded:
            extra = draw(st.integers(0, stride - 1))
            return ConvTranspose2d(1, (max(kernel, stride), 1), (stride, 1), (0, 0), (extra, 0))
        case "Upsample" if height <= ROWS:
            # with an odd factor some values are 0 times a neighbour: no part of it, but torch makes NaN of it
            mode, factor = draw(st.sampled_from([("nearest", 2), ("nearest", 3), ("bilinear", 2), ("bilinear", 4)]))
            return Upsample((factor, 1), mode)
        case "AdaptiveAvgPool2d":
            return AdaptiveAvgPool2d((draw(st.integers(1, height)), 1))
    return MaxPool2d((kernel, 1), (stride, 1), (padding, 0))


@st.composite
def row_networks(draw: st.DrawFn) -> Network:
    """Layers one after the other; a path may part, and come together with another stride on one of its ways."""
    network = chain(("input", Input(COLUMN)))

    def grown(end: str, layer: Layer) -> tuple[int, str]:
        """The height that comes out of one more layer, and its name."""
        nonlocal network
        name = graph.free_id(network, layer)
        network = graph.connect(graph.add(network, name, layer), end, name)
        output = check(network, Facts(COLUMN, 10)).nodes[name].output
        assume(output is not None)
        assert output is not None
        return output[1], name

    height, end, padded = ROWS, "input", draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        ways = [grown(end, draw(layers_along_rows(height, padded))) for _ in range(draw(st.integers(1, 2)))]
        (height, end), *others = sorted(ways)
        for high, other in others:
            _, cut = grown(other, Conv2d(1, (high - height + 1, 1)))
            _, joined = grown(end, Add())
            network, end = graph.connect(network, cut, joined), joined
    return network


@example(
    chain(
        ("input", Input(COLUMN)),
        ("pool", MaxPool2d((2, 1), (2, 1))),
        ("up", Upsample((2, 1))),
        ("conv", Conv2d(1, (4, 1))),
    )
)
@given(row_networks())
def test_the_rows_told_are_those_from_which_a_nan_arrives(network: Network) -> None:
    report = check(network, Facts(COLUMN, 10))
    arriving = _arriving(network, report, axis=0)
    for name, node in report.nodes.items():
        assert node.receptive_field is not None and node.output is not None
        for at in range(node.output[1]):
            first, end = node.receptive_field.region(0, at)
            if end <= first:
                assert not arriving[name][:, at].any()
            elif first >= 0 and end <= ROWS - LEFT_OUT:
                rows = arriving[name][:, at].nonzero().flatten()
                assert (int(rows[0]), int(rows[-1]) + 1) == (first, end), (name, at)


@given(valid_networks())
def test_no_nan_arrives_from_where_nothing_is_seen(network: Network) -> None:
    blended = [network[name] for name in network.of_kind(Upsample)]
    assume(not any(isinstance(layer, Upsample) and layer.mode == "bilinear" for layer in blended))
    report = check(network, facts(network))
    for axis in (0, 1):
        for name, arriving in _arriving(network, report, axis).items():
            seen = _seen(report, name)
            for at in range(arriving.shape[1]):
                first, end = seen.region(axis, at)
                pixels = arriving[:, at].nonzero().flatten().tolist()
                assert all(first <= pixel < end for pixel in pixels), (name, axis, at)


@given(
    st.one_of(
        st.builds(Upsample, st.integers(1, 5), st.sampled_from(["nearest", "bilinear"])),
        st.builds(
            ConvTranspose2d,
            st.just(1),
            st.integers(1, 5),
            st.integers(1, 4),
            st.integers(0, 3),
            dilation=st.integers(1, 4),
        ),
    )
)
def test_what_an_enlarged_map_sees(layer: Layer) -> None:
    report = check(_line(layer), Facts(IMAGE, 10))
    assume(not any(problem.code == "values_cut_off" for problem in report.problems))
    seen = _seen(report, "layer0")
    for at in range(18):
        regions = [seen.region(axis, at) for axis in (0, 1)]
        if any(first < 0 or IMAGE[1] < end for first, end in regions):
            continue
        if regions[0][0] < regions[0][1]:
            reached = _reached(layer, at)
            assert regions == [(int(axis.min()), int(axis.max()) + 1) for axis in reached.T]
        else:
            assert not len(_reached(layer, at))


def test_the_tutorial_sees_what_the_literature_says() -> None:
    report = check(TEMPLATES["pytorch-tutorial"].project().network, Facts((1, 28, 28), 10))
    assert _told(report, "conv1") == ((3, 3), (1, 1), (0, 0))
    assert _told(report, "pool1") == ((4, 4), (2, 2), (0, 0))
    assert _told(report, "conv2") == ((8, 8), (2, 2), (0, 0))
    assert _told(report, "pool2") == ((10, 10), (4, 4), (0, 0))
    assert _told(report, "fc2") == ((26, 26), (0, 0), (0, 0))


def test_a_sum_sees_what_any_of_its_inputs_sees() -> None:
    network = graph.connect(_line(Conv2d(1, (5, 5), padding=(2, 2)), Add()), "input", "layer1")
    assert _told(check(network, Facts(IMAGE, 10)), "layer1") == ((5, 5), (1, 1), (-2, -2))


def test_a_sum_of_paths_of_different_strides_sees_more_at_its_far_end() -> None:
    network = graph.connect(graph.add(_line(MaxPool2d(), Add()), "wide", Conv2d(1, (13, 13))), "input", "wide")
    report = check(graph.connect(network, "wide", "layer1"), Facts(IMAGE, 10))
    seen = _seen(report, "layer1")
    # a pooling sees [2 at, 2 at + 2), the convolution [at, at + 13)
    assert [seen.region(0, at) for at in (0, 10, 11)] == [(0, 13), (10, 23), (11, 24)]
    assert _told(report, "layer1") == ((13, 13), (2, 2), (0, 0))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].sees_all and kind != "Flatten"])
def test_some_kinds_see_everything_at_once(kind: str) -> None:
    layer = Reshape((4, 4, 9)) if kind == "Reshape" else KINDS[kind]()
    assert _told(check(_line(AvgPool2d(), layer), Facts(IMAGE, 10)), "layer1") == ((24, 24), (0, 0), (0, 0))


def test_enlarging_many_times_takes_no_time() -> None:
    layers = [Upsample((63 - at % 2, 1)) for at in range(6)]
    network = chain(("input", Input((1, 2, 2))), *((f"up{at}", layer) for at, layer in enumerate(layers)))
    report = check(network, Facts((1, 2, 2), 10))
    assert all(len(_seen(report, name).axes[0][0].starts) <= LONGEST_PERIOD for name in network.nodes)
    assert _told(report, "up5")[0] == (2, 1)


def _line(*chosen: Layer) -> Network:
    return chain(("input", Input(IMAGE)), *((f"layer{at}", layer) for at, layer in enumerate(chosen)))


def _seen(report: Report, name: str) -> ReceptiveField:
    seen = report.nodes[name].receptive_field
    assert seen is not None
    return seen


def _told(report: Report, name: str) -> tuple[Any, ...]:
    seen = _seen(report, name)
    return seen.size, seen.step, seen.start


def _arriving(network: Network, report: Report, axis: int) -> dict[str, Tensor]:
    """For each node whether a row (``axis`` 0) or column (1) of the image, made NaN, arrives at each of its rows or
    columns: bool (rows of the image, rows of the output)."""
    start = network[network.of_kind(Input)[0]]
    assert isinstance(start, Input)
    images = torch.rand(start.shape[1 + axis], *start.shape)
    for at, image in enumerate(images):
        image.select(1 + axis, at).fill_(torch.nan)
    modules = modules_of(network, {name: _shapes(report, name) for name in network.order})
    values = run_network(network, modules, images)
    return {
        name: (value.isnan().any(3 - axis) if value.ndim == 4 else value.isnan()[:, :, None]).any(1)
        for name, value in values.items()
    }


def _shapes(report: Report, name: str) -> tuple[Shape, ...]:
    return tuple(shape for shape in report.nodes[name].inputs if shape is not None)


def _reached(layer: Layer, at: int) -> Tensor:
    """The row and column of each pixel that changes the output at (at, at)."""
    image = torch.ones(1, *IMAGE, requires_grad=True)
    module = module_of(layer, (IMAGE,))
    for parameter in () if module is None else module.parameters():
        nn.init.ones_(parameter)
    torch.autograd.backward(run(layer, module, [image])[0, 0, at, at])
    assert image.grad is not None
    # the weight of a value that is 0 times a neighbour is rounded
    return (image.grad[0, 0] > 1e-5).nonzero()
