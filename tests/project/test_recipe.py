"""A recipe holds no value that training could not use."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.data.choice import DatasetChoice
from cnnviz.project.recipe import AUGMENTATIONS, SETTINGS, Recipe, RecipeError

NUMBERS = [name for name, one in SETTINGS.items() if one.parameter.form in ("integer", "number")]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_end_at_their_limits(name: str) -> None:
    parameter = SETTINGS[name].parameter
    low, high = parameter.low, parameter.high
    good: list[Any] = [low, high]
    for value in good:
        assert getattr(Recipe(**{name: value}), name) == value
    step = 1 if isinstance(low, int) else (high - low) / 1000
    bad: list[Any] = [low - step, high + step, None, True, "1", float("nan"), float("inf")]
    for wrong in bad:
        with pytest.raises(RecipeError, match=rf"^The {name.replace('_', ' ')} must be .*\.$"):
            Recipe(**{name: wrong})


@pytest.mark.parametrize("name", ["optimizer", "schedule", "precision"])
def test_choices_are_those_listed(name: str) -> None:
    wrong: Any
    for wrong in ("", "SGD", None, [], 1):
        with pytest.raises(RecipeError, match=f"^The {name} must be one of "):
            Recipe(**{name: wrong})


@pytest.mark.parametrize(
    ("recipe", "count"),
    [
        (Recipe("sgd"), 0),
        (Recipe("sgd", momentum=0.9), 1),
        (Recipe("adam"), 2),
        (Recipe("adamw"), 2),
        (Recipe("rmsprop"), 1),
        (Recipe("rmsprop", momentum=0.5), 2),
        (Recipe("adagrad"), 1),
    ],
)
def test_what_the_optimizer_remembers(recipe: Recipe, count: int) -> None:
    assert recipe.state_tensors == count


@pytest.mark.parametrize("name", ["nesterov", "repeatable"])
def test_a_switch_is_true_or_false(name: str) -> None:
    wrong: dict[str, Any] = {name: 1}
    with pytest.raises(RecipeError, match=f"{name.title()} must be true or false"):
        Recipe(**wrong)


def test_a_recipe_knows_which_of_its_fields_matter() -> None:
    every = set(vars(Recipe()))
    assert every - Recipe("adam").uses == {"momentum", "nesterov", "step_epochs", "step_factor", "threads"}
    assert every - Recipe("sgd", momentum=0.5, schedule="step").uses == {"threads"}
    assert every - Recipe("rmsprop", schedule="one-cycle").uses == {
        "nesterov", "step_epochs", "step_factor", "warm_up", "threads",
    }  # fmt: skip
    assert every - Recipe("sgd", momentum=0.5, schedule="step", repeatable=True).uses == {"precision"}
    assert not Recipe().augments
    for name in AUGMENTATIONS:
        amount: dict[str, Any] = {name: 0.5}
        assert Recipe(**amount).augments


@pytest.mark.parametrize("wrong", [-1, 2**31, 1.0, True, "1", None])
def test_a_split_is_told_in_whole_numbers(wrong: Any) -> None:
    for name in ("validation", "split_seed"):
        with pytest.raises(ValueError, match=r"must be a whole number from 0"):
            DatasetChoice(**{name: wrong})


@pytest.mark.parametrize("wrong", ["", "a/b", "../mnist", "MNIST", 5, None, "a" * 65])
def test_a_data_set_has_a_plain_name(wrong: Any) -> None:
    with pytest.raises(ValueError, match="name cannot be"):
        DatasetChoice(wrong)


def test_a_run_takes_over_a_change_at_once_or_when_it_is_continued_or_never() -> None:
    live = {"learning_rate", "weight_decay", "epochs", "label_smoothing", "clip_norm", "patience", *AUGMENTATIONS}
    continued = {"optimizer", "nesterov", "schedule", "warm_up", "step_epochs", "step_factor"}
    for recipe, changed in ((Recipe("sgd"), live | {"momentum"}), (Recipe("rmsprop"), live)):
        found = {name: one.adopted_in(recipe) for name, one in SETTINGS.items()}
        assert {name for name, taken in found.items() if taken == "live"} == changed
        assert {name for name, taken in found.items() if taken == "continued"} == continued | ({"momentum"} - changed)
    rest = {"batch_size", "seed", "precision", "repeatable", "threads"}
    assert {name for name, one in SETTINGS.items() if one.adopted == "restart"} == rest


def test_every_field_has_a_part_of_the_form_and_a_sentence_of_help() -> None:
    assert tuple(SETTINGS) == tuple(vars(Recipe()))
    assert all(one.parameter.name == name and one.parameter.help.endswith(".") for name, one in SETTINGS.items())
    units = {name: one.parameter.unit for name, one in SETTINGS.items() if one.parameter.unit}
    assert units == {
        "batch_size": "images", "warm_up": "epochs", "step_epochs": "epochs", "patience": "epochs",
        "shift": "pixels", "elastic": "pixels", "rotation": "degrees", "shear": "degrees",
    }  # fmt: skip
