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
    from cnnviz.network.layers.base import Reading


def source_of(look: Look, node: str) -> tuple[str, Array]:
    """The node that ``node`` reads, which has one input, and its output, float32 (C, H, W) or (n,)."""
    (source,) = look.moment.network.inputs[node]
    return source, look.outputs[source]


def window(layer: Layer, inputs: Array, place: Place) -> tuple[Indices, Indices]:
    """The rows, int (kH,), and columns, int (kW,), of ``inputs`` (C, H, W) that the value at ``place`` reads; those
    outside lie in the padding. ``layer`` is a convolution or a pooling."""
    readings = layer.readings((inputs.shape,))
    assert readings is not None
    along_height, along_width = readings
    return _positions(along_height, place.row), _positions(along_width, place.column)


def _positions(reading: Reading, at: int) -> Indices:
    """The positions that output ``at`` reads along one axis: int (k,)."""
    # a reading lists the positions of its first outputs; after them the pattern repeats, ``shift`` positions further on
    repeats, index = divmod(at, len(reading.inputs))
    return np.asarray(reading.inputs[index], dtype=np.intp) + repeats * reading.shift


def under(maps: Array, rows: Indices, columns: Indices, padding: float = 0.0) -> tuple[Array, NDArray[np.bool_]]:
    """The values of ``maps``, float32 (n, H, W), at ``rows`` and ``columns``: float32 (n, kH, kW), ``padding`` outside;
    and whether each place is inside, bool (kH, kW)."""
    high, wide = maps.shape[1:]
    inside = ((rows >= 0) & (rows < high))[:, None] & ((columns >= 0) & (columns < wide))[None, :]
    found = maps[:, rows.clip(0, high - 1)[:, None], columns.clip(0, wide - 1)[None, :]]
    return frozen(np.where(inside, found, np.float32(padding))), frozen(inside)
