"""``cnnviz evaluate``: the predictions of a recorded run for all images of a split."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.data.fitting import other_images
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.recorded_moment import add_run, moment_of, split_of
from cnnviz.data.catalogue import describe
from cnnviz.data.loading import load_choice

if TYPE_CHECKING:
    import argparse

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.studies.predictions import Predictions

ALL = "all"
"""What stands for the name of a split where all images of a dataset are predicted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run(parser)
    text = "all images of another dataset, folder or file with the same classes, in place of those of --split"
    parser.add_argument("--data", metavar="NAME|PATH", help=text)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict and print the result; returns 0."""
    from cnnviz.inspection.studies.predicting import predict
    from cnnviz.inspection.studies.predictions import joined

    project, moment = moment_of(arguments)
    if arguments.data is None:
        splits, name = [split_of(project, arguments.split)], arguments.split
    else:
        dataset = load_choice(other_images(arguments.data, project))
        splits, name = [dataset.train, dataset.validation, dataset.test], ALL
    # one split after the other: together they may be larger than memory
    found = [predict(moment, split, name, report=lambda _: None, cancelled=lambda: False) for split in splits]
    predictions = joined([each for each in found if each is not None])
    if arguments.json:
        write_json({"step": moment.step, **entries(predictions)})
    else:
        _print(predictions, describe(project.dataset).classes)
    return 0


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
    count = f"{len(predictions):,}"
    images = f"all {count}" if predictions.split == ALL else f"{count} {predictions.split}"
    output.print(
        f"[bold]{predictions.accuracy:.2%}[/bold] of {images} images are right, {wrong:,} wrong,"
        f" at step {predictions.step:,}."
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
