"""The networks of the tutorials, and a network that becomes accurate fast.

``keras-tutorial`` and ``pytorch-tutorial`` are the small networks that tutorials of both libraries train on MNIST: two
convolutions, each followed by max-pooling, and a hidden layer. ``fast`` adds batch normalization (Ioffe and
Szegedy, arXiv:1502.03167) and a one-cycle schedule (Smith and Topin, arXiv:1708.07120).
"""

from __future__ import annotations

from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, Layer, MaxPool2d, Output, ReLU
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates.draft import Drawn
from cnnviz.project.templates.template import Expected, Template


def tutorial(units: int) -> Drawn:
    """Two convolutions and a hidden layer of ``units``."""
    return _chained(
        ("input", Input()),
        ("conv1", Conv2d(32, (3, 3))),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d()),
        ("conv2", Conv2d(64, (3, 3))),
        ("relu2", ReLU()),
        ("pool2", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Dense(units)),
        ("relu3", ReLU()),
        ("fc2", Dense(10)),
        ("output", Output()),
    )


def fast() -> Drawn:
    """Three convolutions with batch normalization and one Dense."""
    layers: list[tuple[str, Layer]] = [("input", Input())]
    for number, channels in enumerate((16, 32, 64), start=1):
        layers += [
            (f"conv{number}", Conv2d(channels, (3, 3), padding=(1, 1), bias=False)),
            (f"norm{number}", BatchNorm2d()),
            (f"relu{number}", ReLU()),
            (f"pool{number}", MaxPool2d()),
        ]
    return _chained(*layers, ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))


def _chained(*layers: tuple[str, Layer]) -> Drawn:
    return Drawn(chain(*layers))


FAST = Template(
    "fast",
    "Fast",
    "A small network with batch normalization that learns digits within seconds.",
    fast,
    Recipe(
        "adamw",
        0.01,
        weight_decay=0.01,
        batch_size=128,
        epochs=8,
        schedule="one-cycle",
        label_smoothing=0.05,
        shift=0.7,
        rotation=6.0,
        scaling=0.05,
    ),
    expected=Expected(accuracy=0.9956, epochs=8, seconds=90),
)

KERAS = Template(
    "keras-tutorial",
    "Keras tutorial",
    "Two convolutions and a hidden layer of 64, trained by Adam.",
    lambda: tutorial(64),
    Recipe("adam", 0.001, batch_size=32, epochs=5),
    expected=Expected(accuracy=0.9894, epochs=5, seconds=67),
)

PYTORCH = Template(
    "pytorch-tutorial",
    "PyTorch tutorial",
    "Two convolutions and a hidden layer of 128, trained by plain stochastic gradient descent.",
    lambda: tutorial(128),
    Recipe("sgd", 0.01, batch_size=64, epochs=5),
    expected=Expected(accuracy=0.9746, epochs=5, seconds=55),
)
