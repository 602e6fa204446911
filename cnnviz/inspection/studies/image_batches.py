"""The images of a split as batches for a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.jobs import JobError
from cnnviz.network.layers import Input
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment

BATCH_VALUES = 1_000_000
"""The most values, 4 MB, of the largest output in a batch, so that batches stay in the processor's cache."""
MOST_IMAGES = 500
"""The most images in a batch."""


def check_images(moment: Moment, images: NDArray[np.uint8]) -> None:
    """Raise :class:`~cnnviz.jobs.JobError` if images, uint8 (N, C, H, W), do not fit the network."""
    shapes = moment.shapes.nodes
    for image in (shapes[node].output for node in moment.network.of_kind(Input)):
        if image != images.shape[1:]:
            raise JobError(
                Sentence(
                    "There are no answers for these images yet: they have {shape}, and the network that was trained"
                    " takes {wanted}.",
                    shape=images.shape[1:],
                    wanted=image,
                )
            )


def image_batches(
    split: Split, largest_output: int, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Iterator[tuple[int, Tensor]]:
    """The index of the first image of each batch, and the batch: float32 (B, C, H, W) in [0, 1].

    ``largest_output`` is the number of values of the largest output of a layer. After each batch ``report`` is told the
    number of images done. The batches end early if ``cancelled``.
    """
    together = max(1, min(MOST_IMAGES, BATCH_VALUES // largest_output))
    for first in range(0, len(split), together):
        if cancelled():
            return
        part = torch.from_numpy(np.array(split.images[first : first + together]))  # uint8 (B, C, H, W)
        yield first, part.to(torch.float32).div_(255)
        report(first + len(part))
