"""A recorded run as an entry of JSON, and as text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.runs.summary import RunSummary


def library() -> Library:
    """The library of this user."""
    return Library(runs_folder())


def row(run: RunSummary, home: Path) -> dict[str, Any]:
    """A run of the library in ``home`` as JSON: ``created`` in seconds since 1970, accuracies in [0, 1] or None,
    ``moments`` is their number."""
    facts, numbers = run.facts, run.numbers
    speed = run.images_per_second
    return {
        "id": run.id,
        "name": run.name,
        "title": run.title,
        "network": facts.network,
        "parameters": facts.parameters,
        "steps": numbers.steps,
        "epochs": numbers.epochs,
        "validation_accuracy": numbers.validation_accuracy,
        "test_accuracy": numbers.test_accuracy,
        "created": facts.created,
        "notes": run.notes,
        "folder": str(home / run.id),
        "moments": len(run.moments),
        "seconds": numbers.seconds,
        "images_per_second": None if speed is None else round(speed, 1),
        "finished": numbers.finished,
        "device": facts.device,
        "precision": facts.precision,
        "parent": facts.parent or None,
        "parent_step": facts.parent_step if facts.parent else None,
        "inherited": facts.inherited.split(", ") if facts.inherited else [],
        # the run that weights were inherited from has no name if it was not recorded, but it has a step
        "weights_from": facts.weights_from or None,
        "weights_step": facts.weights_step if facts.inherited else None,
    }


def when(run: RunSummary) -> str:
    """The time when a run began, in the time zone of this computer; empty if it is not known."""
    return f"{datetime.fromtimestamp(run.facts.created):%Y-%m-%d %H:%M}" if run.facts.created else ""


def share(value: float | None) -> str:
    """An accuracy as text; empty if it was not measured."""
    return "" if value is None else f"{value:.2%}"
