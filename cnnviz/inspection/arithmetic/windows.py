"""The windows that layers read for a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arrays import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.arithmetic.terms import Indices, Place
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import Layer


def source_of(look: Look, node: str) -> tuple[str, Array]:
    """The node that ``node`` reads, which has one input, and its output, float32 (C, H, W) or (n,)."""
    (source,) = look.moment.network.inputs[node]
    return source, look.outputs[source]


def window(layer: Layer, inputs: Array, place: Place) -> tuple[Indices, Indices]:
    """The rows, int (kH,), and columns, int (kW,), of ``inputs`` (C, H, W) that the value at ``place`` reads; those
    outside lie in the padding."""
    readings = layer.readings((inputs.shape,))
    assert readings is not None
    rows, columns = (
        np.asarray(reading.inputs[at % len(reading.inputs)], dtype=np.intp) + at // len(reading.inputs) * reading.shift
        for reading, at in zip(readings, (place.row, place.column), strict=True)
    )
    return rows, columns


def under(maps: Array, rows: Indices, columns: Indices, padding: float = 0.0) -> tuple[Array, NDArray[np.bool_]]:
    """The values of ``maps``, float32 (n, H, W), at ``rows`` and ``columns``: float32 (n, kH, kW), ``padding`` outside;
    and whether each place is inside, bool (kH, kW)."""
    high, wide = maps.shape[1:]
    inside = ((rows >= 0) & (rows < high))[:, None] & ((columns >= 0) & (columns < wide))[None, :]
    found = maps[:, rows.clip(0, high - 1)[:, None], columns.clip(0, wide - 1)[None, :]]
    return frozen(np.where(inside, found, np.float32(padding))), frozen(inside)
