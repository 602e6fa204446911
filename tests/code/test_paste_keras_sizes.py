"""Sizes that Keras sources take from their data, and models of Keras 1 with branches; what is written comes back."""

from __future__ import annotations

import re

import pytest
from export_kit import checked
from hypothesis import given
from networks import valid_networks
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.code.write.keras import keras_source
from cnnviz.code.write.source import SourceError
from cnnviz.network.graph import Network, remove
from cnnviz.network.layers import Input
from cnnviz.project.templates import TEMPLATES

LOADED = "from tensorflow import keras\n(a, b), (c, d) = keras.datasets.{}.load_data()\n"
MODEL = "\ni = keras.Input({})\nm = keras.Model(i, keras.layers.Dense(10)(keras.layers.Flatten()(i)))"


def size_of(text: str) -> tuple[int, ...]:
    network = paste(text, (1, 20, 20)).network
    return network[network.of_kind(Input)[0]].infer(()).output or ()


@pytest.mark.parametrize(
    ("name", "prepared", "shape", "size"),
    [
        ("cifar10", "", "a.shape[1:]", (3, 32, 32)),
        ("cifar100", "a = a.astype('float32') / 255", "c.shape[1:]", (3, 32, 32)),
        ("mnist", "a = a.reshape(a.shape[0], 28, 28, 1)", "a.shape[1:]", MNIST),
        ("mnist", "a = a.reshape((-1, 28 * 28))", "(a.shape[1],)", (1, 28, 28)),
        ("fashion_mnist", "a = a[..., None] - 0.5", "shape=(a.shape[1], a.shape[2], a.shape[3])", MNIST),
        ("fashion_mnist", "", "a[0].shape", (1, 20, 20)),
        ("imdb", "", "a.shape[1:]", (1, 20, 20)),
        ("mnist", "a = a.reshape(7, 28, 28, 1)", "a.shape[1:]", (1, 20, 20)),
        ("mnist", "a = a * k", "a.shape[1:]", (1, 20, 20)),
    ],
)
def test_a_size_from_a_known_dataset(name: str, prepared: str, shape: str, size: tuple[int, ...]) -> None:
    assert size_of(LOADED.format(name) + prepared + MODEL.format(shape)) == size


def test_a_size_that_fits_is_assumed() -> None:
    text = (
        "from keras import layers, Model\ndef make(shape):\n  i = layers.Input(shape)\n"
        "  x = layers.AveragePooling2D(30)(i)\n  return Model(i, layers.Flatten()(x))\n"
    )
    assert size_of(text) == (1, 32, 32)
    assert "A 300×300 window does not fit a 20×20 input" in _refused(text.replace("30", "300"))
    assert "A 30×30 window does not fit a 9×9 input" in refusal(text.replace("(shape)", "(shape=(9, 9, 1))"))


def _refused(text: str) -> str:
    return refusal(text).replace("28×28", "20×20")


def test_a_branching_model_of_keras_1() -> None:
    first = (
        "from keras.layers import merge, Input, Dense, Flatten\nfrom keras.layers.convolutional import Convolution2D\n"
        "from keras.models import Model\n"
        "i = Input(shape=(3, 16, 16))\nx = Convolution2D(4, 3, 5, border_mode='same')(i)\n"
        "y = Convolution2D(4, 1, 1)(i)\nx = merge([x, y], mode='sum')\n"
        "x = merge([x, i], mode='concat', concat_axis=1)\n"
        "m = Model(input=i, output=Dense(10)(Flatten()(x)))"
    )
    today = (
        "from keras import layers, Model\ni = layers.Input((16, 16, 3))\n"
        "x = layers.Conv2D(4, (3, 5), padding='same')(i)\ny = layers.Conv2D(4, 1)(i)\nx = layers.Add()([x, y])\n"
        "x = layers.Concatenate()([x, i])\nm = Model(inputs=i, outputs=layers.Dense(10)(layers.Flatten()(x)))"
    )
    read = paste(first, MNIST)
    assert read.network == paste(today, MNIST).network
    assert [note.code for note in read.notes] == ["channels_first_assumed"]


def test_blocks_have_the_names_of_models_and_of_functions_that_are_called_again() -> None:
    text = (
        "from keras import layers, Model, Sequential\n"
        "def stem(x):\n  return layers.ReLU()(layers.Conv2D(4, 3)(x))\n"
        "def block(x):\n  return layers.ReLU()(layers.Conv2D(4, 3, padding='same')(x))\n"
        "head = Sequential([layers.Flatten(), layers.Dense(10)])\n"
        "i = layers.Input((16, 16, 3))\nm = Model(i, head(block(block(stem(i)))))"
    )
    blocks = paste(text, MNIST).blocks
    assert [(block.name, len(block.members)) for block in blocks] == [("block", 2), ("block (2)", 2), ("head", 2)]


@pytest.mark.parametrize("name", ["resnet-18-28", "resnet-50-28", "densenet-121-28"])
def test_templates_with_branches_come_back(name: str) -> None:
    network = TEMPLATES[name].project().network
    assert paste(keras_source(network, checked(network)).text, MNIST).network == network


_STEP = re.compile(r"(\w+) = (layers\.\w+\(.*\))\((\w+|\[[\w, ]*\])\)")


def in_other_styles(text: str) -> list[str]:
    """The source of a functional model with its lines in a function, in a class, and with a list of layers."""
    lines = [line.partition("  #")[0] for line in text.split("__name__")[0].splitlines()[3:-1]]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    first = next(place for place, line in enumerate(lines) if line.startswith("images = "))
    head, (images, *steps, end) = lines[:first], lines[first:]
    found = [_STEP.fullmatch(step) for step in steps]
    if not all(found):
        return []
    last = end.rpartition(", ")[2].rstrip(")")
    function = ["def make():", *(f"    {line}" for line in (images, *steps)), f"    return keras.Model(images, {last})"]
    size = images.partition("shape=")[2].partition("))")[0] + ")"
    made, run, kept = ["    def __init__(self):", "        super().__init__()"], ["    def call(self, images):"], []
    for place, step in enumerate(found):
        assert step is not None
        made.append(f"        self.step{place} = {step[2]}")
        run.append(f"        {step[1]} = self.step{place}({step[3]})")
        kept.append(f"{step[1]} = steps[{place}]({step[3]})")
    own = ["class Net(keras.Model):", *made, *run, f"        return {last}", "network = Net()"]
    listed = ["steps = [", *(f"    {step[2]}," for step in found if step is not None), "]", images, *kept, end]
    styles = [[*function, "network = make()"], [*own, f"network.build((None, *{size}))"], listed]
    return ["\n".join([*head, *style]) for style in styles]


@pytest.mark.parametrize("name", ["resnet-18-28", "densenet-121-28"])
def test_other_styles_are_read_as_the_same_network(name: str) -> None:
    network = TEMPLATES[name].project().network
    styles = in_other_styles(keras_source(network, checked(network)).text)
    assert len(styles) == 3
    for text in styles:
        read = paste(text, MNIST)
        assert read.network == network and not [note for note in read.notes if note.code != "size_assumed"]


@given(valid_networks())
def test_random_networks_come_back(network: Network) -> None:
    report = checked(network)
    try:
        text = keras_source(network, report).text
    except SourceError:
        return
    if any(word in text for word in ("ops.pad", "MultiHeadAttention", "gelu(", "softplus(", "[..., ")):
        # written as expressions, which are refused or have no name
        return
    if any(network[name].most_inputs is None and len(network.inputs[name]) < 2 for name in report.used):
        # a sum of one is left out
        return
    read = paste(text, MNIST).network
    used = remove(network, network.nodes.keys() - set(report.used))
    assert {name: read.inputs[name] for name in read.nodes} == {name: used.inputs[name] for name in used.nodes}
    assert [checked(read).nodes[name].output for name in used.order] == [
        report.nodes[name].output for name in used.order
    ]
    assert checked(read).parameters == report.parameters


@pytest.mark.parametrize("shape", ["x_train.shape[1:]", "input_shape", "(rows, columns, 1)"])
def test_a_size_that_no_import_brings_is_not_known(shape: str) -> None:
    text = (
        f"from keras.layers import *\nfrom keras.models import *\ni = Input({shape})\nModel(i, Dense(10)(Flatten()(i)))"
    )
    (note,) = paste(text, MNIST).notes
    assert (note.code, note.values["value"]) == ("size_unknown", shape)
