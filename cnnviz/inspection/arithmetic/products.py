"""Layers whose values are sums of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.look import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import Conv2d


def convolution(look: Look, layer: Conv2d, place: Place) -> Products:
    """The products under the window: kernel ``place.channel`` over the input maps of its group."""
    (source,) = look.moment.network.inputs[place.node]
    inputs = look.outputs[source]  # (C, H, W)
    kernel = as_array(look.moment.tensors[f"{place.node}.weight"])[place.channel]  # (C / groups, kH, kW)
    bias = look.moment.tensors.get(f"{place.node}.bias")
    window = layer.window((inputs.shape,))
    assert window is not None
    rows, columns = (
        at * stride - padding + dilation * np.arange(size)
        for at, stride, padding, dilation, size in zip(
            (place.row, place.column), window.stride, window.padding, window.dilation, window.kernel, strict=True
        )
    )
    first = place.channel // (layer.out_channels // layer.groups) * len(kernel)
    channels = np.arange(first, first + len(kernel))
    values, inside = under(inputs[channels], rows, columns)
    return Products(
        source, channels, rows, columns, values, kernel, inside, None if bias is None else float(bias[place.channel])
    )


def under(maps: Array, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[Array, NDArray[np.bool_]]:
    """The values of ``maps``, (n, H, W), at rows and columns, float32 (n, kH, kW) with 0 outside; which lie inside."""
    high, wide = maps.shape[1:]
    inside = ((rows >= 0) & (rows < high))[:, None] & ((columns >= 0) & (columns < wide))[None, :]
    found = maps[:, rows.clip(0, high - 1)[:, None], columns.clip(0, wide - 1)[None, :]]
    return np.where(inside, found, np.float32(0)), inside
