"""The attacks FGSM and PGD as functions of a module and images.

Images are float32 (N, C, H, W) of whole numbers in [0, 255]. The network sees only whole numbers during an attack, so
that the result still fools it after it is stored in 8 bits. The size of an attack is the most that it changes an
image; each image has its own. Modules are in evaluation mode, and no gradients of parameters are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from cnnviz.inspection.adversarial.attack import LARGEST_PIXEL, STEPS
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnnviz.inspection.adversarial.attack import Method, Norm
    from cnnviz.training.model import CompiledNetwork

REACH = 2.5
"""The steps of PGD together are this many times as long as the size (Madry et al.), so that its path may
change direction."""
SEED = 0
"""The seed of the second start of PGD."""


@dataclass(frozen=True)
class Goal:
    """The class of each image, int64 (N,), that the network shall say (``towards``) or not say."""

    classes: Tensor
    towards: bool

    def of(self, rows: Tensor) -> Goal:
        """The goal of the images with these indices, int64 (n,)."""
        return Goal(self.classes[rows], self.towards)

    def reached(self, logits: Tensor) -> Tensor:
        """Whether the network says, or does not say, the class: bool (N,)."""
        return (logits.argmax(1) == self.classes) == self.towards

    def objective(self, logits: Tensor) -> Tensor:
        """The objective that an attack raises, float32 (N,).

        Away from a class it is the log-sum-exp of the other logits minus the logit of the class. The cross-entropy is
        the softplus of this margin. Both gradients have the same direction, but the gradient of the margin does not
        vanish where the network is sure. Towards a class it is the negative margin.
        """
        others = logits.scatter(1, self.classes[:, None], -torch.inf).logsumexp(1)
        margin = others - logits.gather(1, self.classes[:, None])[:, 0]
        return -margin if self.towards else margin


@dataclass(frozen=True)
class Attempt:
    """The best changed images, float32 (N, C, H, W) of whole numbers, and whether each reaches its goal, bool (N,)."""

    images: Tensor
    reached: Tensor


def attack(
    module: CompiledNetwork,
    images: Tensor,
    goal: Goal,
    sizes: Tensor,
    method: Method,
    norm: Norm,
    cancelled: Callable[[], bool] = lambda: False,
) -> Attempt:
    """Change each image by at most its size, int64 (N,), to reach its goal. Raises CancelledError if ``cancelled``.

    PGD starts at the image, and then at a random change of the images that did not reach the goal.
    """
    if method == "fgsm":
        return fgsm(module, images, goal, sizes, norm, cancelled)
    first = pgd(module, images, images, goal, sizes, norm, cancelled)
    missed = (~first.reached).nonzero()[:, 0]
    if not len(missed):
        return first
    starts = images[missed] + start(images.shape[1:], sizes[missed], norm)
    again = pgd(module, images[missed], starts, goal.of(missed), sizes[missed], norm, cancelled)
    found, reached = first.images.clone(), first.reached.clone()
    found[missed[again.reached]] = again.images[again.reached]
    reached[missed] = again.reached
    return Attempt(found, reached)


def fgsm(
    module: CompiledNetwork,
    images: Tensor,
    goal: Goal,
    sizes: Tensor,
    norm: Norm,
    cancelled: Callable[[], bool] = lambda: False,
) -> Attempt:
    """One step of the whole size along the gradient, or its sign (Goodfellow et al., arXiv:1412.6572).

    ``images``: float32 (N, C, H, W) in [0, 255]; ``sizes``: int64 (N,).
    """
    _stop_if(cancelled)
    _, gradients = _logits_and_gradients(module, images, goal)
    exact = (images + _direction(gradients, norm) * _wide(sizes)).clamp(0, LARGEST_PIXEL)
    found = whole_pixels(images, exact, sizes, norm)
    with torch.inference_mode():
        reached = goal.reached(_logits(module, found))
    # a clone made outside inference mode is an ordinary tensor
    return Attempt(found, reached.clone())


def pgd(
    module: CompiledNetwork,
    images: Tensor,
    starts: Tensor,
    goal: Goal,
    sizes: Tensor,
    norm: Norm,
    cancelled: Callable[[], bool] = lambda: False,
) -> Attempt:
    """Projected gradient descent (Madry et al., arXiv:1706.06083) from ``starts``; the best of all its images is kept.

    The best image reaches the goal, if any does, and has the highest objective. ``images`` and ``starts``: float32
    (N, C, H, W) in [0, 255]; ``sizes``: int64 (N,).
    """
    lengths = REACH * sizes.float() / STEPS
    if norm == "linf":
        # whole steps lead from whole pixels to whole pixels
        lengths = lengths.round().clamp(min=1)
    exact = projected(images, starts, sizes, norm)
    best = images.clone()
    reached = torch.zeros(len(images), dtype=torch.bool)
    highest = torch.full((len(images),), -torch.inf)
    for step in range(STEPS + 1):
        _stop_if(cancelled)
        shown = whole_pixels(images, exact, sizes, norm)
        logits, gradients = _logits_and_gradients(module, shown, goal)
        hits, objective = goal.reached(logits), goal.objective(logits)
        better = (hits & ~reached) | ((hits == reached) & (objective > highest))
        best[better], highest[better] = shown[better], objective[better]
        reached |= hits
        if step < STEPS:
            exact = projected(images, exact + _direction(gradients, norm) * _wide(lengths), sizes, norm)
    return Attempt(best, reached)


def start(shape: torch.Size, sizes: Tensor, norm: Norm) -> Tensor:
    """Random changes of at most each size, float32 (N, C, H, W), uniform in the ball.

    All images get one direction, which is the same in every call, scaled by their sizes.
    """
    generator = torch.Generator().manual_seed(SEED)
    if norm == "linf":
        return (_wide(sizes) * (2 * torch.rand(shape, generator=generator) - 1)).round()
    noise = torch.randn(shape, generator=generator)
    radius = float(torch.rand(1, generator=generator)) ** (1 / noise.numel())
    change: Tensor = _wide(sizes) * (radius * noise / noise.norm())
    return change


def projected(images: Tensor, exact: Tensor, sizes: Tensor, norm: Norm) -> Tensor:
    """The images nearest to ``exact``, float32 (N, C, H, W) in [0, 255], that differ from ``images`` by at most the
    sizes, int64 (N,)."""
    if norm == "linf":
        wide = _wide(sizes)
        return torch.minimum(torch.maximum(exact, images - wide), images + wide).clamp(0, LARGEST_PIXEL)
    change = exact - images
    lengths = change.flatten(1).norm(dim=1).clamp(min=1e-12)
    # cutting at 0 and 255 makes the change shorter still, as the image itself lies between them
    return (images + change * _wide((sizes / lengths).clamp(max=1))).clamp(0, LARGEST_PIXEL)


def whole_pixels(images: Tensor, exact: Tensor, sizes: Tensor, norm: Norm) -> Tensor:
    """Round changed images ``exact``, float32 (N, C, H, W), to whole pixels, within the sizes, int64 (N,).

    By L2 rounding may lengthen a change beyond its size. Then pixels whose change was rounded away from 0 are rounded
    towards 0, those that rounding changed most first, until the length fits.
    """
    if norm == "linf":
        return exact.round()
    change = (exact - images).flatten(1)  # (N, n)
    rounded = change.round()
    squares = (rounded.double() ** 2).sum(1)
    excess = squares - sizes.double() ** 2  # (N,)
    if bool((excess > 0).any()):
        grown = rounded.abs() - change.abs()
        order = grown.argsort(1, descending=True)
        # r² - (r - 1)² = 2r - 1: what the squared length loses if a pixel is rounded towards 0
        gains = torch.where(grown > 0, 2 * rounded.abs() - 1, 0.0).gather(1, order).double()
        before = gains.cumsum(1) - gains
        undone = (before < excess[:, None]) & (gains > 0)
        down = torch.zeros_like(rounded, dtype=torch.bool).scatter(1, order, undone)
        rounded = torch.where(down, rounded - rounded.sign(), rounded)
    return images + rounded.view_as(images)


def _logits_and_gradients(module: CompiledNetwork, images: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
    """The logits, float32 (N, K), and the gradient of each image's objective, float32 (N, C, H, W)."""
    with torch.enable_grad():
        pixels = images.clone().requires_grad_()
        logits = _logits(module, pixels)
        (gradients,) = torch.autograd.grad(goal.objective(logits).sum(), pixels)
    return logits.detach(), gradients.detach()


def _logits(module: CompiledNetwork, images: Tensor) -> Tensor:
    logits: Tensor = module.logits(images / LARGEST_PIXEL).float()
    return logits


def _direction(gradients: Tensor, norm: Norm) -> Tensor:
    """The direction of steepest ascent by a norm: the sign, or the gradient of length 1 (0 where it vanishes)."""
    if norm == "linf":
        return gradients.sign()
    # divide by the largest entry first, because the squares of tiny gradients underflow to 0
    scaled = gradients / gradients.abs().flatten(1).amax(1).clamp(min=1e-38).view(-1, 1, 1, 1)
    unit: Tensor = scaled / scaled.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1, 1)
    return unit


def _wide(numbers: Tensor) -> Tensor:
    """Numbers (N,) as float32 (N, 1, 1, 1), for arithmetic with images."""
    return numbers.float().view(-1, 1, 1, 1)


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise CancelledError
