"""Restores a network from the metadata of a file that cnnviz wrote, if its operators are still the same.

The graph is written again from the metadata, without the values of the weights, and compared with that in the file: so
metadata is never believed that does not describe what the file computes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.export.onnx.model import CLASSES, COUNTERS, OPTIONS, PROJECT, graph_of
from cnnviz.export.subject import Options
from cnnviz.imports.onnx.constants import Constant, text
from cnnviz.network.check import judge
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts
from cnnviz.network.shapes import infer
from cnnviz.project.file import ProjectFileError, from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import GraphProto, ModelProto

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.project.project import Project

MOST_CLASSES = 100_000
LONGEST_NAME = 200


@dataclass(frozen=True, eq=False)
class Restored:
    """A network as it was exported, with its weights: arrays float32, batch counters int64, shaped as in the torch
    module."""

    project: Project
    weights: Mapping[str, NDArray[Any]]


def is_own(model: ModelProto) -> bool:
    """Whether cnnviz wrote a file, in this version or another."""
    return PROJECT in metadata_of(model)


def metadata_of(model: ModelProto) -> dict[str, str]:
    """The metadata of a model."""
    return {text(entry.key): text(entry.value) for entry in model.metadata_props}


def classes_of(model: ModelProto) -> tuple[str, ...]:
    """The names of the classes in the metadata; empty if there are none."""
    names = _json(metadata_of(model).get(CLASSES, ""))
    if not isinstance(names, list) or len(names) > MOST_CLASSES:
        return ()
    return tuple(names) if all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names) else ()


def restored(model: ModelProto, size: int) -> Restored | None:
    """The network of a file that cnnviz wrote; None if the metadata does not describe the operators of the file.

    ``size`` is that of the file in bytes. Raises :class:`~cnnviz.imports.onnx.refusal.OnnxError` if the weights are
    damaged.
    """
    metadata = metadata_of(model)
    options = _json(metadata.get(OPTIONS, ""))
    counters = _json(metadata.get(COUNTERS, ""))
    if not isinstance(options, dict) or not isinstance(counters, dict):
        return None
    try:
        project = from_json(metadata[PROJECT])
    except ProjectFileError:
        return None
    network = project.network
    shapes = infer(network)
    if not _is_sound(network, shapes) or _values_of_constants(network, shapes) > size:
        return None
    chosen = Options(options.get("normalize") is not False, options.get("probabilities") is True)
    graph = graph_of(network, project.layout, shapes, None, chosen)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    if not _same(graph, model.graph, set(_expected(shapes))):
        return None
    weights: dict[str, NDArray[Any]] = {}
    for name, shape in _expected(shapes).items():
        if shape:
            array = Constant(stored[name]).array.reshape(shape)
            weights[name] = array if array.flags.writeable else array.copy()
        else:
            count = counters.get(name, 0)
            weights[name] = np.array(count if type(count) is int and 0 <= count < 2**63 else 0, np.int64)
    return Restored(project, weights)


def _is_sound(network: Network, shapes: Shapes) -> bool:
    starts = [network[name] for name in network.of_kind(Input)]
    if len(starts) != 1 or not isinstance(starts[0], Input):
        return False
    ends = [name for name in shapes.used if network[name].kind == "Output"]
    output = shapes.nodes[ends[0]].output if len(ends) == 1 else None
    if output is None:
        return False
    (classes,) = output
    return not judge(network, Facts(starts[0].shape, classes)).errors


def _values_of_constants(network: Network, shapes: Shapes) -> int:
    """How many values the file must have besides weights: matrices of poolings, ones and zeros of normalizations.

    If they are more than the file has bytes, the graph is not written again to be compared: it might not fit into
    memory.
    """
    total = 0
    for name in shapes.used:
        report = shapes.nodes[name]
        shape = report.inputs[0] if report.inputs else None
        if shape is None or report.output is None:
            continue
        if network[name].kind == "LayerNorm" and not report.parameters:
            total += 2 * prod(shape)
        elif network[name].kind.startswith("Adaptive"):
            total += sum(size * count for size, count in zip(shape[1:], report.output[1:], strict=True) if size % count)
    return total


def _expected(shapes: Shapes) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter and buffer of the used nodes."""
    return {
        f"{node}.{name}": shape
        for node in shapes.used
        for name, shape in {**shapes.nodes[node].parameters, **shapes.nodes[node].buffers}.items()
    }


def _same(written: GraphProto, in_file: GraphProto, weights: set[str]) -> bool:
    """Whether two graphs are the same but for the values of the weights and the descriptions of values."""
    if list(written.node) != list(in_file.node) or list(written.input) != list(in_file.input):
        return False
    if list(written.output) != list(in_file.output) or len(written.initializer) != len(in_file.initializer):
        return False
    stored = {tensor.name: tensor for tensor in in_file.initializer}
    for tensor in written.initializer:
        other = stored.get(tensor.name)
        if other is None or other.dims != tensor.dims or other.data_type != tensor.data_type:
            return False
        if tensor.name not in weights and not np.array_equal(Constant(other).array, Constant(tensor).array):
            return False
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
