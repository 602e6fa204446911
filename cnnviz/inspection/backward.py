"""The loss of one sample and its gradients, for questions that need a backward pass.

Forward values are float32, as everywhere in the inspection. Gradients are computed in float64 in all layers without a
matrix or kernels: float32 loses digits there, because a softmax or a normalization subtracts numbers that are nearly
equal, and local response normalization multiplies numbers below the smallest float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy, relu6

from cnnviz.training.gpu_modules import attended_in_steps
from cnnviz.training.modules import SelfAttention

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.inspection.look import Look


LINEAR = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
"""Modules that are differentiated in float32: their derivatives are the weights, and these can be large."""


@dataclass(frozen=True, eq=False)
class Backward:
    """A forward pass of the sample that keeps autograd's graph, so that gradients can be computed.

    ``outputs``: float32 (1, C, H, W) or (1, n) for each used node, each a separate tensor in autograd's graph.
    ``logits``: float64 (classes,). ``loss``: float64 (), the cross-entropy of the logits with ``label``. That is the
    label of the sample, or, if the sample has no label among the classes (``labelled`` is False), the class with the
    largest logit.
    """

    outputs: Mapping[str, Tensor]
    logits: Tensor
    label: int
    labelled: bool
    loss: Tensor

    def gradients(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The gradient of the loss for each of these tensors: float32, of its shape; 0 if the loss does not depend on
        the tensor."""
        found: tuple[Tensor, ...] = torch.autograd.grad(
            self.loss, list(tensors), retain_graph=True, materialize_grads=True
        )
        return found


def backward(look: Look, since: str = "", tensors: Mapping[str, Tensor] = MappingProxyType({})) -> Backward:
    """Run the sample through the network, with ``tensors`` in place of its own: named and shaped as in ``state_dict``,
    float32.

    Gradients are computed back to the output of the node ``since``, and for those ``tensors`` that require them.
    """
    module, network = look.module, look.moment.network
    functions = module.functions(tensors)
    outputs: dict[str, Tensor] = {}
    result = look.pixels
    for name in look.moment.shapes.used:
        inputs = [outputs[source] for source in network.inputs[name]] or [look.pixels]
        own = {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
        differentiated = any(tensor.requires_grad for tensor in (*inputs, *own.values()))
        if differentiated and not isinstance(module._modules[name], LINEAR):
            result = in_double(module._modules[name], own)(*inputs).float()
        else:
            result = functions[name](*inputs)
        # layers such as dropout return their input itself; a view separates the gradients of both
        outputs[name] = result = result.detach().requires_grad_() if name == since else result.view_as(result)
    result = result.double()  # (1, classes)
    logits = result.detach()[0]
    label = look.sample.label
    labelled = label is not None and 0 <= label < len(logits)
    target = label if label is not None and labelled else int(logits.argmax())
    return Backward(outputs, logits, target, labelled, cross_entropy(result, torch.tensor([target])))


def in_double(module: nn.Module | None, tensors: Mapping[str, Tensor] = MappingProxyType({})) -> Callable[..., Tensor]:
    """A module as a function that computes in float64: float32 (1, C, H, W) or (1, n) -> float64 of the output's shape.

    ``tensors``, named as in the ``state_dict`` of the module, are used instead of its own. Gradients reach them.
    """
    assert module is not None
    own = {**dict(chain(module.named_parameters(), module.named_buffers())), **tensors}
    doubled = {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in own.items()}

    def call(*inputs: Tensor, **options: Any) -> Tensor:
        output: Tensor = functional_call(module, doubled, tuple(each.double() for each in inputs), options)
        return output

    return call


def derivatives_at(module: nn.Module, inputs: list[Tensor], port: int, place: tuple[int, int, int]) -> Tensor:
    """The derivative of each output value of a module with respect to one value of its inputs.

    The input value is at ``place``, (channel, row, column) or (index, 0, 0), of input ``port``. The result is float64
    and has the shape of the output, (1, C, H, W) or (1, n). It is computed from a backward pass: the gradient of the
    input value is the sum of the output's gradients times these derivatives, so it is linear in the output's gradients.
    """
    value = inputs[port].clone().requires_grad_()
    function: Callable[..., Tensor] = module if isinstance(module, LINEAR) else in_double(module)
    # torch cannot differentiate the derivatives of these two
    if isinstance(module, SelfAttention):
        function = partial(function, attend=attended_in_steps)
    elif isinstance(module, nn.Hardsigmoid):
        function = _hard_sigmoid_in_steps
    output = function(*inputs[:port], value, *inputs[port + 1 :])
    gradients = torch.zeros_like(output, requires_grad=True)
    (back,) = torch.autograd.grad(output, value, gradients, create_graph=True, materialize_grads=True)
    at = (0, *place)[: back.dim()]
    if not back.requires_grad:
        return torch.zeros_like(output, dtype=torch.float64)
    (derivatives,) = torch.autograd.grad(back[at], gradients, materialize_grads=True)
    return derivatives.double()


def _hard_sigmoid_in_steps(x: Tensor) -> Tensor:
    """``Hardsigmoid`` by operations that can be differentiated twice, in float64."""
    return relu6(x.double() + 3) / 6


def standardized(module: nn.Module, inputs: Tensor) -> Tensor:
    """The output of a normalization with a scale of 1 and a shift of 0: float32 (1, C, H, W) or (1, n) -> the same."""
    scale, shift = (module.get_parameter(name) for name in ("weight", "bias"))
    plain = {"weight": torch.ones_like(scale), "bias": torch.zeros_like(shift)}
    with torch.no_grad():
        return in_double(module, plain)(inputs).float()


@dataclass(frozen=True, eq=False)
class AttentionInside:
    """Intermediate results of a self-attention, float32 (C, H, W) each; the channels of a head lie side by side.

    ``projection_gradients`` are the gradients of the loss with respect to the queries, keys and values; ``gathered``
    are the weighted means of the heads, the input of the output projection.
    """

    projection_gradients: tuple[Tensor, ...]
    gathered: Tensor


def attention_inside(module: SelfAttention, inputs: Tensor, gradient: Tensor) -> AttentionInside:
    """The inside of a self-attention. ``inputs``, and ``gradient`` of its output: float32 (1, C, H, W)."""
    parts: list[Tensor] = []

    def attend(*projected: Tensor) -> Tensor:
        gathered = attended_in_steps(*projected)
        parts.extend((*projected, gathered))
        return gathered

    output = in_double(module)(inputs.detach().requires_grad_(), attend=attend)
    found = torch.autograd.grad(output, parts[:3], gradient.double())
    # (1, heads, H·W, C / heads) -> (C, H, W)
    *gradients, gathered = (
        part[0].transpose(1, 2).reshape(inputs.shape[1:]).float() for part in (*found, parts[3].detach())
    )
    return AttentionInside(tuple(gradients), gathered)
