"""A small network that knows digits, and images, for the tests of adversarial images."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from training_kit import advance, state_of, tensors

from cnnviz.data.catalogue import load
from cnnviz.inspection.moment import Moment
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.network.shapes import infer
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.images import TrainingData
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.training.model import CompiledNetwork

LAYERS = (
    ("input", Input()),
    ("conv1", Conv2d(8, (5, 5), stride=(2, 2))),
    ("relu1", ReLU()),
    ("conv2", Conv2d(16, (5, 5), stride=(2, 2))),
    ("relu2", ReLU()),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)


@cache
def trained() -> Moment:
    """A small network that knows digits."""
    project = Project(chain(*LAYERS), recipe=TEMPLATES["fast"].project().recipe)
    state = state_of(project)
    advance(state, TrainingData.of(load("mnist"), torch.device("cpu")), 150)
    return Moment(project.network, infer(project.network), tensors(state), 1, 150, settled=True)


def module() -> CompiledNetwork:
    """The network as a torch module."""
    moment = trained()
    return build_with(moment.network, moment.shapes, moment.tensors)


def images(count: int) -> tuple[Tensor, Tensor]:
    """Validation images, float32 (N, 1, 28, 28) in [0, 255], and their labels."""
    split = load("mnist").validation
    return torch.from_numpy(split.images[:count].astype(np.float32)), torch.tensor(split.labels[:count])


def logits_of(network: CompiledNetwork, pixels: Tensor) -> Tensor:
    """Logits by the way through all nodes, for images in [0, 1]."""
    logits: Tensor = network(pixels)[0]
    return logits
