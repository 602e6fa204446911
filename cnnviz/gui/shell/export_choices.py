"""What can be exported from a window: which weights, under which names, and the command that does the same."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.files import to_unicode
from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.run.exporting import Asked, WeightsChoice
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.run.exporting import Exporting
    from cnnviz.gui.workbench import Workbench
    from cnnviz.project.project import Project


@dataclass(frozen=True)
class WeightsEntry:
    """An entry of the list of weights."""

    text: str
    choice: WeightsChoice


def weights_entries(bench: Workbench) -> list[WeightsEntry]:
    """The weights that can be exported; those that the window shows come first."""
    translate = QCoreApplication.translate
    past, status = bench.past, bench.bridge.session.status
    found: list[WeightsEntry] = []
    folder = past.run_folder
    if past.step is not None and folder is not None:
        text = translate("Export", "On screen: the moment at step {step}").format(step=grouped(past.step))
        found.append(WeightsEntry(text, WeightsChoice(past.step, folder)))
    if status.step > 0:
        text = translate("Export", "Now: step {step} of the training").format(step=grouped(status.step))
        if status.state in MOVING:
            text = translate("Export", "Now: the training as it goes on")
        found.append(WeightsEntry(text, WeightsChoice()))
    if folder is not None:
        found += _recorded(bench, folder)
    found.append(WeightsEntry(translate("Export", "Before training: the first weights"), WeightsChoice(untrained=True)))
    return found


def _recorded(bench: Workbench, folder: Path) -> list[WeightsEntry]:
    """The best of the recorded moments, and all of them, the newest first."""
    from cnnviz.runs.folder import RunError
    from cnnviz.runs.summary import summarize

    translate = QCoreApplication.translate
    try:
        numbers = summarize(folder).numbers
    except RunError:
        return []
    moments = bench.moments.known.moments
    steps = [moment.step for moment in moments]
    found = []
    if numbers.best_step in steps and numbers.validation_accuracy is not None:
        text = translate("Export", "Best: step {step}, {accuracy} of the validation images right").format(
            step=grouped(numbers.best_step or 0), accuracy=percent(numbers.validation_accuracy)
        )
        found.append(WeightsEntry(text, WeightsChoice(numbers.best_step or 0, folder)))
    for moment in reversed(moments):
        text = translate("Export", "Recorded moment at step {step}").format(step=grouped(moment.step))
        named = f"{text}: {moment.name}" if moment.name else text
        found.append(WeightsEntry(named, WeightsChoice(moment.step, folder)))
    return found


def command_of(asked: Asked, exporting: Exporting) -> str:
    """The command line that repeats an export; empty if its weights are not recorded."""
    chosen = asked.weights
    folder = chosen.folder or exporting.past.present
    if folder is None or (chosen.untrained and not _began_as(folder, exporting.project())):
        return ""
    moment = ["--moment", "first"] if chosen.untrained else ["--moment", str(chosen.step)] if chosen.folder else []
    formats = [part for format in asked.formats for part in ("--to", format.name)]
    parts = [
        "cnnviz",
        "export",
        folder.name,
        *moment,
        *formats,
        "--name",
        asked.name,
        "--out",
        to_unicode(asked.folder),
    ]
    return shlex.join(parts)


def _began_as(folder: Path, project: Project) -> bool:
    """Whether the first moment of a recorded run has the first weights of a project."""
    from cnnviz.runs.folder import RunError, project_at
    from cnnviz.runs.summary import summarize

    try:
        began, facts = project_at(folder, 0), summarize(folder).facts
    except RunError:
        return False
    same = began.network == project.network and began.recipe.seed == project.recipe.seed
    return same and not (facts.parent or facts.source or facts.inherited)
