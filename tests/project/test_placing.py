"""Where new nodes go: whatever is added, no node lies on another."""

from __future__ import annotations

from itertools import combinations

import pytest
from edit_steps import PLENTY
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from projects import projects_with_blocks

from cnnviz.network.check import check
from cnnviz.network.graph import Edge, GraphError, chain
from cnnviz.network.layers import Add, Conv2d, Dense, Flatten, Input, Output
from cnnviz.project import edits, folding
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN, NODE_HEIGHT, NODE_WIDTH, ROW
from cnnviz.project.project import Project
from cnnviz.training.facts import facts_for

ADDITIONS = 4


def small() -> Project:
    network = chain(("input", Input()), ("conv1", Conv2d(4)), ("flatten", Flatten()), ("fc1", Dense(10)))
    return Project(network, arrange(network))


def lying_on_each_other(project: Project) -> list[tuple[str, str]]:
    """The pairs of nodes and folded blocks of which one is drawn on the other."""
    return [
        (one, other)
        for (one, (x, y)), (other, (left, top)) in combinations(folding.units(project.layout).items(), 2)
        if abs(x - left) < NODE_WIDTH and abs(y - top) < NODE_HEIGHT
    ]


def added(data: st.DataObject, project: Project) -> Project:
    """One addition: behind a node, into a wire, at a place, by a fix, or of a copy."""
    nodes, wires = sorted(project.network.nodes), sorted(project.network.edges, key=repr)
    how = data.draw(st.sampled_from(["at", *(["after", "fix", "copy"] if nodes else []), *(["into"] if wires else [])]))
    if how == "after":
        return edits.add_after(project, data.draw(st.sampled_from(nodes)), data.draw(layers()))[0]
    if how == "into":
        return edits.insert(project, data.draw(st.sampled_from(wires)), data.draw(layers()))[0]
    if how == "copy":
        units = folding.units(project.layout)
        chosen = data.draw(st.sets(st.sampled_from(sorted(units)), min_size=1))
        names = {name for unit in chosen for name in folding.nodes_of(project.layout, unit)}
        return edits.paste_below(project, edits.copy(project, names))[0]
    if how == "fix":
        facts = facts_for(project, PLENTY)
        fixes = [fix for problem in check(project.network, facts).problems for fix in problem.untried]
        return edits.apply_fix(project, data.draw(st.sampled_from(fixes))) if fixes else project
    coordinates = st.floats(-300, 900, width=16)
    at = data.draw(st.none() | st.tuples(coordinates, coordinates))
    return edits.add_layer(project, data.draw(layers()), at)[0]


@given(projects_with_blocks(), st.data())
def test_whatever_is_added_no_node_lies_on_another(project: Project, data: st.DataObject) -> None:
    assert lying_on_each_other(project) == []
    for _ in range(ADDITIONS):
        try:
            project = added(data, project)
        except GraphError:
            continue
        assert lying_on_each_other(project) == []


def test_an_output_behind_a_layer_in_mid_chain_stands_below_the_next_layer() -> None:
    project, name = edits.add_after(small(), "conv1", Output())
    assert name == "output"
    assert project.layout.positions["flatten"] == (2 * COLUMN, 0)
    assert project.layout.positions["output"] == (2 * COLUMN, ROW)


def test_a_layer_that_is_put_into_a_long_wire_stands_below_what_the_wire_leads_around() -> None:
    project, add = edits.insert(small(), Edge("flatten", "fc1", 0), Add())
    project = edits.connect(project, "input", add)
    project, name = edits.insert(project, Edge("input", add, 1), Conv2d(4))
    assert lying_on_each_other(project) == []
    assert project.layout.positions[name] == (1.5 * COLUMN, ROW)


def test_a_loose_layer_moves_along_where_the_layers_behind_a_new_one_come_to_stand_on_it() -> None:
    project, loose = edits.add_layer(small(), Conv2d(4))
    project, name = edits.add_after(project, "conv1", Conv2d(4))
    places = project.layout.positions
    assert sorted(places, key=lambda one: places[one][0]) == ["input", "conv1", name, "flatten", "fc1", loose]
    assert len({x for x, _ in places.values()}) == 6 and len({y for _, y in places.values()}) == 1


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ((COLUMN + 30, 0.0), (COLUMN + 30, -NODE_HEIGHT - 10)),
        ((500.0, 20.0), (500.0, 20.0)),
        ((3 * COLUMN + 60, 20.0), (4 * COLUMN, 20.0)),
    ],
)
def test_a_layer_that_is_dropped_on_another_moves_to_the_nearest_free_place(
    at: tuple[float, float], place: tuple[float, float]
) -> None:
    project, name = edits.add_layer(small(), Dense(10), at)
    assert project.layout.positions[name] == place
