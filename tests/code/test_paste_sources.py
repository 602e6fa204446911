"""Sources that are executed for real: what is read has the parameters that torch and Keras count, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import torch
from networks import CLASSES
from paste_kit import MNIST, refusal
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(10)"
LINEAR = """class Linear(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(b, a))
    def forward(self, x):
        return x @ self.w.t()
"""
OWN = "is defined in line"


@pytest.fixture(autouse=True)
def channels_last() -> Iterator[None]:
    yield
    keras.config.set_image_data_format("channels_last")


def parameters_of(text: str, image: tuple[int, ...]) -> int:
    """How many parameters there are in what the source calls ``m``."""
    space: dict[str, Any] = {"keras": keras, "nn": nn, "torch": torch, "np": np, "layers": keras.layers}
    exec(compile(text, "source.py", "exec"), space)
    made = space["m"]
    if isinstance(made, nn.Module) and not isinstance(made, keras.Model):
        made(torch.zeros(2, *image))
        moving = [one for name, one in made.named_buffers() if "running" in name]
        return sum(one.numel() for one in (*made.parameters(), *moving))
    if not made.built:
        made.build((None, *image[1:], image[0]))
    return int(made.count_params())


def read(text: str) -> tuple[int, tuple[int, ...]]:
    network = paste(text, MNIST).network
    image = network[network.of_kind(Input)[0]].infer(()).output
    report = check(network, Facts(image, CLASSES))
    assert not report.errors
    moving = [shape for node in report.nodes.values() for name, shape in node.buffers.items() if "running" in name]
    return report.parameters + sum(size for (size,) in moving), image


@pytest.mark.parametrize(
    "text",
    [
        "keras.config.set_image_data_format('channels_first')\n"
        "m = keras.Sequential([keras.Input((1, 28, 28)), keras.layers.Conv2D(8, 3, padding='same'),"
        " keras.layers.Flatten(), keras.layers.Dense(10)])",
        "from keras import backend as K\nK.set_image_data_format('channels_first')\n"
        "m = keras.Sequential([keras.Input((3, 20, 24)), keras.layers.BatchNormalization(axis=1),"
        " keras.layers.PReLU(shared_axes=(2, 3)), keras.layers.MaxPooling2D(), " + HEAD + "])",
        "m = keras.Sequential([keras.Input((3, 20, 24)), keras.layers.Conv2D(8, 3, data_format='channels_first'),"
        " keras.layers.Flatten(), keras.layers.Dense(10)])",
        "keras.backend.set_image_data_format('channels_last')\nm = keras.Sequential([keras.Input((20, 24, 3)), "
        + HEAD + "])",
        f"m = keras.Sequential([keras.Input((20, 24, 3)), {HEAD}])\n"
        "keras.backend.set_image_data_format('channels_first')",
        "part = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.ReLU()])\ni = keras.Input((28, 28, 1))\n"
        "o = keras.layers.Dense(10)(keras.layers.Flatten()(part(i)))\nm = keras.Model(i, o)",
        "i = keras.Input((28, 28, 1))\nx = keras.layers.Conv2D(1, 1)(i)\nx = keras.layers.Add()([x, i])\n"
        "m = keras.Model(i, keras.layers.Dense(10)(keras.layers.Flatten()(x)))",
        "i = x = keras.Input((28, 28, 1))\nfor n in range(3):\n  x = keras.layers.Conv2D(2, 1)(x)\n"
        "m = keras.Model(i, keras.layers.Dense(10)(keras.layers.Flatten()(x)))",
        "i = keras.Input((28, 28, 1))\nx = keras.layers.Conv2D(8, 3)(i)\nx = keras.layers.Flatten()(x)\n"
        "x = keras.layers.Dense(10, activation='softmax')(x)\nm = keras.Model(inputs=[i], outputs=x)",
        "def make():\n  x = i = keras.Input((28, 28, 1))\n  x = keras.layers.Flatten()(x)\n"
        "  x = keras.layers.Dense(10)(x)\n  return keras.Model(i, x)\nm = make()",
        f"m = keras.Sequential([{HEAD}])\nm.build((None, 32, 32, 3))",
        f"m = keras.Sequential([{HEAD}])\nm.build(input_shape=(None, 32, 32, 3))",
        f"m = keras.Sequential([{HEAD}])\nx = np.zeros((2, 32, 32, 3))\nm(x)",
        "h, w = 28, 28\n"
        "m = keras.Sequential([keras.Input((h, w, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])",
        "m = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, padding='VALID'),"
        " keras.layers.Flatten(), keras.layers.Dense(10)])",
        "m = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3),"
        " keras.layers.LeakyReLU(alpha=0.1), keras.layers.Flatten(), keras.layers.Dense(10)])",
        "m = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.Flatten(), nn.Linear(1568, 10))\n"
        "z = torch.randn(16, 100, 1, 1)",
        "m = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\nz = torch.randn(16, 100, 1, 1)",
        "m = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 30 * 18, 10))\n"
        "m(torch.rand(2, 3, 32, 20))",
        "m = nn.Sequential(nn.Flatten(-3), nn.Linear(784, 10))",
        "m = nn.Sequential(nn.Flatten(1, 3), nn.Flatten(), nn.Linear(784, 2 ** 5), nn.Linear(32, 10))",
        "from torch.nn import Linear as Dense, Flatten, Sequential as Chain\nm = Chain(Flatten(), Dense(784, 10))",
        "import torch.nn as layers\nm = layers.Sequential(layers.Flatten(), layers.Linear(784, 10))",
        "L = nn.Linear\nm = nn.Sequential(nn.Flatten(), L(784, 10))",
        "from math import *\nfrom torch.nn import *\nm = Sequential(Flatten(), Linear(784, 10))",
        "m = nn.Sequential(nn.LazyConv2d(8, 3, padding='valid', bias=False), nn.LazyBatchNorm2d(affine=False),"
        " nn.Conv2d(8, 4, 3), nn.Flatten(), nn.LazyLinear(10))",
        "m = nn.Sequential(nn.LazyConvTranspose2d(8, 3, stride=2), nn.Flatten(),"
        " nn.LazyLinear(10, bias=False), nn.LazyBatchNorm1d())",
        "class Net(nn.Sequential):\n  def __init__(self):\n    super().__init__(nn.Flatten())\n"
        "m = Net()\nm.append(nn.Linear(784, 10))",
        "def make(n=10):\n  return nn.Sequential(nn.Flatten(), nn.Linear(784, n))\nm = make()",
        "layers = []\nfor n in (784, 32):\n  layers += [nn.Linear(n, 32), nn.ReLU()]\n"
        "m = nn.Sequential(nn.Flatten(), *layers, nn.Linear(32, 10))",
        "torch.backends.cudnn.benchmark = True\nm = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
        "keras.config.set_image_data_format('Channels_First')\ni = keras.Input((3, 20, 24))\n"
        "x = keras.layers.Conv2D(8, 3)(i)\nm = keras.Model(i, keras.layers.Dense(10)(keras.layers.Flatten()(x)))",
    ],
    ids=range(32),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Argument `alpha` is deprecated")
def test_what_is_read_is_what_is_executed(text: str) -> None:
    parameters, image = read(text)
    assert parameters == parameters_of(text, image)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("        self.net = nn.Sequential(\n            nn.Flatten(),\n            nn.Linear(784, 10))\n", 7850),
        (
            "class Net(nn.Sequential):\n    def __init__(self):\n"
            "        super().__init__(nn.Flatten(), nn.Linear(784, 10))",
            7850,
        ),
        ("%matplotlib inline\n!pip install 'torch\nnet = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))", 7850),
    ],
)
def test_what_is_read_though_it_does_not_run_alone(text: str, parameters: int) -> None:
    assert read(text)[0] == parameters


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (LINEAR + "m = nn.Sequential(nn.Flatten(), Linear(784, 10))", f"Line 7: Linear {OWN} 1 of the source itself."),
        ("def Linear(a, b):\n  return nn.Linear(b, a)\nm = nn.Sequential(Linear(10, 784))", f"Line 3: Linear {OWN} 1"),
        ("from mylib import Linear\nm = nn.Sequential(Linear(784, 10))", "Line 2: Linear comes from mylib."),
        ("from .layers import Linear\nm = nn.Sequential(Linear(784, 10))", "Line 2: Linear comes from .layers."),
        ("import mylib as nn\nm = nn.Sequential(nn.Linear(784, 10))", "No network was found"),
        ("from mylib import *\nm = nn.Sequential(Linear(784, 10))", "Line 2: Linear comes from mylib."),
        ("m = nn.Sequential(mylib.Linear(784, 10))", "mylib.Linear is no layer that is known here"),
        ("nn.Linear = Mine\nm = nn.Sequential(nn.Linear(784, 10))", "line 1 changes it: nn.Linear = Mine."),
        ("setattr(nn, 'Linear', Mine)\nm = nn.Sequential(nn.Linear(784, 10))", "line 1 changes it"),
        ("nn.Linear.forward = mine\nm = nn.Sequential(nn.Linear(784, 10))", "line 1 changes it"),
        ("nn.Module.__call__ = mine\nm = nn.Sequential(nn.Linear(784, 10))", "line 1 changes it"),
        ("if a:\n  from torch.nn import Linear\nelse:\n  from b import Linear\nm = nn.Sequential(Linear(7, 10))", OWN),
        ("for nn in many:\n  m = nn.Sequential(nn.Linear(784, 10))", "No network was found"),
        ("from functools import partial\nL = partial(nn.Linear, 784)\nm = nn.Sequential(L(10))", f"L {OWN} 2"),
        ("class Sequential:\n  pass\nm = Sequential(nn.Linear(784, 10))", "No network was found"),
        ("m = nn.Sequential(keras.layers.Flatten())", "keras.layers.Flatten"),
        (
            "class Net(nn.Sequential):\n  def __init__(self):\n    super().__init__(nn.Flatten())\n"
            "  def forward(self, x):\n    return x",
            "Net has no layers between its input and its output",
        ),
        (
            "if a:\n  keras.config.set_image_data_format('channels_first')\n"
            f"m = keras.Sequential([keras.Input((28, 28, 1)), {HEAD}])",
            "Line 2: whether and how often",
        ),
        (
            f"keras.config.set_image_data_format(a)\nm = keras.Sequential([keras.Input((28, 28, 1)), {HEAD}])",
            "Line 1: keras.config.set_image_data_format(a) cannot be told",
        ),
        (
            "keras.config.set_image_data_format('channels_first')\n"
            "m = keras.Sequential([keras.Input((1, 28, 28)), keras.layers.BatchNormalization()])",
            "BatchNormalization has axis=-1",
        ),
        (
            "m = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(2, 3),"
            " keras.layers.Conv2D(2, 3, data_format='channels_first')])",
            "Conv2D has data_format=channels_last",
        ),
        (
            "m = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Normalization(mean=.5, variance=.25,"
            " invert=True)])",
            "invert=True",
        ),
        (
            "from mylib import relu\n"
            "m = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Conv2D(2, 3, activation=relu)])",
            "the activation relu is not known here",
        ),
        (
            "m = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Conv2D(2, 3, activation=relu(0.1))])",
            "the activation relu(0.1) is not known here",
        ),
        (
            "m = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Reshape((4, 4, 8))])",
            "Reshape gets its values in another order",
        ),
        ("m = nn.Sequential(nn.Upsample(), nn.Flatten())", "Upsample lacks its argument scale_factor"),
        ("m = nn.Sequential(nn.Flatten(2), nn.Flatten())", "Flatten has start_dim=2"),
    ],
    ids=range(27),
)
def test_what_cannot_be_followed_is_a_sentence(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


def test_a_class_that_has_the_sequential_as_a_part() -> None:
    body = "body = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
    own = "class Net(nn.Module):\n  def forward(self, x):\n    return body(x) + 1\n"
    assert refusal(body + own) == "Line 4: body(x) + 1 has no counterpart among the layers here."
    given = "class Net(nn.Module):\n  def __init__(self, part):\n    super().__init__()\nnet = Net(body)"
    notes = [note.sentence() for note in paste(body + given, MNIST).notes]
    assert "Line 5: Net(body) is not followed; the Sequential is taken as it was before." in notes


def test_functional_source_without_a_prefix() -> None:
    text = "from keras.layers import *\nx = i = Input((28, 28, 1))\nx = Flatten()(x)\nModel(i, Dense(10)(x))"
    assert paste(text, MNIST).framework == "keras" and read(text)[0] == 7850


def test_an_extractor_beside_a_sequential_is_not_the_network() -> None:
    text = f"m = keras.Sequential([keras.Input((28, 28, 1)), {HEAD}])\n"
    more = "n = keras.Model(inputs=m.inputs, outputs=m.layers[0].output)"
    assert paste(text + more, MNIST).network == paste(text, MNIST).network


def test_a_long_name_is_quoted_in_part() -> None:
    name = "a" * 100_000
    for text in (f"nn.Sequential({name})", f"nn.Sequential({name}())", f"nn.Sequential(nn.ReLU({name}=1))"):
        assert len(refusal(text)) < 200
    assert "…" in refusal("nn.Sequential(nn.Linear(0x" + "f" * 4000 + ", 10))")
