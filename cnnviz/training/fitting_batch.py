"""A batch size with which a project can be trained in the free memory. No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.check import examine
from cnnviz.network.problems import SetBatchSize
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from cnnviz.project.project import Project


def with_fitting_batch(project: Project, memory: int | None = None) -> Project:
    """The project with a smaller batch size if its own needs too much memory, and a smaller one helps.

    ``memory`` in bytes; None means the memory that is free now.
    """
    errors = examine(project.network, facts_for(project, memory)).errors
    fixes = [fix for problem in errors if problem.code == "too_large_batch" for fix in problem.untried]
    sizes = [fix.edit.size for fix in fixes if isinstance(fix.edit, SetBatchSize)]
    if not sizes:
        return project
    return replace(project, recipe=replace(project.recipe, batch_size=min(sizes)))
