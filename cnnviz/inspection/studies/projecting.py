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
from cnnviz.inspection.studies.points import KEPT_BYTES, Points
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
        found = principal(_Batches(moment, chosen, node, cancelled).outputs, count, passes)
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
        batches = _Batches(moment, chosen, node, cancelled, report)
        found = principal(batches.outputs, 2)
        if found is None:
            return None
        axes = Axes(node, moment.run, moment.step, found)
        if earlier is not None and earlier.node == node and earlier.fits(moment):
            axes = axes.turned_like(earlier)
        return _projected(batches, moment, chosen, axes)
    except CancelledError:
        return None


def project(
    moment: Moment, chosen: Chosen, axes: Axes, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Points | None:
    """The points of the images on all ``axes``, and the predictions for them, in float32 and evaluation mode; None if
    ``cancelled``.

    ``report`` is told the number of images done. See :func:`fit` for errors.
    """
    try:
        return _projected(_Batches(moment, chosen, axes.node, cancelled, report), moment, chosen, axes)
    except CancelledError:
        return None


def _projected(batches: _Batches, moment: Moment, chosen: Chosen, axes: Axes) -> Points:
    """See :func:`project`. Raises CancelledError."""
    components = axes.components
    mean, directions = (torch.from_numpy(one.copy()) for one in (components.mean, components.directions))
    positions, probabilities, losses = [], [], []
    sums, squares, done = torch.zeros(len(mean), dtype=torch.float64), 0.0, 0
    labels = torch.from_numpy(chosen.labels.copy())  # (n,)
    for outputs, logits in batches.with_logits():
        centred = outputs - mean  # (B, D)
        positions.append((centred @ directions.T).numpy())
        sums += centred.sum(0)
        squares += float(centred.square().sum())
        probabilities.append(logits.softmax(1).numpy())
        losses.append(cross_entropy(logits, labels[done : done + len(logits)], reduction="none").numpy())
        done += len(logits)
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


class _Batches:
    """The images of a study of the outputs of ``node``, batch by batch.

    Making it raises :class:`~cnnviz.jobs.JobError` if the images do not fit the network; its batches raise it for an
    output that is not finite, and CancelledError. ``report`` is told the number of images done in each pass of the
    network over them.
    """

    def __init__(
        self,
        moment: Moment,
        chosen: Chosen,
        node: str,
        cancelled: Callable[[], bool],
        report: Callable[[int], None] = lambda _: None,
    ) -> None:
        check_images(moment, chosen.images)
        self._chosen, self._node, self._cancelled, self._report = chosen, node, cancelled, report
        self._module = build_with(moment.network, moment.shapes, moment.tensors)
        # convolutions are up to three times as fast in this format; the weights are copied
        self._module.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's types
        self._keeps = 4 * len(chosen) * prod(moment.shapes.nodes[node].output or ()) <= KEPT_BYTES
        self._kept: list[tuple[Tensor, Tensor]] = []

    def outputs(self) -> Iterator[Tensor]:
        """The outputs, float32 (B, D)."""
        return (outputs for outputs, _ in self.with_logits())

    def with_logits(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The outputs, float32 (B, D), and the logits, float32 (B, K)."""
        if self._kept:
            yield from self._kept
            return
        computed, done = [], 0
        for x in self._images():
            with torch.inference_mode():
                logits, seen = self._module(x, (self._node,))
                both = _flat(seen[self._node]), _flat(logits)
            if self._keeps:
                computed.append(both)
            done += len(x)
            self._report(done)
            yield both
        self._kept = computed

    def _images(self) -> Iterator[Tensor]:
        """Float32 (B, C, H, W) in [0, 1]."""
        together = max(1, min(MOST_TOGETHER, BATCH_VALUES // self._module.largest_output))
        for first in range(0, len(self._chosen), together):
            if self._cancelled():
                raise CancelledError
            part = torch.from_numpy(self._chosen.images[first : first + together])  # uint8 (B, C, H, W)
            yield part.to(torch.float32).div_(255).contiguous(memory_format=torch.channels_last)


def _flat(outputs: Tensor) -> Tensor:
    """Outputs as rows, in the order of channels, rows and columns: float32 (B, D)."""
    rows = outputs.flatten(1).float()
    if not rows.isfinite().all():
        raise JobError(Sentence("The network's output is not a number for some images."))
    return rows
