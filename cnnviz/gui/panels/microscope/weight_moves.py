"""Moving from weight to weight of a layer. No Qt."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.facts import laid_out
from cnnviz.gui.panels.microscope.page import WeightAt

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.network.shape import Shape


def own_weight(value: Value, parameter: str) -> WeightAt | None:
    """The weight of a parameter that takes part in a value, its first one where several do; None if the layer has no
    such parameter."""
    place = value.place
    shape = value.shapes.nodes[place.node].parameters.get(parameter)
    if shape is None:
        return None
    # the parameters of a LayerNorm have the shape of the output
    at = (place.channel, place.row, place.column) if len(shape) == 3 else (place.channel, 0, 0, 0)
    return WeightAt(parameter, tuple(min(each, size - 1) for each, size in zip(at, shape, strict=False)))


def next_parameter(value: Value, parameter: str) -> WeightAt | None:
    """A weight of the parameter of the layer that follows this one; behind the last comes the first."""
    names = list(value.shapes.nodes[value.place.node].parameters)
    return own_weight(value, names[(names.index(parameter) + 1) % len(names)]) if parameter in names else None


def first_weight(page: Page) -> WeightAt | None:
    """The first weight that a line of the table of a page leads to."""
    return next((line.leads for line in page.table if line.leads is not None), None)


def weight_in_map(found: WeightGradient, row: int, column: int) -> WeightAt | None:
    """The weight at a position of the map beside the page, as drawn; None if the position is outside."""
    rows = laid_out(found.around)
    if not (0 <= row < rows.shape[0] and 0 <= column < rows.shape[1]):
        return None
    if found.around.ndim == 2:
        return WeightAt(found.parameter, (*found.index[:-2], row, column))
    at = row * rows.shape[1] + column
    return WeightAt(found.parameter, (*found.index[:-1], at)) if at < found.around.size else None


def neighbour_weight(found: WeightGradient, down: int, across: int) -> WeightAt | None:
    """The weight ``down`` rows below and ``across`` columns to the right in the drawn map; None if it is outside."""
    if found.around.ndim == 2:
        return weight_in_map(found, found.index[-2] + down, found.index[-1] + across)
    columns = laid_out(found.around).shape[1]
    row, column = divmod(found.index[-1], columns)
    return weight_in_map(found, row + down, column + across)


def weight_of_next_map(found: WeightGradient, by: int) -> WeightAt | None:
    """The weight at the same place of another slice, row or map of the parameter; None if there is no such one."""
    outer = _outer(found.shape)
    if not outer:
        return None
    at = int(np.ravel_multi_index(found.index[: len(outer)], outer)) + by
    if not 0 <= at < prod(outer):
        return None
    return WeightAt(found.parameter, (*(int(each) for each in np.unravel_index(at, outer)), *found.index[len(outer) :]))


def _outer(shape: Shape) -> Shape:
    """What numbers the maps, or rows, of a parameter of this shape."""
    return shape[: -2 if len(shape) > 2 else -1]
