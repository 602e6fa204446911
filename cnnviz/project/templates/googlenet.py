"""GoogLeNet: Szegedy et al., "Going deeper with convolutions", arXiv:1409.4842.

As in torchvision: without the auxiliary heads, with batch normalization (eps 0.001) after each convolution, and with
3 x 3 kernels where the paper has 5 x 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.network.layers import BatchNorm2d, Concat, Conv2d, Dense, Dropout, GlobalAvgPool2d, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Expected, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

Widths = tuple[int, int, int, int, int, int]
"""The maps of the convolutions in an inception module: 1x1; 3x3 reduced, 3x3; second 3x3 reduced, second 3x3; after
the pooling."""

MODULES: dict[str, Widths] = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Table 1 of the paper."""

LAST_OF_STAGE = {"3b": MaxPool2d((3, 3), (2, 2), ceil_mode=True), "4e": MaxPool2d((2, 2), (2, 2), ceil_mode=True)}
"""The modules that are followed by a pooling, which halves height and width."""


def _unit(draft: Draft, name: str, convolution: Conv2d, source: str) -> str:
    """A convolution with batch normalization and ReLU; returns the id of the ReLU."""
    draft.add(f"{name}_conv", convolution, source)
    draft.add(f"{name}_norm", BatchNorm2d(eps=0.001))
    return draft.add(f"{name}_relu", ReLU())


def _pointwise(maps: int) -> Conv2d:
    return Conv2d(maps, (1, 1), bias=False)


def _three(maps: int) -> Conv2d:
    return Conv2d(maps, (3, 3), padding=(1, 1), bias=False)


def _inception(draft: Draft, name: str, widths: Sequence[int]) -> str:
    """Add four parallel paths with maps as in :data:`Widths`, and concatenate them; returns the id of the Concat."""
    maps_1, reduced_2, maps_2, reduced_3, maps_3, maps_4 = widths
    before = draft.last
    first = _unit(draft, f"in{name}_1", _pointwise(maps_1), before)
    second = _unit(draft, f"in{name}_2b", _three(maps_2), _unit(draft, f"in{name}_2a", _pointwise(reduced_2), before))
    third = _unit(draft, f"in{name}_3b", _three(maps_3), _unit(draft, f"in{name}_3a", _pointwise(reduced_3), before))
    pool = draft.add(f"in{name}_4_pool", MaxPool2d((3, 3), (1, 1), (1, 1), ceil_mode=True), before)
    fourth = _unit(draft, f"in{name}_4", _pointwise(maps_4), pool)
    return draft.add(f"in{name}", Concat(), first, second, third, fourth)


def _body(draft: Draft, divisor: int) -> None:
    """Add the nine modules, with the ``divisor``-th part of their maps."""
    for name, widths in MODULES.items():
        scaled = [max(2, round(width / divisor)) for width in widths]
        with draft.block(f"inception{name}"):
            _inception(draft, name, scaled)
        if name in LAST_OF_STAGE:
            draft.add(f"pool{name[0]}", LAST_OF_STAGE[name])


def published() -> Drawn:
    """GoogLeNet as published: 6,624,904 parameters."""
    draft = Draft.for_imagenet()
    _unit(draft, "stem1", Conv2d(64, (7, 7), (2, 2), (3, 3), bias=False), "input")
    draft.add("pool1", MaxPool2d((3, 3), (2, 2), ceil_mode=True))
    _unit(draft, "stem2", _pointwise(64), draft.last)
    _unit(draft, "stem3", _three(192), draft.last)
    draft.add("pool2", MaxPool2d((3, 3), (2, 2), ceil_mode=True))
    _body(draft, divisor=1)
    return _head(draft, IMAGENET_CLASSES)


def small() -> Drawn:
    """GoogLeNet for 28 x 28: a kernel of 3 and stride 1 at the start, one pooling less, and a fifth of the maps."""
    draft = Draft()
    _unit(draft, "stem1", _three(12), "input")
    draft.add("pool1", MaxPool2d((3, 3), (2, 2), ceil_mode=True))
    _unit(draft, "stem2", _pointwise(12), draft.last)
    _unit(draft, "stem3", _three(40), draft.last)
    _body(draft, divisor=5)
    return _head(draft, 10)


def _head(draft: Draft, classes: int) -> Drawn:
    draft.add("pool5", GlobalAvgPool2d())
    draft.add("dropout", Dropout(0.2))
    draft.add("fc", Dense(classes))
    return draft.finish()


GOOGLENET_28 = Template(
    "googlenet-28",
    "GoogLeNet, 28×28",
    "GoogLeNet (2014) cut to small images: nine inception modules, each of four paths side by side.",
    small,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
    expected=Expected(accuracy=0.9912, epochs=1, seconds=115),
)

GOOGLENET = Template(
    "googlenet",
    "GoogLeNet",
    "Nine inception modules of four paths side by side (2014), at its published size, without the auxiliary heads.",
    published,
    Recipe("sgd", 0.045, momentum=0.9, weight_decay=0.0001, batch_size=128, epochs=90, schedule="cosine"),
    IMAGENET,
)
