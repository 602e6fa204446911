"""DenseNet-121: Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", arXiv:1608.06993.

DenseNet-BC with growth 32, bottlenecks of 128 maps and compression by half, as in torchvision.
"""

from __future__ import annotations

from cnnviz.network.layers import AvgPool2d, BatchNorm2d, Concat, Conv2d, Dense, GlobalAvgPool2d, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Expected, Template

LAYERS = (6, 12, 24, 16)
"""The number of dense layers in each block."""
BOTTLENECK = 4
"""The first convolution of a dense layer has this many times the growth as maps."""


def _dense_layer(draft: Draft, name: str, before: list[str], growth: int) -> str:
    """A layer that reads the maps of all ``before`` it and adds ``growth`` of its own; returns its id."""
    if len(before) > 1:
        draft.add(f"{name}_cat", Concat(), *before)
        draft.add(f"{name}_norm1", BatchNorm2d())
    else:
        draft.add(f"{name}_norm1", BatchNorm2d(), *before)
    draft.add(f"{name}_relu1", ReLU())
    draft.add(f"{name}_conv1", Conv2d(BOTTLENECK * growth, (1, 1), bias=False))
    draft.add(f"{name}_norm2", BatchNorm2d())
    draft.add(f"{name}_relu2", ReLU())
    return draft.add(f"{name}_conv2", Conv2d(growth, (3, 3), padding=(1, 1), bias=False))


def _blocks(draft: Draft, maps: int, growth: int) -> None:
    """Four dense blocks with transitions between them that halve maps, height and width."""
    for block, count in enumerate(LAYERS, start=1):
        before = [draft.last]
        with draft.block(f"denseblock{block}"):
            for number in range(1, count + 1):
                with draft.block(f"denselayer{number}"):
                    before.append(_dense_layer(draft, f"block{block}_{number}", before, growth))
            draft.add(f"block{block}", Concat(), *before)
        maps += count * growth
        if block < len(LAYERS):
            maps //= 2
            with draft.block(f"transition{block}"):
                draft.add(f"trans{block}_norm", BatchNorm2d())
                draft.add(f"trans{block}_relu", ReLU())
                draft.add(f"trans{block}_conv", Conv2d(maps, (1, 1), bias=False))
                draft.add(f"trans{block}_pool", AvgPool2d())
    draft.add("norm5", BatchNorm2d())
    draft.add("relu5", ReLU())


def published() -> Drawn:
    """DenseNet-121 as published: 7,978,856 parameters."""
    draft = Draft.for_imagenet()
    draft.add("conv0", Conv2d(64, (7, 7), (2, 2), (3, 3), bias=False))
    draft.add("norm0", BatchNorm2d())
    draft.add("relu0", ReLU())
    draft.add("pool0", MaxPool2d((3, 3), (2, 2), (1, 1)))
    _blocks(draft, 64, 32)
    return _head(draft, IMAGENET_CLASSES)


def small() -> Drawn:
    """DenseNet-121 for 28 x 28: a kernel of 3 without pooling at the start, and a quarter of the maps."""
    draft = Draft()
    draft.add("conv0", Conv2d(16, (3, 3), (2, 2), (1, 1), bias=False))
    draft.add("norm0", BatchNorm2d())
    draft.add("relu0", ReLU())
    _blocks(draft, 16, 8)
    return _head(draft, 10)


def _head(draft: Draft, classes: int) -> Drawn:
    draft.add("pool5", GlobalAvgPool2d())
    draft.add("fc", Dense(classes))
    return draft.finish()


DENSENET_121_28 = Template(
    "densenet-121-28",
    "DenseNet-121, 28×28",
    "DenseNet-121 (2016) cut to small images: in each block every layer reads the maps of all layers before it.",
    small,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
    expected=Expected(accuracy=0.9884, epochs=1, seconds=110),
)

DENSENET_121 = Template(
    "densenet-121",
    "DenseNet-121",
    "Four blocks in which every layer reads the maps of all layers before it (2016), at its published size.",
    published,
    Recipe(
        "sgd",
        0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=0.0001,
        batch_size=256,
        epochs=90,
        schedule="step",
        step_epochs=30,
        step_factor=0.1,
    ),
    IMAGENET,
)
