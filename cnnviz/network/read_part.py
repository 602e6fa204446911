"""The part of the images that a network reads: pooling and strides can leave out the last rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.network.layers import BatchNorm2d, Conv2d, WindowPool2d

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.layers.base import Pair
    from cnnviz.network.report import Shapes
    from cnnviz.network.shape import Shape


def read_part(network: Network, shapes: Shapes, image: str, node: str) -> Pair:
    """Height and width of the part of the images, from the top left, that a network reads in evaluation mode.

    For images cut to it, the output of the network and that of ``node`` are the same. Outputs of other nodes
    may have fewer rows and columns than drawn, and the last of them may have other values. ``image`` is the Input.
    """
    read: dict[str, Pair] = {}
    for name in reversed(shapes.used):
        output = shapes.nodes[name].output
        if output is None or len(output) != 3:
            continue
        size = output[1], output[2]
        readers = [reader for reader in network.outputs[name] if reader in shapes.used]
        if name == node or not readers:
            read[name] = size
            continue
        parts = [_read_by(network[reader], output, read.get(reader)) for reader in readers]
        # at least two: torch computes some convolutions with a stride and an output of one column wrongly
        rows, columns = (max(2, *sizes) for sizes in zip(*parts, strict=True))
        read[name] = min(size[0], rows), min(size[1], columns)
    return read[image]


def _read_by(layer: Layer, shape: Shape, read: Pair | None) -> Pair:
    """Height and width of the part of an input of this ``shape``, (C, H, W), on which the part ``read`` of the output
    of the layer depends; None is the whole output."""
    size = shape[1], shape[2]
    if read is None:
        return size
    if layer.elementwise or isinstance(layer, BatchNorm2d):
        return read
    if not isinstance(layer, Conv2d | WindowPool2d):
        return size
    window = layer.window((shape,))
    assert window is not None
    rows, columns = (
        (count - 1) * stride - padding + dilation * (kernel - 1) + 1
        for count, stride, padding, dilation, kernel in zip(
            read, window.stride, window.padding, window.dilation, window.kernel, strict=True
        )
    )
    return rows, columns
