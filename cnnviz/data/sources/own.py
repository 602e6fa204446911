"""Describes and loads the user's own images: from a source to the three splits of a dataset."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.catalogue import COPIES, Dataset, Split, origin_path, too_many_aside, validation_indices
from cnnviz.data.choice import DatasetChoice
from cnnviz.data.decoded import Part, mapped
from cnnviz.data.description import LEAST_STD, LONGEST_NAME, Description, Origin
from cnnviz.data.idx import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.preparing import BLOCK_BYTES, Progress, prepare
from cnnviz.data.sources.source import Form
from cnnviz.files import shown
from cnnviz.memory import available
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.sources.preparing import Prepared
    from cnnviz.data.sources.source import Source

SHARE = 10
"""One in so many images is set aside for the test, and of the others for validation, where a source does not say."""
MOST_VALIDATION = 5000
_KEPT = 2
_loaded: OrderedDict[DatasetChoice, Dataset] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Described:
    """A source that was read once, with all that is known of it; ``choice`` is what a project stores."""

    source: Source
    form: Form
    prepared: Prepared
    choice: DatasetChoice

    @property
    def description(self) -> Description:
        """The description of the images."""
        assert self.choice.own is not None
        return self.choice.own


def describe_path(
    path: Path,
    form: Callable[[Form], Form] = lambda suggested: suggested,
    name: str = "",
    place: str = "",
    title: str = "",
    report: Callable[[Progress], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Described:
    """Open and decode the images at ``path``; raises DataError and Cancelled, see :func:`prepare`.

    ``form`` returns the form of the images from the suggested form. ``name`` and ``title`` replace those of the source.
    ``place`` is the path that is stored, if it is not
    the absolute path.
    """
    source = open_source(path)
    chosen = form(source.contents.form)
    prepared = prepare(source, chosen, report, cancelled)
    own = _description(source, chosen, prepared, name or slug(source.contents.title), place or str(path.absolute()))
    own = replace(own, title=title or own.title)
    validation = own.validation or min(MOST_VALIDATION, own.training // SHARE)
    return Described(source, chosen, prepared, DatasetChoice(own.name, validation, own=own))


def load_own(choice: DatasetChoice) -> Dataset:
    """The three splits of a user's own images; raises :class:`DataError`.

    Safe to call from any thread; all callers share the arrays.
    """
    with _lock:
        if choice not in _loaded:
            _loaded[choice] = _load(choice)
        _loaded.move_to_end(choice)
        while len(_loaded) > _KEPT:
            _loaded.popitem(last=False)
        return _loaded[choice]


def slug(title: str) -> str:
    """A valid name of a dataset that resembles ``title``."""
    return re.sub(r"[^a-z0-9_-]+", "-", title.lower()).strip("-_")[:64] or "images"


def _load(choice: DatasetChoice) -> Dataset:
    own = choice.own
    assert own is not None and own.origin is not None
    path = origin_path(own)
    source = open_source(path)
    if source.contents.classes != own.classes:
        raise DataError(
            Sentence(
                "The classes in “{name}” have changed since these images were chosen: choose them anew.",
                name=shown(path.name),
            )
        )
    form = Form(*own.image, own.origin.fit)
    prepared = prepare(source, form)
    return _dataset(own, source, prepared, choice)


def _dataset(own: Description, source: Source, prepared: Prepared, choice: DatasetChoice) -> Dataset:
    parts = _partition(source, choice.validation, choice.split_seed)
    chosen = {name: _surviving(prepared.rows[split], rows) for name, (split, rows) in parts.items()}
    total = sum(map(len, chosen.values())) * prod(own.image)
    labels = {
        name: source.contents.labels[split][prepared.rows[split][chosen[name]]] for name, (split, _) in parts.items()
    }
    images: dict[str, NDArray[np.uint8]]
    if COPIES * total > available():
        key = f"{source.contents.identity[:24]}-{'x'.join(map(str, own.image))}-{own.origin and own.origin.fit}"
        images = mapped(
            f"split-{key}-{choice.validation}-{choice.split_seed}",
            {name: _part(prepared.images[split], chosen[name]) for name, (split, _) in parts.items()},
        )
    else:
        images = {name: prepared.images[split][chosen[name]] for name, (split, _) in parts.items()}
    for name in images:
        images[name].flags.writeable = labels[name].flags.writeable = False
    splits = {name: Split(images[name], labels[name]) for name in images}
    return Dataset(
        name=own.name, title=own.title, classes=own.classes, mean=own.mean, std=own.std,
        train=splits["train"], validation=splits["validation"], test=splits["test"],
    )  # fmt: skip


def _part(images: NDArray[np.uint8], chosen: NDArray[np.int64]) -> Part:
    shape = (len(chosen), *images.shape[1:])

    def blocks() -> Iterator[NDArray[np.uint8]]:
        rows = max(1, BLOCK_BYTES // prod(shape[1:]))
        for first in range(0, len(chosen), rows):
            yield images[chosen[first : first + rows]]

    return Part(shape, blocks)


def _surviving(rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions in ``rows`` of those that are ``wanted``; both ascend."""
    return np.flatnonzero(np.isin(rows, wanted, assume_unique=True))


def _partition(source: Source, validation: int, seed: int) -> Mapping[str, tuple[str, NDArray[np.int64]]]:
    """For train, validation and test: the split of the source, and the rows of its listing."""
    labels = source.contents.labels
    train = np.arange(len(labels["train"]))
    if "test" in labels:
        test = "test", np.arange(len(labels["test"]))
    else:
        # the seed does not depend on the choice: test images never become training images
        test = "train", validation_indices(labels["train"], len(train) // SHARE, 0)
        train = np.setdiff1d(train, test[1], assume_unique=True)
    if "validation" in labels:
        return {
            "train": ("train", train),
            "validation": ("validation", np.arange(len(labels["validation"]))),
            "test": test,
        }
    if not 0 <= validation < max(1, len(train)):
        raise too_many_aside(source.contents.title, len(train), validation)
    aside = train[validation_indices(labels["train"][train], validation, seed)]
    rest = np.setdiff1d(train, aside, assume_unique=True)
    return {"train": ("train", rest), "validation": ("train", aside), "test": test}


def _description(source: Source, form: Form, prepared: Prepared, name: str, place: str) -> Description:
    contents = source.contents
    parts = _partition(source, 0, 0)
    counts = {part: len(_surviving(prepared.rows[split], rows)) for part, (split, rows) in parts.items()}
    if not counts["train"]:
        raise DataError(
            plural(
                "None of the {count} images in “{name}” can be read.",
                "The only image in “{name}” cannot be read.",
                len(contents.labels["train"]),
                name=contents.title,
            )
        )
    mean, std = _moments(prepared.histograms["train"])
    return Description(
        name=name,
        title=contents.title[:LONGEST_NAME],
        image=form.shape,
        classes=contents.classes,
        training=counts["train"] + counts["validation"],
        test=counts["test"],
        mean=mean,
        std=std,
        validation=counts["validation"],
        origin=Origin(place, source.kind, contents.identity, form.fit),
    )


def _moments(histogram: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel, of values in [0, 1], from a histogram: int64 (C, 256)."""
    values = np.arange(256) / 255
    shares = histogram / np.maximum(1, histogram.sum(1, keepdims=True))
    mean = shares @ values
    deviation = np.sqrt(np.maximum(0.0, (shares * (values - mean[:, None]) ** 2).sum(1)))
    return tuple(round(float(each), 4) for each in mean), tuple(
        round(max(float(each), LEAST_STD), 4) for each in deviation
    )
