"""What this machine can do in a training step, measured in less than a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.estimate import PASSES, Speed
from cnnviz.training.loop import precision
from cnnviz.training.modules import SelfAttention

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.training.device import Placement

LEAST_ROUNDS, MOST_ROUNDS, LONG_ENOUGH = 3, 10, 0.5
"""After one round that warms up, the quickest counts of so many, or of those that fit into as many seconds."""
TINY_LAYERS = 20
IMAGES, MAPS, SIDE = 32, 64, 14
"""What is convolved: as it stands in the middle of a network."""
MOVED = (32, 32, 28, 28)
"""What is normalized and cut at 0: layers that only read and write."""
ATTENDING, HEADS = (32, 64, 7, 7), 4
"""Maps whose positions look at each other."""


def measure(placement: Placement) -> Speed:
    """The speed of a placement, on the thread that calls. Chance goes on as if nothing had been drawn."""
    weight = torch.full((MAPS, MAPS, 3, 3), 0.01, device=placement.device, requires_grad=True)
    probes = (
        _probe(placement, lambda x: functional.conv2d(x, weight, padding=1), (IMAGES, MAPS, SIDE, SIDE)),
        _probe(placement, _layers(placement, MOVED[1], 2), MOVED),
        _probe(placement, _layers(placement, 4, TINY_LAYERS), (4, 4, 2, 2)),
        _probe(placement, _attention(placement), ATTENDING),
    )
    multiplying, moving, tiny, attending = _quickest(probes)
    macs = IMAGES * SIDE * SIDE * MAPS * MAPS * 9
    images, maps, height, width = ATTENDING
    tokens = height * width
    attended = images * (4 * tokens * maps * maps + 2 * tokens * tokens * maps)
    return Speed(
        macs=PASSES * macs / multiplying,
        values=2 * torch.Size(MOVED).numel() / moving,
        layer=tiny / TINY_LAYERS,
        attention=PASSES * attended / attending,
    )


def _quickest(probes: Sequence[Callable[[], float]]) -> list[float]:
    """The least seconds of each probe; they take turns, so that a moment of other programs' work spoils none alone."""
    rounds: list[list[float]] = []
    began = time.perf_counter()
    while len(rounds) < LEAST_ROUNDS + 1 or (
        len(rounds) < MOST_ROUNDS + 1 and time.perf_counter() - began < LONG_ENOUGH
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
    """Tells the seconds of one forward and backward pass."""
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
