"""The receptive field is where the gradient of an output value reaches in the image."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracle import module_of
from torch import Tensor, nn

from cnnviz.network.check import Facts, ReceptiveField, check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Add, AvgPool2d, Conv2d, Dense, Flatten, Input, Layer, Output
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


Box = tuple[tuple[int, int], tuple[int, int]]


def _box(seen: ReceptiveField, at: tuple[int, int]) -> Box:
    """First and last pixel per axis, cut to the image."""
    ends = []
    for axis in (0, 1):
        first = seen.start[axis] + at[axis] * seen.step[axis]
        ends.append((max(0, first), min(IMAGE[axis + 1], first + seen.size[axis]) - 1))
    return ends[0], ends[1]


def _gradient_box(chosen: list[Layer], at: tuple[int, int]) -> Box | None:
    image = torch.ones(1, *IMAGE, requires_grad=True)
    value: Tensor = image
    for layer in chosen:
        module = module_of(layer, (IMAGE,))
        assert module is not None
        for parameter in module.parameters():
            nn.init.ones_(parameter)
        value = module(value)
    torch.autograd.backward(value[0, 0, at[0], at[1]])
    assert image.grad is not None
    reached = image.grad[0, 0].nonzero()
    if not len(reached):
        return None
    (top, left), (bottom, right) = reached.min(dim=0).values.tolist(), reached.max(dim=0).values.tolist()
    return (top, bottom), (left, right)
