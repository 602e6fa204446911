"""What a project's network is checked against: its data set, its recipe, and the memory that is free. No torch."""

from __future__ import annotations

import psutil

from cnnviz.data.catalogue import describe
from cnnviz.network.check import Facts
from cnnviz.project.project import Project


def facts_for(project: Project, memory: int | None = None) -> Facts:
    """The facts for :func:`cnnviz.network.check.check`; ``memory`` in bytes, that which is free now where None.

    Raises :class:`~cnnviz.data.catalogue.DataError` for an unknown data set.
    """
    description = describe(project.dataset.name)
    if memory is None:
        memory = int(psutil.virtual_memory().available)
    return Facts(
        image=description.image,
        classes=len(description.classes),
        batch_size=project.recipe.batch_size,
        memory=memory,
        state_tensors=project.recipe.state_tensors,
    )
