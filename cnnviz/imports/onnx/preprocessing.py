"""Operators at the beginning of a file that normalize the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.imports.onnx.elements import short

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import OnnxGraph, Operation

KINDS = ("Sub", "Div", "Mul", "Add")
SCALES = ("Div", "Mul")
MOST_OPERATORS = 4
"""A mean and a standard deviation take two; further ones may bring the pixels to [0, 1]."""


@dataclass(frozen=True)
class Normalization:
    """Operators that together compute ``(image - mean) / std``; ``output`` is their last value."""

    operations: tuple[Operation, ...]
    output: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def normalization(
    graph: OnnxGraph,
    constant: Callable[[str], NDArray[Any] | None],
    channels: int,
    taken: Container[Operation],
    *,
    channels_last: bool,
) -> Normalization | None:
    """The normalization at the beginning of a graph of images with ``channels``; None if it has none.

    Each operator combines the images, float32 (N, C, H, W), with a number, or with a number for each channel; it is not
    ``taken``. The first factor after a shift is the last operator: another factor is a layer. ``channels_last``
    is True for images whose channels are last.
    """
    scale, shift = np.ones(1, np.float64), np.zeros(1, np.float64)  # y = scale · x + shift
    value = graph.input
    operations: list[Operation] = []
    exact: dict[str, NDArray[Any]] = {}
    while len(operations) < MOST_OPERATORS and value not in graph.outputs:
        readers = graph.readers.get(value, ())
        operation = readers[0] if len(readers) == 1 else None
        if operation is None or operation in taken or operation.kind not in KINDS or len(operation.inputs) != 2:
            break
        numbers = _per_channel(
            constant(operation.inputs[1 - operation.inputs.index(value)]), channels, channels_last=channels_last
        )
        if numbers is None or (operation.inputs[0] != value and operation.kind in ("Sub", "Div")):
            break
        exact[operation.kind] = numbers
        in_float64 = numbers.astype(np.float64)
        with np.errstate(all="ignore"):
            match operation.kind:
                case "Sub":
                    shift = shift - in_float64
                case "Add":
                    shift = shift + in_float64
                case "Mul":
                    scale, shift = scale * in_float64, shift * in_float64
                case _:
                    scale, shift = scale / in_float64, shift / in_float64
        operations.append(operation)
        value = operation.outputs[0]
        if operation.kind in SCALES and any(before.kind not in SCALES for before in operations):
            break
    if not operations:
        return None
    if [operation.kind for operation in operations] == ["Sub", "Div"]:
        # the constants of the file themselves, which a computation would round
        mean, std = exact["Sub"], exact["Div"]
    else:
        with np.errstate(all="ignore"):
            mean, std = -shift / scale, 1 / scale
    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        return None
    return Normalization(tuple(operations), value, _numbers(mean), _numbers(std))


def _numbers(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(short(float(value)) for value in values.reshape(-1))


def _per_channel(array: NDArray[Any] | None, channels: int, *, channels_last: bool) -> NDArray[Any] | None:
    """A constant as one number, or one for each channel."""
    if array is None or array.dtype != np.float32 or array.size not in (1, channels):
        return None
    axis = -1 if channels_last else -3
    if array.size > 1 and (array.ndim < -axis or array.shape[axis] != channels):
        return None
    return array.reshape(-1)
