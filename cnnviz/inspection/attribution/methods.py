"""The methods of attribution as functions of a module and an image.

An image ``x`` is float32 (1, C, H, W) in [0, 1], before the Input's normalization; results are float32 (C, H, W), or
(H, W) where a method does not tell channels apart. ``target`` is the class whose logit is explained. Modules are in
evaluation mode; gradients of parameters are neither needed nor made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import interpolate

from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.training.model import CompiledNetwork

Cancelled = Callable[[], bool]
Progress = Callable[[int, int], None]
TOGETHER = 32
"""The most images in one pass."""


def logits_of(module: CompiledNetwork, x: Tensor) -> Tensor:
    """The logits, float32 (N, classes), of images (N, C, H, W)."""
    logits: Tensor = module(x)[0].float()
    return logits


def gradients_of(module: CompiledNetwork, x: Tensor, target: int) -> Tensor:
    """The gradient of each image's logit with respect to its pixels, float32 (N, C, H, W) as ``x``."""
    with torch.enable_grad():
        images = x.detach().clone().requires_grad_()
        chosen = logits_of(module, images)[:, target].sum()
        (gradients,) = torch.autograd.grad(chosen, images)
    return gradients.detach()


def gradient(module: CompiledNetwork, x: Tensor, target: int) -> Tensor:
    """The gradient of the logit, float32 (C, H, W) (Simonyan et al., arXiv:1312.6034)."""
    return gradients_of(module, x, target)[0]


def gradient_times_input(module: CompiledNetwork, x: Tensor, target: int) -> Tensor:
    """The gradient of the logit times the pixel, float32 (C, H, W) (Shrikumar et al., arXiv:1605.01713)."""
    return gradients_of(module, x, target)[0] * x[0]


def _report_nothing(_done: int, _total: int) -> None:
    pass


def integrated_gradients(
    module: CompiledNetwork,
    x: Tensor,
    target: int,
    steps: int,
    cancelled: Cancelled = lambda: False,
    report: Progress = _report_nothing,
    together: int = TOGETHER,
) -> Tensor:
    """Gradients integrated along the straight line from a black image (Sundararajan et al., arXiv:1703.01365).

    The integral is approximated with Gauss-Legendre quadrature of ``steps`` points. The result, float32 (C, H, W), sums
    to nearly the difference of the logits of ``x`` and of a black image. Each pass has at most ``together`` images.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    # from the interval [-1, 1] of leggauss to [0, 1]
    fractions = torch.tensor((points + 1) / 2, dtype=torch.float32).view(-1, 1, 1, 1)
    shares = torch.tensor(weights / 2, dtype=torch.float64).view(-1, 1, 1, 1)
    total = torch.zeros(x.shape[1:], dtype=torch.float64)
    for first in range(0, steps, together):
        _stop_if(cancelled)
        part = slice(first, first + together)
        total += (gradients_of(module, fractions[part] * x, target).double() * shares[part]).sum(0)
        report(min(steps, first + together), steps)
    return (total * x[0]).float()


def smooth_gradient(
    module: CompiledNetwork,
    x: Tensor,
    target: int,
    samples: int,
    deviation: float,
    generator: torch.Generator,
    cancelled: Cancelled = lambda: False,
    report: Progress = _report_nothing,
    together: int = TOGETHER,
) -> Tensor:
    """The mean gradient over noisy copies of the image (SmoothGrad, Smilkov et al., arXiv:1706.03825).

    The result is float32 (C, H, W). ``deviation`` is the standard deviation of the noise, in the units of pixels.
    Each pass has at most ``together`` images.
    """
    total = torch.zeros(x.shape[1:], dtype=torch.float64)
    for first in range(0, samples, together):
        _stop_if(cancelled)
        noise = torch.randn((min(together, samples - first), *x.shape[1:]), generator=generator) * deviation
        total += gradients_of(module, x + noise, target).double().sum(0)
        report(min(samples, first + together), samples)
    return (total / samples).float()


def grad_cam(module: CompiledNetwork, x: Tensor, target: int, layer: str) -> Tensor:
    """The maps of ``layer``, weighted by their mean gradients, summed, and negative sums set to 0 (Selvaraju et al.,
    arXiv:1610.02391); float32 (H, W) >= 0, enlarged bilinearly to the size of the image.

    ``layer`` has maps as its output.
    """
    with torch.enable_grad():
        images = x.detach().clone().requires_grad_()
        logits, outputs = module(images, [layer])
        maps = outputs[layer]  # (1, K, h, w)
        (gradients,) = torch.autograd.grad(logits.float()[:, target].sum(), maps, materialize_grads=True)
    weights = gradients.mean((2, 3), keepdim=True)  # (1, K, 1, 1)
    summed = (weights * maps.detach()).sum(1, keepdim=True).relu().float()
    return interpolate(summed, x.shape[2:], mode="bilinear", align_corners=False)[0, 0]


def occlusion(
    module: CompiledNetwork,
    x: Tensor,
    target: int,
    side: int,
    stride: int = 1,
    cancelled: Cancelled = lambda: False,
    report: Progress = _report_nothing,
    together: int = TOGETHER,
) -> Tensor:
    """How much the logit falls if a black square covers a pixel (Zeiler and Fergus, arXiv:1311.2901).

    The square has ``side`` pixels a side. The result is float32 (H, W): the mean over all squares that cover the
    pixel, which are ``stride`` pixels apart; the last square of a row or column may reach beyond the image. It is
    positive where covering lowers the logit. Each pass has at most ``together`` images.
    """
    height, width = x.shape[2:]
    corners = [(row, column) for row in _starts(height, side, stride) for column in _starts(width, side, stride)]
    falls = torch.zeros((height, width), dtype=torch.float64)
    counts = torch.zeros((height, width), dtype=torch.float64)
    with torch.inference_mode():
        uncovered = float(logits_of(module, x)[0, target])
        for first in range(0, len(corners), together):
            _stop_if(cancelled)
            part = corners[first : first + together]
            covered = x.repeat(len(part), 1, 1, 1)
            for image, (row, column) in zip(covered, part, strict=True):
                image[:, row : row + side, column : column + side] = 0
            logits = logits_of(module, covered)[:, target]
            for logit, (row, column) in zip(logits.tolist(), part, strict=True):
                falls[row : row + side, column : column + side] += uncovered - logit
                counts[row : row + side, column : column + side] += 1
            report(min(len(corners), first + together), len(corners))
    return (falls / counts).float()


def _starts(length: int, side: int, stride: int) -> range:
    """Where the squares begin; each pixel is covered if ``stride`` is at most ``side``."""
    count = max(0, -(-(length - side) // stride)) + 1
    return range(0, count * stride, stride)


def _stop_if(cancelled: Cancelled) -> None:
    if cancelled():
        raise CancelledError
