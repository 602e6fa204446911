"""Templates: named projects, with the accuracy and time to expect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.data.choice import DatasetChoice
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.templates.draft import Drawn

IMAGENET = DatasetChoice("imagenet", validation=0)
"""The dataset of the networks of published size."""


MEASURED_ON = "one core of a server's processor with bfloat16 instructions (AVX512-BF16)"
"""The machine of every :class:`Expected`. Other machines need another time for the same accuracy."""


@dataclass(frozen=True)
class Expected:
    """The measured result of a training of ``epochs``: validation ``accuracy`` (a share), and its time in
    ``seconds``."""

    accuracy: float
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Template:
    """A named project; ``about`` is a sentence for the user, ``expected`` is None if it was never trained.

    The network is built by each call of :meth:`project`, so that a list of all templates costs nothing.
    """

    name: str
    title: str
    about: str
    build: Callable[[], Drawn]
    recipe: Recipe = field(default_factory=Recipe)
    dataset: DatasetChoice = field(default_factory=DatasetChoice)
    expected: Expected | None = None

    def project(self) -> Project:
        """The project, with its nodes arranged."""
        drawn = self.build()
        return Project(drawn.network, arrange(drawn.network, drawn.blocks), self.recipe, self.dataset)
