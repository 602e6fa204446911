"""What goes where: by name, by order where that is certain, and never by a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cnnviz.imports.weights.choosing import is_whole, with_head
from cnnviz.imports.weights.matching import match
from cnnviz.imports.weights.plan import Found, Plan
from cnnviz.imports.weights.stored import StoredTensor
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    BatchNorm2d,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    Input,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    ReLU,
)
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


def _stored(**shapes: Shape) -> dict[str, StoredTensor]:
    """Tensors of a file; ``__`` stands for a dot."""
    names = {name.replace("__", "."): shape for name, shape in shapes.items()}
    return {name: StoredTensor(name, "float32", shape) for name, shape in names.items()}


def _network(*convolutions: int, classes: int = 10) -> Network:
    layers = [(f"conv{at}", Conv2d(maps, (3, 3))) for at, maps in enumerate(convolutions, start=1)]
    end = (("flatten", Flatten()), ("fc1", Dense(classes)), ("output", Output()))
    return chain(("input", Input((1, 9, 9))), *layers, *end)


def _pairs(plan: Plan) -> dict[str, str]:
    return {pair.stored.name: pair.key for pair in plan.pairs}


def test_names_of_the_network_itself_are_matched_through_every_wrapper() -> None:
    for prefix in ("", "module.", "module._orig_mod.", "model.net."):
        names = ("conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias")
        shapes = ((4, 1, 3, 3), (4,), (10, 196), (10,))
        stored = {
            f"{prefix}{name}": StoredTensor(f"{prefix}{name}", "float32", shape)
            for name, shape in zip(names, shapes, strict=True)
        }
        plan = match(stored, _network(4))
        assert _pairs(plan) == {f"{prefix}{name}": name for name in names}
        assert not plan.left_over
        assert not plan.unfilled
        assert {pair.found for pair in plan.pairs} == {Found.NAME}


def test_names_that_differ_in_their_form_only_are_matched() -> None:
    network = chain(
        ("input", Input((1, 9, 9))),
        ("layer1_0_conv1", Conv2d(4, (3, 3), bias=False)),
        ("layer1_0_norm1", BatchNorm2d()),
        ("layer1_0_norm2", BatchNorm2d()),
        ("pool", GlobalAvgPool2d()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    numbers = {"weight": (4,), "bias": (4,), "running_mean": (4,), "running_var": (4,)}
    stored = _stored(
        layer1__0__conv1__weight=(4, 1, 3, 3),
        linear__weight=(10, 4),
        linear__bias=(10,),
        **{f"layer1__0__BatchNorm{at}__{name}": shape for at in (2, 1) for name, shape in numbers.items()},
    )
    plan = match(stored, network)
    assert is_whole(plan)
    assert _pairs(plan)["layer1.0.BatchNorm2.weight"] == "layer1_0_norm2.weight"
    assert _pairs(plan)["linear.weight"] == "fc.weight"
    # a file from before batches were counted
    assert {one.key for one in plan.unfilled} == {f"layer1_0_norm{at}.num_batches_tracked" for at in (1, 2)}


def test_layers_in_the_same_order_are_matched_without_names() -> None:
    stored = _stored(
        a__weight=(4, 1, 3, 3), a__bias=(4,), b__weight=(4, 4, 3, 3), b__bias=(4,), c__weight=(10, 100), c__bias=(10,)
    )
    plan = match(stored, _network(4, 4))
    assert is_whole(plan)
    assert [pair.key for pair in plan.pairs] == [
        "conv1.weight",
        "conv1.bias",
        "conv2.weight",
        "conv2.bias",
        "fc1.weight",
        "fc1.bias",
    ]
    assert {pair.found for pair in plan.pairs} == {Found.ORDER}


def test_nothing_is_guessed_where_layers_are_alike() -> None:
    # two of three convolutions of one shape: which ones cannot be known
    stored = _stored(
        a__weight=(4, 1, 3, 3), a__bias=(4,), b__weight=(4, 4, 3, 3), b__bias=(4,), c__weight=(4, 4, 3, 3), c__bias=(4,)
    )
    plan = match(stored, _network(4, 4, 4, 4))
    assert _pairs(plan) == {"a.weight": "conv1.weight", "a.bias": "conv1.bias"}
    assert "conv2, conv3, conv4" in str(plan.left_over[0].reason)
    assert {one.node for one in plan.missing} == {"conv2", "conv3", "conv4", "fc1"}


def test_branches_are_matched_by_order_only_if_both_orders_agree() -> None:
    from cnnviz.network.graph import Edge, Node
    from cnnviz.network.layers import Add

    def branches(names: tuple[str, str]) -> Network:
        nodes = {"input": Input((1, 5, 5)), names[0]: Conv2d(4, (3, 3)), names[1]: Conv2d(4, (3, 3)), "add": Add()}
        nodes |= {"pool": GlobalAvgPool2d(), "fc1": Dense(3), "output": Output()}
        wires = [("input", "left", 0), ("input", "right", 0), ("left", "add", 0), ("right", "add", 1)]
        wires += [("add", "pool", 0), ("pool", "fc1", 0), ("fc1", "output", 0)]
        edges = frozenset(Edge(*wire) for wire in wires)
        return Network({name: Node(name, layer) for name, layer in nodes.items()}, edges)

    stored = _stored(
        a__weight=(4, 1, 3, 3), a__bias=(4,), b__weight=(4, 1, 3, 3), b__bias=(4,), fc1__weight=(3, 4), fc1__bias=(3,)
    )
    assert _pairs(match(stored, branches(("left", "right"))))["a.weight"] == "left.weight"
    assert _pairs(match(stored, branches(("right", "left"))))["a.weight"] == "right.weight"


@pytest.mark.parametrize("names", [("conv1", "fc1"), ("features.0", "classifier.1")])
def test_another_number_of_classes_leaves_the_head_out(names: tuple[str, str]) -> None:
    first, last = (name.replace(".", "__") for name in names)
    stored = _stored(
        **{
            f"{first}__weight": (4, 1, 3, 3),
            f"{first}__bias": (4,),
            f"{last}__weight": (26, 196),
            f"{last}__bias": (26,),
        }
    )
    project = Project(_network(4))
    plan = match(stored, project.network)
    assert plan.head is not None
    assert (plan.head.node, plan.head.network_classes, plan.head.file_classes) == ("fc1", 10, 26)
    assert "26 classes, the network 10" in str(plan.left_over[0].reason)
    assert is_whole(plan)
    taken = with_head(project, plan.head)
    assert taken.network["fc1"] == Dense(26)
    assert match(stored, taken.network).missing == ()


def test_a_layer_that_differs_in_shape_is_left_out_with_both_shapes() -> None:
    stored = _stored(conv1__weight=(4, 3, 3, 3), conv1__bias=(4,), fc1__weight=(10, 196), fc1__bias=(10,))
    plan = match(stored, _network(4))
    assert _pairs(plan) == {"fc1.weight": "fc1.weight", "fc1.bias": "fc1.bias"}
    assert "4×3×3×3 in the file, and 4×1×3×3 in the network" in str(plan.left_over[0].reason)


def test_a_missing_bias_is_zero_and_a_superfluous_one_is_left_out() -> None:
    stored = _stored(conv1__weight=(4, 1, 3, 3), fc1__weight=(10, 196), fc1__bias=(10,))
    plan = match(stored, _network(4))
    (zero,) = plan.unfilled
    assert (zero.key, zero.value) == ("conv1.bias", 0.0)
    without = chain(
        ("input", Input((1, 9, 9))), ("conv1", Conv2d(4, (3, 3), bias=False)), ("pool", MaxPool2d()), ("relu", ReLU()),
        ("flatten", Flatten()), ("fc1", Dense(2)), ("output", Output()),
    )  # fmt: skip
    plan = match(_stored(conv1__weight=(4, 1, 3, 3), conv1__bias=(4,)), without)
    assert _pairs(plan) == {"conv1.weight": "conv1.weight"}
    assert [str(left.reason) for left in plan.left_over] == ["“conv1” has no bias."]


def test_a_convolution_of_one_pixel_and_a_dense_have_the_same_weights() -> None:
    network = chain(
        ("input", Input((1, 9, 9))),
        ("conv1", Conv2d(4, (3, 3))),
        ("pool", GlobalAvgPool2d()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    stored = _stored(conv1__weight=(4, 1, 3, 3), conv1__bias=(4,), fc1__weight=(10, 4, 1, 1), fc1__bias=(10,))
    assert is_whole(match(stored, network))


def test_attention_and_tensors_of_no_layer() -> None:
    network = chain(
        ("input", Input((4, 3, 3))),
        ("mix", MultiheadSelfAttention(2)),
        ("pool", GlobalAvgPool2d()),
        ("fc1", Dense(2)),
        ("output", Output()),
    )
    stored = _stored(
        mix__in_proj_weight=(12, 4), mix__in_proj_bias=(12,), mix__out_proj__weight=(4, 4), mix__out_proj__bias=(4,),
        fc1__weight=(2, 4), fc1__bias=(2,), fc1__weight_g=(2, 1),
    )  # fmt: skip
    plan = match(stored, network)
    assert is_whole(plan)
    assert [left.stored.name for left in plan.left_over] == ["fc1.weight_g"]
