"""Counts what is in a dataset: classes, values of pixels, mean images, and images that two splits share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Dataset, Split

SAMPLES = 24
"""The most images of a class that are shown as examples."""
MOST_DUPLICATES = 1000
"""The most duplicates that are listed."""
MEAN_BYTES = 2**27
"""The most memory for the sums of the mean images; classes beyond it have no mean image."""
_BLOCK_BYTES = 2**22
"""The most bytes of images that are read at once."""
_DIGEST_BYTES = 16


@dataclass(frozen=True)
class Duplicate:
    """An image of ``split`` whose pixels are those of an image of an ``earlier`` split; ``row`` and ``earlier_row`` are
    their indices."""

    split: str
    row: int
    earlier: str
    earlier_row: int


@dataclass(frozen=True, eq=False)
class Census:
    """What is in a dataset.

    ``counts``: int64 (classes,) by split. ``histogram``: int64 (C, 256), how often each value occurs in each channel of
    the training and validation images. ``means``: uint8 (k, C, H, W), the mean of these images for the first k classes,
    zeros for a class without images. ``samples``: for each class the indices of its first training images.
    ``duplicate_count`` counts all duplicates between splits; ``duplicates`` are the first of them.
    """

    counts: Mapping[str, NDArray[np.int64]]
    histogram: NDArray[np.int64]
    means: NDArray[np.uint8]
    samples: tuple[NDArray[np.int64], ...]
    duplicates: tuple[Duplicate, ...]
    duplicate_count: int


def take_census(
    dataset: Dataset,
    report: Callable[[int, int], object] = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Census | None:
    """Count what is in a dataset; None soon after ``cancelled()`` returns True.

    ``report(done, total)`` counts images.
    """
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    classes, shape = len(dataset.classes), dataset.train.images.shape[1:]
    most = min(classes, max(1, MEAN_BYTES // (4 * prod(shape))))
    # 32 bits hold the sum of 16 million images
    sums = np.zeros((most, *shape), np.uint32)
    histogram = np.zeros((shape[0], 256), np.int64)
    digests: dict[str, NDArray[np.void]] = {}
    done, total = 0, sum(map(len, splits.values()))
    for name, split in splits.items():
        found = []
        for images, labels in _blocks(split):
            if cancelled():
                return None
            found += [hashlib.blake2b(image, digest_size=_DIGEST_BYTES).digest() for image in images]
            if name != "test":
                _add_sums(sums, images, labels)
                for channel in range(shape[0]):
                    histogram[channel] += np.bincount(images[:, channel].ravel(), minlength=256)
            done += len(labels)
            report(done, total)
        digests[name] = np.frombuffer(b"".join(found), np.dtype((np.void, _DIGEST_BYTES)))
    counts = {name: np.bincount(split.labels, minlength=classes) for name, split in splits.items()}
    averaged = np.maximum(1, counts["train"] + counts["validation"])[:most]
    means = np.rint(sums / averaged[:, None, None, None]).astype(np.uint8)
    duplicates, count = _duplicates(digests)
    return Census(counts, histogram, means, _samples(dataset.train.labels, classes), duplicates, count)


def _blocks(split: Split) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    rows = max(1, _BLOCK_BYTES // prod(split.images.shape[1:]))
    for first in range(0, len(split), rows):
        yield np.ascontiguousarray(split.images[first : first + rows]), split.labels[first : first + rows]


def _add_sums(sums: NDArray[np.uint32], images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Add images to the sum of their class."""
    for label in np.unique(labels):
        if label < len(sums):
            sums[label] += images[labels == label].sum(0, dtype=np.uint32)


def _samples(labels: NDArray[np.int64], classes: int) -> tuple[NDArray[np.int64], ...]:
    """The indices of the first images of each class, int64 (at most :data:`SAMPLES`,)."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(classes + 1))
    return tuple(order[start : min(start + SAMPLES, stop)] for start, stop in pairwise(starts))


def _duplicates(digests: Mapping[str, NDArray[np.void]]) -> tuple[tuple[Duplicate, ...], int]:
    """The images whose digest occurs in an earlier split."""
    names = list(digests)
    split_of = np.repeat(np.arange(len(names)), [len(each) for each in digests.values()])
    starts = np.cumsum([0, *(len(each) for each in digests.values())])
    if not len(split_of):
        return (), 0
    # the first occurrence is in the earliest split, because the splits are joined in order
    _, first, group = np.unique(np.concatenate(list(digests.values())), return_index=True, return_inverse=True)
    earlier = first[group]
    repeated = np.flatnonzero(split_of[earlier] != split_of)
    listed = []
    for at in repeated[:MOST_DUPLICATES]:
        split, earlier_split = split_of[at], split_of[earlier[at]]
        row, earlier_row = int(at - starts[split]), int(earlier[at] - starts[earlier_split])
        listed.append(Duplicate(names[split], row, names[earlier_split], earlier_row))
    return tuple(listed), len(repeated)
