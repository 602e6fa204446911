"""The names that torchvision gives to the layers of published networks, and the ids that our templates give to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

TEMPLATES: Mapping[str, str] = {
    "alexnet": "alexnet",
    "vgg16": "vgg-16",
    "googlenet": "googlenet",
    "resnet18": "resnet-18",
    "resnet50": "resnet-50",
    "densenet121": "densenet-121",
    "squeezenet1_1": "squeezenet",
    "mobilenet_v2": "mobilenet-v2",
    "shufflenet_v2_x1_0": "shufflenet-v2",
}
"""The template of each network by its name in torchvision."""
AUXILIARY = re.compile(r"aux\d?\..*|AuxLogits\..*")
"""The heads of GoogLeNet that serve its training only."""


def template_of(name: str) -> str:
    """The name of the template that ``name`` may mean: torchvision's name of a network becomes that of its template."""
    return TEMPLATES.get(name.lower(), TEMPLATES.get(name.lower().replace("_", ""), name))


def in_template(names: Iterable[str], nodes: Collection[str]) -> dict[str, str]:
    """The node of a template for each layer that has a name of torchvision, by that name.

    Of the networks that torchvision has, the one counts whose names mean most of the nodes, and at least half of them.
    """
    names = list(names)
    best: dict[str, str] = {}
    for rules in _FAMILIES:
        found = {}
        for name in names:
            node = _translated(name, rules)
            if node in nodes:
                found[name] = node
        if len(found) > len(best):
            best = found
    return best if 2 * len(best) >= len(nodes) else {}


def _translated(name: str, rules: Iterable[Rule]) -> str:
    for pattern, node in rules:
        if (matched := pattern.fullmatch(name)) is not None:
            return node(matched)
    return ""


def _numbered(part: str, places: Iterable[int], ids: Iterable[str]) -> Rule:
    """The layers of an nn.Sequential named ``part``: those at ``places`` have the ``ids``."""
    table = {str(place): node for place, node in zip(places, ids, strict=True)}
    return re.compile(rf"{part}\.(\d+)"), lambda matched: table.get(matched[1], "")


_NORMALIZATION = {"conv": "conv", "bn": "norm"}
# the branches of an inception of GoogLeNet
_SHORT = {"1": "1", "2.0": "2a", "2.1": "2b", "3.0": "3a", "3.1": "3b", "4.1": "4"}
_VGG_16 = ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1", "5_2", "5_3")
# where the fire modules of SqueezeNet stand
_FIRES = (3, 4, 6, 7, 9, 10, 11, 12)
_PAIR = {"0": "conv", "1": "norm"}
# the first and the last convolution of MobileNet-V2 and of ShuffleNet-V2
_ENDS = {"0": "stem", "18": "last", "1": "stem", "5": "last"}
# the layers in the branches of ShuffleNet-V2
_SHUFFLED = {
    "1": dict(zip("0123", ("left1_conv", "left1_norm", "left2_conv", "left2_norm"), strict=True)),
    "2": dict(
        zip(
            "013456",
            ("right1_conv", "right1_norm", "right2_conv", "right2_norm", "right3_conv", "right3_norm"),
            strict=True,
        )
    ),
}
_FAMILIES: tuple[tuple[Rule, ...], ...] = (
    # ResNet
    (
        (re.compile(r"(conv|bn)(1)"), lambda m: f"{_NORMALIZATION[m[1]]}{m[2]}"),
        (
            re.compile(r"layer(\d+)\.(\d+)\.(conv|bn)(\d)"),
            lambda m: f"layer{m[1]}_{m[2]}_{_NORMALIZATION[m[3]]}{m[4]}",
        ),
        (
            re.compile(r"layer(\d+)\.(\d+)\.downsample\.([01])"),
            lambda m: f"layer{m[1]}_{m[2]}_down_{('conv', 'norm')[int(m[3])]}",
        ),
        (re.compile(r"fc"), lambda _: "fc"),
    ),
    # DenseNet
    (
        (re.compile(r"features\.(conv0|norm0|norm5)"), lambda m: m[1]),
        (
            # the names that torchvision's published files still have: norm.1
            re.compile(r"features\.denseblock(\d+)\.denselayer(\d+)\.(norm|conv)\.?(\d)"),
            lambda m: f"block{m[1]}_{m[2]}_{m[3]}{m[4]}",
        ),
        (re.compile(r"features\.transition(\d+)\.(norm|conv)"), lambda m: f"trans{m[1]}_{m[2]}"),
        (re.compile(r"classifier"), lambda _: "fc"),
    ),
    # GoogLeNet
    (
        (re.compile(r"conv([123])\.(conv|bn)"), lambda m: f"stem{m[1]}_{_NORMALIZATION[m[2]]}"),
        (
            re.compile(r"inception(\d[a-e])\.branch(1|[23]\.[01]|4\.1)\.(conv|bn)"),
            lambda m: f"in{m[1]}_{_SHORT[m[2]]}_{_NORMALIZATION[m[3]]}",
        ),
        (re.compile(r"fc"), lambda _: "fc"),
    ),
    # SqueezeNet
    (
        (re.compile(r"features\.(0)"), lambda _: "conv1"),
        (
            re.compile(r"features\.(3|4|6|7|9|10|11|12)\.(squeeze|expand\d)(?:x\d)?"),
            lambda m: f"fire{_FIRES.index(int(m[1])) + 2}_{m[2]}",
        ),
        (re.compile(r"classifier\.1"), lambda _: "conv10"),
    ),
    # MobileNet-V2
    (
        (re.compile(r"features\.(0|18)\.([01])"), lambda m: f"{_ENDS[m[1]]}_{_PAIR[m[2]]}"),
        (re.compile(r"features\.1\.conv\.0\.([01])"), lambda m: f"block1_depth_{_PAIR[m[1]]}"),
        (re.compile(r"features\.1\.conv\.([12])"), lambda m: f"block1_project_{_PAIR[str(int(m[1]) - 1)]}"),
        (
            re.compile(r"features\.(\d+)\.conv\.([01])\.([01])"),
            lambda m: f"block{m[1]}_{('expand', 'depth')[int(m[2])]}_{_PAIR[m[3]]}",
        ),
        (
            re.compile(r"features\.(\d+)\.conv\.([23])"),
            lambda m: f"block{m[1]}_project_{_PAIR[str(int(m[2]) - 2)]}",
        ),
        (re.compile(r"classifier\.1"), lambda _: "fc"),
    ),
    # ShuffleNet-V2
    (
        (re.compile(r"conv([15])\.([01])"), lambda m: f"{_ENDS[m[1]]}_{_PAIR[m[2]]}"),
        (
            re.compile(r"stage(\d)\.(\d)\.branch([12])\.(\d)"),
            lambda m: f"stage{m[1]}_{m[2]}_{_SHUFFLED[m[3]].get(m[4], '')}",
        ),
        (re.compile(r"fc"), lambda _: "fc"),
    ),
    # AlexNet
    (
        _numbered("features", (0, 3, 6, 8, 10), ("conv1", "conv2", "conv3", "conv4", "conv5")),
        _numbered("classifier", (1, 4, 6), ("fc6", "fc7", "fc8")),
    ),
    # VGG-16
    (
        _numbered(
            "features", (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28), [f"conv{number}" for number in _VGG_16]
        ),
        _numbered("classifier", (0, 3, 6), ("fc6", "fc7", "fc8")),
    ),
)
"""How the names of layers of each network become ids."""
