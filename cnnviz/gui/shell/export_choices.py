"""What can be exported from a window: which weights, under which names, and the command that does the same."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.files import to_unicode
from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.run.exporting import Asked, PresentWeights, WeightsChoice
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


@dataclass(frozen=True)
class CommandLine:
    """The command line that repeats an export. If there is none, ``line`` is empty and ``why`` says why."""

    line: str = ""
    why: str = ""


def command_of(asked: Asked, exporting: Exporting) -> CommandLine:
    """The command line that repeats an export which has ended."""
    from cnnviz.runs.recorder import runs_folder

    moment = _moment_of(asked.weights, exporting)
    if isinstance(moment, str):
        return CommandLine(why=moment)
    folder, step = moment
    if folder.resolve().parent != runs_folder().resolve():
        translate = QCoreApplication.translate
        why = translate("Export", "The command line exports runs of the library, and this run is in another folder.")
        return CommandLine(why=why)
    formats = [part for format in asked.formats for part in ("--to", format.name)]
    place = ["--name", asked.name, "--out", to_unicode(asked.folder), *(["--replace"] if asked.replace else [])]
    return CommandLine(shlex.join(["cnnviz", "export", folder.name, "--moment", step, *formats, *place]))


def _moment_of(weights: WeightsChoice, exporting: Exporting) -> tuple[Path, str] | str:
    """The folder of a run and the recorded moment that has the weights of an export, or a sentence that says why there
    is no such moment."""
    from cnnviz.runs.folder import RunError, moments, project_at

    translate = QCoreApplication.translate
    unrecorded = translate("Export", "The command line exports recorded runs, and these weights are not recorded.")
    if weights.folder is not None:
        return weights.folder, str(weights.step)
    if weights.untrained:
        folder = exporting.past.present
        return (folder, "first") if folder is not None and _began_as(folder, exporting.asked_project) else unrecorded
    present = exporting.present
    folder = None if present is None else _folder_of(present, exporting)
    if present is None or folder is None:
        return unrecorded
    if present.step not in moments(folder):
        return translate(
            "Export",
            "The command line exports recorded moments, and step {step} is none. Pause before you export, or choose a"
            " recorded moment.",
        ).format(step=grouped(present.step))
    try:
        recorded = project_at(folder, present.step).network
    except RunError:
        return unrecorded
    if recorded.nodes.keys() != present.network.nodes.keys():
        return translate(
            "Export", "The command line would export the moment at step {step}, whose layers have other names."
        ).format(step=grouped(present.step))
    return folder, str(present.step)


def _folder_of(present: PresentWeights, exporting: Exporting) -> Path | None:
    recorder = exporting.bridge.recorder
    return None if recorder is None else recorder.folder(present.run)


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
