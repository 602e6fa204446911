"""VGG-16: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition".

arXiv:1409.1556, configuration D, as in torchvision, whose adaptive pooling has no effect at 224 x 224 and is left out.
The network for 28 x 28 is too deep and narrow to start learning without batch normalization (Ioffe and Szegedy,
arXiv:1502.03167), so it has one after each convolution.
"""

from __future__ import annotations

from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, ZeroPad2d
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import IMAGENET_CLASSES, Draft, Drawn
from cnnviz.project.templates.template import IMAGENET, Expected, Template

CONVOLUTIONS = (2, 2, 3, 3, 3)
"""The number of convolutions before each max-pooling."""


def _network(
    draft: Draft, widths: tuple[int, ...], *, units: int, classes: int, normalized: bool, border: int
) -> Drawn:
    """Add all layers; ``border`` zeros are added around the image. All convolutions keep the size."""
    if border:
        draft.add("pad", ZeroPad2d((border,) * 4))
    for stage, (count, width) in enumerate(zip(CONVOLUTIONS, widths, strict=True), start=1):
        for number in range(1, count + 1):
            name = f"{stage}_{number}"
            draft.add(f"conv{name}", Conv2d(width, (3, 3), padding=(1, 1), bias=not normalized))
            if normalized:
                draft.add(f"norm{name}", BatchNorm2d())
            draft.add(f"relu{name}", ReLU())
        draft.add(f"pool{stage}", MaxPool2d())
    draft.add("flatten", Flatten())
    for number in (6, 7):
        draft.add(f"fc{number}", Dense(units))
        draft.add(f"relu{number}", ReLU())
        draft.add(f"dropout{number}", Dropout())
    draft.add("fc8", Dense(classes))
    return draft.finish()


def published() -> Drawn:
    """VGG-16 as published: 138,357,544 parameters."""
    widths = (64, 128, 256, 512, 512)
    return _network(Draft.for_imagenet(), widths, units=4096, classes=IMAGENET_CLASSES, normalized=False, border=0)


def small() -> Drawn:
    """VGG-16 for 28 x 28, padded to 32 x 32 so that it can be halved five times; a fifth of the maps."""
    return _network(Draft(), (12, 24, 48, 96, 96), units=128, classes=10, normalized=True, border=2)


VGG_16_28 = Template(
    "vgg-16-28",
    "VGG-16, 28×28",
    "VGG-16 (2014) cut to small images: thirteen convolutions of 3×3, here with batch normalization.",
    small,
    Recipe("adamw", 0.005, weight_decay=0.01, batch_size=128, epochs=1, schedule="one-cycle"),
    expected=Expected(accuracy=0.9874, epochs=1, seconds=60),
)

VGG_16 = Template(
    "vgg-16",
    "VGG-16",
    "Thirteen convolutions of 3×3 and three large Dense layers (2014), at its published size.",
    published,
    Recipe(
        "sgd", 0.01, momentum=0.9, weight_decay=0.0005, batch_size=256, epochs=74, schedule="plateau", step_factor=0.1
    ),
    IMAGENET,
)
