"""A network gives the same for images that are cut to the part that it reads."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import facts, valid_networks

from cnnviz.network.check import check
from cnnviz.network.graph import Network, add, chain, connect
from cnnviz.network.layers import (
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool2d,
    Output,
    ReLU,
)
from cnnviz.network.read_part import read_part
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build


def ended(*layers: Layer, size: int = 12) -> Network:
    named = [(f"layer{at}", layer) for at, layer in enumerate(layers)]
    ends = ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output())
    return chain(("input", Input((2, size, size), (0.5,), (0.25,))), *named, *ends)


def same(network: Network, seed: int) -> None:
    """The values of each node that is wanted, and the logits."""
    report = check(network, facts(network))
    module = build(network, report, seed).eval()
    images = torch.rand(3, *facts(network).image, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        for name in report.used:
            rows, columns = read_part(network, report, network.of_kind(Input)[0], name)
            whole = module.logits_and_output(images, name)
            cut = module.logits_and_output(images[:, :, :rows, :columns], name)
            for one, other in zip(whole, cut, strict=True):
                assert one.shape == other.shape, name
                assert torch.allclose(one, other, rtol=1e-4, atol=1e-5 * float(one.abs().max() + 1)), name


@given(valid_networks(), st.integers(0, 1000))
def test_random_networks(network: Network, seed: int) -> None:
    same(network, seed)


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ((Conv2d(4, (3, 3)), ReLU(), MaxPool2d((3, 3), (3, 3))), 11),
        ((Conv2d(4, (3, 3)), BatchNorm2d(), MaxPool2d((4, 4), (4, 4)), ReLU()), 10),
        ((Conv2d(4, (3, 3), padding=(1, 1)), AvgPool2d((5, 5), (5, 5)), Conv2d(4, (2, 2))), 11),
        ((Conv2d(4, (3, 3), dilation=(2, 2)), MaxPool2d((3, 3), (3, 3))), 10),
        ((Conv2d(4, (2, 2), (3, 3)), Conv2d(4, (2, 2))), 11),
        ((MaxPool2d((3, 3), (3, 3), (1, 1), ceil_mode=True), Conv2d(4, (2, 2), (2, 2))), 11),
        ((MaxPool2d(), MaxPool2d(), MaxPool2d()), 8),
        ((Conv2d(4, (3, 3), (4, 4), groups=2), MaxPool2d((1, 1), (3, 3))), 7),
    ],
)
def test_what_windows_leave_out_at_the_end_is_cut_off(layers: tuple[Layer, ...], size: int) -> None:
    network = ended(*layers)
    assert read_part(network, infer(network), "input", "fc") == (size, size)
    assert read_part(network, infer(network), "input", "input") == (12, 12)
    same(network, 1)


def test_the_tutorial_reads_less_unless_the_last_row_is_wanted() -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    shapes = infer(network)
    found = {name: read_part(network, shapes, "input", name) for name in shapes.used}
    assert {name for name, part in found.items() if part == (28, 28)} == {
        "input",
        "conv1",
        "relu1",
        "pool1",
        "conv2",
        "relu2",
    }
    assert {part for part in found.values() if part != (28, 28)} == {(26, 26)}


def test_of_two_readers_the_one_that_reads_more_counts() -> None:
    one = ended(MaxPool2d((5, 5), (5, 5)), Add())
    assert read_part(one, infer(one), "input", "fc") == (10, 10)
    both = add(one, "other", MaxPool2d((6, 6), (5, 5)))
    both = connect(connect(both, "input", "other"), "other", "layer1")
    assert read_part(both, infer(both), "input", "fc") == (11, 11)
    same(both, 1)
