"""What tells the runs of a list from each other: where a run begins, and what differs from the run before. No torch."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz.project.differences import brief_rates, in_brief
from cnnviz.runs.folder import RunError, project_at
from cnnviz.runs.summary import Context
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.runs.summary import RunSummary


def in_context(home: Path, runs: Sequence[RunSummary]) -> list[RunSummary]:
    """The runs of the library in ``home``, the newest first, each with its :class:`Context` among them.

    A run that goes on from a moment is compared with that moment, any other with the run of a network of the same name
    that began before it. Never raises.
    """
    known = {run.id: run for run in runs}
    latest: dict[str, RunSummary] = {}
    found = []
    for run in reversed(runs):
        facts, before = run.facts, latest.get(run.facts.network)
        origin = known.get(facts.parent or facts.weights_from)
        named = "" if origin is None else origin.title
        if facts.parent:
            news = (Sentence("from step {step}", step=facts.parent_step), *_since(home, run))
            context = Context(news, named, named)
        else:
            compared = () if before is None else _between(home, before, run)
            context = Context((*_weights(run), *compared), "" if before is None else before.title, named)
        if run.numbers.failed:
            context = replace(context, news=(Sentence("failed"), *context.news))
        found.append(replace(run, context=context))
        latest[facts.network] = run
    return found[::-1]


def _weights(run: RunSummary) -> tuple[Sentence, ...]:
    """Where the first weights come from, if they were not initialized."""
    facts = run.facts
    if facts.source:
        return (Sentence("weights of “{file}”", file=facts.source),)
    if facts.inherited:
        return (plural("{count} layers kept", "1 layer kept", facts.inherited.count(",") + 1),)
    return ()


def _since(home: Path, run: RunSummary) -> tuple[Sentence, ...]:
    """What was changed in a run since the moment from which it goes on."""
    folder = home / run.id
    try:
        began = _project(folder, 0).recipe.learning_rate
        return _brief(folder, 0, folder, run.numbers.steps, (began,), (run.learning_rate,))
    except RunError:
        return ()


def _between(home: Path, before: RunSummary, run: RunSummary) -> tuple[Sentence, ...]:
    """What differs at the ends of two runs; empty if a project cannot be read."""
    if before.facts.created == run.facts.created:
        # it was imported from an archive of that run
        return (Sentence("a copy"),)
    ends = (home / before.id, before.numbers.steps, home / run.id, run.numbers.steps)
    try:
        return _brief(*ends, before.learning_rates, run.learning_rates) or (Sentence("same settings"),)
    except RunError:
        return ()


@lru_cache(maxsize=4096)
def _brief(
    old: Path, old_step: int, new: Path, new_step: int, old_rates: tuple[float, ...], rates: tuple[float, ...]
) -> tuple[Sentence, ...]:
    """What differs in the projects with which two steps of the runs in two folders were trained, and in the learning
    rates ``old_rates`` and ``rates`` that the caller compares. Raises RunError."""
    # the project since the last step itself is that of the step after it, which was not trained
    before, after = _project(old, max(0, old_step - 1)), _project(new, max(0, new_step - 1))
    # the base rate may be changed while training, which no project says
    recipe = replace(before.recipe, learning_rate=after.recipe.learning_rate)
    other = in_brief(replace(before, recipe=recipe), after)
    if old_rates == rates:
        return other
    return (brief_rates(rates), *other)


@lru_cache(maxsize=16)
def _project(folder: Path, step: int) -> Project:
    return project_at(folder, step)
