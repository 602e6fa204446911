"""The remedies of problems: which fixes are offered for layers that do not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import flattened, headed, spoiled_networks, wild_networks
from problem_cases import CASES, MNIST

from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    Add,
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    MaxPool2d,
    Multiply,
    Output,
    ReLU,
    Upsample,
)
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.network.graph import Network
    from cnnviz.network.problems import Problem


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_every_fix_removes_its_problem(network: Network) -> None:
    known = Facts((1, 8, 8), 10)
    for problem in check(network, known).problems:
        for fix in problem.fixes:
            after = check(applied(network, fix.edit), known)
            assert not _still_there(problem, after.problems), (problem.sentence(), fix.label())


def _still_there(problem: Problem, after: tuple[Problem, ...]) -> bool:
    alike = [one for one in after if (one.code, one.node) == (problem.code, problem.node)]
    alike = [one for one in alike if one.values.get("what") == problem.values.get("what")]
    if problem.code in ("many_inputs", "many_outputs"):
        return any(one.values["count"] >= problem.values["count"] for one in alike)
    return bool(alike)


WITHOUT_REMEDY = {"too_large_memory", "too_many_parameters", "too_many_values"}
"""What is too large for any machine: by how much, and where, is for the user to say."""


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_each_problem_has_a_fix(code: str, make: Callable[[], Network]) -> None:
    network = make()
    (problem,) = (problem for problem in check(network, MNIST).problems if problem.code == code)
    assert bool(problem.fixes) == (code not in WITHOUT_REMEDY)
    for fix in problem.fixes:
        assert code not in {one.code for one in check(applied(network, fix.edit), MNIST).problems}


def _beside(joining: Layer, *second: Layer) -> Network:
    """The 8 maps of a convolution, joined with what other layers make of them."""
    network = headed(Conv2d(8, bias=False), joining)
    source = "layer0"
    for at, layer in enumerate(second):
        network = graph.connect(graph.add(network, f"way{at}", layer), source, f"way{at}")
        source = f"way{at}"
    return graph.connect(network, source, "layer1")


def _two_ends() -> Network:
    return graph.connect(graph.add(headed(ReLU()), "second", Output()), "fc", "second")


REMEDIES: list[tuple[Network, list[str]]] = [
    (_beside(Add(), Conv2d(16, (1, 1))), ["Insert Conv2d 1×1"]),
    (_beside(Add(), Conv2d(8)), ["Set way0 padding same", "Insert AdaptiveAvgPool2d to 24×24", "Insert ZeroPad2d"]),
    (
        _beside(Add(), Conv2d(16, stride=(2, 2), padding=(1, 1))),
        ["Insert Upsample ×2, Conv2d 1×1", "Insert AdaptiveAvgPool2d to 13×13, Conv2d 1×1"],
    ),
    (_beside(Multiply(), AdaptiveAvgPool2d(), Conv2d(4, (1, 1))), ["Insert Conv2d 1×1"]),
    (_beside(Multiply(), GlobalAvgPool2d()), ["Insert Reshape"]),
    (_beside(Multiply(), GlobalAvgPool2d(), Dense(3)), ["Insert Dense 8, Reshape"]),
    (_beside(Concat(), MaxPool2d()), ["Insert Upsample ×2", "Insert AdaptiveAvgPool2d to 13×13"]),
    (_beside(Concat(), AdaptiveAvgPool2d(), Flatten()), ["Insert Flatten", "Insert GlobalAvgPool2d"]),
    (_beside(Add(), Flatten(), Dense(5)), ["Insert Flatten, Dense 5", "Insert GlobalAvgPool2d, Dense 5"]),
    (_two_ends(), ["Remove second", "Remove output"]),
    (flattened(Dense(128), Conv2d(8), Dense(10)), ["Insert Reshape, Flatten"]),
    (flattened(ReLU(), Conv2d(8), Dense(10)), ["Move flatten in front of layer2", "Insert Reshape, Flatten"]),
    (flattened(Dense(64), BatchNorm2d(), Dense(10)), ["Take BatchNorm1d instead", "Take LayerNorm instead"]),
    (headed(Conv2d(8), BatchNorm1d()), ["Take BatchNorm2d instead"]),
]


def test_what_is_repeated_over_maps_or_positions_needs_no_remedy() -> None:
    for second in (
        [AdaptiveAvgPool2d()],
        [Conv2d(1, (1, 1))],
        [AdaptiveAvgPool2d(), Conv2d(1, (1, 1)), Upsample((26, 26))],
    ):
        for joining in (Add(), Multiply()):
            report = check(_beside(joining, *second), MNIST)
            assert report.trainable and report.nodes["layer1"].output == (8, 26, 26)
            assert report.nodes["layer1"].macs == report.nodes["layer1"].parameter_count == 0
    (problem,) = check(_beside(Multiply(), AdaptiveAvgPool2d((1, 26))), MNIST).errors
    assert problem.code == "add_shapes"
    assert problem.sentence() == (
        "Multiply “layer1” needs inputs of one shape, or C×1×1 or 1×H×W beside C×H×W, but gets 8×26×26, 8×1×26."
    )


def test_a_gate_is_offered_no_other_size() -> None:
    (problem,) = check(_beside(Multiply(), AdaptiveAvgPool2d(), Conv2d(4, (1, 1))), MNIST).errors
    assert [fix.label() for fix in problem.fixes] == ["Insert Conv2d 1×1"]


@pytest.mark.parametrize(("network", "labels"), REMEDIES, ids=[" or ".join(labels) for _, labels in REMEDIES])
def test_what_does_not_fit_together_is_brought_together(network: Network, labels: list[str]) -> None:
    (problem,) = check(network, MNIST).errors
    offered = [fix.label() for fix in problem.fixes]
    assert set(labels) <= set(offered)
    for fix in problem.fixes:
        assert check(applied(network, fix.edit), MNIST).errors == ()
