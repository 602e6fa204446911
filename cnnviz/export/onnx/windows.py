"""Convolutions, poolings and Dense as ONNX operators, and the windows of adaptive poolings, which the import of ONNX
recognizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.export.onnx.operators import LayerOperators
    from cnnviz.network import layers


def conv(layer: layers.Conv2d, to: LayerOperators) -> None:
    """Conv; “same” adds the odd zero at the bottom and right, as torch does."""
    if layer.padding == "same":
        totals = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
        pads = [*(total // 2 for total in totals), *(total - total // 2 for total in totals)]
    else:
        pads = [int(size) for size in (*layer.padding, *layer.padding)]
    to.last(
        "Conv",
        to.x,
        *_weights(layer, to),
        kernel_shape=layer.kernel_size,
        strides=layer.stride,
        pads=pads,
        dilations=layer.dilation,
        group=layer.groups,
    )


def conv_transpose(layer: layers.ConvTranspose2d, to: LayerOperators) -> None:
    """ConvTranspose. onnxruntime refuses an output padding that is not smaller than the stride, so rows of zeros are
    added below the input instead: each gives as many output rows as the stride."""
    pairs = list(zip(layer.output_padding, layer.stride, strict=True))
    bottom, right = (extra // stride for extra, stride in pairs)
    x = to.x
    if bottom or right:
        x = to.inner("padded", "Pad", x, to.whole_numbers("pads", [0, 0, 0, 0, 0, 0, bottom, right]))
    to.last(
        "ConvTranspose",
        x,
        *_weights(layer, to),
        kernel_shape=layer.kernel_size,
        strides=layer.stride,
        pads=[*layer.padding, *layer.padding],
        output_padding=[extra % stride for extra, stride in pairs],
        dilations=layer.dilation,
        group=layer.groups,
    )


def _weights(layer: layers.Conv2d | layers.ConvTranspose2d | layers.Dense, to: LayerOperators) -> list[str]:
    return [to.weight("weight"), *([to.weight("bias")] if layer.bias else [])]


def dense(layer: layers.Dense, to: LayerOperators) -> None:
    """Gemm."""
    to.last("Gemm", to.x, *_weights(layer, to), transB=1)


def max_pool(layer: layers.MaxPool2d, to: LayerOperators) -> None:
    """MaxPool; a last window over the edge is padded explicitly, because programs differ in ``ceil_mode``."""
    ends = [padding + over for padding, over in zip(layer.padding, _overhang(layer, to), strict=True)]
    to.last("MaxPool", to.x, kernel_shape=layer.kernel_size, strides=layer.stride, pads=[*layer.padding, *ends])


def average_pool(layer: layers.AvgPool2d, to: LayerOperators) -> None:
    """AveragePool. Padding counts as zeros in the mean; what a last window has beyond the padding does not count.

    An AveragePool counts either both or neither. With such a window, a Pad adds the zeros that count.
    """
    over = _overhang(layer, to)
    if not any(over):
        to.last(
            "AveragePool",
            to.x,
            kernel_shape=layer.kernel_size,
            strides=layer.stride,
            pads=[*layer.padding, *layer.padding],
            count_include_pad=1,
        )
        return
    x = to.x
    if any(layer.padding):
        top, left = layer.padding
        x = to.inner("padded", "Pad", x, to.whole_numbers("pads", [0, 0, top, left, 0, 0, top, left]))
    to.last("AveragePool", x, kernel_shape=layer.kernel_size, strides=layer.stride, pads=[0, 0, *over])


def _overhang(layer: layers.WindowPool2d, to: LayerOperators) -> list[int]:
    """The rows and columns that the last window has beyond the padding."""
    sides = zip(to.out[1:], to.shape[1:], layer.kernel_size, layer.stride, layer.padding, strict=True)
    return [max(0, (windows - 1) * s + k - size - 2 * p) for windows, size, k, s, p in sides]


def adaptive_average(layer: layers.AdaptiveAvgPool2d, to: LayerOperators) -> None:
    """GlobalAveragePool, AveragePool, or for windows of several sizes a product with a matrix on each side."""
    size, output = to.shape[1:], layer.output_size
    if output == (1, 1):
        to.last("GlobalAveragePool", to.x)
    elif not any(n % count for n, count in zip(size, output, strict=True)):
        kernel = [n // count for n, count in zip(size, output, strict=True)]
        to.last("AveragePool", to.x, kernel_shape=kernel, strides=kernel)
    else:
        rows, columns = (shares(n, count) for n, count in zip(size, output, strict=True))
        pooled = to.inner("rows", "MatMul", to.floats("row_shares", rows), to.x)
        to.last("MatMul", pooled, to.floats("column_shares", columns.T))


def adaptive_max(layer: layers.AdaptiveMaxPool2d, to: LayerOperators) -> None:
    """MaxPool; windows of several sizes are copied side by side first, shorter ones with their last row or column
    repeated."""
    x, kernel = to.x, []
    for axis, (part, n, count) in enumerate(zip(("rows", "columns"), to.shape[1:], layer.output_size, strict=True), 2):
        read = places(n, count)
        kernel.append(len(read) // count)
        if read != list(range(n)):
            x = to.inner(part, "Gather", x, to.whole_numbers(f"{part}_read", read), axis=axis)
    to.last("MaxPool", x, kernel_shape=kernel, strides=kernel)


def places(size: int, count: int) -> list[int]:
    """What the windows of an adaptive pooling along an axis read, one after the other; shorter windows repeat their
    last place."""
    windows = _windows(size, count)
    longest = max(len(window) for window in windows)
    return [window[min(at, len(window) - 1)] for window in windows for at in range(longest)]


def _windows(size: int, count: int) -> list[range]:
    """The windows of an adaptive pooling along an axis."""
    return [range(at * size // count, -(-(at + 1) * size // count)) for at in range(count)]


def shares(size: int, count: int) -> NDArray[np.float32]:
    """The matrix, float32 (count, size), that maps a row or column to the means of its windows."""
    matrix = np.zeros((count, size), np.float32)
    for at, window in enumerate(_windows(size, count)):
        matrix[at, window.start : window.stop] = 1 / len(window)
    return matrix


def global_average(_: layers.GlobalAvgPool2d, to: LayerOperators) -> None:
    """GlobalAveragePool and Flatten."""
    to.last("Flatten", to.inner("pool", "GlobalAveragePool", to.x))


def global_max(_: layers.GlobalMaxPool2d, to: LayerOperators) -> None:
    """GlobalMaxPool and Flatten."""
    to.last("Flatten", to.inner("pool", "GlobalMaxPool", to.x))
