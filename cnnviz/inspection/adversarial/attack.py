"""Adversarial images: the request, the result, and the accuracy over the size of the change. No torch.

Sizes are in pixel units of 0 to 255. By L-infinity the size of a change is its largest pixel, by L2 its Euclidean
length, over all channels. Pixels of all images are whole numbers, so that the result is an image like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Method = Literal["pgd", "fgsm"]
METHODS: tuple[Method, ...] = ("pgd", "fgsm")
Norm = Literal["linf", "l2"]
NORMS: tuple[Norm, ...] = ("linf", "l2")
STEPS = 20
"""Steps of PGD from each of its starts."""
LARGEST_PIXEL = 255
MOST_SIZES = 8
"""The most sizes of a study, besides 0."""


@dataclass(frozen=True)
class Attack:
    """A request for an adversarial version of a sample.

    The change has at most the ``size``, a whole number of at least 1; None asks for the smallest size that works.
    ``target`` is the class that the network shall say; None is any class but the one that it says of the sample.
    """

    method: Method = "pgd"
    norm: Norm = "linf"
    size: int | None = None
    target: int | None = None


@dataclass(frozen=True, eq=False)
class Adversarial:
    """The result of the attack ``asked``: the changed ``original``, both uint8 (C, H, W), and the allowed ``size``.

    ``before`` and ``after`` are the probabilities of the classes for both images, float32 (K,) in [0, 1].
    ``fooled`` tells whether the network says the wanted class of ``image``; if not, ``image`` is the best attempt.
    """

    asked: Attack
    original: NDArray[np.uint8]
    image: NDArray[np.uint8]
    size: int
    fooled: bool
    before: NDArray[np.float32]
    after: NDArray[np.float32]

    @cached_property
    def change(self) -> NDArray[np.int16]:
        """The change of each pixel: int16 (C, H, W) in [-255, 255]."""
        return self.image.astype(np.int16) - self.original.astype(np.int16)

    @property
    def largest(self) -> int:
        """The largest change of a pixel, in [0, 255]: the size of the change by L-infinity."""
        return int(np.abs(self.change).max(initial=0))

    @property
    def length(self) -> float:
        """The Euclidean length of the change: its size by L2."""
        return float(np.sqrt((self.change.astype(np.float64) ** 2).sum()))

    @property
    def said_before(self) -> int:
        """The class that the network says of the original."""
        return int(self.before.argmax())

    @property
    def said(self) -> int:
        """The class that the network says of the changed image."""
        return int(self.after.argmax())


@dataclass(frozen=True)
class Robustness:
    """How many of ``images`` images of a split the network still gets right at ``step`` if each is attacked.

    ``right[i]`` is the number for changes of at most ``sizes[i]``. The sizes ascend from 0, the unchanged images. While
    the study runs, ``right`` is shorter than ``sizes``.
    """

    method: Method
    norm: Norm
    step: int
    images: int
    sizes: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def accuracy(self) -> tuple[float, ...]:
        """The share of right answers by size, in [0, 1]."""
        return tuple(count / self.images for count in self.right)

    @property
    def halved(self) -> int | None:
        """The smallest size at which at most half of the right answers are left; None if there is none."""
        if not self.right[0]:
            return None
        half = self.right[0] / 2
        return next((size for size, count in zip(self.sizes, self.right, strict=False) if size and count <= half), None)


def largest_size(norm: Norm, shape: tuple[int, ...]) -> int:
    """The size of the largest change that an image of this shape, (C, H, W), allows."""
    return LARGEST_PIXEL if norm == "linf" else ceil(LARGEST_PIXEL * sqrt(np.prod(shape)))


def sizes_of_study(norm: Norm, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a study: 0 and powers of two; L2 begins where each pixel of a channel changes by about 1/2."""
    first = 1 if norm == "linf" else 2 ** max(0, round(np.log2(sqrt(np.prod(shape[1:])) / 2)))
    sizes = (first * 2**power for power in range(MOST_SIZES))
    return (0, *(size for size in sizes if size <= largest_size(norm, shape)))
