"""A network made for other images, fitted to those at hand."""

from __future__ import annotations

from dataclasses import replace

from cnnviz.network import graph
from cnnviz.network.graph import Network
from cnnviz.network.layers import Dense, Input, Output, Upsample
from cnnviz.network.problems import UseDataset
from cnnviz.project.arrange import arrange
from cnnviz.project.project import DatasetChoice, Project


def use_dataset(project: Project, edit: UseDataset) -> Project:
    """The project with another data set, its network fitted to it.

    The Input takes the new images, an Upsample behind it enlarges them where the old ones were a whole number of times
    as large, and the Dense that ends the network tells the new classes apart. What that cannot mend is for
    :func:`~cnnviz.network.check.check` to say.
    """
    network = _ended(_started(project.network, edit), edit.classes)
    if network.nodes.keys() != project.network.nodes.keys():
        layout = arrange(network, project.layout.blocks)
    else:
        layout = project.layout
    return replace(project, network=network, layout=layout, dataset=DatasetChoice(edit.name))


def _started(network: Network, edit: UseDataset) -> Network:
    for name in network.of_kind(Input):
        layer = network[name]
        assert isinstance(layer, Input)
        network = graph.set_layer(network, name, Input(edit.image, edit.mean, edit.std))
        (height, down), (width, right) = (
            divmod(old, new) for old, new in zip(layer.shape[1:], edit.image[1:], strict=True)
        )
        if (
            (down, right) == (0, 0)
            and (height, width) != (1, 1)
            and 1 <= min(height, width) <= max(height, width) <= 64
        ):
            enlarge = Upsample((height, width), "bilinear")
            network = graph.add_after(network, name, graph.free_id(network, enlarge), enlarge)
    return network


def _ended(network: Network, classes: int) -> Network:
    for end in network.of_kind(Output):
        sources = network.inputs[end]
        while len(sources) == 1 and network[sources[0]].elementwise:
            sources = network.inputs[sources[0]]
        if len(sources) == 1 and isinstance(network[sources[0]], Dense):
            network = graph.set_parameter(network, sources[0], "out_features", classes)
    return network
