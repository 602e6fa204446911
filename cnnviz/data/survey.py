"""Reads a dataset and counts what is in it: a chosen dataset, or a folder or file that is chosen for the first time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.data.catalogue import origin_path
from cnnviz.data.census import take_census
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import open_source
from cnnviz.data.sources.own import describe_path, faults_of, moments_of
from cnnviz.data.sources.source import Form
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Dataset
    from cnnviz.data.census import Census
    from cnnviz.data.choice import DatasetChoice
    from cnnviz.data.description import Fit
    from cnnviz.data.sources.source import Contents, Fault

FITS: tuple[Fit, ...] = ("crop", "pad", "stretch")
"""The ways to fit pictures into a form of other proportions."""
PREVIEWED = 4
"""The number of pictures in a preview."""


@dataclass(frozen=True)
class Stage:
    """How many of ``total`` images are done; ``work`` is "read" or "count"."""

    work: Literal["read", "count"]
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Survey:
    """A dataset that was read, and what is in it; ``faults`` are files that were left out."""

    choice: DatasetChoice
    dataset: Dataset
    census: Census
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, eq=False)
class Preview:
    """Some pictures of a source in a form, for each way to fit them: uint8 (n, C, H, W)."""

    contents: Contents
    form: Form
    pictures: dict[Fit, NDArray[np.uint8]]


def survey(
    choice: DatasetChoice,
    report: Callable[[Stage], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Survey | None:
    """Read a chosen dataset; raises :class:`~cnnviz.data.errors.DataError`. None if it was cancelled.

    If the files of a user's own images have changed since, the choice of the result describes them as they are now.
    """
    own = choice.own
    if own is None or own.origin is None:
        return _counted(choice, (), report, cancelled)
    form = Form(*own.image, own.origin.fit)
    return survey_path(
        origin_path(own), form, own.name, report, cancelled, place=own.origin.path, title=own.title, known=choice
    )


def survey_path(
    path: Path,
    form: Form | None,
    name: str = "",
    report: Callable[[Stage], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    place: str = "",
    title: str = "",
    known: DatasetChoice | None = None,
) -> Survey | None:
    """Read a folder or file of images in a form (None: the form that fits best); raises
    :class:`~cnnviz.data.errors.DataError`. None if it was cancelled.

    ``name``, ``place`` and ``title`` are as in :func:`describe_path`. The choice of the result is ``known``, if that
    still describes the files.
    """
    try:
        found = describe_path(
            path,
            lambda suggested: form or suggested,
            name,
            place,
            title,
            report=lambda progress: report(Stage("read", progress.done, progress.total)),
            cancelled=cancelled,
            classes=() if known is None or known.own is None else known.own.classes,
        )
    except CancelledError:
        return None
    # images larger than memory are not decoded yet: mean and deviation are those of some of them
    sampled = not found.prepared.images
    choice = found.choice
    if known is not None and known.own is not None:
        about = found.description
        if sampled:
            # the known choice has mean and deviation of all images
            about = replace(about, mean=known.own.mean, std=known.own.std)
        if about == replace(known.own, at_hand=True):
            choice = known
    listed = found.source.contents.faults
    counted = _counted(choice, (*listed, *found.prepared.faults), report, cancelled)
    if counted is None or not sampled or choice.own is None:
        return counted
    # now all images have been decoded and counted
    mean, std = moments_of(counted.census.histogram)
    faults = (*listed, *faults_of(choice))
    return replace(counted, choice=replace(choice, own=replace(choice.own, mean=mean, std=std)), faults=faults)


def preview(path: Path, form: Form | None) -> Preview:
    """Some pictures of a folder or file in a form; raises :class:`~cnnviz.data.errors.DataError`."""
    source = open_source(path)
    form = form or source.contents.form
    count = len(source.contents.labels["train"])
    rows = np.unique(np.linspace(0, count - 1, PREVIEWED).astype(int))
    pictures: dict[Fit, NDArray[np.uint8]] = {}
    for fit in FITS:
        blocks = [source.read("train", int(row), int(row) + 1, replace(form, fit=fit)) for row in rows]
        pictures[fit] = np.concatenate([block.images[block.good] for block in blocks])
    return Preview(source.contents, form, pictures)


def _counted(
    choice: DatasetChoice,
    faults: tuple[Fault, ...],
    report: Callable[[Stage], object],
    cancelled: Callable[[], bool],
) -> Survey | None:
    dataset = load_choice(choice)
    census = take_census(dataset, lambda done, total: report(Stage("count", done, total)), cancelled)
    return None if census is None else Survey(choice, dataset, census, faults)
