"""All problems at once, each a sentence; every fix removes its problem; nothing raises."""

from __future__ import annotations

import gc
import string
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import ADVICE, facts, flattened, headed, spoiled_networks, valid_networks, wild_networks
from problem_cases import CASES, MNIST

from cnnviz import numerals
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import (
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Dropout,
    Flatten,
    GroupNorm,
    Input,
    MaxPool2d,
    ReLU,
)
from cnnviz.network.layers.base import Misfit
from cnnviz.network.memory import training_memory
from cnnviz.network.problem_kind import About
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.network.problems import LABELS, Problem, SetBatchSize, Severity
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_each_problem_is_named_and_only_it(code: str, make: Callable[[], Network]) -> None:
    report = check(make(), MNIST)
    assert code in {problem.code for problem in report.problems}
    for problem in report.problems:
        _is_a_sentence(problem)


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_a_check_leaves_no_garbage_that_only_a_collection_frees(code: str, make: Callable[[], Network]) -> None:
    network = make()
    gc.freeze()  # a collection of what the check makes, and of nothing else
    gc.disable()
    try:
        check(network, MNIST)
        assert gc.collect() == 0, code
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize(
    "network", [headed(MaxPool2d((28, 28)), BatchNorm2d()), flattened(Dense(10), BatchNorm1d())], ids=["maps", "vector"]
)
def test_batch_norm_of_one_value_at_batch_size_one(network: Network) -> None:
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
    facts = Facts((1, 28, 28), 10, absent="Pets", missing="/home/ä/pets")
    (problem,) = check(headed(ReLU()), facts).errors
    assert (problem.code, problem.node) == ("images_gone", None)
    assert "The images of Pets are no longer at “/home/ä/pets”" in problem.sentence()


def test_all_problems_are_told_at_once_errors_first() -> None:
    network = headed(Dropout(0.0), Conv2d(4, (29, 29)))
    network = graph.add(network, "lonely", Dropout(0.0))
    report = check(network, MNIST)
    assert [problem.code for problem in report.problems] == ["kernel_too_large", "unconnected", "dropout_zero"]
    assert [problem.severity for problem in report.problems] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]
    assert report.at("layer1") == report.problems[:1]


def test_layers_that_are_connected_to_nothing_are_told_also_while_there_is_no_output() -> None:
    lone = graph.add(graph.add(graph.chain(("input", Input())), "conv1", Conv2d(4)), "pool1", MaxPool2d())
    found = [(problem.code, problem.node) for problem in check(lone, MNIST).problems]
    assert found == [("no_output", None), ("unconnected", "conv1"), ("unconnected", "pool1")]
    # unless there are no others
    alone = graph.remove(lone, ["input"])
    assert {problem.code for problem in check(alone, MNIST).problems} == {"no_input", "no_output"}
    assert [problem.code for problem in check(graph.chain(("input", Input())), MNIST).problems] == ["no_output"]


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


def test_each_setting_of_a_normalization_has_a_remedy_of_its_own_also_if_both_are_the_same_object() -> None:
    pair = (0.1, 0.2)
    with pytest.raises(Misfit) as refused:
        Input(mean=pair, std=pair).infer(())
    remedies = [mismatch.remedies[0] for mismatch in refused.value.mismatches]
    assert [(remedy.parameter, remedy.value) for remedy in remedies] == [("mean", (0.1,)), ("std", (0.1,))]


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


@pytest.mark.parametrize(
    ("images", "size", "fits"),
    [(146, 128, 16), (146, 16, None), (145, 128, 16), (144, 16, 8), (30, 128, 8), (30, 8, None), (8, 128, None),
     (0, 128, None), (60_000, 4096, None), (1000, 128, 64)],
)  # fmt: skip
def test_few_steps_an_epoch_are_warned_about_if_smaller_batches_give_more(
    images: int, size: int, fits: int | None
) -> None:
    known = replace(MNIST, training=images, batch_size=size)
    found = [problem for problem in check(headed(ReLU()), known).problems if problem.code == "few_steps"]
    assert [fix.edit for problem in found for fix in problem.fixes] == ([] if fits is None else [SetBatchSize(fits)])
    assert check(headed(ReLU()), known).trainable


def test_templates_name_only_values_that_are_given() -> None:
    for template in (*(kind.template for kind in PROBLEM_KINDS.values()), *LABELS.values()):
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
        assert all(name.isidentifier() for name in names)


def test_the_kinds_that_are_always_warnings_are_advice_and_what_leads_nowhere() -> None:
    assert {code for code, kind in PROBLEM_KINDS.items() if kind.about is About.DESIGN} == ADVICE
    rest = {"unused", "unconnected", "few_steps"}
    assert {code for code, kind in PROBLEM_KINDS.items() if kind.is_warning} == ADVICE | rest


def test_every_code_has_a_case() -> None:
    elsewhere = {
        "no_images",
        "images_gone",
        "too_large_memory",
        "too_large_batch",
        "too_many_values",
        "one_value_per_channel",
        "few_steps",
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
