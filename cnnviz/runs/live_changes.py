"""Settings that were changed while a run was trained, and the projects that were trained after them. No torch."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from cnnviz.network.layers.regularization import RandomDropping
from cnnviz.numerals import Figure
from cnnviz.parameters import title
from cnnviz.project.recipe import Recipe
from cnnviz.runs.folder import project_since
from cnnviz.runs.summary import read_entries
from cnnviz.sentence import Sentence
from cnnviz.training.events import EpochsAdded, SettingChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.events import Event

MOST_TOLD = 3
"""Of a setting that was changed more often than this, the first and the last value are told."""
_DROPOUT_RATE = " p"
"""The end of the name of a dropout rate, after the name of its layer: ``drop1 p``."""
_SETTINGS = frozenset(each.name for each in fields(Recipe))


def trained_project(folder: Path, step: int, events: Sequence[Event] | None = None) -> Project:
    """The project that was trained at a step of the run in ``folder``, with the settings as they were then.

    ``events`` are those of the run; they are read if they are not given. Raises :class:`RunError`.
    """
    since, project = project_since(folder, step)
    events = read_entries(folder).events if events is None else events
    return with_changes(
        project, (event for event in events if isinstance(event, SettingChanged) and since <= event.step < step)
    )


def differing_changes(first: Iterable[Event], second: Iterable[Event]) -> tuple[Sentence, ...]:
    """Sentences about the settings that were changed while one of two runs was trained, A or B, and not in the other.

    ``first`` and ``second`` are the events of A and B. A change before the first step belongs to the project itself.
    """
    a, b = (
        [event for event in events if isinstance(event, SettingChanged) and event.step] for events in (first, second)
    )
    sentences: list[Sentence] = []
    for name, changes, others in (("A", a, b), ("B", b, a)):
        in_others = {(event.step, event.parameter, event.value) for event in others}
        by_setting: dict[str, list[SettingChanged]] = {}
        for event in changes:
            if (event.step, event.parameter, event.value) not in in_others and event.value != event.before:
                by_setting.setdefault(event.parameter, []).append(event)
        for of_setting in by_setting.values():
            sentences += _sentences(name, of_setting)
    return tuple(sentences)


def _sentences(side: str, changes: Sequence[SettingChanged]) -> list[Sentence]:
    """What is told of the changes of one setting."""
    first, last = changes[0], changes[-1]
    if len(changes) > MOST_TOLD:
        return [
            Sentence(
                "{side}: {setting}: {before} → {after} in {count} changes, from step {first} to step {last}.",
                side=side,
                setting=title(first.parameter),
                before=_figure(first.before),
                after=_figure(last.value),
                count=len(changes),
                first=first.step,
                last=last.step,
            )
        ]
    return [
        Sentence(
            "{side}: {setting}: {before} → {after} at step {step}.",
            side=side,
            setting=title(change.parameter),
            before=_figure(change.before),
            after=_figure(change.value),
            step=change.step,
        )
        for change in changes
    ]


def _figure(value: float | None) -> Figure:
    return Figure("?" if value is None else f"{value:.6g}")


def with_changes(project: Project, events: Iterable[Event]) -> Project:
    """The project that is trained after the changed settings among ``events``, which began with ``project``."""
    for event in events:
        if isinstance(event, SettingChanged) and _value(project, event.parameter) is not None:
            # a damaged recording may have a value that no project can have
            with suppress(ValueError):
                project = _with_value(project, event.parameter, event.value)
    return project


def changes_until(events: Iterable[Event], step: int, project: Project, run: int) -> list[Event]:
    """The changes of a run up to its moment after ``step``, for the run with the number ``run`` that continues from it.

    A setting may have been changed at this very step, before the moment was recorded or after. Those after it are left
    out: the value of the moment's ``project`` is that of the last one before it.
    """
    found: list[Event] = []
    for event in events:
        if isinstance(event, EpochsAdded) and event.step < step:
            # epochs added at this very step follow the moment; about the rate the user was told when they were added
            found.append(replace(event, run=run, raised=False))
        elif isinstance(event, SettingChanged) and event.step <= step:
            found.append(replace(event, run=run))
    kept: list[Event] = []
    settings_before: set[str] = set()
    for event in reversed(found):
        if isinstance(event, SettingChanged) and event.step == step and event.parameter not in settings_before:
            if _value(project, event.parameter) != event.value:
                continue
            settings_before.add(event.parameter)
        kept.append(event)
    return kept[::-1]


def _with_value(project: Project, parameter: str, value: float) -> Project:
    if parameter in _SETTINGS:
        kind = type(getattr(project.recipe, parameter))
        return replace(project, recipe=replace(project.recipe, **{parameter: kind(value)}))
    name = parameter.removesuffix(_DROPOUT_RATE)
    node = project.network.nodes[name]
    node = replace(node, layer=replace(node.layer, p=value))  # type: ignore[call-arg]
    return replace(project, network=replace(project.network, nodes={**project.network.nodes, name: node}))


def _value(project: Project, parameter: str) -> float | None:
    """The value of a setting that may change while training; None if the project has no such setting."""
    if parameter in _SETTINGS:
        value = getattr(project.recipe, parameter)
        return None if isinstance(value, str) else value
    node = project.network.nodes.get(parameter.removesuffix(_DROPOUT_RATE))
    return node.layer.p if node is not None and isinstance(node.layer, RandomDropping) else None
