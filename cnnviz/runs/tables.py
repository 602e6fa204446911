"""The numbers of a recorded run as CSV files. No torch."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.files import cause, shown, write_atomically
from cnnviz.runs.folder import RunError
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cnnviz.runs.curves import Curves

STEPS = ("step", "loss", "accuracy", "seconds")
EVALUATIONS = ("step", "epoch", "split", "loss", "accuracy", "seconds")


def evaluations_path(path: Path) -> Path:
    """The file of evaluations beside the file of steps."""
    return path.with_name(f"{path.stem}-evaluations{path.suffix}")


def write_csv(curves: Curves, path: Path) -> None:
    """Write a row for each step to ``path``, and one for each evaluation beside it; raises :class:`RunError`.

    Numbers have as many digits as are needed to read the same float32 back; a loss that was not a number is ``nan``.
    """
    columns = (curves.steps, curves.losses, curves.accuracies, np.round(curves.seconds, 6))
    rows = zip(*(column.astype(str).tolist() for column in columns), strict=True)
    evaluations = (
        (each.step, each.epoch, each.split, each.loss, each.accuracy, each.seconds) for each in curves.evaluations
    )
    for target, header, lines in ((path, STEPS, rows), (evaluations_path(path), EVALUATIONS, evaluations)):
        try:
            write_atomically(target, _text(header, lines))
        except OSError as error:
            raise RunError(
                Sentence("“{name}” could not be written: {reason}.", name=shown(target), reason=cause(error))
            ) from error


def _text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
