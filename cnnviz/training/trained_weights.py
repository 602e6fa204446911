"""The weights of a trained network, and a training that begins with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnviz.training.inheriting import inheritance
from cnnviz.training.origin import WeightsOrigin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState


@dataclass(frozen=True, eq=False)
class TrainedWeights:
    """The weights of a training of ``project``.

    ``tensors`` are named and shaped as in ``state_dict``, on the CPU: float32 (``conv1.weight`` is (O, I, kH, kW)),
    batch counters int64. ``origin`` is where they come from.
    """

    project: Project
    tensors: Mapping[str, Tensor]
    origin: WeightsOrigin = field(default_factory=WeightsOrigin)


def weights_of(state: TrainingState, project: Project, run: int) -> TrainedWeights:
    """A copy of the present weights of ``state``, which run number ``run`` of the session has trained for
    ``project``."""
    tensors = {name: each.detach().to("cpu", copy=True) for name, each in state.module.state_dict().items()}
    return TrainedWeights(project, tensors, WeightsOrigin(state.step, run))


@torch.no_grad()
def take_over(state: TrainingState, project: Project, report: Report, weights: TrainedWeights) -> None:
    """Give the layers of ``state``, a training of ``project`` before its first step, the weights that they inherit."""
    own = state.module.state_dict()
    for name, source in inheritance(weights.project, project, report).kept.items():
        for key, tensor in own.items():
            node, _, rest = key.partition(".")
            if node == name:
                # copied into the tensors of the layer, which keep their strides and their device
                tensor.copy_(weights.tensors[f"{source}.{rest}"])
