"""The state of the section FOOL IT: what is drawn of an adversarial image. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.widgets.class_names import class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.adversarial.attack import Adversarial

ROWS = 4
"""The most classes whose probabilities are listed."""


@dataclass(frozen=True)
class Row:
    """The probabilities of a class for the sample and for the changed image, in [0, 1]."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class FoolState:
    """The changed ``image``, uint8 (C, H, W), the ``change``, float32 (H, W), on a scale to ±``limit``, and ``rows``.

    The change of an image with colours is the mean over its channels.
    """

    image: NDArray[np.uint8]
    change: NDArray[np.float32]
    limit: float
    rows: tuple[Row, ...]


def fool_state(found: Adversarial, names: tuple[str, ...]) -> FoolState:
    """The state for a result."""
    change = found.change.mean(0, dtype=np.float32)
    limit = float(np.abs(change).max(initial=0)) or 1.0
    first = [found.said_before, found.said]
    if found.asked.target is not None:
        first.append(found.asked.target)
    likely = np.argsort(-np.maximum(found.before, found.after), kind="stable")
    labels = list(dict.fromkeys([*first, *likely.tolist()]))[:ROWS]
    rows = tuple(
        Row(class_name(names, label), float(found.before[label]), float(found.after[label])) for label in labels
    )
    return FoolState(found.image, change, limit, rows)


def pixel(found: Adversarial, row: int, column: int) -> tuple[str, str]:
    """The values of a pixel before and after, those of several channels separated by commas."""
    before, after = (
        ", ".join(str(int(value)) for value in image[:, row, column]) for image in (found.original, found.image)
    )
    return before, after
