"""The datasets that the program knows. numpy only; nothing is read before :func:`load`."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cnnviz.data.choice import DatasetChoice
from cnnviz.data.decoded import Part, mapped
from cnnviz.data.description import Description
from cnnviz.data.errors import DataError
from cnnviz.data.idx import idx_blocks, read_idx
from cnnviz.files import is_there
from cnnviz.memory import available
from cnnviz.resources import resource
from cnnviz.sentence import Sentence
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["DESCRIPTIONS", "Dataset", "Description", "Split", "describe", "load", "validation_indices"]


class Arriving(Protocol):
    """Tells which images of a split are decoded. Rows are int64 (n,) in [0, N)."""

    def prefer(self, rows: NDArray[np.int64]) -> None:
        """Decode these rows, int64 (n,), first, in this order."""

    def wait(self, rows: NDArray[np.int64], seconds: float) -> bool:
        """Whether these rows, int64 (n,), are decoded within ``seconds``; raises :class:`DataError`."""

    def good(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these rows, int64 (n,), are not damaged: bool (n,)."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels: ``images`` uint8 (N, C, H, W), ``labels`` int64 (N,) in [0, classes); both read-only.

    Images that do not fit into memory are a :class:`numpy.memmap` of a file; some of them may still be ``arriving``,
    or be damaged.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    arriving: Arriving | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """The three splits of a dataset.

    ``classes`` are the names of the labels, in the order of the labels; ``mean`` and ``std`` are as in
    :class:`~cnnviz.data.description.Description`.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]


DESCRIPTIONS: Mapping[str, Description] = MappingProxyType(
    {
        "mnist": Description(
            name="mnist",
            title="MNIST",
            image=(1, 28, 28),
            classes=tuple("0123456789"),
            training=60_000,
            test=10_000,
            mean=(0.1307,),
            std=(0.3081,),
        ),
        # the usual mean and standard deviation for the images of Russakovsky et al., arXiv:1409.0575, cut to 224 x 224
        "imagenet": Description(
            name="imagenet",
            title="ImageNet",
            image=(3, 224, 224),
            classes=tuple(str(number) for number in range(1000)),
            training=1_281_167,
            test=50_000,
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
            at_hand=False,
        ),
    }
)
"""All datasets by name."""

_MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the uncompressed files."""

COPIES = 3
"""Loading and training hold this many copies of the images at once. If these do not fit into memory, the images stay
on disk."""
_BLOCK_BYTES = 2**22
_FILES = (("images", 3), ("labels", 1))
"""The arrays in the files of a split, and the number of their axes."""
_KEPT = 2
"""How many datasets stay loaded."""
_loaded: OrderedDict[tuple[str, int, int, Path], Dataset] = OrderedDict()
_lock = threading.Lock()


def describe(chosen: DatasetChoice | str) -> Description:
    """The description of a dataset, by choice or by name; raises :class:`DataError` for an unknown name.

    A user's own images are ``at_hand`` if their folder or file is there; what is in it is looked at by loading only.
    """
    if isinstance(chosen, DatasetChoice):
        if chosen.own is not None:
            return replace(chosen.own, at_hand=is_there(origin_path(chosen.own)))
        chosen = chosen.name
    if chosen not in DESCRIPTIONS:
        names = ", ".join(name for name, description in DESCRIPTIONS.items() if description.at_hand)
        raise DataError(
            Sentence(
                "There is no data set named “{name}”; those that come with the program: {known}.",
                name=chosen,
                known=names,
            )
        )
    return DESCRIPTIONS[chosen]


def origin_path(description: Description) -> Path:
    """The folder or file of a user's own images."""
    assert description.origin is not None
    # joining with an absolute path gives that path
    return folders().data / "datasets" / description.origin.path


def load(name: str, validation: int = 5000, split_seed: int = 0, folder: Path | None = None) -> Dataset:
    """Read a dataset; ``validation`` of its training images are set aside, see :func:`validation_indices`.

    ``folder`` holds the files; None means those that come with the program. Safe to call from any thread; all callers
    share the arrays. Images that do not fit into free memory are decoded once into files of the user's cache, which are
    then memory-mapped. Raises :class:`DataError` for an unknown name, a missing or damaged file, or too many validation
    images.
    """
    description = describe(name)
    if not description.at_hand:
        raise DataError(Sentence("The images of {title} do not come with the program.", title=description.title))
    if not 0 <= validation < description.training:
        raise too_many_aside(description.title, description.training, validation)
    place = folder if folder is not None else resource(f"datasets/{name}")
    key = (name, validation, split_seed, place)
    with _lock:
        if key not in _loaded:
            large = COPIES * (description.training + description.test) * prod(description.image) > available()
            read = _mapped if large else _read
            _loaded[key] = read(description, place, validation, split_seed)
        _loaded.move_to_end(key)
        while len(_loaded) > _KEPT:
            _loaded.popitem(last=False)
        return _loaded[key]


def too_many_aside(title: str, training: int, validation: int) -> DataError:
    """The error for so many validation images that no training image is left."""
    return DataError(
        Sentence(
            "{title} has {training} training images, so {validation} cannot be set aside for validation.",
            title=title,
            training=training,
            validation=validation,
        )
    )


def validation_indices(labels: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Which images are set aside for validation: sorted indices, int64 (count,), in [0, N).

    ``labels``: int64 (N,). The result depends on labels, count and seed alone. It is stratified: a class with ``n_c``
    of ``n`` images gives ``count * n_c / n`` of them, rounded by the method of largest remainders (the lower class
    first if remainders are equal). The classes take turns in ascending order: each image of a class draws the next 64
    raw bits of ``numpy.random.PCG64(seed)``, and the images with the smallest draws are taken. The raw bits are the
    same in every version of numpy, unlike the results of its shuffling functions.
    """
    classes, sizes = np.unique(labels, return_counts=True)
    exact = [count * int(size) for size in sizes]
    total = max(1, len(labels))
    quota = [share // total for share in exact]
    rest = sorted(range(len(exact)), key=lambda at: (-(exact[at] % total), at))
    for at in rest[: count - sum(quota)]:
        quota[at] += 1
    bits = np.random.PCG64(seed)
    chosen = [np.empty(0, np.int64)]
    for label, share in zip(classes, quota, strict=True):
        members = np.flatnonzero(labels == label)
        draws = np.asarray(bits.random_raw(len(members)))
        chosen.append(members[np.argsort(draws, kind="stable")[:share]])
    return np.sort(np.concatenate(chosen))


def _read(description: Description, folder: Path, validation: int, seed: int) -> Dataset:
    images, labels = _pair(description, folder, "train", description.training)
    aside = validation_indices(labels, validation, seed)
    kept = np.setdiff1d(np.arange(len(labels)), aside, assume_unique=True)
    return Dataset(
        name=description.name,
        title=description.title,
        classes=description.classes,
        train=_split(images[kept], labels[kept]),
        validation=_split(images[aside], labels[aside]),
        test=_split(*_pair(description, folder, "t10k", description.test)),
        mean=description.mean,
        std=description.std,
    )


def _mapped(description: Description, folder: Path, validation: int, seed: int) -> Dataset:
    """The same as :func:`_read`, but the images are memory maps of files in the cache."""
    labels = _labels(folder, "train", description.training)
    aside = validation_indices(labels, validation, seed)
    kept = np.ones(len(labels), np.bool_)
    kept[aside] = False

    def blocks(part: str, count: int, chosen: NDArray[np.bool_]) -> Iterator[NDArray[np.uint8]]:
        rows = max(1, _BLOCK_BYTES // prod(description.image))
        name, first = f"{part}-images-idx3-ubyte", 0
        for block in idx_blocks(_path(folder, name), (count, *description.image[1:]), _MNIST[name], rows):
            of_part = block[chosen[first : first + len(block)]]
            first += len(block)
            yield of_part.reshape(len(of_part), *description.image)

    counts = {"train": len(labels) - validation, "validation": validation, "test": description.test}
    sources = {
        "train": lambda: blocks("train", description.training, kept),
        "validation": lambda: blocks("train", description.training, ~kept),
        "test": lambda: blocks("t10k", description.test, np.ones(description.test, np.bool_)),
    }
    parts = {name: Part((count, *description.image), sources[name]) for name, count in counts.items()}
    digests = [_MNIST[f"{part}-{what}-idx{rank}-ubyte"] for part in ("train", "t10k") for what, rank in _FILES]
    identity = f"{description.name} {validation} {seed} {description.image} {' '.join(digests)}"
    images = mapped(f"{description.name}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}", parts)
    return Dataset(
        name=description.name,
        title=description.title,
        classes=description.classes,
        train=_split(images["train"], labels[kept]),
        validation=_split(images["validation"], labels[aside]),
        test=_split(images["test"], _labels(folder, "t10k", description.test)),
        mean=description.mean,
        std=description.std,
    )


def _pair(description: Description, folder: Path, part: str, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    images = _file(folder, f"{part}-images-idx3-ubyte", (count, *description.image[1:]))
    return images.reshape(count, *description.image), _labels(folder, part, count)


def _labels(folder: Path, part: str, count: int) -> NDArray[np.int64]:
    return _file(folder, f"{part}-labels-idx1-ubyte", (count,)).astype(np.int64)


def _file(folder: Path, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return read_idx(_path(folder, name), shape, _MNIST[name])


def _path(folder: Path, name: str) -> Path:
    """The path of a file, which may be gzipped."""
    plain = folder / name
    return plain if plain.exists() else folder / f"{name}.gz"


def _split(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Split:
    images.flags.writeable = False
    labels.flags.writeable = False
    return Split(images, labels)
