"""Every template is a whole project that fits its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cnnviz.data.catalogue import describe
from cnnviz.network.check import check
from cnnviz.network.graph import GraphError
from cnnviz.network.layers import Conv2d, Input, ReLU
from cnnviz.project.file import from_json, to_json
from cnnviz.project.templates import TEMPLATES
from cnnviz.project.templates.draft import Draft
from cnnviz.training.facts import facts_for, facts_of_data

if TYPE_CHECKING:
    from cnnviz.network.report import Report

SMALL = [name for name, template in TEMPLATES.items() if describe(template.dataset.name).at_hand]
LARGE = [name for name in TEMPLATES if name not in SMALL]


def _checked(name: str) -> Report:
    project = TEMPLATES[name].project()
    return check(project.network, facts_of_data(project))


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_has_no_problems(name: str) -> None:
    report = _checked(name)
    assert [problem.sentence() for problem in report.problems] == []
    assert set(report.used) == set(TEMPLATES[name].project().network.nodes)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_survives_a_file(name: str) -> None:
    project = TEMPLATES[name].project()
    assert from_json(to_json(project)) == project
    assert TEMPLATES[name].name == name


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_layer_has_a_place_of_its_own(name: str) -> None:
    project = TEMPLATES[name].project()
    places = project.layout.positions
    assert places.keys() == project.network.nodes.keys()
    drawn = [places[name] for name in places if name not in project.layout.hidden_by]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(
    ("name", "blocks", "drawn"), [("resnet-18", 12, 16), ("googlenet", 9, 27), ("densenet-121", 65, 17)]
)
def test_large_networks_open_folded(name: str, blocks: int, drawn: int) -> None:
    layout = TEMPLATES[name].project().layout
    assert len(layout.blocks) == blocks
    seen = [block for block in layout.blocks.values() if block.folded and layout.is_drawn(block.id)]
    assert len(layout.positions) - len(layout.hidden_by) + len(seen) == drawn


@pytest.mark.parametrize("name", SMALL)
def test_those_for_mnist_take_little_work(name: str) -> None:
    start = TEMPLATES[name].project().network["input"]
    assert isinstance(start, Input)
    assert start.shape == (1, 28, 28)
    assert _checked(name).macs < 15e6


@pytest.mark.parametrize("name", LARGE)
def test_those_of_published_size_have_a_small_one_beside_them_that_can_be_trained(name: str) -> None:
    project = TEMPLATES[name].project()
    assert project.network["input"] == Draft.for_imagenet().finish().network["input"]
    assert f"{name}-28" in SMALL
    problems = check(project.network, facts_for(project)).errors
    assert [problem.sentence() for problem in problems] == [
        "The images of ImageNet do not come with cnnviz: this network can be looked at and changed, but not trained."
    ]


def test_a_draft_follows_the_last_layer_or_what_it_is_told_to_follow() -> None:
    draft = Draft()
    draft.add("a", Conv2d(2))
    assert draft.last == "a"
    draft.add("b", ReLU(), "input")
    network = draft.finish().network
    assert network.inputs == {"input": (), "a": ("input",), "b": ("input",), "output": ("b",)}
    with pytest.raises(GraphError, match="two layers named “a”"):
        draft.add("a", ReLU())
