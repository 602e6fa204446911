"""Edits of a project: network and layout stay together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import spoiled_networks, valid_networks, wild_networks

from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, GraphError, Network, chain
from cnnviz.network.layers import Add, Conv2d, Input, Layer, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.project import blocks, edits, folding
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN, ROW
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

FAST = TEMPLATES["fast"].project()


@given(st.one_of(valid_networks(), wild_networks()))
def test_an_automatic_layout_puts_every_node_at_a_place_of_its_own_behind_its_sources(network: Network) -> None:
    positions = arrange(network).positions
    assert positions.keys() == network.nodes.keys()
    assert len(set(positions.values())) == len(network.nodes)
    for edge in network.edges:
        assert positions[edge.source][0] + COLUMN <= positions[edge.target][0]
    for one, other in combinations(positions.values(), 2):
        assert abs(one[0] - other[0]) >= COLUMN or abs(one[1] - other[1]) >= ROW


@given(valid_networks(), layers(), st.data())
def test_inserting_into_a_wire_makes_room_and_bypassing_gives_the_network_back(
    network: Network, layer: Layer, data: st.DataObject
) -> None:
    if layer.most_inputs == 0 or layer.kind == "Output":
        return
    project = Project(network, arrange(network))
    edge = data.draw(st.sampled_from(sorted(network.edges, key=repr)))
    after, name = edits.insert(project, edge, layer)
    positions = after.layout.positions
    assert positions[edge.source][0] < positions[name][0] < positions[edge.target][0]
    assert edits.bypass(after, [name]).network == network


def columns(project: Project) -> dict[str, float]:
    return {name: x / COLUMN for name, (x, _) in project.layout.positions.items()}


def test_what_is_behind_a_bypassed_node_moves_up_to_what_was_before_it() -> None:
    project = TEMPLATES["fast"].project()
    before, order = columns(project), project.network.order
    after = edits.bypass(project, ["norm1", "pool2"])
    passed = 0
    for name in order:
        passed += name in ("norm1", "pool2")
        if name in after.network.nodes:
            assert columns(after)[name] == before[name] - passed
    assert after.layout.positions == arrange(after.network).positions
    # an input of the network leaves no gap
    assert columns(edits.bypass(project, ["input"]))["conv1"] == before["conv1"]


def test_nothing_moves_up_where_another_path_stands_in_the_column() -> None:
    network = chain(("input", Input()), ("conv1", Conv2d()), ("relu1", ReLU()), ("add1", Add()), ("output", Output()))
    network = graph.connect(graph.connect(graph.add(network, "relu2", ReLU()), "conv1", "relu2"), "relu2", "add1")
    project = Project(network, arrange(network))
    after = edits.bypass(project, ["relu1"])
    assert after.layout.positions == {n: p for n, p in project.layout.positions.items() if n != "relu1"}
    assert columns(edits.bypass(after, ["relu2"]))["add1"] == columns(project)["add1"] - 1


@given(valid_networks(), st.data())
def test_bypassing_leaves_every_node_behind_its_sources_and_at_a_place_of_its_own(
    network: Network, data: st.DataObject
) -> None:
    project = Project(network, arrange(network))
    name = data.draw(st.sampled_from(sorted(network.nodes)))
    try:
        after = edits.bypass(project, [name])
    except GraphError:
        return
    positions = after.layout.positions
    assert positions.keys() == after.network.nodes.keys()
    for edge in after.network.edges:
        assert positions[edge.source][0] + COLUMN <= positions[edge.target][0] + 1
    for one, other in combinations(positions.values(), 2):
        assert abs(one[0] - other[0]) >= COLUMN - 1 or abs(one[1] - other[1]) >= ROW


def test_in_a_folded_block_and_before_one_the_gap_is_closed() -> None:
    project = TEMPLATES["fast"].project()
    project, block = blocks.group(project, ["conv2", "norm2", "relu2"], "stage")
    project = replace(project, layout=folding.fold(project.layout, block))
    before = project.layout.place(block)[0]
    assert edits.bypass(project, ["norm1"]).layout.place(block)[0] == before - COLUMN
    inner = columns(edits.bypass(project, ["norm2"]))
    assert inner["relu2"] - inner["conv2"] == 1


@given(valid_networks(), layers())
def test_adding_then_removing_gives_the_project_back(network: Network, layer: Layer) -> None:
    project = Project(network, arrange(network))
    after, name = edits.add_layer(project, layer)
    assert after.layout.positions[name] not in project.layout.positions.values()
    assert edits.remove(after, [name]) == project


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_every_fix_leaves_each_node_with_a_place(network: Network) -> None:
    project = Project(network, arrange(network))
    for problem in check(network, Facts((1, 8, 8), 10)).problems:
        for fix in problem.fixes:
            after = edits.apply_fix(project, fix)
            assert after.layout.positions.keys() == after.network.nodes.keys()


@given(valid_networks(), st.data())
def test_a_pasted_copy_has_the_same_layers_and_wires_under_new_names(network: Network, data: st.DataObject) -> None:
    project = Project(network, arrange(network))
    names = data.draw(st.sets(st.sampled_from(list(network.nodes))))
    after, new = edits.paste(project, edits.copy(project, names), (10.0, 20.0))
    assert len(new) == len(names)
    assert not new & network.nodes.keys()
    assert {name: after.network[name] for name in network.nodes} == {name: network[name] for name in network.nodes}
    assert edits.remove(after, new) == project
    inner = {edge for edge in network.edges if {edge.source, edge.target} <= names}
    assert len(after.network.edges) == len(network.edges) + len(inner)


@given(valid_networks(), st.data())
def test_renaming_there_and_back_gives_the_project_back(network: Network, data: st.DataObject) -> None:
    project = Project(network, arrange(network))
    name = data.draw(st.sampled_from(list(network.nodes)))
    renamed = edits.rename(project, name, "another")
    assert renamed.layout.positions["another"] == project.layout.positions[name]
    assert edits.rename(renamed, "another", name) == project


def test_a_node_moved_onto_a_wire_stands_in_it() -> None:
    project, name = edits.add_layer(FAST, ReLU(), at=(0.0, 500.0))
    after = edits.move_onto(project, name, Edge("conv1", "norm1"))
    assert after.network.inputs["norm1"] == (name,)
    assert after.network.inputs[name] == ("conv1",)


def test_a_layer_behind_another_feeds_all_that_it_fed() -> None:
    after, name = edits.add_after(FAST, "conv1", Conv2d())
    assert after.network.inputs["norm1"] == (name,)
    assert after.layout.positions["conv1"][0] < after.layout.positions[name][0] < after.layout.positions["norm1"][0]


def test_several_wires_at_once() -> None:
    project, name = edits.add_layer(FAST, ReLU())
    project = edits.connect(project, "relu1", name)
    after = edits.disconnect(project, [Edge("relu1", name), Edge("fc1", "output")])
    assert after.network.edges == FAST.network.edges - {Edge("fc1", "output")}


def test_what_cannot_be_done_leaves_the_project_alone() -> None:
    with pytest.raises(GraphError):
        edits.connect(FAST, "output", "conv1")
    with pytest.raises(GraphError):
        edits.rename(FAST, "conv1", "conv2")
    with pytest.raises(GraphError):
        edits.remove(FAST, ["nobody"])
    assert TEMPLATES["fast"].project() == FAST


def test_a_batch_that_fits_is_set_in_the_recipe_and_mends_the_problem() -> None:
    def facts(project: Project) -> Facts:
        return Facts((1, 28, 28), 10, project.recipe.batch_size, memory=50_000_000)

    (problem,) = check(FAST.network, facts(FAST)).errors
    (fix,) = problem.fixes
    mended = edits.apply_fix(FAST, fix)
    assert (mended.network, mended.layout) == (FAST.network, FAST.layout)
    assert mended.recipe.batch_size == problem.values["fits"] < FAST.recipe.batch_size
    assert check(mended.network, facts(mended)).trainable
