"""The user's own images: prepared once, split the same way each time, and named by the project."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from folders_of_pictures import coloured
from full_disk import full_disk

from cnnviz.data.catalogue import describe
from cnnviz.data.choice import DatasetChoice, DatasetChoiceError, description_entry, description_of
from cnnviz.data.description import DescriptionError
from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import own, preparing, registry
from cnnviz.data.sources.own import describe_path, slug
from cnnviz.data.sources.preparing import Progress
from cnnviz.data.sources.source import Fault, Trouble
from cnnviz.data.survey import survey
from cnnviz.jobs import CancelledError
from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Output
from cnnviz.project.file import ProjectFileError, from_json, load, save, to_json
from cnnviz.project.project import Project
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return coloured(tmp_path / "my Pets", suffixes=("png",), sides=(32, 32))


def test_a_folder_becomes_a_dataset(pets: Path) -> None:
    (pets / "犬" / "broken.png").write_bytes(b"")
    found = describe_path(pets)
    about = found.description
    assert (about.name, about.title, about.image) == ("my-pets", "my Pets", (3, 32, 32))
    assert (about.training, about.test, found.choice.validation) == (72, 8, 7)
    assert [fault.name for fault in found.prepared.faults] == ["犬/broken.png"]
    data = load_choice(found.choice)
    assert (len(data.train), len(data.validation), len(data.test)) == (65, 7, 8)
    assert data.classes == about.classes
    every = np.concatenate([data.train.images, data.validation.images, data.test.images])
    assert every.shape == (80, 3, 32, 32)
    assert about.mean == pytest.approx((every / 255).mean((0, 2, 3)), abs=1e-4)
    assert about.std == pytest.approx((every / 255).std((0, 2, 3)), abs=1e-4)
    assert len(np.unique(every.reshape(80, -1), axis=0)) == 80
    with pytest.raises(ValueError, match="read-only"):
        data.train.images[0] = 0


def test_what_is_set_aside_is_known_before_the_images_are_read(pets: Path) -> None:
    shutil.copytree(pets, pets.parent / "split" / "train")
    coloured(pets.parent / "split" / "validation", count=3, suffixes=("png",), sides=(32, 32), seed=1)
    for folder, expected in ((pets, 30), (pets.parent / "split", 12)):
        choice = replace(describe_path(folder).choice, validation=30)
        data = load_choice(choice)
        assert choice.set_aside == len(data.validation) == expected
        assert facts_for(Project(dataset=choice)).training == len(data.train)
    assert DatasetChoice("mnist", 123).set_aside == 123


def test_the_test_images_stay_the_same_whatever_is_set_aside(pets: Path) -> None:
    choice = describe_path(pets).choice
    first, second = (load_choice(replace(choice, validation=count, split_seed=count)) for count in (0, 30))
    assert np.array_equal(first.test.images, second.test.images)
    assert (len(first.validation), len(second.validation)) == (0, 30)
    with pytest.raises(DataError, match="cannot be set aside"):
        load_choice(replace(choice, validation=100))


def test_images_larger_than_memory_are_mapped(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choice = describe_path(pets).choice
    inside = load_choice(choice)
    monkeypatch.setattr(own, "available", lambda: 1000)
    own._loaded.clear()
    outside = load_choice(choice)
    assert isinstance(outside.train.images, np.memmap)
    for name in ("train", "validation", "test"):
        assert np.array_equal(getattr(inside, name).images, getattr(outside, name).images)
        assert np.array_equal(getattr(inside, name).labels, getattr(outside, name).labels)


def test_pictures_are_decoded_once(pets: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    seen: list[Progress] = []
    describe_path(pets, report=seen.append)
    assert seen[-1] == Progress(80, 80)
    again: list[Progress] = []
    describe_path(pets, report=again.append)
    assert not again
    (cache,) = (home / "cache" / "decoded").iterdir()
    (cache / "train.bin").write_bytes(b"damaged")
    describe_path(pets, report=again.append)
    assert again[-1] == Progress(80, 80)


def test_broken_off_decoding_leaves_nothing(pets: Path, home: Path) -> None:
    with pytest.raises(CancelledError):
        describe_path(pets, cancelled=lambda: True)
    assert not list((home / "cache" / "decoded").iterdir())
    with full_disk(), pytest.raises(DataError, match=r"could not be kept in the cache: .* Make room on the disk"):
        describe_path(pets)
    assert not list((home / "cache" / "decoded").iterdir())


def test_a_folder_that_vanishes_while_it_is_read_is_not_remembered_without_its_pictures(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(preparing, "BLOCK_BYTES", 1)
    away = tmp_path / "away"

    def pull_out(state: Progress) -> None:
        if state.done == 3:
            pets.rename(away)
            # the place of a disk stays when the disk is taken out
            pets.mkdir()

    with pytest.raises(DataError, match="has vanished while its pictures were read"):
        describe_path(pets, report=pull_out)
    assert not list((home / "cache" / "decoded").iterdir())
    pets.rmdir()
    away.rename(pets)

    def move_a_picture(state: Progress) -> None:
        if state.done == 3:
            (pets / "犬" / "19.png").rename(away)

    (fault,) = describe_path(pets, report=move_a_picture).prepared.faults
    assert fault == Fault("犬/19.png", Trouble.MISSING)
    # it comes back, with the time and size that it had
    away.rename(pets / "犬" / "19.png")
    found = describe_path(pets)
    assert not found.prepared.faults and found.description.training + found.description.test == 80


def test_a_disk_without_room_is_noticed_before(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_SPARE_BYTES", 2**60)
    with pytest.raises(DataError, match="MB are free"):
        describe_path(pets)


def network() -> Project:
    layers = chain(("input", Input()), ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output()))
    return Project(layers)


def test_a_project_file_names_its_images(pets: Path) -> None:
    choice = describe_path(pets).choice
    project = replace(network(), dataset=choice)
    text = to_json(project)
    assert '"version": 4' in text and from_json(text).dataset == choice
    assert '"own"' not in to_json(network()) and '"version": 2' in to_json(network())
    with pytest.raises(ProjectFileError, match="The dataset cannot be read"):
        from_json(text.replace('"crop"', '"bend"'))


def test_images_that_are_gone_lose_nothing(pets: Path, tmp_path: Path) -> None:
    project = replace(network(), dataset=describe_path(pets).choice)
    own._loaded.clear()
    pets.rename(tmp_path / "elsewhere")
    opened = from_json(to_json(project))
    assert opened.dataset == project.dataset and opened.network == project.network
    assert not describe(opened.dataset).at_hand
    (problem, *_) = check(opened.network, facts_for(opened)).errors
    assert problem.code == "images_gone" and "my Pets are no longer at" in problem.sentence()
    with pytest.raises(DataError, match="is not there"):
        load_choice(opened.dataset)
    (tmp_path / "elsewhere").rename(pets)
    assert describe(opened.dataset).at_hand and len(load_choice(opened.dataset).train)


def test_classes_that_were_numbered_otherwise_keep_their_numbers(tmp_path: Path) -> None:
    """As in a project or a recorded run from before names were sorted without case: labels, splits and rows are those
    of a folder whose classes are in that order by their names."""
    folder = coloured(tmp_path / "animals", ("ant", "Bee", "cat"), suffixes=("png",), sides=(8, 8))
    for number, name in enumerate(("Bee", "ant", "cat")):
        shutil.copytree(folder / name, tmp_path / "numbered" / f"{number} {name}")
    expected, choice = load_choice(describe_path(tmp_path / "numbered").choice), describe_path(folder).choice
    assert load_choice(choice).classes == ("ant", "Bee", "cat") and choice.own is not None
    before = replace(choice, own=replace(choice.own, classes=("Bee", "ant", "cat")))
    found = survey(before)
    assert found is not None
    for data in (load_choice(before), found.dataset):
        assert data.classes == ("Bee", "ant", "cat")
        for name in ("train", "validation", "test"):
            assert np.array_equal(getattr(data, name).images, getattr(expected, name).images)
            assert np.array_equal(getattr(data, name).labels, getattr(expected, name).labels)


def test_other_classes_than_before_are_noticed(pets: Path) -> None:
    choice = describe_path(pets).choice
    own._loaded.clear()
    (pets / "犬").rename(pets / "wolf")
    with pytest.raises(DataError, match="have changed since these images were chosen"):
        load_choice(choice)


def test_images_in_a_folder_with_an_undecodable_name_can_be_kept(tmp_path: Path) -> None:
    folder = coloured(tmp_path / os.fsdecode(b"p\xe9ts"), suffixes=("png",), count=3)
    choice = describe_path(folder).choice
    assert choice.own is not None and (choice.own.title, slug(choice.own.title)) == ("p\ufffdts", "p-ts")
    project = Project(dataset=choice)
    save(project, tmp_path / "all.cnnviz")
    assert load(tmp_path / "all.cnnviz") == from_json(to_json(project, compact=True)) == project
    registry.add(choice)
    assert registry.find("p-ts") == choice
    assert len(load_choice(choice).train) == 10


def test_descriptions_survive_json(pets: Path) -> None:
    about = describe_path(pets).description
    assert description_of(description_entry(about)) == about
    damaged: dict[str, Any] = {"image": 3, "classes": [1], "mean": "0.5", "training": None, "origin": 3}
    for key, wrong in damaged.items():
        with pytest.raises(DatasetChoiceError, match=r"The description of the dataset's images is damaged\."):
            description_of({**description_entry(about), key: wrong})
    impossible: dict[str, Any] = {
        "image": (3, 0, 5), "classes": (), "mean": (2.0,), "training": -1, "std": (0.0,) * 3, "title": "x" * 201,
        "test": -1, "validation": about.training + 1,
    }  # fmt: skip
    for key, wrong in (*impossible.items(), ("title", "\ud800"), ("classes", ("cat", "caf\udce9"))):
        with pytest.raises(DescriptionError, match=f"The dataset's {key} cannot be"):
            replace(about, **{key: wrong})
        with pytest.raises(DatasetChoiceError, match=f"The dataset's {key} cannot be"):
            description_of({**description_entry(about), key: wrong})
    with pytest.raises(DatasetChoiceError):
        DatasetChoice("x", own=replace(about, origin=None))


def test_names_of_added_datasets(pets: Path, home: Path) -> None:
    choice = describe_path(pets).choice
    registry.add(choice)
    assert registry.names() == ["my-pets"] and registry.find("my-pets") == choice
    with pytest.raises(DataError, match="already a data set named “my-pets”"):
        registry.add(choice)
    with pytest.raises(DataError, match="already"):
        registry.add(replace(choice, name="mnist"), replacing=True)
    registry.add(choice, replacing=True)
    (home / "data" / "datasets" / "my-pets.json").write_text("{}")
    assert registry.find("my-pets") is None and registry.find("../x") is None
    registry.remove("my-pets")
    with pytest.raises(DataError, match="no data set named"):
        registry.remove("my-pets")
    assert not registry.names() and pets.is_dir()


def test_only_the_file_of_a_dataset_is_removed_and_why_it_could_not_be_is_told(
    pets: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = describe_path(pets).choice
    registry.add(choice)
    (home / "data" / "other.json").write_text("{}")
    with pytest.raises(DataError, match="no data set named"):
        registry.remove("../other")
    assert (home / "data" / "other.json").exists()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", denied)
    with pytest.raises(DataError, match="“my-pets” could not be deleted: Permission denied"):
        registry.remove("my-pets")
    assert registry.find("my-pets") == choice


def test_slugs() -> None:
    assert [slug(name) for name in ("My Pets!", "犬", "a" * 99, "_x_")] == ["my-pets", "images", "a" * 64, "x"]


def test_images_larger_than_memory_are_looked_at_with_progress_and_cancel(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = describe_path(pets)
    monkeypatch.setattr(own, "available", lambda: 1000)
    monkeypatch.setattr(own, "TOGETHER", 30)
    seen: list[Progress] = []
    found = describe_path(pets, report=seen.append)
    assert seen == [Progress(30, 80), Progress(60, 80), Progress(80, 80)]
    assert found.description == whole.description
    with pytest.raises(CancelledError):
        describe_path(pets, cancelled=lambda: True)
