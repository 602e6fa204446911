"""Describes and loads the user's own images: from a source to the three splits of a dataset."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.catalogue import COPIES, Dataset, Split, origin_path, too_many_aside, validation_indices
from cnnviz.data.choice import DatasetChoice
from cnnviz.data.description import LEAST_STD, LONGEST_NAME, Description, Origin
from cnnviz.data.errors import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.class_order import ordered
from cnnviz.data.sources.filling import TOGETHER, Arriving, Filling, Part
from cnnviz.data.sources.preparing import VERSION, Prepared, Progress, histogram, not_kept, prepare
from cnnviz.data.sources.source import Form
from cnnviz.data.sources.workers import Workers
from cnnviz.files import shown
from cnnviz.jobs import CancelledError
from cnnviz.memory import available
from cnnviz.sentence import Sentence, plural
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Fault, Source
    from cnnviz.data.sources.workers import Task

SHARE = 10
"""One in so many images is set aside for the test, and of the others for validation, where a source does not say."""
MOST_VALIDATION = 5000
"""Not more images are set aside for validation without being asked for."""
SAMPLED = 2000
"""So many images give mean and deviation where there are too many to decode all of them beforehand."""
WAIT_SECONDS = 0.5
"""While all images are waited for, the progress is reported so often."""
LONGEST_SLUG = 64
_KEPT = 2
"""The images of so many datasets stay in memory."""
_loaded: OrderedDict[DatasetChoice, tuple[Dataset, Filling | None]] = OrderedDict()
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
    classes: tuple[str, ...] = (),
) -> Described:
    """Open and decode the images at ``path``; raises DataError and CancelledError, see :func:`prepare`.

    ``form`` returns the form of the images from the suggested form. ``name`` and ``title`` replace those of the source.
    ``place`` is the path that is stored, if it is not the absolute path. Of images that are larger than memory only
    some are decoded now, for mean and deviation. Where the source has the same ``classes``, they keep this order.
    """
    source = ordered(open_source(path), classes)
    chosen = form(source.contents.form)
    reading = _sampled if large(source, chosen) else prepare
    prepared = reading(source, chosen, report, cancelled)
    own = _description(source, chosen, prepared, name or slug(source.contents.title), place or str(path.absolute()))
    own = replace(own, title=title or own.title)
    validation = own.validation or min(MOST_VALIDATION, own.training // SHARE)
    return Described(source, chosen, prepared, DatasetChoice(own.name, validation, own=own))


def load_own(
    choice: DatasetChoice,
    *,
    partly: bool = False,
    report: Callable[[Progress], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """The three splits of a user's own images; raises :class:`DataError`.

    Safe to call from any thread; all callers share the arrays. ``partly`` returns before all images that are larger
    than memory are decoded.
    """
    with _lock:
        found = _loaded.pop(choice, None)
        if found is None or (found[1] is not None and found[1].failure is not None):
            # what has failed is tried again: the disk may have room by now, or the folder be back
            found = _load(choice)
        dataset, filling = _loaded[choice] = found
        while len(_loaded) > _KEPT:
            _, abandoned = _loaded.popitem(last=False)[1]
            if abandoned is not None:
                abandoned.stop()
    if filling is not None and not partly:
        for name, part in filling.parts.items():
            while not filling.wait(name, np.arange(len(part.rows)), WAIT_SECONDS):
                report(Progress(filling.done, filling.total))
                if cancelled():
                    raise CancelledError
    return dataset


def faults_of(choice: DatasetChoice) -> tuple[Fault, ...]:
    """What was left out of images that are larger than memory, once they are loaded."""
    with _lock:
        filling = _loaded[choice][1] if choice in _loaded else None
    return () if filling is None else filling.faults


def forget() -> None:
    """Release all images, and end decoding in the background."""
    with _lock:
        for _, filling in _loaded.values():
            if filling is not None:
                filling.stop()
        _loaded.clear()


def large(source: Source, form: Form) -> bool:
    """Whether the images of a source do not fit into the memory that is free."""
    return COPIES * len(source.contents) * prod(form.shape) > available()


def slug(title: str) -> str:
    """A valid name of a dataset that resembles ``title``."""
    return re.sub(r"[^a-z0-9_-]+", "-", title.lower()).strip("-_")[:LONGEST_SLUG] or "images"


def _load(choice: DatasetChoice) -> tuple[Dataset, Filling | None]:
    own = choice.own
    assert own is not None and own.origin is not None
    path = origin_path(own)
    source = ordered(open_source(path), own.classes)
    if source.contents.classes != own.classes:
        raise DataError(
            Sentence(
                "The classes in “{name}” have changed since these images were chosen: choose them anew.",
                name=shown(path.name),
            )
        )
    form = Form(*own.image, own.origin.fit)
    parts = _partition(source, choice.validation, choice.split_seed)
    if large(source, form):
        filling = _filling(source, form, parts, choice)
        splits = {
            name: Split(part.images, source.contents.labels[part.split][part.rows], _arriving(filling, name))
            for name, part in filling.parts.items()
        }
    else:
        prepared, filling, splits = prepare(source, form), None, {}
        for name, (split, rows) in parts.items():
            chosen = _surviving(prepared.rows[split], rows)
            labels = source.contents.labels[split][prepared.rows[split][chosen]]
            splits[name] = Split(prepared.images[split][chosen], labels)
    for each in splits.values():
        each.images.flags.writeable = each.labels.flags.writeable = False
    return Dataset(
        name=own.name, title=own.title, classes=own.classes, mean=own.mean, std=own.std,
        train=splits["train"], validation=splits["validation"], test=splits["test"],
    ), filling  # fmt: skip


def _arriving(filling: Filling, name: str) -> Arriving | None:
    """None for images that are all decoded and good."""
    part = filling.parts[name]
    return None if part.decoded.all() and part.good.all() else Arriving(filling, name)


def _filling(
    source: Source, form: Form, parts: Mapping[str, tuple[str, NDArray[np.int64]]], choice: DatasetChoice
) -> Filling:
    key = f"{VERSION} {source.kind} {source.contents.identity} {form} {choice.validation} {choice.split_seed}"
    folder = folders().cache / "decoded" / f"own-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    try:
        return Filling(folder, source, form, {name: Part(split, rows) for name, (split, rows) in parts.items()})
    except OSError as error:
        raise not_kept(error) from error


def _sampled(
    source: Source, form: Form, report: Callable[[Progress], object], cancelled: Callable[[], bool]
) -> Prepared:
    """What some images, evenly chosen, tell of all; raises CancelledError."""
    count = len(source.contents.labels["train"])
    rows = np.unique(np.linspace(0, count - 1, min(count, SAMPLED)).astype(np.int64))
    pieces: list[Task] = [("train", rows[at : at + TOGETHER].tolist()) for at in range(0, len(rows), TOGETHER)]
    values, done = np.zeros((form.channels, 256), np.int64), 0
    faults: list[Fault] = []
    workers = Workers(source, form)
    try:
        for (_, piece), block in workers.read(pieces):
            if cancelled():
                raise CancelledError
            values += histogram(block.images[block.good])
            faults += block.faults
            done += len(piece)
            report(Progress(done, len(rows)))
    finally:
        workers.close()
    every = {split: np.arange(len(labels)) for split, labels in source.contents.labels.items()}
    return Prepared({}, every, {"train": values}, tuple(faults))


def _surviving(rows: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions in ``rows`` of those that are ``kept``; both ascend."""
    return np.flatnonzero(np.isin(rows, kept, assume_unique=True))


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
    if not counts["train"] or not prepared.histograms["train"].any():
        raise DataError(
            plural(
                "None of the {count} images in “{name}” can be read.",
                "The only image in “{name}” cannot be read.",
                len(contents.labels["train"]),
                name=contents.title,
            )
        )
    mean, std = moments_of(prepared.histograms["train"])
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


def moments_of(histogram: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel, of values in [0, 1], from a histogram: int64 (C, 256)."""
    values = np.arange(256) / 255
    shares = histogram / np.maximum(1, histogram.sum(1, keepdims=True))
    mean = shares @ values
    deviation = np.sqrt(np.maximum(0.0, (shares * (values - mean[:, None]) ** 2).sum(1)))
    return tuple(round(float(each), 4) for each in mean), tuple(
        round(max(float(each), LEAST_STD), 4) for each in deviation
    )
