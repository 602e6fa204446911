"""The study that finds the images of a split that excite each map of a layer most and least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.studies.excitation import KEPT, Excitations, Order, Ranking, map_shape
from cnnviz.inspection.studies.image_batches import check_images, image_batches
from cnnviz.inspection.viewer import signs
from cnnviz.jobs import JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment


def excite(
    moment: Moment, split: Split, node: str, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Excitations | None:
    """How the images of ``split`` excite all maps of ``node``, in float32 and evaluation mode; None if ``cancelled``.

    One pass over the images; what is kept grows with the number of maps and classes, not with that of the images.
    ``node`` takes part in the computation. ``report`` is told the number of images done. Raises
    :class:`~cnnviz.jobs.JobError` if the images do not fit the network, or if an output is not finite.
    """
    check_images(moment, split)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    output = moment.shapes.nodes[node].output
    assert output is not None
    channels, high, wide = shape = map_shape(output)
    best: dict[Order, _Best] = {"strongest": _Best(channels, largest=True), "weakest": _Best(channels, largest=False)}
    if high * wide > 1 and signs(moment.network)[node]:
        best["lowest"] = _Best(channels, largest=False)
    labels = torch.tensor(split.labels)  # (N,)
    classes = int(labels.max()) + 1 if len(labels) else 0
    sums = torch.zeros((classes, channels), dtype=torch.float64)
    done = 0
    for first, x in image_batches(split, module.largest_output, report, cancelled):
        with torch.inference_mode():
            maps = module.output(x, node).float().reshape(len(x), channels, -1)  # (B, C, H W)
            if not maps.isfinite().all():
                raise JobError(Sentence("The output of {node} is not a number for some images.", node=node))
            highest, highest_at = maps.max(2)
            best["strongest"].add(first, highest, highest_at)
            best["weakest"].add(first, highest, highest_at)
            if "lowest" in best:
                best["lowest"].add(first, *maps.min(2))
            sums.index_add_(0, labels[first : first + len(x)], highest.double())
        done = first + len(x)
    if done < len(split):
        return None
    counts = torch.bincount(labels, minlength=classes).unsqueeze(1)  # (K, 1)
    return Excitations(
        node,
        moment.run,
        moment.step,
        shape,
        len(output) == 1,
        len(split),
        {order: found.ranking() for order, found in best.items()},
        (sums / counts).float().numpy(),
    )


class _Best:
    """The first :data:`KEPT` images of each map in one order, of the batches so far."""

    def __init__(self, channels: int, *, largest: bool) -> None:
        """``largest``: the images with the largest values come first."""
        self._largest = largest
        # (k, C)
        self._values = torch.empty((0, channels))
        self._images = torch.empty((0, channels), dtype=torch.int64)
        self._positions = torch.empty((0, channels), dtype=torch.int64)

    def add(self, first: int, values: Tensor, positions: Tensor) -> None:
        """Add a batch, which begins with the image ``first``: the values of each map, float32 (B, C), and their
        positions, int64 (B, C)."""
        images = torch.arange(first, first + len(values)).unsqueeze(1).expand_as(positions)
        every = torch.cat([self._values, values])
        # stable: of equal values the first image stays first
        self._values, order = (part[:KEPT] for part in every.sort(dim=0, descending=self._largest, stable=True))
        self._images = torch.cat([self._images, images]).gather(0, order)
        self._positions = torch.cat([self._positions, positions]).gather(0, order)

    def ranking(self) -> Ranking:
        """The result."""
        images, values, positions = (
            part.T.contiguous().numpy() for part in (self._images, self._values, self._positions)
        )
        return Ranking(images, values, positions)
