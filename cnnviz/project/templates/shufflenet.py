"""ShuffleNet-V2: Ma et al., "ShuffleNet V2: Practical guidelines for efficient CNN architecture design".

https://arxiv.org/abs/1807.11164. As in torchvision, with 1.0 times the maps.
"""

from __future__ import annotations

from cnnviz.network.layers import (
    BatchNorm2d,
    ChannelShuffle,
    Chunk,
    Concat,
    Conv2d,
    Dense,
    GlobalAvgPool2d,
    MaxPool2d,
    ReLU,
)
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Template

STAGES = ((4, 116), (8, 232), (4, 464))
"""Blocks and maps of the stages 2, 3 and 4; the first block of a stage halves height and width."""


def _pointwise(draft: Draft, name: str, maps: int, *sources: str) -> str:
    """Add a convolution of 1 x 1 with batch normalization and ReLU; returns the id of the ReLU."""
    draft.add(f"{name}_conv", Conv2d(maps, (1, 1), bias=False), *sources)
    draft.add(f"{name}_norm", BatchNorm2d())
    return draft.add(f"{name}_relu", ReLU())


def _depthwise(draft: Draft, name: str, maps: int, stride: int, *sources: str) -> None:
    """Add a convolution of each map by itself with batch normalization."""
    draft.add(f"{name}_conv", Conv2d(maps, (3, 3), (stride, stride), (1, 1), groups=maps, bias=False), *sources)
    draft.add(f"{name}_norm", BatchNorm2d())


def _right(draft: Draft, name: str, half: int, stride: int, source: str) -> str:
    _pointwise(draft, f"{name}_right1", half, source)
    _depthwise(draft, f"{name}_right2", half, stride)
    return _pointwise(draft, f"{name}_right3", half)


def _first(draft: Draft, name: str, before: int, maps: int) -> None:
    """Add the first block of a stage: both paths read all maps and halve height and width."""
    start = draft.last
    _depthwise(draft, f"{name}_left1", before, 2, start)
    left = _pointwise(draft, f"{name}_left2", maps // 2)
    _join(draft, name, left, _right(draft, name, maps // 2, 2, start))


def _block(draft: Draft, name: str, maps: int) -> None:
    """Add a block: half of the maps pass, half are convolved."""
    start = draft.last
    left = draft.add(f"{name}_left", Chunk(2, 0), start)
    right = draft.add(f"{name}_right", Chunk(2, 1), start)
    _join(draft, name, left, _right(draft, name, maps // 2, 1, right))


def _join(draft: Draft, name: str, left: str, right: str) -> None:
    draft.add(f"{name}_cat", Concat(), left, right)
    draft.add(f"{name}_shuffle", ChannelShuffle(2))


def _stages(draft: Draft, maps: int, divisor: int) -> None:
    for stage, (count, width) in enumerate(STAGES, start=2):
        with draft.block(f"stage{stage}", folded=False):
            for place in range(count):
                name = f"stage{stage}_{place}"
                with draft.block(f"stage{stage}.{place}"):
                    if place == 0:
                        _first(draft, name, maps, width // divisor)
                    else:
                        _block(draft, name, width // divisor)
        maps = width // divisor


def _head(draft: Draft, maps: int, classes: int) -> Drawn:
    _pointwise(draft, "last", maps)
    draft.add("pool5", GlobalAvgPool2d())
    draft.add("fc", Dense(classes))
    return draft.finish()


def published() -> Drawn:
    """ShuffleNet-V2 as published: 2,278,604 parameters."""
    draft = Draft.for_imagenet()
    draft.add("stem_conv", Conv2d(24, (3, 3), (2, 2), (1, 1), bias=False))
    draft.add("stem_norm", BatchNorm2d())
    draft.add("stem_relu", ReLU())
    draft.add("pool1", MaxPool2d((3, 3), (2, 2), (1, 1)))
    _stages(draft, 24, 1)
    return _head(draft, 1024, IMAGENET_CLASSES)


def small() -> Drawn:
    """For 28 x 28: stride 1 at the start, no pooling, and half of the maps."""
    draft = Draft()
    draft.add("stem_conv", Conv2d(24, (3, 3), padding=(1, 1), bias=False))
    draft.add("stem_norm", BatchNorm2d())
    draft.add("stem_relu", ReLU())
    _stages(draft, 24, 2)
    return _head(draft, 512, 10)


SHUFFLENET_V2_28 = Template(
    "shufflenet-v2-28",
    "ShuffleNet-V2, 28×28",
    "ShuffleNet-V2 (2018) cut to small images: half of the maps pass each block unchanged, then they are shuffled.",
    small,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
)

SHUFFLENET_V2 = Template(
    "shufflenet-v2",
    "ShuffleNet-V2",
    "Sixteen blocks that split and shuffle the maps (2018), at its published size.",
    published,
    Recipe("sgd", 0.5, momentum=0.9, weight_decay=0.00004, batch_size=1024, epochs=240, schedule="cosine"),
    IMAGENET,
)
