"""``cnnviz evaluate``: the predictions of a recorded run for all images of a split."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.data.fitting import other_images
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.runs.rows import library
from cnnviz.data.catalogue import describe
from cnnviz.data.loading import load_choice

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.studies.predictions import Predictions
    from cnnviz.project.project import Project

SPLITS = ("validation", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run(parser)
    text = "all images of another dataset, folder or file with the same classes, in place of those of --split"
    parser.add_argument("--data", metavar="NAME|PATH", help=text)
    add_json(parser)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose a moment of a run, and images."""
    parser.add_argument("run", metavar="RUN", help="a recorded run: its id, a beginning of its id, or its name")
    parser.add_argument("--split", choices=SPLITS, default=SPLITS[0], help="the images (default: validation)")
    parser.add_argument("--step", type=int, metavar="N", help="the recorded moment (default: the last one)")


def run(arguments: argparse.Namespace) -> int:
    """Predict and print the result; returns 0."""
    from cnnviz.inspection.studies.predicting import predict
    from cnnviz.inspection.studies.predictions import joined

    project, moment = moment_of(arguments)
    if arguments.data is None:
        splits, name = [split_of(project, arguments.split)], arguments.split
    else:
        dataset = load_choice(other_images(arguments.data, project))
        splits, name = [dataset.train, dataset.validation, dataset.test], "all"
    # one split after the other: together they may be larger than memory
    found = [predict(moment, split, name, lambda _: None, lambda: False) for split in splits]
    predictions = joined([each for each in found if each is not None])
    if arguments.json:
        write_json({"step": moment.step, **entries(predictions)})
    else:
        _print(predictions, describe(project.dataset).classes)
    return 0


def moment_of(arguments: argparse.Namespace) -> tuple[Project, Moment]:
    """The moment that the arguments choose, and its project; raises CommandError or RunError."""
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.shapes import infer
    from cnnviz.runs.folder import weights

    home = library()
    found = home.find(arguments.run)
    steps = [moment.step for moment in found.moments]
    step = arguments.step if arguments.step is not None else max(steps, default=-1)
    if step not in steps:
        there = ", ".join(f"{each:,}" for each in steps) or "none"
        raise CommandError(f"There is no such recorded moment. This run has moments at the steps: {there}.")
    project, tensors = weights(home.folder(found.id), step)
    return project, Moment(project.network, infer(project.network), tensors, 0, step, settled=True)


def split_of(project: Project, name: str) -> Split:
    """The validation or test images of a project; raises CommandError if there are none."""
    dataset = load_choice(project.dataset)
    split = dataset.test if name == "test" else dataset.validation
    if not len(split):
        raise CommandError(f"This run has set aside no {name} images.")
    return split


def add_image(parser: argparse._ActionsContainer, *, required: bool) -> None:
    """Add the argument that chooses an image."""
    parser.add_argument(
        "--image", type=int, required=required, metavar="N", help="the number of the image in its split"
    )


def sample_of(split: Split, name: str, number: int) -> Sample:
    """The image with this number of the split called ``name``; raises CommandError if there is none."""
    from cnnviz.inspection.moment import Sample

    if not 0 <= number < len(split):
        raise CommandError(f"--image takes a number from 0 to {len(split) - 1:,}.")
    return Sample(split.images[number], int(split.labels[number]), number, name)


def check_ending(out: Path | None) -> None:
    """Raise CommandError unless the name of the file to write ends in .npy or .png."""
    if out is not None and out.suffix not in (".npy", ".png"):
        raise CommandError("The name of the file ends in .npy or .png.")


def entries(predictions: Predictions) -> dict[str, Any]:
    """The result as it is written to JSON; shares are in [0, 1], None where there is nothing to divide by."""
    return {
        "split": predictions.split,
        "images": len(predictions),
        "accuracy": predictions.accuracy,
        "loss": predictions.loss,
        "confusion": predictions.confusion.tolist(),
        "precision": _finite(predictions.precision),
        "recall": _finite(predictions.recall),
        "calibration_error": predictions.calibration.error,
    }


def _finite(shares: NDArray[np.float64]) -> list[float | None]:
    return [None if isnan(share) else share for share in shares.tolist()]


def _print(predictions: Predictions, classes: tuple[str, ...]) -> None:
    output = console()
    wrong = int((~predictions.right).sum())
    output.print(
        f"[bold]{predictions.accuracy:.2%}[/bold] of {len(predictions):,} {predictions.split} images are right,"
        f" {wrong:,} wrong, at step {predictions.step:,}."
    )
    output.print(f"Loss {predictions.loss:.4f}, calibration error {predictions.calibration.error:.2%}.")
    table = Table("Class")
    for heading in ("Images", "Precision", "Recall", "Most often taken for"):
        table.add_column(heading, justify="right")
    for label, row in enumerate(predictions.confusion):
        taken = row.copy()
        taken[label] = 0
        most = int(taken.argmax())
        name = classes[most] if most < len(classes) else str(most)
        table.add_row(
            escape(classes[label] if label < len(classes) else str(label)),
            f"{int(row.sum()):,}",
            _percent(float(predictions.precision[label])),
            _percent(float(predictions.recall[label])),
            f"{escape(name)} ({int(taken[most]):,})" if taken[most] else "",
        )
    output.print(table)


def _percent(share: float) -> str:
    return "–" if isnan(share) else f"{share:.1%}"
