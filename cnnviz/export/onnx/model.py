"""The ONNX model of a network."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from cnnviz import __version__
from cnnviz.data.choice import DatasetChoice
from cnnviz.export.onnx.operators import BLOCK, KIND, LAYER, LayerOperators, Operators
from cnnviz.export.onnx.table import OPSET, WRITERS
from cnnviz.network.layers import Input, Output
from cnnviz.network.names import numbered
from cnnviz.project.file import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import GraphProto

    from cnnviz.export.subject import Options
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.network.shape import Shape
    from cnnviz.project.layout import Layout
    from cnnviz.project.project import Project

IR_VERSION = 10
"""The version of the file format: the first with metadata of operators (2024)."""
IMAGES, LOGITS, PROBABILITIES = "images", "logits", "probabilities"
PROJECT, OPTIONS, COUNTERS, CLASSES = "cnnviz.project", "cnnviz.options", "cnnviz.counters", "classes"
"""Keys of the metadata: the project without a dataset of the user, the options of the export, the batch counters, and
the names of the classes, all as JSON."""


def model_of(
    project: Project,
    shapes: Shapes,
    tensors: Mapping[str, NDArray[np.generic]],
    classes: tuple[str, ...],
    options: Options,
) -> ModelProto:
    """The model of a project's network with its weights.

    ``tensors`` are float32, named and shaped as in the torch module, batch counters int64.
    """
    graph = graph_of(project.network, project.layout, shapes, tensors, options)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="cnnviz"
    )
    model.producer_version = __version__
    counters = {name: int(tensor) for name, tensor in tensors.items() if not tensor.shape}
    helper.set_model_props(
        model,
        {
            PROJECT: to_json(_public(project), compact=True),
            OPTIONS: json.dumps({"normalize": options.normalize, "probabilities": options.probabilities}),
            COUNTERS: json.dumps(counters),
            CLASSES: json.dumps(classes, ensure_ascii=False),
        },
    )
    return model


def graph_of(
    network: Network,
    layout: Layout,
    shapes: Shapes,
    tensors: Mapping[str, NDArray[np.generic]] | None,
    options: Options,
) -> GraphProto:
    """The graph of the used nodes.

    ``tensors`` are float32, named and shaped as in the torch module, see :func:`model_of`; None leaves the weights
    without data.
    """
    operators = Operators(tensors)
    start = next(name for name in shapes.used if isinstance(network[name], Input))
    end = next(name for name in shapes.used if isinstance(network[name], Output))
    layer = network[start]
    assert isinstance(layer, Input)
    images, logits, probabilities = _ends(network)
    values = {name: name for name in shapes.used}
    values[network.inputs[end][0]] = logits
    values[end] = probabilities
    if not options.normalize:
        values[start] = images
    described: list[ValueInfoProto] = []
    for name in shapes.used:
        metadata = {LAYER: name, KIND: network[name].kind}
        if blocks := [layout.blocks[block].name for block in reversed(layout.around(name))]:
            metadata[BLOCK] = json.dumps(blocks, ensure_ascii=False)
        inputs = tuple(values[source] for source in network.inputs[name])
        report = shapes.nodes[name]
        to = LayerOperators(operators, name, inputs, values[name], report, metadata)
        if name == start and options.normalize:
            centred = to.inner("centred", "Sub", images, to.floats("mean", _per_channel(layer.mean)))
            to.last("Div", centred, to.floats("std", _per_channel(layer.std)))
        elif name == end and options.probabilities:
            to.last("Softmax", logits, axis=1)
        elif name not in (start, end):
            WRITERS[type(network[name])](network[name], to)
        if name not in (start, end) and values[name] != logits:
            described.append(_value(values[name], to.out))
    shape = shapes.nodes[end].output or (0,)
    outputs = [_value(logits, shape), *([_value(probabilities, shape)] if options.probabilities else [])]
    source = _value(images, layer.shape)
    source.doc_string = "pixels from 0 to 1" if options.normalize else "normalized pixels: (pixel - mean) / std"
    initializers = [*operators.weights.values(), *operators.constants.values()]
    return helper.make_graph(operators.nodes, "network", [source], outputs, initializers, value_info=described)


def _public(project: Project) -> Project:
    """The project; the default dataset replaces one of the user, whose paths are private."""
    return project if project.dataset.own is None else replace(project, dataset=DatasetChoice())


def _ends(network: Network) -> list[str]:
    """The names of the input and the outputs of the graph; with a number if a node is called so."""
    return [
        name if name not in network.nodes else numbered(name, network.nodes) for name in (IMAGES, LOGITS, PROBABILITIES)
    ]


def _per_channel(values: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(-1, 1, 1)


def _value(name: str, shape: Shape) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
