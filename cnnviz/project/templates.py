"""Projects to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, Layer, MaxPool2d, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe


@dataclass(frozen=True)
class Template:
    """A named project; ``about`` is one sentence for whoever chooses."""

    name: str
    title: str
    about: str
    build: Callable[[], Network]
    recipe: Recipe

    def project(self) -> Project:
        """The project, arranged."""
        network = self.build()
        return Project(network, arrange(network), self.recipe)


def _tutorial(units: int) -> Network:
    return chain(
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


def _fast() -> Network:
    layers: list[tuple[str, Layer]] = [("input", Input())]
    for number, channels in enumerate((16, 32, 64), start=1):
        layers += [
            (f"conv{number}", Conv2d(channels, (3, 3), padding=(1, 1), bias=False)),
            (f"norm{number}", BatchNorm2d()),
            (f"relu{number}", ReLU()),
            (f"pool{number}", MaxPool2d()),
        ]
    return chain(*layers, ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))


TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {
        template.name: template
        for template in (
            Template(
                "fast",
                "Fast",
                "A small network with batch normalization that learns digits within seconds.",
                _fast,
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
            ),
            Template(
                "keras-tutorial",
                "Keras tutorial",
                "Two convolutions and a hidden layer of 64, trained by Adam.",
                lambda: _tutorial(64),
                Recipe("adam", 0.001, batch_size=32, epochs=5),
            ),
            Template(
                "pytorch-tutorial",
                "PyTorch tutorial",
                "Two convolutions and a hidden layer of 128, trained by plain stochastic gradient descent.",
                lambda: _tutorial(128),
                Recipe("sgd", 0.01, batch_size=64, epochs=5),
            ),
        )
    }
)
"""Templates by name; the window opens with the first."""
