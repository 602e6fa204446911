"""What a sweep varies: texts are read into axes, values are put into the project, and anything else is refused."""

from __future__ import annotations

import pytest

from cnnviz.project.templates import TEMPLATES
from cnnviz.sweeps.space import Axis, SpaceError, applied, axis, own_values

PROJECT = TEMPLATES["lenet-5"].project()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("learning_rate=log:1e-4:1", Axis("learning_rate", low=1e-4, high=1.0, scale="log")),
        ("momentum=0:0.99", Axis("momentum", low=0.0, high=0.99)),
        ("batch_size=16:256", Axis("batch_size", low=16.0, high=256.0, whole=True)),
        ("batch_size = log:16:256", Axis("batch_size", low=16.0, high=256.0, scale="log", whole=True)),
        ("optimizer=sgd, adam", Axis("optimizer", ("sgd", "adam"))),
        ("nesterov=true,false", Axis("nesterov", (True, False))),
        ("conv1.out_channels=8,16,32", Axis("conv1.out_channels", (8, 16, 32))),
        ("conv1.kernel_size=3,5", Axis("conv1.kernel_size", (3, 5))),
        ("learning_rate=0.1", Axis("learning_rate", (0.1,))),
    ],
)
def test_texts_become_axes(text: str, expected: Axis) -> None:
    assert axis(text, PROJECT) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rate", "does not say what to vary"),
        ("=1,2", "is no setting of the recipe"),
        ("learning_rate=", "does not say what to vary"),
        ("rate=1,2", "“rate” is no setting of the recipe that can be varied; these are: batch_size"),
        ("epochs=1,2", "is no setting of the recipe that can be varied"),
        ("conv9.out_channels=1,2", "The network has no layer “conv9”"),
        ("conv1.channels=1,2", "has no parameter “channels”; it has: out_channels"),
        ("learning_rate=1:2:3", "is no range"),
        ("learning_rate=log:0:1", "is no range"),
        ("learning_rate=1:0.1", "is no range"),
        ("learning_rate=0.1:1e9", "is no range"),
        ("learning_rate=nan:1", "is no range"),
        ("batch_size=1.5:8", "is no range"),
        ("optimizer=a:b", "is no range"),
        ("optimizer=sgd,newton", "optimizer takes one of .* not “?newton"),
        ("batch_size=0,8", "batch_size takes a whole number"),
        ("learning_rate=0.1,0.10", "given twice"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        axis(text, PROJECT)


def test_values_are_put_into_recipe_and_layers() -> None:
    project = applied(PROJECT, {"learning_rate": 0.5, "conv1.out_channels": 9, "conv1.kernel_size": 3})
    assert project.recipe.learning_rate == 0.5
    layer = project.network["conv1"]
    assert (layer.out_channels, layer.kernel_size) == (9, (3, 3))  # type: ignore[attr-defined]
    assert applied(PROJECT, {}) == PROJECT


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("learning_rate=log:1e-4:1", PROJECT.recipe.learning_rate),
        ("learning_rate=10:100", None),
        ("optimizer=adagrad,rmsprop", None),
        ("conv1.out_channels=4:16", PROJECT.network["conv1"].out_channels),  # type: ignore[attr-defined]
        ("conv1.kernel_size=3,5", 5),
        ("conv1.kernel_size=2:7", 5),
        ("nesterov=true,false", False),
    ],
)
def test_the_values_of_the_project_itself_are_known_if_they_are_tried(text: str, own: object) -> None:
    made = axis(text, PROJECT)
    assert own_values(PROJECT, [made]) == (None if own is None else {made.target: own})
    if own is not None:
        assert applied(PROJECT, {made.target: own}) == PROJECT  # type: ignore[dict-item]
