"""The values between the operators of a file, as far as they are known without computing images."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import Operation
    from cnnviz.network.shape import Shape

MOST_AXES = 64
"""The most sizes that are computed at once, and the most axes of a constant that an operator fills."""
MOST_UNSQUEEZED = 16
"""The most axes of a constant after an Unsqueeze."""
MOST_SIZE = 2**50
"""Sizes stay smaller, so that a chain of operators cannot make endless numbers."""
MOST_FOLDED = 10**6
"""The most values of constants that are computed here; weights are only turned, which copies nothing."""


@dataclass(frozen=True, eq=False)
class Flow:
    """The output of the node ``node`` for each image: ``shape`` has no batch axis; ``signed`` is False if no value is
    negative.

    ``channels_last`` is the shape (C, H, W) of maps whose channels are last in the file, also after they were
    flattened: the file has their values in the order H, W, C. It is None if the order is the same here.
    """

    node: str
    shape: Shape
    signed: bool = True
    channels_last: Shape | None = None

    @property
    def stored(self) -> Shape:
        """The shape in the file."""
        return self.shape if self.channels_last is None or len(self.shape) == 1 else (*self.shape[1:], self.shape[0])


@dataclass(frozen=True, eq=False)
class Held:
    """A constant of the file: float32, int64 or bool, of any shape."""

    array: NDArray[Any]


@dataclass(frozen=True)
class Extents:
    """Sizes of axes computed from a shape; None is the number of images in the batch. ``scalar`` is a single size."""

    sizes: tuple[int | None, ...]
    scalar: bool = False


Value = Flow | Held | Extents


def folded(operation: Operation, inputs: list[Value | None]) -> Value | None:
    """The value of an operator whose inputs are constants or sizes; None if it is not known without the images."""
    if operation.kind == "Shape" and isinstance(inputs[0], Flow):
        return _asked_sizes(Extents((None, *inputs[0].stored)), operation)
    if any(isinstance(value, Flow) for value in inputs):
        return None
    try:
        if any(isinstance(value, Extents) for value in inputs):
            rule = _SIZES.get(operation.kind)
            sizes = None if rule is None else rule(operation, [_sizes(value) for value in inputs if value is not None])
            return sizes if sizes is not None and _is_small(sizes) else None
        arrays = [value.array for value in inputs if isinstance(value, Held)]
        reshaped = _RESHAPED.get(operation.kind)
        if reshaped is not None and arrays:
            return Held(reshaped(operation, arrays))
        computed = _COMPUTED.get(operation.kind)
        if computed is None or len(arrays) < len(inputs) or sum(array.size for array in arrays) > MOST_FOLDED:
            return None
        with np.errstate(all="ignore"):
            return _bounded(computed(operation, arrays))
    except (ValueError, LookupError, TypeError, ArithmeticError):
        # what cannot be computed is refused where it is read
        return None


def _is_small(sizes: Extents) -> bool:
    """Whether sizes stay few and small."""
    return len(sizes.sizes) <= MOST_AXES and all(size is None or abs(size) < MOST_SIZE for size in sizes.sizes)


def _bounded(array: NDArray[Any]) -> Held | None:
    kind = np.float32 if array.dtype.kind == "f" else array.dtype
    return Held(array.astype(kind)) if array.size <= MOST_FOLDED else None


def _sizes(value: Value) -> Extents:
    """A constant of a few whole numbers as sizes."""
    if isinstance(value, Extents):
        return value
    assert isinstance(value, Held)
    array = value.array
    if array.ndim > 1 or array.size > MOST_AXES or array.dtype.kind not in "ib":
        raise ValueError("no sizes")
    return Extents(tuple(int(number) for number in array.reshape(-1)), array.ndim == 0)


def _asked_sizes(extents: Extents, operation: Operation) -> Extents:
    """Of the sizes of a value those that a Shape operator asks for."""
    start, end = operation.attributes.get("start", 0), operation.attributes.get("end", len(extents.sizes))
    return Extents(extents.sizes[start:end])


def _gather(operation: Operation, inputs: list[Extents]) -> Extents | None:
    data, index = inputs
    if data.scalar or operation.attributes.get("axis", 0):
        return None
    return Extents(tuple(data.sizes[at] for at in _known(index)), index.scalar)


def _known(sizes: Extents) -> list[int]:
    if None in sizes.sizes:
        raise ValueError("depends on the batch")
    return [size for size in sizes.sizes if size is not None]


def _slice(operation: Operation, inputs: list[Extents]) -> Extents | None:
    if len(inputs) < 3:
        starts, ends = operation.attributes["starts"], operation.attributes["ends"]
    else:
        starts, ends = _known(inputs[1]), _known(inputs[2])
    step = _known(inputs[4])[0] if len(inputs) > 4 else 1
    return Extents(inputs[0].sizes[starts[0] : ends[0] : step])


def _concat(_: Operation, inputs: list[Extents]) -> Extents:
    return Extents(tuple(size for each in inputs for size in each.sizes))


def _arithmetic(compute: Callable[[int, int], int]) -> Callable[[Operation, list[Extents]], Extents]:
    def apply(_: Operation, inputs: list[Extents]) -> Extents:
        first, second = inputs
        count = max(len(first.sizes), len(second.sizes))
        pairs = zip(_repeated(first, count), _repeated(second, count), strict=True)
        return Extents(tuple(_computed_size(compute, a, b) for a, b in pairs), first.scalar and second.scalar)

    return apply


def _computed_size(compute: Callable[[int, int], int], a: int | None, b: int | None) -> int | None:
    """A size computed from two; the number of images in the batch may only be multiplied or divided by 1."""
    if a is None or b is None:
        if (a, b) in ((None, 1), (1, None)) and compute in (_times, _divided):
            return None
        raise ValueError("depends on the batch")
    return compute(a, b)


def _repeated(sizes: Extents, count: int) -> tuple[int | None, ...]:
    return sizes.sizes * count if len(sizes.sizes) == 1 else sizes.sizes


def _times(a: int, b: int) -> int:
    return a * b


def _divided(a: int, b: int) -> int:
    return int(a / b)


def _product(operation: Operation, inputs: list[Extents]) -> Extents:
    total = 1
    for size in _known(inputs[0]):
        total *= size
    return Extents((total,), not operation.attributes.get("keepdims", 1))


def _same(_: Operation, inputs: list[Extents]) -> Extents:
    return inputs[0]


_SIZES: Mapping[str, Callable[[Operation, list[Extents]], Extents | None]] = {
    "Gather": _gather,
    "Slice": _slice,
    "Concat": _concat,
    "Unsqueeze": lambda _, inputs: Extents(inputs[0].sizes),
    "Squeeze": lambda _, inputs: Extents(inputs[0].sizes, len(inputs[0].sizes) == 1),
    "Reshape": lambda _, inputs: Extents(inputs[0].sizes),
    "Cast": _same,
    "Identity": _same,
    "Floor": _same,
    "Add": _arithmetic(lambda a, b: a + b),
    "Sub": _arithmetic(lambda a, b: a - b),
    "Mul": _arithmetic(_times),
    "Div": _arithmetic(_divided),
    "ReduceProd": _product,
}
"""Operators on sizes."""


def _axes(operation: Operation, arrays: list[NDArray[Any]]) -> tuple[int, ...] | None:
    if len(arrays) > 1:
        return tuple(int(axis) for axis in arrays[1].reshape(-1))
    axes = operation.attributes.get("axes")
    return None if axes is None else tuple(axes)


def _reshape(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    sizes = [int(size) for size in arrays[1].reshape(-1)]
    if not operation.attributes.get("allowzero", 0):
        sizes = [arrays[0].shape[at] if size == 0 else size for at, size in enumerate(sizes)]
    return arrays[0].reshape(sizes)


_CAST_TO: Mapping[int, type] = {1: np.float32, 6: np.int64, 7: np.int64, 9: np.bool_, 10: np.float32, 11: np.float32}
"""For ONNX's numbers of float, int32, int64, bool, float16 and double what is computed with."""


def _cast(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0].astype(_CAST_TO[operation.attributes["to"]], copy=False)


def _expand_axes(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    axes = _axes(operation, arrays)
    if axes is None or len(axes) + arrays[0].ndim > MOST_UNSQUEEZED:
        raise ValueError("no axes")
    return np.expand_dims(arrays[0], axes)


def _value_by_value(compute: Callable[[Any, Any], Any]) -> Callable[[Operation, list[NDArray[Any]]], NDArray[Any]]:
    def apply(_: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
        first, second = arrays
        if prod(np.broadcast_shapes(first.shape, second.shape)) > MOST_FOLDED:
            raise ValueError("too large")
        return np.asarray(compute(first, second))

    return apply


def _quotient(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """``a / b``; of whole numbers rounded toward 0, as in ONNX."""
    quotient: NDArray[Any] = a / b if a.dtype.kind == "f" else np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))
    return quotient


def _take(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    data, index = arrays
    if data.size * index.size > MOST_FOLDED:
        raise ValueError("too large")
    return np.asarray(np.take(data, index, operation.attributes.get("axis", 0)))


def _sliced(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    data, *bounds = arrays
    if not bounds:
        # without axes, the first ones
        names = [name for name in ("starts", "ends", "axes") if name in operation.attributes]
        bounds = [np.array(operation.attributes[name]) for name in names]
    absent = [np.zeros(0)] * (4 - len(bounds))
    starts, ends, axes, steps = ([int(number) for number in each.reshape(-1)] for each in (*bounds, *absent))
    parts = [slice(None)] * data.ndim
    for place, start in enumerate(starts):
        parts[axes[place] if axes else place] = slice(start, ends[place], steps[place] if steps else 1)
    return data[tuple(parts)]


def _filled(operation: Operation, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    shape = tuple(int(size) for size in arrays[0].reshape(-1))
    if len(shape) > MOST_AXES or prod(shape) > MOST_FOLDED:
        raise ValueError("too large")
    value = operation.attributes.get("value")
    array = np.zeros(1, np.float32) if value is None else value.array
    return np.full(shape, array.reshape(-1)[0], array.dtype)


_RESHAPED: Mapping[str, Callable[[Operation, list[NDArray[Any]]], NDArray[Any]]] = {
    "Identity": lambda _, arrays: arrays[0],
    "Transpose": lambda operation, arrays: np.transpose(arrays[0], operation.attributes.get("perm")),
    "Reshape": _reshape,
    "Unsqueeze": _expand_axes,
    "Squeeze": lambda operation, arrays: np.squeeze(arrays[0], _axes(operation, arrays)),
    "Cast": _cast,
}
"""Operators that change the shape or type of a constant and compute nothing: they take constants of any size."""
_COMPUTED: Mapping[str, Callable[[Operation, list[NDArray[Any]]], NDArray[Any]]] = {
    "Add": _value_by_value(lambda a, b: a + b),
    "Sub": _value_by_value(lambda a, b: a - b),
    "Mul": _value_by_value(lambda a, b: a * b),
    "Div": _value_by_value(_quotient),
    "Neg": lambda _, arrays: -arrays[0],
    "Sqrt": lambda _, arrays: np.sqrt(arrays[0]),
    "Reciprocal": lambda _, arrays: 1 / arrays[0],
    "Exp": lambda _, arrays: np.exp(arrays[0]),
    "Concat": lambda operation, arrays: np.concatenate(arrays, operation.attributes["axis"]),
    "Gather": _take,
    "Slice": _sliced,
    "ConstantOfShape": _filled,
    "Shape": lambda _, arrays: np.array(arrays[0].shape, np.int64),
    "ReduceProd": lambda _, arrays: np.prod(arrays[0], keepdims=True),
}
"""Operators that are computed for constants of at most :data:`MOST_FOLDED` values."""
