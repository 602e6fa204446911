"""How convolutions are computed on a CPU: by torch, except for the shapes that torch computes wrongly.

Measured with torch 2.13 on an AMD EPYC with AVX512-BF16, and with torch 2.11 on an Intel Xeon with AMX, on random
shapes against float64, see ``cnnviz check-kernels``:

- Weights that see only padding in all windows: their gradients in bfloat16 are read from uninitialized memory.
- A kernel with a single row or column, and a stride: the weights' gradient in bfloat16 damages memory.
- One channel in each group, a horizontal stride, and an output of one column: wrong outputs in float32 and bfloat16.
- A horizontal stride and an output of one column, whatever the groups: wrong outputs in bfloat16 with AMX.

The decision depends on shapes alone, so it needs no torch. GPUs compute all of these correctly.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz.network.layers import Conv2d, ConvTranspose2d, Layer

if TYPE_CHECKING:
    from cnnviz.network.report import NodeReport
    from cnnviz.network.shape import Shape


class Computation(Enum):
    """How a layer of a run in bfloat16 is computed."""

    AS_SET = "as set"
    """In the precision of the run."""
    FLOAT32 = "float32"
    """In float32, with torch's convolution."""
    UNFOLDED = "float32, unfolded"
    """In float32, as a product of matrices; also if the run is in float32."""


def computation(layer: Layer, node: NodeReport) -> Computation:
    """How a layer is computed on a CPU; ``node`` is its report."""
    if not isinstance(layer, Conv2d | ConvTranspose2d) or node.output is None or node.inputs[0] is None:
        return Computation.AS_SET
    return _of(layer, node.inputs[0], node.output)


@lru_cache(maxsize=4096)
def _of(layer: Conv2d | ConvTranspose2d, shape: Shape, output: Shape) -> Computation:
    # torch computes a transposed convolution as the gradient of a convolution from its output to its input
    channels, result = (shape[0], output) if isinstance(layer, Conv2d) else (output[0], shape)
    one_column = layer.stride[1] > 1 and result[2] == 1
    if one_column and channels == layer.groups:
        return Computation.UNFOLDED
    strided_line = layer.stride != (1, 1) and 1 in layer.kernel_size
    if one_column or strided_line or any(axis.has_idle_weights() for axis in layer.axes(shape[1:], output[1:])):
        return Computation.FLOAT32
    return Computation.AS_SET
