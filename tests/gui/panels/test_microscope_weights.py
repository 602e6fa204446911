"""The pages of gradients and of weights: what they sum up, and the moves from weight to weight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inspection_kit import answers, moment_of, sample_of
from pages_kit import NETWORK, amounts, page_of, values_of
from written_numbers import half_a_digit, read

from cnnviz.equations import NEARLY
from cnnviz.gui.panels.microscope.asking import HeldScales, gradient_of, value_at
from cnnviz.gui.panels.microscope.backward import gradient_page
from cnnviz.gui.panels.microscope.facts import Options
from cnnviz.gui.panels.microscope.page import Amount, Block, Picture, WeightAt
from cnnviz.gui.panels.microscope.weight_moves import (
    neighbour_weight,
    next_parameter,
    weight_at,
    weight_in_map,
    weight_of_next_map,
)
from cnnviz.gui.panels.microscope.weights import step_lines, weight_page
from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.answers.weight_gradient import WeightGradientOf
from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.graph import chain
from cnnviz.network.layers import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Input,
    MultiheadSelfAttention,
    Output,
    PReLU,
)
from cnnviz.training.weight_step import WeightStep

if TYPE_CHECKING:
    from cnnviz.project.recipe import OptimizerName

pytestmark = pytest.mark.usefixtures("one_torch_thread")

LEARNED = chain(
    ("input", Input((1, 6, 6))),
    ("conv", Conv2d(4)),
    ("norm", BatchNorm2d()),
    ("act", PReLU(per_channel=False)),
    ("att", MultiheadSelfAttention(2)),
    ("flat", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)


def test_the_gradient_of_a_value_is_the_sum_of_its_rows() -> None:
    looked_at = Place("conv1", 3, 4, 4), Place("pool1", 2, 1, 3), Place("flat", 9), Place("fc", 4), Place("output", 1)
    for place in looked_at:
        (gradient,) = answers(moment_of(NETWORK), sample_of(NETWORK), [GradientOf(place)])
        assert gradient is not None
        made = gradient_page(gradient, Options(unfolded=True), HeldScales().hold)
        if place.node == "output":
            assert amounts(made)[-1] == pytest.approx(gradient.gradient, rel=1e-4)
        else:
            assert sum(amounts(made)) == pytest.approx(gradient.gradient, rel=1e-4, abs=1e-9)
        for row in made.rows:
            assert row.leads is None or row.leads.node in NETWORK.outputs[place.node]


def test_the_gradient_of_a_weight_is_the_sum_over_its_positions() -> None:
    (found,) = answers(moment_of(NETWORK), sample_of(NETWORK), [WeightGradientOf("conv2", (1, 2, 0, 1))])
    assert found is not None
    made = weight_page(found, None, Options(), HeldScales().hold)
    (row,) = made.rows
    products, amount = row.cells[-3], row.cells[-1]
    assert isinstance(products, Picture) and isinstance(amount, Amount)
    assert float(products.values.astype(float).sum()) == pytest.approx(found.gradient, rel=1e-4)
    assert amount.value == pytest.approx(found.gradient, rel=1e-4)


def test_a_weight_is_found_in_the_products_that_it_makes() -> None:
    moment, sample = moment_of(NETWORK), sample_of(NETWORK)
    snapshot = Viewer(ANSWERS).snapshot(moment, sample, frozenset({ValuesOf("conv2"), KernelsOf("conv2")}))
    value = value_at(snapshot, Place("conv2", 3, 2, 2))
    assert value is not None
    assert weight_at(value, 5, 2, 1) == WeightAt("weight", (3, 5, 2, 1))
    pooled = values_of("pool1").at(Place("pool1", 0, 0, 0))
    assert pooled is not None and weight_at(pooled, 0, 0, 0) is None


def test_every_parameter_is_reached_from_the_page_of_a_value() -> None:
    led = {
        node: {line.leads for line in page_of(Place(node, 3), network=LEARNED).table if line.leads is not None}
        for node in ("conv", "norm", "act", "att", "fc")
    }
    assert led["conv"] == led["fc"] == {WeightAt("bias", (3,))}
    assert led["norm"] == {WeightAt("weight", (3,)), WeightAt("bias", (3,))}
    assert led["act"] == {WeightAt("weight", (0,))}
    assert {(weight.parameter, weight.index[0] // 4) for weight in led["att"]} == {
        *(("in_proj_weight", part) for part in range(3)),
        *(("out_proj.weight", 0), ("out_proj.bias", 0)),
    }
    moment = moment_of(LEARNED)
    for node, weights in led.items():
        assert all(gradient_of(node, weight).possible(moment) for weight in weights)
        value = values_of(node, LEARNED).at(Place(node, 3))
        assert value is not None
        reached, parameter = set(), next(iter(moment.shapes.nodes[node].parameters))
        for _ in moment.shapes.nodes[node].parameters:
            weight = next_parameter(value, parameter)
            assert weight is not None and gradient_of(node, weight).possible(moment)
            reached.add(parameter := weight.parameter)
        assert reached == moment.shapes.nodes[node].parameters.keys()


def test_the_weight_of_a_transposed_convolution_takes_part_in_the_value() -> None:
    network = chain(
        *(("input", Input((1, 6, 6))), ("conv", Conv2d(3)), ("up", ConvTranspose2d(4, kernel_size=(2, 2)))),
        *(("flat", Flatten()), ("fc", Dense(10)), ("output", Output())),
    )
    value = values_of("up", network).at(Place("up", 2, 1, 1))
    assert value is not None and isinstance(value.arithmetic, Products) and value.arithmetic.learned is not None
    weight = next_parameter(value, "bias")
    assert weight is not None and weight.index[1] == 2
    shape = value.shapes.nodes["up"].parameters["weight"]
    assert np.ravel_multi_index(weight.index, shape) in value.arithmetic.learned


@pytest.mark.parametrize(
    ("node", "at", "right", "below", "following"),
    [
        ("conv", WeightAt("weight", (1, 0, 0, 2)), None, (1, 0, 1, 2), (2, 0, 0, 2)),
        ("att", WeightAt("in_proj_weight", (11, 1)), (11, 2), None, None),
        ("norm", WeightAt("bias", (2,)), (3,), None, None),
        ("fc", WeightAt("weight", (9, 0)), (9, 1), (9, 8), None),
    ],
)
def test_one_goes_from_weight_to_weight(
    node: str,
    at: WeightAt,
    right: tuple[int, ...] | None,
    below: tuple[int, ...] | None,
    following: tuple[int, ...] | None,
) -> None:
    (found,) = answers(moment_of(LEARNED), sample_of(LEARNED), [gradient_of(node, at)])
    assert found is not None
    moved = (neighbour_weight(found, 0, 1), neighbour_weight(found, 1, 0), weight_of_next_map(found, 1))
    assert [None if weight is None else weight.index for weight in moved] == [right, below, following]
    made = weight_page(found, None, Options(), HeldScales().hold)
    assert made.map.frame is not None
    row, column = made.map.frame[:2]
    assert made.map.values[row, column] == np.float32(found.weight)
    assert weight_in_map(found, row, column) == at
    assert sum(amounts(made)) == pytest.approx(found.gradient, rel=1e-4, abs=1e-9)


def test_scales_of_gradients_widen_and_never_narrow() -> None:
    scales = HeldScales()
    assert [scales.hold("gradient", span) for span in (0.5, 0.2, 0.7)] == [0.5, 0.5, 0.7]
    assert scales.hold("map", 0.1) == 0.1
    scales.forget()
    assert scales.hold("gradient", 0.2) == 0.2


def test_a_click_on_a_gradient_leads_to_the_value_that_has_it() -> None:
    (gradient,) = answers(moment_of(NETWORK), sample_of(NETWORK), [GradientOf(Place("pool1", 2, 2, 2))])
    assert gradient is not None
    made = gradient_page(gradient, Options(), HeldScales().hold)
    (fed,) = gradient.feeds
    for row in made.rows:
        block = next(cell for cell in row.cells if isinstance(cell, Block))
        assert block.leads is not None
        for at, value in np.ndenumerate(block.values):
            led = block.leads(*at)
            assert led is not None and led.node == "conv2"
            here = (fed.channels == led.channel) & (fed.rows == led.row) & (fed.columns == led.column)
            assert fed.gradients[here].tolist() == [value]


def test_the_gradient_of_a_value_that_feeds_one_value_is_written_once() -> None:
    (gradient,) = answers(moment_of(NETWORK), sample_of(NETWORK), [GradientOf(Place("conv1", 3, 4, 4))])
    assert gradient is not None and sum(len(fed.products) for fed in gradient.feeds) == 1
    made = gradient_page(gradient, Options(), HeldScales().hold)
    assert made.numbers.count("=") == 1 and "≈" not in made.numbers


@given(st.floats(-2, 2, width=32), st.floats(-3, 3, width=32), st.sampled_from([0.1, 0.01, 0.0003]), st.booleans())
@example(0.1234567, 0.0012345, 0.0003, True)
def test_what_the_optimizer_did_is_right_as_it_is_read(before: float, gradient: float, rate: float, adam: bool) -> None:
    options = {"lr": rate, "weight_decay": 0.0, "momentum": 0.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    state = {"exp_avg": 0.1 * gradient, "exp_avg_sq": 0.001 * gradient**2, "step": 1.0} if adam else {}
    name: OptimizerName = "adam" if adam else "sgd"
    step = WeightStep("fc", "weight", (0, 0), 1, 1, name, options, gradient, before, 0.0, {}, state)
    step = replace(step, after=float(np.float32(step.total)))
    lines = {line.name.template: line.number for line in step_lines(step)}
    weight, change, new = (lines[name] for name in ("weight before", "step", "new weight"))
    if NEARLY not in new:
        assert abs(read(weight) - read(change) - read(new)) <= half_a_digit(new)
    if not adam and NEARLY not in change and read(change):
        assert abs(read(lines["rate"]) * read(lines["gradient, the batch"]) - read(change)) <= half_a_digit(change)
    for line in step_lines(step):
        assert "e-" not in line.number
