"""The arithmetic of pooling: the largest value or the mean of a window in a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.terms import Choice, Products
from cnnviz.inspection.arithmetic.windows import source_of, under, window
from cnnviz.inspection.arrays import frozen
from cnnviz.network.layers import WindowPool2d

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Indices, Place
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import Layer


def largest(look: Look, layer: Layer, place: Place) -> Choice:
    """The values of the window, of which the largest is the result."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    rows, columns = _window(layer, inputs, place)
    values, inside = under(inputs[place.channel : place.channel + 1], rows, columns, -np.inf)
    return Choice(source, place.channel, frozen(rows), frozen(columns), values[0], inside)


def mean(look: Look, layer: Layer, place: Place) -> Products:
    """The values of the window with equal weights. Padding counts as zeros; places beyond the padding do not count."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    rows, columns = _window(layer, inputs, place)
    values, inside = under(inputs[place.channel : place.channel + 1], rows, columns)
    weights = np.full(values.shape, 1 / values.size, np.float32)
    channels = np.array([place.channel])
    return Products(source, frozen(channels), frozen(rows), frozen(columns), values, frozen(weights), inside)


def _window(layer: Layer, inputs: Array, place: Place) -> tuple[Indices, Indices]:
    """The rows, int (kH,), and columns, int (kW,), of the window. For global pooling it is the whole map. With
    ``ceil_mode`` a window that extends beyond the padding ends where the padding ends."""
    high, wide = inputs.shape[1:]
    if layer.sees_all:
        return np.arange(high), np.arange(wide)
    rows, columns = window(layer, inputs, place)
    if isinstance(layer, WindowPool2d):
        rows, columns = rows[rows < high + layer.padding[0]], columns[columns < wide + layer.padding[1]]
    return rows, columns
