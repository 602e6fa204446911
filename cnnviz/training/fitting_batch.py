"""A batch size with which a project can be trained in the free memory, in enough steps an epoch. No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.check import examine
from cnnviz.network.problems import SetBatchSize
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from cnnviz.project.project import Project

SMALLER = frozenset({"too_large_batch", "few_steps"})
"""The problems that smaller batches remove."""


def with_fitting_batch(project: Project, memory: int | None = None) -> Project:
    """The project with a smaller batch size if its own needs too much memory or gives too few steps an epoch, and a
    smaller one helps.

    ``memory`` in bytes; None means the memory that is free now.
    """
    problems = examine(project.network, facts_for(project, memory)).problems
    fixes = [fix for problem in problems if problem.code in SMALLER for fix in problem.untried]
    sizes = [fix.edit.size for fix in fixes if isinstance(fix.edit, SetBatchSize)]
    if not sizes:
        return project
    return replace(project, recipe=replace(project.recipe, batch_size=min(sizes)))
