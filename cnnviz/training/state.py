"""The state of a training: module, optimizer and counters. And the order in which an epoch uses the images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnviz.training.model import CompiledNetwork, build, seed_of
from cnnviz.training.shared_batches import share_batches
from cnnviz.training.updating import prepare

if TYPE_CHECKING:
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.device import Placement


@dataclass
class TrainingState:
    """Everything that a training needs to go on.

    ``epoch`` and ``batch`` count what is done, ``step`` counts all batches. ``epochs`` is how many epochs the run will
    make. ``planned`` is their number before the run ended early because validation no longer improved, else 0. ``best``
    are the parameters and buffers after the epoch with the best validation accuracy, named and shaped as in
    ``state_dict`` (float32, batch counters int64; ``conv1.weight`` is (O, I, kH, kW)); ``stale`` counts the epochs
    since. For the schedule "plateau": ``best_loss`` is the lowest validation loss, ``flat`` counts the epochs without a
    lower one, and ``lowered`` is the factor that the rate has been multiplied by.
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

    def __post_init__(self) -> None:
        if self.placement.ranks is not None:
            share_batches(self.module, self.placement.ranks)


def start(project: Project, report: Report, placement: Placement) -> TrainingState:
    """The state before the first step. The same project always gives the same weights."""
    recipe = project.recipe
    module = build(project.network, report, recipe.seed)
    module.to(device=placement.device)
    module.to(memory_format=placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
    return TrainingState(module, optimizer_of(recipe, module), recipe, placement, recipe.epochs)


def optimizer_of(recipe: Recipe, module: torch.nn.Module) -> torch.optim.Optimizer:
    """The optimizer of a recipe; fused if torch has it, so that one kernel updates all parameters."""
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
    # Adagrad is fused on processors only; elsewhere one kernel for all parameters is the next best
    fused = parameters[0].device.type == "cpu"
    return torch.optim.Adagrad(parameters, rate, weight_decay=decay, fused=fused, foreach=None if fused else True)


def augmentation_seed(seed: int, epoch: int, batch: int) -> int:
    """The random seed for augmenting a batch; it depends on the arguments alone."""
    return seed_of(seed, f"augment/{epoch}/{batch}")


def sample_order(seed: int, epoch: int, count: int) -> Tensor:
    """The order of the images in an epoch: a permutation, int64 (N,) with N = ``count``; depends on arguments alone."""
    generator = torch.Generator().manual_seed(seed_of(seed, f"order/{epoch}"))
    return torch.randperm(count, generator=generator)
