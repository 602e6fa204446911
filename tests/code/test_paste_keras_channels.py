"""Convolutions of each map by itself, shuffles, factors and masks in Keras source are read as what they compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import pytest
import torch
from export_kit import assert_close
from keras_kit import maps_last
from networks import CLASSES
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

IMAGE = (6, 9, 8)


def read(*layers: str) -> tuple[Network, Any]:
    """The network that is read from a Sequential, and the Keras model."""
    lines = [f"keras.Input({(*IMAGE[1:], IMAGE[0])})", *layers, "layers.Flatten()", f"layers.Dense({CLASSES})"]
    text = f"m = keras.Sequential([{', '.join(lines)}])"
    space: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec(text, space)
    return paste(text, MNIST).network, space["m"]


def kinds(network: Network) -> list[str]:
    return [network[name].kind for name in network.order][1:-3]


def outputs(network: Network, weights: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Images, and the output of the layer before the Flatten with these weights."""
    module = build(network, check(network, Facts(IMAGE, CLASSES))).eval()
    module.load_state_dict({**module.state_dict(), **weights})
    images = torch.rand(2, *IMAGE, generator=torch.Generator().manual_seed(1))
    (before,) = network.inputs[network.order[-3]]
    with torch.no_grad():
        return images, module(images, [before])[1][before]


def before_flatten(model: Any, images: torch.Tensor) -> torch.Tensor:
    value: Any = maps_last(images)
    for layer in model.layers[:-2]:
        value = layer(value)
    maps: torch.Tensor = value.detach().permute(0, 3, 1, 2)
    return maps


@pytest.mark.parametrize(
    "words", ["padding='same'", "strides=2, use_bias=False", "dilation_rate=2, activation='relu6'"]
)
def test_a_separable_convolution_is_one_of_each_map_and_one_of_1x1(words: str) -> None:
    network, model = read(f"layers.SeparableConv2D(5, 3, depth_multiplier=2, {words}, name='one')")
    assert kinds(network) == ["Conv2d", "Conv2d", *(["ReLU6"] if "relu6" in words else [])]
    each, mixed, *bias = (weight.value.detach() for weight in model.layers[0].weights)
    weights = {
        "one_depthwise.weight": each.permute(2, 3, 0, 1).reshape(12, 1, 3, 3),
        "one.weight": mixed.permute(3, 2, 0, 1),
        **({"one.bias": bias[0]} if bias else {}),
    }
    images, found = outputs(network, weights)
    assert_close(found, before_flatten(model, images))


def test_a_depthwise_convolution_has_a_group_for_each_map() -> None:
    network, model = read("layers.DepthwiseConv2D((3, 2), depth_multiplier=2, name='one')")
    layer: Any = network["one"]
    assert (layer.kind, layer.groups, layer.out_channels) == ("Conv2d", 6, 12)
    each, bias = (weight.value.detach() for weight in model.layers[0].weights)
    images, found = outputs(network, {"one.weight": each.permute(2, 3, 0, 1).reshape(12, 1, 3, 2), "one.bias": bias})
    assert_close(found, before_flatten(model, images))


def test_three_layers_of_keras_are_a_channel_shuffle() -> None:
    network, model = read("layers.Reshape((9, 8, 3, 2))", "layers.Permute((1, 2, 4, 3))", "layers.Reshape((9, 8, 6))")
    assert kinds(network) == ["ChannelShuffle"]
    images, found = outputs(network, {})
    assert torch.equal(found, before_flatten(model, images))


@pytest.mark.parametrize("layers", ["layers.Permute((1, 2, 4, 3)), layers.ReLU()", "layers.ReLU()"])
def test_parts_of_a_channel_shuffle_are_refused(layers: str) -> None:
    assert refusal(
        f"m = keras.Sequential([keras.Input((9, 8, 6)), layers.Reshape((9, 8, 3, 2)), {layers}, layers.Flatten()])"
    )


def test_a_depthwise_convolution_that_only_scales_is_a_layer_scale() -> None:
    start = "keras.initializers.Constant(0.25)"
    network, _ = read(f"layers.DepthwiseConv2D(1, use_bias=False, depthwise_initializer={start})")
    layer: Any = network[network.order[1]]
    assert (layer.kind, layer.init_value) == ("LayerScale", 0.25)


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        ("None", "Dropout"),
        ("(None, 1, 1, 1)", "StochasticDepth"),
        ("(1, 1, 1, 1)", "StochasticDepth"),
        ("(None, 1, 1, None)", "Dropout2d"),
    ],
)
def test_what_a_dropout_drops_together(mask: str, kind: str) -> None:
    network, _ = read(f"layers.Dropout(0.3, noise_shape={mask})")
    layer: Any = network[network.order[1]]
    assert (layer.kind, layer.p) == (kind, 0.3)
    assert getattr(layer, "mode", "row") == ("batch" if mask.startswith("(1") else "row")


def test_a_dropout_of_rows_is_refused() -> None:
    text = "m = keras.Sequential([keras.Input((9, 8, 6)), layers.Dropout(0.3, noise_shape=(None, None, 1, 1))])"
    assert "noise_shape=(None, None, 1, 1)" in refusal(text)


@pytest.mark.parametrize(("axis", "kind"), [("-1", "LayerNorm2d"), ("[1, 2, 3]", "LayerNorm"), ("3", "LayerNorm2d")])
def test_the_axes_of_a_layer_normalization(axis: str, kind: str) -> None:
    network, _ = read(f"layers.LayerNormalization(axis={axis})")
    assert kinds(network) == [kind]


def test_a_batch_normalization_of_vectors() -> None:
    text = (
        "m = keras.Sequential([keras.Input((9, 8, 6)), layers.Flatten(), layers.Dense(7), layers.BatchNormalization(),"
        " layers.Dense(10)])"
    )
    network = paste(text, MNIST).network
    assert "BatchNorm1d" in {node.layer.kind for node in network.nodes.values()}
