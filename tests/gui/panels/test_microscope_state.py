"""What the microscope draws of a value, without Qt."""

from __future__ import annotations

import numpy as np
import pytest
from inspection_kit import answers, moment_of, sample_of

from cnnviz.gui.panels.microscope.asking import HeldScales, gradient_of, value_at, weight_at
from cnnviz.gui.panels.microscope.backward import gradient_page
from cnnviz.gui.panels.microscope.facts import Facts, Options, decimals, number
from cnnviz.gui.panels.microscope.page import Amount, Block, Page, Picture, WeightAt
from cnnviz.gui.panels.microscope.readings import read_row
from cnnviz.gui.panels.microscope.seen import seen_in_layers
from cnnviz.gui.panels.microscope.state import page
from cnnviz.gui.panels.microscope.weight_moves import (
    neighbour_weight,
    next_parameter,
    weight_in_map,
    weight_of_next_map,
)
from cnnviz.gui.panels.microscope.weights import weight_page
from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.values import Values, ValuesOf
from cnnviz.inspection.answers.weight_gradient import WeightGradientOf
from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    BatchNorm2d,
    Conv2d,
    Dense,
    Flatten,
    Input,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    PReLU,
    ReLU,
)

pytestmark = pytest.mark.usefixtures("one_torch_thread")

NETWORK = chain(
    ("input", Input((1, 12, 12))),
    ("conv1", Conv2d(8)),
    ("relu1", ReLU()),
    ("pool1", MaxPool2d((2, 2))),
    ("conv2", Conv2d(4, padding="same")),
    ("relu2", ReLU()),
    ("flat", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)


def values_of(node: str, network: Network = NETWORK) -> Values:
    (values,) = answers(moment_of(network), sample_of(network), [ValuesOf(node)])
    assert values is not None
    return values


def page_of(place: Place, options: Options | None = None, network: Network = NETWORK) -> Page:
    value = values_of(place.node, network).at(place)
    assert value is not None
    return page(Facts(value, network, {}), options or Options())


def amounts(made: Page) -> list[float]:
    found = []
    for row in made.rows:
        (amount,) = (cell for cell in row.cells if isinstance(cell, Amount))
        found.append(amount.value)
    return found


def test_the_rows_of_a_convolution_and_the_rest_and_the_bias_make_the_value() -> None:
    place = Place("conv2", 2, 3, 1)
    made = page_of(place)
    value = values_of("conv2").at(place)
    assert value is not None
    assert made.rest is not None and made.rest.amount is not None
    assert isinstance(value.arithmetic, Products) and value.arithmetic.bias is not None
    shown = amounts(made)
    assert len(shown) == 6
    assert shown == sorted(shown, key=abs, reverse=True)
    assert sum(shown) + made.rest.amount.value + value.arithmetic.bias == pytest.approx(value.value, rel=1e-5)
    unfolded = page_of(place, Options(unfolded=True))
    assert unfolded.rest is not None and unfolded.rest.amount is None
    assert len(unfolded.rows) == 8


def test_the_window_is_framed_and_its_padding_hatched() -> None:
    made = page_of(Place("conv2", 0, 0, 4))
    picture, window = made.rows[0].cells[0], made.rows[0].cells[1]
    assert isinstance(picture, Picture) and isinstance(window, Block)
    assert picture.frame == (-1, 3, 2, 6)
    assert window.outside is not None
    assert window.outside.tolist() == [[True] * 3, [False, False, True], [False, False, True]]
    assert not window.values[window.outside].any()


def test_rows_keep_the_order_that_they_had() -> None:
    place = Place("conv2", 2, 3, 1)
    order = tuple(reversed(page_of(place).order))
    made = page_of(place, Options(order=order))
    assert made.order == order
    assert [row.number for row in made.rows] == [str(at) for at in order[:6]]


def test_a_row_leads_to_its_largest_product() -> None:
    made = page_of(Place("conv2", 1, 2, 2))
    inputs = values_of("pool1").output
    for row in made.rows:
        assert row.leads is not None
        _, window, _, kernel, *_ = row.cells
        assert isinstance(window, Block) and isinstance(kernel, Block)
        assert inputs[row.leads.channel, row.leads.row, row.leads.column] * 1.0 in window.values
        products = np.abs(window.values * kernel.values)
        at = np.unravel_index(products.argmax(), products.shape)
        assert (row.leads.row, row.leads.column) == (1 + at[0], 1 + at[1])


def test_any_value_of_any_layer_has_a_page() -> None:
    for node in NETWORK.nodes:
        values = values_of(node)
        made = page_of(values.strongest())
        assert made.table
        strong = [line for line in made.table if line.strong]
        assert len(strong) == 1


def test_the_strongest_value_is_the_farthest_from_0() -> None:
    values = values_of("conv2")
    place = values.strongest()
    assert abs(values.output[place.channel, place.row, place.column]) == np.abs(values.output).max()
    place = values.strongest(3)
    assert place.channel == 3
    assert abs(values.output[3, place.row, place.column]) == np.abs(values.output[3]).max()
    assert values.at(Place("conv2", 4)) is None
    assert values.at(Place("conv1", 0)) is None


@pytest.mark.parametrize(("limit", "wanted"), [(4.6, 2), (46.0, 1), (460.0, 0), (0.3, 3), (0.06, 4), (0.0, 2)])
def test_numbers_have_three_digits_of_the_largest(limit: float, wanted: int) -> None:
    assert decimals(limit) == wanted


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
    assert weight_at(snapshot, value, 5, 2, 1) == WeightAt("weight", (3, 5, 2, 1))
    pooled = values_of("pool1").at(Place("pool1", 0, 0, 0))
    assert pooled is not None and weight_at(snapshot, pooled, 0, 0, 0) is None


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


def test_what_a_value_sees_is_said_layer_by_layer() -> None:
    value = values_of("conv2").at(Place("conv2", 1, 2, 2))
    assert value is not None
    assert [(one.nodes, one.size, one.frame) for one in seen_in_layers(value)] == [
        (("input",), (12, 12), (2, 2, 10, 10)),
        (("conv1", "relu1"), (10, 10), (2, 2, 8, 8)),
        (("pool1",), (5, 5), (1, 1, 4, 4)),
        (("conv2",), (5, 5), (2, 2, 3, 3)),
    ]


def test_a_wide_dense_has_no_more_rows_than_a_window_can_follow() -> None:
    network = chain(("input", Input((1, 28, 28))), ("flat", Flatten()), ("fc", Dense(10)), ("output", Output()))
    place = Place("fc", 3)
    made = page_of(place, Options(unfolded=True), network)
    value = values_of("fc", network).at(place)
    assert len(made.rows) == 512 and made.rest is not None and made.rest.amount is not None
    assert value is not None and isinstance(value.arithmetic, Products) and value.arithmetic.bias is not None
    total = sum(amounts(made)) + made.rest.amount.value + value.arithmetic.bias
    assert total == pytest.approx(value.value, rel=1e-4, abs=1e-5)
    assert len(page_of(place, Options(unfolded=True, complete=True), network).rows) == 784


def test_classes_are_called_by_their_names() -> None:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    made = page_of(Place("output", 3), Options(classes=names))
    assert {row.number for row in made.rows} <= set(names)
    assert [row.number for row in made.rows if row.strong] in ([], ["three"])
    assert "class three" in made.title.template.format(**made.title.values)


def test_a_click_on_a_value_of_a_cell_leads_to_that_value_of_its_layer() -> None:
    for place in (Place("conv2", 1, 0, 2), Place("pool1", 2, 1, 3), Place("relu1", 1, 4, 4), Place("fc", 4)):
        made, inputs = page_of(place), NETWORK.inputs[place.node][0]
        output = values_of(inputs).output
        for row in made.rows:
            for cell in row.cells:
                if not isinstance(cell, Picture | Block) or cell.leads is None:
                    continue
                for at, value in np.ndenumerate(cell.values):
                    led = cell.leads(*at)
                    if led is not None:
                        assert led.node == inputs
                        indices = (led.channel, led.row, led.column)[: output.ndim]
                        assert output[indices] == value


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


def test_the_rest_has_its_bar_on_the_scale_of_the_rows() -> None:
    longer = 0
    for unit in range(10):
        made = page_of(Place("fc", unit), Options(few=4))
        assert made.rest is not None and made.rest.amount is not None
        limits = {cell.limit for row in made.rows for cell in row.cells if isinstance(cell, Amount)}
        assert limits == {made.rest.amount.limit}
        longer += abs(made.rest.amount.value) > made.rest.amount.limit
    assert longer


@pytest.mark.parametrize(
    ("value", "limit", "wanted"),
    [(1.5, 2.0, "+1.50"), (-0.00014, 0.0009, "−1.40 × 10⁻⁴"), (0.0, 0.0009, "0"), (-0.0000021, 0.0009, "−0.02 × 10⁻⁴")],
)
def test_small_numbers_of_a_page_stand_in_one_power_of_ten(value: float, limit: float, wanted: str) -> None:
    assert number(value, limit) == wanted


def test_a_line_of_the_table_has_all_digits_apart() -> None:
    value = values_of("conv2").at(Place("conv2", 2, 3, 1))
    assert value is not None
    (line,) = (line for line in page_of(value.place).table if line.strong)
    assert float(line.exact.replace("−", "-")) == pytest.approx(value.value, rel=1e-6)
    assert len(line.number) < len(line.exact)


def test_the_line_reads_a_step_of_a_page_with_its_number() -> None:
    made = page_of(Place("input", 0, 3, 4))
    value = values_of("input").at(Place("input", 0, 3, 4))
    assert value is not None
    pixel = made.rows[0].cells[-1]
    assert isinstance(pixel, Amount)
    result = pixel.value / 255
    said = [read_row(made, None, (at, -1, -1, -1)) for at in range(len(made.rows))]
    assert said[0].startswith("the pixel, 0 to 255: ") and said[1].startswith("÷ 255.0000 = ")
    assert float(said[1].rpartition("= ")[2]) == pytest.approx(result, rel=1e-4)
