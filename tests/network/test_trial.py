"""Every fix on offer, made as the window makes it, removes its problem and makes no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import botched_networks, facts, spoiled_networks, wild_networks

from cnnviz.network import graph
from cnnviz.network.check import check, examine, judging
from cnnviz.network.fixes import applied
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Add, BatchNorm2d, Conv2d, Dense, Flatten, Input, Layer, MaxPool2d, Output, ReLU
from cnnviz.network.memory import training_memory
from cnnviz.network.report import Facts, Report
from cnnviz.network.shapes import STEP, ShapeInference
from cnnviz.network.trial import Trials
from cnnviz.project import edits
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.network.problems import Fix, Problem

MNIST = Facts((1, 28, 28), 10)
NEUTRAL = {"no_input", "needs_flat", "groups_in", "groups_out", "heads", "normalization_length"}
"""Problems whose mending decides about no shape, so that what comes to light was there before."""
BY_ITSELF = {"same_with_stride", "pool_padding", "output_padding", "groups_out"}
"""Errors of a layer that hang on nothing before it."""

OWN = BY_ITSELF | {
    "kernel_too_large", "window_too_large", "padding_too_large", "windows_in_padding", "values_cut_off", "groups_in",
    "heads", "one_value_per_channel", "too_large_memory", "too_large_batch", "too_many_values", "too_many_parameters",
}  # fmt: skip
"""Errors that the settings of a node cause, whatever it is connected to."""


def _after(network: Network, fix: Fix, known: Facts) -> Report:
    project = edits.apply_fix(Project(network, recipe=Recipe(batch_size=known.batch_size)), fix)
    return check(project.network, replace(known, batch_size=project.recipe.batch_size))


def _errors(report: Report) -> set[tuple[str | None, str]]:
    return {(problem.node, problem.code) for problem in report.errors}


def _there(problem: Problem, after: Report) -> bool:
    alike = [one for one in after.problems if (one.code, one.node) == (problem.code, problem.node)]
    if problem.code in ("many_inputs", "many_outputs"):
        return any(one.values["count"] >= problem.values["count"] for one in alike)
    return any(one.values.get("what") == problem.values.get("what") for one in alike)


def _labels(network: Network, known: Facts = MNIST) -> list[str]:
    return [fix.label() for fix in check(network, known).errors[0].fixes]


def _ended(*layers: Layer) -> Network:
    named = [(f"layer{at}", layer) for at, layer in enumerate(layers)]
    return chain(("input", Input()), *named, ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output()))


def test_a_fix_that_swaps_one_error_for_another_at_its_node_is_not_offered() -> None:
    network = chain(("input", Input()), ("conv", Conv2d(4)), ("output", Output()))
    assert _labels(network) == ["Insert Flatten, Dense 10"]
    assert _after(network, check(network, MNIST).errors[0].fixes[0], MNIST).errors == ()
    network = graph.set_parameter(network, "conv", "out_channels", 10)
    assert _labels(network) == ["Insert GlobalAvgPool2d", "Insert Flatten, Dense 10"]
    grouped = chain(("input", Input()), ("flat", Flatten()), ("conv", Conv2d(4, groups=2)))
    grouped = graph.connect(graph.add(grouped, "output", Output()), "conv", "output")
    assert _labels(grouped) == []


LARGE = Conv2d(8, (31, 31))


def test_a_padding_that_leaves_too_little_for_what_follows_is_not_offered() -> None:
    assert _labels(_ended(LARGE)) == ["Set padding 2", "Set kernel_size 28"]
    assert _labels(_ended(LARGE, MaxPool2d((4, 4)))) == ["Set padding 15", "Set kernel_size 14"]


def test_a_padding_beyond_its_range_is_not_offered() -> None:
    far = Conv2d(8, (30, 30), dilation=(1000, 1000))
    assert _labels(_ended(far)) == ["Set kernel_size 1"]


def test_a_fix_comes_with_what_it_takes_to_fit() -> None:
    network = graph.remove(_ended(Conv2d(8), ReLU()), ["flatten"])
    assert _labels(network) == ["Connect layer1 through Flatten"]
    assert _labels(graph.remove(network, ["fc"])) == ["Connect layer1 through Flatten, Dense 10"]
    network = graph.remove(_ended(Conv2d(8), ReLU()), ["fc"])
    assert _labels(network) == ["Connect flatten through Dense 10"]
    assert _after(network, check(network, MNIST).errors[0].fixes[0], MNIST).problems == ()


def test_a_batch_that_normalization_cannot_take_is_not_offered() -> None:
    network = _ended(Conv2d(64, (28, 28), bias=False), BatchNorm2d())
    known = replace(MNIST, batch_size=1000)
    one, two = (training_memory(check(network, MNIST), replace(known, batch_size=size)).needed for size in (1, 2))
    assert _labels(network, replace(known, memory=two)) == ["Set batch size 2"]
    assert _labels(network, replace(known, memory=one)) == []


def test_an_input_takes_the_shape_of_the_images_and_keeps_a_mean_that_fits() -> None:
    network = graph.set_layer(_ended(Conv2d(8)), "input", Input((3, 32, 32), (0.2, 0.4, 0.6), (0.5,)))
    (problem,) = check(network, MNIST).errors
    assert [fix.label() for fix in problem.fixes] == ["Set shape 1×28×28"]
    network = applied(network, problem.fixes[0].edit)
    layer = network["input"]
    assert isinstance(layer, Input)
    assert (layer.shape, [round(one, 6) for one in layer.mean], layer.std) == ((1, 28, 28), [0.4], (0.5,))
    assert check(network, MNIST).errors == ()


def test_a_flatten_that_another_layer_needs_stays() -> None:
    network = chain(("input", Input()), ("flatten", Flatten()), ("conv", Conv2d(8)), ("end", Flatten()))
    for name, layer in (("fc", Dense(10)), ("wide", Dense(10)), ("add", Add()), ("output", Output())):
        network = graph.add(network, name, layer)
    for source, target in (("end", "fc"), ("flatten", "wide"), ("fc", "add"), ("wide", "add"), ("add", "output")):
        network = graph.connect(network, source, target)
    assert _labels(network) == ["Insert Reshape"]


def test_mistakes_behind_a_mistake_do_not_hide_its_remedy() -> None:
    network = chain(("input", Input()), ("conv", LARGE), ("pool", MaxPool2d(padding=(2, 2))), ("fc", Dense(10)))
    network = graph.connect(graph.add(network, "output", Output()), "fc", "output")
    assert _labels(network) == ["Set padding 2", "Set kernel_size 28"]


def test_too_little_memory_for_another_layer_is_no_new_problem() -> None:
    layers = (("conv1", Conv2d(64, (3, 3))), ("conv2", Conv2d(64, (99, 99))), ("flatten", Flatten()), ("fc", Dense(10)))
    network = chain(("input", Input()), *layers, ("output", Output()))
    little = replace(MNIST, memory=10_000_000)
    errors = check(network, little).errors
    assert [(one.node, one.code) for one in errors] == [("conv1", "too_large_memory"), ("conv2", "kernel_too_large")]
    (after,) = check(graph.set_parameter(network, "conv2", "padding", (37, 37)), little).errors
    assert (after.node, after.code) == ("conv2", "too_large_memory")
    assert [fix.label() for fix in errors[1].fixes] == ["Set padding 37", "Set kernel_size 26"]


def _with_gap(**changed: Layer) -> Network:
    """A network without the wire from relu1 to conv2, with other layers in the place of some."""
    layers: dict[str, Layer] = {
        "input": Input(), "conv1": Conv2d(8), "relu1": ReLU(), "conv2": Conv2d(8), "relu2": ReLU(), "pool": MaxPool2d(),
        "flatten": Flatten(), "fc": Dense(10), "relu3": ReLU(), "output": Output(),
    }  # fmt: skip
    network = chain(*{**layers, **changed}.items())
    (wire,) = (edge for edge in network.edges if edge.target == "conv2")
    return graph.disconnect(network, wire)


def _offered(network: Network, known: Facts = MNIST) -> dict[tuple[str | None, str], list[str]]:
    errors = check(network, known).errors
    return {(problem.node, problem.code): [fix.label() for fix in problem.fixes] for problem in errors}


def test_mistakes_behind_a_gap_are_listed_and_leave_the_gap_its_fix() -> None:
    gap = {("conv2", "input_missing"): ["Connect relu1"]}
    assert _offered(_with_gap()) == gap
    seven = {("output", "output_classes"): ["Set fc out_features 10"]}
    assert _offered(_with_gap(fc=Dense(7))) == gap | seven
    strided = {("conv2", "same_with_stride"): ["Set stride 1", "Set padding 1"]}
    assert _offered(_with_gap(fc=Dense(7), conv2=Conv2d(8, stride=(2, 2), padding="same"))) == gap | seven | strided
    padded = {("pool", "pool_padding"): ["Set padding 1", "Set kernel_size 4"]}
    assert _offered(_with_gap(pool=MaxPool2d(padding=(2, 2)))) == gap | padded
    assert _offered(graph.add(_with_gap(fc=Dense(7)), "alone", ReLU())) == gap | seven


@pytest.mark.parametrize("changed", [{"conv2": LARGE}, {"pool": MaxPool2d((30, 30))}, {"conv2": Conv2d(9, groups=3)}])
def test_settings_that_do_not_fit_behind_a_gap_leave_the_gap_its_fix(changed: dict[str, Layer]) -> None:
    assert _offered(_with_gap(**changed)) == {("conv2", "input_missing"): ["Connect relu1"]}


def test_too_little_memory_behind_a_gap_leaves_the_gap_its_fix() -> None:
    known = replace(MNIST, memory=10_000)
    assert _offered(_with_gap(), known) == {("conv2", "input_missing"): ["Connect relu1"]}


def test_the_last_of_two_gaps_has_its_fix() -> None:
    network = _with_gap(fc=Dense(7))
    (wire,) = (edge for edge in network.edges if edge.target == "fc")
    offered = _offered(graph.disconnect(network, wire))
    assert set(offered) == {("fc", "input_missing"), ("output", "output_classes")}
    assert "Connect relu1 through Flatten" in offered["fc", "input_missing"]


def test_a_connection_that_does_not_fit_is_not_offered_for_a_gap() -> None:
    network = _with_gap(relu1=Flatten())
    assert _offered(network) == {("conv2", "input_missing"): []}


@given(st.one_of(spoiled_networks(), wild_networks(), botched_networks().map(lambda one: one[0])), st.integers(1, 2))
def test_a_fix_removes_its_problem_and_nothing_breaks_that_worked(network: Network, batch: int) -> None:
    known = replace(facts(network), batch_size=batch)
    report = check(network, known)
    unknown = {name for name, node in report.nodes.items() if node.output is None}
    # a warning at an unused node becomes an error with the wire that uses it; images are not compared with many Inputs
    told = {(problem.node, problem.code) for problem in report.problems}
    if (None, "many_inputs") in told:
        told |= {(name, "input_shape") for name in network.of_kind(Input)}
    for problem in report.problems:
        arising = []
        for fix in problem.fixes:
            after = _after(network, fix, known)
            assert not _there(problem, after), fix.label()
            arising.append(_errors(after) - _errors(report) - told)
            if problem.code == "no_output":
                # with an Output the nodes take part, and what was wrong with them is told
                assert {one for one in arising.pop() if one[0] not in network.nodes} <= {("output", "input_missing")}
        # what was hidden behind the problem comes to light, at other nodes and for other reasons
        if problem.code == "input_missing":
            for errors in arising:
                assert {code for _, code in errors} <= OWN and errors == arising[0]
            continue
        hidden = unknown - {problem.node}
        for errors in arising:
            assert {node for node, _ in errors} <= hidden
            if len(arising) == 1 and problem.code not in NEUTRAL:
                assert {code for _, code in errors} <= BY_ITSELF
            else:
                assert errors == arising[0]


@given(botched_networks(), st.integers(1, 2))
def test_a_fix_of_the_only_mistake_leaves_none(botched: tuple[Network, str], batch: int) -> None:
    network, name = botched
    known = replace(facts(network), batch_size=batch)
    report = check(network, known)
    if [problem.node for problem in report.errors] != [name] or any(
        problem.node == name and problem.code.startswith("one_value") for problem in report.errors
    ):
        return
    for fix in report.errors[0].fixes:
        assert _after(network, fix, known).errors == (), fix.label()


def test_an_output_is_added_to_an_empty_network() -> None:
    network = Network()
    fixes = {problem.code: problem.fixes for problem in check(network, MNIST).errors}
    assert [fix.label() for fix in fixes["no_output"]] == ["Add Output"]
    assert [fix.label() for fix in fixes["no_input"]] == ["Add Input"]


def test_an_output_is_added_behind_the_only_loose_end_with_what_it_needs_before_it() -> None:
    network = chain(("input", Input()), ("flatten", Flatten()), ("fc", Dense(10)))
    assert _labels(network) == ["Add Output"]
    assert _after(network, check(network, MNIST).errors[0].fixes[0], MNIST).problems == ()
    network = chain(("input", Input()), ("conv", Conv2d(8)), ("relu", ReLU()))
    assert _labels(network) == ["Add Flatten, Dense 10, Output"]
    assert _after(network, check(network, MNIST).errors[0].fixes[0], MNIST).problems == ()


def test_an_output_is_added_alone_where_several_ends_are_loose() -> None:
    network = graph.add(chain(("conv", Conv2d(8)), ("relu", ReLU())), "lonely", ReLU())
    fixes = {problem.code: problem.fixes for problem in check(network, MNIST).errors}
    assert [fix.label() for fix in fixes["no_output"]] == ["Add Output"]
    assert applied(network, fixes["no_output"][0].edit).inputs["output"] == ()


def test_an_output_that_reads_another_layer_is_connected_to_the_loose_end_that_fits() -> None:
    network = graph.connect(_ended(Conv2d(8), ReLU()), "input", "output")
    assert _labels(network)[0] == "Connect fc"
    assert _after(network, check(network, MNIST).errors[0].fixes[0], MNIST).problems == ()
    network = graph.connect(_ended(Conv2d(8), ReLU()), "flatten", "output")
    assert _labels(network)[0] == "Connect fc"
    two = graph.connect(graph.add(network, "fc2", Dense(10)), "flatten", "fc2")
    assert "Connect fc" not in _labels(two)


def test_a_trial_of_a_large_network_takes_many_short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a window that tries a fix can paint in between."""
    network = TEMPLATES["densenet-121"].project().network
    wire = next(edge for edge in network.edges if edge.target == network.order[20])
    network = graph.disconnect(network, wire)
    report = examine(network, MNIST)
    problem = next(one for one in report.errors if one.code == "input_missing")
    inferred: list[str] = []
    infer = ShapeInference._infer

    def noted(inference: ShapeInference, name: str) -> None:
        inferred.append(name)
        infer(inference, name)

    monkeypatch.setattr(ShapeInference, "_infer", noted)
    most, before = 0, 0
    for _ in Trials(network, MNIST, report, judging).steps(problem):
        most, before = max(most, len(inferred) - before), len(inferred)
    assert before > len(network.nodes) and most <= STEP
    assert Trials(network, MNIST, report, judging).all_of(problem) in check(network, MNIST).problems
