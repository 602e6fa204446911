from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import Add, Conv2d, Input, Layer, ReLU
from cnnviz.project.arrange import _first_free, _TakenLanes, arrange
from cnnviz.project.layout import COLUMN, ROW, Block


def network(*edges: Edge) -> Network:
    layers = {"input": Input(), "conv1": Conv2d(4), "relu1": ReLU(), "conv2": Conv2d(4), "add1": Add()}
    return Network({name: Node(name, layer) for name, layer in layers.items()}, frozenset(edges))


def test_the_main_path_stays_straight_beside_a_skip_connection() -> None:
    chain = (Edge("input", "conv1"), Edge("conv1", "relu1"), Edge("relu1", "conv2"), Edge("conv2", "add1", 1))
    positions = arrange(network(*chain, Edge("conv1", "add1", 0))).positions
    assert positions == {
        name: (column * COLUMN, 0.0) for column, name in enumerate(("input", "conv1", "relu1", "conv2", "add1"))
    }


def test_parallel_paths_stand_below_each_other() -> None:
    branches = (Edge("input", "conv1"), Edge("input", "conv2"), Edge("conv1", "add1"), Edge("conv2", "add1", 1))
    positions = arrange(network(*branches, Edge("add1", "relu1"))).positions
    assert {positions["conv1"], positions["conv2"]} == {(COLUMN, 0.0), (COLUMN, ROW)}
    assert positions["add1"] == (2 * COLUMN, 0.0)
    assert positions["relu1"] == (3 * COLUMN, 0.0)


@given(st.data())
def test_boxes_take_the_first_lanes_that_are_free_in_all_their_columns(data: st.DataObject) -> None:
    columns = [_TakenLanes() for _ in range(4)]
    taken: set[tuple[int, int]] = set()
    for _ in range(data.draw(st.integers(1, 20))):
        left = data.draw(st.integers(0, 3))
        width, height = data.draw(st.integers(1, 4 - left)), data.draw(st.integers(1, 3))
        lane = data.draw(st.integers(0, 12))
        free = _first_free(columns[left : left + width], lane, height)
        while not taken.isdisjoint(box := {(left + x, lane + y) for x in range(width) for y in range(height)}):
            lane += 1
        assert free == lane
        taken |= box
        for column in columns[left : left + width]:
            column.take(lane, height)


@pytest.mark.parametrize("shape", ["star", "fans", "blocks"])
def test_the_work_grows_with_the_network_and_not_with_its_square(shape: str) -> None:
    few, many = (_calls(*_wide(shape, count)) for count in (100, 400))
    assert many < 6 * few


def _wide(shape: str, count: int) -> tuple[Network, list[Block]]:
    """Paths beside each other from one Input: single nodes, nodes that feed two, or blocks that feed each other."""
    nodes: dict[str, Layer] = {"input": Input()}
    edges: list[Edge] = []
    blocks: list[Block] = []
    for at in range(count):
        names = {"star": [f"a{at}"], "fans": [f"a{at}", f"b{at}", f"c{at}"], "blocks": [f"a{at}", f"b{at}"]}[shape]
        nodes |= dict.fromkeys(names, ReLU())
        edges.append(Edge("input", f"a{at}"))
        if shape == "fans":
            edges += [Edge(f"a{at}", f"b{at}"), Edge(f"a{at}", f"c{at}")]
        if shape == "blocks":
            edges.append(Edge(f"a{at ^ 1}", f"b{at}"))
            blocks.append(Block(f"#{at + 1}", f"pair {at}", frozenset(names)))
    return Network({name: Node(name, layer) for name, layer in nodes.items()}, frozenset(edges)), blocks


def _calls(network: Network, blocks: list[Block]) -> int:
    """How many functions are called to arrange a network, those of the library included."""
    network.order  # noqa: B018 (worked out before it is counted)
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        arrange(network, blocks)
    finally:
        sys.setprofile(None)
    return count
