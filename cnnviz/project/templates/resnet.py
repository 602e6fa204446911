"""ResNet-18 and ResNet-50: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", arXiv:1512.03385.

As in torchvision: a bottleneck halves height and width in its 3 x 3 convolution, not in its first (ResNet v1.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cnnviz.network.layers import Add, BatchNorm2d, Conv2d, Dense, GlobalAvgPool2d, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Expected, Template

Block = Callable[[Draft, str, int, int, bool], None]
"""Adds a block; arguments: name, maps of its convolutions, stride, and whether its shortcut has a convolution."""


def _convolution(maps: int, size: int, stride: int) -> Conv2d:
    return Conv2d(maps, (size, size), (stride, stride), (size // 2, size // 2), bias=False)


def _join(draft: Draft, name: str, before: str, shortcut: Conv2d | None) -> None:
    """Add the sum of the block's output and its shortcut, and the ReLU after it."""
    through, around = draft.last, before
    if shortcut is not None:
        draft.add(f"{name}_down_conv", shortcut, before)
        around = draft.add(f"{name}_down_norm", BatchNorm2d())
    draft.add(f"{name}_add", Add(), through, around)
    draft.add(f"{name}_relu", ReLU())


def basic(draft: Draft, name: str, width: int, stride: int, projected: bool) -> None:
    """Add a basic block: two convolutions of 3 x 3 and a shortcut."""
    before = draft.last
    draft.add(f"{name}_conv1", _convolution(width, 3, stride))
    draft.add(f"{name}_norm1", BatchNorm2d())
    draft.add(f"{name}_relu1", ReLU())
    draft.add(f"{name}_conv2", _convolution(width, 3, 1))
    draft.add(f"{name}_norm2", BatchNorm2d())
    _join(draft, name, before, _convolution(width, 1, stride) if projected else None)


def bottleneck(draft: Draft, name: str, width: int, stride: int, projected: bool) -> None:
    """Add a bottleneck: convolutions of 1 x 1, 3 x 3 and 1 x 1, the last with four times the maps, and a shortcut."""
    before = draft.last
    for number, (maps, size, step) in enumerate(((width, 1, 1), (width, 3, stride), (4 * width, 1, 1)), start=1):
        draft.add(f"{name}_conv{number}", _convolution(maps, size, step))
        draft.add(f"{name}_norm{number}", BatchNorm2d())
        if number < 3:
            draft.add(f"{name}_relu{number}", ReLU())
    _join(draft, name, before, _convolution(4 * width, 1, stride) if projected else None)


def _stages(draft: Draft, block: Block, counts: tuple[int, ...], width: int, expansion: int) -> None:
    """Add stages with ``counts`` blocks; each stage after the first has half the size and twice the maps."""
    for stage, count in enumerate(counts, start=1):
        with draft.block(f"layer{stage}", folded=False):
            for number in range(count):
                stride = 2 if stage > 1 and number == 0 else 1
                projected = number == 0 and (stride > 1 or expansion > 1)
                with draft.block(f"layer{stage}.{number}"):
                    block(draft, f"layer{stage}_{number}", width * 2 ** (stage - 1), stride, projected)


def _network(block: Block, counts: tuple[int, ...], expansion: int) -> Drawn:
    draft = Draft.for_imagenet()
    draft.add("conv1", _convolution(64, 7, 2))
    draft.add("norm1", BatchNorm2d())
    draft.add("relu1", ReLU())
    draft.add("pool1", MaxPool2d((3, 3), (2, 2), (1, 1)))
    _stages(draft, block, counts, 64, expansion)
    return _head(draft, IMAGENET_CLASSES)


def _small(block: Block, counts: tuple[int, ...], width: int, expansion: int) -> Drawn:
    """For 28 x 28: a kernel of 3 with stride 2 at the start and no pooling; the stages have sizes 14, 7, 4 and 2."""
    draft = Draft()
    draft.add("conv1", _convolution(width, 3, 2))
    draft.add("norm1", BatchNorm2d())
    draft.add("relu1", ReLU())
    _stages(draft, block, counts, width, expansion)
    return _head(draft, 10)


def _head(draft: Draft, classes: int) -> Drawn:
    draft.add("pool2", GlobalAvgPool2d())
    draft.add("fc", Dense(classes))
    return draft.finish()


def resnet_18() -> Drawn:
    """ResNet-18 as published: 11,689,512 parameters."""
    return _network(basic, (2, 2, 2, 2), 1)


def resnet_50() -> Drawn:
    """ResNet-50 as published: 25,557,032 parameters."""
    return _network(bottleneck, (3, 4, 6, 3), 4)


def small_18() -> Drawn:
    """ResNet-18 with a quarter of the maps."""
    return _small(basic, (2, 2, 2, 2), 16, 1)


def small_50() -> Drawn:
    """ResNet-50 with about a fifth of the maps."""
    return _small(bottleneck, (3, 4, 6, 3), 12, 4)


_LARGE = Recipe(
    "sgd",
    0.1,
    momentum=0.9,
    weight_decay=0.0001,
    batch_size=256,
    epochs=90,
    schedule="step",
    step_epochs=30,
    step_factor=0.1,
)
_SMALL = Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=3, schedule="one-cycle")

RESNET_18_28 = Template(
    "resnet-18-28",
    "ResNet-18, 28×28",
    "ResNet-18 (2015) cut to small images: eight blocks, each with a shortcut that is added to its output.",
    small_18,
    _SMALL,
    expected=Expected(accuracy=0.9938, epochs=3, seconds=130),
)

RESNET_50_28 = Template(
    "resnet-50-28",
    "ResNet-50, 28×28",
    "ResNet-50 (2015) cut to small images: sixteen bottlenecks, each with a shortcut.",
    small_50,
    replace(_SMALL, epochs=1),
    expected=Expected(accuracy=0.9842, epochs=1, seconds=84),
)

RESNET_18 = Template(
    "resnet-18",
    "ResNet-18",
    "Eight residual blocks of two convolutions (2015), at its published size.",
    resnet_18,
    _LARGE,
    IMAGENET,
)

RESNET_50 = Template(
    "resnet-50",
    "ResNet-50",
    "Sixteen residual bottlenecks (2015), at its published size.",
    resnet_50,
    _LARGE,
    IMAGENET,
)
