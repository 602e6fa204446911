"""The receptive field is where the gradient of an output value reaches in the image."""

from __future__ import annotations

from math import floor

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracle import module_of, run
from torch import Tensor, nn

from cnnviz.network.check import Facts, check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Input,
    Layer,
    Output,
    Reshape,
    Upsample,
)
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

pytestmark = pytest.mark.usefixtures("one_torch_thread")

IMAGE = (1, 24, 24)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(st.lists(st.one_of(
    st.builds(Conv2d, st.just(1), sizes, sizes, st.just((0, 0)), sizes),
    st.builds(AvgPool2d, sizes, sizes),
), max_size=3), st.data())  # fmt: skip
def test_each_value_sees_the_pixels_that_its_gradient_reaches(chosen: list[Layer], data: st.DataObject) -> None:
    network = chain(("input", Input(IMAGE)), *((f"layer{at}", layer) for at, layer in enumerate(chosen)))
    report = check(network, Facts(IMAGE, 10))
    last = network.order[-1]
    shape, seen = report.nodes[last].output, report.nodes[last].receptive_field
    if shape is None or seen is None:
        return
    at = data.draw(st.integers(0, shape[1] - 1)), data.draw(st.integers(0, shape[2] - 1))
    assert _gradient_box(chosen, at) == _box(seen, at)


@given(st.lists(st.builds(Conv2d, st.just(1), st.just((3, 3)), sizes, sizes), min_size=1, max_size=3), st.data())
def test_padding_moves_the_field_over_the_edge(chosen: list[Layer], data: st.DataObject) -> None:
    network = chain(("input", Input(IMAGE)), *((f"layer{at}", layer) for at, layer in enumerate(chosen)))
    report = check(network, Facts(IMAGE, 10))
    last = network.order[-1]
    shape, seen = report.nodes[last].output, report.nodes[last].receptive_field
    if shape is None or seen is None:
        return
    at = data.draw(st.integers(0, shape[1] - 1)), data.draw(st.integers(0, shape[2] - 1))
    reached = _gradient_box(chosen, at)
    if reached is not None:
        for axis in (0, 1):
            low, high = _box(seen, at)[axis]
            assert low <= reached[axis][0] <= reached[axis][1] <= high


def test_the_tutorial_sees_what_the_literature_says() -> None:
    report = check(TEMPLATES["pytorch-tutorial"].project().network, Facts((1, 28, 28), 10))
    fields = {name: node.receptive_field for name, node in report.nodes.items()}
    assert fields["conv1"] == ReceptiveField((3, 3), (1, 1), (0, 0))
    assert fields["pool1"] == ReceptiveField((4, 4), (2, 2), (0, 0))
    assert fields["conv2"] == ReceptiveField((8, 8), (2, 2), (0, 0))
    assert fields["pool2"] == ReceptiveField((10, 10), (4, 4), (0, 0))
    assert fields["fc2"] == ReceptiveField((26, 26), (0, 0), (0, 0))


def test_a_sum_sees_what_any_of_its_inputs_sees() -> None:
    from cnnviz.network.graph import connect

    network = chain(
        ("input", Input(IMAGE)),
        ("wide", Conv2d(1, (5, 5), padding=(2, 2))),
        ("add", Add()),
        ("flatten", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    network = connect(network, "input", "add")
    report = check(Project(network).network, Facts(IMAGE, 10))
    assert report.nodes["add"].receptive_field == ReceptiveField((5, 5), (1, 1), (-2, -2))


@given(
    st.one_of(
        st.builds(Upsample, st.integers(1, 4), st.sampled_from(["nearest", "bilinear"])),
        st.integers(1, 3).flatmap(
            lambda stride: st.builds(ConvTranspose2d, st.just(1), st.integers(stride, 5), st.just(stride))
        ),
    )
)
def test_what_an_enlarged_map_sees(layer: Layer) -> None:
    assert _largest_box([layer]) == _size_told([layer])


@given(
    st.builds(Upsample, st.integers(1, 4)),
    st.builds(Conv2d, st.just(1), st.integers(1, 4)),
    st.builds(Conv2d, st.just(1), st.integers(1, 3)),
)
def test_what_a_convolution_of_an_enlarged_map_sees(up: Layer, first: Layer, second: Layer) -> None:
    assert _largest_box([up, first, second]) == _size_told([up, first, second])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].sees_all and KINDS[kind] is not Flatten])
def test_some_kinds_see_everything_at_once(kind: str) -> None:
    layer = Reshape((4, 4, 9)) if kind == "Reshape" else KINDS[kind]()
    seen = check(_line(AvgPool2d(), layer), Facts(IMAGE, 10)).nodes["layer1"]
    assert seen.receptive_field == ReceptiveField((24, 24), (0, 0), (0, 0))


@given(st.integers(1, 24))
def test_adaptive_windows_are_seen_whole(out: int) -> None:
    layer = AdaptiveAvgPool2d((out, out))
    seen = check(_line(layer), Facts(IMAGE, 10)).nodes["layer0"].receptive_field
    assert seen is not None
    for at in range(out):
        reached = _gradient_box([layer], (at, at))
        assert reached is not None
        (low, high), _ = _box(seen, (at, at))
        assert low <= reached[0][0] <= reached[0][1] <= high
        assert IMAGE[1] % out or (low, high) == reached[0]


def _line(*chosen: Layer) -> Network:
    return chain(("input", Input(IMAGE)), *((f"layer{at}", layer) for at, layer in enumerate(chosen)))


def _size_told(chosen: list[Layer]) -> tuple[int, int]:
    seen = check(_line(*chosen), Facts(IMAGE, 10)).nodes[f"layer{len(chosen) - 1}"].receptive_field
    assert seen is not None
    return seen.size


def _largest_box(chosen: list[Layer]) -> tuple[int, int]:
    """Height and width of the largest region, found along the diagonal."""
    outputs = check(_line(*chosen), Facts(IMAGE, 10)).nodes[f"layer{len(chosen) - 1}"].output
    assert outputs is not None
    middle = min(outputs[1:]) // 2
    boxes = [_gradient_box(chosen, (at, at)) for at in range(middle - 6, middle + 6) if 0 <= at < min(outputs[1:])]
    spans = [[high - low + 1 for low, high in box] for box in boxes if box is not None]
    return max(high for high, _ in spans), max(wide for _, wide in spans)


Box = tuple[tuple[int, int], tuple[int, int]]


def _box(seen: ReceptiveField, at: tuple[int, int]) -> Box:
    """First and last pixel per axis, cut to the image."""
    ends = []
    for axis in (0, 1):
        first = floor(seen.start[axis] + at[axis] * seen.step[axis])
        ends.append((max(0, first), min(IMAGE[axis + 1], first + seen.size[axis]) - 1))
    return ends[0], ends[1]


def _gradient_box(chosen: list[Layer], at: tuple[int, int]) -> Box | None:
    image = torch.ones(1, *IMAGE, requires_grad=True)
    value: Tensor = image
    for layer in chosen:
        module = module_of(layer, (IMAGE,))
        for parameter in () if module is None else module.parameters():
            nn.init.ones_(parameter)
        value = run(layer, module, [value])
    torch.autograd.backward(value[0, 0, at[0], at[1]])
    assert image.grad is not None
    reached = image.grad[0, 0].nonzero()
    if not len(reached):
        return None
    (top, left), (bottom, right) = reached.min(dim=0).values.tolist(), reached.max(dim=0).values.tolist()
    return (top, bottom), (left, right)
