"""A network for images that are elsewhere is fitted to those at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import botched_networks, facts, spoiled_networks, valid_networks, wild_networks

from cnnviz.data.choice import DatasetChoice
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, set_layer
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    Add,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    GroupNorm,
    Input,
    Layer,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    ReLU,
    Reshape,
    Upsample,
)
from cnnviz.network.problems import UseDataset
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.adapting import use_dataset
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_for

LARGE = [name for name, template in TEMPLATES.items() if template.dataset.name == "imagenet"]
MNIST = UseDataset("mnist", "MNIST", (1, 28, 28), 10, (0.1307,), (0.3081,))


@pytest.mark.parametrize("name", LARGE)
def test_the_fix_for_images_that_are_elsewhere_leaves_no_error(name: str) -> None:
    project = TEMPLATES[name].project()
    (problem,) = check(project.network, facts_for(project)).errors
    (fix,) = problem.fixes
    assert (fix.label(), fix.edit) == ("Fit it to MNIST", MNIST)
    fitted = edits.apply_fix(project, fix)
    assert fitted.dataset == DatasetChoice("mnist")
    report = check(fitted.network, facts_for(fitted, memory=10**12))
    assert report.errors == ()
    (upsample,) = fitted.network.of_kind(Upsample)
    assert report.nodes[upsample].output == (1, 224, 224)
    assert report.nodes["output"].output == (10,)
    assert fitted.layout.positions.keys() == fitted.network.nodes.keys()
    assert fitted.layout.blocks == project.layout.blocks


def _with_input(shape: tuple[int, int, int]) -> Project:
    project = TEMPLATES["fast"].project()
    return replace(project, network=set_layer(project.network, "input", Input(shape)))


@pytest.mark.parametrize(("shape", "enlarged"), [((3, 56, 28), (2, 1)), ((3, 30, 30), None), ((1, 28, 28), None)])
def test_images_are_enlarged_where_a_whole_number_does_it(
    shape: tuple[int, int, int], enlarged: tuple[int, int] | None
) -> None:
    fitted = use_dataset(_with_input(shape), MNIST)
    assert fitted.network["input"] == Input((1, 28, 28), (0.1307,), (0.3081,))
    found = [fitted.network[name] for name in fitted.network.of_kind(Upsample)]
    assert [getattr(layer, "scale_factor", None) for layer in found] == ([] if enlarged is None else [enlarged])


ELSEWHERE = Facts((3, 224, 224), 1000, absent="ImageNet", instead=MNIST)
POOLED = (MaxPool2d((8, 8), (8, 8)), Flatten(), Dense(1000))
MENDED: list[tuple[str, tuple[Layer, ...], Layer]] = [
    ("groups", (Conv2d(9, (7, 7), (4, 4), groups=3), ReLU(), *POOLED), Conv2d(9, (7, 7), (4, 4), groups=1)),
    ("groups of a norm", (GroupNorm(3), *POOLED), GroupNorm(1)),
    ("heads", (AdaptiveAvgPool2d((4, 4)), MultiheadSelfAttention(3), *POOLED[1:]), MultiheadSelfAttention(1)),
    ("a shape", (Reshape((3, 224, 224)), *POOLED), Reshape((1, 224, 224))),
    ("maps as answers", (Conv2d(1000, (7, 7), (4, 4)), ReLU(), GlobalAvgPool2d()), Conv2d(10, (7, 7), (4, 4))),
    ("maps in groups", (Conv2d(1000, stride=(4, 4)), GroupNorm(8), GlobalMaxPool2d()), GroupNorm(2)),
]


@pytest.mark.parametrize(("between", "layer"), [case[1:] for case in MENDED], ids=[case[0] for case in MENDED])
def test_what_the_new_shapes_break_is_mended(between: tuple[Layer, ...], layer: Layer) -> None:
    named = [(f"layer{at}", one) for at, one in enumerate(between)]
    network = chain(("input", Input((3, 224, 224))), *named, ("output", Output()))
    (problem,) = check(network, ELSEWHERE).errors
    (fix,) = problem.fixes
    fitted = edits.apply_fix(Project(network), fix).network
    assert layer in [node.layer for node in fitted.nodes.values()]
    assert check(fitted, Facts((1, 28, 28), 10)).errors == ()


def test_it_is_not_offered_where_paths_would_part() -> None:
    network = chain(("input", Input((3, 9, 9))), ("conv", Conv2d(3, (1, 1))), ("add", Add()), ("flat", Flatten()))
    network = chain_on(network, "flat", ("fc", Dense(1000)), ("output", Output()))
    # an image with one map would be added to all of the other path's
    instead = replace(MNIST, image=(2, 28, 28), mean=(0.5,), std=(0.5,))
    known = replace(ELSEWHERE, image=(3, 9, 9), instead=instead)
    assert [len(problem.fixes) for problem in check(network, known).errors] == [1]
    beside = graph.connect(network, "input", "add")
    assert [(one.code, one.fixes) for one in check(beside, known).errors] == [("no_images", ())]


def chain_on(network: Network, source: str, *nodes: tuple[str, Layer]) -> Network:
    for name, layer in nodes:
        network = graph.connect(graph.add(network, name, layer), source, name)
        source = name
    return network


@given(
    st.one_of(valid_networks(), spoiled_networks(), botched_networks().map(lambda one: one[0]), wild_networks()),
    st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)),
    st.integers(2, 12),
    st.integers(1, 2),
)
def test_where_it_is_offered_no_error_comes_with_it(
    network: Network, image: tuple[int, int, int], classes: int, batch: int
) -> None:
    known = replace(facts(network), batch_size=batch, absent="elsewhere")
    instead = replace(MNIST, image=image, classes=classes, mean=(0.5,), std=(0.5,))
    report = check(network, replace(known, instead=instead))
    for fix in next(problem for problem in report.errors if problem.code == "no_images").fixes:
        project = edits.apply_fix(Project(network, recipe=Recipe(batch_size=batch)), fix)
        after = check(project.network, Facts(image, classes, batch))
        assert {(one.node, one.code) for one in after.errors} <= {(one.node, one.code) for one in report.errors}


@given(valid_networks(), st.integers(2, 12))
def test_it_is_offered_wherever_the_images_differ_in_nothing_but_their_size(network: Network, classes: int) -> None:
    known = facts(network)
    image = (known.image[0], 2 * known.image[1], 2 * known.image[2])
    large = graph.set_layer(network, "input", Input(image, (0.5,), (0.25,)))
    if check(large, replace(known, image=image)).errors:
        return
    instead = replace(MNIST, image=known.image, classes=classes)
    (problem,) = check(large, replace(known, image=image, absent="elsewhere", instead=instead)).errors
    assert [fix.edit for fix in problem.fixes] == [instead]


def test_the_dense_at_the_end_tells_the_new_classes_apart() -> None:
    fitted = use_dataset(TEMPLATES["fast"].project(), replace(MNIST, classes=26))
    assert fitted.network["fc1"] == Dense(26)
    assert fitted.layout == TEMPLATES["fast"].project().layout
