"""Settings that were changed while a run was trained, and the projects that were trained after them. No torch."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from cnnviz.network.layers.regularization import RandomDropping
from cnnviz.project.recipe import Recipe
from cnnviz.training.events import EpochsAdded, RateChanged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.project.project import Project
    from cnnviz.training.events import Event

_RATE_OF = " p"
"""The end of the name of a dropout rate, after the name of its layer."""
_SETTINGS = frozenset(each.name for each in fields(Recipe))


def with_changes(project: Project, events: Iterable[Event]) -> Project:
    """The project that is trained after the changed settings among ``events``, which began with ``project``."""
    for event in events:
        if isinstance(event, RateChanged) and _value(project, event.parameter) is not None:
            # a damaged recording may have a value that no project can have
            with suppress(ValueError):
                project = _with_value(project, event.parameter, event.value)
    return project


def changes_until(events: Iterable[Event], step: int, project: Project, run: int) -> list[Event]:
    """The changes of a run up to its moment after ``step``, in which ``project`` was trained, as those of ``run``.

    A setting may have been changed at this step before the moment was recorded or after: the project tells.
    """
    found: list[Event] = []
    for event in events:
        if isinstance(event, EpochsAdded) and event.step < step:
            # the user was told about the rate when the epochs were added
            found.append(replace(event, run=run, raised=False))
        elif isinstance(event, RateChanged) and event.step <= step:
            found.append(replace(event, run=run))
    last = {event.parameter: event.value for event in found if isinstance(event, RateChanged)}
    undone = {name for name, value in last.items() if _value(project, name) != value}
    return [
        event
        for event in found
        if not (isinstance(event, RateChanged) and event.step == step and event.parameter in undone)
    ]


def _with_value(project: Project, parameter: str, value: float) -> Project:
    if parameter in _SETTINGS:
        kind = type(getattr(project.recipe, parameter))
        return replace(project, recipe=replace(project.recipe, **{parameter: kind(value)}))
    name = parameter.removesuffix(_RATE_OF)
    node = project.network.nodes[name]
    node = replace(node, layer=replace(node.layer, p=value))  # type: ignore[call-arg]
    return replace(project, network=replace(project.network, nodes={**project.network.nodes, name: node}))


def _value(project: Project, parameter: str) -> float | None:
    """The value of a setting that may change while training; None if the project has no such setting."""
    if parameter in _SETTINGS:
        value = getattr(project.recipe, parameter)
        return None if isinstance(value, str) else value
    node = project.network.nodes.get(parameter.removesuffix(_RATE_OF))
    return node.layer.p if node is not None and isinstance(node.layer, RandomDropping) else None
