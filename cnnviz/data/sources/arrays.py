"""Images and labels in arrays: the files of several formats, read by one source.

A format gives :class:`Stored` arrays, which are read a few rows at a time, so that they may be larger than the memory.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cnnviz.data.description import LONGEST_NAME, MOST_CLASSES
from cnnviz.data.errors import DataError
from cnnviz.data.sources.decoding import of_values
from cnnviz.data.sources.image_folder import natural
from cnnviz.data.sources.source import Block, Contents, Form, identity_of, suggested_side
from cnnviz.data.sources.text import text_of
from cnnviz.files import shown, to_unicode
from cnnviz.quoting import encodable, quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOST_LABEL_BYTES = 2**30
MOST_SIDE = 2**14
LABEL_ROWS = 2**16
"""The number of labels that are read at once."""
ROWS = 512
"""The number of images that are read at once to find their smallest and largest values."""
_SPLITS = {
    "train": re.compile(r"train", re.IGNORECASE),
    "validation": re.compile(r"valid|val(?![a-z])|(?<![a-z])dev(?![a-z])", re.IGNORECASE),
    "test": re.compile(r"test|t10k", re.IGNORECASE),
}
_LABELS = re.compile(r"label|target|class|(?<![a-z])y(?![a-z])", re.IGNORECASE)
_NAMES = re.compile(r"(class|label)_?names|(?<![a-z])classes(?![a-z])", re.IGNORECASE)


class Stored(Protocol):
    """An array in a file, which is read by rows."""

    @property
    def name(self) -> str:
        """Its name, or that of its file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, (N, …)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its values."""

    def rows(self, first: int, stop: int) -> NDArray[Any]:
        """Rows of the array, of :attr:`dtype` and shape (stop - first, …); raises :class:`DataError`."""


@dataclass(frozen=True)
class Layout:
    """How an array stores its images: as (H, W, C), or as (C, H, W) if ``channels_first``; C is 1, 3 or 4.

    The values from ``low`` to ``high`` become 0 to 255. Of images that are stored transposed, ``height`` is the first
    stored side, which is the width of the image.
    """

    height: int
    width: int
    channels: int
    channels_first: bool
    low: float
    high: float

    def bytes_of(self, rows: NDArray[Any]) -> NDArray[np.uint8]:
        """Rows of an array of any real type and of shape (n, …) as images: uint8 (n, H, W, C)."""
        shape = (
            (self.channels, self.height, self.width)
            if self.channels_first
            else (self.height, self.width, self.channels)
        )
        values = rows.reshape(len(rows), *shape)
        if self.channels_first:
            values = values.transpose(0, 2, 3, 1)
        if (self.low, self.high) == (0, 255) and values.dtype == np.uint8:
            return values
        real = np.nan_to_num(values.astype(np.float64), nan=self.low, posinf=self.high, neginf=self.low)
        scaled = (real - self.low) * (255 / (self.high - self.low))
        return np.clip(scaled, 0, 255).round().astype(np.uint8)


@dataclass(frozen=True, eq=False)
class SplitImages:
    """The images of a split. ``transposed``: rows and columns are exchanged in the file, (n, W, H, C)."""

    images: Stored
    layout: Layout
    transposed: bool = False

    def read(self, first: int, stop: int, form: Form) -> NDArray[np.uint8]:
        """Images in a form: uint8 (n, C, H, W)."""
        values = self.layout.bytes_of(self.images.rows(first, stop))  # (n, H, W, C) or (n, W, H, C)
        if self.transposed:
            values = values.transpose(0, 2, 1, 3)  # (n, H, W, C)
        if values.shape[1:3] == (form.height, form.width) and values.shape[3] == form.channels:
            return np.ascontiguousarray(values.transpose(0, 3, 1, 2))  # (n, C, H, W)
        images = np.empty((len(values), *form.shape), np.uint8)
        for at, image in enumerate(values):
            images[at] = of_values(image[..., 0] if image.shape[2] == 1 else image, form)
        return images


@dataclass(frozen=True, eq=False)
class ArraySource:
    """A source of images in arrays."""

    kind: str
    path: Path
    images: Mapping[str, SplitImages]
    contents: Contents
    slow: bool = False
    scattered: bool = False

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """Read images ``first`` to ``stop`` - 1 in a form: uint8 (n, C, H, W), all good."""
        images = self.images[split].read(first, stop, form)
        return Block(images, np.ones(len(images), np.bool_))


def source_of(
    kind: str,
    path: Path,
    arrays: Sequence[Stored],
    facts: Iterable[object],
    names: Mapping[str, str] | None = None,
    *,
    transposed: bool = False,
) -> ArraySource:
    """The source of arrays of images and of labels; raises :class:`DataError` if they do not belong together.

    The identity is made from ``facts`` about the files. ``names`` are those of the classes, by label. ``transposed``:
    rows and columns of the images are exchanged in the files.
    """
    class_names = next((each for each in arrays if each.dtype.kind in "US" and _NAMES.search(each.name)), None)
    pairs = _paired(path, [each for each in arrays if each is not class_names])
    labels = {split: _labels(numbers) for split, (_, numbers) in pairs.items()}
    if (
        class_names is not None
        and names is None
        and len(class_names.shape) == 1
        and class_names.shape[0] <= MOST_CLASSES
    ):
        names = {str(at): name for at, name in enumerate(_texts(class_names.rows(0, class_names.shape[0])))}
    classes, numbered = number_labels(path, labels, names)
    layouts = {split: _layout(stored) for split, (stored, _) in pairs.items()}
    layout = layouts["train"]
    size = (layout.width, layout.height) if transposed else (layout.height, layout.width)
    form = Form(1 if layout.channels == 1 else 3, *suggested_side([size]))
    contents = Contents(to_unicode(path.stem), classes, numbered, form, identity_of(kind, facts))
    images = {split: SplitImages(stored, layouts[split], transposed) for split, (stored, _) in pairs.items()}
    return ArraySource(kind, path, images, contents)


def number_labels(
    path: Path, labels: Mapping[str, Sequence[str]], names: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], dict[str, NDArray[np.int64]]]:
    """The classes of labels given as text, in natural order, and the labels as int64 (N,) by split."""
    found = sorted({label for each in labels.values() for label in each}, key=natural)
    if len(found) > MOST_CLASSES:
        raise DataError(
            Sentence(
                "“{name}” has {count} different labels: these are no classes.", name=shown(path.name), count=len(found)
            )
        )
    number_of = {label: number for number, label in enumerate(found)}
    numbered = {split: np.array([number_of[label] for label in each], np.int64) for split, each in labels.items()}
    return tuple(encodable((names or {}).get(label, label))[:LONGEST_NAME] for label in found), numbered


def split_of(name: str) -> str:
    """The split that a name stands for; empty if it stands for none."""
    return next((split for split, pattern in _SPLITS.items() if pattern.search(name)), "")


def _paired(path: Path, arrays: Sequence[Stored]) -> dict[str, tuple[Stored, Stored]]:
    """An array of images and the array of its labels, for each split.

    Both have the same number of rows. Where several arrays have it, those are paired first whose names tell the same
    split, then those with the most similar names.
    """
    labels = [each for each in arrays if is_labels(each)]
    images = [each for each in arrays if each not in labels and len(each.shape) >= 2 and each.shape[0]]
    ratios = sorted(
        (
            (-(split_of(image.name) == split_of(label.name)), -_similarity(image.name, label.name), image_at, label_at)
            for image_at, image in enumerate(images)
            for label_at, label in enumerate(labels)
            if image.shape[0] == label.shape[0]
        ),
    )
    pairs: list[tuple[Stored, Stored]] = []
    for _, _, image_at, label_at in ratios:
        if not any(images[image_at] is image or labels[label_at] is label for image, label in pairs):
            pairs.append((images[image_at], labels[label_at]))
    if not pairs:
        raise DataError(
            Sentence(
                "“{name}” holds no images with as many labels. An array of images and an array of their labels have the"
                " same length.",
                name=shown(path.name),
            )
        )
    # most images first: where the names tell no split, more images are for training than for the test
    pairs.sort(key=lambda pair: -pair[0].shape[0])
    splits: dict[str, tuple[Stored, Stored]] = {}
    unassigned = []
    for pair in pairs:
        split = split_of(pair[0].name) or split_of(pair[1].name)
        if split and split not in splits:
            splits[split] = pair
        else:
            unassigned.append(pair)
    # further pairs are not read: nothing tells what they are for
    splits |= dict(zip([each for each in ("train", "test") if each not in splits], unassigned, strict=False))
    if "train" not in splits:
        # every pair is named, none for training: train on the largest, from which validation and test are set aside
        splits = {"train": pairs[0]}
    return {split: splits[split] for split in ("train", "validation", "test") if split in splits}


def is_labels(array: Stored) -> bool:
    """Whether an array holds labels and not images."""
    if len(array.shape) == 1 or (len(array.shape) == 2 and array.shape[1] == 1):
        return True
    return len(array.shape) == 2 and _LABELS.search(array.name) is not None


def _similarity(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, name, other, autojunk=False).ratio()


def _labels(array: Stored) -> list[str]:
    """The labels as text."""
    if array.shape[0] * max(1, array.dtype.itemsize) > MOST_LABEL_BYTES:
        raise _no_labels(array)
    found: list[str] = []
    for first in range(0, array.shape[0], LABEL_ROWS):
        values = array.rows(first, min(array.shape[0], first + LABEL_ROWS))
        if values.ndim == 2:
            values = _from_columns(array, values)
        if values.dtype.kind in "US":
            found += _texts(values)
        elif values.dtype.kind in "iub" or (
            values.dtype.kind == "f" and np.isfinite(values).all() and np.array_equal(values, np.floor(values))
        ):
            found += [str(int(value)) for value in values.tolist()]
        else:
            raise _no_labels(array)
    return found


def _texts(values: NDArray[Any]) -> list[str]:
    """Text in an array (N,) of Unicode or of bytes."""
    return [text_of(each) if isinstance(each, bytes) else str(each) for each in values.tolist()]


def _from_columns(array: Stored, values: NDArray[Any]) -> NDArray[Any]:
    """One label of each row: the only column, the place of the 1 among zeros, or QMNIST's first column."""
    if values.shape[1] == 1:
        return values[:, 0]
    if values.dtype.kind in "iubf" and ((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all():
        places: NDArray[np.int64] = values.argmax(1)
        return places
    if "qmnist" in array.name.lower():
        return values[:, 0]
    raise _no_labels(array)


def _no_labels(array: Stored) -> DataError:
    return DataError(
        Sentence("“{name}” holds no labels: whole numbers or names, one for each image.", name=quoted(array.name))
    )


def _layout(array: Stored) -> Layout:
    """How the images in an array lie; raises :class:`DataError` if its shape is not that of images."""
    if array.dtype.kind not in "iubf":
        raise _no_images(array)
    match array.shape[1:]:
        case (height, width) if height > 1 or width > 1:
            sides = height, width, 1, False
        case (height, width, 1 | 3 | 4 as channels):
            sides = height, width, channels, False
        case (1 | 3 | 4 as channels, height, width):
            sides = height, width, channels, True
        case (count,) if isqrt(count) ** 2 == count:
            sides = isqrt(count), isqrt(count), 1, False
        case (count,) if count % 3 == 0 and isqrt(count // 3) ** 2 == count // 3:
            sides = isqrt(count // 3), isqrt(count // 3), 3, False
        case _:
            raise _no_images(array)
    if not all(1 <= side <= MOST_SIDE for side in sides[:2]):
        raise _no_images(array)
    return Layout(*sides, *_value_range(array))


def _value_range(array: Stored) -> tuple[float, float]:
    """The values of black and white: 0 and 255 for uint8, else the :func:`range_of` all finite values."""
    if array.dtype == np.uint8:
        return 0, 255
    low, high = np.inf, -np.inf
    for first in range(0, array.shape[0], ROWS):
        values = array.rows(first, min(array.shape[0], first + ROWS))
        finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return range_of(low, high)


def range_of(low: float, high: float) -> tuple[float, float]:
    """The first usual range that holds the values from ``low`` to ``high``: [0, 1], [0, 255], [0, 65535] or [-1, 1].

    Where none does, [0, ``high``] if ``low`` is not negative, else [``low``, ``high``]. The range is never empty: it is
    [0, 255] if all values are the same below -1, or if there is no value, which is said by ``low`` > ``high``.
    """
    if 0 <= low <= high:
        return 0.0, next((limit for limit in (1.0, 255.0, 65535.0) if high <= limit), high)
    if -1 <= low <= high <= 1:
        return -1.0, 1.0
    return (low, high) if low < high else (0.0, 255.0)


def _no_images(array: Stored) -> DataError:
    return DataError(
        Sentence(
            "“{name}” holds no images: its shape is {shape}. Images are (N, H, W), (N, H, W, C) or (N, C, H, W).",
            name=quoted(array.name),
            shape=array.shape,
        )
    )
