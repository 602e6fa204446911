"""Source that is pasted becomes the network that it describes, or sentences with lines; it is never executed."""

from __future__ import annotations

from typing import Any

import pytest
from export_kit import checked, made
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import CLASSES
from paste_kit import MNIST, sentences

from cnnviz.code.read.paste import paste
from cnnviz.code.read.pasted import Pasted
from cnnviz.code.read.remarks import PasteError
from cnnviz.code.write.keras import keras_source
from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.code.write.source import SourceError, is_chain
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import KINDS, Dense, Flatten, Layer, Output
from cnnviz.network.layers.base import Misfit
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES


def chains() -> list[str]:
    found = []
    for name, template in TEMPLATES.items():
        network = template.project().network
        if is_chain(network, checked(network)):
            found.append(name)
    assert {"fast", "keras-tutorial", "pytorch-tutorial"} <= set(found)
    return found


@pytest.mark.parametrize("name", chains())
def test_every_chain_template_comes_back_from_pytorch(name: str) -> None:
    network = TEMPLATES[name].project().network
    pasted = paste(pytorch_source(network, checked(network)).text, MNIST)
    assert pasted == Pasted(network, "pytorch", ())


@pytest.mark.parametrize("name", chains())
def test_every_chain_template_comes_back_from_keras(name: str) -> None:
    network = TEMPLATES[name].project().network
    try:
        text = keras_source(network, checked(network)).text
    except SourceError as error:
        assert error.code.startswith("no_match")
        return
    assert paste(text, MNIST) == Pasted(network, "keras", ())


@st.composite
def chain_networks(draw: st.DrawFn) -> Network:
    """Random chains of layers that fit together."""
    image = (draw(st.integers(1, 4)), draw(st.integers(1, 12)), draw(st.integers(1, 12)))
    nodes: list[tuple[str, Layer]] = [("input", made("Input", image, 0.5, 0.25))]
    shape: tuple[int, ...] = image
    kinds = sorted(KINDS.keys() - {"Input", "Output", "Add", "Multiply", "Concat", "Chunk"})
    for place in range(draw(st.integers(1, 6))):
        layer = draw(layers(draw(st.sampled_from(kinds))))
        try:
            shape = layer.infer((shape,)).output
        except Misfit:
            continue
        nodes.append((f"one{place}", layer))
    if len(shape) != 1:
        nodes.append(("flat", Flatten()))
    return chain(*nodes, ("head", Dense(CLASSES)), ("output", Output()))


@given(chain_networks())
def test_random_chains_come_back_from_pytorch(network: Network) -> None:
    report = check(network, Facts(network["input"].infer(()).output, CLASSES))
    if report.errors:
        return
    assert paste(pytorch_source(network, report).text, MNIST).network == network


def test_sources_of_versions_with_another_docstring_are_read() -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    text = pytorch_source(network, checked(network)).text
    docstring = "(images - mean) / std; one number for all channels, or one for each."
    assert docstring in text
    other = text.replace(docstring, docstring.replace("one ", "fields "))
    assert paste(other, MNIST) == Pasted(network, "pytorch", ())
    with pytest.raises(PasteError, match="Normalize is defined in line"):
        paste(text.replace("(images - self.mean) / self.std", "(images - self.std) / self.std"), MNIST)


@given(chain_networks())
def test_random_chains_come_back_from_keras(network: Network) -> None:
    report = check(network, Facts(network["input"].infer(()).output, CLASSES))
    if report.errors:
        return
    try:
        text = keras_source(network, report).text
    except SourceError:
        return
    if "keras.Sequential" in text:
        pasted = paste(text, MNIST).network
        assert {name: _plain(pasted[name]) for name in pasted.nodes} == {
            name: _plain(network[name]) for name in network.nodes
        }


def _plain(layer: Any) -> Layer:
    """Padding “same” of an odd kernel in numbers: Keras has one word for both; momentum to twelve digits."""
    if layer.kind in ("BatchNorm2d", "BatchNorm1d"):
        return made(layer.kind, layer.eps, round(layer.momentum, 12), layer.affine)
    if layer.kind == "Conv2d" and layer.padding == "same":
        spans = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
        if all(span % 2 == 0 for span in spans):
            return made(
                "Conv2d",
                layer.out_channels,
                layer.kernel_size,
                layer.stride,
                tuple(span // 2 for span in spans),
                layer.dilation,
                layer.groups,
                layer.bias,
            )
    one: Layer = layer
    return one


def test_the_keras_tutorial_as_it_is_published() -> None:
    text = """
import numpy as np
import keras
from keras import layers

num_classes = 10
input_shape = (28, 28, 1)

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
"""
    pasted = paste(text, (3, 32, 32))
    assert [note.sentence() for note in pasted.notes] == [
        "Line 21: the softmax at the end is left out, as the Output contains it."
    ]
    assert pasted.network == chain(
        ("input", made("Input", (1, 28, 28), 0.0, 1.0)),
        ("conv1", made("Conv2d", 32, 3)),
        ("relu1", made("ReLU")),
        ("pool1", made("MaxPool2d")),
        ("conv2", made("Conv2d", 64, 3)),
        ("relu2", made("ReLU")),
        ("pool2", made("MaxPool2d")),
        ("flatten", Flatten()),
        ("dropout1", made("Dropout", 0.5)),
        ("fc1", Dense(10)),
        ("output", Output()),
    )


@pytest.mark.parametrize(
    "text",
    [
        "from torch.nn import *\nmodel = Sequential(Conv2d(1, 8, 3), Flatten(), Linear(8 * 26 * 26, 10))",
        "import torch.nn\nm = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.Flatten(),"
        " torch.nn.Linear(5408, 10))",
        "from torch import nn\nbody = nn.Sequential(nn.Conv2d(1, 8, 3))\nhead = nn.Linear(5408, 10)\n"
        "net = nn.Sequential(body, nn.Flatten(1), head).to('cpu')",
        "from collections import OrderedDict\nfrom torch import nn\n"
        "nn.Sequential(OrderedDict([('conv1', nn.Conv2d(1, 8, 3)), ('flatten', nn.Flatten()),"
        " ('fc1', nn.Linear(5408, 10))]))",
        "def make():\n    return nn.Sequential(nn.Conv2d(1, out_channels=8, kernel_size=(3, 3)), nn.Flatten(),"
        " nn.Linear(5408, 10))",
        "import keras\nkeras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.Flatten(),"
        " keras.layers.Dense(10)])",
        "from tensorflow.keras.models import Sequential\nfrom tensorflow.keras.layers import *\nmodel = Sequential()\n"
        "model.add(Conv2D(8, (3, 3), input_shape=(28, 28, 1)))\nmodel.add(Flatten())\nmodel.add(Dense(10))",
        "m = tf.keras.models.Sequential([tf.keras.layers.InputLayer(input_shape=(28, 28)),"
        " tf.keras.layers.Conv2D(8, 3), tf.keras.layers.Flatten(), tf.keras.layers.Dense(10, activation='linear')])",
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    assert paste(text, MNIST).network == chain(
        ("input", made("Input", MNIST, 0.0, 1.0)),
        ("conv1", made("Conv2d", 8, 3)),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )


def test_a_size_that_the_source_implies_is_found() -> None:
    pasted = paste("nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 30 * 30, 10))", MNIST)
    assert pasted.network["input"] == made("Input", (3, 32, 32), 0.0, 1.0)
    assert [note.sentence() for note in pasted.notes] == [
        "The source does not say how large the images are: 3×32×32 is assumed."
    ]


def test_everything_that_is_wrong_is_named_at_once() -> None:
    text = """model = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=n),
    nn.Conv3d(8, 8, 3),
    nn.MaxPool2d(2, dilation=2),
    nn.Linear(8, 10, biases=False),
    nn.Dropout(1.5),
    nn.LSTM(3),
    nn.Linear(10),
    *more,
)"""
    assert sentences(text) == [
        "Line 2: n cannot be told without running the source.",
        "Line 3: Conv3d is no layer that is known here.",
        "Line 4: MaxPool2d has dilation=2, which has no counterpart here.",
        "Line 5: the argument biases of Linear is not known here.",
        "Line 6: Dropout: p must be a number from 0 to 0.99, not 1.5.",
        "Line 7: LSTM is no layer that is known here.",
        "Line 8: Linear lacks its argument out_features.",
        "Line 9: *more cannot be told without running the source.",
    ]
    assert sentences(
        "keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3, activation='cosine'), layers.GRU(3)])"
    ) == [
        "Line 1: the activation cosine is not known here.",
        "Line 1: GRU is no layer that is known here.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nn.Sequential(nn.Flatten(), nn.Linear(700, 10))", "Linear expects in_features=700, but gets 784 from"),
        ("nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(5))", "BatchNorm2d expects num_features=5, but gets 4"),
        ("nn.Sequential(nn.Linear(784, 10))", "needs a flat input, but gets 1×28×28"),
        ("keras.Sequential([layers.Input((4, 4, 1)), layers.Conv2D(4, 5)])", "A 5×5 kernel does not fit a 4×4 input"),
        ("import torch", "No network was found"),
        ("x = (1", "Line 1: this is not Python ('(' was never closed)."),
        ("nn.Sequential()", "Line 1: this Sequential has no layers."),
        ("class A:\n    def __init__(self):\n        self.net = nn.Sequential(nn.ReLU())", "a part of the class A"),
        ("nn.Sequential(nn.ReLU(**options))", "**options cannot be told without running the source"),
        ("nn.Sequential(print('executed'))", "Line 1: print is no layer that is known here."),
        ("nn.Sequential(__import__('os').system('true'))", "system is no layer that is known here."),
    ],
)  # fmt: skip
def test_sentences(text: str, sentence: str) -> None:
    assert sentence in "\n".join(sentences(text))


def test_two_models_and_softmax_and_initializers_are_said() -> None:
    text = (
        "a = nn.Sequential(nn.ReLU())\n"
        "b = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(),\n"
        "  layers.Dense(4, kernel_initializer='zeros'), layers.Softmax()])"
    )
    assert [note.code for note in paste(text, MNIST).notes] == ["last_of_many", "not_kept", "softmax_left_out"]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [5, 6, 7, 8])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_padding_of_keras_keeps_its_size(padding: str, size: int, kernel: int, stride: int) -> None:
    for layer in ("Conv2D(2", "MaxPooling2D("):
        options = f"{', ' if layer[-1] != '(' else ''}{kernel}, strides={stride}, padding='{padding}'"
        text = f"keras.Sequential([keras.Input(({size}, {size}, 1)), layers.{layer}{options})])"
        try:
            network = paste(text, MNIST).network
        except PasteError as error:
            assert error.remarks[0].code in ("misfit", "bad_value")
            assert padding == "same" or kernel > size
            continue
        report = check(network, Facts((1, size, size), 10))
        last = network.inputs["output"][0]
        wanted = -(-size // stride) if padding == "same" else (size - kernel) // stride + 1
        assert report.nodes[last].output == (2 if layer.startswith("C") else 1, wanted, wanted)
