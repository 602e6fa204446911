"""Random networks written as classes in several styles: each is read back as the network that was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import torch
from export_kit import assert_close, trained
from hypothesis import event, given, settings
from networks import CLASSES
from paste_kit import computed
from random_parts import IMAGE, POOLS, Part, chains, expected, few, made
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("one_torch_thread")
HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom functools import partial\n\n\n"


class Attributes:
    """Each layer is an attribute; layers without weights may be functions. Paths are variables."""

    def __init__(self, functional: bool) -> None:
        self.functional = functional
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
            elif part.function and self.functional:
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


def nested(parts: list[Part], channels: int) -> str:
    halves = [part for part in (parts[: len(parts) // 2], parts[len(parts) // 2 :]) if part]
    inner = "".join(
        f"    ('part{place}', nn.Sequential(*{blocks(tuple(half))})),\n" for place, half in enumerate(halves)
    )
    return (
        f"{HEAD}from collections import OrderedDict\n\n{BLOCKS}model = nn.Sequential(OrderedDict([\n{inner}"
        "    ('head', nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),\n"
        f"    ('fc', nn.Linear({channels}, {CLASSES})),\n]))\n"
    )


def computing(parts: list[Part], channels: int) -> str:
    """The sizes of all layers are computed, that of the Linear from the sides of the images."""

    def sizes(found: re.Match[str]) -> str:
        inputs, outputs, size = (int(number) for number in found.groups())
        return f"nn.Conv2d({term(inputs)}, {term(outputs)}, {size}, padding=({size} - 1) // 2"

    def term(number: int) -> str:
        return f"width * {number // 2} + {number % 2}"

    body = re.sub(r"nn\.Conv2d\((\d+), (\d+), (\d), padding=\d", sizes, blocks(tuple(parts)))
    pools = sum(part in POOLS for part in parts)
    return (
        f"{HEAD}{BLOCKS}width = 2\n\n\nclass Net(nn.Module):\n"
        f"    def __init__(self, side={IMAGE[1]}, classes={CLASSES}):\n        super().__init__()\n"
        f"        for _ in range({pools}):\n            side = (side - 2) // 2 + 1\n"
        f"        self.features = nn.Sequential(*{body})\n        self.out = {term(channels)}\n"
        "        self.fc = nn.Linear(self.out * side ** 2, classes)\n\n    def forward(self, x):\n"
        "        x = self.features(x)\n        n, c, h, w = x.shape\n"
        "        return self.fc(x.reshape(n, c * h * w))\n\n\n"
        "model = Net()\n"
    )


STYLES: dict[str, Callable[[list[Part], int], str]] = {
    "functions": lambda parts, channels: Attributes(True).write(parts, channels),
    "modules": lambda parts, channels: Attributes(False).write(parts, channels),
    "blocks": sequential,
    "module list": listed,
    "names": named,
    "nested": nested,
    "sizes": computing,
}


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=few(6))
@given(chains(3, 2, False))
def test_what_is_written_is_read(style: str, drawn: tuple[list[Part], int]) -> None:
    parts, channels = drawn
    text = STYLES[style](parts, channels)
    network = paste(text, IMAGE).network
    pooled = computed(network)
    wanted = computed(expected(parts, "Flatten" if style == "sizes" else "GlobalAvgPool2d"))
    if "inplace" in text:
        # what works in place also changes the other paths; the outputs tell
        event("in place")
    elif style == "module list":
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
    found = [key.replace(".", "_") for key in compiled.state_dict()]
    if style == "nested" and not weights.keys() >= set(found):
        # the layers of a plain Sequential have names of their own
        weights = dict(zip(found, weights.values(), strict=True))
    compiled.load_state_dict({key: weights[key.replace(".", "_")] for key in compiled.state_dict()})
    images = torch.rand(2, *IMAGE)
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))
