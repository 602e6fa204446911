"""The studies that fit axes to the outputs of a layer for many images, and that project the outputs on them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.inspection.axes import Axes
from cnnviz.inspection.studies.layer_batches import LayerBatches, finite, rows_of
from cnnviz.inspection.studies.points import Points
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.inspection.studies.principal import MOST_PASSES, principal
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.points import Chosen
    from cnnviz.training.precision import Resolved

TILE_VALUES = 1 << 18
"""Outputs are centred and projected in parts of at most so many values, 1 MB, which stay in the cache of a core."""


def fit(
    moment: Moment,
    chosen: Chosen,
    node: str,
    cancelled: Callable[[], bool],
    count: int = 2,
    passes: int = MOST_PASSES,
) -> Axes | None:
    """The first ``count`` principal components of the outputs of ``node``; None if ``cancelled``. See
    :func:`~cnnviz.inspection.studies.principal.principal`.

    Raises :class:`~cnnviz.jobs.JobError` if the images do not fit the network, or if an output is not finite.
    """
    try:
        found = principal(LayerBatches(moment, chosen, node, cancelled).outputs, count, passes)
    except CancelledError:
        return None
    return None if found is None else Axes(node, moment.run, moment.step, found)


def first_points(
    moment: Moment,
    chosen: Chosen,
    node: str,
    earlier: Axes | None,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Points | None:
    """The points of the images on axes that are fitted to them; None if ``cancelled``. See :func:`project`.

    The axes have the signs that are nearest to those of ``earlier`` ones of the same layer.
    """
    try:
        batches = LayerBatches(moment, chosen, node, cancelled, report)
        found = principal(batches.outputs, 2)
        if found is None:
            return None
        axes = Axes(node, moment.run, moment.step, found)
        if earlier is not None and earlier.node == node and earlier.fits(moment):
            axes = axes.turned_like(earlier)
        return _projected(batches, moment, chosen, axes, "float32")
    except CancelledError:
        return None


def project(
    moment: Moment,
    chosen: Chosen,
    axes: Axes,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
    precision: Resolved = "float32",
) -> Points | None:
    """The points of the images on all ``axes``, and the predictions for them, in evaluation mode; None if
    ``cancelled``.

    ``report`` is told the number of images done. With the ``precision`` bfloat16 the network computes as in a training
    in bfloat16; the projection is always in float32. See :func:`fit` for errors.
    """
    try:
        batches = LayerBatches(moment, chosen, axes.node, cancelled, report, precision, once=True)
        return _projected(batches, moment, chosen, axes, precision)
    except CancelledError:
        return None


def _projected(batches: LayerBatches, moment: Moment, chosen: Chosen, axes: Axes, precision: Resolved) -> Points:
    """See :func:`project`. Raises CancelledError."""
    components, shape = axes.components, moment.shapes.nodes[axes.node].output or ()
    mean = torch.from_numpy(components.mean.copy()).reshape(1, *shape)
    directions = torch.from_numpy(components.directions.copy()).reshape(-1, *shape)  # (K, C, H, W) or (K, D)
    positions, all_logits = [], []
    sums, squares, done = torch.zeros(mean.numel(), dtype=torch.float64), 0.0, 0
    for outputs, logits in batches.with_logits():
        # the order in which the outputs lie in memory, so that they are not copied
        last = not outputs.is_contiguous()
        middle = rows_of(mean, channels_last=last)  # (1, D)
        columns = rows_of(directions, channels_last=last).T  # (D, K)
        for rows in torch.split(rows_of(outputs, channels_last=last), max(1, TILE_VALUES // mean.numel())):
            centred = rows.to(torch.float32, copy=True).sub_(middle)  # (b, D)
            positions.append((centred @ columns).numpy())
            sums += centred.sum(0)
            flat = centred.flatten()
            square = float(flat.dot(flat))
            if not isfinite(square):
                # raises unless the square alone has overflowed
                finite(rows)
            squares += square
        all_logits.append(logits)
        done += len(logits)
    placed = np.concatenate([np.empty((0, len(directions)), np.float32), *positions])
    total = squares - float(sums.square().sum()) / max(1, done)
    # the variance explained by each axis, as a share of the variance of all outputs
    along = placed.var(0, dtype=np.float64) * done if done else np.full(len(directions), np.nan)
    shares = tuple((along / total).tolist()) if total > 0 else (float("nan"),) * len(directions)
    logits = torch.cat(all_logits) if all_logits else torch.empty(0, 0)  # (n, classes)
    # ten times as fast as in rows of a few classes
    logarithms = logits.T.contiguous().log_softmax(0)  # (classes, n)
    predictions = Predictions(
        "validation",
        moment.run,
        moment.step,
        np.ascontiguousarray(logarithms.exp().T),
        -logarithms.gather(0, torch.from_numpy(chosen.labels.copy())[None])[0].numpy(),
        chosen.labels,
    )
    steps, exact = np.full(len(chosen), moment.step), np.full(len(chosen), precision == "float32")
    return Points(axes, moment.run, moment.step, chosen, placed, predictions, shares, steps, exact)
