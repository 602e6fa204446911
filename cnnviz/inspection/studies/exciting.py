"""The study that finds the images of a split that excite each map of a layer most and least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnviz.inspection.studies.excitation import KEPT, Excitations, Order, Ranking, map_shape
from cnnviz.inspection.studies.image_batches import check_images, image_batches
from cnnviz.inspection.viewer import signs
from cnnviz.jobs import JobError
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment

LOWER = 2**32 - 1
"""The bits of the lower half of a key."""
ALL_BUT_SIGN = 2**31 - 1
"""The bits of a float32 without its sign. Read as whole numbers they are larger for a lower negative value."""


def excite(
    moment: Moment, split: Split, node: str, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Excitations | None:
    """How the images of ``split`` excite all maps of ``node``, in float32 and evaluation mode; None if ``cancelled``.

    The images are passed once. The memory needed grows with the number of maps and classes, not of images.
    ``node`` takes part in the computation. ``report`` is told the number of images done. Raises
    :class:`~cnnviz.jobs.JobError` if the images do not fit the network, or if an output is not finite.
    """
    check_images(moment, split.images)
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
            highest, lowest = maps.amax(2), maps.amin(2)  # (B, C)
            if not (highest.isfinite().all() and lowest.isfinite().all()):
                raise JobError(Sentence("The output of {node} is not a number for some images.", node=node))
            best["strongest"].add(first, highest, maps, Tensor.argmax)
            best["weakest"].add(first, highest, maps, Tensor.argmax)
            if "lowest" in best:
                best["lowest"].add(first, lowest, maps, Tensor.argmin)
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
        # (C, k): each key holds a value in its upper and an image in its lower half, so that no two are equal
        self._keys = torch.empty((channels, 0), dtype=torch.int64)
        self._positions = torch.empty((channels, 0), dtype=torch.int64)

    def add(self, first: int, values: Tensor, maps: Tensor, place: Callable[[Tensor, int], Tensor]) -> None:
        """Add a batch, which begins with the image ``first``.

        ``values``: float32 (B, C), of each image the value that decides. ``maps``: float32 (B, C, H W); ``place`` finds
        the position of that value in maps (n, H W).
        """
        images = torch.arange(first, first + len(values))
        keys = (_sortable(values) << 32) + self._index_or_key(images).unsqueeze(1)  # (B, C)
        every = torch.cat([self._keys, keys.T], 1)
        self._keys, order = every.topk(min(KEPT, every.shape[1]), dim=1, largest=self._largest)
        positions = torch.cat([self._positions, torch.zeros_like(keys.T)], 1).gather(1, order)
        kept = self._images()
        channels, at = (kept >= first).nonzero(as_tuple=True)
        positions[channels, at] = place(maps[kept[channels, at] - first, channels], 1)
        self._positions = positions

    def ranking(self) -> Ranking:
        """The images, their values and the positions of the values, in the order of the keys."""
        return Ranking(self._images().numpy(), _value(self._keys >> 32).numpy(), self._positions.numpy())

    def _images(self) -> Tensor:
        """The indices of the images of each map, int64 (C, k)."""
        return self._index_or_key(self._keys & LOWER)

    def _index_or_key(self, images: Tensor) -> Tensor:
        """Indices of images as lower halves of keys, and back, so that of equal values the first image comes first."""
        return LOWER - images if self._largest else images


def _sortable(values: Tensor) -> Tensor:
    """Whole numbers int64 in the order of finite values, float32, see :func:`_value`."""
    # adding 0 makes -0 equal to 0
    bits = (values + 0.0).view(torch.int32)
    return torch.where(bits < 0, bits ^ ALL_BUT_SIGN, bits).to(torch.int64)


def _value(numbers: Tensor) -> Tensor:
    """The values, float32, of :func:`_sortable`."""
    bits = numbers.to(torch.int32)
    return torch.where(bits < 0, bits ^ ALL_BUT_SIGN, bits).view(torch.float32)
