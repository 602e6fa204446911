"""Collects the operators and initializers of an ONNX graph, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from cnnviz.network.report import NodeReport
    from cnnviz.network.shape import Shape

LAYER, KIND, BLOCK = "cnnviz.layer", "cnnviz.kind", "cnnviz.block"
"""Keys of the metadata of an operator: the id and kind of its layer, and the names of the blocks around it."""


class Operators:
    """The operators and initializers of a graph. ``tensors`` None leaves the weights without data."""

    def __init__(self, tensors: Mapping[str, NDArray[np.generic]] | None) -> None:
        self.tensors = tensors
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self.weights: dict[str, TensorProto] = {}


class LayerOperators:
    """The operators of one layer.

    ``inputs`` are the names of its input values, ``report`` has their shapes. Inner operators and values are called
    ``ID/PART``; the last operator is called as the layer, its value ``output``.
    """

    def __init__(
        self,
        operators: Operators,
        name: str,
        inputs: tuple[str, ...],
        output: str,
        report: NodeReport,
        metadata: Mapping[str, str],
    ) -> None:
        self._operators, self._name, self._metadata = operators, name, metadata
        self.inputs, self.output, self.report = inputs, output, report

    @property
    def x(self) -> str:
        """The first input value."""
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of the first input, without the batch axis."""
        shape = self.report.inputs[0]
        assert shape is not None
        return shape

    @property
    def out(self) -> Shape:
        """The shape of the output, without the batch axis."""
        assert self.report.output is not None
        return self.report.output

    def inner(self, part: str, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator before the last; returns its value."""
        return self._add(f"{self._name}/{part}", f"{self._name}/{part}", kind, inputs, attributes)

    def last(self, kind: str, *inputs: str, **attributes: Any) -> None:
        """Add the last operator."""
        self._add(self._name, self.output, kind, inputs, attributes)

    def weight(self, own: str, shape: Iterable[int] | None = None) -> str:
        """Add the initializer of a parameter or buffer, such as ``weight``; returns its name.

        With ``shape`` it has this shape in the file instead of its own.
        """
        name = f"{self._name}.{own}"
        dims = list(shape or {**self.report.parameters, **self.report.buffers}[own])
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims)
        if self._operators.tensors is not None:
            tensor.raw_data = self._operators.tensors[name].astype("<f4", copy=False).tobytes()
        self._operators.weights[name] = tensor
        return name

    def floats(self, part: str, values: Any) -> str:
        """An initializer of float32 that is no weight."""
        return self._constant(part, np.asarray(values, np.float32))

    def whole_numbers(self, part: str, values: Any) -> str:
        """An initializer of int64."""
        return self._constant(part, np.asarray(values, np.int64))

    def _constant(self, part: str, array: NDArray[np.generic]) -> str:
        name = f"{self._name}/{part}"
        self._operators.constants[name] = numpy_helper.from_array(array, name)
        return name

    def _add(self, name: str, output: str, kind: str, inputs: tuple[str, ...], attributes: dict[str, Any]) -> str:
        node = helper.make_node(kind, list(inputs), [output], name, **attributes)
        for key, value in self._metadata.items():
            node.metadata_props.add(key=key, value=value)
        self._operators.nodes.append(node)
        return output
