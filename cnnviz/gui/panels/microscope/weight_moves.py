"""Moving from weight to weight of a layer. No Qt."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.facts import laid_out
from cnnviz.gui.panels.microscope.page import WeightAt
from cnnviz.inspection.arithmetic.terms import Products

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.network.shape import Shape


def own_weight(value: Value, parameter: str) -> WeightAt | None:
    """The weight of a parameter that takes part in a value; the first one if several do; None if the layer has no such
    parameter."""
    place, terms = value.place, value.arithmetic
    shape = value.shapes.nodes[place.node].parameters.get(parameter)
    if shape is None:
        return None
    if parameter == "weight" and isinstance(terms, Products) and terms.learned is not None and terms.learned.size:
        return weight_at(value, 0, 0, 0)
    # the parameters of a LayerNorm have the shape of the output; all others begin with an axis of output channels
    index = place.index if len(shape) == 3 else (place.channel, 0, 0, 0)
    # a parameter that all channels share has fewer entries than there are channels
    return WeightAt(parameter, tuple(min(entry, size - 1) for entry, size in zip(index, shape, strict=False)))


def weight_at(value: Value, term: int, row: int, column: int) -> WeightAt | None:
    """The weight at a place of the window of a value's sum of products; None if it is not learned."""
    terms = value.arithmetic
    if not isinstance(terms, Products) or terms.learned is None:
        return None
    shape = value.shapes.nodes[value.place.node].parameters["weight"]
    index = np.unravel_index(int(terms.learned[term, row, column]), shape)
    return WeightAt("weight", tuple(int(entry) for entry in index))


def next_parameter(value: Value, parameter: str) -> WeightAt | None:
    """A weight of the parameter of the layer that follows this one; behind the last comes the first."""
    names = list(value.shapes.nodes[value.place.node].parameters)
    return own_weight(value, names[(names.index(parameter) + 1) % len(names)]) if parameter in names else None


def first_weight(page: Page) -> WeightAt | None:
    """The first weight that a line of the table of a page leads to."""
    return next((line.leads for line in page.table if line.leads is not None), None)


def weight_in_map(gradient: WeightGradient, row: int, column: int) -> WeightAt | None:
    """The weight at a position of the map beside the page, as drawn; None if the position is outside."""
    rows = laid_out(gradient.around)
    if not (0 <= row < rows.shape[0] and 0 <= column < rows.shape[1]):
        return None
    if gradient.around.ndim == 2:
        return WeightAt(gradient.parameter, (*gradient.index[:-2], row, column))
    number = row * rows.shape[1] + column
    return WeightAt(gradient.parameter, (*gradient.index[:-1], number)) if number < gradient.around.size else None


def neighbour_weight(gradient: WeightGradient, down: int, across: int) -> WeightAt | None:
    """The weight ``down`` rows below and ``across`` columns to the right in the drawn map; None if it is outside."""
    if gradient.around.ndim == 2:
        return weight_in_map(gradient, gradient.index[-2] + down, gradient.index[-1] + across)
    columns = laid_out(gradient.around).shape[1]
    row, column = divmod(gradient.index[-1], columns)
    return weight_in_map(gradient, row + down, column + across)


def weight_of_next_map(gradient: WeightGradient, step: int) -> WeightAt | None:
    """The weight at the same place of the next (1) or the previous (-1) slice, row or map of the parameter; None if
    there is none."""
    outer = _outer(gradient.shape)
    if not outer:
        return None
    number = int(np.ravel_multi_index(gradient.index[: len(outer)], outer)) + step
    if not 0 <= number < prod(outer):
        return None
    slice = (int(index) for index in np.unravel_index(number, outer))
    return WeightAt(gradient.parameter, (*slice, *gradient.index[len(outer) :]))


def _outer(shape: Shape) -> Shape:
    """The axes of a parameter over its kernels (C_out, C_in), or over the rows of a matrix (C_out,)."""
    return shape[: -2 if len(shape) > 2 else -1]
