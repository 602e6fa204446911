"""SqueezeNet 1.1: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", arXiv:1602.07360.

As in torchvision. Version 1.1 has smaller kernels at the start and earlier poolings than the paper, for the same
accuracy with less work.
"""

from __future__ import annotations

from cnnviz.network.layers import BatchNorm2d, Concat, Conv2d, Dropout, GlobalAvgPool2d, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Template

SQUEEZED = (16, 16, 32, 32, 48, 48, 64, 64)
"""The maps of the squeeze convolution in each fire module; its two expand convolutions have four times as many."""
POOLED = (0, 2, 4)
"""The fire modules with a pooling before them, which halves height and width."""


def _unit(draft: Draft, name: str, maps: int, size: int, normalized: bool, *sources: str) -> str:
    """Add a convolution with ReLU, and batch normalization between them if ``normalized``; returns the id of the
    ReLU."""
    border = (size // 2, size // 2)
    draft.add(name, Conv2d(maps, (size, size), padding=border, bias=not normalized), *sources)
    if normalized:
        draft.add(f"{name}_norm", BatchNorm2d())
    return draft.add(f"{name}_relu", ReLU())


def _fire(draft: Draft, name: str, squeezed: int, normalized: bool) -> None:
    """Add a fire module: few maps by a convolution of 1 x 1, then many by 1 x 1 and 3 x 3 side by side."""
    before = _unit(draft, f"{name}_squeeze", squeezed, 1, normalized)
    ends = [_unit(draft, f"{name}_expand{size}", 4 * squeezed, size, normalized, before) for size in (1, 3)]
    draft.add(name, Concat(), *ends)


def _modules(draft: Draft, *, divisor: int, normalized: bool, classes: int) -> Drawn:
    for number, squeezed in enumerate(SQUEEZED):
        if number in POOLED:
            draft.add(f"pool{number + 1}", MaxPool2d((3, 3), (2, 2), ceil_mode=True))
        name = f"fire{number + 2}"
        with draft.block(name):
            _fire(draft, name, squeezed // divisor, normalized)
    draft.add("dropout", Dropout(0.5))
    draft.add("conv10", Conv2d(classes, (1, 1)))
    draft.add("relu10", ReLU())
    draft.add("pool10", GlobalAvgPool2d())
    return draft.finish()


def published() -> Drawn:
    """SqueezeNet 1.1 as published: 1,235,496 parameters."""
    draft = Draft.for_imagenet()
    draft.add("conv1", Conv2d(64, (3, 3), (2, 2)))
    draft.add("relu1", ReLU())
    return _modules(draft, divisor=1, normalized=False, classes=IMAGENET_CLASSES)


def small() -> Drawn:
    """For 28 x 28: stride 1 at the start, half of the maps, and batch normalization.

    Without it the values vanish on their way through so many layers with PyTorch's initial weights, and nothing is
    learned.
    """
    draft = Draft()
    _unit(draft, "conv1", maps=32, size=3, normalized=True)
    return _modules(draft, divisor=2, normalized=True, classes=10)


SQUEEZENET_28 = Template(
    "squeezenet-28",
    "SqueezeNet 1.1, 28×28",
    "SqueezeNet (2016) cut to small images: eight fire modules that squeeze the maps before they expand them.",
    small,
    Recipe("adamw", 0.003, weight_decay=0.01, batch_size=128, epochs=3, schedule="one-cycle"),
)

SQUEEZENET = Template(
    "squeezenet",
    "SqueezeNet 1.1",
    "Eight fire modules (2016) with 50 times fewer parameters than AlexNet, at its published size.",
    published,
    Recipe("sgd", 0.01, momentum=0.9, weight_decay=0.0002, batch_size=256, epochs=90, schedule="cosine"),
    IMAGENET,
)
