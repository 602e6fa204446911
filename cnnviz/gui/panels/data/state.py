"""The content of the data page, computed from project, list of datasets and survey. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.data.catalogue import DESCRIPTIONS, describe, origin_path
from cnnviz.data.choice import DatasetChoice
from cnnviz.data.sources import registry
from cnnviz.data.sources.own import slug
from cnnviz.data.sources.public import PUBLIC
from cnnviz.network.check import examine
from cnnviz.network.layers import Input
from cnnviz.project import edits
from cnnviz.project.adapting import fitted_to
from cnnviz.training.facts import facts_for
from cnnviz.training.fitting_batch import with_fitting_batch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.census import Census
    from cnnviz.data.description import Description
    from cnnviz.network.graph import Network
    from cnnviz.project.project import Project

Kind = Literal["inside", "added", "project"]
"""Whether a dataset comes with the program, was added under a name, or is known from the project alone."""
BINS = 64
"""The bars of the histogram."""
LONGEST_STEM = 56
"""The most letters of a name before its number."""


@dataclass(frozen=True)
class Entry:
    """A dataset in the list. ``used`` tells whether the project uses it."""

    choice: DatasetChoice
    kind: Kind
    used: bool

    @property
    def description(self) -> Description:
        """What is known of its images."""
        return describe(self.choice)


@dataclass(frozen=True)
class Change:
    """A parameter of a layer that fitting changes; ``before`` is None for a layer that it adds.

    ``node`` and ``kind`` are empty for a setting of the recipe.
    """

    node: str
    kind: str
    parameter: str
    before: object
    after: object


@dataclass(frozen=True)
class Use:
    """What using a dataset does to a project.

    ``plain`` is the project with the dataset alone, ``fitted`` also has a network that fits it. ``fits`` tells whether
    the network needs no change, ``changes`` are those that fitting makes apart from mean and deviation, and ``errors``
    counts what keeps the fitted network from being trained.
    """

    plain: Project
    fitted: Project
    used: bool
    fits: bool
    changes: tuple[Change, ...]
    errors: int


@dataclass(frozen=True)
class ClassRow:
    """A class: its name, and how many images of each split it has."""

    name: str
    train: int
    validation: int
    test: int


def entries(chosen: DatasetChoice) -> tuple[Entry, ...]:
    """The datasets that can be looked at; ``chosen`` is the project's."""
    found = [
        Entry(chosen if chosen.name == each.name and chosen.own is None else DatasetChoice(each.name), "inside", False)
        for each in DESCRIPTIONS.values()
        if each.at_hand
    ]
    added = [choice for name in registry.names() if (choice := registry.find(name)) is not None]
    found += [Entry(chosen if choice.is_of_same_images(chosen) else choice, "added", False) for choice in added]
    listed = tuple(replace(entry, used=entry.choice.is_of_same_images(chosen)) for entry in found)
    if any(entry.used for entry in listed):
        return listed
    return (*listed, Entry(chosen, "project", True))


def is_at(entry: Entry, path: Path) -> bool:
    """Whether the images of a dataset are in this folder or file."""
    own = entry.choice.own
    return own is not None and own.origin is not None and origin_path(own) == path.absolute()


def free_name(title: str) -> str:
    """A name for images with this title that no dataset has; a name that is taken gets a number."""
    taken = {*DESCRIPTIONS, *PUBLIC, *registry.names()}
    name = stem = slug(title)[:LONGEST_STEM]
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def use(project: Project, choice: DatasetChoice) -> Use:
    """What using a dataset would do to the project."""
    fitted = with_fitting_batch(fitted_to(project, choice))
    plain = replace(project, dataset=choice)
    facts = facts_for(plain)
    codes = {problem.code for problem in examine(plain.network, facts).errors}
    left = examine(fitted.network, facts_for(fitted)).errors
    changes = changed(project.network, fitted.network)
    fits = codes.isdisjoint({"input_shape", "output_classes"}) or not changes
    before, after = project.recipe.batch_size, fitted.recipe.batch_size
    if changes and before != after:
        changes = (*changes, Change("", "", "batch_size", before, after))
    return Use(plain, fitted, choice.is_of_same_images(project.dataset), fits, changes, len(left))


def changed(before: Network, after: Network) -> tuple[Change, ...]:
    """The parameters that differ, apart from mean and deviation of an Input."""
    found = []
    for node in after.order:
        layer = after[node]
        kind = type(layer).__name__
        if node not in before.nodes:
            found.append(Change(node, kind, "", None, None))
            continue
        for field in fields(layer):
            old, new = getattr(before[node], field.name, None), getattr(layer, field.name)
            if old != new and not (isinstance(layer, Input) and field.name in ("mean", "std")):
                found.append(Change(node, kind, field.name, old, new))
    return tuple(found)


def normalized_otherwise(project: Project) -> str:
    """The id of an Input of the size of the images that does not normalize by the mean and deviation of the dataset;
    empty if there is none."""
    about = describe(project.dataset)
    for node in project.network.of_kind(Input):
        layer = project.network[node]
        assert isinstance(layer, Input)
        if layer.shape == about.image and (layer.mean, layer.std) != (about.mean, about.std):
            return node
    return ""


def with_normalization(project: Project) -> Project:
    """The project whose Input normalizes by the mean and deviation of the dataset."""
    about = describe(project.dataset)
    if node := normalized_otherwise(project):
        project = edits.set_parameter(project, node, "mean", about.mean)
        project = edits.set_parameter(project, node, "std", about.std)
    return project


def class_rows(census: Census, names: tuple[str, ...]) -> tuple[ClassRow, ...]:
    """The classes of a dataset in their order."""
    train, validation, test = (census.counts[split].tolist() for split in ("train", "validation", "test"))
    return tuple(map(ClassRow, names, train, validation, test))


def bars(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    """The heights of the bars, (C, BINS) in [0, 1], of a histogram int64 (C, 256).

    The scale leaves out the first and the last bar, because black or white grounds would hide all others.
    """
    binned: NDArray[np.float64] = histogram.reshape(len(histogram), BINS, -1).sum(2).astype(np.float64)
    largest = binned[:, 1:-1].max(initial=0) or binned.max(initial=0) or 1.0
    shares: NDArray[np.float64] = np.minimum(1.0, binned / largest)
    return shares
