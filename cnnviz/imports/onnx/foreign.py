"""Reads the graph of any ONNX file, operator by operator."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import TYPE_CHECKING

from cnnviz.imports.onnx.assembly import Assembly
from cnnviz.imports.onnx.channels_last import takes_channels_last, turned
from cnnviz.imports.onnx.constants import conversions
from cnnviz.imports.onnx.forms import FORMS
from cnnviz.imports.onnx.graph import OnnxGraph, Operation, graph_in
from cnnviz.imports.onnx.made import Asked, Made
from cnnviz.imports.onnx.operators import PASSED_OVER, READERS
from cnnviz.imports.onnx.patterns import Match, Matcher
from cnnviz.imports.onnx.preprocessing import normalization
from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.imports.onnx.values import Flow, Held, Value, folded
from cnnviz.network.graph import GraphError
from cnnviz.network.layers import Flatten, Input, ParameterError
from cnnviz.project.layout import BlockError
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, plural, said

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto

    from cnnviz.imports.onnx.own import Restored

NO_LAYERS = (
    "Shape", "Constant", "ConstantOfShape", "Slice", "Unsqueeze", "Floor", "ReduceProd", "Gather", "Div", "Sub",
    "Transpose",
)  # fmt: skip
"""Operators that are no layers, but may compute sizes or constants, or put channels last."""
MOST_NAMED = 5
"""The most kinds of operators without a layer that a sentence names."""


def foreign(model: ModelProto) -> tuple[Restored, tuple[Sentence, ...]]:
    """The network of a file of another program, and what was read differently.

    Raises :class:`~cnnviz.imports.onnx.refusal.OnnxError` that names the operators without a layer here.
    """
    try:
        graph = graph_in(model)
        reading = _Reading(graph)
        return reading.read(), (*reading.notes, *conversions(graph.constants.values()))
    except (ParameterError, GraphError, BlockError) as error:
        raise OnnxError(said(error)) from error


class _Reading:
    def __init__(self, graph: OnnxGraph) -> None:
        self.notes: list[Sentence] = []
        self._graph = graph
        self._batch = graph.size[0] if graph.size else None
        self._values: dict[str, Value] = {}
        self._channels_last = len(graph.size) == 4 and takes_channels_last(graph)
        start, shape = self._start()
        self._assembly = Assembly(start)
        flow = Flow("0", start.shape)
        if len(shape) == 1:
            flow = self._flat(flow)
        elif self._channels_last:
            flow = replace(flow, channels_last=start.shape)
        self._values[graph.input] = flow
        self._fold()
        self._matcher = Matcher(graph, self._constant)
        self._forms: dict[Operation, tuple[Match, Callable[[Asked], Made | None]]] = {}
        """For each group of operators that is one layer, by its last operator: the match, and what makes the layer."""
        self._inner: dict[Operation, Operation] = {}
        """The last operator of its group for each operator in a group; it is not read by itself."""

    def read(self) -> Restored:
        """The project and its weights."""
        end = self._end()
        self._find_forms()
        self._normalize()
        self._refuse_unknown()
        for operation in self._graph.operations:
            self._operation(operation)
        last = self._values.get(end)
        if not isinstance(last, Flow):
            raise OnnxError(Sentence("Its output does not depend on the images."))
        if last.channels_last is not None:
            raise OnnxError(Sentence("Its output are not numbers for classes, but maps with the channels last."))
        return self._assembly.finish(last)

    def _start(self) -> tuple[Input, tuple[int, ...]]:
        """The Input, and the shape of the file's input without the batch."""
        size = self._graph.size[1:]
        if len(self._graph.size) not in (2, 4) or any(axis is None for axis in size):
            raise OnnxError(
                Sentence(
                    "Its input has the sizes {size}. The number of channels, the height and the width of images have to"
                    " be fixed.",
                    size=quoted(" × ".join("?" if axis is None else str(axis) for axis in self._graph.size) or "none"),
                )
            )
        shape = tuple(axis for axis in size if axis is not None)
        if len(shape) == 1:
            side = isqrt(shape[0])
            image = (1, side, side) if side * side == shape[0] else (1, 1, shape[0])
            self.notes.append(
                Sentence(
                    "Its input are {count} numbers; here they are the pixels of an image of {size}.",
                    count=shape[0],
                    size=image,
                )
            )
            return Input(image, (0.0,), (1.0,)), shape
        if self._channels_last:
            self.notes.append(Sentence("Its images have their channels last; here the channels come first."))
            shape = (shape[2], shape[0], shape[1])
        return Input((shape[0], shape[1], shape[2]), (0.0,), (1.0,)), shape

    def _flat(self, flow: Flow) -> Flow:
        nothing = Operation("Flatten", "", (), (), {}, {})
        return self._assembly.add(Made(Flatten()), (flow,), Asked(nothing, {}), ())

    def _constant(self, name: str) -> NDArray[np.generic] | None:
        value = self._values.get(name)
        return value.array if isinstance(value, Held) else None

    def _fold(self) -> None:
        """Compute what depends on constants alone."""
        for name, constant in self._graph.constants.items():
            if name in self._graph.readers:
                self._values[name] = Held(constant.array)
        for operation in self._graph.operations:
            inputs = [self._values.get(name) if name else None for name in operation.inputs]
            given = [value for value, name in zip(inputs, operation.inputs, strict=True) if name]
            if given and all(isinstance(value, Held) for value in given):
                value = folded(operation, inputs)
                if value is not None and len(operation.outputs) == 1:
                    self._values[operation.outputs[0]] = value

    def _normalize(self) -> None:
        """Make the operators that normalize the images a part of the Input."""
        images = self._values[self._graph.input]
        if not isinstance(images, Flow) or len(images.shape) != 3:
            return
        channels, height, width = images.shape
        # a form of a single operator may as well normalize the images
        alone = {last for last, (match, _) in self._forms.items() if len(match.operations) == 1}
        taken = self._inner.keys() - alone
        found = normalization(self._graph, self._constant, channels, taken, channels_last=self._channels_last)
        if found is not None:
            for operation in found.operations:
                self._forms.pop(operation, None)
            self._assembly.start(Input((channels, height, width), found.mean, found.std))
            self._values[found.output] = images
            self._inner |= dict.fromkeys(found.operations, found.operations[-1])

    def _end(self) -> str:
        """The value before a softmax at the end."""
        end = self._graph.outputs[0]
        if len(self._graph.outputs) > 1:
            self.notes.append(Sentence("It has several outputs; the first, “{name}”, is taken.", name=quoted(end)))
        last = next((operation for operation in self._graph.operations if end in operation.outputs), None)
        if last is not None and last.kind in ("Softmax", "LogSoftmax") and last.inputs:
            self.notes.append(Sentence("The softmax at the end is left out, as the Output contains it."))
            self._inner[last] = last
            return last.inputs[0]
        return end

    def _find_forms(self) -> None:
        """Find the operators that together are one layer, from the end."""
        for operation in reversed(self._graph.operations):
            if operation in self._inner:
                continue
            for tree, make in FORMS.get(operation.kind, ()):
                match = self._matcher.match(tree, operation, self._inner)
                if match is not None:
                    self._forms[operation] = match, make
                    self._inner |= dict.fromkeys(match.operations, operation)
                    break

    def _refuse_unknown(self) -> None:
        unknown: dict[str, list[Operation]] = {}
        for operation in self._graph.operations:
            known = operation.kind in READERS or operation.kind in PASSED_OVER or operation.kind in NO_LAYERS
            if not known and operation not in self._inner and self._graph_value(operation) is None:
                unknown.setdefault(operation.kind, []).append(operation)
        if unknown:
            named = [f"{quoted(kind)} “{each[0].said}”" for kind, each in unknown.items()]
            raise OnnxError(
                plural(
                    "It has {count} kinds of operators without a layer here: {names}.",
                    "It has an operator without a layer here: {names}.",
                    len(named),
                    names=", ".join([*named[:MOST_NAMED], *(["…"] if len(named) > MOST_NAMED else [])]),
                )
            )

    def _graph_value(self, operation: Operation) -> Value | None:
        return self._values.get(operation.outputs[0]) if operation.outputs else None

    def _operation(self, operation: Operation) -> None:
        """Read one operator; those inside a form are read with its last."""
        if not operation.outputs or operation.outputs[0] in self._values:
            return
        try:
            self._read_operation(operation)
        except ParameterError:
            raise
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            # an attribute may be of any type
            raise Asked(operation, self._values, self._batch).refused(Sentence("its settings are damaged")) from error

    def _read_operation(self, operation: Operation) -> None:
        if operation in self._forms:
            match, make = self._forms[operation]
            asked = Asked(operation, self._values, self._batch, match.values, match.labels)
            made = make(asked)
            if made is not None:
                stored = [name for name in match.values.values() if name in self._graph.constants]
                self._values[operation.outputs[0]] = self._assembly.add(made, (asked.x,), asked, stored)
                return
            for inner in match.operations:
                self._single(inner)
        elif operation not in self._inner:
            self._single(operation)

    def _single(self, operation: Operation) -> None:
        inputs = [self._values.get(name) if name else None for name in operation.inputs]
        asked = Asked(operation, self._values, self._batch)
        value = folded(operation, inputs)
        if value is None and operation.kind == "Transpose":
            value = turned(asked)
        if value is None and operation.kind in PASSED_OVER and inputs and isinstance(inputs[0], Flow):
            value = inputs[0]
        if value is None:
            if operation.kind not in READERS:
                raise asked.refused(Sentence("it is used in a way that is not known"))
            stored = [name for name in operation.inputs if name in self._graph.constants]
            value = self._assembly.add(READERS[operation.kind](asked), asked.flows, asked, stored)
        self._values[operation.outputs[0]] = value
