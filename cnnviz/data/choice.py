"""The choice of a dataset, which a project stores. Standard library only."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from cnnviz.data.description import Description, DescriptionError
from cnnviz.parameters import integer, parameters_of
from cnnviz.quoting import described
from cnnviz.sentence import SaidError, Sentence

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""The names of datasets."""


class DatasetChoiceError(SaidError, ValueError):
    """A dataset that cannot be chosen."""


@dataclass(frozen=True)
class DatasetChoice:
    """The dataset, and how its training images are split.

    ``validation`` training images are set aside by a stratified random split with the seed ``split_seed``, unless the
    dataset itself sets images aside. ``own`` describes the images of the user; it is None for a dataset that the
    program knows by its ``name``.
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
    own: Description | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
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
        if self.own is not None and not (isinstance(self.own, Description) and self.own.origin is not None):
            raise DatasetChoiceError(Sentence("The description of the dataset's images is damaged."))

    @property
    def set_aside(self) -> int:
        """How many training images are validation images."""
        if self.own is not None and self.own.validation:
            return self.own.validation
        return self.validation

    def is_of_same_images(self, other: DatasetChoice) -> bool:
        """Whether both choices are of the same images, however they are split."""
        return (self.own or self.name) == (other.own or other.name)


def description_entry(description: Description) -> dict[str, Any]:
    """A description as it is written to JSON: without ``at_hand``, which differs between machines."""
    return {name: value for name, value in asdict(description).items() if name != "at_hand"}


def description_of(entry: object) -> Description:
    """The description in parsed JSON; raises :class:`DatasetChoiceError`."""
    # not at the top of the file: pydantic is slow to import
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Description).validate_python(entry)
    except ValidationError as error:
        # pydantic wraps the errors that the classes themselves raise
        refused = error.errors()[0].get("ctx", {}).get("error")
        damaged = Sentence("The description of the dataset's images is damaged.")
        raise DatasetChoiceError(refused.sentence if isinstance(refused, DescriptionError) else damaged) from error
