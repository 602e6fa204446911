"""What a template is: a named project, and what may be expected of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.project.arrange import arrange
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.project.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.templates.draft import Drawn

IMAGENET = DatasetChoice("imagenet", validation=0)
"""What the networks of published size are made for."""


MEASURED_ON = "one core of a server's processor with bfloat16 instructions (AVX512-BF16)"
"""The machine of every :class:`Expected`; others need another time, and reach the same accuracy."""


@dataclass(frozen=True)
class Expected:
    """What a training of so many ``epochs`` came to: validation ``accuracy`` (share), and its time in ``seconds``."""

    accuracy: float
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Template:
    """A named project; ``about`` is one sentence for whoever chooses, ``expected`` None where it was never trained.

    Its network is made anew by each call, so that a list of all templates costs nothing.
    """

    name: str
    title: str
    about: str
    build: Callable[[], Drawn]
    recipe: Recipe = field(default_factory=Recipe)
    dataset: DatasetChoice = field(default_factory=DatasetChoice)
    expected: Expected | None = None

    def project(self) -> Project:
        """The project, arranged."""
        drawn = self.build()
        return Project(drawn.network, arrange(drawn.network, drawn.blocks), self.recipe, self.dataset)
