"""Images in batches, with the outputs of a layer for them and the logits of the network."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.studies.image_batches import BATCH_VALUES, check_images
from cnnviz.inspection.studies.points import KEPT_BYTES
from cnnviz.jobs import CancelledError, JobError
from cnnviz.network.layers import Input
from cnnviz.network.read_part import read_part
from cnnviz.sentence import Sentence
from cnnviz.training.blocked import blocked, dense
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.points import Chosen
    from cnnviz.training.precision import Resolved

MOST_TOGETHER = 500
"""The most images in a batch."""
QUICK_VALUES, QUICK_MACS = 12_000_000, 2_000_000_000
"""In bfloat16 a batch may have more values in the largest output, 24 MB, if the network takes few MACs for it, a
fiftieth of a second: calls of operations cost more than a full cache there."""
PREPARED_VALUES = 1 << 25
"""The images of studies in bfloat16 are kept as the network takes them if they have at most so many values, 67 MB."""


class LayerBatches:
    """The images of a study of the outputs of ``node``, batch by batch.

    Making it raises :class:`~cnnviz.jobs.JobError` if the images do not fit the network; its batches raise it for
    logits that are not finite, and CancelledError. ``report`` is told the number of images done in each pass of the
    network over them. In bfloat16 the outputs are those of a training in bfloat16, up to rounding. Unless they are read
    only ``once``, outputs that are not too large are kept for further passes.
    """

    def __init__(
        self,
        moment: Moment,
        chosen: Chosen,
        node: str,
        cancelled: Callable[[], bool],
        report: Callable[[int], None] = lambda _: None,
        precision: Resolved = "float32",
        *,
        once: bool = False,
    ) -> None:
        check_images(moment, chosen.images)
        self._chosen, self._node, self._cancelled, self._report = chosen, node, cancelled, report
        self._module = build_with(moment.network, moment.shapes, moment.tensors)
        # convolutions are up to three times as fast in this format; the weights are copied
        self._module.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's types
        self._half = precision == "bfloat16"
        functions = blocked(self._module, torch.bfloat16 if self._half else torch.float32)
        (image,) = moment.network.of_kind(Input)
        # the Input as a function may return bfloat16 for the next layer; its own output is asked for in float32
        self._normalize = dict(self._module.named_children())[image] if node == image else functions[image]
        self._functions = {**functions, image: torch.nn.Identity()}
        self._read = read_part(moment.network, moment.shapes, image, node)
        largest, fitting = self._module.largest_output, BATCH_VALUES // self._module.largest_output
        if self._half:
            fitting = max(fitting, min(QUICK_VALUES // largest, QUICK_MACS // max(1, moment.shapes.macs)))
        self._together = max(1, min(MOST_TOGETHER, fitting))
        self._prepared: dict[int, Tensor] | None = None
        """The batches by their first image, as the layers after the Input read them."""
        if self._half and chosen.images.size <= PREPARED_VALUES:
            self._prepared = chosen.prepared((moment.network[image], self._read, node == image, self._together))
        self._keeps = not once and 4 * len(chosen) * prod(moment.shapes.nodes[node].output or ()) <= KEPT_BYTES
        self._kept: list[tuple[Tensor, Tensor]] = []

    def outputs(self) -> Iterator[Tensor]:
        """The outputs as rows, in the order of channels, rows and columns: float32 (B, D). They are finite."""
        for outputs, _ in self.with_logits():
            yield finite(outputs.flatten(1).float())

    def with_logits(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The outputs, (B, C, H, W) or (B, D), perhaps not finite, and the logits, float32 (B, K)."""
        if self._kept:
            yield from self._kept
            return
        computed, done = [], 0
        for first in range(0, len(self._chosen), self._together):
            if self._cancelled():
                raise CancelledError
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._half):
                x = self._images(first)
                logits, outputs = self._module.logits_and_output(x, self._node, self._functions)
                result = dense(outputs), finite(dense(logits).flatten(1).float())
            if self._keeps:
                computed.append(result)
            done += len(x)
            self._report(done)
            yield result
        self._kept = computed

    def _images(self, first: int) -> Tensor:
        """The output of the Input for a batch, (B, C, H, W)."""
        if self._prepared is not None and first in self._prepared:
            return self._prepared[first]
        rows, columns = self._read
        part = torch.from_numpy(self._chosen.images[first : first + self._together, :, :rows, :columns])  # uint8
        x = part.to(torch.float32, memory_format=torch.channels_last).div_(255)
        prepared: Tensor = self._normalize(x)
        if self._prepared is not None:
            self._prepared[first] = prepared
        return prepared


def rows_of(outputs: Tensor, *, channels_last: bool) -> Tensor:
    """Outputs of any dtype, (B, C, H, W) or (B, D), as rows of the same dtype, (B, D): with ``channels_last`` in the
    order of rows, columns and channels, otherwise of channels, rows and columns."""
    return (outputs.permute(0, 2, 3, 1) if channels_last and outputs.dim() == 4 else outputs).flatten(1)


def finite(outputs: Tensor) -> Tensor:
    """The same outputs, of any shape and dtype; raises :class:`~cnnviz.jobs.JobError` if one of them is not finite."""
    # the sum is ten times as fast, and finite only if all values are; but it may overflow
    if not outputs.sum(dtype=torch.float32).isfinite() and not outputs.isfinite().all():
        raise JobError(Sentence("The network's output is not a number for some images."))
    return outputs
