"""Parameters that a class of the source creates itself: ``nn.Parameter(torch.ones(channels, 1, 1) * 1e-6)``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.machine import NEGATION, FrameworkValue
from cnnviz.code.read.follow.sizes import reshaped, sizes_in
from cnnviz.code.read.follow.torch.channels_last import has_channels_last, with_channels_last
from cnnviz.code.read.follow.torch.modules import call_layer, constant
from cnnviz.code.read.follow.torch.number_types import fitted, is_float, type_named
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.torch.trials import FILLS, batch_of, is_constructing
from cnnviz.code.read.follow.values import (
    MISSING,
    Given,
    Instance,
    Native,
    NotKnown,
    Path,
    Raised,
    Value,
    line_of,
    no_counterpart,
)
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine


@dataclass(frozen=True, eq=False)
class Filled(FrameworkValue):
    """A tensor filled with one number; ``fill`` is None for numbers that are not known."""

    path = Path("torch.Tensor")

    shape: tuple[int, ...]
    fill: float | None
    is_whole: bool = False
    """Whether its numbers are integers, which cannot be learned."""

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape, and methods that return another one."""
        if name == "shape":
            return self.shape
        if name in ("view", "reshape"):
            return Native(name, lambda run, given: self._reshaped(run, viewed(self.shape, given)))
        if name == "unsqueeze":
            return Native(name, self._unsqueezed)
        if name.startswith("__"):
            return MISSING
        raise NotKnown

    def _unsqueezed(self, run: Machine, given: Given) -> Value:
        # only an axis for the batch, before all others
        if given.positional != [0]:
            raise NotKnown
        return self._reshaped(run, (1, *self.shape))

    def _reshaped(self, run: Machine, shape: tuple[int, ...]) -> Value:
        """The tensor in another shape; in a constructor, a batch of images that may try layers out."""
        images = batch_of(run, shape) if is_constructing(run) and not run.tracing else None
        return replace(self, shape=shape) if images is None else images

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """The tensor after a number was added or multiplied."""
        if self.fill is None and isinstance(other, int | float) and sign in ("+", "-", "*", "/"):
            return self
        if self.fill is None or isinstance(other, bool) or not isinstance(other, int | float | None):
            raise NotKnown
        if sign == NEGATION:
            return replace(self, fill=-self.fill)
        left, right = (other, self.fill) if reflected else (self.fill, other)
        whole = self.is_whole and isinstance(other, int) and sign != "/"
        return Filled(self.shape, run.operated(sign, left, right, node), whole)

    def update(self, run: Machine, sign: str, other: Value, node: ast.AST) -> Value:
        """The tensor after an operation in place, which cannot make floats of integers."""
        result = self.operate(run, sign, other, False, node)
        if self.is_whole and isinstance(result, Filled) and not result.is_whole:
            raise Raised(node)
        return result


def viewed(shape: tuple[int, ...], given: Given) -> tuple[int, ...]:
    """The shape that ``view`` with these arguments makes of another one; raises NotKnown."""
    if given.named:
        raise NotKnown
    return reshaped(shape, given.positional)


@dataclass(frozen=True, eq=False)
class Parameter(FrameworkValue):
    """A learned tensor. ``root`` is the parameter itself for another shape of it."""

    path = Path("torch.nn.Parameter")

    shape: tuple[int, ...]
    fill: float | None
    node: ast.AST
    root: Parameter | None = None

    @property
    def itself(self) -> Parameter:
        """The parameter of which this is another shape."""
        return self.root or self

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of torch."""
        return path.name in ("torch.Tensor", "torch.nn.Parameter")

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape, and methods that return another one."""
        if name == "shape":
            return self.shape
        if name in ("view", "reshape"):
            return Native(name, lambda run, given: replace(self, shape=viewed(self.shape, given), root=self.itself))
        if name.startswith("__"):
            return MISSING
        if run.tracing:
            return Native(name, lambda run, given: _no_counterpart(given))
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """New axes, such as in ``gamma[:, None, None]``; anything else is not known."""
        parts = list(key) if isinstance(key, tuple) else [key]
        kept = [part for part in parts if part is not None]
        if len(kept) > len(self.shape) or any(part != slice(None) for part in kept):
            raise NotKnown
        left = iter(self.shape)
        shape = (*(1 if part is None else next(left) for part in parts), *left)
        return replace(self, shape=shape, root=self.itself)

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """A factor for each map is a LayerScale; anything else has no counterpart."""
        if not isinstance(other, Tensor):
            raise NotKnown
        if sign != "*" or self.fill is None or other.shape is None or len(other.shape) != 3:
            raise no_counterpart(node)
        last = has_channels_last(other)
        channels = other.shape[-1] if last else other.shape[0]
        own = tuple(size for size in self.shape if size != 1)
        # counted from the end: (C, 1, 1), or (C,) with channels last
        channel_axis = len(self.shape) - (1 if last else 3)
        if own != (channels,) or channel_axis < 0 or self.shape[channel_axis] != channels:
            raise no_counterpart(node)
        name = run.framework.names.get(id(self.itself), "")
        if other.trace.use(self.itself):
            raise PasteError(Remark("reused", line_of(node), {"name": name or "Parameter"}))
        line = line_of(self.itself.node)
        call = Call("LayerScale", line, {"channels": channels, "init_value": self.fill}, {})
        if last:
            return with_channels_last(other, lambda maps: call_layer(call, maps, name, node))
        return call_layer(call, other, name, node)


def made(run: Machine, path: str, given: Given) -> Value:
    """What ``torch.ones(8)``, ``torch.full`` and ``nn.Parameter`` make; MISSING for any other function.

    Raises NotKnown.
    """
    if path.startswith("torch.nn.") and path.endswith(".Parameter"):
        data = given.positional[0] if given.positional else given.named.get("data")
        if isinstance(data, Filled) and data.is_whole:
            # torch: only tensors of floats can be learned
            raise Raised(given.node)
        return Parameter(data.shape, data.fill, given.node) if isinstance(data, Filled) else _not_known()
    if path == "torch.full" and len(given.positional) == 2:
        size, fill = given.positional
        sizes = sizes_in([size])
        known = _are_sizes(sizes) and type(fill) in (int, float)
        return _filled(tuple(sizes), fill, type(fill) is int, given) if known else _not_known()
    if path not in FILLS:
        return MISSING
    sizes = sizes_in(given.positional)
    return _filled(tuple(sizes), FILLS[path], False, given) if _are_sizes(sizes) else _not_known()


def _filled(shape: tuple[int, ...], fill: float | None, is_whole: bool, given: Given) -> Filled:
    """A tensor of the type that the call names; ``is_whole`` says whether it has integers without one."""
    dtype = given.named.get("dtype")
    if dtype is None:
        return Filled(shape, fill, is_whole)
    number_type = type_named(dtype)
    return Filled(shape, None if fill is None else fitted(fill, number_type), not is_float(number_type))


def _are_sizes(sizes: list[Value]) -> bool:
    return bool(sizes) and all(type(size) is int and size > 0 for size in sizes)


def _no_counterpart(given: Given) -> Value:
    raise no_counterpart(given.node)


def _not_known() -> Value:
    raise NotKnown


def layer_norm(run: Machine, tensor: Tensor, given: Given) -> Tensor:
    """``F.layer_norm`` with parameters of the source, or without any."""
    values = given.bind("normalized_shape", weight=None, bias=None, eps=1e-5)
    weight, bias = values["weight"], values["bias"]
    owner, name = None, ""
    if isinstance(weight, Parameter) and isinstance(bias, Parameter):
        if (weight.fill, bias.fill) != (1, 0) or weight.shape != bias.shape:
            raise no_counterpart(given.node)
        name = run.framework.names.get(id(weight), "").rpartition(".")[0]
        owner = Instance(Path("torch.nn.LayerNorm"), given.node)
        if tensor.trace.use(weight):
            raise PasteError(Remark("reused", line_of(given.node), {"name": name or "layer_norm"}))
    elif weight is not None or bias is not None:
        raise no_counterpart(given.node)
    arguments = {"normalized_shape": values["normalized_shape"], "eps": values["eps"]}
    arguments["elementwise_affine"] = weight is not None
    call = Call("LayerNorm", line_of(given.node), {key: constant(v) for key, v in arguments.items()}, {})
    return call_layer(call, tensor, name, given.node, owner)


def parameter_of(layer: Instance, name: str) -> Parameter | None:
    """The weight or the bias of a LayerNorm, for a method that computes with it itself; None for other layers."""
    call = layer.data
    if not isinstance(call, Call) or call.name != "LayerNorm" or name not in ("weight", "bias"):
        return None
    shape = call.arguments.get("normalized_shape")
    sizes = shape if isinstance(shape, tuple) else (shape,)
    affine = call.arguments.get("elementwise_affine", True) is True and call.arguments.get("bias", True) is True
    if not affine or not all(type(size) is int for size in sizes):
        return None
    return Parameter(tuple(sizes), 1.0 if name == "weight" else 0.0, layer.node)
