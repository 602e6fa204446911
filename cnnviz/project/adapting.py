"""Changes the dataset of a project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.adapting import fit
from cnnviz.network.shapes import infer
from cnnviz.project.arrange import arrange
from cnnviz.project.project import DatasetChoice, Project

if TYPE_CHECKING:
    from cnnviz.network.problems import UseDataset


def use_dataset(project: Project, edit: UseDataset) -> Project:
    """The project with another dataset, and its network fitted by :func:`~cnnviz.network.adapting.fit`.

    What cannot be fitted is reported by :func:`~cnnviz.network.check.check`.
    """
    network = fit(project.network, edit, infer(project.network)).of(project.network)
    if network.nodes.keys() != project.network.nodes.keys():
        layout = arrange(network, project.layout.blocks)
    else:
        layout = project.layout
    return replace(project, network=network, layout=layout, dataset=DatasetChoice(edit.name))
