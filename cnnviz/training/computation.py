"""How convolutions are computed on a processor: as torch does it, but for the shapes that go wrong there.

Measured with torch 2.13 on an AMD EPYC with AVX512-BF16, and with torch 2.11 on an Intel Xeon with AMX, on random
shapes against float64, see ``cnnviz check-kernels``:

- Weights that meet padding alone in all windows: in bfloat16 their gradients come out of memory that nobody wrote.
- A kernel of a single row or column with a stride: the weights' gradient in bfloat16 damages memory.
- One channel in each group, a stride to the side, and an output of one column: wrong outputs in float32 and bfloat16.
- A stride to the side and an output of one column, whatever the groups: wrong outputs in bfloat16 with AMX.

What is decided here is about shapes alone, so that it can be said without torch. GPUs compute all of these as they are.
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
    """In float32, as a product of matrices; in a run in float32 too."""


def computation(layer: Layer, node: NodeReport) -> Computation:
    """How a layer is computed on a processor; ``node`` is its report."""
    if not isinstance(layer, Conv2d | ConvTranspose2d) or node.output is None or node.inputs[0] is None:
        return Computation.AS_SET
    return _of(layer, node.inputs[0], node.output)


@lru_cache(maxsize=4096)
def _of(layer: Conv2d | ConvTranspose2d, shape: Shape, output: Shape) -> Computation:
    # a transposed convolution is the gradient of one from its output to its input, with the same kernels of torch
    channels, end = (shape[0], output) if isinstance(layer, Conv2d) else (output[0], shape)
    one_column = layer.stride[1] > 1 and end[2] == 1
    if one_column and channels == layer.groups:
        return Computation.UNFOLDED
    strided_line = layer.stride != (1, 1) and 1 in layer.kernel_size
    if one_column or strided_line or any(axis.idle_weights() for axis in layer.axes(shape[1:], output[1:])):
        return Computation.FLOAT32
    return Computation.AS_SET
