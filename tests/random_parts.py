"""Random networks of a few layers, sums and branches, and the texts of their layers in PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from networks import CLASSES

from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import KINDS, Layer

IMAGE = (3, 12, 12)


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


def without_dropout(parts: list[Part]) -> list[Part]:
    """Parts that change nothing in place on other paths: in evaluation a dropout returns what it gets."""
    return [part for part in parts if "Dropout" not in part.module]


def few(count: int) -> int:
    """How many examples are tried: so many, or those of the thorough profile."""
    profile = settings.default
    return count if profile is None or profile.max_examples < 1000 else profile.max_examples


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
                inner = without_dropout(inner) or [PLAIN[2]]
                parts.append(Part(join="add", paths=(tuple(inner), ())))
            case "branches" if depth and not keep:
                paths = [draw(chains(channels, 0, True)) for _ in range(draw(st.integers(2, 3)))]
                parts.append(Part(join="cat", paths=tuple(tuple(without_dropout(inner)) for inner, _ in paths)))
                channels *= len(paths)
            case "pool" if not keep and depth == 2 and sum(part in POOLS for part in parts) < 2:
                parts.append(draw(st.sampled_from(POOLS)))
            case _:
                parts.append(draw(st.sampled_from(PLAIN)))
    return parts, channels


def expected(parts: list[Part], head: str = "GlobalAvgPool2d") -> Network:
    """The network of these parts, between the images and a Dense behind a global pooling or a Flatten."""
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
    add(made("Output"), add(made("Dense", out_features=CLASSES), add(made(head), last)))
    return Network(nodes, frozenset(edges))
