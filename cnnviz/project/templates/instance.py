"""Instance normalization: Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022.

Each map of each image is normalized separately. So the contrast of an image does not matter, and the network computes
the same in training and in evaluation.
"""

from __future__ import annotations

from cnnviz.network.layers import Conv2d, Dense, Flatten, InstanceNorm2d, MaxPool2d, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import Draft, Drawn
from cnnviz.project.templates.template import Expected, Template


def instance_norm() -> Drawn:
    """Three convolutions of 3 x 3, each normalized image by image."""
    draft = Draft()
    for number, maps in enumerate((16, 32, 64), start=1):
        draft.add(f"conv{number}", Conv2d(maps, (3, 3), padding=(1, 1), bias=False))
        draft.add(f"norm{number}", InstanceNorm2d(affine=True))
        draft.add(f"relu{number}", ReLU())
        draft.add(f"pool{number}", MaxPool2d())
    draft.add("flatten", Flatten())
    draft.add("fc1", Dense(10))
    return draft.finish()


INSTANCE_NORM = Template(
    "instance-norm",
    "Instance normalization",
    "Three convolutions whose maps are normalized image by image, so that contrast does not matter.",
    instance_norm,
    Recipe("adamw", 0.01, weight_decay=0.01, batch_size=128, epochs=3, schedule="one-cycle"),
    expected=Expected(accuracy=0.9932, epochs=3, seconds=58),
)
