"""Files that cnnviz wrote come back as they went out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from export_kit import one_of
from hypothesis import given
from networks import valid_networks
from onnx_kit import LAYERS, exported, subject, subject_of_network
from projects import blocks_of

from cnnviz.export.onnx.model import PROJECT
from cnnviz.export.subject import Options
from cnnviz.imports.onnx.reading import read
from cnnviz.network.layers import Input
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from hypothesis import strategies as st
    from onnx import ModelProto

    from cnnviz.export.subject import Subject
    from cnnviz.imports.imported import Imported
    from cnnviz.network.layers import Layer

OF_SMALL_FILES = [name for name in TEMPLATES if name not in ("alexnet", "vgg-16", "resnet-50")]


def imported(model: ModelProto) -> Imported:
    return read(model.SerializeToString())


def assert_same_weights(found: Imported, given: Subject) -> None:
    assert found.weights.keys() == given.tensors.keys()
    for key, array in given.tensors.items():
        there = found.weights[key].numpy()
        assert there.dtype == array.dtype and there.shape == array.shape
        assert np.array_equal(there, array, equal_nan=True)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_every_kind_comes_back(layer: Layer) -> None:
    given = subject_of_network(one_of(layer))
    found = imported(exported(given))
    assert found.project == given.project and not found.notes and found.classes == given.classes
    assert_same_weights(found, given)


@pytest.mark.parametrize("name", OF_SMALL_FILES)
def test_every_template_of_a_small_file_comes_back(name: str) -> None:
    given = subject(TEMPLATES[name].project())
    model = exported(given)
    onnx.checker.check_model(model, full_check=True)
    found = imported(model)
    assert found.project == given.project
    assert_same_weights(found, given)


@pytest.mark.parametrize("options", [Options(normalize=False), Options(probabilities=True)])
def test_choices_of_the_export_do_not_matter(options: Options) -> None:
    given = subject(TEMPLATES["fast"].project())
    found = imported(exported(given, options))
    assert found.project == given.project
    assert_same_weights(found, given)


@given(valid_networks().flatmap(lambda network: _with_blocks(network)))
def test_any_network_comes_back(project: Project) -> None:
    given = subject(project)
    found = imported(exported(given))
    assert found.project == project
    assert_same_weights(found, given)


def _with_blocks(network: object) -> st.SearchStrategy[Project]:
    return blocks_of(network).map(lambda blocks: Project(network, arrange(network, blocks)))  # type: ignore[arg-type]


def test_weights_that_another_program_changed_are_read() -> None:
    given = subject(TEMPLATES["lenet-5"].project())
    model = exported(given)
    weight = next(each for each in model.graph.initializer if each.name == "conv1.weight")
    halved = np.frombuffer(weight.raw_data, "<f4") / 2
    weight.raw_data = halved.tobytes()
    found = imported(model)
    assert found.project == given.project and not found.notes
    assert np.array_equal(found.weights["conv1.weight"].numpy().ravel(), halved)


def test_metadata_that_does_not_describe_the_operators_is_not_believed() -> None:
    given = subject(TEMPLATES["fast"].project())
    model = exported(given)
    text = next(entry for entry in model.metadata_props if entry.key == PROJECT)
    entry = json.loads(text.value)
    start = next(node for node in entry["network"]["nodes"] if node["kind"] == "Input")
    start["parameters"]["std"] = [0.5]
    text.value = json.dumps(entry)
    found = imported(model)
    (layer,) = (found.project.network[name] for name in found.project.network.of_kind(Input))
    assert isinstance(layer, Input) and layer.std == (0.3081,)
    assert str(found.notes[0]) == "Another program has changed the file: it was read operator by operator."


def test_batch_counters_come_back() -> None:
    given = subject(TEMPLATES["resnet-18-28"].project())
    tensors = {key: np.array(77) if key.endswith("tracked") else array for key, array in given.tensors.items()}
    found = imported(exported(replace(given, tensors=tensors)))
    assert all(int(value) == 77 for key, value in found.weights.items() if key.endswith("tracked"))
