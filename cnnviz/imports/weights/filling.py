"""Fills a network with the weights of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.imports.weights.stored import WeightsError
from cnnviz.jobs import CancelledError
from cnnviz.network.shapes import infer
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, plural
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnnviz.imports.weights.plan import Plan
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project


def filled(
    project: Project, file: WeightsFile, plan: Plan, proceed: Callable[[int], bool] = lambda _: True
) -> tuple[dict[str, Tensor], tuple[Sentence, ...]]:
    """The parameters and buffers of a project's network by name, and notes about their values.

    They are named and shaped as in the torch module (``conv1.weight``: (O, I, kH, kW)): float32, batch counters int64.
    What the file does not have is initialized by the recipe's seed. ``proceed(count)`` is called after each tensor that
    is read; CancelledError is raised if it returns False. Raises :class:`WeightsError`.
    """
    shapes = infer(project.network)
    tensors: dict[str, Tensor] = {}
    if plan.missing:
        tensors |= build(project.network, shapes, project.recipe.seed).state_dict()
    not_finite = 0
    for count, pair in enumerate(plan.pairs, start=1):
        values = file.read(pair.stored.name)
        # only batch counters have no axes
        is_counter = pair.shape == ()
        if values.size != pair.stored.count or (values.dtype == np.int64) != is_counter:
            raise WeightsError(
                Sentence("“{name}” has values of another type than weights.", name=quoted(pair.stored.name))
            )
        not_finite += int(values.size - np.count_nonzero(np.isfinite(values)))
        tensors[pair.key] = torch.from_numpy(values.reshape(pair.shape))
        if not proceed(count):
            raise CancelledError
    for unfilled in plan.unfilled:
        if unfilled.value is not None:
            kind = torch.float32 if unfilled.shape else torch.int64
            tensors[unfilled.key] = torch.full(unfilled.shape, unfilled.value, dtype=kind)
    notes: tuple[Sentence, ...] = ()
    if not_finite:
        notes = (
            plural(
                "{count} of its values are not finite numbers: the network cannot compute with them.",
                "One of its values is not a finite number: the network cannot compute with it.",
                not_finite,
            ),
        )
    return tensors, notes
