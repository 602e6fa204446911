"""Moments with random weights, samples, and answers about them."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.layers import Input
from cnnviz.network.shapes import infer
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from cnnviz.inspection.questions import A, Question
    from cnnviz.network.graph import Network


def moment_of(network: Network, seed: int = 3) -> Moment:
    """A moment whose parameters and running statistics are all drawn at random."""
    shapes = infer(network)
    generator = torch.Generator().manual_seed(seed)
    tensors = build(network, shapes, seed).state_dict()
    return Moment(network, shapes, {name: _drawn(name, one, generator) for name, one in tensors.items()}, 1, 5, True)


def _drawn(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    if name.endswith("running_var"):
        return torch.rand(tensor.shape, generator=generator) + 0.1
    scale = max(1, tensor[0].numel()) ** -0.5 if tensor.dim() > 1 else 1.0
    return torch.randn(tensor.shape, generator=generator) * scale


def sample_of(network: Network, seed: int = 5, label: int | None = 1) -> Sample:
    """An image of random pixels for the Input of a network."""
    layer = network[network.of_kind(Input)[0]]
    assert isinstance(layer, Input)
    return Sample(np.random.default_rng(seed).integers(0, 256, layer.shape, np.uint8), label)


def places(moment: Moment, node: str, count: int, seed: int = 0) -> list[Place]:
    """So many random places of a node, the first and the last among them."""
    shape = moment.shapes.nodes[node].output
    assert shape is not None
    rng = np.random.default_rng(seed)
    corners = [tuple(0 for _ in shape), tuple(size - 1 for size in shape)]
    drawn = [tuple(int(rng.integers(size)) for size in shape) for _ in range(count)]
    return [Place(node, *at) for at in dict.fromkeys([*corners, *drawn])]


def answers(
    moment: Moment, sample: Sample, questions: Sequence[Question[A]], viewer: Viewer | None = None
) -> list[A | None]:
    """The answer to each of these questions, in one snapshot; the caller runs with one torch thread."""
    snapshot = (viewer or Viewer(ANSWERS)).snapshot(moment, sample, frozenset(questions))
    return [snapshot.answer(question) for question in questions]


def state(module: nn.Module) -> tuple[object, ...]:
    """All that a question must leave as it was: tensors, gradients, modes, hooks and torch's random state."""
    tensors: list[Tensor] = [*module.parameters(), *module.buffers()]
    return (
        [tensor.clone().tolist() for tensor in tensors],
        [(tensor.requires_grad, tensor.grad) for tensor in tensors],
        [part.training for part in module.modules()],
        [
            (len(part._forward_hooks), len(part._forward_pre_hooks), len(part._backward_hooks))
            for part in module.modules()
        ],
        torch.get_rng_state().tolist(),
    )


def arrays(answer: object) -> list[np.ndarray]:
    """All arrays of an answer and of what it holds."""
    if isinstance(answer, np.ndarray):
        return [answer]
    if isinstance(answer, tuple):
        return [array for one in answer for array in arrays(one)]
    if not is_dataclass(answer) or isinstance(answer, Moment):
        return []
    return [array for one in vars(answer).values() for array in arrays(one)]
