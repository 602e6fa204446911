"""Pooling before ReLU gives the same bits, forward and backward, on random networks in both precisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import CLASSES, facts, valid_networks
from torch import Tensor

from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, connect
from cnnviz.network.layers import Add, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.network.rewrite import as_drawn, pool_first
from cnnviz.training.model import CompiledNetwork, build

if TYPE_CHECKING:
    from cnnviz.network.layers.base import Pair

BATCH = 3


def pooled(*, window: Pair = (2, 2), stride: Pair = (2, 2), padding: Pair = (0, 0)) -> Network:
    return chain(
        ("input", Input((2, 12, 12), (0.5,), (0.25,))),
        ("conv1", Conv2d(4, (3, 3), padding=(1, 1))),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d(window, stride, padding)),
        ("conv2", Conv2d(4, (2, 2))),
        ("relu2", ReLU()),
        ("pool2", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Dense(CLASSES)),
        ("output", Output()),
    )


def results(module: CompiledNetwork, images: Tensor, *, quick: bool, bfloat16: bool) -> dict[str, Tensor]:
    x = images.clone().requires_grad_()
    labels = torch.arange(len(images)) % CLASSES
    module.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        logits = module.logits(x) if quick else module(x)[0]
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits.float(), labels))
    found = {name: one.grad for name, one in [("images", x), *module.named_parameters()]}
    return {"logits": logits.detach(), **{name: one.clone() for name, one in found.items() if one is not None}}


def same(network: Network, seed: int, bfloat16: bool) -> None:
    report = check(network, facts(network))
    images = torch.rand(BATCH, *facts(network).image, generator=torch.Generator().manual_seed(seed))
    drawn = results(build(network, report, seed), images, quick=False, bfloat16=bfloat16)
    quick = results(build(network, report, seed), images, quick=True, bfloat16=bfloat16)
    assert drawn.keys() == quick.keys()
    for name, value in drawn.items():
        assert torch.equal(value, quick[name]), name


@given(valid_networks(), st.integers(0, 1000), st.booleans())
def test_random_networks(network: Network, seed: int, bfloat16: bool) -> None:
    same(network, seed, bfloat16)


@pytest.mark.parametrize("bfloat16", [False, True])
@given(
    window=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padded=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_every_window(window: Pair, stride: Pair, padded: bool, seed: int, bfloat16: bool) -> None:
    padding = (window[0] // 2, window[1] // 2) if padded else (0, 0)
    same(pooled(window=window, stride=stride, padding=padding), seed, bfloat16)


def test_pooling_comes_first() -> None:
    network = pooled()
    plan = pool_first(network, check(network, facts(network)).used)
    order = [step.name for step in plan.steps]
    assert order == [
        "input", "conv1", "pool1", "relu1", "conv2", "pool2", "relu2", "flatten", "fc1", "output",
    ]  # fmt: skip
    assert plan.steps[4].sources == ("relu1",)
    assert plan.result == "output"


def test_relu_that_something_else_reads_stays_where_it_is() -> None:
    network = pooled()
    nodes = chain(
        ("input", Input((2, 12, 12), (0.5,), (0.25,))),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d((1, 1), (1, 1))),
        ("sum", Add()),
        ("flatten", Flatten()),
        ("fc1", Dense(CLASSES)),
        ("output", Output()),
    )
    network = connect(nodes, "relu1", "sum")
    used = check(network, Facts((2, 12, 12), CLASSES)).used
    assert pool_first(network, used) == as_drawn(network, used)
    same(network, 0, False)


def test_outputs_of_nodes_are_those_of_the_drawing() -> None:
    network = pooled()
    module = build(network, check(network, facts(network)), 1)
    images = torch.rand(BATCH, 2, 12, 12)
    _, seen = module(images, {"relu1", "pool1"})
    assert seen["relu1"].shape[-1] == 12 and (seen["relu1"] >= 0).all()
    assert torch.equal(seen["pool1"], torch.nn.functional.max_pool2d(seen["relu1"], 2))
    for name, output in module(images, network.nodes)[1].items():
        assert torch.equal(module.logits_and_output(images, name)[1], output), name


@given(valid_networks(), st.booleans())
def test_the_output_beside_the_logits_is_that_of_the_drawing(network: Network, bfloat16: bool) -> None:
    report = check(network, facts(network))
    module = build(network, report, 1).eval()
    images = torch.rand(BATCH, *facts(network).image, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        drawn = module(images, report.used)
        for name in report.used:
            logits, output = module.logits_and_output(images, name)
            assert torch.equal(logits, drawn[0]) and torch.equal(output, drawn[1][name]), name
