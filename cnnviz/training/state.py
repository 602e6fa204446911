"""All that a run is at one moment, and the order in which it sees its samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnviz.training.model import CompiledNetwork, build, seed_of
from cnnviz.training.updating import prepare

if TYPE_CHECKING:
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.device import Placement


@dataclass
class TrainingState:
    """Module, optimizer and place in the epoch. ``epoch`` and ``batch`` count what is done, ``step`` all batches.

    ``epochs`` is how many the run will do, ``planned`` how many it was to do where it ended early because validation no
    longer improved, and 0 elsewhere; ``best`` holds the tensors after the epoch of the best validation accuracy,
    ``stale`` counts the epochs since. ``best_loss``, ``flat`` and ``lowered`` are the same for the schedule "plateau":
    the lowest validation loss, the epochs without a lower one, and what the rate has been multiplied by.
    """

    module: CompiledNetwork
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    placement: Placement
    epochs: int
    planned: int = 0
    epoch: int = 0
    batch: int = 0
    step: int = 0
    best_accuracy: float = -1.0
    best: dict[str, Tensor] = field(default_factory=dict)
    stale: int = 0
    best_loss: float = float("inf")
    flat: int = 0
    lowered: float = 1.0


def start(project: Project, report: Report, placement: Placement) -> TrainingState:
    """The state before the first step. The same project gives the same weights, whatever was built before it."""
    recipe = project.recipe
    module = build(project.network, report, recipe.seed)
    module.to(device=placement.device)
    module.to(memory_format=placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
    return TrainingState(module, optimizer_of(recipe, module), recipe, placement, recipe.epochs)


def optimizer_of(recipe: Recipe, module: torch.nn.Module) -> torch.optim.Optimizer:
    """The optimizer of a recipe, fused where torch has that: one kernel updates all parameters."""
    parameters = list(module.parameters())
    if not parameters:
        # an optimizer refuses an empty list; a network without parameters still runs
        parameters = [torch.nn.Parameter(torch.zeros(0))]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    prepare()
    match recipe.optimizer:
        case "sgd":
            nesterov = recipe.nesterov and recipe.momentum > 0
            return torch.optim.SGD(parameters, rate, recipe.momentum, weight_decay=decay, nesterov=nesterov, fused=True)
        case "adam":
            return torch.optim.Adam(parameters, rate, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, rate, weight_decay=decay, momentum=recipe.momentum, foreach=True)
    fused = parameters[0].device.type == "cpu"
    return torch.optim.Adagrad(parameters, rate, weight_decay=decay, fused=fused, foreach=None if fused else True)


def augmentation_seed(seed: int, epoch: int, batch: int) -> int:
    """The seed of a batch's augmentation: a function of its place alone."""
    return seed_of(seed, f"augment/{epoch}/{batch}")


def sample_order(seed: int, epoch: int, count: int) -> Tensor:
    """The order of an epoch's samples, int64 (count,): a function of (seed, epoch) alone."""
    generator = torch.Generator().manual_seed(seed_of(seed, f"order/{epoch}"))
    return torch.randperm(count, generator=generator)
