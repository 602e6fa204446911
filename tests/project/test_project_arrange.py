from __future__ import annotations

from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import Add, Conv2d, Input, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN, ROW


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
