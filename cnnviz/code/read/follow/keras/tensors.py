"""Symbolic tensors of Keras: the step of a trace that computes them, and the order of their values in the source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.code.read.follow.hard_gates import Part, finished, is_begun, is_gated
from cnnviz.code.read.follow.scaling import Scaling, scaled
from cnnviz.code.read.follow.tracing import Trace, TracedTensor
from cnnviz.code.read.follow.values import MISSING, NotKnown, Path, Value, line_of, no_counterpart
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.network.layers import Add, Chunk, Concat, Flatten, Input, Multiply, ParameterError

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from cnnviz.code.read.chain import Order
    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.code.read.follow.values import Instance
    from cnnviz.code.read.syntax import Call
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape


class Scale(NamedTuple):
    """How the images are scaled before the first layer: the name of what scales them, mean and standard deviation."""

    scaled_by: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


AS_THEY_ARE = Scale("", (0.0,), (1.0,))
"""Images that are not scaled."""


class StepRemark(NamedTuple):
    """A remark about a step of a trace: a reason why it is ``wrong``, or a note."""

    step: int
    remark: Remark
    wrong: bool


@dataclass
class KerasTrace(Trace):
    """The steps that begin with one Input.

    The remarks ``about`` a step matter if the step is used.
    """

    about: list[StepRemark] = field(default_factory=list)
    scales: dict[Scale, int] = field(default_factory=dict)
    """The ways in which layers get the images, each with a line."""
    makers: dict[int, tuple[Instance, int]] = field(default_factory=dict)
    """For each step, the layer of the source that it comes from, and the number of the call of this layer."""
    called: list[Instance] = field(default_factory=list)
    """All layers and models that were called."""
    around: Callable[[], tuple[str, ...]] = tuple
    """The blocks around the next step, outermost first."""
    arranged: set[int] = field(default_factory=set)
    """Reshapes of values whose order a Dense before them makes up for."""
    reshaped: dict[int, Callable[[Any], KerasTensor]] = field(default_factory=dict)
    """For each step of a Reshape what it makes if a Permute with certain axes follows."""
    input_line: int = 0

    def add(self, layer: Layer, sources: tuple[int, ...], line: int, name: str = "") -> int:
        """Add a layer that reads these steps; what does not fit is a remark about the step."""
        before = len(self.wrong)
        self.blocks = self.around()
        step = super().add(layer, sources, line, name)
        self.about += [StepRemark(step, remark, wrong=True) for remark in self.wrong[before:]]
        del self.wrong[before:]
        return step

    def fail(self, sources: tuple[int, ...], line: int, *remarks: Remark) -> int:
        """Add a step for something that is no layer here, with the reasons; its shape is not known."""
        step = self.lost(sources, line)
        self.about += [StepRemark(step, remark, wrong=True) for remark in remarks]
        return step

    def note(self, step: int, *remarks: Remark) -> None:
        """Add notes about a step."""
        self.about += [StepRemark(step, remark, wrong=False) for remark in remarks]

    def kept(self, output: int) -> list[int]:
        """The steps that the output depends on, in order."""
        return self._kept(output)

    def resize(self, image: Shape) -> None:
        """Change the size of the images; raises PasteError if no images have this size."""
        try:
            self.steps[0] = replace(self.steps[0], layer=Input(image), shape=image)
        except ParameterError as error:
            raise PasteError(Remark("bad_parameter", self.input_line, {"reason": error.sentence})) from error
        self.image = image


@dataclass(frozen=True, eq=False)
class KerasTensor(TracedTensor):
    """The output of a step of a trace.

    ``shape`` is (C, H, W) or (N,); None after a layer that does not fit. ``order`` is the order of the values in the
    source, ``origin`` the shape of the maps that were flattened to them. ``flat`` says that these are the images as
    flat values. ``scale`` says how the images were scaled, if it is step 0, and ``scaling`` what was computed of them.
    ``part`` is the part of a hard sigmoid or a hard swish that was applied so far.
    """

    trace: KerasTrace
    step: int
    shape: Shape | None
    order: Order = "keras"
    origin: Shape | None = None
    flat: bool = False
    scale: Scale = AS_THEY_ARE
    scaling: Scaling | None = None
    part: Part | None = None

    def settled(self, node: ast.AST) -> int:
        """The step that computes the tensor, for a layer that reads it."""
        if self.part is not None:
            return self.trace.fail((self.step,), line_of(node), *no_counterpart(self.part.node).remarks)
        if self.step == 0:
            scale = self._whole_scale()
            if scale is None:
                return self.trace.fail(
                    (0,), line_of(node), *no_counterpart(self.scaling.node if self.scaling else node).remarks
                )
            self.trace.scales.setdefault(scale, line_of(node))
        if not self.flat:
            return self.step
        for place, step in enumerate(self.trace.steps):
            if step.sources == (0,) and step.layer == Flatten():
                return place
        return self.trace.add(Flatten(), (0,), line_of(node))

    def _whole_scale(self) -> Scale | None:
        """How the images are scaled, the source's own computations included; None if the Input cannot do that."""
        if self.scaling is None:
            return self.scale
        found = self.scaling.normalization()
        if found is None:
            return None
        self.trace.note(0, Remark("rescaled", line_of(self.scaling.node)))
        mean, std = found
        return Scale("rescaled", (mean,), (std,))

    def then(self, layer: Layer, node: ast.AST) -> KerasTensor:
        """The tensor after a layer that keeps the order of its values."""
        step = self.trace.add(layer, (self.settled(node),), line_of(node))
        return KerasTensor(self.trace, step, self.trace.steps[step].shape, self.order, self.origin)

    def failed(self, node: ast.AST, *remarks: Remark) -> KerasTensor:
        """A tensor after something that is no layer here."""
        step = self.trace.fail((self.step,), line_of(node), *remarks)
        return KerasTensor(self.trace, step, None, self.order)

    @property
    def arrangement(self) -> tuple[Order, Shape | None] | None:
        """How flat values are ordered in the source; None if it is the order that they have here."""
        if self.order in ("torch", "free"):
            return None
        base = self.origin
        if self.order == "keras" and base is not None and (base[0] == 1 or prod(base[1:]) == 1):
            return None
        return self.order, base

    def sizes(self) -> tuple[int | None, ...]:
        """The shape in the source, with None for the batch; raises NotKnown."""
        if self.shape is None:
            raise NotKnown(next((each.remark for each in self.trace.about if each.step == self.step), None))
        if len(self.shape) == 1 or self.order == "torch":
            return (None, *self.shape)
        return (None, *self.shape[1:], self.shape[0])

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of the framework."""
        return path.name.endswith(("Tensor", "KerasTensor"))

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """Only sizes and the name are known."""
        match name:
            case "shape" | "_keras_shape":
                return self.sizes()
            case "ndim":
                return len(self.sizes())
            case "get_shape":
                return Path("keras.backend.int_shape")
            case "name":
                return self.trace.steps[self.step].name
        if name.startswith("__"):
            return MISSING
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """A part of the channels is a layer; other parts have no counterpart."""
        shape = self.shape
        if shape is not None and isinstance(key, tuple) and len(key) == 2 and key[0] is ...:
            part, maps = key[1], len(shape) == 3 and self.order == "keras"
            if maps and isinstance(part, slice) and part.step is None:
                start, stop = 0 if part.start is None else part.start, part.stop
                whole = type(start) is int and type(stop) is int and 0 <= start < stop <= shape[0]
                if whole and shape[0] % (count := stop - start) == 0 and start % count == 0:
                    layer = Chunk(shape[0] // count, start // count)
                    step = self.trace.add(layer, (self.settled(node),), line_of(node))
                    return KerasTensor(self.trace, step, self.trace.steps[step].shape, self.order)
        return self.failed(node, *no_counterpart(node).remarks)

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """See :meth:`combined`."""
        return self.combined(sign, other, reflected, node)

    def combined(self, sign: str, other: Value, reflected: bool, node: ast.AST) -> KerasTensor:
        """Sums and products of tensors are layers; numbers scale the images, or are steps of a hard sigmoid."""
        if isinstance(other, KerasTensor) and sign == "*" and (gate := after_tensor(self, other, node)) is not None:
            return gate
        if isinstance(other, KerasTensor) and sign in ("+", "*"):
            first, second = (other, self) if reflected else (self, other)
            return joined("Add" if sign == "+" else "Multiply", [first, second], node)
        if (other == 0 and sign in ("+", "-") and not (sign == "-" and reflected)) or (other == 1 and sign == "*"):
            return self
        is_unscaled = self.step == 0 and self.scale == AS_THEY_ARE
        if is_unscaled and (after := scaled(self.scaling, sign, other, reflected, node)) is not None:
            return replace(self, scaling=after)
        if (
            not isinstance(other, KerasTensor)
            and (gate := after_number(self, sign, other, reflected, node)) is not None
        ):
            return gate
        return self.failed(node, *no_counterpart(node).remarks)


def after_number(tensor: KerasTensor, sign: str, other: Value, reflected: bool, node: ast.AST) -> KerasTensor | None:
    """A tensor after a step of a hard sigmoid or a hard swish with a number; None for any other operation."""
    if is_begun(tensor.part, sign, other):
        return replace(tensor, part=Part("shifted", node))
    layer = finished(tensor.part, sign, other, reflected)
    return replace(tensor, part=None).then(layer, node) if layer is not None else None


def after_tensor(first: KerasTensor, second: KerasTensor, node: ast.AST) -> KerasTensor | None:
    """The product of a tensor and of its own clipped part; None for any other product."""
    same_values = first.trace is second.trace and first.step == second.step
    return replace(first, part=Part("gated", node)) if same_values and is_gated(first.part, second.part) else None


def after_clipping(call: Call, tensor: KerasTensor, node: ast.AST) -> KerasTensor | None:
    """x + 3 after a ReLU6; None for any other layer."""
    if tensor.part is None or tensor.part.kind != "shifted":
        return None
    arguments = call.arguments
    clips = (call.name == "ReLU" and arguments.get("max_value") == 6 and arguments.keys() <= {"max_value", "name"}) or (
        call.name == "Activation" and arguments.get("activation") == "relu6"
    )
    return replace(tensor, part=Part("clipped", node)) if clips else None


JOINS: dict[str, Layer] = {"Add": Add(), "Multiply": Multiply(), "Concatenate": Concat()}
"""Layers of Keras that join several tensors."""


def joined(kind: str, tensors: list[KerasTensor], node: ast.AST, name: str = "", axis: Value = -1) -> KerasTensor:
    """The tensor after a layer that joins several."""
    first = tensors[0]
    if any(tensor.trace is not first.trace for tensor in tensors):
        return first.failed(node, Remark("several_inputs", line_of(node)))
    if any(tensor.shape is None for tensor in tensors):
        step = first.trace.lost(tuple(tensor.step for tensor in tensors), line_of(node))
        return KerasTensor(first.trace, step, None, first.order)
    if kind == "Concatenate" and axis not in _channel_axes(first):
        values = {"name": "Concatenate", "argument": "axis", "value": str(axis)}
        return _failed(tensors, node, Remark("bad_value", line_of(node), values))
    order, origin = first.order, first.origin
    maps = [tensor for tensor in tensors if tensor.shape is not None and len(tensor.shape) == 3]
    if maps:
        moving = [tensor for tensor in maps if tensor.shape is not None and prod(tensor.shape[1:]) > 1]
        if len({tensor.order for tensor in moving}) > 1:
            return _failed(tensors, node, Remark("order", line_of(node), {"name": kind}))
        order = moving[0].order if moving else order
    else:
        arrangements = {tensor.arrangement for tensor in tensors}
        if kind == "Concatenate":
            order, origin = ("torch", None) if arrangements == {None} else ("other", None)
        elif len(arrangements) > 1 or "other" in {tensor.order for tensor in tensors}:
            return _failed(tensors, node, Remark("order", line_of(node), {"name": kind}))
        elif arrangements == {None}:
            order, origin = "torch", None
    step = first.trace.add(JOINS[kind], tuple(tensor.settled(node) for tensor in tensors), line_of(node), name)
    return KerasTensor(first.trace, step, first.trace.steps[step].shape, order, origin)


def _failed(tensors: list[KerasTensor], node: ast.AST, remark: Remark) -> KerasTensor:
    trace = tensors[0].trace
    step = trace.fail(tuple(tensor.step for tensor in tensors), line_of(node), remark)
    return KerasTensor(trace, step, None, tensors[0].order)


def _channel_axes(tensor: KerasTensor) -> tuple[int, ...]:
    """The axis of the channels in the source, counted from the beginning and from the end."""
    assert tensor.shape is not None
    if len(tensor.shape) == 1:
        return 1, -1
    return (1, -3) if tensor.order == "torch" else (3, -1)
