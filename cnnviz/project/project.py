"""The project: the immutable value that the user edits."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.graph import Network
from cnnviz.project.layout import Layout
from cnnviz.project.recipe import Recipe


@dataclass(frozen=True)
class Project:
    """A network, its layout on the canvas, the recipe for training it, and the dataset."""

    network: Network = field(default_factory=Network)
    layout: Layout = field(default_factory=Layout)
    recipe: Recipe = field(default_factory=Recipe)
    dataset: DatasetChoice = field(default_factory=DatasetChoice)
