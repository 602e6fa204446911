"""``cnnviz evaluate``: what a recorded run predicts for all images of a split."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.runs.rows import library

if TYPE_CHECKING:
    import argparse

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.studies.predictions import Predictions

SPLITS = ("validation", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("run", metavar="RUN", help="a recorded run: its id, a beginning of its id, or its name")
    parser.add_argument("--split", choices=SPLITS, default=SPLITS[0], help="the images (default: validation)")
    parser.add_argument("--step", type=int, metavar="N", help="the recorded moment (default: the last one)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict and print the result; returns 0."""
    from cnnviz.data.catalogue import load
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.predicting import predict
    from cnnviz.network.shapes import infer
    from cnnviz.runs.folder import weights

    home = library()
    found = home.find(arguments.run)
    steps = [moment.step for moment in found.moments]
    step = arguments.step if arguments.step is not None else max(steps, default=None)
    if step not in steps:
        there = ", ".join(f"{each:,}" for each in steps) or "none"
        raise CommandError(f"There is no such recorded moment. The steps of those of this run: {there}.")
    assert step is not None
    project, tensors = weights(home.folder(found.id), step)
    choice = project.dataset
    dataset = load(choice.name, choice.validation, choice.split_seed)
    split = dataset.test if arguments.split == "test" else dataset.validation
    if not len(split):
        raise CommandError(f"This run has set aside no {arguments.split} images.")
    moment = Moment(project.network, infer(project.network), tensors, 0, step, settled=True)
    predictions = predict(moment, split, arguments.split, lambda _: None, lambda: False)
    assert predictions is not None
    if arguments.json:
        write_json({"run": found.id, "step": step, **entries(predictions)})
    else:
        _print(predictions, found.title, dataset.classes)
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


def _print(predictions: Predictions, title: str, classes: tuple[str, ...]) -> None:
    output = console()
    wrong = int((~predictions.right).sum())
    output.print(
        f"[bold]{predictions.accuracy:.2%}[/bold] of {len(predictions):,} {predictions.split} images are right,"
        f" {wrong:,} wrong: {escape(title)} at step {predictions.step:,}."
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
