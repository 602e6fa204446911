"""Moving from value to value in a map. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.facts import laid_out
from cnnviz.gui.panels.microscope.page import Block

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.arithmetic.terms import Place


def at_position(value: Value, row: int, column: int) -> Place:
    """The place at a position of the map of ``value``, as drawn; it may be outside the map."""
    if value.map.ndim > 1:
        return replace(value.place, row=row, column=column)
    columns = laid_out(value.map).shape[1]
    return replace(value.place, channel=row * columns + column)


def neighbour(value: Value, down: int, across: int) -> Place:
    """The place ``down`` rows below and ``across`` columns to the right in the drawn map; it may be outside the map."""
    place = value.place
    if value.map.ndim > 1:
        return replace(place, row=place.row + down, column=place.column + across)
    columns = laid_out(value.map).shape[1]
    return replace(place, channel=place.channel + across + down * columns)


def following(value: Value, by: int) -> Place:
    """The place ``by`` steps further, row by row; the last place is followed by the first."""
    place, shape = value.place, value.map.shape
    if len(shape) == 1:
        return replace(place, channel=(place.channel + by) % shape[0])
    row, column = divmod((place.row * shape[1] + place.column + by) % value.map.size, shape[1])
    return replace(place, row=row, column=column)


def largest_product(page: Page) -> tuple[int, int, int] | None:
    """The cell of the weights, and row and column in it, of the largest product of the first row; None without
    two blocks."""
    cells = page.rows[0].cells if page.rows else ()
    blocks = [(index, cell.values) for index, cell in enumerate(cells) if isinstance(cell, Block)]
    if len(blocks) != 2:
        return None
    (_, values), (weight_cell, weights) = blocks
    if not values.size:
        return None
    products = np.abs(values * weights)
    row, column = np.unravel_index(int(products.argmax()), products.shape)
    return weight_cell, int(row), int(column)
