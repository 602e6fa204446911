"""What is known about a dataset without reading its images. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from cnnviz.files import is_path
from cnnviz.quoting import described, encodable
from cnnviz.sentence import SaidError, Sentence

Fit = Literal["crop", "pad", "stretch"]
"""How a picture of another aspect ratio is brought to the size of the dataset's images: its middle is cut out, black
borders are added, or its sides are scaled differently."""

LARGEST_SIDE = 1024
"""Pixels; the largest height and width of the images of a dataset."""
LEAST_STD = 1e-4
"""Images of a single colour must not be divided by 0."""
MOST_CLASSES = 100_000
LONGEST_NAME = 200
"""The most characters of the name of a class, and of a title."""
MOST_IMAGES = 2**31 - 1


class DescriptionError(SaidError, ValueError):
    """A description with an impossible value."""


@dataclass(frozen=True)
class Origin:
    """Where a user's own images, or those of a downloaded dataset, come from, and how they are made from pictures.

    An impossible value raises :class:`DescriptionError`.

    ``path`` is absolute, or relative to the program's folder of downloaded datasets. ``kind`` is the kind of source,
    see :mod:`cnnviz.data.sources`. ``identity`` is the hexadecimal SHA-256 of the names, sizes and times of its files.
    """

    path: str
    kind: str
    identity: str
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        if not is_path(self.path) or self.fit not in get_args(Fit):
            raise _impossible("origin", (self.path, self.fit))


@dataclass(frozen=True)
class Description:
    """The facts about a dataset that are known without reading it.

    An impossible value raises :class:`DescriptionError`.

    ``image`` is the shape (C, H, W) of one image. ``mean`` and ``std`` are taken over the training pixels in [0, 1],
    for each channel. ``training`` and ``test`` count images, ``training`` before validation images are set aside. The
    last ``validation`` of the training images are validation images that the dataset itself sets aside; 0 if it sets
    aside none. If ``at_hand`` is False the images are not on this machine: networks can be built and checked for them
    but not trained. ``origin`` is None for :data:`DESCRIPTIONS`.
    """

    name: str
    title: str
    image: tuple[int, int, int]
    classes: tuple[str, ...]
    training: int
    test: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    at_hand: bool = True
    validation: int = 0
    origin: Origin | None = None

    def __post_init__(self) -> None:
        channels, *sides = self.image
        if channels not in (1, 3) or not all(1 <= side <= LARGEST_SIDE for side in sides):
            raise _impossible("image", self.image)
        if not 1 <= len(self.classes) <= MOST_CLASSES:
            raise _impossible("classes", len(self.classes))
        for setting, longest in (("title", self.title), ("classes", max(self.classes, key=len))):
            if len(longest) > LONGEST_NAME:
                raise _impossible(setting, longest)
        for setting, text in (("title", self.title), *(("classes", name) for name in self.classes)):
            if not text.isascii() and encodable(text) != text:
                raise _impossible(setting, text)
        for setting, count, most in (
            ("training", self.training, MOST_IMAGES),
            ("test", self.test, MOST_IMAGES),
            ("validation", self.validation, self.training),
        ):
            if not 0 <= count <= most:
                raise _impossible(setting, count)
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) != channels or not all(isfinite(each) and 0 <= each <= 1 for each in numbers):
                raise _impossible(name, numbers)
        if min(self.std) < LEAST_STD:
            raise _impossible("std", self.std)


def _impossible(name: str, value: object) -> DescriptionError:
    return DescriptionError(
        Sentence("The dataset's {setting} cannot be {value}.", setting=name, value=described(value))
    )
