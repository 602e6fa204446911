"""Random networks written for Keras in several styles: each is read back as the network that was written."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from networks import CLASSES
from paste_kit import computed
from random_parts import IMAGE, Part, chains, expected, few

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "import keras\nfrom keras import layers\n\n\n"
SIZE = (*IMAGE[1:], IMAGE[0])
WRITTEN = {
    "ReLU": "layers.ReLU()",
    "Tanh": "layers.Activation('tanh')",
    "LeakyReLU": "layers.LeakyReLU(negative_slope=0.2)",
    "SiLU": "layers.Activation(keras.activations.silu)",
    "Dropout": "layers.Dropout(0.25)",
    "Dropout2d": "layers.SpatialDropout2D(rate=0.1)",
    "BatchNorm2d": "layers.BatchNormalization(momentum=0.9, epsilon=1e-5)",
    "MaxPool2d": "layers.MaxPooling2D(2)",
    "AvgPool2d": "layers.AveragePooling2D((2, 2), strides=2)",
}


def layer(part: Part) -> str:
    """The layer as Keras has it."""
    one: Any = part.layer
    if one.kind == "Conv2d":
        return f"layers.Conv2D({one.out_channels}, {one.kernel_size[0]}, padding='same', use_bias={one.bias})"
    return WRITTEN[one.kind]


def flat(parts: tuple[Part, ...]) -> list[Part]:
    """The parts without sums and branches, which a Sequential cannot have."""
    return [part for part in parts if not part.join]


def listed(parts: list[Part]) -> str:
    lines = "".join(f"    {layer(part)},\n" for part in flat(tuple(parts)))
    return (
        f"{HEAD}model = keras.Sequential([\n    keras.Input({SIZE}),\n{lines}    layers.GlobalAveragePooling2D(),\n"
        f"    layers.Dense({CLASSES}),\n])\n"
    )


def added(parts: list[Part]) -> str:
    lines = "".join(f"    model.add({layer(part)})\n" for part in flat(tuple(parts)))
    return (
        f"{HEAD}def build(classes={CLASSES}):\n    model = keras.models.Sequential()\n"
        f"    model.add(keras.Input(shape={SIZE}))\n{lines}    model.add(layers.GlobalAveragePooling2D())\n"
        "    model.add(layers.Dense(classes))\n    return model\n\n\nmodel = build()\n"
    )


def functional(parts: list[Part]) -> str:
    lines: list[str] = []

    def through(parts: tuple[Part, ...], name: str) -> None:
        for place, part in enumerate(parts):
            if not part.join:
                lines.append(f"x = {layer(part)}(x)")
                continue
            start = f"{name}_{place}"
            lines.append(f"{start} = x")
            for number, path in enumerate(part.paths):
                lines.append(f"x = {start}")
                through(path, f"{start}_{number}")
                lines.append(f"{start}_{number} = x")
            ends = ", ".join(f"{start}_{number}" for number in range(len(part.paths)))
            lines.append(f"x = layers.{'add' if part.join == 'add' else 'concatenate'}([{ends}])")

    through(tuple(parts), "p")
    body = "".join(f"{line}\n" for line in lines)
    return (
        f"{HEAD}inputs = keras.Input(shape={SIZE})\nx = inputs\n{body}x = layers.GlobalAveragePooling2D()(x)\n"
        f"outputs = layers.Dense({CLASSES})(x)\nmodel = keras.Model(inputs=inputs, outputs=outputs)\n"
    )


BLOCKS = """class Sum(layers.Layer):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def call(self, inputs):
        x = inputs
        for layer in self.body:
            x = layer(x)
        return x + inputs


class Branches(layers.Layer):
    def __init__(self, paths):
        super().__init__()
        self.paths = [keras.Sequential(path) for path in paths]
        self.join = layers.Concatenate(axis=-1)

    def call(self, x):
        return self.join([path(x) for path in self.paths])


"""


def blocks(parts: tuple[Part, ...]) -> str:
    """Parts as a list of layers, with the classes of BLOCKS."""
    written = []
    for part in parts:
        if part.join == "add":
            written.append(f"Sum({blocks(part.paths[0])})")
        elif part.join:
            # Keras runs no Sequential without layers
            paths = ", ".join(blocks(path) if path else "[layers.Identity()]" for path in part.paths)
            written.append(f"Branches([{paths}])")
        else:
            written.append(layer(part))
    return f"[{', '.join(written)}]"


def subclassed(parts: list[Part]) -> str:
    return (
        f"{HEAD}{BLOCKS}class Net(keras.Model):\n    def __init__(self, classes):\n        super().__init__()\n"
        f"        self.body = {blocks(tuple(parts))}\n        self.pool = layers.GlobalAveragePooling2D()\n"
        "        self.head = layers.Dense(classes)\n\n    def call(self, x, training=False):\n"
        "        for layer in self.body:\n            x = layer(x)\n        return self.head(self.pool(x))\n\n\n"
        f"model = Net({CLASSES})\nmodel(keras.ops.zeros({(1, *SIZE)}))\n"
    )


STYLES: dict[str, Callable[[list[Part]], str]] = {
    "list": listed,
    "add": added,
    "functional": functional,
    "subclass": subclassed,
}


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=few(5))
@given(chains(3, 2, False))
def test_what_is_written_is_read(style: str, drawn: tuple[list[Part], int]) -> None:
    parts = flat(tuple(drawn[0])) if style in ("list", "add") else drawn[0]
    text = STYLES[style](parts)
    network = paste(text, IMAGE).network
    assert computed(network) == computed(expected(parts))
    space: dict[str, Any] = {}
    exec(compile(text, "source.py", "exec"), space)
    model = space["model"]
    report = check(network, Facts(IMAGE, CLASSES))
    moving = sum(prod(size) for node in report.nodes.values() for key, size in node.buffers.items() if "run" in key)
    assert report.parameters + moving == model.count_params()
