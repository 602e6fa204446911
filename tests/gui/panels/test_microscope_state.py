"""What the microscope draws of a value, without Qt."""

from __future__ import annotations

import numpy as np
import pytest
from pages_kit import NETWORK, amounts, page_of, values_of

from cnnviz.equations import decimals
from cnnviz.gui.panels.microscope.facts import Options, number
from cnnviz.gui.panels.microscope.page import Amount, Block, Picture
from cnnviz.gui.panels.microscope.readings import Pointed, read_row
from cnnviz.gui.panels.microscope.seen import seen_in_layers
from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.network.graph import chain
from cnnviz.network.layers import (
    AvgPool2d,
    Dense,
    Flatten,
    Input,
    Output,
)

pytestmark = pytest.mark.usefixtures("one_torch_thread")


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


def test_the_rest_has_its_bar_on_the_scale_of_the_rows() -> None:
    longer = 0
    for unit in range(10):
        made = page_of(Place("fc", unit), Options(row_count=4))
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
    said = [read_row(made, None, Pointed(at, -1, -1, -1)) for at in range(len(made.rows))]
    assert said[0].startswith("the pixel, 0 to 255: ") and said[1].startswith("÷ 255 = ")
    assert float(said[1].rpartition("= ")[2]) == pytest.approx(result, rel=1e-4)


def test_the_line_reads_a_mean_with_the_name_of_its_map_first() -> None:
    network = chain(("input", Input((1, 4, 4))), ("pool", AvgPool2d((2, 2), (2, 2))), ("output", Output()))
    place = Place("pool", 0, 1, 0)
    made, value = page_of(place, network=network), values_of("pool", network).at(place)
    assert value is not None
    said = read_row(made, None, Pointed(0, -1, -1, -1))
    assert said.startswith("map 0 of input: ")
    assert float(said.rpartition(" ")[2].replace("−", "-")) == pytest.approx(value.value, rel=1e-4)
