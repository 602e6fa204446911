"""By which settings the training measures of a step were computed. No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.layers.regularization import RandomDropping
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.project.project import Project
    from cnnviz.training.events import Event


def with_values(project: Project | None, changes: Sequence[Event]) -> Project | None:
    """The project with the values of these changes; None if it is unknown."""
    if project is None or not changes:
        return project
    # not at the top of the file: the window opens sooner without it
    from cnnviz.runs.live_changes import with_changes

    return with_changes(project, changes)


def project_at(project: Project | None, changes: Sequence[Event], step: int) -> Project | None:
    """The project with the settings by which a step was trained: later ones of the ``changes`` are undone."""
    later = [change for change in changes if isinstance(change, SettingChanged) and change.step >= step]
    return with_values(
        project, [replace(each, value=each.before) for each in reversed(later) if each.before is not None]
    )


def drops(project: Project) -> bool:
    """Whether training sets values to 0 at random."""
    layers = (node.layer for node in project.network.nodes.values())
    return any(isinstance(layer, RandomDropping) and layer.p > 0 for layer in layers)
