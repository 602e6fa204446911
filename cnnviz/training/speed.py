"""Measures the speed of this machine in training, in about a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.estimate import PASSES, Speed
from cnnviz.training.loop import precision
from cnnviz.training.modules import SelfAttention
from cnnviz.training.waiting import Neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.training.device import Placement

LEAST_ROUNDS, MOST_ROUNDS, LONG_ENOUGH_SECONDS = 3, 10, 0.5
"""After a round that warms up, the fastest of LEAST_ROUNDS to MOST_ROUNDS counts. These end after
LONG_ENOUGH_SECONDS."""
TINY, TINY_LAYERS = (4, 4, 2, 2), 20
"""The shape of maps that cost nothing, and the number of layers on them: what is measured is the time of a call."""
IMAGES, MAPS, SIDE, KERNEL = 32, 64, 14, 3
"""The shape of the convolution that is measured, typical for the middle of a network."""
MOVED, MOVING_LAYERS = (32, 32, 28, 28), 2
"""The shape for batch normalization and ReLU, which hardly compute and mostly read and write memory."""
ATTENDING, HEADS = (32, 64, 7, 7), 4
"""The shape of the maps, and the number of heads, for the attention that is measured."""


def measure(placement: Placement) -> Speed:
    """Measure the speed of a placement on the calling thread. torch's random state is unchanged afterwards."""
    weight = torch.full((MAPS, MAPS, KERNEL, KERNEL), 0.01, device=placement.device, requires_grad=True)
    probes = (
        _probe(placement, lambda x: functional.conv2d(x, weight, padding=1), (IMAGES, MAPS, SIDE, SIDE)),
        _probe(placement, _layers(placement, MOVED[1], MOVING_LAYERS), MOVED),
        _probe(placement, _layers(placement, TINY[1], TINY_LAYERS), TINY),
        _probe(placement, _attention(placement), ATTENDING),
    )
    neighbours = Neighbours(placement.threads)
    try:
        neighbours.watch()
        multiplying, moving, tiny, attending = _quickest(probes)
    finally:
        neighbours.close()
    macs = IMAGES * SIDE * SIDE * MAPS * MAPS * KERNEL * KERNEL
    images, maps, height, width = ATTENDING
    tokens = height * width
    attended = images * (4 * tokens * maps * maps + 2 * tokens * tokens * maps)
    return Speed(
        macs=PASSES * macs / multiplying,
        values=MOVING_LAYERS * torch.Size(MOVED).numel() / moving,
        layer=tiny / TINY_LAYERS,
        attention=PASSES * attended / attending,
    )


def _quickest(probes: Sequence[Callable[[], float]]) -> list[float]:
    """The least seconds of each probe. The probes take turns: other programs that run for a moment slow down all."""
    rounds: list[list[float]] = []
    began = time.perf_counter()
    while len(rounds) < LEAST_ROUNDS + 1 or (
        len(rounds) < MOST_ROUNDS + 1 and time.perf_counter() - began < LONG_ENOUGH_SECONDS
    ):
        rounds.append([probe() for probe in probes])
    return [min(seconds) for seconds in zip(*rounds[1:], strict=True)]


def _layers(placement: Placement, maps: int, count: int) -> nn.Module:
    layers = [layer for _ in range(count // 2) for layer in (nn.BatchNorm2d(maps), nn.ReLU())]
    return nn.Sequential(*layers).to(placement.device)


def _attention(placement: Placement) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        return SelfAttention(ATTENDING[1], HEADS, True).to(placement.device)


def _probe(placement: Placement, compute: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> Callable[[], float]:
    """A function that makes one forward and backward pass, and returns its seconds."""
    x = torch.linspace(-1, 1, torch.Size(shape).numel(), device=placement.device).reshape(shape)
    x = x.contiguous(memory_format=placement.memory_format).requires_grad_()

    def run() -> float:
        began = time.perf_counter()
        with precision(placement):
            y = compute(x)
        torch.autograd.backward(y.sum())
        if placement.device.type == "cuda":
            torch.cuda.synchronize(placement.device)
        return time.perf_counter() - began

    return run
