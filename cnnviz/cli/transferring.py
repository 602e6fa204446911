"""The options of ``cnnviz train`` that keep what another run has learned, and freeze layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console
from cnnviz.files import shown
from cnnviz.network.check import examine
from cnnviz.network.freezing import can_freeze, trained_parameters, with_frozen
from cnnviz.quoting import quoted
from cnnviz.runs.folder import CHECKPOINT, weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.facts import facts_of_data
from cnnviz.training.inheriting import inheritance
from cnnviz.training.origin import WeightsOrigin

if TYPE_CHECKING:
    import argparse

    from cnnviz.project.project import Project
    from cnnviz.training.changes import Continuation
    from cnnviz.training.trained_weights import TrainedWeights

KEPT = "kept"
"""The word of ``--freeze`` for all layers that begin with the weights of another run."""


def add_transfer(parser: argparse.ArgumentParser) -> None:
    """Add the options ``--from`` and ``--freeze``."""
    text = (
        "begin with what a recorded run, or a training that --save kept, has learned: layers of the same name, kind and"
        " shape take over its weights, the last layer only where the classes are the same"
    )
    parser.add_argument("--from", dest="trained", metavar="RUN|DIR", help=text)
    text = f"layers that training leaves as they are, with commas between them; “{KEPT}”: all that --from has trained"
    parser.add_argument("--freeze", metavar="LAYERS", help=text)


def trained_weights(name: str) -> TrainedWeights:
    """The newest weights of a recorded run, or of a training that was kept in a folder."""
    # not at the top of the file: torch is slow to import
    from cnnviz.training import checkpoint
    from cnnviz.training.checkpoint_entry import read_entry
    from cnnviz.training.trained_weights import TrainedWeights

    folder = Path(name)
    if (folder / CHECKPOINT).is_file():
        origin = WeightsOrigin(read_entry(folder).step, name=shown(folder.resolve().name))
        return TrainedWeights(*checkpoint.weights_of(folder), origin)
    library = Library(runs_folder())
    found = library.find(name)
    if not found.moments:
        raise CommandError(f"The recorded run {quoted(name)} has no recorded moments, so no weights can be taken over.")
    step = max(moment.step for moment in found.moments)
    return TrainedWeights(*weights(library.folder(found.id), step), WeightsOrigin(step, name=found.id))


def with_frozen_layers(project: Project, names: str | None, weights: TrainedWeights | None) -> Project:
    """The project with the layers frozen that ``--freeze`` names.

    Raises CommandError for names of anything but layers with weights, and if training would change nothing.
    """
    if names is None:
        return project
    report = examine(project.network, facts_of_data(project))
    possible = [name for name in report.used if can_freeze(report.nodes[name])]
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    if chosen == [KEPT]:
        if weights is None:
            raise CommandError(f"--freeze {KEPT} needs --from: it freezes the layers that another run has trained.")
        chosen = list(inheritance(weights.project, project, report).kept)
    if strange := [name for name in chosen if name not in possible]:
        raise CommandError(
            f"--freeze names {quoted(', '.join(strange))}, but only layers with weights can be frozen:"
            f" {quoted(', '.join(possible)) or 'there are none'}."
        )
    network = with_frozen(project.network, chosen)
    if chosen and not trained_parameters(network, report):
        raise CommandError(
            "--freeze would leave nothing to train: leave out a layer with weights, such as the last one,"
            f" {quoted(possible[-1])}."
        )
    return replace(project, network=network)


def inherited(project: Project, weights: TrainedWeights) -> Continuation:
    """Which layers take over weights; raises CommandError if none can."""
    taken_over = inheritance(weights.project, project)
    if not taken_over.kept:
        raise CommandError(
            "No layer of this network has the name, kind and shape of a layer of the run that --from names."
        )
    return taken_over


def print_transfer(project: Project, taken_over: Continuation) -> None:
    """Say which layers take over weights, which start new, and which are frozen."""
    parts = [f"Trained before: {', '.join(taken_over.kept)}."]
    if taken_over.new:
        parts.append(f"New: {', '.join(taken_over.new)}.")
    if still := [name for name in project.network.order if name in project.network.frozen]:
        parts.append(f"Frozen: {', '.join(still)}.")
    console().print(" ".join(parts), markup=False)
