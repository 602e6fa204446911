"""Warnings are true: what is said to have no effect has none in torch. Each comes where it should and not beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import ADVICE, facts, flattened, headed, valid_networks
from oracle import BATCH, module_of, run

from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    ELU,
    GELU,
    KINDS,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    ChannelShuffle,
    Chunk,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    Input,
    InstanceNorm2d,
    Layer,
    LayerNorm,
    LeakyReLU,
    LocalResponseNorm,
    MaxPool2d,
    Multiply,
    Output,
    PReLU,
    ReLU,
    Reshape,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    Upsample,
    ZeroPad2d,
)
from cnnviz.network.layers.base import Misfit
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("one_torch_thread")

MNIST = Facts((1, 28, 28), 10)


def _pooled(*between: Layer) -> Network:
    """Layers between an Input for MNIST and a mean over all positions."""
    named = [(f"layer{at}", layer) for at, layer in enumerate(between)]
    return chain(("input", Input()), *named, ("pool", GlobalAvgPool2d()), ("fc", Dense(10)), ("output", Output()))


def _codes(network: Network, known: Facts = MNIST) -> list[str]:
    return [problem.code for problem in check(network, known).problems]


FULL = (Conv2d(4), ReLU())
CASES: list[tuple[str, Callable[[], Network], list[str]]] = [
    ("nothing_negative", lambda: headed(*FULL, ReLU()), ["Remove layer2"]),
    ("nothing_negative", lambda: headed(*FULL, MaxPool2d(), Dropout(), LeakyReLU()), ["Remove layer4"]),
    ("nothing_negative", lambda: headed(Conv2d(4), Sigmoid(), PReLU()), ["Remove layer2"]),
    ("nothing_negative", lambda: headed(Conv2d(4), Softplus(), ELU()), ["Remove layer2"]),
    ("repeated_activation", lambda: headed(Conv2d(4), GELU(), GELU()), ["Remove layer2"]),
    ("repeated_activation", lambda: headed(*FULL, Tanh()), ["Remove layer2"]),
    ("repeated_activation", lambda: headed(Conv2d(4), Softmax(), Softmax()), ["Remove layer2"]),
    ("slope_of_one", lambda: headed(LeakyReLU(1.0)), ["Remove layer0"]),
    ("dropout_zero", lambda: headed(Dropout(0.0)), ["Remove layer0"]),
    ("single_input", lambda: headed(Add()), ["Remove layer0"]),
    ("single_input", lambda: headed(Concat()), ["Remove layer0"]),
    ("single_input", lambda: headed(Multiply()), ["Remove layer0"]),
    ("pool_of_one", lambda: headed(MaxPool2d((1, 1), (1, 1))), ["Remove layer0"]),
    ("pool_to_its_size", lambda: headed(AdaptiveAvgPool2d((28, 28))), ["Remove layer0"]),
    ("scale_of_one", lambda: headed(Upsample((1, 1))), ["Remove layer0"]),
    ("no_border", lambda: headed(ZeroPad2d((0, 0, 0, 0))), ["Remove layer0"]),
    ("flat_already", lambda: headed(Flatten()), ["Remove flatten"]),
    ("shape_already", lambda: headed(Reshape((1, 28, 28))), ["Remove layer0"]),
    ("channels_in_order", lambda: headed(Conv2d(4), ChannelShuffle(4)), ["Remove layer1"]),
    ("only_chunk", lambda: headed(Conv2d(4), Chunk(1)), ["Remove layer1"]),
    ("divides_by_one", lambda: headed(LocalResponseNorm(beta=0.0)), ["Remove layer0"]),
    ("constant_output", lambda: headed(Softmax()), ["Remove layer0"]),
    ("constant_output", lambda: flattened(Dense(1), LayerNorm(), Dense(10)), ["Remove layer1"]),
    ("activation_at_end", lambda: flattened(Dense(10), Softmax()), ["Remove layer1"]),
    ("activation_at_end", lambda: flattened(Dense(10), ReLU(), Dropout()), ["Remove layer1"]),
    ("linear_pair", lambda: flattened(Dense(20), Dense(10)), ["Insert ReLU"]),
    ("linear_convolutions", lambda: headed(Conv2d(4), Conv2d(4)), ["Insert ReLU"]),
    ("linear_convolutions", lambda: headed(Conv2d(4), Tanh(), Conv2d(4), Conv2d(4)), ["Insert Tanh"]),
    ("linear_pair", lambda: flattened(Dense(20), Dropout(), Dense(10)), ["Insert ReLU"]),
    ("linear_pair", lambda: flattened(Dense(20, bias=False), BatchNorm1d(), Dense(10)), ["Insert ReLU"]),
    ("linear_convolution", lambda: headed(Conv2d(4, (28, 28))), ["Insert ReLU"]),
    ("linear_convolution", lambda: headed(Conv2d(4, bias=False), BatchNorm2d(), AvgPool2d()), ["Insert ReLU"]),
    ("linear_convolution", lambda: headed(Conv2d(4), GlobalAvgPool2d()), ["Insert ReLU"]),
    ("linear_convolutions", lambda: headed(Conv2d(4), AvgPool2d(), Conv2d(4), ReLU()), ["Insert ReLU"]),
    ("linear_convolutions", lambda: headed(Conv2d(4, bias=False), BatchNorm2d(), Conv2d(4), ReLU()), ["Insert ReLU"]),
    ("bias_before_norm", lambda: headed(Conv2d(4), BatchNorm2d()), ["Turn bias off"]),
    ("bias_before_norm", lambda: flattened(Dense(20), BatchNorm1d(), ReLU(), Dense(10)), ["Turn bias off"]),
    ("bias_before_norm", lambda: headed(ConvTranspose2d(4), InstanceNorm2d()), ["Turn bias off"]),
    ("all_frozen", lambda: with_frozen(headed(Conv2d(4), ReLU()), ["layer0", "fc"]), ["Unfreeze fc"]),
    ("unseen_pixels", lambda: headed(Conv2d(4, (1, 1), (2, 2)), ReLU()), ["Set kernel_size 2", "Set stride 1"]),
    (
        "unused_weights",
        lambda: headed(AdaptiveAvgPool2d((2, 2)), Conv2d(4, (3, 3), (2, 2), (1, 1)), ReLU()),
        ["Set kernel_size 2, padding 0"],
    ),
    ("unseen_pixels", lambda: headed(MaxPool2d((2, 2), (3, 3))), ["Set kernel_size 3", "Set stride 2"]),
    ("unseen_pixels", lambda: headed(MaxPool2d((20, 20), (20, 20))), ["Turn ceil_mode on", "Set padding 6"]),
    ("unseen_pixels", lambda: headed(Conv2d(4, (3, 3), (2, 2), dilation=(2, 2)), ReLU()), ["Set dilation 1"]),
    (
        "narrow_view",
        lambda: _pooled(*FULL, Conv2d(4), ReLU(), Conv2d(4), ReLU()),
        ["Insert MaxPool2d 2×2", "Take Flatten instead"],
    ),
    (
        "heavy_dense",
        lambda: headed(Conv2d(32), ReLU(), Flatten(), LayerNorm(), ReLU(), Dense(128)),
        ["Insert MaxPool2d 2×2"],
    ),
    ("heavy_dense", lambda: headed(Conv2d(32), ReLU(), Flatten(), Dense(128), ReLU()), ["Insert MaxPool2d 2×2"]),
    (
        "wide_dense",
        lambda: headed(MaxPool2d((7, 7)), Flatten(), Dense(4096), ReLU(), Dropout(), Dense(4096), ReLU()),
        ["Set layer2 out_features 128"],
    ),
]


def test_every_warning_has_a_case() -> None:
    assert {code for code, _, _ in CASES} == ADVICE


@pytest.mark.parametrize(("code", "make", "labels"), CASES, ids=[code for code, _, _ in CASES])
def test_a_warning_with_its_remedies(code: str, make: Callable[[], Network], labels: list[str]) -> None:
    network = make()
    report = check(network, MNIST)
    assert report.trainable
    (problem,) = (problem for problem in report.problems if problem.code == code)
    assert problem.sentence().endswith(".")
    assert [fix.label() for fix in problem.fixes] == labels
    for fix in problem.fixes:
        assert code not in _codes(applied(network, fix.edit))


QUIET: list[tuple[str, Network]] = [
    ("a signed input", headed(Conv2d(4, bias=False), BatchNorm2d(), ReLU())),
    (
        "one map at a time, then one position at a time",
        headed(Conv2d(8), ReLU(), Conv2d(8, groups=8), Conv2d(4, (1, 1))),
    ),
    ("rows, then columns", headed(Conv2d(4, (3, 1)), Conv2d(4, (1, 3)))),
    ("the tutorials' last row", headed(*FULL, MaxPool2d(), Conv2d(4), ReLU(), MaxPool2d())),
    ("positions that overlap", headed(Conv2d(4, (7, 7)), ReLU(), AvgPool2d((1, 1), (3, 3)))),
    (
        "means of what sees half of the image",
        _pooled(*FULL, MaxPool2d(), Conv2d(4), ReLU(), MaxPool2d(), Conv2d(4), ReLU()),
    ),
    ("many parameters before any map", flattened(Dense(2000), ReLU(), Dense(10))),
    (
        "MobileNet's linear bottleneck, and one that a following 3×3 convolution widens again",
        headed(
            *FULL, Conv2d(2, (1, 1), bias=False), BatchNorm2d(), Conv2d(8, (1, 1)), ReLU(), Conv2d(2, (1, 1)), *FULL
        ),
    ),
    ("a maximum, which is no sum", headed(Conv2d(4), MaxPool2d(), Conv2d(4), ReLU())),
    ("a normalization by its own deviation", headed(Conv2d(4), GroupNorm(2), Conv2d(4), ReLU())),
    ("fewer maps before a Dense", headed(*FULL, Conv2d(2, (1, 1)))),
    ("a bias that groups do not take away", headed(Conv2d(4, bias=True), GroupNorm(2))),
]


@pytest.mark.parametrize("network", [network for _, network in QUIET], ids=[why for why, _ in QUIET])
def test_nothing_is_said(network: Network) -> None:
    assert _codes(network) == []


def test_a_shortcut_may_skip_pixels_that_the_way_beside_it_reads() -> None:
    network = headed(Conv2d(4, (3, 3), (2, 2), (1, 1)), BatchNorm2d(), Add())
    network = graph.set_parameter(network, "layer0", "bias", False)
    network = graph.add(network, "short", Conv2d(4, (1, 1), (2, 2)))
    network = graph.connect(graph.connect(network, "input", "short"), "short", "layer2")
    assert _codes(network) == []
    alone = graph.set_parameter(network, "layer0", "dilation", (2, 2))
    alone = graph.set_parameter(alone, "layer0", "padding", (2, 2))
    assert _codes(alone) == ["unseen_pixels", "unseen_pixels"]


def test_a_bias_that_something_else_reads_as_well_counts() -> None:
    network = headed(Conv2d(4), BatchNorm2d(), Add())
    assert "bias_before_norm" in _codes(network)
    assert _codes(graph.connect(network, "layer0", "layer2")) == []


def test_a_pool_beside_another_way_gathers_what_it_likes() -> None:
    network = _pooled(*FULL)
    assert _codes(network) == ["narrow_view"]
    beside = graph.add(network, "join", Concat())
    beside = graph.add(beside, "all", Flatten())
    beside = graph.connect(graph.connect(beside, "layer1", "all"), "pool", "join")
    beside = graph.connect(graph.connect(beside, "all", "join"), "join", "fc")
    assert _codes(beside) == []


def test_advice_waits_until_a_layer_works() -> None:
    network = headed(MaxPool2d((1, 1), (1, 1), (1, 1)), Dropout(0.0))
    assert _codes(network) == ["pool_padding"]


@given(st.data())
def test_an_idle_layer_gives_what_it_gets_while_training(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS.keys() - {"Input", "Output"})))
    layer = data.draw(layers(kind, most=1 if data.draw(st.booleans()) else 4))
    shape = data.draw(st.one_of(st.tuples(*[st.integers(1, 4)] * 3), st.tuples(st.integers(1, 9))))
    try:
        layer.infer((shape,))
    except Misfit:
        return
    module = module_of(layer, (shape,))
    first, second = torch.randn(BATCH, *shape), torch.randn(BATCH, *shape)
    if layer.idle((shape,)):
        assert torch.equal(run(layer, module, [first]), first)
    if layer.keeps_positive:
        assert torch.equal(run(layer, module, [first.abs()]), first.abs())
    if layer.constant((shape,)):
        assert torch.allclose(run(layer, module, [first]), run(layer, module, [second]), atol=1e-5)


@given(valid_networks())
def test_what_is_said_of_a_network_holds_in_torch(network: Network) -> None:
    known = facts(network)
    report = check(network, known)
    _, seen = build(network, report).eval()(torch.rand(BATCH, *known.image), report.used)
    for problem in report.problems:
        if problem.code == "nothing_negative":
            assert bool((seen[str(problem.values["before"])] >= 0).all())


windows = st.tuples(st.integers(1, 4), st.integers(1, 4))
steps = st.tuples(st.integers(1, 6), st.integers(1, 6))


@given(st.one_of(
    st.builds(Conv2d, st.just(1), windows, steps, st.just((0, 0)), windows),
    st.builds(MaxPool2d, windows, steps, st.just((0, 0)), st.booleans()),
))  # fmt: skip
def test_pixels_are_said_to_be_unseen_where_no_gradient_comes(layer: Layer) -> None:
    network = headed(Conv2d(1), ReLU(), layer, ReLU())
    problems = [problem for problem in check(network, MNIST).problems if problem.code == "unseen_pixels"]
    image = torch.rand(1, 1, 28, 28, requires_grad=True)
    inner = torch.nn.functional.conv2d(image, torch.rand(1, 1, 3, 3))
    shape = (1, 26, 26)
    if isinstance(layer, MaxPool2d):
        # a maximum has one gradient a window, a mean all
        layer = AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode)
    module = module_of(layer, (shape,))
    assert module is not None
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    torch.autograd.backward(run(layer, module, [inner]).sum())
    assert image.grad is not None
    unseen = float((image.grad == 0).float().mean())
    assert [problem.node for problem in problems] == (["layer2"] if unseen >= 1 / 4 else [])
    for problem in problems:
        assert tuple(problem.values["size"]) == shape[1:] and problem.values["reached"] < shape[1:]


@pytest.mark.parametrize("norm", [BatchNorm2d(), BatchNorm2d(affine=False), InstanceNorm2d(affine=True)])
def test_a_bias_before_a_normalization_of_maps_changes_nothing(norm: Layer) -> None:
    network = headed(Conv2d(3, (3, 3), (3, 3)), norm, ReLU())
    report = check(network, MNIST)
    (problem,) = report.problems
    assert (problem.code, problem.node) == ("bias_before_norm", "layer0")
    module = build(network, report, 1).double().train()
    images = torch.rand(BATCH, 1, 28, 28, dtype=torch.float64)
    before = module(images)[0]
    with torch.no_grad():
        module.get_parameter("layer0.bias").add_(torch.tensor([1.0, -2.0, 3.0]))
    torch.testing.assert_close(module(images)[0], before, rtol=1e-6, atol=1e-8)


def test_a_bias_before_a_normalization_of_vectors_changes_nothing() -> None:
    network = flattened(Dense(3), BatchNorm1d(), ReLU(), Dense(10, bias=False))
    report = check(network, MNIST)
    assert [(problem.code, problem.node) for problem in report.problems] == [("bias_before_norm", "layer0")]
    module = build(network, report, 1).double().train()
    images = torch.rand(BATCH, 1, 28, 28, dtype=torch.float64)
    before = module(images)[0]
    with torch.no_grad():
        module.get_parameter("layer0.bias").add_(torch.tensor([1.0, -2.0, 3.0]))
    torch.testing.assert_close(module(images)[0], before, rtol=1e-6, atol=1e-8)
