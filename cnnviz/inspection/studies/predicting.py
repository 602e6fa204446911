"""The study that predicts the class of every image of a split, at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.jobs import JobError
from cnnviz.network.layers import Input
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array

BATCH_VALUES = 1_000_000
"""The most values, 4 MB, of the largest output in a batch, so that batches stay in the processor's cache."""
MOST_IMAGES = 500
"""The most images in a batch."""


def predict(
    moment: Moment, split: Split, name: str, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Predictions | None:
    """The predictions for the images of ``split``, called ``name``, in float32 and evaluation mode; None if
    ``cancelled``.

    ``report`` is told the number of images done. The study uses a module of its own, and as many torch threads as the
    calling thread has. Raises :class:`~cnnviz.jobs.JobError` if the images do not fit the network, or if an output is
    not finite.
    """
    shapes = moment.shapes.nodes
    if any(shapes[node].output != split.images.shape[1:] for node in moment.network.of_kind(Input)):
        raise JobError(Sentence("The images do not have the size that this network takes."))
    module = build_with(moment.network, moment.shapes, moment.tensors)
    together = max(1, min(MOST_IMAGES, BATCH_VALUES // module.largest_output))
    classes = 0
    probabilities: list[Array] = []
    losses: list[Array] = []
    labels = torch.tensor(split.labels)  # (N,)
    for first in range(0, len(split), together):
        if cancelled():
            return None
        part = torch.from_numpy(np.array(split.images[first : first + together]))  # uint8 (B, C, H, W)
        with torch.inference_mode():
            logits = module.logits(part.to(torch.float32).div_(255)).float()  # (B, K)
            if not logits.isfinite().all():
                raise JobError(Sentence("The network's output is not a number for some images."))
            losses.append(cross_entropy(logits, labels[first : first + together], reduction="none").numpy())
            probabilities.append(logits.softmax(1).numpy())
        classes = logits.shape[1]
        report(first + len(part))
    return Predictions(
        name,
        moment.run,
        moment.step,
        np.concatenate([np.empty((0, classes), np.float32), *probabilities]),
        np.concatenate([np.empty(0, np.float32), *losses]),
        split.labels,
    )
