"""The project: the immutable value that the user edits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cnnviz.network.graph import Network
from cnnviz.parameters import integer, parameters_of
from cnnviz.project.layout import Layout
from cnnviz.project.recipe import Recipe
from cnnviz.quoting import described
from cnnviz.sentence import SaidError, Sentence

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class DatasetChoiceError(SaidError, ValueError):
    """A dataset that cannot be chosen."""


@dataclass(frozen=True)
class DatasetChoice:
    """The dataset, and how its training images are split.

    ``validation`` training images are set aside by a stratified random split with the seed ``split_seed``.
    """

    name: str = "mnist"
    validation: int = integer(
        5000,
        0,
        2**31 - 1,
        "How many training images are set aside for validation: the network does not learn from them, so they show"
        " whether it only memorizes the others. 0 is none.",
        "images",
    )
    split_seed: int = integer(0, 0, 2**31 - 1, "The seed of the random choice: another number sets other images aside.")

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise DatasetChoiceError(Sentence("The dataset's name cannot be {name}.", name=described(self.name)))
        for parameter in parameters_of(DatasetChoice):
            value = getattr(self, parameter.name)
            if parameter.normalized(value) is None:
                raise DatasetChoiceError(
                    Sentence(
                        "The dataset's {setting} must be a whole number from 0, not {value}.",
                        setting=parameter.title,
                        value=described(value),
                    )
                )


@dataclass(frozen=True)
class Project:
    """A network, its layout on the canvas, the recipe for training it, and the dataset."""

    network: Network = field(default_factory=Network)
    layout: Layout = field(default_factory=Layout)
    recipe: Recipe = field(default_factory=Recipe)
    dataset: DatasetChoice = field(default_factory=DatasetChoice)
