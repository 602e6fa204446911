"""Whole networks, at any batch size, forward and backward while training: check and torch agree on what works.

What check refuses and torch would run is listed in :data:`STRICTER`, with the reason.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from networks import CLASSES, botched_networks, headed, spoiled_networks, valid_networks, wild_networks
from oracle import module_of, run
from torch import Tensor
from torch.nn.functional import cross_entropy

from cnnviz.network.check import check
from cnnviz.network.layers import AdaptiveAvgPool2d, BatchNorm2d, GroupNorm, Input, Output
from cnnviz.network.report import Facts, Report
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

pytestmark = pytest.mark.usefixtures("one_torch_thread")

MOST_VALUES = 200_000
STRICTER = {
    # torch takes the first of several by chance; which one is meant is for the user to say
    "many_inputs",
    "many_outputs",
    # the images of the data set are what will come in, and its classes what is asked for
    "input_shape",
    "output_classes",
    # one mean for each of three channels makes three channels out of one
    "normalization_length",
    # torch.nn.Linear works on the last axis, which is a row of a map, and not on the maps
    "needs_flat",
    # logits of maps are one answer for each position
    "output_not_flat",
    # a vector of a batch looks to torch like the rows of one map
    "needs_maps",
    # a single row, column or number is repeated by torch: a slip more often than a wish
    "add_shapes",
    "flat_and_maps",
    # at one image torch refuses it, at several it gives the same numbers whatever they show
    "one_value_per_group",
    # in ceil mode torch lets a window hang over the edge, even where no input is as large as it
    "window_too_large",
    # where the padding of a transposed convolution cuts off exactly all there is, torch gives maps without a pixel
    "padding_too_large",
    # windows of padding alone, and values whose output is all cut off, are computed but mean nothing
    "windows_in_padding",
    "values_cut_off",
}
"""Errors of networks that torch would run."""

networks = st.one_of(
    valid_networks(), botched_networks().map(lambda botched: botched[0]), spoiled_networks(), wild_networks()
)
batch_sizes = st.integers(1, 3)


@given(networks, batch_sizes)
def test_a_network_without_errors_can_take_a_step(network: Network, batch: int) -> None:
    report = check(network, _facts(network, batch))
    if not report.trainable or _too_large(report):
        return
    module = build(network, report).train()
    for logits in (module.logits(_images(network, batch)), module(_images(network, batch))[0]):
        assert logits.shape == (batch, CLASSES)
        if logits.requires_grad:
            torch.autograd.backward(cross_entropy(logits, torch.zeros(batch, dtype=torch.long)))


@example(headed(AdaptiveAvgPool2d(), GroupNorm(1)))
@example(headed(AdaptiveAvgPool2d(), BatchNorm2d()))
@given(networks)
def test_a_network_that_can_be_trained_can_be_looked_at_with_a_single_image(network: Network) -> None:
    report = check(network, _facts(network, 2))
    if report.trainable and not _too_large(report):
        assert build(network, report).eval().logits(_images(network, 1)).shape == (1, CLASSES)


@given(networks, batch_sizes)
def test_where_torch_raises_an_error_is_named_there_or_above(network: Network, batch: int) -> None:
    report = check(network, _facts(network, batch))
    wrong = {problem.node for problem in report.errors}
    outputs = _outputs(network, report, batch)
    for name in report.used:
        sources = network.inputs[name]
        fed = all(source in outputs for source in sources)
        if fed and name not in outputs and not isinstance(network[name], Output | Input):
            assert wrong & {name, *network.ancestors(name)}, name


@given(networks, batch_sizes)
def test_what_torch_would_run_is_refused_for_known_reasons_alone(network: Network, batch: int) -> None:
    report = check(network, _facts(network, batch))
    codes = {problem.code for problem in report.errors}
    if not codes - STRICTER or not report.used:
        return
    outputs = _outputs(network, report, batch)
    ends = network.of_kind(Output)
    ran = all(name in outputs for end in ends for name in {end, *network.ancestors(end)})
    assert not ran, codes - STRICTER


def _facts(network: Network, batch: int) -> Facts:
    starts = [network[name] for name in network.of_kind(Input)]
    image = starts[0].shape if starts and isinstance(starts[0], Input) else (1, 8, 8)
    return Facts(image, CLASSES, batch_size=batch)


def _images(network: Network, batch: int) -> Tensor:
    return torch.rand(batch, *_facts(network, batch).image)


def _too_large(report: Report) -> bool:
    return max((prod(node.output or ()) for node in report.nodes.values()), default=0) > MOST_VALUES


def _outputs(network: Network, report: Report, batch: int) -> dict[str, Tensor]:
    """What torch's modules make of random images, by node, as far as they run, backwards too."""
    values: dict[str, Tensor] = {}
    for name in network.order:
        layer, sources = network[name], network.inputs[name]
        if any(source not in values for source in sources) or (not sources and not isinstance(layer, Input)):
            continue
        if prod(report.nodes[name].output or ()) > MOST_VALUES:
            continue
        inputs = [values[source].detach().requires_grad_() for source in sources] or [_images(network, batch)]
        try:
            shapes = tuple(tuple(one.shape[1:]) for one in inputs)
            value = run(layer, module_of(layer, shapes), inputs)
            if value.requires_grad:
                torch.autograd.backward(value.sum())
            if isinstance(layer, Output):
                cross_entropy(value, torch.zeros((batch, *value.shape[2:]), dtype=torch.long))
        except (RuntimeError, ValueError, IndexError, AssertionError, TypeError):
            continue
        values[name] = value
    return values
