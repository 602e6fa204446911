"""The content of the Excites tab, computed from the excitations of a layer. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.widgets.class_names import csv_class_name
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.tracing import trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.excitation import Climbed, Excitations, Order

MOST_CLASSES = 12
"""The most classes whose means are shown. Of more classes the highest means are shown, in descending order."""
Region = tuple[int, int, int, int]
"""A region of an image: first row, first column, row and column behind the last."""


@dataclass(frozen=True)
class Example:
    """An image, and the value that stands for it: the largest value of the map, or the lowest.

    ``image`` is its index, ``label`` its class, None for an image that was made. ``region`` is the part of the image
    that the value depends on; None where it depends on no pixel.
    """

    image: int
    label: int | None
    value: float
    place: Place
    region: Region | None


@dataclass(frozen=True)
class ClassMeans:
    """``classes`` and their mean excitations, both in displayed order; ``of`` is the number of all classes."""

    classes: tuple[int, ...]
    means: tuple[float, ...]
    of: int


def examples(
    found: Excitations, moment: Moment, labels: NDArray[np.int64], order: Order, channel: int
) -> tuple[Example, ...]:
    """The images of a map in one order. ``moment`` is the moment of ``found``; ``labels``: int64 (N,)."""
    ranking = found.rankings[order]
    shown = []
    regions: dict[Place, Region | None] = {}
    for image, value, position in zip(
        ranking.images[channel].tolist(),
        ranking.values[channel].tolist(),
        ranking.positions[channel].tolist(),
        strict=True,
    ):
        place = Place(found.node, channel, *divmod(position, found.shape[2]))
        if place not in regions:
            regions[place] = _region(moment, place)
        shown.append(Example(image, int(labels[image]), value, place, regions[place]))
    return tuple(shown)


def example_made(made: Climbed, found: Excitations, moment: Moment, channel: int) -> Example:
    """An image that was made to excite a map of ``found``; ``image`` is 0, its index in a list of this image alone."""
    place = Place(found.node, channel, *divmod(made.position, found.shape[2]))
    return Example(0, None, made.value, place, _region(moment, place))


def class_means(found: Excitations, channel: int) -> ClassMeans:
    """The mean excitation of a map by class; classes without images are left out."""
    means = found.means[:, channel]
    classes = np.flatnonzero(~np.isnan(means))
    if len(classes) > MOST_CLASSES:
        classes = classes[np.argsort(-means[classes], kind="stable")][:MOST_CLASSES]
    return ClassMeans(tuple(classes.tolist()), tuple(means[classes].tolist()), len(means))


def _region(moment: Moment, place: Place) -> Region | None:
    traced = trace(moment.network, moment.shapes, place)
    return None if traced is None else traced.seen


def as_csv(shown: tuple[Example, ...], names: tuple[str, ...]) -> str:
    """The images of a list, one a line, with label, value, place of the value and the region that it depends on."""
    lines = ["image,label,value,row,column,from_row,from_column,to_row,to_column"]
    for example in shown:
        label = "" if example.label is None else csv_class_name(names, example.label)
        region = ("", "", "", "") if example.region is None else example.region
        numbers = (example.value, example.place.row, example.place.column, *region)
        lines.append(f"{example.image},{label},{','.join(map(str, numbers))}")
    return "\n".join(lines) + "\n"
