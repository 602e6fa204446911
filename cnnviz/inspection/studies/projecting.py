"""The studies that fit axes to the outputs of a layer for many images, and that project the outputs on them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from cnnviz.inspection.attribution.methods import CancelledError
from cnnviz.inspection.axes import Axes
from cnnviz.inspection.studies.image_batches import BATCH_VALUES, check_images
from cnnviz.inspection.studies.points import Points
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.inspection.studies.principal import MOST_PASSES, principal
from cnnviz.jobs import JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.points import Chosen

MOST_TOGETHER = 250
"""The most images in a batch."""
KEPT_BYTES = 1 << 28
"""Outputs of all images are kept in memory up to this size, 268 MB; larger ones are computed again for each pass."""


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
    kept: list[Tensor] = []
    keeps = 4 * len(chosen) * prod(moment.shapes.nodes[node].output or ()) <= KEPT_BYTES

    def parts() -> Iterator[Tensor]:
        if kept:
            yield from kept
            return
        computed = []
        for outputs, _ in _passes(moment, chosen, node, cancelled):
            if keeps:
                computed.append(outputs)
            yield outputs
        kept.extend(computed)

    try:
        found = principal(parts, count, passes)
    except CancelledError:
        return None
    return None if found is None else Axes(node, moment.run, moment.step, found)


def project(
    moment: Moment, chosen: Chosen, axes: Axes, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Points | None:
    """The points of the images on all ``axes``, and the predictions for them, in float32 and evaluation mode; None if
    ``cancelled``.

    ``report`` is told the number of images done. See :func:`fit` for errors.
    """
    components = axes.components
    mean, directions = (torch.from_numpy(one.copy()) for one in (components.mean, components.directions))
    positions, probabilities, losses = [], [], []
    sums, squares, done = torch.zeros(len(mean), dtype=torch.float64), 0.0, 0
    labels = torch.from_numpy(chosen.labels.copy())  # (n,)
    try:
        for outputs, logits in _passes(moment, chosen, axes.node, cancelled):
            centred = outputs - mean  # (B, D)
            positions.append((centred @ directions.T).numpy())
            sums += centred.sum(0)
            squares += float(centred.square().sum())
            probabilities.append(logits.softmax(1).numpy())
            losses.append(cross_entropy(logits, labels[done : done + len(logits)], reduction="none").numpy())
            done += len(logits)
            report(done)
    except CancelledError:
        return None
    placed = np.concatenate([np.empty((0, len(directions)), np.float32), *positions])
    total = squares - float(sums.square().sum()) / max(1, done)
    # the variance explained by each axis, as a share of the variance of all outputs
    along = placed.var(0, dtype=np.float64) * done if done else np.full(len(directions), np.nan)
    shares = tuple((along / total).tolist()) if total > 0 else (float("nan"),) * len(directions)
    classes = probabilities[0].shape[1] if probabilities else 0
    predictions = Predictions(
        "validation",
        moment.run,
        moment.step,
        np.concatenate([np.empty((0, classes), np.float32), *probabilities]),
        np.concatenate([np.empty(0, np.float32), *losses]),
        chosen.labels,
    )
    steps = np.full(len(chosen), moment.step)
    return Points(axes, moment.run, moment.step, chosen, placed, predictions, shares, steps)


def _passes(
    moment: Moment, chosen: Chosen, node: str, cancelled: Callable[[], bool]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The outputs of ``node``, float32 (B, D), and the logits (B, K), batch by batch.

    Raises CancelledError, or :class:`~cnnviz.jobs.JobError`.
    """
    check_images(moment, chosen.images)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    together = max(1, min(MOST_TOGETHER, BATCH_VALUES // module.largest_output))
    for first in range(0, len(chosen), together):
        if cancelled():
            raise CancelledError
        part = torch.from_numpy(chosen.images[first : first + together])  # uint8 (B, C, H, W)
        with torch.inference_mode():
            logits, seen = module(part.to(torch.float32).div_(255), (node,))
            outputs = seen[node].flatten(1).float()
            if not outputs.isfinite().all() or not logits.isfinite().all():
                raise JobError(Sentence("The network's output is not a number for some images."))
            yield outputs, logits.float()
