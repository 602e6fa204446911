"""The arithmetic of layers that move or repeat values, and of dropout, which is inactive during inspection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.inspection.arithmetic.single import Copied, Dropped
from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.arithmetic.windows import source_of, under
from cnnviz.inspection.arrays import frozen
from cnnviz.network.layers import Dropout2d, StochasticDepth

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Indices, Numbers
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import ChannelShuffle, Chunk, Layer, RandomDropping, Upsample, ZeroPad2d
    from cnnviz.network.shape import Shape


def same_index(look: Look, _: Layer, place: Place) -> Copied:
    """Flatten and Reshape: the value with the same index in the order channel, row, column."""
    source, inputs = source_of(look, place.node)
    at = (place.channel, place.row, place.column)
    shape: Shape = look.outputs[place.node].shape
    index = int(np.ravel_multi_index(at[: len(shape)], shape))
    return _copied(source, inputs, tuple(int(each) for each in np.unravel_index(index, inputs.shape)))


def chunk(look: Look, layer: Chunk, place: Place) -> Copied:
    """The value of the channel in the whole input."""
    source, inputs = source_of(look, place.node)
    channel = layer.part(len(inputs)).start + place.channel
    return _copied(source, inputs, (channel, place.row, place.column)[: inputs.ndim])


def shuffled(look: Look, layer: ChannelShuffle, place: Place) -> Copied:
    """The value of the map that comes to this place."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    return _copied(source, inputs, (layer.source(place.channel, len(inputs)), place.row, place.column))


def enlarged(look: Look, layer: Upsample, place: Place) -> Copied | Products:
    """The nearest value, or the weighted mean of up to four."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    high, wide = layer.scale_factor
    if layer.mode == "nearest":
        return _copied(source, inputs, (place.channel, place.row // high, place.column // wide))
    rows, row_weights = _between(place.row, high, inputs.shape[1])
    columns, column_weights = _between(place.column, wide, inputs.shape[2])
    values, inside = under(inputs[place.channel : place.channel + 1], rows, columns)
    weights = (row_weights[:, None] * column_weights[None, :]).astype(np.float32)[None]
    return Products(
        source, frozen(np.array([place.channel])), frozen(rows), frozen(columns), values, frozen(weights), inside
    )


def bordered(look: Look, layer: ZeroPad2d, place: Place) -> Copied:
    """The value inside the border, or a zero of the border."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    left, _, top, _ = layer.padding
    row, column = place.row - top, place.column - left
    if not (0 <= row < inputs.shape[1] and 0 <= column < inputs.shape[2]):
        return Copied(None, 0.0)
    return _copied(source, inputs, (place.channel, row, column))


def dropped(look: Look, layer: RandomDropping, place: Place) -> Dropped:
    """The unchanged value, and how dropout would change it in training."""
    source, inputs = source_of(look, place.node)
    at = (place.channel, place.row, place.column)[: inputs.ndim]
    together: Literal["value", "map", "sample", "batch"] = "value"
    if isinstance(layer, StochasticDepth):
        together = "sample" if layer.mode == "row" else "batch"
    elif isinstance(layer, Dropout2d):
        together = "map"
    return Dropped(replace(place, node=source), float(inputs[at]), layer.p, together)


def _copied(source: str, inputs: Array, at: tuple[int, ...]) -> Copied:
    return Copied(Place(source, *at), float(inputs[at]))


def _between(at: int, factor: int, size: int) -> tuple[Indices, Numbers]:
    """The rows or columns, int (1 or 2,), between which a bilinear output lies, and their weights > 0, float64."""
    # the centre of the output, in the input: (2 · at + 1) / (2 · factor) - 1/2, no less than 0
    numerator = max(0, 2 * at + 1 - factor)
    low, rest = divmod(numerator, 2 * factor)
    share = rest / (2 * factor)
    if share == 0 or low + 1 >= size:
        return np.array([low]), np.ones(1)
    return np.array([low, low + 1]), np.array([1 - share, share])
