"""The content of the data page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from folders_of_pictures import coloured

from cnnviz.data.choice import DatasetChoice
from cnnviz.data.sources import registry
from cnnviz.data.sources.source import Form, Trouble
from cnnviz.data.survey import FITS, Survey, preview, survey, survey_path
from cnnviz.gui.panels.data import state, words
from cnnviz.network.check import check
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from pathlib import Path


def surveyed(folder: Path, form: Form | None = None) -> Survey:
    found = survey_path(folder, form, folder.name)
    assert found is not None
    return found


def test_a_folder_is_read_in_the_form_that_is_asked_for_and_broken_files_are_named(tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets")
    (folder / "犬" / "torn.jpg").write_bytes(b"no picture")
    stages: list[str] = []
    found = survey_path(folder, Form(1, 12, 10, "pad"), "pets", lambda stage: stages.append(stage.work))
    assert found is not None and found.dataset.train.images.shape[1:] == (1, 12, 10)
    assert [(fault.name, fault.trouble) for fault in found.faults] == [("犬/torn.jpg", Trouble.UNREADABLE)]
    assert sum(int(counts.sum()) for counts in found.census.counts.values()) == 80
    assert set(stages) == {"read", "count"}
    heading, lines = words.troubles(found)
    assert heading.startswith("1 file is left out") and "torn.jpg" in lines[0]
    assert survey_path(folder, Form(1, 9, 9), "pets", cancelled=lambda: True) is None


def test_the_choice_follows_files_that_have_changed(tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets")
    first = surveyed(folder)
    again = survey(replace(first.choice, validation=3))
    assert again is not None and again.choice == replace(first.choice, validation=3)
    assert len(again.dataset.validation) == 3
    (folder / "犬" / "0.png").unlink()
    later = survey(first.choice)
    assert later is not None and later.choice != first.choice
    assert later.choice.own is not None and first.choice.own is not None
    assert later.choice.own.training + later.choice.own.test == 79
    assert not later.choice.is_of_same_images(first.choice)


def test_pictures_are_shown_beforehand_in_each_way(tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets", sides=(10, 40))
    found = preview(folder, Form(3, 16, 16))
    assert set(found.pictures) == set(FITS)
    for fit in FITS:
        expected = surveyed(folder, Form(3, 16, 16, fit)).dataset
        everything = np.concatenate([expected.train.images, expected.validation.images, expected.test.images])
        for picture in found.pictures[fit]:
            assert (everything == picture).all((1, 2, 3)).any()


@pytest.mark.parametrize("template", ["fast", "lenet-5"])
def test_using_a_dataset_fits_the_network_in_one_edit(template: str, tmp_path: Path) -> None:
    project = TEMPLATES[template].project()
    choice = surveyed(coloured(tmp_path / "pets"), Form(3, 32, 32)).choice
    use = state.use(project, choice)
    assert not use.fits and not use.used and not use.errors
    assert use.plain.network is project.network and use.plain.dataset == use.fitted.dataset == choice
    input_change, *_, last, batch = use.changes
    assert (input_change.parameter, input_change.after) == ("shape", (3, 32, 32))
    assert (last.kind, last.parameter, last.after) == ("Dense", "out_features", 4)
    assert (batch.parameter, batch.before, batch.after) == ("batch_size", project.recipe.batch_size, 8)
    assert "1×28×28 → 3×32×32" in words.changes(use) and "10 → 4" in words.changes(use)
    again = state.use(use.fitted, choice)
    assert again.fits and again.used and not again.changes
    half = state.use(use.plain, choice)
    assert half.used and not half.fits and half.fitted == use.fitted


def test_every_template_for_mnist_is_fitted_to_colour_pictures(tmp_path: Path) -> None:
    choice = surveyed(coloured(tmp_path / "pets", count=3), Form(3, 32, 32)).choice
    small = [template.project() for template in TEMPLATES.values()]
    small = [project for project in small if project.dataset == DatasetChoice()]
    assert len(small) >= 10
    assert [project for project in small if state.use(project, choice).errors] == []


def test_mean_and_deviation_are_offered_to_an_input_that_has_others(tmp_path: Path) -> None:
    project = TEMPLATES["fast"].project()
    assert state.normalized_otherwise(project) == ""
    fitted = state.use(project, surveyed(coloured(tmp_path / "pets"), Form(3, 32, 32)).choice).fitted
    assert state.normalized_otherwise(fitted) == ""
    darker = edits.set_parameter(fitted, "input", "mean", (0.1, 0.1, 0.1))
    assert state.normalized_otherwise(darker) == "input"


def test_the_list_holds_what_comes_along_what_was_added_and_what_the_project_uses(tmp_path: Path) -> None:
    mnist = DatasetChoice()
    assert [(entry.kind, entry.used) for entry in state.entries(mnist)] == [("inside", True)]
    pets = surveyed(coloured(tmp_path / "pets")).choice
    assert [(entry.kind, entry.used) for entry in state.entries(pets)] == [("inside", False), ("project", True)]
    registry.add(pets)
    split = replace(pets, split_seed=4)
    found = state.entries(split)
    assert [(entry.kind, entry.used) for entry in found] == [("inside", False), ("added", True)]
    assert found[1].choice == split
    assert state.free_name("pets") == "pets-2"
    assert state.free_name("cifar-10") == "cifar-10-2" and state.free_name("犬") == "images"


def test_images_that_are_gone_are_said_to_be_gone(tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets")
    choice = surveyed(folder).choice
    folder.rename(tmp_path / "elsewhere")
    (entry,) = [entry for entry in state.entries(choice) if entry.used]
    assert not entry.description.at_hand and "not at" in words.gone(entry.description)
    assert words.short(entry.description) == "not there"


def test_bars_leave_black_and_white_out_of_their_scale() -> None:
    histogram = np.zeros((1, 256), np.int64)
    histogram[0, 0], histogram[0, 100], histogram[0, 200] = 10_000, 8, 4
    heights = state.bars(histogram)
    assert heights.shape == (1, state.BINS)
    assert (heights[0, 0], heights[0, 25], heights[0, 50]) == (1.0, 1.0, 0.5)
    assert state.bars(np.zeros((3, 256), np.int64)).max() == 0


TOO_LARGE = {"vgg-16", "resnet-18", "resnet-50", "densenet-121", "mobilenet-v2", "shufflenet-v2", "convnext"}
"""Templates whose batches do not fit in 12 GB."""


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_trained_on_small_pictures_after_one_click(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine with 12 GB of free memory, where the batches of the largest templates do not fit."""
    monkeypatch.setattr("cnnviz.training.facts.available", lambda: 12 * 10**9)
    choice = surveyed(coloured(tmp_path / "pets", sides=(32, 32))).choice
    assert choice.own is not None
    choice = replace(choice, own=replace(choice.own, training=100_000))
    project = TEMPLATES[name].project()
    used = state.use(project, choice)
    assert used.errors == 0
    batch = used.fitted.recipe.batch_size
    assert (batch < project.recipe.batch_size) == (name in TOO_LARGE)
    if batch < project.recipe.batch_size:
        assert f"batch size {project.recipe.batch_size:,} → {batch}" in words.change(used.changes[-1])


def test_a_few_pictures_are_trained_in_small_batches(tmp_path: Path) -> None:
    """80 pictures less 16 for the test and 6 for the validation are 58: a single batch of 128, 8 of 8."""
    found = surveyed(coloured(tmp_path / "pets", sides=(32, 32)))
    project = TEMPLATES["fast"].project()
    use = state.use(project, found.choice)
    images = len(found.dataset.train)
    assert facts_for(use.plain).training == images
    assert use.fitted.recipe.batch_size == 8 and f"batch size {project.recipe.batch_size} → 8" in words.changes(use)
    whole = replace(use.fitted, recipe=project.recipe)
    (problem,) = check(whole.network, facts_for(whole)).problems
    assert f"{images} training images" in problem.sentence()
    (fix,) = problem.fixes
    assert fix.label() == "Set batch size 8" and edits.apply_fix(whole, fix) == use.fitted
    assert check(use.fitted.network, facts_for(use.fitted)).problems == ()


def test_mean_and_deviation_are_those_of_all_images_also_where_they_are_larger_than_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnviz.data.sources import own

    monkeypatch.setattr(own, "available", lambda: 1000)
    monkeypatch.setattr(own, "SAMPLED", 3)
    found = surveyed(coloured(tmp_path / "pets"))
    pixels = np.concatenate([found.dataset.train.images, found.dataset.validation.images]) / 255
    described = found.choice.own
    assert described is not None
    assert described.mean == pytest.approx(pixels.mean((0, 2, 3)), abs=1e-4)
    assert described.std == pytest.approx(pixels.std((0, 2, 3)), abs=1e-4)
    # read again it is the same choice, also with another number of validation images
    other = replace(found.choice, validation=3)
    again = survey(other)
    assert again is not None and again.choice.validation == 3 and again.choice.own is not None
    assert again.choice.own.mean == pytest.approx(described.mean, abs=1e-4)
    own.forget()
