"""The study that makes the image that excites a map most, by climbing the gradient from noise."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.studies.excitation import Climbed, map_shape
from cnnviz.inspection.tracing import trace
from cnnviz.jobs import JobError
from cnnviz.network.layers import Input, ReLU
from cnnviz.sentence import Sentence
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.excitation import Goal
    from cnnviz.training.model import CompiledNetwork

STEPS, REPORTED = 256, 4
"""The number of steps, and how many steps lie between two reports."""
NOISE = 0.1
"""The standard deviation of the pixels at the start, in [0, 1]."""
RATE = 0.06
"""The root mean square of the change of a first step, over the pixels with a gradient; it falls to 0 along a cosine."""
DECAY, SMOOTHING = 0.02, 0.02
"""Strength of the regularization: the decay of pixels towards the mean image (L2), and the smoothing (total variation).
"""
REGULARIZED = 0.75
"""Share of the steps that are regularized. The strength falls to 0 until then, and the last steps only climb."""
FULL_STRENGTH_SIDE = 14
"""A region with shorter sides, in pixels, is regularized less, because it has less room for noise."""
MOST_SHIFT = 1 / 14
"""The image is shifted by at most this share of the side of the region."""


def climb(
    moment: Moment,
    node: str,
    channel: int,
    goal: Goal,
    seed: int,
    report: Callable[[Climbed], None],
    cancelled: Callable[[], bool],
) -> Climbed | None:
    """An image that excites a map of ``node``, climbed from noise; None if ``cancelled``.

    The gradient is climbed with the regularization of Yosinski et al., arXiv:1506.06579 (L2 decay), Mahendran and
    Vedaldi, arXiv:1412.0035 (total variation), and Olah et al., "Feature Visualization", Distill 2017,
    https://distill.pub/2017/feature-visualization (random shifts). Where no gradient passes a ReLU, because none of its
    inputs is positive, it passes as if the inputs were. ``goal``: climb the value in the middle of the map, or the mean
    of the map. ``seed`` decides on the noise. ``report`` is told of the image as it grows.

    Raises :class:`~cnnviz.jobs.JobError` if an output is not finite.
    """
    layer = moment.network[moment.shapes.used[0]]
    assert isinstance(layer, Input)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    for name in moment.shapes.used:
        if isinstance(moment.network[name], ReLU):
            module._modules[name] = _PassingReLU()
    climber = _Climber(module, layer, moment, node, channel, goal, seed)
    generator = torch.Generator().manual_seed(seed)
    x = (climber.mean + NOISE * torch.randn((1, *layer.shape), generator=generator)).clamp_(0, 1)
    for step in range(STEPS):
        if cancelled():
            return None
        x = climber.step(x, step / STEPS, generator)
        if step % REPORTED == 0:
            report(climber.climbed(x, step))
    return climber.climbed(x, STEPS)


class _Climber:
    """Climbs the gradient of one map; ``module`` is the network with :class:`_PassingReLU` for each ReLU."""

    def __init__(
        self, module: CompiledNetwork, layer: Input, moment: Moment, node: str, channel: int, goal: Goal, seed: int
    ) -> None:
        output = moment.shapes.nodes[node].output
        assert output is not None
        self._module, self._node, self._channel, self._goal, self._seed = module, node, channel, goal, seed
        self._shape = map_shape(output)
        _, high, wide = self._shape
        self._middle = high // 2, wide // 2
        self.mean = torch.tensor(layer.mean).clamp(0, 1).view(1, -1, 1, 1)
        """The mean image, float32 (1, C or 1, 1, 1), towards which pixels decay."""
        seen = trace(moment.network, moment.shapes, Place(node, channel, *self._middle))
        region = None if seen is None or goal == "map" else seen.seen
        top, left, bottom, right = region or (0, 0, *layer.shape[1:])
        sides = bottom - top, right - left
        self._shift = tuple(int(side * MOST_SHIFT) for side in sides)
        self._strength = min(1.0, max(sides) / FULL_STRENGTH_SIDE)

    def step(self, x: Tensor, at: float, generator: torch.Generator) -> Tensor:
        """The image after one step, float32 (1, C, H, W) in [0, 1]; ``at`` is the share of the steps done."""
        shift = [int(torch.randint(-most, most + 1, (), generator=generator)) for most in self._shift]
        with torch.enable_grad():
            moved = x.roll(shift, (2, 3)).requires_grad_()
            maps = self._maps(moved)
            objective = maps.mean() if self._goal == "map" else maps[self._middle]
            (gradient,) = torch.autograd.grad(objective, moved)
        gradient = gradient.roll([-by for by in shift], (2, 3))
        reached = int(gradient.count_nonzero())
        if reached:
            size = float(gradient.square().sum() / reached) ** 0.5
            x = x + RATE * (1 + cos(pi * at)) / 2 / max(size, 1e-30) * gradient
        strength = self._strength * max(0.0, 1 - at / REGULARIZED)
        x = x - strength * (DECAY * (x - self.mean) + SMOOTHING * _variation_gradient(x))
        return x.clamp_(0, 1)

    def climbed(self, x: Tensor, step: int) -> Climbed:
        """The image rounded to uint8, and how much it excites the map."""
        image = (255 * x[0]).round().to(torch.uint8)
        with torch.inference_mode():
            maps = self._maps(image.unsqueeze(0).to(torch.float32).div(255))
        if not maps.isfinite().all():
            raise JobError(Sentence("The output of {node} is not a number for some images.", node=self._node))
        return Climbed(image.numpy(), float(maps.max()), int(maps.argmax()), step, STEPS, self._seed)

    def _maps(self, x: Tensor) -> Tensor:
        """The climbed map, float32 (H, W)."""
        return self._module.output(x, self._node).float().reshape(self._shape)[self._channel]


def _variation_gradient(x: Tensor) -> Tensor:
    """The gradient of the total variation of images (N, C, H, W): -4 to 4, 0 where all neighbours are equal."""
    down = (x[:, :, 1:] - x[:, :, :-1]).sign()
    right = (x[:, :, :, 1:] - x[:, :, :, :-1]).sign()
    gradient = torch.zeros_like(x)
    gradient[:, :, 1:] += down
    gradient[:, :, :-1] -= down
    gradient[:, :, :, 1:] += right
    gradient[:, :, :, :-1] -= right
    return gradient


class _PassingReLU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = _PassingFunction.apply(x)  # type: ignore[no-untyped-call]
        return result


class _PassingFunction(torch.autograd.Function):
    """ReLU. If none of its inputs is positive, the gradients that would raise them pass backwards as they are."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.relu()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        passing = gradient * (x > 0)
        return passing if passing.any() else gradient.clamp(min=0)
