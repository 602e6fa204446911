"""The operators of an ONNX file in the order in which they are computed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from onnx import AttributeProto, ModelProto, TensorProto

from cnnviz.imports.onnx.constants import Constant, text
from cnnviz.imports.onnx.refusal import OnnxError, damaged
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onnx import GraphProto, NodeProto

NEWEST_OPSET = 28
OLDEST_OPSET = 7
"""Before it, broadcasting had to be asked for."""
MOST_OPERATIONS = 10_000
MOST_NAMED = 5
"""The most inputs that a sentence names."""
STANDARD_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True, eq=False)
class Operation:
    """An operator. ``inputs`` and ``outputs`` are names of values; the name of an absent input is empty.

    ``attributes`` are numbers, texts, tuples of numbers, and constants; None is an attribute of another type.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    metadata: Mapping[str, str]

    @property
    def said(self) -> str:
        """The name in a sentence."""
        return quoted(self.name or (self.outputs[0] if self.outputs else ""))


@dataclass(eq=False)
class OnnxGraph:
    """The graph of a model.

    ``input`` is the only input that is no constant, ``size`` its sizes, None where the file leaves one open.
    ``readers`` are the operators that read each value.
    """

    input: str
    size: tuple[int | None, ...]
    outputs: tuple[str, ...]
    operations: list[Operation]
    constants: dict[str, Constant]
    readers: dict[str, list[Operation]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for operation in self.operations:
            for name in operation.inputs:
                self.readers.setdefault(name, []).append(operation)


def graph_in(model: ModelProto) -> OnnxGraph:
    """The graph of a model; raises :class:`~cnnviz.imports.onnx.refusal.OnnxError`."""
    graph = model.graph
    for imported in model.opset_import:
        if text(imported.domain) in STANDARD_DOMAINS and not OLDEST_OPSET <= imported.version <= NEWEST_OPSET:
            raise OnnxError(
                Sentence(
                    "It uses version {version} of ONNX's operators; {oldest} to {newest} are read. Save it in another"
                    " version.",
                    version=imported.version,
                    oldest=OLDEST_OPSET,
                    newest=NEWEST_OPSET,
                )
            )
    if graph.sparse_initializer or graph.quantization_annotation or model.training_info:
        raise OnnxError(Sentence("It holds sparse or quantized weights, or a training, which are not read."))
    constants = {text(proto.name): Constant(proto) for proto in graph.initializer}
    if len(graph.node) > MOST_OPERATIONS:
        raise OnnxError(Sentence("It has far more operators than any network here."))
    operations = [_operation(node) for node in graph.node]
    for operation in operations:
        if operation.kind == "Constant" and len(operation.outputs) == 1:
            constants[operation.outputs[0]] = _held(operation)
    inputs = [value for value in graph.input if text(value.name) not in constants]
    if len(inputs) != 1:
        if not inputs:
            raise OnnxError(Sentence("Its network has no input; a network here has one."))
        names = ", ".join(f"“{quoted(text(value.name))}”" for value in inputs[:MOST_NAMED])
        names += ", …" if len(inputs) > MOST_NAMED else ""
        raise OnnxError(
            Sentence(
                "Its network has {number} inputs, {names}; a network here has one.", number=len(inputs), names=names
            )
        )
    if not graph.output:
        raise damaged()
    tensor = inputs[0].type.tensor_type
    if tensor.elem_type not in (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16):
        raise OnnxError(
            Sentence(
                "The input “{name}” takes no real numbers, as images have them.", name=quoted(text(inputs[0].name))
            )
        )
    size = tuple(axis.dim_value if axis.dim_value > 0 else None for axis in tensor.shape.dim)
    outputs = tuple(text(value.name) for value in graph.output)
    rest = [operation for operation in operations if operation.kind != "Constant"]
    return OnnxGraph(text(inputs[0].name), size, outputs, _needed(_ordered(graph, rest, constants), outputs), constants)


def _operation(node: NodeProto) -> Operation:
    domain = "" if text(node.domain) in STANDARD_DOMAINS else f"{text(node.domain)}."
    return Operation(
        domain + text(node.op_type),
        text(node.name),
        tuple(text(name) for name in node.input),
        tuple(text(name) for name in node.output),
        {text(attribute.name): _value(attribute) for attribute in node.attribute},
        {text(entry.key): text(entry.value) for entry in node.metadata_props},
    )


def _value(attribute: AttributeProto) -> Any:
    match attribute.type:
        case AttributeProto.INT:
            return attribute.i
        case AttributeProto.FLOAT:
            return attribute.f
        case AttributeProto.STRING:
            return attribute.s.decode("utf-8", "replace")
        case AttributeProto.INTS:
            return tuple(attribute.ints)
        case AttributeProto.FLOATS:
            return tuple(attribute.floats)
        case AttributeProto.TENSOR:
            return Constant(attribute.t)
    return None


def _held(operation: Operation) -> Constant:
    """The value of an operator Constant."""
    import numpy as np
    from onnx import numpy_helper

    for name, value in operation.attributes.items():
        if isinstance(value, Constant):
            return value
        if name in ("value_float", "value_floats", "value_int", "value_ints") and value is not None:
            array = np.array(value, np.float32 if "float" in name else np.int64)
            return Constant(numpy_helper.from_array(array, operation.outputs[0]))
    raise OnnxError(Sentence("The constant “{name}” is of a kind that is not read.", name=operation.said))


def _ordered(graph: GraphProto, operations: list[Operation], constants: Mapping[str, Constant]) -> list[Operation]:
    """The operations in topological order (Kahn's algorithm); each value is made once, before it is read."""
    maker: dict[str, Operation] = {}
    given = {*constants, *(text(value.name) for value in graph.input), ""}
    for operation in operations:
        for name in operation.outputs:
            if name and (name in maker or name in given):
                raise OnnxError(Sentence("The value “{name}” is made twice. The file is damaged.", name=quoted(name)))
            if name:
                maker[name] = operation
    waiting: dict[Operation, int] = {}
    readers: dict[str, list[Operation]] = {}
    for operation in operations:
        sources = {name for name in operation.inputs if name not in given}
        for name in sources:
            if name not in maker:
                raise OnnxError(
                    Sentence(
                        "“{name}” reads the value “{value}”, which nothing makes. The file is damaged.",
                        name=operation.said,
                        value=quoted(name),
                    )
                )
            readers.setdefault(name, []).append(operation)
        waiting[operation] = len(sources)
    ready = deque(operation for operation in operations if not waiting[operation])
    order = []
    while ready:
        operation = ready.popleft()
        order.append(operation)
        for name in operation.outputs:
            for reader in readers.get(name, ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
    if len(order) < len(operations):
        stuck = next(operation for operation in operations if waiting[operation])
        raise OnnxError(Sentence("The operators form a cycle through “{name}”.", name=stuck.said))
    return order


def _needed(order: list[Operation], outputs: Iterable[str]) -> list[Operation]:
    """The operations that the first output depends on, in their order."""
    values = {next(iter(outputs))}
    needed = []
    for operation in reversed(order):
        if values.intersection(operation.outputs):
            values.update(operation.inputs)
            needed.append(operation)
    return needed[::-1]
