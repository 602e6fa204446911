"""Pages of the microscope for values of a small network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspection_kit import answers, moment_of, sample_of

from cnnviz.gui.panels.microscope.facts import Facts, Options
from cnnviz.gui.panels.microscope.page import Amount, Page
from cnnviz.gui.panels.microscope.state import page
from cnnviz.inspection.answers.values import Values, ValuesOf
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    Conv2d,
    Dense,
    Flatten,
    Input,
    MaxPool2d,
    Output,
    ReLU,
)

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Place

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
