"""Large networks for small images, with which ``cnnviz bench`` and the robots measure the costs of many parameters."""

from __future__ import annotations

from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe

FEATURES = 64 * 14 * 14
"""Values before the wide layer."""


def wide_project(parameters: int) -> Project:
    """Two convolutions and a wide dense layer for images of 28×28, with about ``parameters`` in all.

    It is trained by Adam, which stores two more values for each parameter.
    """
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(32, (3, 3), padding="same")),
        ("relu1", ReLU()),
        ("conv2", Conv2d(64, (3, 3), padding="same")),
        ("relu2", ReLU()),
        ("pool1", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Dense(max(1, round(parameters / FEATURES)))),
        ("relu3", ReLU()),
        ("fc2", Dense(10)),
        ("output", Output()),
    )
    return Project(network, recipe=Recipe(optimizer="adam", batch_size=64))
