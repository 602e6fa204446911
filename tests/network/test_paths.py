"""What a value sees and reaches is from where a NaN arrives, and where one goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import gated, networks_with, valid_networks
from oracle import modules_of, run

from cnnviz.network import graph
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import KINDS, Concat, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, Upsample
from cnnviz.network.paths import Frame, reached_from, seen_by
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cnnviz.network.paths import Place
    from cnnviz.network.report import Shapes

pytestmark = pytest.mark.usefixtures("one_torch_thread")

MOST_PROBED = 1200
"""Values of a node that are made NaN one by one."""


def without_blending(network: Network) -> bool:
    """A bilinear value is 0 times a neighbour at an edge: it does not depend on it, but torch makes NaN of it."""
    layers = [network[name] for name in network.nodes]
    return not any(isinstance(layer, Upsample) and layer.mode == "bilinear" for layer in layers)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=settings().max_examples // 3)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_frames_of_every_kind_are_where_a_nan_goes(kind: str, data: st.DataObject, seed: int) -> None:
    compare(data.draw(networks_with(kind).filter(without_blending)), seed)


@given(valid_networks().filter(without_blending), st.integers(0, 1000))
def test_frames_are_where_a_nan_goes(network: Network, seed: int) -> None:
    compare(network, seed)


def test_paths_that_part_and_meet_again() -> None:
    for seed in range(3):
        compare(gated(), seed)


def test_a_map_of_one_branch_sees_what_that_branch_sees() -> None:
    network = chain(("input", Input((1, 9, 9))), ("near", Conv2d(2, (1, 1))), ("both", Concat()), ("flat", Flatten()))
    network = graph.connect(graph.add(network, "far", Conv2d(3, (5, 5), padding=(2, 2))), "input", "far")
    network = graph.connect(network, "far", "both")
    for name, layer in (("fc", Dense(4)), ("output", Output())):
        network = graph.add(network, name, layer)
    network = graph.connect(graph.connect(network, "flat", "fc"), "fc", "output")
    shapes = infer(network)
    assert seen_by(network, shapes, "both", (0, 4, 4))["input"] == Frame(range(1), range(4, 5), range(4, 5))
    assert seen_by(network, shapes, "both", (2, 4, 4))["input"] == Frame(range(1), range(2, 7), range(2, 7))
    assert "far" not in seen_by(network, shapes, "both", (0, 4, 4))
    # of a vector: back to the map, row and column that it was written out from
    assert seen_by(network, shapes, "flat", (2 * 81 + 9 * 3 + 5, 0, 0))["both"] == Frame(
        range(2, 3), range(3, 4), range(5, 6)
    )


def test_a_pixel_of_the_tutorial_reaches_what_the_literature_says() -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    reached = reached_from(network, infer(network), "input", (None, 14, 14))
    assert reached["conv1"] == Frame(range(32), range(12, 15), range(12, 15))
    assert reached["pool1"] == Frame(range(32), range(6, 8), range(6, 8))
    assert reached["output"] == Frame(range(10), range(1), range(1))


def test_rows_without_a_window_and_values_behind_nothing_are_absent() -> None:
    network = chain(
        ("input", Input((1, 7, 7))), ("pool", MaxPool2d((2, 2), (3, 3))), ("flat", Flatten()), ("fc", Dense(4)),
        ("output", Output()),
    )  # fmt: skip
    shapes = infer(network)
    assert list(reached_from(network, shapes, "input", (None, 2, 0))) == ["input"]
    assert "pool" in reached_from(network, shapes, "input", (None, 3, 0))


def compare(network: Network, seed: int) -> None:
    """Make values of the Input and of another node NaN, one by one, and compare where they go with what is told."""
    shapes = infer(network)
    rng = np.random.default_rng(seed)
    for node in {network.of_kind(Input)[0], str(rng.choice(list(shapes.used)))}:
        probed, gone = probe(network, shapes, node, rng)
        for at in {0, int(rng.integers(len(probed)))}:
            expected = {name: frame_of(nan[at]) for name, nan in gone.items() if nan[at].any()}
            assert reached_from(network, shapes, node, probed[at]) == expected, (node, probed[at])
        if len(probed) == gone[node][0].numel():
            for name, nan in gone.items():
                at = int(rng.integers(nan[0].numel()))
                arrived = nan.flatten(1)[:, at].reshape(gone[node].shape[1:])
                place = place_of(at, nan.shape[1:])
                frame = seen_by(network, shapes, name, place).get(node)
                assert frame == (frame_of(arrived) if arrived.any() else None), (node, name, place)


def probe(
    network: Network, shapes: Shapes, node: str, rng: np.random.Generator
) -> tuple[list[Place], dict[str, Tensor]]:
    """Places of a node, and for it and each later node which values become NaN with each of them: bool (n, C, H, W) or
    (n, size)."""
    inputs = {name: tuple(shape for shape in shapes.nodes[name].inputs if shape) for name in network.order}
    modules = modules_of(network, inputs, seed=1)
    image = network[network.of_kind(Input)[0]]
    assert isinstance(image, Input)
    values: dict[str, Tensor] = {}
    own = shapes.nodes[node].output
    assert own is not None
    count = int(np.prod(own))
    chosen = np.arange(count) if count < MOST_PROBED else np.sort(rng.choice(count, 40, replace=False))
    later = {node} | network.descendants(node)
    for name in shapes.used:
        sources = [values[source] for source in network.inputs[name]]
        if name in later and name != node:
            sources = [one if len(one) > 1 else one.expand(len(chosen), *one.shape[1:]) for one in sources]
        value = run(network[name], modules.get(name), sources or [torch.rand(1, *image.shape)])
        if name == node:
            value = value.expand(len(chosen), *value.shape[1:]).clone(memory_format=torch.contiguous_format)
            value.flatten(1)[range(len(chosen)), torch.from_numpy(chosen)] = torch.nan
        values[name] = value
    return [place_of(int(at), own) for at in chosen], {
        name: values[name].isnan() for name in shapes.used if name in later
    }


def place_of(at: int, shape: Sequence[int]) -> Place:
    """The place of the value with this index."""
    channel, row, column = (*(int(one) for one in np.unravel_index(at, shape)), 0, 0)[:3]
    return channel, row, column


def frame_of(where: Tensor) -> Frame:
    """The bounding box of what is True, (C, H, W) or (n,)."""
    axes = [where.reshape((*where.shape, 1, 1)[:3]).nonzero()[:, axis] for axis in range(3)]
    return Frame(*(range(int(axis.min()), int(axis.max()) + 1) for axis in axes))
