"""A network for images that are elsewhere is fitted to those at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.network.check import check
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import Dense, Input, Upsample
from cnnviz.network.problems import UseDataset
from cnnviz.project import edits
from cnnviz.project.adapting import use_dataset
from cnnviz.project.project import DatasetChoice, Project
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


def test_the_dense_at_the_end_tells_the_new_classes_apart() -> None:
    fitted = use_dataset(TEMPLATES["fast"].project(), replace(MNIST, classes=26))
    assert fitted.network["fc1"] == Dense(26)
    assert fitted.layout == TEMPLATES["fast"].project().layout
