"""The generated Keras source builds in real Keras, and computes the same with the same weights."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING, Any, cast

import pytest
import torch
from export_kit import assert_close, checked, executed, kinds, made, one_of, trained
from hypothesis import assume, example, given
from keras_kit import give_weights, maps_last
from networks import CLASSES, gated, valid_networks

from cnnviz.code.write.keras import keeps_order, keras_source
from cnnviz.code.write.source import SourceError
from cnnviz.network.graph import Network, chain, connect
from cnnviz.network.layers import KINDS, Dense, Flatten, GroupNorm, Layer, Output, ReLU
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.network.report import Report
    from cnnviz.training.model import CompiledNetwork

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    # true, and of no consequence: a drawn network may have one channel
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1"),
]

WITHOUT_MATCH = {"LocalResponseNorm"}
"""Kinds that Keras does not have."""


LEAST_VARIANCE = 1e-2
"""Keras computes a GroupNorm as x · s - mean · s in float32. If the values of a group are nearly equal, s is large and
the difference loses digits."""


def spread(network: Network, report: Report, compiled: CompiledNetwork, images: Tensor) -> float:
    """The least variance in a group of a GroupNorm; infinite if there is none."""
    # a node that no path leads to is not computed
    norms = [name for name in network.of_kind(GroupNorm) if name in report.used]
    values = compiled(images, {network.inputs[name][0] for name in norms})[1]
    groups = [
        values[network.inputs[name][0]].reshape(len(images), cast("GroupNorm", network[name]).num_groups, -1)
        for name in norms
    ]
    return min((float(group.var(-1, unbiased=False).min()) for group in groups), default=inf)


def assert_same(network: Network, batch: int = 2, *, drawn: bool = False) -> None:
    """``drawn`` networks of hypothesis are left out where Keras rounds too much."""
    report = checked(network)
    source = keras_source(network, report)
    model = executed(source)
    assert sum(prod(one.shape) for one in model.trainable_variables) == report.parameters
    compiled = trained(build(network, report, 3))
    give_weights(model, network, report, compiled.state_dict())
    images = torch.rand(batch, *report.nodes[report.used[0]].output or (), generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        if drawn:
            assume(spread(network, report, compiled, images) > LEAST_VARIANCE)
        assert_close(model(maps_last(images), training=False), compiled(images)[0])


def flat_after(*inner: tuple[str, Layer], image: tuple[int, int, int] = (3, 9, 8)) -> Network:
    return chain(
        ("input", made("Input", image)), *inner, ("flatten", Flatten()), ("head", Dense(CLASSES)), ("output", Output())
    )


@pytest.mark.parametrize("kind", kinds())
def test_every_kind(kind: str) -> None:
    if kind in WITHOUT_MATCH:
        network = one_of(KINDS[kind]())
        with pytest.raises(SourceError, match=f"Keras has no layer like {kind} “one”") as refused:
            keras_source(network, checked(network))
        assert refused.value.node == "one"
    else:
        assert_same(one_of(KINDS[kind]()))


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template(name: str) -> None:
    network = TEMPLATES[name].project().network
    if lacking := [node for node in network.nodes if network[node].kind in WITHOUT_MATCH]:
        with pytest.raises(SourceError, match=lacking[0]):
            keras_source(network, checked(network))
    else:
        assert_same(network)


@example(gated())
@given(valid_networks())
def test_random_networks(network: Network) -> None:
    try:
        keras_source(network, checked(network))
    except SourceError as error:
        assert error.node is not None and str(error).startswith("Keras has no layer like")
        return
    assert_same(network, drawn=True)


@pytest.mark.parametrize(
    "layer",
    [
        made("Conv2d", 4, (3, 5), padding=(1, 2)),
        made("Conv2d", 4, (3, 5), padding="same"),
        made("Conv2d", 4, (2, 4), padding="same", dilation=(1, 2)),
        made("Conv2d", 4, 3, stride=2, padding=1),
        made("Conv2d", 6, 3, padding=(2, 0), groups=3, bias=False),
        made("Conv2d", 3, 3, groups=3, padding=1),
        made("Conv2d", 6, (3, 2), stride=2, groups=3, padding=(0, 1), bias=False),
        made("Conv2d", 6, 3, stride=(2, 1), groups=3),
        made("Conv2d", 4, 3, dilation=2, padding=2),
        made("MaxPool2d", 3, 2, padding=1),
        made("MaxPool2d", 3, 2, ceil_mode=True),
        made("MaxPool2d", (3, 2), (2, 3), padding=(1, 0), ceil_mode=True),
        made("AvgPool2d", kernel_size=(3, 2), stride=(2, 2), padding=(1, 1)),
        made("BatchNorm2d", eps=0.01, momentum=0.3, affine=False),
    ],
    ids=str,
)
def test_parameters_that_keras_has_other_words_for(layer: Layer) -> None:
    # values below zero: what is padded with zeros must not win a maximum
    assert_same(flat_after(("before", made("Conv2d", 3, 1)), ("norm", made("BatchNorm2d")), ("one", layer)))


def test_average_pooling_over_the_edge_is_named() -> None:
    network = flat_after(("one", made("AvgPool2d", kernel_size=2, stride=2, ceil_mode=True)))
    with pytest.raises(SourceError, match="AvgPool2d “one” with a last window that hangs over the edge"):
        keras_source(network, checked(network))


def test_a_vector_that_more_than_a_dense_layer_reads_is_in_the_same_order() -> None:
    network = flat_after(("conv", made("Conv2d", 4, 3)))
    assert not keeps_order(network, checked(network), "flatten")
    joined = chain(
        ("input", made("Input", (2, 5, 4))),
        ("flatten", Flatten()),
        ("relu", ReLU()),
        ("concat", KINDS["Concat"]()),
        ("head", Dense(CLASSES)),
        ("output", Output()),
    )
    joined = connect(joined, "flatten", "concat")
    assert keeps_order(joined, checked(joined), "flatten")
    assert_same(joined)
    end = chain(("input", made("Input", (2, 5, 1))), ("flatten", Flatten()), ("output", Output()))
    assert keeps_order(end, checked(end), "flatten")
    assert_same(end)


@pytest.mark.parametrize("names", [("input_layer", "x"), ("images", "dropout"), ("input", "keras"), ("in-put", "a-b")])
def test_odd_names_and_images_as_they_are(names: tuple[str, str]) -> None:
    for values in ((0.0, 1.0), (0.5, 0.25), ((0.1, 0.2), 0.5)):
        network = chain(
            (names[0], made("Input", (2, 4, 4), *values)),
            (names[1], made("Conv2d", 2, 3)),
            ("flatten", Flatten()),
            ("end", Output()),
        )
        assert_same(network)
        network = connect(connect_add(network, names[1]), names[1], "add", 1)
        assert_same(network)


def connect_add(network: Network, after: str) -> Network:
    from cnnviz.network.graph import add_after

    return add_after(network, after, "add", KINDS["Add"]())


def test_lines_and_nodes_belong_together() -> None:
    network = TEMPLATES["fast"].project().network
    report = checked(network)
    source = keras_source(network, report)
    lines = source.text.split("\n")
    assert source.lines.keys() == set(report.used)
    for node in report.used[:-1]:
        assert any(f'name="{node}"' in lines[number] for number in source.lines[node])


def test_the_source_reads_like_this() -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    text: Any = keras_source(network, checked(network)).text
    assert (
        text
        == '''"""A network drawn with cnnviz: images (N, 28, 28, 1) in [0, 1] to logits (N, 10)."""

import keras
from keras import layers

network = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Normalization(mean=0.1307, variance=0.3081 ** 2, name="input"),  # (28, 28, 1)
        layers.Conv2D(32, 3, name="conv1"),  # (26, 26, 32)
        layers.ReLU(name="relu1"),  # (26, 26, 32)
        layers.MaxPooling2D(2, name="pool1"),  # (13, 13, 32)
        layers.Conv2D(64, 3, name="conv2"),  # (11, 11, 64)
        layers.ReLU(name="relu2"),  # (11, 11, 64)
        layers.MaxPooling2D(2, name="pool2"),  # (5, 5, 64)
        layers.Flatten(name="flatten"),  # (1600,)
        layers.Dense(128, name="fc1"),  # (128,)
        layers.ReLU(name="relu3"),  # (128,)
        layers.Dense(10, name="fc2"),  # (10,)
        # logits: SparseCategoricalCrossentropy(from_logits=True) contains the softmax
    ]
)


if __name__ == "__main__":
    network.summary()
'''
    )
