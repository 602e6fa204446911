"""The study that predicts the class of every image of a split, at a moment."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from cnnviz.inspection.studies.image_batches import check_images, image_batches
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.jobs import JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array


def predict(
    moment: Moment, split: Split, name: str, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Predictions | None:
    """The predictions for the images of ``split``, called ``name``, in float32 and evaluation mode; None if
    ``cancelled``.

    ``report`` is told the number of images done. The study uses a module of its own, and as many torch threads as the
    calling thread has. Raises :class:`~cnnviz.jobs.JobError` if the images do not fit the network, or if an output is
    not finite.
    """
    check_images(moment, split.images)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    # convolutions are up to three times as fast in this format; the weights are copied
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's types
    classes, done = prod(moment.shapes.nodes[moment.shapes.used[-1]].output or (0,)), 0
    probabilities: list[Array] = []
    losses: list[Array] = []
    labels = torch.tensor(split.labels)  # (N,)
    for first, x in image_batches(split, module.largest_output, report, cancelled):
        with torch.inference_mode():
            logits = module.logits(x.contiguous(memory_format=torch.channels_last)).float()  # (B, K)
            if not logits.isfinite().all():
                raise JobError(Sentence("The network's output is not a number for some images."))
            losses.append(cross_entropy(logits, labels[first : first + len(x)], reduction="none").numpy())
            probabilities.append(logits.softmax(1).numpy())
        done = first + len(x)
    if done < len(split):
        return None
    return Predictions(
        name,
        moment.run,
        moment.step,
        np.concatenate([np.empty((0, classes), np.float32), *probabilities]),
        np.concatenate([np.empty(0, np.float32), *losses]),
        split.labels,
    )
