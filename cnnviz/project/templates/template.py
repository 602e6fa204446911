"""What a template is: a named project, and what may be expected of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cnnviz.network.graph import Network
from cnnviz.project.arrange import arrange
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.project.recipe import Recipe

IMAGENET = DatasetChoice("imagenet", validation=0)
"""What the networks of published size are made for."""


@dataclass(frozen=True)
class Template:
    """A named project; ``about`` is one sentence for whoever chooses.

    Its network is made anew by each call, so that a list of all templates costs nothing.
    """

    name: str
    title: str
    about: str
    build: Callable[[], Network]
    recipe: Recipe = field(default_factory=Recipe)
    dataset: DatasetChoice = field(default_factory=DatasetChoice)

    def project(self) -> Project:
        """The project, arranged."""
        network = self.build()
        return Project(network, arrange(network), self.recipe, self.dataset)
