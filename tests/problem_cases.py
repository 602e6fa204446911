"""A network for each problem that checking finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from networks import flattened, headed

from cnnviz.network import graph
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    Chunk,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    GroupNorm,
    Input,
    InstanceNorm2d,
    Layer,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    ReLU,
    Reshape,
)
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

MNIST = Facts((1, 28, 28), 10)


def joined(first: Layer, joining: Layer) -> Network:
    network = headed(first, joining)
    return graph.connect(network, "input", "layer1")


def unfed() -> Network:
    network = chain(("input", Input()), ("flatten", Flatten()))
    for name, layer in (("fc", Dense(10)), ("output", Output())):
        network = graph.add(network, name, layer)
    return graph.connect(network, "fc", "output")


CASES: list[tuple[str, Callable[[], Network]]] = [
    ("no_input", lambda: chain(("fc", Dense(10)), ("output", Output()))),
    ("no_output", lambda: chain(("input", Input()), ("flatten", Flatten()), ("fc", Dense(10)))),
    ("many_inputs", lambda: graph.add(headed(ReLU()), "input2", Input())),
    ("many_outputs", lambda: graph.add(headed(ReLU()), "output2", Output())),
    ("input_missing", unfed),
    ("unused", lambda: graph.connect(graph.add(headed(ReLU()), "relu", ReLU()), "input", "relu")),
    ("unconnected", lambda: graph.add(headed(ReLU()), "relu", ReLU())),
    ("needs_flat", lambda: chain(("input", Input()), ("fc", Dense(10)), ("output", Output()))),
    ("needs_maps", lambda: flattened(Conv2d(), Flatten(), Dense(10))),
    ("kernel_too_large", lambda: headed(Conv2d(4, (29, 3)))),
    ("window_too_large", lambda: headed(MaxPool2d((30, 30), (1, 1)))),
    ("groups_in", lambda: headed(Conv2d(4, groups=2))),
    ("groups_in", lambda: headed(Conv2d(4), GroupNorm(3))),
    ("groups_out", lambda: headed(Conv2d(4), Conv2d(5, groups=2))),
    ("same_with_stride", lambda: headed(Conv2d(4, stride=(2, 2), padding="same"))),
    ("pool_padding", lambda: headed(AvgPool2d((2, 2), padding=(2, 2)))),
    ("windows_in_padding", lambda: headed(Conv2d(4, (3, 3), padding=(3, 0)))),
    ("values_cut_off", lambda: headed(ConvTranspose2d(4, padding=(0, 2)))),
    ("padding_too_large", lambda: headed(MaxPool2d((14, 14), (14, 14)), ConvTranspose2d(padding=(1, 2)))),
    ("output_padding", lambda: headed(ConvTranspose2d(output_padding=(2, 0)))),
    ("heads", lambda: headed(Conv2d(6), MultiheadSelfAttention(4))),
    ("one_value_per_group", lambda: headed(AdaptiveAvgPool2d(), GroupNorm(1))),
    ("one_value_per_map", lambda: headed(AdaptiveAvgPool2d(), InstanceNorm2d())),
    ("no_such_chunk", lambda: headed(Conv2d(6), Chunk(4, 3))),
    ("reshape_count", lambda: headed(Reshape((2, 28, 28)))),
    ("add_shapes", lambda: joined(Conv2d(4), Add())),
    ("concat_shapes", lambda: joined(Conv2d(4), Concat())),
    ("flat_and_maps", lambda: graph.connect(flattened(Add(), Dense(10)), "input", "layer0")),
    ("normalization_length", lambda: graph.set_layer(headed(ReLU()), "input", Input(mean=(0.1, 0.2)))),
    ("input_shape", lambda: graph.set_layer(headed(ReLU()), "input", Input((3, 32, 32)))),
    ("output_not_flat", lambda: chain(("input", Input()), ("output", Output()))),
    ("output_classes", lambda: flattened(Dense(7))),
    ("too_many_parameters", lambda: flattened(Dense(1_000_000_000), ReLU(), Dense(10))),
]
