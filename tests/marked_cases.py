"""What ``marked_window.py`` shows: networks, sources, damaged files; and words that are no language."""

from __future__ import annotations

import json
from typing import Any, get_args

from cnnviz.network.graph import chain
from cnnviz.network.layers import KINDS, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.file import to_json
from cnnviz.project.project import Project
from cnnviz.project.recipe import OptimizerName, Recipe

PROGRAMS = "cnnviz mnist MNIST ImageNet PyTorch Keras NumPy Python SGD Adam AdamW RMSprop Adagrad nn keras torch"
FORMATS = "float32 bfloat16 CPU cpu cuda auto NaN PNG SVG PDF NPY CSV PY png svg pdf npy csv py"
UNITS = "kB MB GB TB ms µs"
MADE_UP = "nowhere GRU blocks colour best cats Quantum none poem project"
NAMES = frozenset(
    [*KINDS, *PROGRAMS.split(), *FORMATS.split(), *UNITS.split(), *MADE_UP.split(), *get_args(OptimizerName)]
)
"""Words that are no language."""
SOURCES = (
    "nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2704, 10), nn.Softmax(1))",
    "nn.Sequential(nn.Conv2d(1, 4, 99), nn.Linear(3, 10), nn.GRU(3), nn.Conv2d(1, 4, kernel=3), nn.Dropout(7))",
    "keras.Sequential([keras.layers.Conv2D(4, 3, data_format='channels_first'), keras.layers.Dense(x)])",
    "def network(",
    "print(1)",
)


def small(rate: float = 0.1) -> Project:
    """A network that is quick to train."""
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(4, (3, 3), stride=(4, 4))),
        ("relu1", ReLU()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    return Project(network, arrange(network), Recipe("sgd", rate, batch_size=500, precision="float32"))


def botched() -> Project:
    """A network with many problems."""
    layers = (
        ("conv1", Conv2d(8)),
        ("relu1", ReLU()),
        ("conv2", Conv2d(16, kernel_size=(40, 40))),
        ("pool1", MaxPool2d(kernel_size=(2, 2), padding=(2, 2))),
        ("fc1", Dense(7)),
        ("relu2", ReLU()),
        ("output", Output()),
    )
    network = chain(*layers)
    return Project(network, arrange(network))


def damaged() -> list[dict[str, Any]]:
    """Projects that cannot be read, as JSON."""
    entry = json.loads(to_json(small()))
    nodes = entry["network"]["nodes"]
    changes: tuple[dict[str, Any], ...] = (
        {"version": 99},
        {"format": "other"},
        {"blocks": 3},
        {"recipe": {"epochs": -1}},
        {"recipe": {"colour": 1}},
        {"recipe": {"optimizer": "best"}},
        {"dataset": {"name": "cats"}},
        {"dataset": {"validation": -1}},
        {"network": {**entry["network"], "nodes": [{**nodes[1], "kind": "Quantum"}]}},
        {"network": {**entry["network"], "nodes": [nodes[1], nodes[1]]}},
        {"network": {**entry["network"], "nodes": [{**nodes[1], "parameters": {"kernel_size": [-3, 3]}}]}},
        {"network": {**entry["network"], "edges": [["relu1", "conv1", 0]]}},
        {"network": {**entry["network"], "edges": [["relu1", "conv1", "x"]]}},
    )
    return [{**entry, **change} for change in changes]
