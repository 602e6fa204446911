"""AlexNet: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997.

The one-column form of the network of Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional
neural networks", NIPS 2012, as in torchvision. torchvision's adaptive pooling has no effect at 224 x 224 and is left
out.
"""

from __future__ import annotations

from cnnviz.network.layers import Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Expected, Template

POOLED = (1, 2, 5)
"""The numbers of the convolutions that are followed by an overlapping max-pooling."""


def _network(draft: Draft, convolutions: tuple[Conv2d, ...], *, units: int, classes: int) -> Drawn:
    for number, convolution in enumerate(convolutions, start=1):
        draft.add(f"conv{number}", convolution)
        draft.add(f"relu{number}", ReLU())
        if number in POOLED:
            draft.add(f"pool{number}", MaxPool2d((3, 3), (2, 2)))
    draft.add("flatten", Flatten())
    for number in (6, 7):
        draft.add(f"dropout{number}", Dropout())
        draft.add(f"fc{number}", Dense(units))
        draft.add(f"relu{number}", ReLU())
    draft.add("fc8", Dense(classes))
    return draft.finish()


def published() -> Drawn:
    """AlexNet as published: 61,100,840 parameters."""
    convolutions = (
        Conv2d(64, (11, 11), (4, 4), (2, 2)),
        Conv2d(192, (5, 5), padding=(2, 2)),
        Conv2d(384, (3, 3), padding=(1, 1)),
        Conv2d(256, (3, 3), padding=(1, 1)),
        Conv2d(256, (3, 3), padding=(1, 1)),
    )
    return _network(Draft.for_imagenet(), convolutions, units=4096, classes=IMAGENET_CLASSES)


def small() -> Drawn:
    """AlexNet for 28 x 28: kernels of 5 and stride 1 at the start, and a quarter of the maps (3/8 in the first)."""
    convolutions = (
        Conv2d(24, (5, 5), padding=(2, 2)),
        Conv2d(48, (5, 5), padding=(2, 2)),
        Conv2d(96, (3, 3), padding=(1, 1)),
        Conv2d(64, (3, 3), padding=(1, 1)),
        Conv2d(64, (3, 3), padding=(1, 1)),
    )
    return _network(Draft(), convolutions, units=256, classes=10)


ALEXNET_28 = Template(
    "alexnet-28",
    "AlexNet, 28×28",
    "AlexNet (2012) cut to small images: five convolutions, overlapping pooling and dropout before two hidden layers.",
    small,
    Recipe("adamw", 0.002, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
    expected=Expected(accuracy=0.983, epochs=1, seconds=40),
)

ALEXNET = Template(
    "alexnet",
    "AlexNet",
    "The network that won ImageNet in 2012 and began it all, at its published size.",
    published,
    Recipe("sgd", 0.01, momentum=0.9, weight_decay=0.0005, batch_size=128, epochs=90, schedule="step", step_epochs=30),
    IMAGENET,
)
