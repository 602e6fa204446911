"""Edits of a network: what they do, what they undo, and what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import valid_networks, wild_networks

from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.graph import Edge, GraphError, Network, Node, chain
from cnnviz.network.layers import Add, Concat, Conv2d, Dense, Flatten, Input, Layer, Output, ParameterError, ReLU
from cnnviz.network.problems import Connect, RemoveNode, SetParameter
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = chain(("input", Input()), ("relu1", ReLU()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))


def test_a_chain_feeds_each_node_from_the_one_before() -> None:
    assert SMALL.order == ("input", "relu1", "flatten", "fc1", "output")
    assert SMALL.inputs["flatten"] == ("relu1",)
    assert SMALL.outputs["flatten"] == ("fc1",)
    assert SMALL.ancestors("flatten") == {"input", "relu1"}
    assert SMALL.descendants("flatten") == {"fc1", "output"}


def test_ports_keep_their_order() -> None:
    network = chain(("input", Input()), ("b", ReLU()), ("join", Concat()))
    network = graph.connect(network, "input", "join", 0)
    network = graph.connect(network, "b", "join", 1)
    assert network.inputs["join"] == ("input", "b")
    network = graph.connect(network, "input", "join")
    assert network.inputs["join"] == ("input", "b", "input")
    network = graph.disconnect(network, Edge("input", "join", 0))
    assert network.inputs["join"] == ("b", "input")


def test_a_layer_with_one_input_takes_the_newest_wire() -> None:
    network = graph.add(SMALL, "relu2", ReLU())
    network = graph.connect(network, "input", "relu2")
    network = graph.connect(network, "relu1", "relu2")
    assert network.inputs["relu2"] == ("relu1",)


def test_changing_a_layer_drops_wires_to_ports_it_lacks() -> None:
    network = chain(("input", Input()), ("join", Add()))
    network = graph.connect(network, "input", "join")
    assert graph.set_layer(network, "join", ReLU()).inputs["join"] == ("input",)
    assert graph.set_layer(network, "join", Input()).inputs["join"] == ()


def test_add_after_takes_over_what_the_node_fed() -> None:
    network = graph.add_after(SMALL, "relu1", "conv1", Conv2d())
    assert network.order == ("input", "relu1", "conv1", "flatten", "fc1", "output")


@pytest.mark.parametrize(
    ("code", "edges"),
    [
        ("cycle", {Edge("a", "b", 0), Edge("b", "a", 0)}),
        ("cycle", {Edge("a", "a", 0)}),
        ("port_gap", {Edge("input", "a", 1)}),
        ("port_count", {Edge("input", "a", -1)}),
        ("port_count", {Edge("input", "output", 1)}),
        ("unknown_node", {Edge("input", "nobody", 0)}),
        ("unknown_node", {Edge("nobody", "a", 0)}),
        ("no_input", {Edge("a", "input", 0)}),
        ("no_output", {Edge("output", "a", 0)}),
        ("port_gap", {Edge("input", "a", 0), Edge("b", "a", 0)}),
    ],
)
def test_no_network_has_impossible_wires(code: str, edges: set[Edge]) -> None:
    layer_of = {"input": Input(), "a": Add(), "b": Add(), "output": Output()}
    with pytest.raises(GraphError) as caught:
        Network({name: Node(name, layer) for name, layer in layer_of.items()}, frozenset(edges))
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", ["", "a.b", "1a", "a b", "ä", "a" * 65, "-a", "a\n"])
def test_names_are_module_names(name: str) -> None:
    with pytest.raises(GraphError, match="cannot be a layer's name"):
        graph.add(SMALL, name, ReLU())


@pytest.mark.parametrize(
    ("code", "source", "target"),
    [
        ("cycle", "fc1", "relu1"),
        ("cycle", "relu1", "relu1"),
        ("no_input", "relu1", "input"),
        ("no_output", "output", "lonely"),
        ("already_connected", "input", "relu1"),
        ("unknown_node", "nobody", "relu1"),
        ("unknown_node", "relu1", "nobody"),
    ],
)
def test_connect_refuses(code: str, source: str, target: str) -> None:
    network = graph.add(SMALL, "lonely", Add())
    with pytest.raises(GraphError) as caught:
        graph.connect(network, source, target)
    assert caught.value.code == code


def test_edits_of_unknown_nodes_are_refused() -> None:
    edits: list[Callable[[], Network]] = [
        lambda: graph.remove(SMALL, ["nobody"]),
        lambda: graph.bypass(SMALL, "nobody"),
        lambda: graph.rename(SMALL, "nobody", "somebody"),
        lambda: graph.set_layer(SMALL, "nobody", ReLU()),
        lambda: graph.set_parameter(SMALL, "nobody", "bias", True),
        lambda: graph.add_after(SMALL, "nobody", "relu2", ReLU()),
    ]
    for edit in edits:
        with pytest.raises(GraphError, match="nobody"):
            edit()


def test_a_value_out_of_range_leaves_the_network_as_it_was() -> None:
    with pytest.raises(ParameterError):
        graph.set_parameter(SMALL, "fc1", "out_features", 0)
    assert SMALL["fc1"] == Dense(10)


@given(valid_networks(), layers(), st.data())
def test_insert_then_bypass_gives_the_network_back(network: Network, layer: Layer, data: st.DataObject) -> None:
    if layer.most_inputs == 0 or layer.kind == "Output":
        return
    edge = data.draw(st.sampled_from(sorted(network.edges, key=repr)))
    name = graph.free_id(network, layer)
    assert graph.bypass(graph.insert(network, edge, name, layer), name) == network


@given(wild_networks(), layers())
def test_add_then_remove_gives_the_network_back(network: Network, layer: Layer) -> None:
    name = graph.free_id(network, layer)
    assert graph.remove(graph.add(network, name, layer), [name]) == network


@given(valid_networks(), st.data())
def test_renaming_there_and_back_gives_the_network_back(network: Network, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(network.nodes)))
    renamed = graph.rename(network, name, "another")
    assert renamed["another"] == network[name]
    assert graph.rename(renamed, "another", name) == network
    assert list(renamed.nodes).index("another") == list(network.nodes).index(name)


@given(valid_networks(), st.data())
def test_connect_then_disconnect_gives_the_network_back(network: Network, data: st.DataObject) -> None:
    network = graph.add(network, "join", Add())
    source = data.draw(st.sampled_from([name for name in network.nodes if network[name].kind not in ("Output", "Add")]))
    connected = graph.connect(network, source, "join")
    (new,) = connected.edges - network.edges
    assert graph.disconnect(connected, new) == network


@given(wild_networks(), st.data())
def test_no_sequence_of_edits_breaks_a_network_or_the_check(network: Network, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 8))):
        names = [*network.nodes, "nobody"]
        one, other = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
        port = data.draw(st.integers(-1, 3))
        layer = data.draw(layers())
        edit = data.draw(
            st.sampled_from(
                ["add", "after", "remove", "bypass", "connect", "port", "disconnect", "set", "rename", "fix"]
            )
        )
        try:
            network = _edited(network, edit, one, other, port, layer)
        except (GraphError, ParameterError) as error:
            assert str(error).endswith(".")
        report = check(network, Facts((1, 8, 8), 10, memory=10**9))
        assert Network(network.nodes, network.edges) == network
        assert sorted(network.order) == sorted(network.nodes)
        assert report.nodes.keys() == network.nodes.keys()


def _edited(network: Network, edit: str, one: str, other: str, port: int, layer: Layer) -> Network:
    match edit:
        case "add":
            return graph.add(network, graph.free_id(network, layer), layer)
        case "after":
            return graph.add_after(network, one, graph.free_id(network, layer), layer)
        case "remove":
            return graph.remove(network, {one, other})
        case "bypass":
            return graph.bypass(network, one)
        case "connect":
            return graph.connect(network, one, other)
        case "port":
            return graph.connect(network, one, other, port)
        case "disconnect":
            return graph.disconnect(network, Edge(one, other, port))
        case "set":
            return graph.set_layer(network, one, layer)
        case "rename":
            return graph.rename(network, one, "renamed")
    for fix in (SetParameter(one, "bias", True), RemoveNode(one), Connect(one, other)):
        if not (isinstance(fix, SetParameter) and one in network.nodes and not hasattr(network[one], "bias")):
            network = applied(network, fix)
    return network
