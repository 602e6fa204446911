"""The subjects of exports that come from recorded runs: a network with the weights of a recorded moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.export.subject import ExportError, Subject, subject_of
from cnnviz.runs.folder import moments, weights
from cnnviz.runs.summary import read_entries, summarize
from cnnviz.sentence import Sentence
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.runs.summary import RunSummary

FIRST, BEST, LAST = "first", "best", "last"
"""The names of the first recorded moment, of that with the best weights, and of the last recorded one."""


def recorded(folder: Path, moment: str | int = LAST) -> Subject:
    """The subject for a moment of the run in ``folder``: a step, or :data:`FIRST`, :data:`BEST` or :data:`LAST`.

    Raises :class:`~cnnviz.runs.folder.RunError` and :class:`~cnnviz.export.subject.ExportError`.
    """
    run = summarize(folder)
    step = step_of(folder, run, moment)
    project, tensors = weights(folder, step)
    return subject_of(project, tensors, origin(folder, run, step), run.facts.network or run.id)


def step_of(folder: Path, run: RunSummary, moment: str | int) -> int:
    """The step of a moment; raises :class:`~cnnviz.export.subject.ExportError` if the run has no such moment."""
    steps = sorted(moments(folder))
    if steps:
        named = {FIRST: steps[0], LAST: steps[-1], BEST: run.numbers.best_step}
        step = named.get(moment) if isinstance(moment, str) else moment
        if step in steps:
            return step
    known_steps = ", ".join(f"{each:,}" for each in steps)
    if moment == BEST and steps:
        raise ExportError(
            Sentence(
                "The best weights of this run are not known. Its moments are at the steps: {steps}.", steps=known_steps
            )
        )
    if not steps:
        raise ExportError(Sentence("This run has no recorded moment, so there are no weights to export."))
    raise ExportError(
        Sentence("There is no such recorded moment. This run has moments at the steps: {steps}.", steps=known_steps)
    )


def origin(folder: Path, run: RunSummary, step: int) -> Sentence:
    """Where the weights at a step come from, with their accuracy if it was measured there."""
    entries = read_entries(folder).metrics
    measured = [each for each in entries if isinstance(each, Evaluation) and each.step == step]
    accuracy = next((each.accuracy for each in measured if each.split == "validation"), None)
    if accuracy is None:
        return Sentence("step {step} of the run “{name}”", step=step, name=run.title)
    return Sentence(
        "step {step} of the run “{name}”; {accuracy:.2%} of the validation images were right there",
        step=step,
        name=run.title,
        accuracy=accuracy,
    )
