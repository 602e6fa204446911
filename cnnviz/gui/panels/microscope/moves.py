"""From one value to the next in its map. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.facts import laid_out

if TYPE_CHECKING:
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.arithmetic.terms import Place


def at_position(value: Value, row: int, column: int) -> Place:
    """The place at a position of the map that ``value`` is in, as it is drawn; it may lie outside."""
    if value.map.ndim > 1:
        return replace(value.place, row=row, column=column)
    columns = laid_out(value.map).shape[1]
    return replace(value.place, channel=row * columns + column)


def neighbour(value: Value, down: int, across: int) -> Place:
    """The place so many rows below and columns to the right, as the map is drawn; it may lie outside."""
    place = value.place
    if value.map.ndim > 1:
        return replace(place, row=place.row + down, column=place.column + across)
    columns = laid_out(value.map).shape[1]
    return replace(place, channel=place.channel + across + down * columns)


def following(value: Value, by: int) -> Place:
    """The place so many steps on, row by row; behind the last one comes the first."""
    place, shape = value.place, value.map.shape
    if len(shape) == 1:
        return replace(place, channel=(place.channel + by) % shape[0])
    row, column = divmod((place.row * shape[1] + place.column + by) % value.map.size, shape[1])
    return replace(place, row=row, column=column)
