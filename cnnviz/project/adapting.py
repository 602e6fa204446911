"""Changes the dataset of a project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.data.catalogue import describe
from cnnviz.data.choice import DatasetChoice
from cnnviz.network.adapting import fit
from cnnviz.network.problems import UseDataset
from cnnviz.network.shapes import infer
from cnnviz.project.arrange import arrange

if TYPE_CHECKING:
    from cnnviz.project.project import Project


def use_dataset(project: Project, edit: UseDataset, choice: DatasetChoice | None = None) -> Project:
    """The project with another dataset, and its network fitted by :func:`~cnnviz.network.adapting.fit`.

    ``choice`` is needed for images of the user; None chooses a dataset that the program knows by the name in ``edit``.
    What cannot be fitted is reported by :func:`~cnnviz.network.check.check`.
    """
    network = fit(project.network, edit, infer(project.network)).of(project.network)
    if network.nodes.keys() != project.network.nodes.keys():
        layout = arrange(network, project.layout.blocks)
    else:
        layout = project.layout
    return replace(project, network=network, layout=layout, dataset=choice or DatasetChoice(edit.name))


def fitted_to(project: Project, choice: DatasetChoice) -> Project:
    """The project with a dataset, and its network fitted to it."""
    about = describe(choice)
    edit = UseDataset(about.name, about.title, about.image, len(about.classes), about.mean, about.std)
    return use_dataset(project, edit, choice)
