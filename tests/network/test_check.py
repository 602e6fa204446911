"""All problems at once, each a sentence; every fix removes its problem; nothing raises."""

from __future__ import annotations

import string
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import ADVICE, facts, flattened, headed, layers, spoiled_networks, valid_networks, wild_networks

from cnnviz import numerals
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.graph import Edge, Network, Node, chain
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    Input,
    InstanceNorm2d,
    Layer,
    MaxPool2d,
    MultiheadSelfAttention,
    Multiply,
    Output,
    ReLU,
    Reshape,
    Upsample,
)
from cnnviz.network.memory import training_memory
from cnnviz.network.problem_kinds import PROBLEM_KINDS, About
from cnnviz.network.problems import LABELS, Problem, Severity
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

MNIST = Facts((1, 28, 28), 10)


def _joined(first: Layer, joining: Layer) -> Network:
    network = headed(first, joining)
    return graph.connect(network, "input", "layer1")


def _unfed() -> Network:
    network = chain(("input", Input()), ("flatten", Flatten()))
    for name, layer in (("fc", Dense(10)), ("output", Output())):
        network = graph.add(network, name, layer)
    return graph.connect(network, "fc", "output")


CASES: list[tuple[str, Callable[[], Network]]] = [
    ("no_input", lambda: chain(("fc", Dense(10)), ("output", Output()))),
    ("no_output", lambda: chain(("input", Input()), ("flatten", Flatten()), ("fc", Dense(10)))),
    ("many_inputs", lambda: graph.add(headed(ReLU()), "input2", Input())),
    ("many_outputs", lambda: graph.add(headed(ReLU()), "output2", Output())),
    ("input_missing", _unfed),
    ("unused", lambda: graph.connect(graph.add(headed(ReLU()), "relu", ReLU()), "input", "relu")),
    ("unconnected", lambda: graph.add(headed(ReLU()), "relu", ReLU())),
    ("needs_flat", lambda: chain(("input", Input()), ("fc", Dense(10)), ("output", Output()))),
    ("needs_maps", lambda: flattened(Conv2d(), Flatten(), Dense(10))),
    ("kernel_too_large", lambda: headed(Conv2d(4, (29, 3)))),
    ("window_too_large", lambda: headed(MaxPool2d((30, 30), (1, 1)))),
    ("groups_in", lambda: headed(Conv2d(4, groups=2))),
    ("groups_in", lambda: headed(Conv2d(4), GroupNorm(3))),
    ("groups_out", lambda: headed(Conv2d(4), Conv2d(5, groups=2))),
    ("same_with_stride", lambda: headed(Conv2d(4, stride=(2, 2), padding="same"))),
    ("pool_padding", lambda: headed(AvgPool2d((2, 2), padding=(2, 2)))),
    ("windows_in_padding", lambda: headed(Conv2d(4, (3, 3), padding=(3, 0)))),
    ("values_cut_off", lambda: headed(ConvTranspose2d(4, padding=(0, 2)))),
    ("padding_too_large", lambda: headed(MaxPool2d((14, 14), (14, 14)), ConvTranspose2d(padding=(1, 2)))),
    ("output_padding", lambda: headed(ConvTranspose2d(output_padding=(2, 0)))),
    ("heads", lambda: headed(Conv2d(6), MultiheadSelfAttention(4))),
    ("one_value_per_group", lambda: headed(AdaptiveAvgPool2d(), GroupNorm(1))),
    ("one_value_per_map", lambda: headed(AdaptiveAvgPool2d(), InstanceNorm2d())),
    ("reshape_count", lambda: headed(Reshape((2, 28, 28)))),
    ("add_shapes", lambda: _joined(Conv2d(4), Add())),
    ("concat_shapes", lambda: _joined(Conv2d(4), Concat())),
    ("flat_and_maps", lambda: graph.connect(flattened(Add(), Dense(10)), "input", "layer0")),
    ("normalization_length", lambda: graph.set_layer(headed(ReLU()), "input", Input(mean=(0.1, 0.2)))),
    ("input_shape", lambda: graph.set_layer(headed(ReLU()), "input", Input((3, 32, 32)))),
    ("output_not_flat", lambda: chain(("input", Input()), ("output", Output()))),
    ("output_classes", lambda: flattened(Dense(7))),
    ("too_many_parameters", lambda: flattened(Dense(1_000_000_000), ReLU(), Dense(10))),
]


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_each_problem_is_named_and_only_it(code: str, make: Callable[[], Network]) -> None:
    report = check(make(), MNIST)
    assert code in {problem.code for problem in report.problems}
    for problem in report.problems:
        _is_a_sentence(problem)


def test_batch_norm_of_one_value_at_batch_size_one() -> None:
    network = headed(MaxPool2d((28, 28)), BatchNorm2d())
    assert check(network, MNIST).trainable
    (problem,) = check(network, Facts((1, 28, 28), 10, batch_size=1)).errors
    assert (problem.code, problem.node) == ("one_value_per_channel", "layer1")


def test_group_norm_of_one_value_per_group_is_refused_at_any_batch_size() -> None:
    network = headed(Conv2d(12), MaxPool2d((26, 26)), GroupNorm(12))
    (problem,) = check(network, MNIST).errors
    assert (problem.code, problem.node) == ("one_value_per_group", "layer2")
    assert [fix.label() for fix in problem.fixes] == ["Set num_groups 6", "Remove layer2"]


def test_images_that_are_not_there_are_named() -> None:
    (problem,) = check(headed(ReLU()), Facts((1, 28, 28), 10, absent="ImageNet")).errors
    assert (problem.code, problem.node) == ("no_images", None)
    assert "ImageNet" in problem.sentence()


def test_all_problems_are_told_at_once_errors_first() -> None:
    network = headed(Dropout(0.0), Conv2d(4, (29, 29)))
    network = graph.add(network, "lonely", Dropout(0.0))
    report = check(network, MNIST)
    assert [problem.code for problem in report.problems] == ["kernel_too_large", "unconnected", "dropout_zero"]
    assert [problem.severity for problem in report.problems] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]
    assert report.at("layer1") == report.problems[:1]


ALL_AT_ONCE: list[tuple[Network, list[str]]] = [
    (
        headed(Conv2d(8, groups=3, padding="same", stride=(2, 2))),
        ["groups_in", "groups_out", "same_with_stride"],
    ),
    (headed(Conv2d(9, (40, 40), groups=3)), ["groups_in", "kernel_too_large"]),
    (flattened(Conv2d(7, groups=2), Flatten(), Dense(10)), ["needs_maps", "groups_out"]),
    (
        headed(ConvTranspose2d(3, padding=(0, 40), output_padding=(2, 2), groups=2)),
        ["groups_in", "groups_out", "output_padding", "padding_too_large"],
    ),
    (headed(MaxPool2d((40, 2), padding=(0, 2))), ["pool_padding", "window_too_large"]),
    (
        graph.set_layer(headed(ReLU()), "input", Input(mean=(0.1, 0.2), std=(0.1, 0.2))),
        ["normalization_length", "normalization_length"],
    ),
]


@pytest.mark.parametrize(("network", "codes"), ALL_AT_ONCE, ids=["+".join(codes) for _, codes in ALL_AT_ONCE])
def test_a_layer_names_all_that_is_wrong_with_it(network: Network, codes: list[str]) -> None:
    report = check(network, MNIST)
    assert [problem.code for problem in report.errors] == codes
    at = {problem.node for problem in report.errors}
    assert len(at) == 1
    for problem in report.errors:
        for fix in problem.fixes:
            after = check(applied(network, fix.edit), MNIST)
            left = [one.code for one in after.errors if one.node in at]
            assert len(left) < len(codes) and set(left) <= set(codes)
        assert problem.fixes or problem.code == "needs_maps"


def test_a_dense_of_a_million_million_parameters_is_a_sentence() -> None:
    network = flattened(Dense(1_000_000), ReLU(), Dense(1_000_000), ReLU(), Dense(10))
    report = check(network, MNIST)
    (problem,) = report.errors
    assert (problem.node, problem.code) == ("layer2", "too_many_parameters")
    assert problem.sentence() == (
        "Dense “layer2” would have 1,000,001,000,000 parameters, more than any machine can hold."
    )


def test_memory_is_checked_before_it_is_taken() -> None:
    network = flattened(Dense(100_000), ReLU(), Dense(10))
    assert check(network, Facts((1, 28, 28), 10, memory=16 * 2**30)).trainable
    (problem,) = check(network, Facts((1, 28, 28), 10, memory=2**30)).errors
    assert problem.code == "too_large_memory"
    assert problem.node == "layer0"
    memory = training_memory(check(network, Facts((1, 28, 28), 10)), Facts((1, 28, 28), 10))
    said = tuple(numerals.memory(count) for count in (memory.total, memory.needed, 2**30))
    assert len(set(said)) == 3 and problem.sentence() == (
        "Training this network takes about {}, and to be safe {} must be free, but only {} of memory are. Most of it is"
        " in Dense “layer0”."
    ).format(*said)


def test_a_batch_that_is_too_large_names_one_that_fits() -> None:
    network = flattened(Dense(1000), ReLU(), Dense(10))
    assert check(network, Facts((1, 28, 28), 10, batch_size=1000, memory=100 * 2**20)).trainable
    (problem,) = check(network, Facts((1, 28, 28), 10, batch_size=10_000, memory=100 * 2**20)).errors
    assert problem.code == "too_large_batch"
    assert problem.sentence().startswith("Training this network at a batch size of 10,000 takes about ")
    assert "and to be safe" in problem.sentence() and "only 105 MB of memory are." in problem.sentence()
    fits = problem.values["fits"]
    (fix,) = problem.fixes
    assert fix.label() == f"Set batch size {fits:,}"
    assert check(network, Facts((1, 28, 28), 10, batch_size=fits, memory=100 * 2**20)).trainable
    assert not check(network, Facts((1, 28, 28), 10, batch_size=2 * fits, memory=100 * 2**20)).trainable


def test_doubling_channels_without_end_stays_finite() -> None:
    names = ["input", *(f"c{at}" for at in range(2000))]
    nodes = {name: Node(name, Input((1, 1, 1)) if name == "input" else Concat()) for name in names}
    edges = {Edge(source, target, port) for source, target in pairwise(names) for port in (0, 1)}
    network = Network(nodes, frozenset(edges))
    report = check(network, Facts((1, 1, 1), 10, memory=2**30))
    assert "too_many_values" in {problem.code for problem in report.problems}
    for problem in report.problems:
        _is_a_sentence(problem)


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_check_never_raises_and_every_problem_is_a_sentence(network: Network) -> None:
    report = check(network, Facts((1, 8, 8), 10, memory=10**9))
    assert report.nodes.keys() == network.nodes.keys()
    for problem in report.problems:
        _is_a_sentence(problem)
        assert problem.node is None or problem.node in network.nodes
    unexplained = [name for name in report.used if report.nodes[name].output is None]
    assert not unexplained or report.errors


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_an_output_that_nothing_reaches_is_always_explained(network: Network) -> None:
    report = check(network, Facts((1, 8, 8), 10))
    assert report.used or report.errors


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_every_fix_removes_its_problem(network: Network) -> None:
    known = Facts((1, 8, 8), 10)
    for problem in check(network, known).problems:
        for fix in problem.fixes:
            after = check(applied(network, fix.edit), known)
            assert not _still_there(problem, after.problems), (problem.sentence(), fix.label())


@given(valid_networks())
def test_a_report_counts_what_takes_part(network: Network) -> None:
    report = check(network, facts(network))
    used = set(report.used)
    assert used == {
        name
        for name in network.nodes
        if (name == "input" or "input" in network.ancestors(name))
        and (network[name].kind == "Output" or any(network[one].kind == "Output" for one in network.descendants(name)))
    }
    assert report.parameters == sum(report.nodes[name].parameter_count for name in used)
    assert {problem.node for problem in report.problems if problem.code in ("unused", "unconnected")} == (
        network.nodes.keys() - used
    )


def _is_a_sentence(problem: Problem) -> None:
    sentence = problem.sentence()
    assert sentence.endswith(".")
    assert "{" not in sentence
    for fix in problem.fixes:
        assert "{" not in fix.label()


def _still_there(problem: Problem, after: tuple[Problem, ...]) -> bool:
    alike = [one for one in after if (one.code, one.node) == (problem.code, problem.node)]
    alike = [one for one in alike if one.values.get("what") == problem.values.get("what")]
    if problem.code in ("many_inputs", "many_outputs"):
        return any(one.values["count"] >= problem.values["count"] for one in alike)
    return bool(alike)


def test_templates_name_only_values_that_are_given() -> None:
    for template in (*(kind.template for kind in PROBLEM_KINDS.values()), *LABELS.values()):
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
        assert all(name.isidentifier() for name in names)


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
    (flattened(Dense(64), BatchNorm2d(), Dense(10)), ["Take LayerNorm instead", "Remove layer1"]),
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


def test_the_kinds_that_are_always_warnings_are_advice_and_what_leads_nowhere() -> None:
    assert {code for code, kind in PROBLEM_KINDS.items() if kind.about is About.DESIGN} == ADVICE
    assert {code for code, kind in PROBLEM_KINDS.items() if kind.is_warning} == ADVICE | {"unused", "unconnected"}


def test_every_code_has_a_case() -> None:
    elsewhere = {
        "no_images",
        "too_large_memory",
        "too_large_batch",
        "too_many_values",
        "one_value_per_channel",
    }
    assert PROBLEM_KINDS.keys() - {code for code, _ in CASES} == elsewhere | ADVICE


@given(st.data())
def test_what_an_edit_does_not_reach_is_not_worked_out_again_and_nothing_else_differs(data: st.DataObject) -> None:
    network = data.draw(valid_networks())
    against = facts(network)
    before = check(network, against)
    for _ in range(3):
        name = data.draw(st.sampled_from(sorted(network.nodes)))
        match data.draw(st.sampled_from(["layer", "remove", "rename"])):
            case "layer" if network[name].most_inputs == 1:
                layer = data.draw(layers().filter(lambda layer: layer.most_inputs == 1 and layer.kind != "Output"))
                network = graph.set_layer(network, name, layer)
            case "remove" if len(network.nodes) > 1:
                network = graph.remove(network, [name])
            case _:
                network = graph.rename(network, name, f"{name}x")
        after, anew = check(network, against, before), check(network, against)
        assert (after.nodes, after.problems, after.used) == (anew.nodes, anew.problems, anew.used)
        again = check(network, against, after)
        known = {name for name, node in after.nodes.items() if node.output is not None}
        assert all(again.nodes[name] is after.nodes[name] for name in known)
        before = after


def test_what_leads_nowhere_keeps_nothing_from_being_trained() -> None:
    network = graph.connect(graph.add(headed(ReLU()), "conv", Conv2d(4, (40, 40))), "input", "conv")
    report = check(network, MNIST)
    assert report.trainable
    assert [(problem.code, problem.severity) for problem in report.at("conv")] == [
        ("unused", Severity.WARNING),
        ("kernel_too_large", Severity.WARNING),
    ]
