"""The arithmetic of layers whose values are sums of products with learned weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.arithmetic.windows import source_of, under, window
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Indices
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import Conv2d, ConvTranspose2d, Dense

FIRST_ONLY = frozen(np.zeros(1, np.intp))
"""The rows, or columns, of a vector: int (1,), [0]."""


def convolution(look: Look, layer: Conv2d, place: Place) -> Products:
    """The products under the window: kernel ``place.channel`` over the input maps of its group."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    weight = as_array(look.moment.tensors[f"{place.node}.weight"])
    kernel = weight[place.channel]  # (C / groups, kH, kW)
    learned = np.arange(kernel.size).reshape(kernel.shape) + place.channel * kernel.size
    rows, columns = window(layer, inputs, place)
    first = place.channel // (layer.out_channels // layer.groups) * len(kernel)
    channels = np.arange(first, first + len(kernel))
    values, inside = under(inputs[first : first + len(kernel)], rows, columns)
    bias = _bias(look, place)
    return Products(
        source, frozen(channels), frozen(rows), frozen(columns), values, kernel, inside, bias, frozen(learned)
    )


def transposed_convolution(look: Look, layer: ConvTranspose2d, place: Place) -> Products:
    """The products of the input values whose kernels reach this value, each with the weight that is applied to it."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    weight = as_array(look.moment.tensors[f"{place.node}.weight"])  # (C, O / groups, kH, kW)
    rows, columns = window(layer, inputs, place)
    group, channel_in_group = divmod(place.channel, layer.out_channels // layer.groups)
    count = len(inputs) // layer.groups
    channels = np.arange(group * count, (group + 1) * count)
    kernel_rows = _kernel_places(layer, 0, place.row, rows)
    kernel_columns = _kernel_places(layer, 1, place.column, columns)
    at = (channels[:, None, None], np.intp(channel_in_group), kernel_rows[None, :, None], kernel_columns[None, None, :])
    learned = np.ravel_multi_index(np.broadcast_arrays(*at), weight.shape)
    values, inside = under(inputs[group * count : (group + 1) * count], rows, columns)
    weights = weight[at]
    bias = _bias(look, place)
    return Products(
        source,
        frozen(channels),
        frozen(rows),
        frozen(columns),
        values,
        frozen(weights),
        inside,
        bias,
        frozen(learned),
    )


def _kernel_places(layer: ConvTranspose2d, axis: int, at: int, inputs: Indices) -> Indices:
    """The rows (``axis`` 0) or columns (1) of the kernel, int (n,), by which ``inputs``, int (n,), reach the output
    ``at``."""
    reached: Indices = (at + layer.padding[axis] - inputs * layer.stride[axis]) // layer.dilation[axis]
    return reached


def dense(look: Look, _: Dense, place: Place) -> Products:
    """The product of each input value with its weight."""
    source, inputs = source_of(look, place.node)  # (n,)
    weights = as_array(look.moment.tensors[f"{place.node}.weight"])[place.channel]  # (n,)
    channels = np.arange(len(inputs))
    learned = channels + place.channel * len(inputs)
    return Products(
        source,
        frozen(channels),
        FIRST_ONLY,
        FIRST_ONLY,
        _column(inputs),
        _column(weights),
        frozen(np.ones((1, 1), np.bool_)),
        _bias(look, place),
        frozen(learned.reshape(-1, 1, 1)),
    )


def _column(vector: Array) -> Array:
    return frozen(vector.reshape(-1, 1, 1))


def _bias(look: Look, place: Place) -> float | None:
    bias = look.moment.tensors.get(f"{place.node}.bias")
    return None if bias is None else float(bias[place.channel])
