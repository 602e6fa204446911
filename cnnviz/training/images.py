"""The images of a training as tensors: in the memory of the device, or read from files batch by batch."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.data.catalogue import Arriving, Dataset, Split

WAIT_SECONDS = 0.05
"""How long a step waits for images that are not decoded yet, before commands are carried out again."""


@dataclass(frozen=True)
class Images:
    """The images of a split as tensors.

    ``images``: uint8 (N, C, H, W) in [0, 255]. ``labels``: int64 (N,) in [0, classes). Both are on the device of the
    training. Memory-mapped images stay in their file, from which each batch is read and copied to the device. While the
    file is filled, ``arriving`` tells which images are decoded. Damaged images are left out of a batch.
    """

    images: Tensor
    labels: Tensor
    arriving: Arriving | None = None

    @classmethod
    def of(cls, split: Split, device: torch.device) -> Images:
        """Copy a split to a device; memory-mapped images are not copied."""
        labels = torch.tensor(split.labels, device=device)
        if not isinstance(split.images, np.memmap):
            return cls(torch.tensor(split.images, device=device), labels)
        with warnings.catch_warnings():
            # the array is read-only, and nothing here writes to it
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            return cls(torch.from_numpy(split.images), labels, split.arriving)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """The images, uint8 (B, C, H, W) in [0, 255], and labels, int64 (B,), of a batch, on the device.

        ``chosen``: int64 (B,) in [0, N), the indices of the batch, on the device of :attr:`images`.
        """
        if self.arriving is not None:
            chosen = self._undamaged(chosen)
        images = self.images.index_select(0, chosen)  # (B, C, H, W)
        return self._on_device(images), self.labels.index_select(0, self._on_device(chosen))

    def part(self, first: int, count: int) -> tuple[Tensor, Tensor]:
        """The images, uint8 (B, C, H, W) in [0, 255], and labels, int64 (B,), from index ``first`` on, on the device.

        B is ``count``, or less at the end of the split.
        """
        if self.arriving is not None:
            return self.batch(torch.arange(first, min(first + count, len(self)), device=self.images.device))
        return self._on_device(self.images[first : first + count]), self.labels[first : first + count]

    def are_decoded(self, chosen: Tensor) -> bool:
        """Whether the images with these indices, int64 (B,), are decoded; waits up to :data:`WAIT_SECONDS` for them."""
        return self.arriving is None or self.arriving.wait(chosen.numpy(), WAIT_SECONDS)

    def _undamaged(self, chosen: Tensor) -> Tensor:
        assert self.arriving is not None
        decoded = chosen[torch.from_numpy(self.arriving.good(chosen.numpy()))]
        # if all are damaged, train on them: they are black, and an empty batch would have no loss
        return decoded if len(decoded) else chosen

    def _on_device(self, tensor: Tensor) -> Tensor:
        device = self.labels.device
        if tensor.device == device:
            return tensor
        # a copy from page-locked memory runs while the device computes
        return tensor.pin_memory().to(device, non_blocking=True)


@dataclass(frozen=True)
class TrainingData:
    """All splits of a dataset on the device."""

    train: Images
    validation: Images
    test: Images

    @classmethod
    def of(cls, dataset: Dataset, device: torch.device) -> TrainingData:
        """All splits of ``dataset`` on a device."""
        return cls(*(Images.of(split, device) for split in (dataset.train, dataset.validation, dataset.test)))
