"""MobileNet-V2: Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", arXiv:1801.04381.

As in torchvision.
"""

from __future__ import annotations

from cnnviz.network.layers import Add, BatchNorm2d, Conv2d, Dense, Dropout, GlobalAvgPool2d, ReLU6
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Template

STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Table 2 of the paper: expansion, maps, blocks, and the stride of the first block."""


def _unit(draft: Draft, name: str, convolution: Conv2d) -> None:
    """Add a convolution with batch normalization and ReLU6."""
    draft.add(f"{name}_conv", convolution)
    draft.add(f"{name}_norm", BatchNorm2d())
    draft.add(f"{name}_relu", ReLU6())


def _pointwise(maps: int) -> Conv2d:
    return Conv2d(maps, (1, 1), bias=False)


def _block(draft: Draft, name: str, before: int, expansion: int, maps: int, stride: int) -> None:
    """Add an inverted residual: more maps, a convolution of each map by itself, fewer maps without an activation."""
    start, hidden = draft.last, before * expansion
    if expansion > 1:
        _unit(draft, f"{name}_expand", _pointwise(hidden))
    depthwise = Conv2d(hidden, (3, 3), (stride, stride), (1, 1), groups=hidden, bias=False)
    _unit(draft, f"{name}_depth", depthwise)
    draft.add(f"{name}_project_conv", _pointwise(maps))
    end = draft.add(f"{name}_project_norm", BatchNorm2d())
    if stride == 1 and before == maps:
        draft.add(f"{name}_add", Add(), start, end)


def _network(draft: Draft, *, stride: int, divisor: int, classes: int) -> Drawn:
    maps = 32 // divisor
    _unit(draft, "stem", Conv2d(maps, (3, 3), (stride, stride), (1, 1), bias=False))
    number = 0
    for stage, (expansion, width, count, first) in enumerate(STAGES, start=1):
        with draft.block(f"stage{stage}", folded=False):
            for place in range(count):
                number += 1
                with draft.block(f"block{number}"):
                    step = first if place == 0 else 1
                    _block(draft, f"block{number}", maps, expansion, width // divisor, step)
                maps = width // divisor
    _unit(draft, "last", _pointwise(1280 // divisor))
    draft.add("pool", GlobalAvgPool2d())
    draft.add("dropout", Dropout(0.2))
    draft.add("fc", Dense(classes))
    return draft.finish()


def published() -> Drawn:
    """MobileNet-V2 as published: 3,504,872 parameters."""
    return _network(Draft.for_imagenet(), stride=2, divisor=1, classes=IMAGENET_CLASSES)


def small() -> Drawn:
    """For 28 x 28: stride 1 at the start, and half of the maps."""
    return _network(Draft(), stride=1, divisor=2, classes=10)


MOBILENET_V2_28 = Template(
    "mobilenet-v2-28",
    "MobileNet-V2, 28×28",
    "MobileNet-V2 (2018) cut to small images: seventeen blocks that convolve each map by itself.",
    small,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
)

MOBILENET_V2 = Template(
    "mobilenet-v2",
    "MobileNet-V2",
    "Seventeen inverted residuals of depthwise convolutions (2018), at its published size.",
    published,
    Recipe("sgd", 0.045, momentum=0.9, weight_decay=0.00004, batch_size=256, epochs=300, schedule="cosine"),
    IMAGENET,
)
