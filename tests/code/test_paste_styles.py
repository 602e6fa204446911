"""Random networks written as classes in several styles: each is read back as the network that was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import torch
from export_kit import assert_close, trained
from hypothesis import event, given, settings
from hypothesis import strategies as st
from networks import CLASSES
from paste_kit import computed
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import KINDS, Layer
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("one_torch_thread")
IMAGE = (3, 12, 12)
HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom functools import partial\n\n\n"


@dataclass(frozen=True)
class Part:
    """A layer: torch's class and arguments, and the layer that it is here; or parts that are added or joined.

    ``function`` is the layer as an expression of ``x``, for a layer without weights.
    """

    module: str = ""
    layer: Layer | None = None
    function: str = ""
    join: str = ""
    paths: tuple[tuple[Part, ...], ...] = field(default=())


def made(kind: str, **options: Any) -> Layer:
    return KINDS[kind](**options)


def conv(inputs: int, outputs: int, size: int, bias: bool) -> Part:
    text = f"nn.Conv2d({inputs}, {outputs}, {size}, padding={size // 2}, bias={bias})"
    half = (size // 2, size // 2)
    return Part(text, made("Conv2d", out_channels=outputs, kernel_size=(size, size), padding=half, bias=bias))


PLAIN = [
    Part("nn.ReLU()", made("ReLU"), "F.relu(x)"),
    Part("nn.ReLU(inplace=True)", made("ReLU"), "torch.relu(x)"),
    Part("nn.Tanh()", made("Tanh"), "x.tanh()"),
    Part("nn.LeakyReLU(0.2)", made("LeakyReLU", negative_slope=0.2), "F.leaky_relu(x, 0.2)"),
    Part("nn.SiLU()", made("SiLU"), "F.silu(x)"),
    Part("nn.Dropout(0.25)", made("Dropout", p=0.25), "F.dropout(x, 0.25, training=self.training)"),
    Part("nn.Dropout2d(p=0.1)", made("Dropout2d", p=0.1), "F.dropout2d(x, p=0.1, training=self.training)"),
]
POOLS = [
    Part("nn.MaxPool2d(2)", made("MaxPool2d"), "F.max_pool2d(x, 2)"),
    Part("nn.AvgPool2d(2, 2)", made("AvgPool2d"), "F.avg_pool2d(x, kernel_size=2)"),
]


@st.composite
def chains(draw: st.DrawFn, channels: int, depth: int, keep: bool) -> tuple[list[Part], int]:
    """Parts one after the other, and how many channels come out; ``keep`` keeps the shape."""
    parts: list[Part] = []
    start = channels
    for _ in range(draw(st.integers(1, 3))):
        match draw(st.sampled_from(["conv", "plain", "norm", "residual", "branches", "pool"])):
            case "conv":
                outputs = start if keep else draw(st.sampled_from([2, 4]))
                if keep and channels != start:
                    continue
                parts.append(conv(channels, outputs, draw(st.sampled_from([1, 3])), draw(st.booleans())))
                channels = outputs
            case "norm":
                parts.append(Part(f"nn.BatchNorm2d({channels})", made("BatchNorm2d")))
            case "residual" if depth:
                inner, _ = draw(chains(channels, depth - 1, True))
                parts.append(Part(join="add", paths=(tuple(inner), ())))
            case "branches" if depth and not keep:
                paths = [draw(chains(channels, 0, True)) for _ in range(draw(st.integers(2, 3)))]
                parts.append(Part(join="cat", paths=tuple(tuple(inner) for inner, _ in paths)))
                channels *= len(paths)
            case "pool" if not keep and depth == 2 and sum(part in POOLS for part in parts) < 2:
                parts.append(draw(st.sampled_from(POOLS)))
            case _:
                parts.append(draw(st.sampled_from(PLAIN)))
    return parts, channels


def expected(parts: list[Part]) -> Network:
    """The network of these parts, between the images and a Dense behind a global pooling."""
    nodes = {"input": Node("input", made("Input", shape=IMAGE, mean=(0.0,), std=(1.0,)))}
    edges: set[Edge] = set()

    def add(layer: Layer, *sources: str) -> str:
        name = f"n{len(nodes)}"
        nodes[name] = Node(name, layer)
        edges.update(Edge(source, name, port) for port, source in enumerate(sources))
        return name

    def through(parts: tuple[Part, ...], last: str) -> str:
        for part in parts:
            if part.join:
                ends = [through(path, last) for path in part.paths]
                last = add(made("Add" if part.join == "add" else "Concat"), *ends)
            elif part.layer is not None:
                last = add(part.layer, last)
        return last

    last = through(tuple(parts), "input")
    add(made("Output"), add(made("Dense", out_features=CLASSES), add(made("GlobalAvgPool2d"), last)))
    return Network(nodes, frozenset(edges))


class Attributes:
    """Each layer is an attribute; layers without weights are functions. Paths are variables."""

    def __init__(self) -> None:
        self.init: list[str] = []
        self.forward: list[str] = []
        self.count = 0

    def write(self, parts: list[Part], channels: int) -> str:
        self.through(tuple(parts))
        return (
            f"{HEAD}class Net(nn.Module):\n    def __init__(self, classes={CLASSES}):\n        super().__init__()\n"
            + "".join(f"        {line}\n" for line in self.init)
            + f"        self.fc = nn.Linear({channels}, classes)\n\n    def forward(self, x):\n"
            + "".join(f"        {line}\n" for line in self.forward)
            + "        x = x.mean(dim=(2, 3))\n        return self.fc(x)\n\n\nmodel = Net()\n"
        )

    def through(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            self.count += 1
            name = f"p{self.count}"
            if part.join:
                self.forward.append(f"{name} = x")
                for place, path in enumerate(part.paths):
                    self.forward.append(f"x = {name}")
                    self.through(path)
                    self.forward.append(f"{name}_{place} = x")
                ends = [f"{name}_{place}" for place in range(len(part.paths))]
                whole = " + ".join(ends) if part.join == "add" else f"torch.cat(({', '.join(ends)}), dim=1)"
                self.forward.append(f"x = {whole}")
            elif part.function:
                self.forward.append(f"x = {part.function}")
            else:
                self.init.append(f"self.{name} = {part.module}")
                self.forward.append(f"x = self.{name}(x)")


BLOCKS = """class Sum(nn.Module):
    def __init__(self, *body):
        super(Sum, self).__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        out = self.body(x)
        out += x
        return out


class Branches(nn.Module):
    def __init__(self, paths: list):
        super().__init__()
        self.paths = nn.ModuleList([nn.Sequential(*path) for path in paths])

    def forward(self, x):
        return torch.cat([path(x) for path in self.paths], 1)


"""


def blocks(parts: tuple[Part, ...]) -> str:
    """Parts as an expression: a list of modules, with the classes of BLOCKS."""
    written = []
    for part in parts:
        if part.join == "add":
            written.append(f"Sum(*{blocks(part.paths[0])})")
        elif part.join:
            written.append(f"Branches([{', '.join(blocks(path) for path in part.paths)}])")
        else:
            written.append(part.module)
    return f"[{', '.join(written)}]"


def sequential(parts: list[Part], channels: int) -> str:
    return (
        f"{HEAD}{BLOCKS}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        layers = []\n        layers += {blocks(tuple(parts))}\n"
        f"        self.features = nn.Sequential(*layers)\n"
        f"        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
        f"        self.classifier = nn.Linear({channels}, {CLASSES})\n\n"
        "    def forward(self, images):\n        return self.classifier(self.head(self.features(images)))\n\n\n"
        "def build(device='cpu'):\n    net = Net().to(device)\n    return net\n\n\nmodel = build()\n"
    )


def listed(parts: list[Part], channels: int) -> str:
    return (
        f"{HEAD}{BLOCKS}class Base(nn.Module):\n    classes: int = {CLASSES}\n\n    def forward(self, x):\n"
        "        for place, layer in enumerate(self.layers):\n            x = layer(x) if place >= 0 else x\n"
        "        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))\n\n\n"
        "class Net(Base):\n    def __init__(self, **options):\n        super().__init__()\n"
        "        self.layers = nn.ModuleList()\n"
        f"        for layer in {blocks(tuple(parts))}:\n            self.layers.append(layer)\n"
        f"        self.head = nn.Linear(options['width'], self.classes)\n\n\n"
        f"config = dict(width={channels})\nmodel = Net(**config)\n"
    )


def named(parts: list[Part], channels: int) -> str:
    return (
        f"{HEAD}{BLOCKS}class Net(nn.Module):\n    def __init__(self, width=None):\n        super().__init__()\n"
        f"        modules = {blocks(tuple(parts))}\n        self.count, self.names = len(modules), []\n"
        "        for number in range(self.count):\n            name = f'layer{number:02d}'\n"
        "            self.add_module(name, modules[number])\n            self.names.append(name)\n"
        "        make = partial(nn.Linear, bias=True)\n"
        f"        self.fc = make(width or {channels}, out_features={CLASSES})\n\n"
        "    @staticmethod\n    def pooled(x):\n        return x.mean(-1).mean(-1)\n\n"
        "    def forward(self, x):\n        step = 0\n        while step < self.count:\n"
        "            x = getattr(self, self.names[step])(x)\n            step += 1\n"
        "        x = self.pooled(x)\n        x = x.view(x.size(0), -1)\n        return self.fc(x)\n\n\n"
        "if __name__ == '__main__':\n    model = Net()\n    print(model(torch.zeros(1, 3, 12, 12)).shape)\nelse:\n"
        "    model = Net()\n"
    )


STYLES: list[Callable[[list[Part], int], str]] = [
    lambda parts, channels: Attributes().write(parts, channels),
    sequential,
    listed,
    named,
]


@pytest.mark.parametrize("style", range(len(STYLES)))
@settings(max_examples=25)
@given(chains(3, 2, False))
def test_what_is_written_is_read(style: int, drawn: tuple[list[Part], int]) -> None:
    parts, channels = drawn
    text = STYLES[style](parts, channels)
    network = paste(text, IMAGE).network
    pooled = computed(network)
    wanted = computed(expected(parts))
    if "inplace" in text:
        # what works in place also changes the other paths; the outputs tell
        event("in place")
    elif style == 2:
        # a pooling and a Flatten instead of a global pooling
        merged = [layer for layer, _ in pooled if layer != made("Flatten")]
        assert [made("GlobalAvgPool2d") if layer == made("AdaptiveAvgPool2d") else layer for layer in merged] == [
            layer for layer, _ in wanted
        ]
    else:
        assert pooled == wanted
    space: dict[str, Any] = {"__name__": "source"}
    exec(compile(text, "source.py", "exec"), space)
    original: nn.Module = trained(space["model"]).eval()
    compiled = build(network, check(network, Facts(IMAGE, CLASSES))).eval()
    weights = {key.replace(".", "_"): value for key, value in original.state_dict().items()}
    compiled.load_state_dict({key: weights[key.replace(".", "_")] for key in compiled.state_dict()})
    images = torch.rand(2, *IMAGE)
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))
