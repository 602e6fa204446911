"""Tensors while a network is traced: the step that computes them, and views that have no layer yet."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.hard_gates import Part, finished, is_begun, is_gated
from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.scaling import Scaling, scaled
from cnnviz.code.read.follow.torch.tensor_parts import BATCH, Batch, Move, OneImage, Storage, permuted
from cnnviz.code.read.follow.tracing import TracedTensor
from cnnviz.code.read.follow.values import (
    MISSING,
    Native,
    NotKnown,
    Path,
    Unknown,
    Value,
    line_of,
    no_counterpart,
)
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.network.layers import Add, Chunk, Flatten, Multiply, Reshape

if TYPE_CHECKING:
    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.code.read.follow.tracing import Trace
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape


LATEST_STEPS = 7
"""A view that is used several times is one layer, if its uses are not farther apart than these steps."""


@dataclass(frozen=True, eq=False)
class Tensor(TracedTensor):
    """The output of a step of a trace, and views of it.

    ``shape`` has no axis for the batch; it is None after a layer that does not fit. ``batch`` is the number of images,
    None for any. ``log`` is the line of a log-softmax that was applied to it, and 0 without. ``part`` is the part of a
    hard sigmoid or a hard swish that was applied to it so far. ``scaling`` is what was computed of the images with
    numbers.
    """

    path = Path("torch.Tensor")

    trace: Trace
    storage: Storage
    shape: Shape | None
    moves: tuple[Move, ...] = ()
    batch: int | None = None
    log: int = 0
    part: Part | None = None
    scaling: Scaling | None = None

    @property
    def step(self) -> int:
        """The step that computes the values."""
        return self.storage.step

    def settled(self, node: ast.AST) -> int:
        """The step that computes the tensor, its views included; raises PasteError."""
        if self.storage.spoilt is not None:
            raise no_counterpart(self.storage.spoilt)
        if self.part is not None:
            raise no_counterpart(self.part.node)
        if self.log:
            raise PasteError(Remark("unknown_layer", self.log, {"name": "log_softmax"}))
        step = self.step
        if step == 0:
            self._scaled()
        if self.shape is None or not self.moves:
            return step
        base = self.trace.steps[step].shape
        # a mean over height or width alone; over both it is a GlobalAvgPool2d
        if (mean := next((move for move in self.moves if move.kind == "mean"), None)) is not None:
            raise no_counterpart(mean.node)
        if any(move.kind == "permute" for move in self.moves):
            layer = permuted(base, self.moves)
            if layer is None:
                raise no_counterpart(next(move.node for move in self.moves if move.kind == "permute"))
            return self._added(layer, node)
        if self.shape == base:
            return step
        if len(self.shape) == 1:
            return self._added(Flatten(), node)
        if len(self.shape) == 3:
            return self._added(Reshape(self.shape), node)
        raise no_counterpart(self.moves[-1].node)

    def _scaled(self) -> None:
        """Note how a layer gets the images."""
        if self.scaling is None:
            self.trace.scaled.setdefault(None, 0)
        elif (found := self.scaling.normalization()) is None:
            raise no_counterpart(self.scaling.node)
        else:
            self.trace.scaled.setdefault(found, line_of(self.scaling.node))

    def _added(self, layer: Layer, node: ast.AST) -> int:
        """The step of a Flatten, Reshape or ChannelShuffle; if one of the latest steps is the same, that step."""
        count = len(self.trace.steps)
        for index in range(count - 1, max(0, count - 1 - LATEST_STEPS), -1):
            step = self.trace.steps[index]
            if step.sources == (self.step,) and step.layer == layer:
                return index
        return self.trace.add(layer, (self.step,), line_of(self.moves[-1].node))

    def after(self, step: int) -> Tensor:
        """The output of a step, without views."""
        return Tensor(self.trace, Storage(step), self.trace.steps[step].shape, (), self.batch)

    def in_place(self, step: int, node: ast.AST) -> Tensor:
        """The tensor after an operation in place, whose result ``step`` computes: all views of it change too."""
        if not self.moves:
            self.storage.change(step, node)
            return self
        # the tensor below the views changes too, in the shape that it had before them: no layer does this
        self.storage.spoil(node)
        return self.after(step)

    def copy(self) -> Tensor:
        """A tensor of the same values, which does not change with this one."""
        return replace(self, storage=replace(self.storage))

    def unmoved(self) -> Tensor:
        """The tensor as the step computes it, without views."""
        return replace(self, shape=self.trace.steps[self.step].shape, moves=())

    def then(self, layer: Layer, node: ast.AST) -> Tensor:
        """The tensor after a layer."""
        return self.after(self.trace.add(layer, (self.settled(node),), line_of(node)))

    def moved(self, move: Move, shape: Shape) -> Tensor:
        """The tensor after a view."""
        return replace(self, shape=shape, moves=(*self.moves, move))

    def sizes(self) -> tuple[Value, ...]:
        """The sizes of all axes, that of the batch included; raises NotKnown."""
        if self.shape is None:
            raise NotKnown
        return (BATCH if self.batch is None else self.batch, *self.shape)

    def axis(self, dim: Value, node: ast.AST) -> int:
        """An axis from 0 for the batch; raises PasteError for another, and NotKnown if the shape is not known."""
        if self.shape is None:
            raise NotKnown
        if type(dim) is not int or not -len(self.shape) - 1 <= dim <= len(self.shape):
            raise no_counterpart(node)
        return dim % (len(self.shape) + 1)

    def viewed(self, sizes: list[Value], node: ast.AST) -> Tensor:
        """The tensor as another shape with the same values; ``sizes`` includes the batch."""
        line = line_of(node)
        if self.shape is None:
            return self
        for size in sizes:
            if isinstance(size, Unknown):
                raise PasteError(size.why())
        batch, *rest = sizes
        if not rest or not all(type(size) is int for size in rest) or not (batch is BATCH or type(batch) is int):
            raise no_counterpart(node)
        count, product = prod(self.shape), prod(size for size in rest if size != -1)
        if rest.count(-1) == 1 and batch != -1 and product > 0 and count % product == 0:
            rest = [count // product if size == -1 else size for size in rest]
        if -1 in rest and batch == -1:
            raise no_counterpart(node)
        if prod(rest) != count or min(rest) < 1:
            values = {"value": Unknown(node).text, "wanted": abs(prod(rest)), "actual": count}
            self.trace.wrong.append(Remark("view_count", line, values))
            return self.after(self.trace.lost((self.step,), line))
        return self.moved(Move("view", tuple(rest), node), tuple(rest))

    def flattened(self, start: Value, end: Value, node: ast.AST) -> Tensor:
        """The tensor with the axes from ``start`` to ``end`` as a single one."""
        if self.shape is None:
            return self
        first, last = self.axis(start, node), self.axis(end, node)
        if first == 0 or last < first:
            raise no_counterpart(node)
        joined = (*self.shape[: first - 1], prod(self.shape[first - 1 : last]), *self.shape[last:])
        return self.moved(Move("view", joined, node), joined)

    def permuted(self, axes: tuple[int, ...], node: ast.AST) -> Tensor:
        """The tensor with its axes in another order; axis 0 is the batch."""
        if self.shape is None:
            return self
        if axes[0] != 0 or sorted(axes) != list(range(len(self.shape) + 1)):
            raise no_counterpart(node)
        inner = tuple(axis - 1 for axis in axes[1:])
        shape = tuple(self.shape[axis] for axis in inner)
        last = self.moves[-1] if self.moves else None
        if last is None or last.kind != "permute":
            return self.moved(Move("permute", inner, node), shape)
        # two permutations in a row are one, or none if the second undoes the first
        combined = tuple(last.to[axis] for axis in inner)
        before = replace(self, moves=self.moves[:-1])
        undone = combined == tuple(range(len(combined)))
        return replace(before, shape=shape) if undone else before.moved(Move("permute", combined, node), shape)

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of torch."""
        return path.name in ("torch.Tensor", "torch.autograd.Variable", "torch.FloatTensor")

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """An attribute or a method."""
        match name:
            case "shape":
                return self.sizes()
            case "ndim":
                return len(self.sizes())
            case "data":
                return self
            case "is_cuda" | "requires_grad":
                raise NotKnown
        if name.startswith("__") and name != "__len__":
            return MISSING
        return Native(name, lambda run, given: run.framework.method(run, self, name, given))

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """Only slices that take everything or a chunk of the channels, and new axes at the end, are known; of a single
        image its shape."""
        if type(key) is int and self.shape is not None:
            return OneImage(self.shape, node)
        parts = key if isinstance(key, tuple) else (key,)
        if self.shape is not None and parts[: len(self.shape) + 1] == (slice(None),) * (len(self.shape) + 1):
            added = parts[len(self.shape) + 1 :]
            if all(part is None for part in added):
                shape = (*self.shape, *(1 for _ in added))
                return self.moved(Move("view", shape, node), shape)
        match parts:
            case (slice(start=None, stop=None, step=None), slice(step=None) as cut) if self.shape is not None:
                if all(end is None or type(end) is int for end in (cut.start, cut.stop)):
                    chunk = Chunk.of(range(self.shape[0])[cut], self.shape[0])
                    if chunk is not None:
                        return self.then(chunk, node)
        raise no_counterpart(node)

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """Sums and products of tensors are layers; other operators have no counterpart."""
        if isinstance(other, Unknown):
            raise PasteError(other.why())
        is_images = self.step == 0 and self.part is None and not self.log
        if is_images and (after := scaled(self.scaling, sign, other, reflected, node)) is not None:
            return replace(self.copy(), scaling=after)
        if (gate := hard_gate(self, sign, other, reflected, node)) is not None:
            return gate
        if isinstance(other, Tensor) and sign in ("+", "*"):
            return joined(Add() if sign == "+" else Multiply(), self, other, node)
        if isinstance(other, FrameworkValue) and not isinstance(other, Tensor | Batch):
            return other.operate(run, sign, self, True, node)
        if (other == 0 and sign in ("+", "-") and not (sign == "-" and reflected)) or (other == 1 and sign == "*"):
            return self.copy()
        if other == 1 and sign == "/" and not reflected:
            return self.copy()
        raise no_counterpart(node)

    def update(self, run: Machine, sign: str, other: Value, node: ast.AST) -> Value:
        """The value after ``tensor sign= other``, which works in place."""
        result = self.operate(run, sign, other, False, node)
        if result.part is not None or self.part is not None or result.scaling is not None:
            raise no_counterpart(node)
        return result if result is self else self.in_place(result.step, node)


def hard_gate(tensor: Tensor, sign: str, other: Value, reflected: bool, node: ast.AST) -> Tensor | None:
    """A tensor after a step of a hard sigmoid, a hard swish or ``(1 + x) * y``; None for any other operation."""
    kind = tensor.part.kind if tensor.part is not None else ""
    if sign == "+" and other == 1 and not kind:
        return replace(tensor.copy(), part=Part("one more", node))
    if sign == "*" and isinstance(other, Tensor) and kind == "one more":
        plain = replace(tensor, part=None)
        return joined(Add(), other, joined(Multiply(), plain, other, node), node)
    if sign == "*" and isinstance(other, Tensor) and other.part is not None and other.part.kind == "one more":
        return hard_gate(other, sign, tensor, False, node)
    if is_begun(tensor.part, sign, other):
        return replace(tensor.copy(), part=Part("shifted", node))
    if sign == "*" and isinstance(other, Tensor):
        same_values = other.trace is tensor.trace and other.step == tensor.step and other.moves == tensor.moves
        return replace(tensor, part=Part("gated", node)) if same_values and is_gated(tensor.part, other.part) else None
    layer = finished(tensor.part, sign, other, reflected)
    return replace(tensor, part=None).then(layer, node) if layer is not None else None


def combined(layer: Layer, tensors: list[Tensor], node: ast.AST) -> Tensor:
    """The tensor after a layer that joins several."""
    first = tensors[0]
    if any(tensor.trace is not first.trace for tensor in tensors):
        raise no_counterpart(node)
    sources = tuple(tensor.settled(node) for tensor in tensors)
    return first.after(first.trace.add(layer, sources, line_of(node)))


def joined(layer: Layer, left: Tensor, right: Tensor, node: ast.AST) -> Tensor:
    """The sum or product of two tensors; ``a + b + c`` is a single layer."""
    trace, line = left.trace, line_of(node)
    if right.trace is not trace:
        raise no_counterpart(node)
    if isinstance(node, ast.BinOp) and trace.joins.get(left.step) is node.left and not left.moves:
        same_layer = trace.steps[left.step].layer == layer
        sources = trace.steps[left.step].sources if same_layer else (left.step,)
    else:
        sources = (left.settled(node),)
    step = trace.add(layer, (*sources, right.settled(node)), line)
    trace.joins[step] = node
    return left.after(step)
