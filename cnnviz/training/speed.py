"""What this machine can do in a training step, measured in less than a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.device import Placement
from cnnviz.training.estimate import PASSES, Speed
from cnnviz.training.loop import precision

ROUNDS = 4
"""The first warms up; the quickest of the others counts."""
TINY_LAYERS = 20
IMAGES, MAPS, SIDE = 32, 64, 14
"""What is convolved: as it stands in the middle of a network."""
MOVED = (32, 32, 28, 28)
"""What is normalized and cut at 0: layers that only read and write."""


def measure(placement: Placement) -> Speed:
    """The speed of a placement, on the thread that calls. Nothing is drawn by chance, so no generator is touched."""
    weight = torch.full((MAPS, MAPS, 3, 3), 0.01, device=placement.device, requires_grad=True)
    multiplying = _seconds(placement, lambda x: functional.conv2d(x, weight, padding=1), (IMAGES, MAPS, SIDE, SIDE))
    moving = _seconds(placement, _layers(placement, MOVED[1], 2), MOVED) / 2
    tiny = _seconds(placement, _layers(placement, 4, TINY_LAYERS), (4, 4, 2, 2)) / TINY_LAYERS
    macs = IMAGES * SIDE * SIDE * MAPS * MAPS * 9
    return Speed(PASSES * macs / multiplying, torch.Size(MOVED).numel() / moving, tiny)


def _layers(placement: Placement, maps: int, count: int) -> nn.Module:
    layers = [layer for _ in range(count // 2) for layer in (nn.BatchNorm2d(maps), nn.ReLU())]
    return nn.Sequential(*layers).to(placement.device)


def _seconds(placement: Placement, compute: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> float:
    """Forward and backward, the quickest of some rounds."""
    x = torch.linspace(-1, 1, torch.Size(shape).numel(), device=placement.device).reshape(shape)
    x = x.contiguous(memory_format=placement.memory_format).requires_grad_()
    best = float("inf")
    for number in range(ROUNDS):
        began = time.perf_counter()
        with precision(placement):
            y = compute(x)
        torch.autograd.backward(y.sum())
        if placement.device.type == "cuda":
            torch.cuda.synchronize(placement.device)
        if number:
            best = min(best, time.perf_counter() - began)
    return best
