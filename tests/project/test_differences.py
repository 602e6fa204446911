"""What differs in two projects, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import valid_networks, wild_networks

from cnnviz.data.choice import DatasetChoice
from cnnviz.network import graph
from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import Edge, Network, chain
from cnnviz.network.layers import Add, Conv2d, Dense, Flatten, Input, Layer, Output, ReLU, Sigmoid, ZeroPad2d
from cnnviz.project.arrange import arrange
from cnnviz.project.differences import differences, in_brief
from cnnviz.project.project import Project
from cnnviz.project.recipe import SETTINGS, Recipe
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.parameters import Parameter

SMALL = chain(
    ("input", Input()),
    ("conv1", Conv2d(8)),
    ("relu1", ReLU()),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)
any_networks = st.one_of(valid_networks(), wild_networks())


def said(before: Project | Network, after: Project | Network) -> list[str]:
    first, second = (each if isinstance(each, Project) else Project(each) for each in (before, after))
    return [str(sentence) for sentence in differences(first, second)]


def test_a_changed_layer_says_old_and_new_value_of_each_parameter() -> None:
    changed = graph.set_layer(SMALL, "conv1", Conv2d(1600, (5, 3), padding="same", bias=False))
    assert said(SMALL, changed) == [
        "Conv2d “conv1”: out channels 8 → 1,600 maps, kernel size 3×3 → 5×3 pixels, padding 0×0 → same, bias on → off."
    ]
    assert said(SMALL, graph.set_layer(SMALL, "relu1", Sigmoid())) == ["“relu1”: ReLU → Sigmoid."]


def test_four_sides_are_no_size() -> None:
    padded = graph.insert(SMALL, Edge("input", "conv1"), "pad1", ZeroPad2d((1, 1, 1, 1)))
    other = graph.set_layer(padded, "pad1", ZeroPad2d((0, 1, 2, 3)))
    assert said(padded, other) == ["ZeroPad2d “pad1”: padding 1, 1, 1, 1 → 0, 1, 2, 3 pixels."]


def test_an_inserted_layer_is_one_difference_and_so_is_a_removed_one() -> None:
    inserted = graph.insert(SMALL, Edge("relu1", "flatten"), "conv2", Conv2d(64, (3, 3), padding="same"))
    assert said(SMALL, inserted) == [
        "Conv2d 3×3 “conv2” was added after “relu1”. Its settings: out channels 64, padding same."
    ]
    assert said(inserted, SMALL) == ["Conv2d 3×3 “conv2” was removed."]
    assert said(SMALL, graph.add(SMALL, "relu2", ReLU())) == ["ReLU “relu2” was added."]


def test_other_wires_are_said_where_they_end() -> None:
    first = graph.connect(graph.insert(SMALL, Edge("relu1", "flatten"), "add1", Add()), "conv1", "add1")
    second = graph.connect(first, "input", "add1", 1)
    assert said(first, second) == ["Inputs of “add1”: “relu1”, “conv1” → “relu1”, “input”."]
    assert said(first, graph.disconnect(first, Edge("conv1", "add1", 1))) == [
        "Inputs of “add1”: “relu1”, “conv1” → “relu1”."
    ]
    assert said(SMALL, graph.disconnect(SMALL, Edge("input", "conv1"))) == ["Inputs of “conv1”: “input” → none."]


def test_a_renamed_layer_is_the_same_layer_also_without_a_memory_of_its_old_name() -> None:
    renamed = graph.rename(SMALL, "conv1", "first")
    read = Network({name: graph.Node(name, node.layer) for name, node in renamed.nodes.items()}, renamed.edges)
    for network in (renamed, read):
        assert said(SMALL, network) == ["“conv1” is now named “first”."]


def test_settings_of_the_recipe_are_said_in_words_and_units() -> None:
    before = Project(SMALL, recipe=Recipe(learning_rate=0.001, batch_size=64))
    recipe = Recipe("sgd", 0.01, 0.9, batch_size=1000, rotation=7.5, repeatable=True, threads=2)
    assert said(before, replace(before, recipe=recipe)) == [
        "Recipe: optimizer Adam → SGD.",
        "Recipe: learning rate 0.001 → 0.01.",
        "Recipe: momentum not used → 0.9.",
        "Recipe: batch size 64 → 1,000 images.",
        "Recipe: repeatable off → on.",
        "Recipe: threads not used → 2.",
        "Recipe: rotation 0 → 7.5 degrees.",
    ]


def test_differences_are_also_said_in_a_few_words_each() -> None:
    before = Project(SMALL, recipe=Recipe(learning_rate=0.001))

    def brief(**changes: object) -> list[str]:
        return [str(sentence) for sentence in in_brief(before, replace(before, **changes))]  # type: ignore[arg-type]

    grown = graph.insert(SMALL, Edge("relu1", "flatten"), "conv2", Conv2d(8))
    assert brief(network=grown) == ["+ conv2"]
    assert [str(sentence) for sentence in in_brief(Project(grown), Project(SMALL))] == ["− conv2"]
    wider = graph.set_layer(SMALL, "conv1", Conv2d(4))
    assert brief(network=wider) == ["conv1 out channels 4"]
    assert brief(network=graph.rename(SMALL, "conv1", "first")) == []
    # Adam has no momentum, SGD has
    assert brief(recipe=Recipe("sgd", 0.05, 0.9, seed=3)) == ["SGD", "rate 0.05", "momentum 0.9", "seed 3"]
    assert brief(dataset=DatasetChoice("imagenet", 1000)) == ["ImageNet", "validation 1,000"]
    assert brief(dataset=DatasetChoice("unknown")) == ["unknown"]


def test_rates_that_differ_in_late_digits_are_not_said_to_be_equal() -> None:
    before = Project(SMALL, recipe=Recipe(learning_rate=0.001))
    after = replace(before, recipe=Recipe(learning_rate=0.0010000001))
    assert said(before, after) == ["Recipe: learning rate 0.001 → 0.0010000001."]


def test_another_dataset_and_another_split_are_said() -> None:
    before = Project(SMALL)
    assert said(before, replace(before, dataset=DatasetChoice("imagenet", 1000, 3))) == [
        "Dataset: mnist → imagenet.",
        "Dataset: validation 5,000 → 1,000 images.",
        "Dataset: split seed 0 → 3.",
    ]


def test_positions_and_settings_without_effect_make_no_difference() -> None:
    project = TEMPLATES["fast"].project()
    moved = replace(project, layout=project.layout.placed({"conv1": (900.0, 900.0)}))
    assert said(project, moved) == []
    # Adam has no momentum
    assert said(project, replace(project, recipe=replace(project.recipe, momentum=0.5))) == []


@given(any_networks, any_networks)
def test_networks_without_a_difference_are_equal(first: Network, second: Network) -> None:
    assert (said(first, second) == []) == (first == second)
    assert said(first, first) == []
    for sentence in differences(Project(first), Project(second)):
        assert str(sentence).endswith(".") and "{" not in str(sentence)


@given(valid_networks(), layers(), st.data())
def test_a_layer_that_is_inserted_anywhere_is_the_only_difference(
    network: Network, layer: Layer, data: st.DataObject
) -> None:
    if layer.most_inputs == 0 or layer.kind == "Output":
        return
    edge = data.draw(st.sampled_from(sorted(network.edges)))
    inserted = graph.insert(network, edge, "inserted", layer)
    (sentence,) = said(network, inserted)
    assert f"“inserted” was added after “{edge.source}”." in sentence
    assert said(inserted, network) == [f"{layer.caption()} “inserted” was removed."]


@given(st.data())
def test_each_setting_of_the_recipe_with_an_effect_is_named(data: st.DataObject) -> None:
    def value(parameter: Parameter) -> st.SearchStrategy[object]:
        match parameter.form:
            case "integer":
                return st.integers(int(parameter.low), int(parameter.high))
            case "number":
                return st.floats(parameter.low, parameter.high)
            case "switch":
                return st.booleans()
        return st.sampled_from(parameter.choices)

    recipes = st.builds(Recipe, **{name: value(setting.parameter) for name, setting in SETTINGS.items()})
    first, second = data.draw(recipes), data.draw(recipes)
    sentences = said(Project(recipe=first), Project(recipe=second))
    named = {name for name in first.uses | second.uses if getattr(first, name) != getattr(second, name)}
    assert len(sentences) == len(named)
    for name in named:
        (sentence,) = [each for each in sentences if each.startswith(f"Recipe: {name.replace('_', ' ')} ")]
        before, after = sentence.split(" → ")
        # what differs reads differently
        assert before.removeprefix(f"Recipe: {name.replace('_', ' ')} ") != after.rstrip(".").split(" ")[0]


def test_a_ladder_of_new_layers_takes_no_time_that_doubles_with_each() -> None:
    network = SMALL
    source = "input"
    for number in range(60):
        name = f"twice{number}"
        network = graph.connect(graph.connect(graph.add(network, name, Add()), source, name), source, name)
        source = name
    network = graph.connect(network, source, "conv1", 0)
    sentences = said(SMALL, Project(network, arrange(network)))
    assert len(sentences) == 60


def test_frozen_layers_are_a_difference_of_their_own() -> None:
    frozen = with_frozen(SMALL, ["conv1", "fc1"])
    assert said(SMALL, frozen) == ["“conv1” is frozen.", "“fc1” is frozen."]
    wider = graph.set_parameter(with_frozen(frozen, ["conv1"], False), "fc1", "out_features", 7)
    assert said(frozen, wider) == ["“conv1” is no longer frozen.", "Dense “fc1”: out features 10 → 7 units."]
