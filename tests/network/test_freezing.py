"""Frozen layers: what is computed of them before anything is trained."""

from __future__ import annotations

from dataclasses import replace

from networks import facts

from cnnviz.network import graph
from cnnviz.network.check import examine
from cnnviz.network.freezing import can_freeze, learning, trained_parameters, with_frozen
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.memory import training_memory
from cnnviz.training.estimate import Speed, step_seconds

NETWORK = chain(
    ("input", Input()),
    ("conv1", Conv2d(8, (3, 3))),
    ("norm1", BatchNorm2d()),
    ("relu1", ReLU()),
    ("pool1", MaxPool2d()),
    ("conv2", Conv2d(16, (3, 3))),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)


def test_nodes_are_frozen_and_the_network_differs() -> None:
    one = with_frozen(NETWORK, ["conv1", "norm1"])
    assert one.frozen == {"conv1", "norm1"} and one != NETWORK
    assert with_frozen(one, ["conv1", "norm1"], False) == NETWORK
    assert with_frozen(one, ["conv1"]) is one


def test_a_frozen_node_stays_frozen_when_it_is_edited() -> None:
    one = with_frozen(NETWORK, ["conv1"])
    assert graph.rename(one, "conv1", "first").frozen == {"first"}
    assert graph.set_layer(one, "conv1", Conv2d(4, (3, 3))).frozen == {"conv1"}
    assert graph.remove(one, ["conv1"]).frozen == frozenset()


def test_only_layers_with_weights_or_statistics_can_be_frozen() -> None:
    report = examine(NETWORK, facts(NETWORK))
    assert [name for name in report.used if can_freeze(report.nodes[name])] == ["conv1", "norm1", "conv2", "fc1"]
    bare = graph.set_layer(NETWORK, "norm1", BatchNorm2d(affine=False))
    assert can_freeze(examine(bare, facts(bare)).nodes["norm1"])


def test_the_backward_pass_ends_at_the_lowest_trained_layer() -> None:
    report = examine(NETWORK, facts(NETWORK))
    assert learning(NETWORK, report) == {*report.used} - {"input"}
    one = with_frozen(NETWORK, ["conv1", "norm1", "fc1"])
    assert learning(one, report) == {"conv2", "flatten", "fc1", "output"}
    assert trained_parameters(one, report) == 8 * 16 * 9 + 16
    assert learning(with_frozen(NETWORK, NETWORK.nodes), report) == frozenset()


def test_frozen_layers_need_less_memory_and_less_time() -> None:
    one = with_frozen(NETWORK, ["conv1", "norm1"])
    known, speed = replace(facts(NETWORK), batch_size=64), Speed(1e9, 1e9, 1e-6, 1e9)
    whole, part = (examine(each, known) for each in (NETWORK, one))
    before, after = (training_memory(each, known) for each in (whole, part))
    trained = trained_parameters(one, part)
    assert (after.gradients, after.optimizer) == (4 * trained, known.state_tensors * 4 * trained)
    assert after.parameters == before.parameters
    assert after.activations < 0.8 * before.activations
    # forward through all layers, backward through the second convolution and the Dense
    macs = {name: part.nodes[name].macs for name in part.used}
    saved = 64 * 2 * (macs["conv1"] + macs["norm1"]) / speed.macs + (8 * 10 + 16) * 4 / speed.values
    assert abs(step_seconds(whole, known, speed) - step_seconds(part, known, speed) - saved) < 1e-9
    # all but the last layer: forward only
    rest = with_frozen(NETWORK, ["conv1", "norm1", "conv2"])
    assert training_memory(examine(rest, known), known).activations < after.activations
