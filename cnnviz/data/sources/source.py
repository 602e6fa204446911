"""The protocol of sources: whatever holds labelled images in files.

A source lists its files when it is opened, and reads pixels only when it is asked to. Sources are plain values that can
be sent to other processes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.data.description import Fit

SPLITS = ("train", "validation", "test")
NATIVE_SIDE, USUAL_SIDE, LEAST_SIDE = 128, 64, 8
SIDE_STEP = 4
"""A side that is suggested for smaller pictures is a multiple, so that it can be halved twice."""


@dataclass(frozen=True)
class Form:
    """The form into which pictures are brought: ``channels`` is 1 or 3, ``height`` and ``width`` are in pixels."""

    channels: int
    height: int
    width: int
    fit: Fit = "crop"

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape (C, H, W) of an image."""
        return self.channels, self.height, self.width


class Trouble(Enum):
    """Why a file or an image of a source is left out."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    MISSING = "missing"
    NO_LABEL = "no label"
    NOTHING_INSIDE = "nothing inside"


@dataclass(frozen=True)
class Fault:
    """A file or an image that is left out; ``name`` is its path below the source, or says where it is."""

    name: str
    trouble: Trouble

    @property
    def said(self) -> Sentence:
        """What is wrong, for the user."""
        match self.trouble:
            case Trouble.UNREADABLE:
                return Sentence("“{name}” is damaged or no picture.", name=quoted(self.name))
            case Trouble.TOO_LARGE:
                return Sentence("“{name}” has, or claims to have, too many pixels.", name=quoted(self.name))
            case Trouble.MISSING:
                return Sentence("“{name}” is not there or cannot be read.", name=quoted(self.name))
            case Trouble.NO_LABEL:
                return Sentence("“{name}” has no label, or names no picture.", name=quoted(self.name))
            case Trouble.NOTHING_INSIDE:
                return Sentence("“{name}” holds no pictures.", name=quoted(self.name))


@dataclass(frozen=True)
class Sizes:
    """Heights and widths in pixels of ``count`` pictures of a source: the least, the middle and the greatest by area.

    Of many pictures only some are looked at.
    """

    count: int
    least: tuple[int, int]
    middle: tuple[int, int]
    greatest: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Contents:
    """What a source holds, known without reading all of its pixels.

    ``labels`` are int64 (N,) in [0, classes) for each split that the source itself makes: "train", and perhaps
    "validation" and "test". ``form`` is the form that fits the pictures best. ``identity`` is a hexadecimal SHA-256
    that changes when a file does. ``faults`` are files that are left out. ``sizes`` are None if they are not known.
    """

    title: str
    classes: tuple[str, ...]
    labels: Mapping[str, NDArray[np.int64]]
    form: Form
    identity: str
    faults: tuple[Fault, ...] = ()
    sizes: Sizes | None = None

    def __len__(self) -> int:
        return sum(len(labels) for labels in self.labels.values())


@dataclass(frozen=True, eq=False)
class Block:
    """Neighbouring images of a split: uint8 (n, C, H, W), with zeros where ``good``, bool (n,), is False; ``faults``
    say why."""

    images: NDArray[np.uint8]
    good: NDArray[np.bool_]
    faults: tuple[Fault, ...] = ()


class Source(Protocol):
    """Labelled images in files. ``kind`` names the class of the source in :mod:`cnnviz.data.sources`."""

    @property
    def kind(self) -> str:
        """The kind of source."""

    @property
    def path(self) -> Path:
        """The folder or file."""

    @property
    def contents(self) -> Contents:
        """What the source holds."""

    @property
    def slow(self) -> bool:
        """Whether decoding takes much longer than reading, so that several processes are worth their start."""

    @property
    def scattered(self) -> bool:
        """Whether images that are no neighbours are read as fast as neighbours."""

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """The images ``first`` to ``stop`` of a split in a form: uint8 (n, C, H, W).

        Images that are damaged are faults; raises :class:`~cnnviz.data.errors.DataError` if nothing can be read at all.
        """


def identity_of(kind: str, facts: Iterable[object]) -> str:
    """The hexadecimal SHA-256 of a kind of source and facts about its files."""
    digest = hashlib.sha256(kind.encode())
    for fact in facts:
        digest.update(b"\0" + str(fact).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def sizes_of(sides: list[tuple[int, int]]) -> Sizes | None:
    """The sizes of pictures of these heights and widths; None without pictures."""
    if not sides:
        return None
    ordered = sorted(sides, key=lambda side: (side[0] * side[1], side))
    return Sizes(len(sides), ordered[0], ordered[len(sides) // 2], ordered[-1])


def suggested_side(sides: list[tuple[int, int]]) -> tuple[int, int]:
    """Height and width of the images for pictures of these heights and widths.

    Pictures of a common size up to :data:`NATIVE_SIDE` keep it. Others become squares with a side of
    :data:`USUAL_SIDE`, or less if most pictures are smaller.
    """
    if not sides:
        return USUAL_SIDE, USUAL_SIDE
    if len(set(sides)) == 1 and max(sides[0]) <= NATIVE_SIDE:
        return sides[0]
    shorter = sorted(min(side) for side in sides)[len(sides) // 2]
    side = max(LEAST_SIDE, min(USUAL_SIDE, shorter - shorter % SIDE_STEP))
    return side, side
