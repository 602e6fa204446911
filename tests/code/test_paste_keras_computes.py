"""Functions of Keras, and networks of its own: what is read computes what Keras computes with the same weights."""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import keras
import pytest
import torch
from export_kit import assert_close, trained
from keras_kit import give_weights, maps_last
from networks import CLASSES
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts
from cnnviz.training.model import build

pytestmark = pytest.mark.usefixtures("one_torch_thread")
HEAD = (
    "import keras\nfrom keras import layers, ops\ni = keras.Input((8, 9, 3))\nx = layers.Conv2D(4, 3, name='conv')(i)\n"
)
TAIL = "\nx = layers.Flatten()(x)\nmodel = keras.Model(i, layers.Dense(10, name='fc')(x))\n"


def compared(text: str, model: Any) -> None:
    network = paste(text, MNIST).network
    (name,) = network.of_kind(Input)
    image = network[name].infer(()).output
    report = check(network, Facts(image, CLASSES))
    moving = sum(prod(size) for node in report.nodes.values() for key, size in node.buffers.items() if "run" in key)
    assert report.parameters + moving == model.count_params()
    compiled = trained(build(network, report)).eval()
    give_weights(model, network, report, compiled.state_dict())
    images = torch.rand(2, *image)
    with torch.no_grad():
        assert_close(torch.as_tensor(model(maps_last(images))), compiled(images)[0])


@pytest.mark.parametrize(
    "line",
    [
        "x = ops.gelu(x)",
        "x = ops.gelu(x, False)",
        "x = keras.activations.gelu(x)",
        "x = keras.activations.gelu(x, approximate=True)",
        "x = layers.Activation(ops.gelu)(x)",
        "x = layers.Activation('gelu')(x)",
        "x = layers.Activation(lambda v: ops.gelu(v))(x)",
        "x = layers.Conv2D(4, 1, activation=ops.gelu, name='more')(x)",
        "x = ops.pad(x, [[0, 0], [1, 0], [2, 1], [0, 0]])",
        "x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode='constant')",
        "x = ops.max_pool(x, 2, strides=1)",
        "x = ops.average_pool(x, (2, 3))",
        "x = x * ops.relu6(x + 3) / 6",
    ],
)
def test_functions_of_keras(line: str) -> None:
    text = f"{HEAD}{line}{TAIL}"
    space: dict[str, Any] = {}
    exec(text, space)
    compared(text, space["model"])


@pytest.mark.parametrize("activation", ["ops.gelu", "keras.activations.gelu"])
def test_gelu_of_a_plain_sequential(activation: str) -> None:
    text = (
        "import keras\nfrom keras import layers, ops\nmodel = keras.Sequential([keras.Input((28, 28, 1)),\n"
        f"    layers.Conv2D(2, 3, activation={activation}, name='conv'), layers.Flatten(),\n"
        "    layers.Dense(10, name='fc')])\n"
    )
    space: dict[str, Any] = {}
    exec(text, space)
    compared(text, space["model"])


@pytest.mark.parametrize(
    "line",
    [
        "x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode='reflect')",
        "x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 2]])",
        "x = ops.pad(x, ((0, 0), 1, 1, (0, 0)), constant_values=1)",
    ],
)
def test_padding_that_has_no_counterpart(line: str) -> None:
    written = line.removeprefix("x = ")
    assert refusal(f"{HEAD}{line}{TAIL}") == f"Line 5: {written} has no counterpart among the layers here."


@pytest.mark.parametrize(
    "line",
    [
        "x = tf.nn.dropout(x, lib.unknown)",
        "x = ops.reshape(x, (-1, lib.unknown, 4))",
        "x = ops.mean(x, axis=(1, 2), keepdims=lib.unknown)",
        "x = ops.max_pool(x, lib.unknown)",
    ],
)
def test_an_argument_that_is_not_known(line: str) -> None:
    assert (
        refusal(f"import lib, tensorflow as tf\n{HEAD}{line}{TAIL}")
        == "Line 6: unknown cannot be told without running the source."
    )


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("mobilenet_v2", "MobileNetV2(weights=None, alpha=0.35, classes=10, input_shape=(64, 64, 3))"),
        ("mobilenet", "MobileNet(weights=None, alpha=0.25, classes=10, input_shape=(64, 64, 3))"),
    ],
)
def test_a_file_of_the_networks_that_keras_has(file: str, call: str) -> None:
    found = find_spec("keras")
    assert found is not None and found.origin is not None
    text = (Path(found.origin).parent / "src" / "applications" / f"{file}.py").read_text(encoding="utf-8")
    model = eval(call.replace("classes=10", "classes=10, classifier_activation=None"), vars(keras.applications).copy())
    compared(f"{text}\nmodel = {call}\n", model)
