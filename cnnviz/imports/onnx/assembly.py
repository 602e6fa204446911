"""Puts layers together to a network with weights."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.catalogue import DESCRIPTIONS
from cnnviz.data.choice import DatasetChoice
from cnnviz.export.onnx.operators import LAYER
from cnnviz.imports.onnx.channels_last import ordered
from cnnviz.imports.onnx.naming import FreeIds, Path, blocks_of, containers_of, path_of
from cnnviz.imports.onnx.own import Restored
from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.imports.onnx.values import Flow
from cnnviz.network.graph import Edge, Network, Node, free_id
from cnnviz.network.layers import Input, Layer, Output
from cnnviz.network.layers.base import Misfit
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.network.shapes import infer
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import Operation
    from cnnviz.imports.onnx.made import Asked, Made
    from cnnviz.network.layers.base import Inference
    from cnnviz.network.shape import Shape

START, END = "input", "output"
"""The ids of the first and the last layer."""
_START_KEY = "0"
"""The key of the Input; the keys are the numbers of the layers in the order in which they are added."""


class Assembly:
    """The network as far as it has been read; it begins with an Input."""

    def __init__(self, start: Input) -> None:
        self._layers: dict[str, Layer] = {_START_KEY: start}
        self._sources: dict[str, tuple[str, ...]] = {_START_KEY: ()}
        self._paths: dict[str, Path] = {_START_KEY: ()}
        self._own: set[str] = set()
        """The layers that this program has exported: the file has their ids."""
        self._weights: dict[str, dict[str, NDArray[Any]]] = {}

    def add(self, made: Made, sources: Sequence[Flow], asked: Asked, stored: Sequence[str]) -> Flow:
        """Add the layers of an operator; ``stored`` are the names of its constants in the file."""
        operation = asked.operation
        path = path_of(operation, stored)
        flows = tuple(sources)
        if any(flow.channels_last is not None for flow in flows):
            output = self._inference(made.layer, flows, operation).output
            made, channels_last = ordered(made, flows, output, asked)
        else:
            channels_last = None
        for layer in made.before:
            flows = (self._add(layer, flows, (), {}, operation),)
        flow = self._add(made.layer, flows, path, made.weights, operation)
        if operation.metadata.get(LAYER) is not None:
            self._own.add(flow.node)
        return replace(flow, channels_last=channels_last)

    def _inference(self, layer: Layer, flows: tuple[Flow, ...], operation: Operation) -> Inference:
        try:
            return layer.infer(tuple(flow.shape for flow in flows))
        except Misfit as misfit:
            kind = PROBLEM_KINDS[misfit.code]
            reason = Sentence(
                kind.template, **{"node": operation.said, "kind": layer.kind, **misfit.mismatches[0].values}
            )
            raise OnnxError(reason) from misfit

    def _add(
        self,
        layer: Layer,
        flows: tuple[Flow, ...],
        path: Path,
        weights: Mapping[str, NDArray[Any]],
        operation: Operation,
    ) -> Flow:
        inference = self._inference(layer, flows, operation)
        key = str(len(self._layers))
        expected = {**inference.parameters, **inference.buffers}
        self._weights[key] = {name: _shaped(weights.get(name), shape, operation) for name, shape in expected.items()}
        self._layers[key], self._sources[key], self._paths[key] = layer, tuple(flow.node for flow in flows), path
        signed = layer.signed and (not layer.keeps_sign or any(flow.signed for flow in flows))
        return Flow(key, inference.output, signed)

    def start(self, layer: Input) -> None:
        """Replace the Input."""
        self._layers[_START_KEY] = layer

    def finish(self, end: Flow) -> Restored:
        """The project, with an Output after ``end``."""
        names = self._names()
        nodes = {names[key]: Node(names[key], layer) for key, layer in self._layers.items()}
        edges = {
            Edge(names[source], names[key], port)
            for key, sources in self._sources.items()
            for port, source in enumerate(sources)
        }
        output = free_id(Network(nodes), Output())
        nodes[output] = Node(output, Output())
        network = Network(nodes, frozenset({*edges, Edge(names[end.node], output)}))
        paths = {names[key]: path for key, path in self._paths.items() if path}
        own = {names[key] for key in self._own}
        layout = arrange(network, blocks_of(paths, own, containers_of(paths.values())))
        taking_part = infer(network).taking_part
        weights = {
            f"{names[key]}.{name}": array
            for key, arrays in self._weights.items()
            if names[key] in taking_part
            for name, array in arrays.items()
        }
        start = self._layers[_START_KEY]
        assert isinstance(start, Input)
        return Restored(Project(network, layout, dataset=_dataset(start.shape, end.shape)), weights)

    def _names(self) -> dict[str, str]:
        """The id of each layer."""
        containers = containers_of(path for key, path in self._paths.items() if key not in self._own)
        names = {_START_KEY: START}
        ids = FreeIds((START, END), containers)
        for key, layer in self._layers.items():
            if key == _START_KEY:
                continue
            path = self._paths[key][-1:] if key in self._own else self._paths[key]
            names[key] = ids.take(layer, path)
        return names


def _shaped(array: NDArray[Any] | None, shape: Shape, operation: Operation) -> NDArray[Any]:
    """A weight in the shape of the torch module, in memory of its own; a batch counter is 0."""
    if not shape:
        return np.zeros((), np.int64)
    if array is None or array.size != prod(shape):
        raise OnnxError(
            Sentence(
                "The weights of {kind} “{name}” do not have the size that its input demands: {shape}.",
                kind=quoted(operation.kind),
                name=operation.said,
                shape=shape,
            )
        )
    return np.array(array.reshape(shape), np.float32, order="C")


def _dataset(image: Shape, output: Shape) -> DatasetChoice:
    """The dataset with such images and as many classes; MNIST if there is none."""
    for description in DESCRIPTIONS.values():
        if description.image == image and (len(description.classes),) == output:
            return DatasetChoice(description.name)
    return DatasetChoice()
