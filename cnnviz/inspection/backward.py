"""The loss of one sample and its gradients, for questions that need a backward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from cnnviz.training.gpu_modules import attended_in_steps
from cnnviz.training.modules import SelfAttention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.inspection.look import Look


@dataclass(frozen=True, eq=False)
class Backward:
    """A forward pass of the sample that keeps autograd's graph, so that gradients can be computed.

    ``outputs``: float32 (1, C, H, W) or (1, n) for each used node, each a separate tensor in autograd's graph.
    ``logits``: float32 (classes,). ``loss``: float32 (), the cross-entropy of the logits with ``label``. That is the
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


def backward(look: Look, since: str = "", tensors: Mapping[str, Tensor] | None = None) -> Backward:
    """Run the sample through the network, with ``tensors`` in place of its own: named and shaped as in ``state_dict``,
    float32.

    Gradients reach back to the output of the node ``since``, and to those of the ``tensors`` that require them.
    """
    module, network = look.module, look.moment.network
    functions = module.functions(tensors or {})
    outputs: dict[str, Tensor] = {}
    result = look.pixels
    for name in look.moment.shapes.used:
        result = functions[name](*([outputs[source] for source in network.inputs[name]] or [look.pixels]))
        # layers such as dropout return their input itself; a view separates the gradients of both
        outputs[name] = result = result.detach().requires_grad_() if name == since else result.view_as(result)
    logits = result.detach()[0]  # (classes,)
    label = look.sample.label
    labelled = label is not None and 0 <= label < len(logits)
    target = label if label is not None and labelled else int(logits.argmax())
    return Backward(outputs, logits, target, labelled, cross_entropy(result, torch.tensor([target])))


def derivatives_at(module: nn.Module, inputs: list[Tensor], port: int, place: tuple[int, int, int]) -> Tensor:
    """The derivative of each output value of a module with respect to one value of its inputs.

    The input value is at ``place``, (channel, row, column) or (index, 0, 0), of input ``port``. The result is float32
    and has the shape of the output, (1, C, H, W) or (1, n). It is computed from a backward pass: the gradient of the
    input value is the sum of the output's gradients times these derivatives, so it is linear in the output's gradients.
    """
    value = inputs[port].clone().requires_grad_()
    arguments = [*inputs[:port], value, *inputs[port + 1 :]]
    if isinstance(module, SelfAttention):
        # torch's fused attention cannot be differentiated twice
        output = module(*arguments, attend=attended_in_steps)
    else:
        output = module(*arguments)
    gradients = torch.zeros_like(output, requires_grad=True)
    (back,) = torch.autograd.grad(output, value, gradients, create_graph=True, materialize_grads=True)
    at = (0, *place)[: back.dim()]
    if not back.requires_grad:
        return torch.zeros_like(output)
    (derivatives,) = torch.autograd.grad(back[at], gradients, materialize_grads=True)
    return derivatives


def standardized(module: nn.Module, inputs: Tensor) -> Tensor:
    """The output of a normalization with a scale of 1 and a shift of 0: float32 (1, C, H, W) or (1, n) -> the same."""
    scale, shift = (module.get_parameter(name) for name in ("weight", "bias"))
    plain = {"weight": torch.ones_like(scale), "bias": torch.zeros_like(shift)}
    with torch.no_grad():
        found: Tensor = functional_call(module, plain, (inputs,))
    return found
