"""The outputs of a layer for many images as points in a plane. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.network.layers import Output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.studies.predictions import Predictions

MOST_IMAGES = 2000


@dataclass(frozen=True, eq=False)
class Chosen:
    """The images of a split that are drawn as points.

    ``indices``: int64 (n,), ascending, their numbers in the split. ``images``: uint8 (n, C, H, W). ``labels``: int64
    (n,).
    """

    indices: NDArray[np.int64]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)


def chosen_of(split: Split, most: int = MOST_IMAGES) -> Chosen:
    """At most ``most`` images, evenly spaced in the split."""
    count = min(most, len(split))
    indices = np.arange(count) * len(split) // max(1, count)
    return Chosen(indices, np.ascontiguousarray(split.images[indices]), split.labels[indices])


@dataclass(frozen=True, eq=False)
class Points:
    """The points of images at ``step`` of ``run``, in the plane of ``axes``.

    ``positions``: float32 (n, 2), the coordinates of the outputs minus the mean of the axes. ``predictions`` are those
    of the same images. ``shares``: the shares in [0, 1] of the variance of the outputs at this step that lie along each
    axis; NaN if all outputs are equal.
    """

    axes: Axes
    run: int
    step: int
    chosen: Chosen
    positions: Array
    predictions: Predictions
    shares: tuple[float, float]


def layers_with_points(moment: Moment) -> tuple[str, ...]:
    """The layers whose outputs can be drawn as points, in the order of the network: at least two values each."""
    network, shapes = moment.network, moment.shapes
    return tuple(
        name
        for name in shapes.used
        if prod(shapes.nodes[name].output or (1,)) > 1 and not isinstance(network[name], Output)
    )
