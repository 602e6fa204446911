"""The content of the Points tab, computed from points. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.gui.widgets.class_names import class_name, csv_class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.studies.points import Points

MOST_COLOURS = 10
"""The most classes that have a colour each. If there are more, one class at a time is coloured."""
LEAST_NAMED = 3
"""The name of a group is written among its points if there are at least as many."""
Kind = Literal["class", "rest", "right", "wrong"]
Colouring = Literal["class", "right"] | int
"""``"class"``: a colour for each class; ``"right"``: right and wrong predictions; a number: this class and the rest."""


@dataclass(frozen=True, eq=False)
class Group:
    """Points that are drawn alike: ``rows`` int64 (n,), the class ``label`` (-1 for several classes) and its ``name``.

    ``middle`` is the median of their coordinates, where the name is written; None without a name, or if they are few.
    """

    kind: Kind
    label: int
    name: str
    rows: NDArray[np.int64]
    middle: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class State:
    """What is drawn: ``positions`` float32 (n, 2), in ``groups``; later groups are drawn over earlier groups."""

    positions: Array
    groups: tuple[Group, ...]


def colourings(class_count: int) -> tuple[Colouring, ...]:
    """The colourings to choose from; the first is the usual one."""
    of_all_classes: tuple[Colouring, ...] = ("class", "right") if class_count <= MOST_COLOURS else ("right",)
    return (*of_all_classes, *range(class_count))


def state(points: Points, positions: Array, colouring: Colouring, names: tuple[str, ...]) -> State:
    """The points at ``positions``, float32 (n, 2), in the groups of a colouring."""
    labels, right = points.chosen.labels, points.predictions.right

    def group(kind: Kind, members: NDArray[np.bool_], label: int = -1) -> Group:
        rows = np.flatnonzero(members)
        named = label >= 0 and len(rows) >= LEAST_NAMED
        x, y = np.median(positions[rows], axis=0).tolist() if named else (0.0, 0.0)
        return Group(kind, label, class_name(names, label) if label >= 0 else "", rows, (x, y) if named else None)

    if colouring == "class":
        groups = tuple(group("class", labels == label, label) for label in range(points.predictions.class_count))
    elif colouring == "right":
        groups = group("right", right), group("wrong", ~right)
    else:
        groups = group("rest", labels != colouring), group("class", labels == colouring, colouring)
    # a network may have classes of which there are no images
    return State(positions, tuple(group for group in groups if len(group.rows)))


def nearest(places: NDArray[np.float64], x: float, y: float, reach: float) -> int | None:
    """The row of the place, float64 (n, 2), nearest to (x, y); None if it is farther than ``reach``."""
    if not len(places):
        return None
    distances = np.hypot(places[:, 0] - x, places[:, 1] - y)
    row = int(distances.argmin())
    return row if distances[row] <= reach else None


def neighbour(places: NDArray[np.float64], row: int, down: int, across: int) -> int:
    """The row of the next place in a direction, such as ``down`` 0 and ``across`` 1 for the right; else ``row``."""
    steps = places - places[row]
    along = steps[:, 0] * across + steps[:, 1] * down
    aside = np.abs(steps[:, 0] * down) + np.abs(steps[:, 1] * across)
    ahead = along > aside
    if not ahead.any():
        return row
    rows = np.flatnonzero(ahead)
    # a place straight ahead is preferred to a nearer one that lies aside
    return int(rows[(along[rows] + 2 * aside[rows]).argmin()])


def inside(positions: Array, frame: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """The rows, int64, of the positions in a frame (left, bottom, right, top)."""
    left, bottom, right, top = frame
    x, y = positions[:, 0], positions[:, 1]
    return np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))


def as_csv(points: Points, positions: Array, names: tuple[str, ...]) -> str:
    """The points as CSV, one per line, in the order of the images in their split."""
    predictions, order = points.predictions, np.argsort(points.chosen.indices)
    lines = ["image,step,x,y,label,predicted,confidence"]
    for index, step, (x, y), label, predicted, confidence in zip(
        points.chosen.indices[order].tolist(),
        points.steps[order].tolist(),
        positions[order].tolist(),
        predictions.labels[order].tolist(),
        predictions.predicted[order].tolist(),
        predictions.confidence[order].tolist(),
        strict=True,
    ):
        classes = ",".join(csv_class_name(names, number) for number in (label, predicted))
        lines.append(f"{index},{step},{x!r},{y!r},{classes},{confidence!r}")
    return "\n".join(lines) + "\n"
