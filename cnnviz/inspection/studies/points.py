"""The outputs of a layer for many images as points in a plane. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd, prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.network.layers import Output

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array

MOST_IMAGES = 2000
"""The most images of a split that are drawn as points."""
GOLDEN = 0.618034
"""Multiples of this share of a circle, the golden section, stay evenly spaced on the circle."""
KEPT_BYTES = 1 << 28
"""Outputs of all images are kept in memory up to this size, 268 MB; larger ones are computed again for each pass."""
NEAREST = 10
"""The number of points among which an image that was not embedded is drawn."""
CLOSEST = 1e-9
"""Squared distances below this share of their mean weigh alike."""
TINY = 1e-30
"""Instead of a mean of 0, so that nothing is divided by 0."""
S = TypeVar("S", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Chosen:
    """The images of a split that are drawn as points.

    ``indices``: int64 (n,), their numbers in the split, in an order in which the first few are evenly spaced too.
    ``images``: uint8 (n, C, H, W). ``labels``: int64 (n,).
    """

    indices: NDArray[np.int64]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    _prepared: dict[Hashable, dict[int, Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.indices)

    def part(self, rows: slice) -> Chosen:
        """The images of some rows, in [0, n)."""
        if rows == slice(0, len(self)):
            return self
        return Chosen(self.indices[rows], self.images[rows], self.labels[rows])

    def prepared(self, how: Hashable) -> dict[int, Any]:
        """The prepared batches of these images, by their first image, for studies that prepare them in the same way.

        A study adds its batches. Those of another way are dropped.
        """
        if how not in self._prepared:
            self._prepared.clear()
        return self._prepared.setdefault(how, {})

    def row_of(self, index: int) -> int | None:
        """The row of the image with this number in the split; None if it is not drawn."""
        rows = np.flatnonzero(self.indices == index)
        return int(rows[0]) if len(rows) else None


def chosen_of(split: Split, most: int = MOST_IMAGES) -> Chosen:
    """At most ``most`` images, evenly spaced in the split."""
    count = min(most, len(split))
    # without a common divisor each image comes once
    stride = next((number for number in range(round(GOLDEN * count), count) if gcd(number, count) == 1), 1)
    indices = np.arange(count) * stride % max(1, count) * len(split) // max(1, count)
    return Chosen(indices, np.ascontiguousarray(split.images[indices]), split.labels[indices])


@dataclass(frozen=True, eq=False)
class Points:
    """The points of images at ``step`` of ``run``, on K ``axes``.

    ``positions``: float32 (n, K), the coordinates of the outputs minus the mean of the axes. ``predictions`` are those
    of the same images. ``shares``: K shares in [0, 1] of the variance of the outputs at this step that lie along each
    axis; NaN if all outputs are equal. ``steps``: int64 (n,), the step of each point; some points may be of
    earlier steps than ``step``. ``exact``: bool (n,), whether each point was computed in float32, not in bfloat16.
    """

    axes: Axes
    run: int
    step: int
    chosen: Chosen
    positions: Array
    predictions: Predictions
    shares: tuple[float, ...]
    steps: NDArray[np.int64]
    exact: NDArray[np.bool_]

    @property
    def whole(self) -> bool:
        """Whether all points are of the same step."""
        return bool((self.steps == self.step).all())

    def rows_to_renew(self, count: int, images: int, *, exactly: bool = False) -> slice:
        """The rows of the next ``count`` points to compute: images without a point as long as there are fewer points
        than ``images``, else the oldest points. ``exactly``: of points of one step, inexact ones count as older."""
        if count >= images:
            return slice(0, images)
        order = 2 * self.steps + (self.exact if exactly else 0)
        first = len(self.steps) if len(self.steps) < images else int(order.argmin())
        return slice(first, min(images, first + count))

    def renewed(self, part: Points, rows: slice, chosen: Chosen) -> Points:
        """These points with ``part`` in its ``rows``: newer points, or further ones at the end.

        ``chosen`` are the images of all rows.
        """
        before, after = self.predictions, part.predictions

        def merged(old: NDArray[S], new: NDArray[S]) -> NDArray[S]:
            return np.concatenate([old[: rows.start], new, old[rows.stop :]])

        predictions = Predictions(
            after.split,
            after.run,
            after.step,
            merged(before.probabilities, after.probabilities),
            merged(before.losses, after.losses),
            chosen.labels,
        )
        return Points(
            self.axes,
            part.run,
            part.step,
            chosen,
            merged(self.positions, part.positions),
            predictions,
            part.shares,
            merged(self.steps, part.steps),
            merged(self.exact, part.exact),
        )


@dataclass(frozen=True, eq=False)
class Embedding:
    """An embedding by t-SNE of ``points`` on many axes.

    ``positions``: float32 (n, 2) after ``step`` of ``steps`` steps. ``divergence``: the Kullback-Leibler divergence of
    the neighbourhoods from the true ones, >= 0.
    """

    points: Points
    positions: Array
    step: int
    steps: int
    divergence: float

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return self.step == self.steps

    def place(self, coordinates: Array) -> tuple[float, float]:
        """Where an output with these coordinates on the axes, float32 (K,), would lie: among the points of its
        :data:`NEAREST` nearest outputs, weighted by the inverse of their squared distances."""
        squares = np.square(self.points.positions - coordinates).sum(1, dtype=np.float64)
        nearest = np.argsort(squares, kind="stable")[:NEAREST]
        # an output at the place of another one has its point
        least = CLOSEST * max(float(squares.mean()), TINY)
        weights = 1 / np.maximum(squares[nearest], least)
        x, y = (weights @ self.positions[nearest] / weights.sum()).tolist()
        return x, y


def layers_with_points(moment: Moment) -> tuple[str, ...]:
    """The layers whose outputs can be drawn as points, in the order of the network: at least two values each."""
    network, shapes = moment.network, moment.shapes
    return tuple(
        name
        for name in shapes.used
        if prod(shapes.nodes[name].output or (1,)) > 1 and not isinstance(network[name], Output)
    )
