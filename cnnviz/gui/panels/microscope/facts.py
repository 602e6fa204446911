"""The data of a page: a value, colour scales, and the activation that follows. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.equations import decimals_for
from cnnviz.gui.panels.microscope.page import Frame, Picture, Scale
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.panels.microscope.page import Leads
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

FEW_ROWS = 6
"""The number of terms with a row, before the row for the rest."""
DECIMALS = 4
"""Decimals of exponentials, probabilities and losses."""
FEW_COLUMNS = 5
"""Vectors of up to twice this many values are laid out in rows of this many."""


class Activation(NamedTuple):
    """An activation that reads a value: its node and its result."""

    node: str
    result: float


@dataclass(frozen=True, eq=False)
class Facts:
    """A value with its context.

    ``scales`` are the scales of the maps of each node, as far as known, ``weight_limit`` is the limit of the scale of
    the kernels of the value's own node. ``activation`` is the activation that is the only reader of this value.
    """

    value: Value
    network: Network
    scales: Mapping[str, Scale]
    weight_limit: float | None = None
    activation: Activation | None = None
    step: int = 0


@dataclass(frozen=True)
class Options:
    """The options of a page: ``order`` of the terms (None: strongest first), and whether all terms have a row.

    ``row_count`` is the number of rows for which there is room; ``complete``, for files, includes all terms.
    ``classes`` are the names of the classes.
    """

    order: tuple[int, ...] | None = None
    unfolded: bool = False
    row_count: int = FEW_ROWS
    complete: bool = False
    classes: tuple[str, ...] = ()

    def class_name(self, label: int) -> str:
        """The name of a class; its number if it has no name."""
        return class_name(self.classes, label)


def scale_of(facts: Facts, node: str, values: Array) -> Scale:
    """The scale of a node's maps; if it is unknown, the scale of ``values``, float32 of any shape."""
    scale = facts.scales.get(node)
    return scale or Scale(max(SMALLEST_LIMIT, largest(values)), bool((values < 0).any()))


def own_map(facts: Facts) -> Picture:
    """The map that contains the value, with the value framed; a vector is laid out in rows, see :func:`laid_out`."""
    value = facts.value
    place, values = value.place, laid_out(value.map)
    row, column = (place.row, place.column) if value.map.ndim > 1 else divmod(place.channel, values.shape[1])
    frame: Frame = (row, column, row + 1, column + 1)
    return Picture(values, scale_of(facts, place.node, value.map), frame)


def laid_out(values: Array) -> Array:
    """A map (H, W) unchanged; a vector (n,) in about as many rows as columns, float32, filled up with NaN."""
    if values.ndim > 1:
        return values
    columns = int(np.ceil(np.sqrt(len(values)))) if len(values) > 2 * FEW_COLUMNS else min(FEW_COLUMNS, len(values))
    rows = -(-len(values) // columns)
    filled = np.full(rows * columns, np.nan, np.float32)
    filled[: len(values)] = values
    return filled.reshape(rows, columns)


def number(value: float, limit: float, *, plus: bool = True) -> str:
    """A number with the digits that numbers up to ``limit`` need; small and large ones in a power of ten."""
    return decimals_for(limit, abs(value)).write(value, plus)


def leads_in(node: str, values: Array, channel: int = 0) -> Leads:
    """A function from row and column to the place in the network.

    ``values`` are the map (H, W) of ``channel``, or a vector (n,), whose rows and columns are as in :func:`laid_out`.
    """
    if values.ndim > 1:
        return lambda row, column: Place(node, channel, row, column)
    columns = laid_out(values).shape[1]
    return lambda row, column: Place(node, row * columns + column) if row * columns + column < len(values) else None


def spell_place(facts: Facts) -> str:
    """The place of the value as text, see :func:`spell_at`."""
    return spell_at(facts.value.place, facts.value.map.ndim)


def spell_at(place: Place, dimensions: int) -> str:
    """A place as text: ``conv2[0, 5, 9]``, or in a vector, an array of 1 dimension, ``fc1[85]``."""
    position = place.index if dimensions > 1 else (place.channel,)
    return f"{place.node}[{', '.join(map(str, position))}]"
