"""Layers of a recorded network are found under their present names: by id, by original id, and by place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.network.drawn_names import drawn_names, named_as
from cnnviz.network.graph import Network, remove
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES


def renamed(network: Network, **names: str) -> Network:
    """The network with other names, as it is after it was saved and read: original ids are not kept."""
    project = replace(TEMPLATES["fast"].project(), network=network)
    for source, name in names.items():
        project = edits.rename(project, source, f"_{name}")
    for name in names.values():
        project = edits.rename(project, f"_{name}", name)
    nodes = {name: replace(node, origin="") for name, node in project.network.nodes.items()}
    return replace(project.network, nodes=nodes)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_layer_of_a_template_is_found_under_another_name(template: str) -> None:
    network = TEMPLATES[template].project().network
    names = {name: f"layer{place}" for place, name in enumerate(network.nodes)}
    drawn = renamed(network, **names)
    assert drawn_names(network, drawn) == names
    tensors = {f"{name}.weight": place for place, name in enumerate(network.nodes)}
    found, weights = named_as(drawn, network, tensors)
    assert found == drawn and weights == {f"{name}.weight": place for place, name in enumerate(names.values())}
    assert named_as(network, network, tensors) == (network, tensors)


def test_names_that_were_swapped_are_those_of_the_places() -> None:
    network = TEMPLATES["fast"].project().network
    drawn = renamed(network, conv1="conv3", conv3="conv1")
    assert drawn_names(network, drawn) == {name: name for name in network.nodes} | {"conv1": "conv3", "conv3": "conv1"}


def test_layers_that_were_renamed_beside_a_change_are_found() -> None:
    network = TEMPLATES["fast"].project().network
    project = edits.set_parameter(TEMPLATES["fast"].project(), "conv3", "out_channels", 11)
    drawn = renamed(project.network, conv1="first")
    names = drawn_names(network, drawn)
    assert names["conv1"] == "first" and names["conv3"] == "conv3"
    # a layer that is not drawn keeps its name, unless another one has it now
    removed = drawn_names(network, remove(network, ["conv1"]))
    assert removed == {name: name for name in network.nodes}
    other = drawn_names(network, renamed(remove(network, ["conv1"]), conv3="conv1"))
    assert len(set(other.values())) == len(network.nodes)
    assert other["conv1"] in ("conv1", "conv1_")
