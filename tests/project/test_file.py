"""Project files: what is written is read back; whatever else is read is refused with a sentence."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import valid_networks, wild_networks

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.file import (
    MOST_BYTES,
    VERSION,
    WITH_RUN,
    ProjectFileError,
    Saved,
    fragment_from_json,
    fragment_to_json,
    from_json,
    load,
    read,
    save,
    to_json,
)
from cnnviz.project.layout import COLUMN, ROW, Layout
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.network.graph import Network

FAST = TEMPLATES["fast"].project()

recipes = st.builds(
    Recipe,
    optimizer=st.sampled_from(["sgd", "adam", "adamw"]),
    learning_rate=st.floats(1e-8, 100.0),
    momentum=st.floats(0.0, 0.999),
    weight_decay=st.floats(0.0, 10.0),
    batch_size=st.integers(1, 65536),
    epochs=st.integers(1, 100_000),
    seed=st.integers(0, 2**31 - 1),
    precision=st.sampled_from(["auto", "float32", "bfloat16"]),
)
choices = st.builds(DatasetChoice, st.just("mnist"), st.integers(0, 59_999), st.integers(0, 2**31 - 1))
coordinates = st.floats(-1e6, 1e6)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    network = draw(st.one_of(valid_networks(), wild_networks()))
    positions = {name: (draw(coordinates), draw(coordinates)) for name in network.nodes}
    return Project(network, Layout(positions), draw(recipes), draw(choices))


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(2**62, 2**70),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["input", "conv1", "Conv2d", "same", "mnist", "sgd", "\ud800"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@given(projects())
def test_a_project_is_read_back_as_it_was_written(project: Project) -> None:
    text = to_json(project)
    back = from_json(text)
    assert back == project
    assert list(back.network.nodes) == list(project.network.nodes)
    assert to_json(back) == text


@given(st.data())
def test_a_file_with_anything_anywhere_is_read_or_refused_with_a_sentence(data: st.DataObject) -> None:
    entry = copy.deepcopy(json.loads(to_json(FAST)))
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(entry, data)
    _read_or_refuse(json.dumps(entry))


@given(st.one_of(json_values.map(json.dumps), st.text()))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    _read_or_refuse(text)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("binary") / "p.cnnviz"
    path.write_bytes(content)
    with pytest.raises(ProjectFileError, match=r"“p.cnnviz” .*\.$"):
        load(path)


@given(length=st.integers(0, len(to_json(FAST).encode()) - 3))
def test_a_truncated_file_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("truncated") / "p.cnnviz"
    path.write_bytes(to_json(FAST).encode()[:length])
    with pytest.raises(ProjectFileError, match="its content is not JSON"):
        load(path)


def _changed(*place: str | int, to: Any) -> str:
    entry = json.loads(to_json(FAST))
    inner = entry
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = to
    return json.dumps(entry)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not json", "It is not a cnnviz project: its content is not JSON."),
        ("[" * 100_000, "It is not a cnnviz project: its content is not JSON."),
        ("1" * 10_000, "It is not a cnnviz project: its content is not JSON."),
        ("[]", "It is not a cnnviz project."),
        ('{"format": "other"}', "It is not a cnnviz project."),
        (_changed("version", to=VERSION + 1), "It was saved by a newer cnnviz"),
        (_changed("version", to=0), "Its version is damaged"),
        (_changed("version", to=True), "Its version is damaged"),
        (_changed("version", to="1"), "Its version is damaged"),
        (_changed("network", to=[]), "Its network is damaged"),
        (_changed("network", "nodes", 1, "kind", to="Conv9d"), "“conv1” is of the kind “Conv9d”, which"),
        (_changed("network", "nodes", 1, "id", to="input"), "There are two layers named “input”."),
        (_changed("network", "nodes", 1, "id", to="a.b"), "“a.b” cannot be a layer's name"),
        (_changed("network", "nodes", 1, "parameters", "kernel_size", to=[-3, 3]), "kernel_size must be two whole"),
        (_changed("network", "nodes", 1, "parameters", "kernel_size", to="3"), "kernel_size must be two whole"),
        (_changed("network", "nodes", 1, "parameters", "colour", to="red"), "does not know: colour."),
        (_changed("network", "edges", 0, to=["pool2", "conv1", 0]), "The wires form a cycle through"),
        (_changed("network", "edges", 0, to=["nobody", "conv1", 0]), "There is no layer named “nobody”."),
        (_changed("network", "edges", 0, to=["input", "conv1", 1]), "“conv1” has no input number 2."),
        (_changed("network", "edges", 0, to=["input", 0, "conv1"]), "One of its wires is damaged."),
        (_changed("network", "edges", 0, to=["input", "conv1"]), "Its network.edges.0 is damaged"),
        (_changed("layout", "conv1", to=[float("nan"), 0]), "Its layout.conv1.0 is damaged"),
        (_changed("recipe", "learning_rate", to=-1), "The learning rate must be from 10⁻⁸ to 100, not -1."),
        (_changed("recipe", "learning_rate", to="fast"), "The learning rate must be a number, not 'fast'."),
        (_changed("recipe", "optimizer", to=["adam"]), "The optimizer must be one of sgd, adam, adamw"),
        (_changed("recipe", "charm", to=3), "The recipe has a setting that this cnnviz does not know: charm."),
        (_changed("dataset", "name", to=[]), "The dataset's name cannot be []."),
        (_changed("dataset", "validation", to=-5), "validation must be a whole number from 0, not -5."),
        (_changed("future", to=1), "Its future is damaged"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "p.cnnviz"
    path.write_text(text)
    with pytest.raises(ProjectFileError) as caught:
        load(path)
    assert str(caught.value).startswith("“p.cnnviz” could not be opened.")
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_file_names_the_run_that_was_trained(tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    save(FAST, path, "20261126-190101-0a1b2c3d")
    assert read(path) == Saved(FAST, "20261126-190101-0a1b2c3d")
    assert json.loads(path.read_text())["version"] == WITH_RUN
    # without a run the file is that of older programs, which refuse what they do not know
    save(FAST, path)
    assert read(path) == Saved(FAST) and path.read_text() == to_json(FAST)
    assert json.loads(path.read_text())["version"] == 2 and "run" not in json.loads(path.read_text())


@pytest.mark.parametrize("run", [5, "", "../../etc", "a/b", "x" * 101, ["a"], None])
def test_a_run_that_cannot_be_one_is_none(tmp_path: Path, run: object) -> None:
    path = tmp_path / "p.cnnviz"
    path.write_text(json.dumps(json.loads(to_json(FAST, "some")) | {"run": run}))
    assert read(path) == Saved(FAST)


def test_a_dense_of_a_million_million_parameters_is_read_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    path.write_text(_changed("network", "nodes", 14, "parameters", "out_features", to=1_000_000_000))
    report = check(load(path).network, Facts((1, 28, 28), 10))
    assert "too_many_parameters" in {problem.code for problem in report.errors}


def test_a_mark_of_the_byte_order_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "marked.cnnviz"
    path.write_text(to_json(FAST), encoding="utf-8-sig")
    assert load(path) == FAST


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ProjectFileError, match="it is larger than"):
        load(path)


def test_a_huge_value_makes_no_huge_sentence() -> None:
    with pytest.raises(ProjectFileError) as caught:
        from_json(_changed("network", "nodes", 1, "parameters", "groups", to="x" * 1_000_000))
    assert len(str(caught.value)) < 500


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectFileError, match=r"“gone.cnnviz” could not be opened: No such file or directory\."):
        load(tmp_path / "gone.cnnviz")
    with pytest.raises(ProjectFileError, match="could not be opened: it is a folder, not an ordinary file"):
        load(tmp_path)


def test_nodes_without_a_place_are_arranged() -> None:
    text = _changed("layout", to={"conv1": [7.0, 8.0], "stranger": [1.0, 1.0]})
    positions = from_json(text).layout.positions
    assert positions == {**arrange(FAST.network).positions, "conv1": (7.0, 8.0)}


def test_ten_thousand_layers_beside_each_other_are_read_back() -> None:
    far = FAST.layout.placed({"conv1": (10_000 * COLUMN, 10_000 * ROW)})
    assert from_json(to_json(replace(FAST, layout=far))).layout == far


def test_saving_replaces_the_file_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    save(TEMPLATES["keras-tutorial"].project(), path)
    save(FAST, path)
    assert load(path) == FAST
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.cnnviz"
    save(FAST, path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectFileError, match=r"could not be saved: No space left on device\."):
        save(TEMPLATES["keras-tutorial"].project(), path)
    assert load(path) == FAST
    assert list(tmp_path.iterdir()) == [path]


def test_saving_into_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProjectFileError, match=r"“p.cnnviz” could not be saved: No such file or directory\."):
        save(FAST, tmp_path / "gone" / "p.cnnviz")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("network", "nodes", 1, "kind"), "K" * 1_000_000),
        (("network", "nodes", 1, "id"), "a" * 1_000_000),
        (("network", "edges", 0), ["s" * 1_000_000, "conv1", 0]),
        (("network", "nodes", 1, "parameters"), {"p" * 1_000_000: 1}),
        (("network", "nodes", 1, "parameters", "groups"), ["x" * 1_000_000] * 5),
        (("network", "n" * 1_000_000), 1),
        (("layout", "l" * 1_000_000), [1]),
        (("blocks",), [{"id": "b" * 1_000_000, "name": "b", "parent": None, "members": [], "folded": False}]),
        (("recipe", "r" * 1_000_000), 1),
        (("recipe", "optimizer"), "o" * 1_000_000),
        (("dataset", "name"), "d" * 1_000_000),
        (("version",), 10**4000),
    ],
    ids=str,
)
def test_no_sentence_quotes_more_than_60_characters(tmp_path: Path, place: tuple[str | int, ...], value: Any) -> None:
    path = tmp_path / ("f" * 240 + ".cnnviz")
    path.write_text(_changed(*place, to=value))
    with pytest.raises(ProjectFileError) as caught:
        load(path)
    assert len(str(caught.value)) < 300


@given(valid_networks(), st.data())
def test_a_fragment_goes_through_the_clipboard(network: Network, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(list(network.nodes))))
    fragment = edits.copy(Project(network, arrange(network)), names)
    assert fragment_from_json(fragment_to_json(fragment)) == fragment


def _mutate(entry: Any, data: st.DataObject) -> None:
    """Replace, delete or add one value somewhere."""
    while isinstance(entry, dict | list) and entry:
        keys = list(entry) if isinstance(entry, dict) else list(range(len(entry)))
        key: Any = data.draw(st.sampled_from(keys))
        deeper = isinstance(entry[key], dict | list) and entry[key] and data.draw(st.integers(0, 3))
        if not deeper:
            if data.draw(st.booleans()):
                entry[key] = data.draw(json_values)
            else:
                del entry[key]
            return
        entry = entry[key]


def _read_or_refuse(text: str) -> None:
    try:
        project = from_json(text)
    except ProjectFileError as error:
        assert str(error).endswith(".")
        return
    assert from_json(to_json(project)) == project
    to_json(project).encode()


def test_frozen_layers_are_saved_and_older_programs_are_told_so() -> None:
    assert json.loads(to_json(FAST))["version"] < VERSION and "frozen" not in to_json(FAST)
    one = edits.freeze(FAST, ["conv1", "fc1"])
    text = to_json(one)
    assert json.loads(text)["version"] == VERSION and text.count('"frozen": true') == 2
    assert from_json(text) == one != FAST
    damaged = text.replace('"frozen": true', '"frozen": 3', 1)
    with pytest.raises(ProjectFileError, match="damaged"):
        from_json(damaged)
