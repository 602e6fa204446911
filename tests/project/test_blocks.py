"""Blocks: which nodes are drawn as one; what is computed knows nothing of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import projects_with_blocks

from cnnviz.network.graph import Edge, Network, chain
from cnnviz.network.layers import Add, Conv2d, Input, Layer, ReLU
from cnnviz.project import blocks, edits
from cnnviz.project.arrange import arrange
from cnnviz.project.file import from_json, to_json
from cnnviz.project.folding import CLEARANCE, units
from cnnviz.project.layout import COLUMN, ROW, Block, BlockError, Layout
from cnnviz.project.project import Project

projects = projects_with_blocks()


def residual() -> Project:
    """input -> conv1 -> relu1 -> conv2 -> add1 (with conv1's output) -> relu2 -> conv3, in a row."""
    layers: dict[str, Layer] = {"input": Input(), "conv1": Conv2d(8), "relu1": ReLU(), "conv2": Conv2d(8)}
    layers |= {"add1": Add(), "relu2": ReLU(), "conv3": Conv2d(8)}
    network = chain(*layers.items())
    network = Network(network.nodes, network.edges | {Edge("conv1", "add1", 1)})
    return Project(network, arrange(network))


def columns(project: Project) -> dict[str, float]:
    return {name: x / COLUMN for name, (x, _) in units(project.layout).items()}


def drawn_apart(layout: Layout) -> bool:
    """No two things that are drawn stand in each other's way."""
    return all(
        abs(one[0] - other[0]) >= COLUMN - 1e-6 or abs(one[1] - other[1]) >= CLEARANCE
        for one, other in combinations(units(layout).values(), 2)
    )


def stands_free(layout: Layout, block: str) -> bool:
    """Nothing that is not in an unfolded block stands between the corners of what is."""
    inside = layout.inside[block]
    places = units(layout)
    inner = [place for unit, place in places.items() if layout.inside.get(unit, {unit}) <= inside]
    others = [place for unit, place in places.items() if not layout.inside.get(unit, {unit}) <= inside]
    (left, top), (right, bottom) = (tuple(pick(axis) for axis in zip(*inner, strict=True)) for pick in (min, max))
    return not any(
        left - COLUMN + 1 < x < right + COLUMN - 1 and top - CLEARANCE < y < bottom + CLEARANCE for x, y in others
    )


def test_a_group_folds_into_one_unit_and_unfolds_where_it_stood() -> None:
    project = residual()
    grouped, block = blocks.group(project, ["relu1", "conv2", "add1"], "residual")
    assert grouped.network is project.network
    assert grouped.layout.positions == project.layout.positions
    folded = blocks.fold(grouped, block)
    assert columns(folded) == {"input": 0, "conv1": 1, block: 2, "relu2": 3, "conv3": 4}
    assert blocks.unfold(folded, block) == grouped
    assert blocks.ungroup(folded, block) == project


def test_groups_nest_and_the_outer_one_hides_the_inner() -> None:
    project, inner = blocks.group(residual(), ["relu1", "conv2"])
    project, outer = blocks.group(project, ["conv1", "relu1", "conv2", "add1"])
    layout = project.layout
    assert [layout.blocks[one].name for one in (inner, outer)] == ["Block 1", "Block 2"]
    assert layout.blocks[inner].parent == outer
    assert layout.blocks[outer].members == {"conv1", "add1"}
    assert layout.around("relu1") == (inner, outer)
    both = blocks.fold(blocks.fold(project, inner), outer)
    assert columns(both) == {"input": 0, outer: 1, "relu2": 2, "conv3": 3}
    assert columns(blocks.unfold(both, outer)) == {"input": 0, "conv1": 1, inner: 2, "add1": 3, "relu2": 4, "conv3": 5}
    assert blocks.reveal(both, ["conv2"]) == project
    assert blocks.fold_all(project, folded=True) == both
    assert blocks.fold_all(both, folded=False) == project


def test_a_group_inside_a_block_stays_inside_it() -> None:
    project, outer = blocks.group(residual(), ["conv1", "relu1", "conv2", "add1"])
    project, inner = blocks.group(project, ["relu1", "conv2"])
    assert project.layout.blocks[inner].parent == outer
    assert project.layout.blocks[outer].members == {"conv1", "add1"}
    assert blocks.ungroup(project, inner).layout.blocks[outer].members == {"conv1", "relu1", "conv2", "add1"}
    out = blocks.take_out(project, ["relu1"])
    assert out.layout.block_of["relu1"] == outer
    assert "relu1" not in blocks.take_out(out, ["relu1"]).layout.block_of


def test_what_cannot_be_grouped_is_refused_with_a_sentence() -> None:
    project, _ = blocks.group(residual(), ["relu1", "conv2"], "pair")
    with pytest.raises(BlockError, match="Only a part of the block “pair” is selected"):
        blocks.group(project, ["conv1", "relu1"])
    with pytest.raises(BlockError, match="are the block “pair” already"):
        blocks.group(project, ["relu1", "conv2"])
    with pytest.raises(BlockError, match="nothing to group"):
        blocks.group(project, [])
    for act in (blocks.fold, blocks.unfold, blocks.ungroup):
        with pytest.raises(BlockError, match="no block #7"):
            act(project, "#7")
    for name in ("", "  ", "a\nb", "x" * 65):
        with pytest.raises(BlockError, match="1 to 64 printed characters"):
            blocks.rename(project, "#1", name)


def test_blocks_that_cannot_be_are_refused() -> None:
    places = {"a": (0.0, 0.0), "b": (0.0, 0.0)}

    def layout(*made: Block) -> Layout:
        return Layout(places, {block.id: block for block in made})

    one = Block("#1", "one", frozenset({"a"}))
    with pytest.raises(BlockError, match="“a” is in two blocks"):
        layout(one, Block("#2", "two", frozenset({"a", "b"})))
    with pytest.raises(BlockError, match="“one” holds “c”"):
        layout(replace(one, members=frozenset({"c"})))
    with pytest.raises(BlockError, match="no block #9"):
        layout(replace(one, parent="#9"))
    with pytest.raises(BlockError, match="no block #9"):
        layout(replace(one, parent="#2"), Block("#2", "two", parent="#9"))
    with pytest.raises(BlockError, match="inside itself"):
        layout(replace(one, parent="#2"), Block("#2", "two", parent="#1"))
    with pytest.raises(BlockError, match="16 deep"):
        layout(one, *(Block(f"#{n}", "deeper", frozenset(), f"#{n - 1}") for n in range(2, 19)))
    with pytest.raises(BlockError, match="cannot identify"):
        Block("conv1", "one")
    assert layout(one, Block("#2", "empty", parent="#1")).blocks == {"#1": one}


def test_a_new_layer_joins_the_block_that_its_neighbours_share() -> None:
    project, block = blocks.group(residual(), ["relu1", "conv2", "add1"])
    within, name = edits.insert(project, Edge("relu1", "conv2"), ReLU())
    assert within.layout.block_of[name] == block
    without, name = edits.insert(project, Edge("add1", "relu2"), ReLU())
    assert name not in without.layout.block_of
    folded = blocks.fold(project, block)
    behind, name = edits.add_after(folded, "add1", Conv2d())
    assert columns(behind) == {"input": 0, "conv1": 1, block: 2, name: 3, "relu2": 4, "conv3": 5}


def test_a_block_is_deleted_copied_and_renamed_with_its_nodes() -> None:
    project, inner = blocks.group(residual(), ["relu1", "conv2"], "inner 1")
    project, outer = blocks.group(project, ["relu1", "conv2", "add1"], "outer")
    nodes = project.layout.inside[outer]
    copied, new = edits.paste(project, edits.copy(project, nodes), (0.0, ROW))
    twin = copied.layout.whole(new)
    assert twin is not None
    assert copied.layout.blocks[twin].name == "outer 1"
    assert [copied.layout.blocks[one].name for one in copied.layout.children[twin]] == ["inner 2"]
    assert edits.remove(copied, new) == project
    assert edits.copy(project, ["relu1", "add1"]).layout.blocks == {}
    assert edits.remove(project, nodes).layout.blocks == {}
    assert edits.rename(project, "relu1", "act").layout.blocks[inner].members == {"act", "conv2"}
    assert blocks.rename(project, inner, " pair ").layout.blocks[inner].name == "pair"


@pytest.mark.parametrize("name", ["a" * 64, "a" * 63 + "9", "a" * 55 + "999999999"])
def test_the_copy_of_a_block_with_a_long_name_has_a_name_that_is_not_too_long(name: str) -> None:
    project, block = blocks.group(residual(), ["relu1", "conv2"], name)
    copied, new = edits.paste(project, edits.copy(project, project.layout.inside[block]), (0.0, ROW))
    twin = copied.layout.whole(new)
    assert twin is not None and copied.layout.blocks[twin].name not in ("", name)


@given(projects)
def test_projects_with_blocks_are_written_and_read_back(project: Project) -> None:
    text = to_json(project)
    assert from_json(text) == project
    assert to_json(from_json(text)) == text


@given(projects)
def test_an_arranged_block_has_its_place_for_itself(project: Project) -> None:
    layout = project.layout
    assert drawn_apart(layout)
    for block in layout.blocks.values():
        if layout.is_drawn(block.id) and not block.folded:
            assert stands_free(layout, block.id)


@given(projects, st.data())
def test_folding_and_unfolding_never_lets_things_overlap(project: Project, data: st.DataObject) -> None:
    for _ in range(4):
        if not project.layout.blocks:
            return
        block = data.draw(st.sampled_from(list(project.layout.blocks)))
        act = blocks.unfold if project.layout.blocks[block].folded else blocks.fold
        after = act(project, block)
        assert after.network is project.network
        assert after.layout.blocks.keys() == project.layout.blocks.keys()
        assert drawn_apart(after.layout)
        if act is blocks.unfold and after.layout.is_drawn(block):
            assert stands_free(after.layout, block)
        project = after


@given(projects, st.data())
def test_grouping_then_ungrouping_gives_the_project_back(project: Project, data: st.DataObject) -> None:
    if not project.network.nodes:
        return
    chosen = data.draw(st.sets(st.sampled_from(list(project.network.nodes)), min_size=1))
    try:
        grouped, block = blocks.group(project, chosen)
    except BlockError:
        return
    assert grouped.layout.inside[block] == chosen
    assert blocks.ungroup(grouped, block) == project


@given(projects_with_blocks(), st.data())
def test_what_is_left_stays_where_it_is_drawn(project: Project, data: st.DataObject) -> None:
    """Also a folded block whose first layers are deleted."""
    project = blocks.fold_all(project, folded=True)
    before = units(project.layout)
    gone = data.draw(st.sets(st.sampled_from(sorted(project.network.nodes)), min_size=1)) if before else set()
    after = units(edits.remove(project, gone).layout)
    assert after == {unit: before[unit] for unit in after}
