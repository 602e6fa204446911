"""Images in batches, with the outputs of a layer for them and the logits of the network."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.attribution.methods import CancelledError
from cnnviz.inspection.studies.image_batches import BATCH_VALUES, check_images
from cnnviz.inspection.studies.points import KEPT_BYTES
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


class LayerBatches:
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
        """The outputs as rows, in the order of channels, rows and columns: float32 (B, D)."""
        return (outputs.flatten(1).float() for outputs, _ in self.with_logits())

    def with_logits(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The outputs, (B, C, H, W) or (B, D), and the logits, float32 (B, K)."""
        if self._kept:
            yield from self._kept
            return
        computed, done = [], 0
        for x in self._images():
            with torch.inference_mode():
                logits, outputs = self._module.logits_and_output(x, self._node)
                both = _finite(outputs), _finite(logits.flatten(1).float())
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


def rows_of(outputs: Tensor) -> Tensor:
    """Outputs of any dtype, (B, C, H, W) or (B, D), as rows of the same dtype, (B, D), in the order of memory for
    channels_last: without a copy there.

    The order is the same for all tensors of one shape.
    """
    return (outputs.permute(0, 2, 3, 1) if outputs.dim() == 4 else outputs).flatten(1)


def _finite(outputs: Tensor) -> Tensor:
    # the sum is ten times as fast, and finite only if all values are; but it may overflow
    if not outputs.sum(dtype=torch.float32).isfinite() and not outputs.isfinite().all():
        raise JobError(Sentence("The network's output is not a number for some images."))
    return outputs
