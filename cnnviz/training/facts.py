"""The facts that a network is checked against: its dataset, its recipe and the free memory. No torch."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

from cnnviz.data.catalogue import DESCRIPTIONS, describe, origin_path
from cnnviz.files import shown
from cnnviz.memory import available
from cnnviz.network.problems import UseDataset
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from cnnviz.project.project import Project


def facts_for(project: Project, memory: int | None = None) -> Facts:
    """The facts for :func:`cnnviz.network.check.check`; ``memory`` in bytes, None means the memory that is free now.

    Raises :class:`~cnnviz.data.errors.DataError` for an unknown dataset.
    """
    facts = facts_of_data(project)
    description = describe(project.dataset)
    if not description.at_hand:
        missing = "" if description.origin is None else shown(str(origin_path(description)))
        return replace(facts, absent=description.title, missing=missing, instead=_at_hand())
    return replace(facts, memory=available() if memory is None else memory)


def facts_of_data(project: Project) -> Facts:
    """The facts that are the same on every machine: those of the dataset and of the recipe.

    Raises :class:`~cnnviz.data.errors.DataError` for an unknown dataset.
    """
    description = describe(project.dataset)
    return Facts(
        image=description.image,
        classes=len(description.classes),
        batch_size=project.recipe.batch_size,
        training=description.training - project.dataset.set_aside,
        state_tensors=project.recipe.state_tensors,
        half=project.recipe.precision == "bfloat16" and not project.recipe.repeatable,
    )


def guessing_loss(project: Project) -> float:
    """The cross-entropy of guessing: ln of the number of classes. Raises as :func:`facts_of_data`."""
    return log(facts_of_data(project).classes)


def _at_hand() -> UseDataset:
    """The remedy that changes to the first dataset that comes with the program."""
    first = next(description for description in DESCRIPTIONS.values() if description.at_hand)
    return UseDataset(first.name, first.title, first.image, len(first.classes), first.mean, first.std)
