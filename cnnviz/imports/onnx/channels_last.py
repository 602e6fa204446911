"""Maps whose channels stand last in a file, as Keras has them; here channels come first.

A Transpose to channels last makes no layer: it is remembered until the maps are turned back, averaged, or flattened and
multiplied with a matrix, whose columns are then put in the order of the values here.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network import layers
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import OnnxGraph
    from cnnviz.imports.onnx.made import Asked, Made
    from cnnviz.imports.onnx.values import Flow
    from cnnviz.network.shape import Shape

TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
PASSING = ("Sub", "Div", "Mul", "Add", "Cast", "Identity")
"""Operators that may stand between the input and the Transpose to channels first."""
_MOST_PASSED = 6


def takes_channels_last(graph: OnnxGraph) -> bool:
    """Whether the input of a file is turned to channels first before a layer reads it."""
    value = graph.input
    for _ in range(_MOST_PASSED):
        readers = graph.readers.get(value, ())
        if len(readers) != 1 or not readers[0].outputs:
            return False
        if readers[0].kind == "Transpose":
            return readers[0].attributes.get("perm") == TO_FIRST
        if readers[0].kind not in PASSING:
            return False
        value = readers[0].outputs[0]
    return False


def turned(asked: Asked) -> Flow:
    """A Transpose of maps between channels first and channels last."""
    flow, perm = asked.x, asked.attribute("perm")
    if len(flow.shape) == 3 and flow.channels_last is None and perm == TO_LAST:
        return replace(flow, channels_last=_unless_same(flow.shape))
    if (
        len(flow.shape) == 3
        and perm == TO_FIRST
        and (flow.channels_last is not None or _unless_same(flow.shape) is None)
    ):
        return replace(flow, channels_last=None)
    raise asked.refused(Sentence("it turns axes in another way than between channels first and channels last"))


def ordered(made: Made, flows: Sequence[Flow], output: Shape, asked: Asked) -> tuple[Made, Shape | None]:
    """A layer on maps whose channels are last in the file, and :attr:`Flow.channels_last` of its output.

    Raises the error for a layer that would read the values in another order.
    """
    lasts = {flow.channels_last for flow in flows}
    if lasts == {None}:
        return made, None
    layer = made.layer
    last = next(iter(lasts))
    if last is not None and len(lasts) == 1 and not made.before:
        if isinstance(layer, layers.Dense):
            return replace(made, weights={**made.weights, "weight": _columns(made.weights["weight"], last)}), None
        if isinstance(layer, layers.Flatten):
            return made, last
        if isinstance(layer, layers.GlobalAvgPool2d | layers.GlobalMaxPool2d):
            return made, None
        any_order = layer.elementwise or isinstance(layer, layers.RandomDropping | layers.Add | layers.Multiply)
        if any_order and not made.weights and output == flows[0].shape:
            return made, last
    raise asked.refused(Sentence("the channels of its input are last, and it reads them as if they were first"))


def _columns(weight: NDArray[Any], last: Shape) -> NDArray[Any]:
    """The matrix, float32 (outputs, C·H·W), of a layer that read values in the order of ``last``: H, W, C."""
    channels, height, width = last
    if weight.shape[1] != prod(last):
        return weight
    return weight.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(len(weight), -1)


def _unless_same(shape: Shape) -> Shape | None:
    """The shape (C, H, W), or None if its values are in the same order with channels last."""
    return None if shape[0] == 1 or shape[1] * shape[2] == 1 else shape
